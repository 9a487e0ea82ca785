"""What a customer's master data does to documents: credit stops shipments, exemption takes the tax off, terms say when one pays."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.kit.errors import Conflict
from tradepost.people.services import save_customer
from tradepost.sales.converting import convert
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import save_terms
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.tax_rows import SalesTaxCode
from tradepost.web.grid import CELLS
from tradepost.web.kinds import LOOKS

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


@pytest.mark.req("B21")
@pytest.mark.parametrize("kind", [Kind.QUOTE, Kind.ORDER, Kind.INVOICE, Kind.CREDIT_NOTE])
def test_a_new_document_has_the_terms_of_its_customer(shop: Trade, kind: Kind) -> None:
    assert shop.document(kind, "1").terms == ""
    save_customer(shop.actor, {"terms": "Net 30"}, customer_id=shop.customer)
    assert shop.document(kind, "1").terms == "Net 30"
    assert shop.document(kind, "1", terms="Cash").terms == "Cash"
    assert shop.document(kind, "1", terms="").terms == "Net 30"
    program = program_of(shop.actor)
    body = {"customer_id": shop.customer, "lines": [{"item_id": shop.items[0], "quantity": "1"}]}
    made = program.post("documents", {"kind": kind, **body})
    assert made["terms"] == "Net 30"
    client = client_of(shop)
    line = {"line-item": shop.items[0], "line-sku": "TNT-4", "line-description": "Tent", "line-quantity": "1"}
    cells = {f"line-{name}": "" for name in (*CELLS, "sku", "drop_ship")}
    form = {"customer_id": shop.customer, **cells, **line}
    assert client.post(f"/{LOOKS[kind].plural}/new/", form).status_code == 302
    assert Document.objects.latest("pk").terms == "Net 30"


@pytest.mark.req("B21")
@pytest.mark.parametrize(("days", "type", "later"), [(30, "receivable", 30), (0, "cash", 0), (14, "cash", 0)])
def test_an_invoice_is_due_by_the_terms_of_its_customer(
    shop: Trade, days: int, type: str, later: int
) -> None:
    save_terms(shop.actor, {"name": "Ours", "days": days, "type": type})
    save_customer(shop.actor, {"terms": "Ours"}, customer_id=shop.customer)
    invoice = convert(shop.actor, shop.document(Kind.ORDER, "1").pk, Kind.INVOICE)
    assert invoice.terms == "Ours"
    issued = move(shop.actor, invoice.pk, "issue")
    assert issued.due == issued.date + timedelta(days=later)


@pytest.mark.req("B21")
def test_another_customer_brings_other_terms_unless_some_are_typed(shop: Trade) -> None:
    other = save_customer(shop.actor, {"name": "Harbor", "terms": "Net 7"}).pk
    save_customer(shop.actor, {"terms": "Net 30"}, customer_id=shop.customer)
    order = shop.document(Kind.ORDER, "1")
    changed = save_document(shop.actor, Kind.ORDER, {"customer_id": other}, document_id=order.pk)
    assert changed.terms == "Net 7"
    typed = {"customer_id": shop.customer, "terms": "Cash"}
    assert save_document(shop.actor, Kind.ORDER, typed, document_id=order.pk).terms == "Cash"
