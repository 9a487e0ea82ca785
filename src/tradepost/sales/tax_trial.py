"""What would be charged: a customer, an item, a day and a place, tried without a document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tradepost.accounts.access import Actor
from tradepost.sales.models import Document
from tradepost.sales.services import LineDraft, preview
from tradepost.sales.tax import Match, Place, TaxedAt
from tradepost.sales.tax_choice import TaxChooser


@dataclass(frozen=True, slots=True)
class Trial:
    """``document`` with its totals and taxes is not stored. ``at`` and ``why`` are empty while the company has no sales tax
    codes."""

    document: Document
    rate: Decimal
    place: Place
    at: TaxedAt | None
    why: Match | None

    @property
    def net(self) -> Decimal:
        return self.document.total - self.document.tax


def try_out(
    actor: Actor,
    customer_id: int,
    item_id: int,
    day: date,
    *,
    amount: Decimal | None = None,
    place: Place | None = None,
) -> Trial:
    """The totals of one piece of an item, at its price or at ``amount``; at the ``place`` or else the customer's own.
    Raises ``Refused``, ``Missing`` and ``Invalid``."""
    values: dict[str, Any] = {"customer_id": customer_id, "date": day}
    if place:
        address = {"country": place.country.strip().upper(), "region": place.state.strip()}
        values |= {"shipping": address, "billing": address}
    row, [line] = preview(actor, values, [LineDraft(item_id, unit_price=amount)])
    chosen = TaxChooser(actor.organisation_id).choose(row.customer, row.shipping, row.billing)
    if chosen is None:
        return Trial(row, line.tax_rate, place or Place(), None, None)
    return Trial(row, line.tax_rate, chosen.place, chosen.at, chosen.why)
