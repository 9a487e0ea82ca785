"""What a record says in the columns of its import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tradepost.custom.rules import SEPARATOR, FieldType, shown
from tradepost.exchange.shapes import CUSTOM, Kind
from tradepost.exchange.targets import PLACE

Cells = Mapping[str, Any]


def cells(row: Any, kind: Kind) -> Cells:
    """The cells that a record itself says, by the names of the fields."""
    return {field.key: _cell(row, field.key) for field in kind.fields if not field.line}


def _cell(row: Any, key: str) -> Any:
    if key.startswith(CUSTOM):
        return shown(FieldType.TEXT, row.custom.get(key.removeprefix(CUSTOM)))
    if key == "tags":
        return f"{SEPARATOR} ".join(row.tags)
    if key == "options":
        return f"{SEPARATOR} ".join(f"{name}: {value}" for name, value in row.options.items())
    if key == "variant_of":
        return row.parent.sku if row.parent else ""
    if key == "discount_percent" and hasattr(row, "sku"):
        return row.discount_percent or None
    if key == "discount_reach":
        return row.discount_reach if row.type == "discount" else ""
    if key == "email":
        return first_email(row)
    if key == "barcode":
        return next((one.code for one in row.barcodes.all()), None)
    if key in NAMES and hasattr(row, key):
        return NAMES[key](getattr(row, key))
    if key in NAMES:  # of several companies all; they have no order of their own
        several = sorted(NAMES[key](one) for one in getattr(row, f"{key}s").all())
        return f"{SEPARATOR} ".join(name for name in several if name)
    place, _underscore, part = key.partition("_")
    if place in ("billing", "shipping") and part in PLACE:
        return _address(row, place, part)
    return getattr(row, key)


def first_email(row: Any) -> str:
    """The primary address of a party, else the first; by it an import finds a contact."""
    held = sorted(row.emails.all(), key=lambda one: (not one.primary, one.pk)) if row else []
    return held[0].email if held else ""


def _address(row: Any, place: str, part: str) -> Any:
    if isinstance(where := getattr(row, place, None), dict):  # of a document
        return where.get(part)
    held = sorted(row.addresses.all(), key=lambda one: (not one.primary, one.pk))
    return next((getattr(one, part) for one in held if one.kind == place), None)


def _number(party: Any) -> str:
    return party.number if party and party.trashed_at is None else ""


def _user(user: Any) -> str:
    return user.email if user else ""


def titled(row: Any) -> str:
    """The name of what a column names, which need not be there."""
    return row.name if row else ""


def _in_use(row: Any) -> str:
    return titled(row) if row and row.archived_at is None else ""


NAMES: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(("customer", "parent", "vendor"), _number),
    **dict.fromkeys(("owner", "rep", "assignee"), _user),
    **dict.fromkeys(("price_level", "category"), titled),
    **dict.fromkeys(("location", "custom_status"), _in_use),
    "contact": lambda row: first_email(row) if row and row.trashed_at is None else "",
}
