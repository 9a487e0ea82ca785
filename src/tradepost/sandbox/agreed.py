"""What the sample company agreed with its customers and set up for itself: prices, reorder levels, a custom field, a kept report.

Written last: papers of the past were priced by what held then.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item, StockLevel
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.custom.services import save_field
from tradepost.people.services import save_customer
from tradepost.reports import services as reports
from tradepost.reports.reordering import set_level
from tradepost.reports.rules import Query

KEY_ACCOUNTS = 3  # the first of the customers
STEPS = ((12, Decimal("0.95")), (48, Decimal("0.90")))  # from how many on, which part of the price
PRICED, LEVELS = 12, 10  # items of the price list, and those that are never to run out
WINDOWS = ("Mornings only", "Call ahead", "Any time")


def write(actor: Actor, buyers: Sequence[int]) -> None:
    """Write it down by the verbs; ``buyers`` are the ids of the customers."""
    level = _prices(actor)
    field = save_field(
        actor,
        {
            "name": "Delivery window",
            "kinds": ["customer"],
            "type": "choice",
            "choices": list(WINDOWS),
            "in_list": True,
        },
    )
    for place, pk in enumerate(buyers[: 2 * KEY_ACCOUNTS]):
        values = {"custom": {field.key: WINDOWS[place % len(WINDOWS)]}}
        key = {"price_level_id": level} if place < KEY_ACCOUNTS else {}
        save_customer(actor, {**values, **key}, customer_id=pk)
    _levels(actor)
    reports.save(
        actor,
        "Customers by what they bought",
        Query("sales", ("customer",), "year", sort="-net"),
        shared=True,
    )


def _prices(actor: Actor) -> int:
    """A level for key accounts, and a list for everybody who buys by the dozen; the id of the level."""
    level = save_price_level(actor, {"name": "Key accounts", "percent": Decimal(8)})
    items = Item.objects.of(actor).filter(type="stock").order_by("pk")[:PRICED]
    steps = [Break(one.pk, _part(one.price, part), Decimal(many)) for one in items for many, part in STEPS]
    save_price_list(actor, {"name": "By the dozen"}, breaks=steps)
    return level.pk


def _part(price: Decimal, part: Decimal) -> Decimal:
    return (price * part).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _levels(actor: Actor) -> None:
    """How much of some items is to lie there: of every second one there is less, as the reorder proposal says."""
    there = StockLevel.objects.of(actor).filter(item__type="stock", item__vendors__isnull=False)
    for place, row in enumerate(there.order_by("item_id", "location_id").distinct()[:LEVELS]):
        now = max(Decimal(0), row.on_hand - row.allocated + row.on_order)
        least = now + 12 if place % 2 else (now // 2).quantize(Decimal(1))
        set_level(actor, row.item_id, row.location_id, least, least * 2 + 24, Decimal(12))
