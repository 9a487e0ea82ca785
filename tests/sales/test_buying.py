"""Purchase order, receipt, bill, bill payment, vendor credit: the buyer's day, and what it does to the stock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sales.test_converting import part, quantities, together
from tests.sales.trade import Trade, stocked, trade
from tradepost.accounts.access import Actor, Role
from tradepost.catalog.details import Details, Vendor
from tradepost.catalog.pricing import broken
from tradepost.catalog.queries import discrepancies, sums
from tradepost.catalog.services import save_item, save_location
from tradepost.kit.errors import Conflict, Fault, Invalid, Refused
from tradepost.people.services import save_vendor
from tradepost.sales.converting import convert
from tradepost.sales.following import Use, left, order_state, progress, settled_state
from tradepost.sales.goods import back_ordered
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit, save_terms, unapply
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return stocked()


def figures(shop: Trade, n: int = 0) -> tuple[Decimal, Decimal]:
    """On hand and on order of an item."""
    found = sums(shop.actor, [shop.items[n]]).get(shop.items[n])
    return (found.on_hand, found.on_order) if found else (D(0), D(0))


@pytest.mark.req("B21")
def test_what_is_ordered_is_expected_and_then_there(shop: Trade) -> None:
    order = shop.document(Kind.PURCHASE_ORDER, "6", "4")
    assert (order.number, figures(shop)) == ("PO-00001", (0, 0))
    move(shop.actor, order.pk, "send")
    assert (figures(shop), figures(shop, 1)) == ((0, 6), (0, 4))
    receipt = convert(shop.actor, order.pk, Kind.RECEIPT, part(order, "2", "4"))
    assert figures(shop) == (0, 6)
    move(shop.actor, receipt.pk, "receive")
    assert (figures(shop), figures(shop, 1)) == ((2, 4), (4, 0))
    assert (shop.again(order).status, progress(order).fulfilled) == ("partly_received", 6)
    rest = convert(shop.actor, order.pk, Kind.RECEIPT)
    assert quantities(rest) == [4]
    move(shop.actor, rest.pk, "receive")
    assert (figures(shop), shop.again(order).status) == ((6, 0), "received")
    move(shop.actor, receipt.pk, "void")
    assert (figures(shop), figures(shop, 1)) == ((4, 2), (0, 4))
    assert shop.again(order).status == "partly_received"
    assert discrepancies(shop.actor) == []


@pytest.mark.parametrize(("verb", "expected"), [("cancel", 0), ("close", 0), ("revise", 0), ("confirm", 6)])
def test_what_will_not_come_is_not_expected(shop: Trade, verb: str, expected: int) -> None:
    order = shop.document(Kind.PURCHASE_ORDER, "6")
    for one in ("send", verb):
        move(shop.actor, order.pk, one)
    assert figures(shop) == (0, expected)


def test_more_than_was_ordered_is_not_received_but_lines_may_be_taken_back(shop: Trade) -> None:
    order = shop.document(Kind.PURCHASE_ORDER, "6")
    move(shop.actor, order.pk, "send")
    with pytest.raises(Invalid, match="6 is left"):
        convert(shop.actor, order.pk, Kind.RECEIPT, part(order, "7"))
    receipt = convert(shop.actor, order.pk, Kind.RECEIPT, part(order, "6"))
    with pytest.raises(Conflict, match="Other documents were made from it"):
        move(shop.actor, order.pk, "cancel")
    move(shop.actor, receipt.pk, "cancel")
    assert move(shop.actor, order.pk, "cancel").status == "cancelled"


def test_lines_bear_the_vendors_price_and_no_tax(shop: Trade) -> None:
    order = shop.document(Kind.PURCHASE_ORDER, "2", "1")
    assert [(x.unit_price, x.tax_rate, x.amount) for x in order.lines.all()] == [
        (D("12.5"), 0, 25),
        (0, 0, 0),
    ]
    other = save_vendor(shop.actor, {"name": "Birch & Sons", "currency": "EUR", "terms": "Net 30"})
    row = shop.document(Kind.PURCHASE_ORDER, "2", vendor_id=other.pk)
    assert (row.total, row.currency, row.terms, row.customer_name) == (0, "EUR", "Net 30", "Birch & Sons")


def test_nothing_is_ordered_from_a_vendor_on_hold(shop: Trade) -> None:
    order = shop.document(Kind.PURCHASE_ORDER, "2")
    save_vendor(shop.actor, {"status": "hold"}, vendor_id=shop.vendor)
    for verb in ("send", "confirm"):
        with pytest.raises(Conflict, match="Alder Mills is on hold"):
            move(shop.actor, order.pk, verb)


@pytest.mark.parametrize("kind", [Kind.PURCHASE_ORDER, Kind.RECEIPT, Kind.BILL, Kind.VENDOR_CREDIT])
def test_a_purchase_names_a_vendor_and_nobody_else(shop: Trade, kind: Kind) -> None:
    with pytest.raises(Invalid, match="Choose a vendor"):
        save_document(shop.actor, kind, {}, [])
    with pytest.raises(Invalid, match="no field “customer_id”"):
        save_document(shop.actor, kind, {"customer_id": shop.customer}, [])
    with pytest.raises(Invalid, match="no field “vendor_id”"):
        save_document(shop.actor, Kind.ORDER, {"vendor_id": shop.vendor}, [])


@pytest.mark.req("B21")
def test_bills_of_an_order_come_to_its_total_and_are_paid_together(shop: Trade) -> None:
    save_terms(shop.actor, {"name": "Net 30", "days": 30})
    drafts = [LineDraft(item, quantity=D(3), unit_price=D("3.33")) for item in shop.items]
    head = {"vendor_id": shop.vendor, "terms": "Net 30", "discount_percent": D("2.5"), "freight": D("7.77")}
    order = save_document(shop.actor, Kind.PURCHASE_ORDER, head, drafts)
    move(shop.actor, order.pk, "confirm")
    one, two = (
        convert(shop.actor, order.pk, Kind.BILL, part(order, *q)) for q in (("1", "1"), ("2", "2", "3"))
    )
    for name in ("subtotal", "discount", "freight", "tax", "total"):
        assert getattr(one, name) + getattr(two, name) == getattr(order, name), name
    for row in (one, two):
        assert move(shop.actor, row.pk, "approve").due == row.date.fromordinal(row.date.toordinal() + 30)
    payment = shop.bill_payment(str(one.total + 1))
    move(shop.actor, payment.pk, "pay")
    apply_credit(shop.actor, payment.pk, {one.pk: one.total, two.pk: D(1)})
    assert [shop.again(row).status for row in (one, two)] == ["paid", "partly_paid"]
    unapply(shop.actor, payment.pk, one.pk)
    assert shop.again(one).status == "approved"
    move(shop.actor, payment.pk, "void")
    assert [shop.again(row).status for row in (one, two)] == ["approved", "approved"]


def test_a_payment_made_from_a_bill_pays_it_and_a_credit_settles_the_rest(shop: Trade) -> None:
    bill = shop.document(Kind.BILL, "4")
    move(shop.actor, bill.pk, "approve")
    payment = convert(shop.actor, bill.pk, Kind.BILL_PAYMENT, amount=D(30))
    assert payment.vendor_id == shop.vendor
    move(shop.actor, payment.pk, "pay")
    assert (shop.again(bill).status, shop.again(bill).balance) == ("partly_paid", 20)
    credit = convert(shop.actor, bill.pk, Kind.VENDOR_CREDIT, part(bill, "2"))
    move(shop.actor, credit.pk, "approve")
    assert (shop.again(bill).status, shop.again(credit).status, shop.again(credit).balance) == (
        "paid",
        "approved",
        5,
    )


def test_money_of_one_side_never_settles_the_other(shop: Trade) -> None:
    invoice, bill = shop.document(Kind.INVOICE, "4"), shop.document(Kind.BILL, "4")
    move(shop.actor, invoice.pk, "issue")
    move(shop.actor, bill.pk, "approve")
    payment, paid = shop.payment("10"), shop.bill_payment("10")
    move(shop.actor, payment.pk, "receive")
    move(shop.actor, paid.pk, "pay")
    for credit, debt in ((payment, bill), (paid, invoice)):
        with pytest.raises(Invalid, match="is of another"):
            apply_credit(shop.actor, credit.pk, {debt.pk: D(1)})


def test_who_buys_is_not_who_sells(shop: Trade) -> None:
    sales, bookkeeper, warehouse = (
        Actor(shop.actor.organisation_id, shop.actor.user_id, role)
        for role in (Role.SALES, Role.BOOKKEEPER, Role.WAREHOUSE)
    )
    head = {"vendor_id": shop.vendor}
    order = save_document(bookkeeper, Kind.PURCHASE_ORDER, head, [LineDraft(shop.items[0])])
    move(bookkeeper, order.pk, "confirm")
    for actor in (sales, warehouse):
        with pytest.raises(Refused):
            save_document(actor, Kind.BILL, head, [])
    receipt = convert(warehouse, order.pk, Kind.RECEIPT)
    assert move(warehouse, receipt.pk, "receive").status == "received"
    with pytest.raises(Refused):
        apply_credit(sales, shop.bill_payment("1").pk, {1: D(1)})


def test_a_purchase_order_serves_a_sales_order_and_may_take_more(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    with pytest.raises(Invalid, match="Choose a vendor"):
        convert(shop.actor, order.pk, Kind.PURCHASE_ORDER)
    made = convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, part(order, "3"), vendor_id=shop.vendor)
    assert (made.total, made.source_id, made.customer_id) == (D("37.5"), order.pk, None)
    assert list(left(order, Kind.PURCHASE_ORDER).values()) == [5]
    line = made.lines.get()
    save_document(
        shop.actor, Kind.PURCHASE_ORDER, {}, [LineDraft(line.item_id, quantity=D(12))], document_id=made.pk
    )
    move(shop.actor, made.pk, "send")
    move(shop.actor, convert(shop.actor, made.pk, Kind.RECEIPT).pk, "receive")
    assert (figures(shop), shop.again(order).status) == ((12, 0), "open")


def test_what_comes_in_goes_to_the_orders_that_wait(
    shop: Trade, django_capture_on_commit_callbacks: Any
) -> None:
    later, sooner = (shop.document(Kind.ORDER, "4", promised=day) for day in ("2099-03-02", "2099-03-01"))
    bought = shop.document(Kind.PURCHASE_ORDER, "6")
    move(shop.actor, bought.pk, "confirm")
    with django_capture_on_commit_callbacks(execute=True):
        move(shop.actor, convert(shop.actor, bought.pk, Kind.RECEIPT).pk, "receive")
    assert not back_ordered(shop.actor, shop.again(sooner))
    assert list(back_ordered(shop.actor, shop.again(later)).values()) == [2]


@given(whole=st.integers(1, 9), first=st.integers(0, 9), status=st.sampled_from(["draft", "received"]))
def test_only_what_was_received_counts(whole: int, first: int, status: str) -> None:
    found = order_state(Kind.PURCHASE_ORDER, {1: D(whole)}, [Use(1, 1, Kind.RECEIPT, status, D(first))])
    there = first if status == "received" else 0
    assert found == ("confirmed" if not there else "received" if there >= whole else "partly_received")


@pytest.mark.parametrize(
    ("kind", "applied", "state"),
    [
        (Kind.BILL, "0", "approved"),
        (Kind.BILL, "9.99", "partly_paid"),
        (Kind.BILL, "10", "paid"),
        (Kind.VENDOR_CREDIT, "9.99", "approved"),
        (Kind.VENDOR_CREDIT, "10", "applied"),
        (Kind.BILL_PAYMENT, "10", None),
    ],
)
def test_where_a_purchase_stands_by_what_is_applied(kind: Kind, applied: str, state: str | None) -> None:
    assert settled_state(kind, D(10), D(applied)) == state


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.decimals("0.01", "999.99", places=2), min_size=3, max_size=3),
    discount=st.decimals("0", "40", places=2),
    cuts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=3),
)
def test_however_a_purchase_order_is_billed_it_comes_to_the_same(
    shop: Trade, prices: list[Decimal], discount: Decimal, cuts: list[tuple[int, int, int]]
) -> None:
    drafts = [LineDraft(i, quantity=D(5), unit_price=p) for i, p in zip(shop.items, prices, strict=True)]
    head = {"vendor_id": shop.vendor, "discount_percent": discount, "freight": D("3.21")}
    order = save_document(shop.actor, Kind.PURCHASE_ORDER, head, drafts)
    move(shop.actor, order.pk, "confirm")
    total = D(0)
    for cut in cuts:
        rest = left(order, Kind.BILL)
        wanted = {x.pk: min(D(n), rest.get(x.pk, D(0))) for x, n in zip(order.lines.all(), cut, strict=True)}
        if any(wanted.values()):
            total += convert(shop.actor, order.pk, Kind.BILL, wanted).total
    if left(order, Kind.BILL):
        total += convert(shop.actor, order.pk, Kind.BILL).total
    assert total == order.total


@pytest.mark.django_db(transaction=True)
def test_two_receive_the_same_delivery_once() -> None:
    shop = trade()
    save_location(shop.actor, {"name": "Main"})
    order = shop.document(Kind.PURCHASE_ORDER, "6")
    move(shop.actor, order.pk, "confirm")

    def clerk(_n: int) -> Document:
        return move(shop.actor, convert(shop.actor, order.pk, Kind.RECEIPT).pk, "receive")

    found = together(2, clerk)
    assert sorted(isinstance(one, Fault) for one in found) == [False, True]
    assert figures(shop) == (6, 0)
    assert discrepancies(shop.actor) == []


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("1", "10"), ("99.9", "10"), ("100", "8.5"), ("499", "8.5"), ("500", "0"), ("9000", "0")],
)
def test_a_vendors_price_for_so_many(quantity: str, price: str) -> None:
    breaks = [(D(500), D(0)), (D(100), D("8.5"))]
    assert broken(D(10), breaks, D(quantity)) == D(price)
    assert broken(None, [], D(quantity)) is None


@pytest.mark.database
def test_purchase_orders_take_the_price_for_so_many_and_the_lead_time(db: None) -> None:
    shop = trade()
    offer = Vendor("Alder Mills", D(10), vendor_id=shop.vendor, lead_days=9, breaks=((D(100), D(8)),))
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=[offer]))
    small = shop.document(Kind.PURCHASE_ORDER, "60")
    assert (small.total, small.promised) == (600, small.date + timedelta(days=9))
    drafts = [LineDraft(shop.items[0], quantity=D(60), description=name) for name in ("Red", "Blue")]
    large = save_document(shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, drafts)
    assert large.total == 960, "Lines of one item count together."
    typed = save_document(
        shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor, "promised": small.date}, drafts[:1]
    )
    assert typed.promised == small.date
    twice = replace(offer, breaks=((D(100), D(8)), (D(100), D(7))))
    with pytest.raises(Invalid, match="two prices from the same quantity"):
        save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=[twice]))
