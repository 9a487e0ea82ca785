"""An order says how far it is paid: by deposits, by its invoices, and what went back."""

from __future__ import annotations

import pytest

from tests.sales.trade import D, Trade, trade
from tradepost.sales import payments
from tradepost.sales.converting import convert
from tradepost.sales.financial import Flow, financial_status
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.paying import keep_all
from tradepost.sales.services import LineDraft, save_document


@pytest.mark.req("C17")
@pytest.mark.parametrize(
    ("total", "came", "back", "credited", "status"),
    [
        (100, 0, 0, 0, "unpaid"),
        (100, 1, 0, 0, "partly_paid"),
        (100, 99, 0, 0, "partly_paid"),
        (100, 100, 0, 0, "paid"),
        (100, 120, 0, 0, "paid"),
        (100, 100, 100, 100, "refunded"),
        (100, 100, 100, 0, "refunded"),
        (100, 30, 30, 0, "refunded"),
        (100, 100, 30, 30, "paid"),
        (100, 100, 30, 0, "partly_paid"),
        (100, 100, 0, 100, "paid"),
        (100, 0, 0, 100, "paid"),
        (100, 0, 0, 40, "unpaid"),
        (100, 60, 0, 40, "paid"),
        (0, 0, 0, 0, "paid"),
    ],
)
def test_where_an_order_stands_by_its_money(
    total: int, came: int, back: int, credited: int, status: str
) -> None:
    assert financial_status(D(total), Flow(D(came), D(back), D(credited))) == status


@pytest.fixture
def shop(db: None) -> Trade:
    return trade()


def order(shop: Trade) -> Document:
    """Of 100.00."""
    return save_document(
        shop.actor,
        Kind.ORDER,
        {"customer_id": shop.customer},
        [LineDraft(shop.items[2], quantity=D(10), unit_price=D(10), tax_rate=D(0))],
    )


def status(row: Document) -> str:
    return Document.objects.get(pk=row.pk).financial_status


def paid(shop: Trade, source: Document, amount: str | None = None) -> Document:
    row = convert(shop.actor, source.pk, Kind.PAYMENT, amount=D(amount) if amount else None)
    return move(shop.actor, row.pk, "receive")


def issued(shop: Trade, source: Document, kind: Kind = Kind.INVOICE, quantity: str | None = None) -> Document:
    wanted = {source.lines.get().pk: D(quantity)} if quantity else None
    return move(shop.actor, convert(shop.actor, source.pk, kind, wanted).pk, "issue")


@pytest.mark.req("C17")
def test_a_deposit_then_the_invoice_then_the_money_back(shop: Trade) -> None:
    row = order(shop)
    assert status(row) == "unpaid"
    deposit = paid(shop, row, "40")
    assert status(row) == "partly_paid"
    invoice = issued(shop, row)
    assert status(row) == "partly_paid"  # the deposit is not counted twice
    version = Document.objects.get(pk=row.pk).version
    rest = paid(shop, invoice)
    assert status(row) == "paid"
    assert Document.objects.get(pk=row.pk).version > version  # who keeps a copy is told
    payments.unapply(shop.actor, rest.pk, invoice.pk)
    assert status(row) == "partly_paid"
    payments.apply_credit(shop.actor, rest.pk, {invoice.pk: D(60)})
    assert status(row) == "paid"
    move(shop.actor, rest.pk, "void")
    assert status(row) == "partly_paid"
    move(shop.actor, deposit.pk, "void")
    assert status(row) == "unpaid"


def test_what_is_paid_back_of_a_credit_note(shop: Trade) -> None:
    row = order(shop)
    invoice = issued(shop, row)
    paid(shop, invoice)
    for quantity, expected in (("3", "paid"), ("7", "refunded")):
        credit = issued(shop, invoice, Kind.CREDIT_NOTE, quantity)
        refund = convert(shop.actor, credit.pk, Kind.REFUND)
        assert status(row) == "paid"
        move(shop.actor, refund.pk, "pay")
        assert status(row) == expected
    move(shop.actor, refund.pk, "void")
    assert status(row) == "paid"


def test_a_deposit_that_is_paid_back_or_spent_elsewhere(shop: Trade) -> None:
    row, other = order(shop), order(shop)
    deposit = paid(shop, row, "100")
    assert status(row) == "paid"
    invoice = issued(shop, other)
    payments.apply_credit(shop.actor, deposit.pk, {invoice.pk: D(30)})
    assert (status(row), status(other)) == ("partly_paid", "partly_paid")
    refund = convert(shop.actor, deposit.pk, Kind.REFUND)
    move(shop.actor, refund.pk, "pay")
    assert (status(row), status(other)) == ("refunded", "partly_paid")


def test_a_payment_by_hand_an_invoice_by_a_ship_doc_and_another_total(shop: Trade) -> None:
    row = order(shop)
    shipped = move(shop.actor, convert(shop.actor, row.pk, Kind.SHIPMENT).pk, "ship")
    invoice = issued(shop, shipped)
    money = move(shop.actor, shop.payment("100").pk, "receive")
    assert status(row) == "unpaid"
    payments.apply_credit(shop.actor, money.pk, {invoice.pk: D(100)})
    assert status(row) == "paid"
    again = order(shop)
    paid(shop, again, "50")
    line = again.lines.get()
    for quantity, expected in (("5", "paid"), ("20", "partly_paid")):
        draft = LineDraft(
            line.item_id, quantity=D(quantity), unit_price=D(10), tax_rate=D(0), line_id=line.pk
        )
        save_document(shop.actor, Kind.ORDER, {}, [draft], document_id=again.pk)
        assert status(again) == expected


def test_orders_that_were_written_before_get_their_status(shop: Trade) -> None:
    rows = [order(shop) for _n in range(3)]
    paid(shop, rows[0], "10")
    paid(shop, issued(shop, rows[1]))
    Document.objects.update(financial_status="")
    keep_all(Document.objects, Application.objects, batch=2)
    assert [status(row) for row in rows] == ["partly_paid", "paid", "unpaid"]
    assert set(Document.objects.exclude(kind=Kind.ORDER).values_list("financial_status", flat=True)) == {""}
