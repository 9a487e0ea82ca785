"""Who has bought: a prospect's first order, invoice or cash sale makes it a customer."""

from __future__ import annotations

from tradepost.accounts.access import Actor
from tradepost.people import prospects
from tradepost.sales.models import Document, Kind

BOUGHT = {(Kind.ORDER, "open"), (Kind.CASH_SALE, "completed"), (Kind.INVOICE, "issued")}


def now_buys(actor: Actor, row: Document) -> None:
    """Called within the transaction of whatever made or moved the document."""
    if (row.kind, row.status) in BOUGHT:
        prospects.bought(actor, row.customer_id)
