"""The sample company's set-up: terms, lists, exchange rates and sales taxes, as they were over three years; and which order came
of which quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from tradepost.accounts.access import Actor
from tradepost.sales import lists
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document
from tradepost.sales.taxes import save_item_tax, save_region, save_tax, save_tax_code
from tradepost.sandbox import wares, years
from tradepost.sandbox.company import Paper

TERMS = (("Net 15", 15), ("Net 30", 30), ("Net 45", 45), ("Net 60", 60))
METHODS = ("Cheque", "Bank transfer", "Card", "Cash")
CHANNELS = ("phone", "e-mail", "trade show", "web", "shop")
WON = ("Price", "Delivery in parts", "Known quality", "Samples convinced")
LOST = ("Too dear", "Bought elsewhere", "Postponed", "Delivery too late")

Rates = Mapping[tuple[str, date], Decimal]


def open_books(actor: Actor, today: date) -> Rates:
    """Write all of it down through the verbs of the set-up pages. Returns the rates by currency and first of the month."""
    for name, days in TERMS:
        lists.save(actor, "terms", {"name": name, "days": days})
    lists.save(actor, "terms", {"name": "Prepaid", "type": "cash"})
    offered: dict[str, Sequence[str]] = {
        "payment-methods": METHODS,
        "shipping-methods": [name for name, _prefix in wares.CARRIERS],
        "classes": ("A", "B", "C"),
        "customer-types": list(dict.fromkeys(wares.SHOPS.values())),
        "sales-channels": CHANNELS,
        "reasons-won": WON,
        "reasons-lost": LOST,
    }
    for key, names in offered.items():
        for name in names:
            lists.save(actor, key, {"name": name})
    _taxes(actor, today)
    rates = {(currency, day): rate for currency, day, rate in years.rates(today)}
    for (currency, day), rate in rates.items():
        save_rate(actor, currency, day, rate)
    return rates


def _taxes(actor: Actor, today: date) -> None:
    """Of the states in which the company must charge them; one city raised its own a year ago."""
    begun, raised = today - timedelta(days=years.DAYS + 90), (today - timedelta(days=365)).replace(day=1)
    for code, name, percent, later in wares.TAXES:
        since = {begun: Decimal(percent), **({raised: Decimal(later)} if later else {})}
        save_tax(actor, code, since, name=name)
    save_tax_code(actor, "TAX", taxable=True, is_default=True)
    save_tax_code(actor, "NON", taxable=False, is_default=True)
    for state, codes in wares.CHARGED.items():
        save_region(actor, "US", state, save_item_tax(actor, f"{state} sales", codes).pk)


_LINK = """UPDATE sales_document d SET source_id = q.quote FROM unnest(%s::bigint[], %s::bigint[]) AS q(made, quote) WHERE d.id = q.made"""
_LINK_LINES = """UPDATE sales_line l SET source_id = s.id FROM unnest(%s::bigint[], %s::bigint[]) AS q(made, quote)
    JOIN sales_line s ON s.document_id = q.quote WHERE l.document_id = q.made AND l.position = s.position"""


def link_quotes(papers: Sequence[Paper], documents: Sequence[Document]) -> None:
    """Let the orders that came of quotes know them, line by line."""
    quotes = {
        paper.deal: row.pk
        for paper, row in zip(papers, documents, strict=True)
        if paper.deal and paper.kind == "quote"
    }
    made = [
        (row.pk, quotes[paper.deal])
        for paper, row in zip(papers, documents, strict=True)
        if paper.deal and paper.kind == "order"
    ]
    pairs = [[order for order, _quote in made], [quote for _order, quote in made]]
    with connection.cursor() as cursor:
        for statement in (_LINK, _LINK_LINES):
            cursor.execute(statement, pairs)
