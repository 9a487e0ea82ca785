"""What is asked for the items of a sale where nobody typed a price: the customer's level, the quantity, the day, the currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.catalog.prices import PriceBook
from tradepost.catalog.pricing import Priced
from tradepost.sales.models import Document
from tradepost.sales.wrong import WrongLine


@dataclass(frozen=True, slots=True)
class Asked:
    """The prices by item, of one stock unit, in ``currency``."""

    prices: Mapping[int, Priced]
    currency: str

    def of(self, item_id: int, position: int, name: str) -> Priced:
        """Raises ``Invalid`` for an item that has no price in this currency: a wrong price is worse than none."""
        found = self.prices.get(item_id)
        if found is None:
            sentence = _(
                "Line {position}: “{name}” has no price in {currency}. Type one, or put it on a price list."
            ).format(position=position, name=name, currency=self.currency)
            raise WrongLine(position, {"unit_price": sentence})
        return found


def asked(
    actor: Actor, row: Document, quantities: Mapping[int, Decimal], book: PriceBook | None = None
) -> Asked:
    """``quantities``: by item, how many of its stock unit all lines are together (``Packing``).

    ``book`` is what was read for many documents at once; without it it is read for this one.
    """
    if not quantities:
        return Asked({}, row.currency)
    day = row.date if isinstance(row.date, date) else date.fromisoformat(row.date)
    level = row.customer.price_level_id if row.customer else None
    book = book or PriceBook(actor, quantities)
    return Asked(book.prices(quantities, day, level, row.currency), row.currency)
