"""How much of an item to buy for a location. Pure.

The usual rule of a reorder point: when what is there and on its way falls to the point, order up to the target.

===============  ==============================================================================================
point            the minimum; where none is set, what is sold during the vendor's lead time
target           the maximum; where none is set, the point or what is sold during lead time and days of cover,
                 whichever is more
===============  ==============================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Need:
    """What is known of one item at one location, in stock units. ``available``: on hand and promised to nobody;
    ``waiting``: ordered by customers and not allocated; ``coming``: on order, and in purchase orders not sent yet;
    ``sold`` in the last ``days``. ``multiple``: only so many at a time are ordered (0: any number)."""

    available: Decimal
    waiting: Decimal = ZERO
    coming: Decimal = ZERO
    sold: Decimal = ZERO
    days: int = 90
    lead_days: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    multiple: Decimal = ZERO

    @property
    def projected(self) -> Decimal:
        """What there will be if nothing is bought and nothing more is sold."""
        return self.available - self.waiting + self.coming


def proposed(need: Need, cover_days: int) -> Decimal:
    """The quantity to order now; zero where there is enough."""
    daily = max(ZERO, need.sold) / need.days
    point = daily * need.lead_days if need.minimum is None else need.minimum
    target = max(point, daily * (need.lead_days + cover_days)) if need.maximum is None else need.maximum
    if need.projected > point or need.projected >= target:
        return ZERO
    missing = target - need.projected
    step = need.multiple or Decimal(1)
    return (missing / step).to_integral_value(ROUND_CEILING) * step
