"""What a customer's master data does to documents: credit stops shipments, exemption takes the tax off."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sales.trade import Trade, trade
from tradepost.kit.errors import Conflict
from tradepost.people.services import save_customer
from tradepost.sales.converting import convert
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.tax_rows import SalesTaxCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def test_a_credit_hold_stops_the_goods(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "1")
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    hold = {"credit_hold": True, "credit_reason": "Two cheques bounced"}
    save_customer(shop.actor, hold, customer_id=shop.customer)
    with pytest.raises(Conflict, match="credit hold: Two cheques bounced"):
        move(shop.actor, shipment.pk, "ship")
    save_customer(shop.actor, {"credit_hold": False}, customer_id=shop.customer)
    assert move(shop.actor, shipment.pk, "ship").status == "shipped"


def test_open_invoices_above_the_limit_stop_the_goods(shop: Trade) -> None:
    invoice = move(shop.actor, shop.document(Kind.INVOICE, "1").pk, "issue")
    shipment = convert(shop.actor, shop.document(Kind.ORDER, "1").pk, Kind.SHIPMENT)
    save_customer(shop.actor, {"credit_limit": invoice.total - 1}, customer_id=shop.customer)
    with pytest.raises(Conflict, match="more than the credit limit"):
        move(shop.actor, shipment.pk, "ship")
    save_customer(shop.actor, {"credit_limit": invoice.total}, customer_id=shop.customer)
    assert move(shop.actor, shipment.pk, "ship").status == "shipped"


def test_what_is_owed_in_every_currency_counts_at_its_rate(shop: Trade) -> None:
    line = LineDraft(description="Work", unit_price=Decimal(1000), tax_rate=Decimal(0))
    head = {"customer_id": shop.customer, "currency": "SEK"}
    invoice = save_document(shop.actor, Kind.INVOICE, head, [line])
    move(shop.actor, invoice.pk, "issue")
    shipment = convert(shop.actor, shop.document(Kind.ORDER, "1").pk, Kind.SHIPMENT)
    save_customer(shop.actor, {"credit_limit": Decimal(90)}, customer_id=shop.customer)
    with pytest.raises(Conflict, match=f"{invoice.number} is in a currency without an exchange rate"):
        move(shop.actor, shipment.pk, "ship")
    save_rate(shop.actor, "SEK", invoice.date, Decimal("0.1"))
    with pytest.raises(Conflict, match=r"owes 100\.00, more than the credit limit of 90\.00"):
        move(shop.actor, shipment.pk, "ship")
    payment = convert(shop.actor, invoice.pk, Kind.PAYMENT, amount=Decimal(100))
    move(shop.actor, payment.pk, "receive")
    assert move(shop.actor, shipment.pk, "ship").status == "shipped"


@pytest.mark.parametrize(("status", "taxed"), [("taxable", True), ("exempt", False), ("resale", False)])
def test_who_is_exempt_owes_no_tax(shop: Trade, status: str, taxed: bool) -> None:
    SalesTaxCode.objects.create(organisation_id=shop.actor.organisation_id, code="NON", taxable=False)
    save_customer(shop.actor, {"tax_status": status}, customer_id=shop.customer)
    order = shop.document(Kind.ORDER, "1")
    assert (order.tax > Decimal(0)) is taxed
