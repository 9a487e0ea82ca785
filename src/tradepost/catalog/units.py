"""The units that items are bought and sold in: each item's stock unit, and others such as a carton of 12."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tradepost.catalog.models import Item, ItemUnit
from tradepost.kit.money import EXACT

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Packed:
    """One ``unit`` is ``factor`` of the stock unit."""

    unit: str
    factor: Decimal


class Units:
    """The units of ``items``, read when the first is asked for that is no stock unit."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = list(items)
        self._others: dict[int, list[Packed]] | None = None

    def of(self, item: Item, name: str | None) -> Packed | None:
        """The unit of an item that is called so, whichever its case; nothing is the stock unit. None: the item has no such unit."""
        if name in (None, "", item.unit):
            return Packed(item.unit, ONE)
        wanted = str(name).casefold()
        return next((one for one in self.all(item) if one.unit.casefold() == wanted), None)

    def pieces(self, item: Item, quantity: Decimal, name: str | None) -> Decimal | None:
        """``quantity`` of a unit in the stock unit; None: the item has no such unit."""
        found = self.of(item, name)
        return EXACT.multiply(quantity, found.factor) if found else None

    def all(self, item: Item) -> list[Packed]:
        """The stock unit, and the others by their size."""
        if self._others is None:
            self._others = {}
            rows = ItemUnit.objects.filter(item__in=[one.pk for one in self._items]).order_by(
                "factor", "name"
            )
            for pk, name, factor in rows.values_list("item", "name", "factor"):
                self._others.setdefault(pk, []).append(Packed(name, factor))
        return [Packed(item.unit, ONE), *self._others.get(item.pk, ())]
