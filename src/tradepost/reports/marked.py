"""Reports by tag and custom field: of the documents themselves, of their customers or vendors, and of items.

A key says whose: ``tag`` and ``custom.web_order`` are the document's, ``customer.tag`` and ``customer.custom.segment`` its
customer's, ``item.tag`` an item's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, F, Func, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.custom import rules
from tradepost.custom.kinds import DOCUMENTS
from tradepost.custom.models import CustomField
from tradepost.custom.queries import fields
from tradepost.custom.rules import FieldType
from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext_noop
from tradepost.reports.rules import Dimension, Shape

KINDS: Mapping[str, tuple[str, ...]] = {
    "": DOCUMENTS,
    "customer.": ("customer",),
    "vendor.": ("vendor",),
    "item.": ("item",),
}
_WHOSE = {
    "": "{}",
    "customer.": gettext_noop("{} of the customer"),
    "vendor.": gettext_noop("{} of the vendor"),
    "item.": gettext_noop("{} of the item"),
}
_NOT_GROUPED = (FieldType.LONG, FieldType.SEVERAL)
_NONE = Value(["–"], output_field=ArrayField(CharField()))


def marks(actor: Actor, places: Mapping[str, str]) -> Iterator[tuple[str, str, CustomField | None]]:
    """Key, path and custom field (None for tags) of all that a report can be filtered by; ``places``: whose → path."""
    known = list(fields(actor)) if places else []
    for whose, path in places.items():
        yield f"{whose}tag", path, None
        for field in known:
            if set(field.kinds) & {*KINDS[whose]}:
                yield f"{whose}custom.{field.key}", path, field


def dimensions(actor: Actor, places: Mapping[str, str]) -> list[Dimension]:
    """What a report can be grouped by besides. A record with several tags counts for each of them; totals count it once."""
    found = []
    for key, path, field in marks(actor, places):
        named = _(_WHOSE[key.removesuffix("tag") if field is None else key.partition("custom.")[0]])
        if field is None:
            tags = Case(When(Q(**{f"{path}tags": []}), then=_NONE), default=F(f"{path}tags"))
            each = Func(Coalesce(tags, _NONE), function="unnest", output_field=TextField())
            found.append(Dimension(key, named.format(_("Tag")), each))
        elif FieldType(field.type) not in _NOT_GROUPED:
            value = Cast(KeyTextTransform(field.key, f"{path}custom"), TextField())
            shown = Coalesce(NullIf(value, Value("")), Value("–"), output_field=TextField())
            found.append(Dimension(key, named.format(field.name), shown, Shape.TEXT))
    return found


def conditions(actor: Actor, places: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Q]:
    """Those of the given filters that are marks, as conditions. Raises ``Invalid`` for a value that does not fit."""
    found: dict[str, Q] = {}
    for key, path, field in marks(actor, places):
        if key not in given:
            continue
        if field is None:
            found[key] = Q(**{f"{path}tags__contains": [str(given[key])]})
            continue
        try:
            value = rules.read(field.spec, given[key])
        except ValueError as error:
            raise Invalid(fields={key: f"{field.name}: {error}"}, cure=_("Correct the filter.")) from None
        found[key] = Q(**{f"{path}custom__contains": {field.key: value}})
    return found
