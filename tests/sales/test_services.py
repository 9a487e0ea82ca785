"""Verbs on documents, on the real database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sales.trade import trade
from tradepost.accounts.services import register_company
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Invalid
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ({"discount_percent": "101"}, {"lines.1": "Line 1: A discount is between 0 and 100 percent."}),
        ({"discount_percent": "-1"}, {"lines.1": "Line 1: A discount is between 0 and 100 percent."}),
        (
            {"unit_price": "0.00001"},
            {"lines.1": "Line 1: Price: Ensure that there are no more than 4 decimal places."},
        ),
        ({"quantity": "99999999999999", "unit_price": "99999999999999"}, {}),
    ],
)
def test_a_line_that_cannot_be_is_said_in_words(line: dict[str, str], fields: dict[str, str]) -> None:
    shop = trade()
    draft = LineDraft(shop.items[0], **{name: Decimal(value) for name, value in line.items()})
    with pytest.raises(Invalid) as refused:
        save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, [draft])
    assert refused.value.fields == fields
    assert fields or str(refused.value).startswith("It comes to more than any sum of money.")
