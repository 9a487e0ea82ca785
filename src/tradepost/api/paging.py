"""Pages of a list by keyset: a record added or removed meanwhile neither repeats nor hides another one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.utils.translation import gettext as _

from tradepost.api.schema import Window, unstorable
from tradepost.kit.errors import Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Computed:
    """What a list is ordered by where that is no column. Rows that are ``lacking`` have none: they stand last, by id."""

    value: ExpressionWrapper[Any]
    lacking: Q


def reached(path: str) -> Computed:
    """A text of another row, which every row names: ``user__name``."""
    return Computed(ExpressionWrapper(F(path), models.TextField()), Q(pk=None))


def page(
    rows: models.QuerySet[Any], window: Window, sort: str, computed: Computed | None = None
) -> dict[str, Any]:
    """One page, ordered by the column ``sort`` (``-`` before it: descending) and then by id. The column is never null; what
    is ``computed`` takes its place."""
    if computed:
        return _by_computed(rows, window, sort, computed)
    name, down = sort.removeprefix("-"), sort.startswith("-")
    field = rows.model._meta.get_field(name)
    assert isinstance(field, models.Field)
    if window.cursor:
        rows = rows.filter(_after(name, down, *_read(window.cursor, sort, field)))
    found = rows.order_by(sort, "-pk" if down else "pk")[: window.limit + 1]
    return _cut([(row, field.value_to_string(row)) for row in found], window, sort)


def _by_computed(rows: models.QuerySet[Any], window: Window, sort: str, computed: Computed) -> dict[str, Any]:
    """First what has the value, so that an index gives it in order; then, where that ends, what lacks it."""
    down, sign = sort.startswith("-"), "-" if sort.startswith("-") else ""
    valued = rows.exclude(computed.lacking).annotate(sort_key=computed.value)
    lacking, most = rows.filter(computed.lacking), window.limit + 1
    value, pk = (
        _read(window.cursor, sort, computed.value.output_field, lacking=True) if window.cursor else (None, 0)
    )
    ended = bool(window.cursor) and value is None
    if value is not None:
        valued = valued.filter(_after("sort_key", down, value, pk))
    if ended:
        lacking = lacking.filter(**{f"pk__{_than(down)}": pk})
    ordered = valued.none() if ended else valued.order_by(f"{sign}sort_key", f"{sign}pk")[:most]
    found: list[tuple[Any, str | None]] = [(row, str(row.sort_key)) for row in ordered]
    if len(found) < most:
        found += [(row, None) for row in lacking.order_by(f"{sign}pk")[: most - len(found)]]
    return _cut(found, window, sort)


def _cut(found: Sequence[tuple[Any, str | None]], window: Window, sort: str) -> dict[str, Any]:
    """A page of rows and what each is ordered by; one more than fits says that there are others."""
    fitting = found[: window.limit]
    more = len(found) > window.limit
    last, value = fitting[-1] if more else (None, None)
    return {"items": [row for row, _value in fitting], "next": last and pack(sort, value, last.pk)}


def _than(down: bool) -> str:
    return "lt" if down else "gt"


def _after(name: str, down: bool, value: Any, pk: int) -> Q:
    """Rows behind the cursor's. The first condition alone says little, but an index can begin there."""
    than = _than(down)
    return Q(**{f"{name}__{than}e": value}) & (
        Q(**{f"{name}__{than}": value}) | Q(**{name: value, f"pk__{than}": pk})
    )


def pack(*parts: str | int | None) -> str:
    """The cursor of a page: what its last row is ordered by."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def unpack(cursor: str, read: Callable[..., T]) -> T:
    """What ``read`` makes of the parts of a cursor, which anybody can write. Raises ``Invalid`` where it cannot."""
    try:
        return read(*json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except (ValueError, TypeError, binascii.Error, RecursionError, ValidationError):
        raise Invalid(
            fields={"cursor": _("This cursor does not belong to this list. Take `next` of the page before.")}
        ) from None


def moment(text: str) -> datetime:
    """A moment of a cursor. Raises ``ValueError`` or ``TypeError``."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at


def word(text: object) -> str:
    """A text of a cursor. Raises ``ValueError``."""
    if not isinstance(text, str) or unstorable(text):
        raise ValueError
    return text


def key(pk: object) -> int:
    """A key of a cursor. Raises ``ValueError``."""
    if type(pk) is not int or not 0 < pk < 2**63:
        raise ValueError
    return pk


def _read(cursor: str, sort: str, field: models.Field[Any, Any], *, lacking: bool = False) -> tuple[Any, int]:
    """What the last row of the page before is ordered by, None where it may be ``lacking`` and is; and its id."""

    def read(kept: object, text: object, pk: object) -> tuple[Any, int]:
        if kept != sort:
            raise ValueError
        if text is None and lacking:
            return None, key(pk)
        value = field.to_python(word(text))
        if isinstance(field, models.DecimalField):  # no more digits than the database takes
            field.run_validators(value)
        return value, key(pk)

    return unpack(cursor, read)
