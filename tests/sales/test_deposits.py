"""Money for an order before its invoice: asked, taken, settled by itself, paid back, on paper and on the statement."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.services import save_customer
from tradepost.sales.converting import convert
from tradepost.sales.deposits import asked, deposit_of
from tradepost.sales.models import Document, Kind, Letterhead
from tradepost.sales.moving import move
from tradepost.sales.paper import on_paper
from tradepost.sales.payments import credit_of
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import CREDITS
from tradepost.sales.statements import make_statement

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def order(shop: Trade, kind: Kind = Kind.ORDER, **values: object) -> Document:
    """Of 100.00: four of 25."""
    party = {"vendor_id": shop.vendor} if kind == Kind.PURCHASE_ORDER else {"customer_id": shop.customer}
    line = LineDraft(description="Work", quantity=D(4), unit_price=D(25), tax_rate=D(0))
    return save_document(shop.actor, kind, {**party, **values}, [line])


def sums(row: Document) -> list[tuple[str, str]]:
    return [(one["label"], one["amount"]) for one in on_paper(row, Letterhead())["sums"]][1:]


def part(row: Document, quantity: int) -> dict[int, Decimal]:
    return {row.lines.get().pk: D(quantity)}


@pytest.mark.req("B21")
def test_a_deposit_settles_the_invoices_of_its_order_by_itself(shop: Trade) -> None:
    row = order(shop, deposit_percent=D(30))
    deposit = convert(shop.actor, row.pk, Kind.PAYMENT)
    assert deposit.total == 30
    move(shop.actor, deposit.pk, "receive")
    assert credit_of(shop.actor, shop.customer) == {"USD": 30}
    first = move(shop.actor, convert(shop.actor, row.pk, Kind.INVOICE, part(row, 1)).pk, "issue")
    assert (first.status, first.balance, shop.again(deposit).balance) == ("paid", 0, 5)
    second = move(shop.actor, convert(shop.actor, row.pk, Kind.INVOICE).pk, "issue")
    assert (second.status, second.balance, shop.again(deposit).balance) == ("partly_paid", 70, 0)
    with pytest.raises(Conflict, match="Nothing of it is left"):
        convert(shop.actor, row.pk, Kind.PAYMENT)


def test_a_deposit_that_comes_after_the_invoice_settles_it_too(shop: Trade) -> None:
    row = order(shop)
    deposit = convert(shop.actor, row.pk, Kind.PAYMENT, amount=D(40))
    shipped = move(shop.actor, convert(shop.actor, row.pk, Kind.SHIPMENT).pk, "ship")
    invoice = move(shop.actor, convert(shop.actor, shipped.pk, Kind.INVOICE).pk, "issue")
    assert invoice.balance == 100
    move(shop.actor, deposit.pk, "receive")
    assert (shop.again(invoice).status, shop.again(invoice).balance) == ("partly_paid", 60)
    move(shop.actor, deposit.pk, "void")
    assert (shop.again(invoice).status, shop.again(invoice).balance) == ("issued", 100)


def test_money_of_one_order_never_settles_another(shop: Trade) -> None:
    row, other = order(shop), order(shop)
    move(shop.actor, convert(shop.actor, row.pk, Kind.PAYMENT, amount=D(40)).pk, "receive")
    assert move(shop.actor, convert(shop.actor, other.pk, Kind.INVOICE).pk, "issue").balance == 100


def test_an_order_that_went_to_another_customer_is_not_paid_by_the_first(shop: Trade) -> None:
    row = order(shop)
    move(shop.actor, convert(shop.actor, row.pk, Kind.PAYMENT, amount=D(40)).pk, "receive")
    other = save_customer(shop.actor, {"name": "Somebody else"})
    save_document(shop.actor, Kind.ORDER, {"customer_id": other.pk}, document_id=row.pk)
    assert move(shop.actor, convert(shop.actor, row.pk, Kind.INVOICE).pk, "issue").balance == 100


def test_a_cancelled_order_leaves_its_deposit_as_credit_to_be_paid_back(shop: Trade) -> None:
    row = order(shop)
    deposit = move(shop.actor, convert(shop.actor, row.pk, Kind.PAYMENT, amount=D(40)).pk, "receive")
    assert move(shop.actor, row.pk, "cancel").status == "cancelled"
    refund = convert(shop.actor, deposit.pk, Kind.REFUND)
    assert refund.total == 40
    move(shop.actor, refund.pk, "pay")
    assert credit_of(shop.actor, shop.customer) == {}


@pytest.mark.parametrize("kind", [Kind.ORDER, Kind.PURCHASE_ORDER])
def test_a_deposit_that_was_paid_back_is_asked_anew(shop: Trade, kind: Kind) -> None:
    bought = kind == Kind.PURCHASE_ORDER
    pays, gives, paid, got = (
        (Kind.BILL_PAYMENT, Kind.VENDOR_REFUND, "pay", "receive")
        if bought
        else (Kind.PAYMENT, Kind.REFUND, "receive", "pay")
    )
    row = order(shop, kind, deposit=D(100))
    if bought:
        row = move(shop.actor, row.pk, "confirm")
    ahead = move(shop.actor, convert(shop.actor, row.pk, pays).pk, paid)
    given = move(shop.actor, convert(shop.actor, ahead.pk, gives, amount=D(60)).pk, got)
    row = Document.objects.get(pk=row.pk)
    found = deposit_of(row, CREDITS[pays].states)
    assert (found.made, found.received, found.due, found.rest) == (40, 40, 60, 60)
    assert convert(shop.actor, row.pk, pays).total == 60
    move(shop.actor, given.pk, "void")
    assert deposit_of(Document.objects.get(pk=row.pk), CREDITS[pays].states).received == 100


def test_a_vendor_is_paid_ahead_likewise(shop: Trade) -> None:
    row = move(shop.actor, order(shop, Kind.PURCHASE_ORDER, deposit=D(20)).pk, "confirm")
    ahead = convert(shop.actor, row.pk, Kind.BILL_PAYMENT)
    assert ahead.total == 20
    move(shop.actor, ahead.pk, "pay")
    bill = move(shop.actor, convert(shop.actor, row.pk, Kind.BILL).pk, "approve")
    assert (bill.status, bill.balance) == ("partly_paid", 80)


@pytest.mark.parametrize(
    ("values", "due"),
    [({"deposit_percent": D("33.3333")}, "33.33"), ({"deposit_percent": D(50), "deposit": D(10)}, "10"), ({"deposit": D(100)}, "100")],
)  # fmt: skip
def test_what_is_asked_stands_on_paper(shop: Trade, values: dict[str, Decimal], due: str) -> None:
    row = order(shop, **values)
    shown = sums(row)
    assert (shown[0][0], shown[-1][0], D(shown[-1][1])) == ("total", "deposit", D(due))
    move(shop.actor, convert(shop.actor, row.pk, Kind.PAYMENT).pk, "receive")
    assert [label for label, _amount in sums(row)] == ["total", "paid", "balance"]


def test_only_orders_ask_and_no_more_than_all(shop: Trade) -> None:
    with pytest.raises(Invalid, match="no field “deposit”"):
        shop.document(Kind.INVOICE, "1", deposit=D(5))
    for wrong in ({"deposit_percent": D(101)}, {"deposit": D(-1)}, {"deposit": D("100.01")}):
        with pytest.raises(Invalid) as refused:
            order(shop, **wrong)
        assert set(refused.value.fields) == set(wrong)


@pytest.mark.parametrize(
    ("currency", "deposit", "fits"),
    [
        ("USD", "10.25", True), ("USD", "10.2500", True), ("USD", "10.255", False), ("USD", "0.001", False),
        ("JPY", "10", True), ("JPY", "10.5", False), ("KWD", "10.255", True), ("KWD", "10.2555", False),
    ],
)  # fmt: skip
def test_a_deposit_has_no_more_decimals_than_its_currency(
    shop: Trade, currency: str, deposit: str, fits: bool
) -> None:
    values = {"currency": currency, "exchange_rate": D(1), "deposit": D(deposit)}
    if fits:
        assert order(shop, **values).deposit == D(deposit)
        return
    with pytest.raises(Invalid) as refused:
        order(shop, **values)
    assert "decimals" in refused.value.fields["deposit"]


def test_another_currency_is_refused_while_the_deposit_does_not_fit_it(shop: Trade) -> None:
    row = order(shop, deposit=D("10.50"))
    with pytest.raises(Invalid) as refused:
        save_document(shop.actor, Kind.ORDER, {"currency": "JPY"}, document_id=row.pk)
    assert set(refused.value.fields) == {"deposit"}


@pytest.mark.parametrize("kind", [Kind.ORDER, Kind.PURCHASE_ORDER])
def test_a_deposit_above_the_total_is_refused_at_its_field(shop: Trade, kind: Kind) -> None:
    row = order(shop, kind, deposit=D(100))
    client, sentence = client_of(shop), "A deposit is at most the total, which is 100.00."
    refused = client.post(f"/documents/{row.pk}/field/deposit/", {"value": "100.01"})
    assert (refused.status_code, sentence in refused.content.decode()) == (422, True)
    told = program_of(shop.actor).patch(f"documents/{row.pk}", {"deposit": "900"}, 422)
    assert told["errors"]["deposit"] == sentence
    assert shop.again(row).deposit == 100
    save_document(shop.actor, kind, {"discount_percent": D(60)}, document_id=row.pk)  # the total falls
    assert asked(shop.again(row)) == 40
    both = {"deposit": D(90), "discount_percent": D(0)}
    assert save_document(shop.actor, kind, both, document_id=row.pk).deposit == 90


def test_the_statement_says_what_a_deposit_is_for(shop: Trade) -> None:
    row = order(shop)
    move(shop.actor, convert(shop.actor, row.pk, Kind.PAYMENT, amount=D(40)).pk, "receive")
    [line] = make_statement(shop.actor, shop.customer).lines.all()
    assert line.description.endswith(f"deposit for {row.number}") and line.unit_price == -40


def test_the_page_and_programs(shop: Trade) -> None:
    client, row = client_of(shop), order(shop)
    client.post(f"/documents/{row.pk}/field/deposit_percent/", {"value": "25"})
    page = client.get(f"/orders/{row.pk}/").content.decode()
    assert "Deposit asked" in page and "$25.00" in page
    sheet = client.get(f"/documents/{row.pk}/make/payment/").content.decode()
    assert 'value="25.00"' in sheet
    assert client.post(f"/documents/{row.pk}/make/payment/", {f"choice-{row.pk}": "25"}).status_code == 302
    deposit = Document.objects.get(kind=Kind.PAYMENT)
    program = program_of(shop.actor)
    program.post(f"documents/{deposit.pk}/moves", {"verb": "receive"}, 200)
    assert "Paid ahead" in client.get(f"/orders/{row.pk}/").content.decode()
    assert program.patch(f"documents/{row.pk}", {"deposit": "30"})["deposit"] == "30.00"
    made = program.post(f"documents/{row.pk}/convert", {"target": "payment"})
    assert made["total"] == "5.00"
