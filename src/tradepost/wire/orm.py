"""Parts of the ORM that every room uses: word search on a generated column, long lists, and optimistic versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection, models
from django.db.models import F, Func, Lookup, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from tradepost.kit.text import LETTERS, LIGATURES, searched

_WORD = re.compile(r"[^\W_]+")


def search_column(*fields: str) -> models.GeneratedField:
    """A stored tsvector of the words of ``fields``, without accents (``kit.text.searched``); every non-alphanumeric splits, so
    ``SO-10482`` is two words and ``renata@harborpine.example`` three."""
    text = [Coalesce(F(name), Value(""), output_field=models.TextField()) for name in fields]
    joined = _text("normalize", *text, arg_joiner=" || ' ' || ", template="normalize(%(expressions)s, NFKD)")
    bare = _text("regexp_replace", joined, Value(r"[\u0300-\u036f]+"), Value(""), Value("g"))
    plain = _text("lower", _text("normalize", bare, template="normalize(%(expressions)s, NFC)"))
    plain = _text("translate", plain, Value("".join(LETTERS)), Value("".join(LETTERS.values())))
    for ligature, letters in LIGATURES.items():
        plain = _text("replace", plain, Value(ligature), Value(letters))
    words = _text("regexp_replace", plain, Value("[^[:alnum:]]+"), Value(" "), Value("g"))
    return models.GeneratedField(
        expression=Func(
            words, function="to_tsvector", template="to_tsvector('simple'::regconfig, %(expressions)s)"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )


def _text(function: str, *parts: Combinable, **how: str) -> Func:
    return Func(*parts, function=function, output_field=models.TextField(), **how)


def search_index(name: str) -> GinIndex:
    return GinIndex(fields=["search"], name=name)


def matching(text: str) -> Q:
    """Rows whose ``search`` column holds every word of ``text``, the last words as prefixes. No word matches all."""
    words = _WORD.findall(searched(text))[:8]
    if not words:
        return Q()
    return Q(search=SearchQuery(" & ".join(f"{w}:*" for w in words), search_type="raw", config="simple"))


if TYPE_CHECKING:
    _DecimalField = models.DecimalField[Decimal | int | str | Combinable, Decimal]
    _Lookup = Lookup[Any]
else:
    _DecimalField, _Lookup = models.DecimalField, Lookup


def array_of(words: Sequence[str]) -> str:
    """Words as PostgreSQL reads an array in text (its manual, 8.15.6: quotes and backslashes are escaped)."""
    whole = '","'.join(word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
    return f'{{"{whole}"}}' if words else "{}"


@models.Field.register_lookup
class AnyOf(_Lookup):
    """``email__any=[…]``: as ``in``, with the list as one array. A thousand values cost the ORM 10 ms as a thousand
    parameters; of text, psycopg needs 1.3 ms to make the array, and 0.2 ms are enough. For columns of text and numbers as
    they stand in the database; not for relations."""

    lookup_name = "any"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        values = list(value)
        if values and all(isinstance(one, str) for one in values):
            return "%s::text[]", (array_of(values),)
        return "%s", (values,)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        array, values = self.process_rhs(compiler, connection)
        return f"{column} = ANY({array})", (*parameters, *values)


@models.CharField.register_lookup
@models.TextField.register_lookup
class Holds(_Lookup):
    """``label__holds="lodz"``: the text is in it, whichever case and accents (``kit.text.searched``). For lists without a
    ``search`` column; what has no letter but those of ASCII, which is most, is only lowered."""

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        plain, letters = _plain_sql(column)
        text = searched(str(self.rhs))
        return (
            f"(strpos(lower({column}), %s) > 0"
            f" OR (octet_length({column}) <> length({column}) AND strpos({plain}, %s) > 0))",
            (*parameters, text, *parameters, *parameters, *parameters, *letters, text),
        )


def _plain_sql(column: str) -> tuple[str, tuple[str, ...]]:
    """``kit.text.searched`` of a column, and the values that its expression takes behind those of the column."""
    bare = f"regexp_replace(normalize({column}, NFKD), %s, '', 'g')"
    plain = f"translate(lower(normalize({bare}, NFC)), %s, %s)"
    values = ["[\u0300-\u036f]+", "".join(LETTERS), "".join(LETTERS.values())]
    for ligature, letters in LIGATURES.items():
        plain = f"replace({plain}, %s, %s)"
        values += [ligature, letters]
    return plain, tuple(values)


class AmountField(_DecimalField):
    """Money in any currency: up to four decimals are kept (ISO 4217), at least two are read back."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(**{"max_digits": 20, "decimal_places": 4, **facts})

    def from_db_value(self, value: Decimal | None, *_about: Any) -> Decimal | None:
        short = None if value is None else value.normalize()
        places = 2 if short is None else max(2, -int(short.as_tuple().exponent))
        return None if value is None else value.quantize(Decimal(1).scaleb(-places))


class Versioned(models.Model):
    """A record that two people may edit: ``version`` counts every change and is the ETag of pages and API."""

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


def in_turn(what: str, of: int) -> None:
    """Until the end of the transaction nobody else passes here with the same ``what`` ``of`` a company: for rules about rows that
    a lock of one row does not cover (PostgreSQL, "Advisory Locks")."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [what, of % 2**31])
