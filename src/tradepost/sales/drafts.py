"""A line as it is entered, and the line of a document that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.pricing import Priced, per_unit
from tradepost.catalog.units import ONE
from tradepost.sales import words
from tradepost.sales.carrying import DROP_SHIPPED
from tradepost.sales.models import Document, Line
from tradepost.sales.wrong import WrongLine


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as entered. What is None comes from the item; without an item, ``description`` is needed. Unit,
    taxability and drop shipment stay as they are on a line that is changed. ``unit_price`` is for one ``unit``, and from
    ``price_source`` where nobody typed it.

    ``line_id`` is the line of the document that it changes; without one it changes the line of the same item and
    description, if there is one, so that what was made from that line stays linked.
    """

    item_id: int | None = None
    description: str | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    discount_percent: Decimal = Decimal(0)
    tax_rate: Decimal | None = None
    unit: str | None = None
    taxable: bool | None = None
    drop_ship: bool | None = None
    line_id: int | None = None
    price_source: str = ""


_LABELS = {
    "description": gettext_lazy("Description"),
    "quantity": gettext_lazy("Quantity"),
    "unit": gettext_lazy("Unit"),
    "unit_price": gettext_lazy("Price"),
    "discount_percent": gettext_lazy("Discount in percent"),
    "tax_rate": gettext_lazy("Tax in percent"),
}
_NOT_ENTERED = {field.name for field in Line._meta.fields} - _LABELS.keys()
HUNDRED = Decimal(100)


def described(draft: LineDraft, item: Item | None) -> str:
    """What stands on the line."""
    return (draft.description if draft.description is not None else item.name if item else "").strip()


def make_line(
    row: Document,
    position: int,
    draft: LineDraft,
    item: Item | None,
    priced: Priced | None = None,
    factor: Decimal = ONE,
) -> Line:
    """A line of a document, checked and not stored yet; what the draft leaves open comes from the item, and its price
    from ``priced`` where that is given: of one piece, of which ``factor`` are one of the line's unit."""
    description = described(draft, item)
    if not description:
        sentence = _("Line {position} needs an item or a description.").format(position=position)
        raise WrongLine(position, {"description": sentence})
    if draft.drop_ship and row.kind not in DROP_SHIPPED:
        sentence = _("Line {position}: nothing on a {kind} can be drop shipped.").format(
            position=position, kind=words.kind(row.kind)
        )
        raise WrongLine(position, {"drop_ship": sentence})
    line = Line(
        organisation_id=row.organisation_id,
        document=row,
        position=position,
        item=item,
        sku=item.sku if item else "",
        description=description,
        quantity=draft.quantity,
        unit=draft.unit if draft.unit is not None else (item.unit if item else ""),
        unit_price=_unit_price(draft, item, priced, factor),
        auto_price=priced is not None,
        price_source=(priced.source if priced else draft.price_source)[:160],
        discount_percent=draft.discount_percent,
        tax_rate=draft.tax_rate if draft.tax_rate is not None else (item.tax_rate if item else Decimal(0)),
        taxable=draft.taxable is not False,
        drop_ship=draft.drop_ship is True,
    )
    if item is not None and item.type == ItemType.DISCOUNT:
        _as_discount(line, item, draft)
    if wrong := _problems(line):
        named = (
            said if name == "discount_percent" else f"{_LABELS[name]}: {said}" for name, said in wrong.items()
        )
        sentence = _("Line {position}: {words}").format(position=position, words="; ".join(named))
        raise WrongLine(position, wrong, sentence=sentence)
    return line


def _problems(line: Line) -> dict[str, str]:
    """What is wrong with a line as it is entered, by its field."""
    percent = line.discount_percent
    if not (percent.is_finite() and 0 <= percent <= HUNDRED):
        return {"discount_percent": _("A discount is between 0 and 100 percent.")}
    try:
        line.clean_fields(exclude=_NOT_ENTERED)
    except ValidationError as error:
        return {name: " ".join(said) for name, said in error.message_dict.items()}
    return {}


def _as_discount(line: Line, item: Item, draft: LineDraft) -> None:
    """A discount has no quantity and no tax of its own. What is typed goes before what the item says."""
    line.quantity, line.tax_rate, line.unit, line.reach = Decimal(0), Decimal(0), "", item.discount_reach
    if not draft.unit_price and not draft.discount_percent:
        line.discount_percent = item.discount_percent
    if draft.unit_price is None and line.discount_percent:
        line.unit_price, line.auto_price, line.price_source = Decimal(0), False, ""


def _unit_price(draft: LineDraft, item: Item | None, priced: Priced | None, factor: Decimal) -> Decimal:
    if draft.unit_price is not None:
        return draft.unit_price
    if priced is not None:
        return per_unit(priced.price, factor)
    return per_unit(item.price, factor) if item else Decimal(0)
