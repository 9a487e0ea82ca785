"""The columns of a kind as a company has them: with its tags and custom fields."""

from __future__ import annotations

from dataclasses import replace

from tradepost.custom.kinds import KINDS
from tradepost.custom.marking import fields_of
from tradepost.custom.models import CustomField
from tradepost.custom.rules import SEPARATOR, FieldType
from tradepost.exchange.kinds import Field, Kind, Type, kind_of
from tradepost.exchange.shapes import CUSTOM
from tradepost.kit.words import gettext_noop as _

_TYPES = {
    FieldType.LONG: Type.LONG,
    FieldType.NUMBER: Type.NUMBER,
    FieldType.MONEY: Type.NUMBER,
    FieldType.DATE: Type.DAY,
}
_SAMPLES = {
    FieldType.NUMBER: "12.5",
    FieldType.MONEY: "19.99",
    FieldType.DATE: "2026-11-20",
    FieldType.YES_NO: "yes",
    FieldType.LINK: "https://shop.example/orders/77",
    FieldType.EMAIL: "buy@granite.example",
    FieldType.PHONE: "+1 603 555 0100",
}
_TAGS = Field("tags", _("Tags"), ("labels", "keywords"), sample="VIP; Wholesale")


def columns_of(organisation_id: int, key: str) -> Kind:
    """The kind with a column for each custom field and one for tags, where its records carry them. Raises ``Missing``."""
    kind = kind_of(key)
    if key not in KINDS:
        return kind
    own = [_column(field) for field in fields_of(organisation_id, key)]
    return replace(kind, fields=(*kind.fields, *own, _TAGS))


def _column(field: CustomField) -> Field:
    type = FieldType(field.type)
    sample = f"{SEPARATOR} ".join(field.choices[: 2 if type is FieldType.SEVERAL else 1])
    return Field(
        f"{CUSTOM}{field.key}",
        field.name,
        (field.key,),
        _TYPES.get(type, Type.TEXT),
        sample=sample or _SAMPLES.get(type, ""),
    )
