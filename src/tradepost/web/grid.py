"""The grid of the lines of a document: its rows as they are typed, read and shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item
from tradepost.catalog.units import Units
from tradepost.kit.errors import Invalid
from tradepost.kit.figures import NotAFigure, parse_number, typed
from tradepost.sales.models import Document, Line
from tradepost.sales.services import LineDraft
from tradepost.web.entering import units_of
from tradepost.web.numbers import number
from tradepost.web.templatetags.ui import money

CELLS = ("item", "description", "quantity", "unit_price", "discount_percent", "tax_rate")


@dataclass(slots=True)
class Row:
    """A line of the grid as it was typed; ``errors`` is what is wrong with it, by cell, ``note`` what to think of its price. ``auto``: nobody typed its price;
    ``drop_ship``: "1" if the vendor sends it, "0" if not, empty where the form does not ask. ``units``: what ``unit`` can be, with
    the words for it."""

    item: str = ""
    sku: str = ""
    description: str = ""
    quantity: str = ""
    unit_price: str = ""
    discount_percent: str = ""
    tax_rate: str = ""
    amount: str = ""
    note: str = ""
    auto: bool = False
    drop_ship: str = ""
    unit: str = ""
    units: list[tuple[str, str]] = field(default_factory=list)
    numbers: dict[str, Decimal] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        return bool(self.item or self.description.strip())

    @property
    def choices(self) -> list[tuple[str, str]]:
        """A form sends a unit for every line, so that they stay in step."""
        return self.units or [(self.unit, self.unit)]

    @property
    def blank(self) -> bool:
        return not (self.named or self.sku.strip())


def rows_of(row: Document | None, language: str) -> list[Row]:
    if row is None:
        return []
    rows = []
    for line in row.lines.all():
        figures: dict[str, Any] = {name: _figure(getattr(line, name), name, language) for name in CELLS[2:]}
        shown: dict[str, Any] = {
            "sku": line.sku,
            "description": line.description,
            "amount": money(line.amount, row.currency),
            "auto": line.auto_price,
            "drop_ship": "1" if line.drop_ship else "0",
            "unit": line.unit,
        }
        if line.reach:  # a discount has no quantity, and one in percent no price
            figures |= {name: "" for name in ("quantity", "unit_price") if not getattr(line, name)}
        rows.append(Row(item=str(line.item_id or ""), **shown, **figures))
        _read_numbers(rows[-1], language)
    return rows


def _figure(value: Decimal, name: str, language: str) -> str:
    """As short as it can be typed; no discount and no tax are left empty."""
    if not value and name in ("discount_percent", "tax_rate"):
        return ""
    return typed(value, language)


def draft_of(row: Row) -> LineDraft:
    numbers = row.numbers
    return LineDraft(
        item_id=int(row.item) if row.item else None,
        description=row.description.strip() or None,
        quantity=numbers.get("quantity", Decimal(1)),
        unit_price=numbers.get("unit_price"),
        discount_percent=numbers.get("discount_percent", Decimal(0)),
        tax_rate=numbers.get("tax_rate"),
        drop_ship=row.drop_ship == "1" if row.drop_ship else None,
        unit=row.unit or None,
    )


def read_rows(data: QueryDict, language: str) -> list[Row]:
    """The rows as typed, blank ones at the end left out; numbers read, and what is no number marked."""
    columns = [data.getlist(f"line-{cell}") for cell in CELLS]
    rows = [Row(**dict(zip(CELLS, cells, strict=True))) for cells in zip(*columns, strict=False)]
    skus = data.getlist("line-sku")
    for row, sku in zip(rows, skus, strict=False):
        row.sku = sku
    for row, sent in zip(rows, data.getlist("line-drop_ship"), strict=False):
        row.drop_ship = sent
    for row, sent in zip(rows, data.getlist("line-unit"), strict=False):
        row.unit = sent
    for row in rows:
        _read_numbers(row, language)
    while rows and rows[-1].blank:
        rows.pop()
    return rows


def offer_units(actor: Actor, rows: Iterable[Row], language: str) -> None:
    """What each row can be counted in: the units of its item, and the one that it has."""
    rows = [row for row in rows if row.item]
    items = Item.objects.of(actor).in_bulk([int(row.item) for row in rows])
    units = Units(items.values())
    for row in rows:
        if item := items.get(int(row.item)):
            row.unit = row.unit or item.unit
            row.units = units_of(units, item, language)
            if row.unit not in dict(row.units):
                row.units.append((row.unit, row.unit))


def mark_unknown(rows: list[Row], held: Document | None) -> None:
    """A code that no item has is no line, unless the document came with it."""
    kept = set(held.lines.values_list("sku", flat=True)) if held else set()
    for row in rows:
        if (code := row.sku.strip()) and not (row.item or row.errors or code in kept):
            row.errors["item"] = _("No item has the SKU or barcode “{code}”.").format(code=code)


NAMES = {
    "quantity": gettext_lazy("The quantity"),
    "unit_price": gettext_lazy("The price"),
    "discount_percent": gettext_lazy("The discount"),
    "tax_rate": gettext_lazy("The tax rate"),
}


def _read_numbers(row: Row, language: str) -> None:
    if number(row.item) is None:
        row.item = ""
    for name, label in NAMES.items():
        text = getattr(row, name).strip()
        try:
            row.numbers |= {name: parse_number(text, language)} if text else {}
        except NotAFigure:
            row.errors[name] = _("{what} “{typed}” is not a number.").format(what=label, typed=text)
        except Invalid as fault:
            row.errors[name] = str(fault)


def price_of(line: Line, language: str) -> dict[str, str]:
    """The price of a line and, where nobody typed it, why it is this one."""
    why = (line.price_source or _("List price")) if line.auto_price else ""
    return {"price": typed(line.unit_price, language), "why": why}
