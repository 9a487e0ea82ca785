"""Lines in another unit than the item's own: a carton of 12 counts as 12 pieces, and costs what 12 pieces cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.units import ONE, Units
from tradepost.kit.money import EXACT
from tradepost.sales.drafts import LineDraft
from tradepost.sales.wrong import WrongLine


class Packing:
    """What entered lines are in stock units. ``quantities``: how many of each item they are together, by its id, so that neither
    splitting a line nor packing it otherwise changes a price."""

    def __init__(self, drafts: Sequence[LineDraft], items: Mapping[int, Item], units: Units) -> None:
        self._items = [items.get(draft.item_id or 0) for draft in drafts]
        self._drafts = drafts
        self._factors = [
            _factor(units, item, draft.unit) for draft, item in zip(drafts, self._items, strict=True)
        ]
        self.quantities: dict[int, Decimal] = {}
        for draft, item, factor in zip(drafts, self._items, self._factors, strict=True):
            if item is not None:
                pieces = EXACT.multiply(draft.quantity, ONE if factor is None else factor)
                self.quantities[item.pk] = self.quantities.get(item.pk, Decimal(0)) + pieces

    def factor(self, n: int) -> Decimal:
        """How many stock units one of the unit of line ``n``, counted from zero, is. ``Invalid`` where its item has no such unit: a
        wrong price is worse than none."""
        item, factor = self._items[n], self._factors[n]
        if item is not None and factor is None:
            sentence = _("Line {position}: {sku} has no unit “{unit}”.").format(
                position=n + 1, sku=item.sku, unit=self._drafts[n].unit
            )
            raise WrongLine(
                n + 1,
                {"unit": sentence},
                cure=_("Add the unit to the item, choose another one, or type a price."),
            )
        return ONE if factor is None else factor


def _factor(units: Units, item: Item | None, unit: str | None) -> Decimal | None:
    """A line without an item, or a discount, counts as it is."""
    if item is None or item.type == ItemType.DISCOUNT:
        return ONE
    found = units.of(item, unit)
    return found.factor if found else None
