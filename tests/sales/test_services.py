"""Verbs on documents, on the real database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradepost.accounts.services import register_company
from tradepost.catalog.services import save_item
from tradepost.people.services import Email, save_customer
from tradepost.sales.converting import convert_to_order
from tradepost.sales.models import Kind
from tradepost.sales.queries import documents
from tradepost.sales.services import LineDraft, save_document


@pytest.mark.django_db
def test_an_order_takes_prices_from_its_items_and_keeps_its_totals() -> None:
    actor = register_company(
        company="Marlow", name="Dana", email="dana@example.com", password="Correct-horse-9"
    )
    customer = save_customer(actor, {"name": "Harbor & Pine"}, emails=[Email("Renata@Harborpine.example")])
    tent = save_item(
        actor, {"sku": "TNT-4", "name": "Tent", "price": Decimal("199.50"), "tax_rate": Decimal("5.5")}
    )
    quote = save_document(
        actor, Kind.QUOTE, {"customer_id": customer.pk}, [LineDraft(tent.pk, quantity=Decimal(2))]
    )
    order = convert_to_order(actor, quote.pk)
    assert (order.number, order.total, order.lines.get().amount) == (
        "SO-00001",
        Decimal("420.95"),
        Decimal("399.00"),
    )
    assert convert_to_order(actor, quote.pk).pk == order.pk
    assert [d.number for d in documents(actor, Kind.ORDER, search="so 00001 harb")] == ["SO-00001"]
