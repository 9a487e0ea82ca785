"""What one piece costs a customer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from tradepost.kit.money import EXACT

_UNIT = Decimal("0.0001")  # prices have four decimals


class Reach(StrEnum):
    """What a discount item is taken from, on a document: all lines above it, or the one above."""

    ABOVE = "above"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Level:
    """A customer's price level: ``percent`` off the item's own price; below zero is a surcharge."""

    id: int
    percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of a price list: ``price`` from ``quantity`` on, from ``starts`` to ``ends``, both included.
    ``level`` None is for everyone; ``list`` names the list."""

    list: str
    price: Decimal
    quantity: Decimal = Decimal(0)
    level: int | None = None
    starts: date | None = None
    ends: date | None = None

    def holds(self, level: Level | None, quantity: Decimal, on: date) -> bool:
        return (
            self.level in (None, level.id if level else None)
            and self.quantity <= quantity
            and (self.starts is None or self.starts <= on)
            and (self.ends is None or on <= self.ends)
        )


@dataclass(frozen=True, slots=True)
class Priced:
    """``price`` of one piece. ``list``: the price list, or the level whose percent is off; empty is the item's own price.
    ``quantity``: how many must be bought for it."""

    price: Decimal
    list: str = ""
    quantity: Decimal = Decimal(0)

    @property
    def source(self) -> str:
        """``"Trade 2026 ≥ 50"``: the list, and the quantity that was reached; empty for the item's own price."""
        return f"{self.list} ≥ {self.quantity.normalize():f}" if self.quantity > 1 else self.list


def price_for(
    own: Decimal | None, offers: Iterable[Offer], level: Level | None, quantity: Decimal, on: date
) -> Priced | None:
    """The price of an item whose ``own`` price and ``offers`` are given, in one currency.

    An offer beats the item's own price; one for the customer's level beats one for everyone; of two lists the one
    that started later counts, of one list the largest quantity reached, then the lower price. None: there is no
    price in this currency.
    """
    fitting = [offer for offer in offers if offer.holds(level, quantity, on)]
    if fitting:
        best = max(
            fitting, key=lambda o: (o.level is not None, o.starts or date.min, o.list, o.quantity, -o.price)
        )
        return Priced(best.price, best.list, best.quantity)
    if own is None:
        return None
    share = EXACT.subtract(Decimal(100), level.percent if level else Decimal(0))
    return Priced(EXACT.multiply(own, share).scaleb(-2, EXACT).quantize(_UNIT, ROUND_HALF_UP, EXACT))


def per_unit(price: Decimal, factor: Decimal) -> Decimal:
    """What one unit costs that is ``factor`` of the stock unit, at ``price`` for one of that: as much as so many pieces. Rounded
    once, half up, to the four decimals that prices have."""
    return EXACT.multiply(price, factor).quantize(_UNIT, ROUND_HALF_UP, EXACT)


def broken(
    price: Decimal | None, breaks: Iterable[tuple[Decimal, Decimal]], quantity: Decimal
) -> Decimal | None:
    """A vendor's price of one when ``quantity`` are bought: that of the largest of ``breaks`` (from how many on, price)
    that is reached, else ``price``."""
    reached = [(n, its) for n, its in breaks if n <= quantity]
    return max(reached)[1] if reached else price
