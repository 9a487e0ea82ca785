"""Cash purchases, and refunds of vendors: what they do to stock, credit and payables, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.api.conftest import program_of
from tests.sales.pdftext import pages
from tests.sales.test_buying import figures
from tests.sales.test_converting import part, together
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.catalog.models import StockMove
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.services import save_location
from tradepost.kit.errors import Conflict, Fault, Invalid, Refused
from tradepost.people.services import save_vendor
from tradepost.reports.engine import run
from tradepost.reports.rules import Query
from tradepost.sales.converting import convert
from tradepost.sales.currencies import save_rate
from tradepost.sales.goods import back_ordered
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.paper import document_pdf
from tradepost.sales.payments import apply_credit, unapply
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.trashing import trash, untrash

D = Decimal
CP, VR = Kind.CASH_PURCHASE, Kind.VENDOR_REFUND
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    shop = trade()
    save_location(shop.actor, {"name": "Main"})
    return shop


def bought(shop: Trade, kind: Kind, quantity: str, price: str, **values: object) -> Document:
    head = {"vendor_id": shop.vendor, **values}
    return save_document(
        shop.actor, kind, head, [LineDraft(shop.items[0], quantity=D(quantity), unit_price=D(price))]
    )


def owed(shop: Trade) -> Decimal:
    """What *Aged payables* say in all."""
    return sum((row[-2] for row in run(shop.actor, Query("payables", ("vendor",), "all")).rows), D(0))


# -- paid at once ----------------------------------------------------------------------------------------------------


@pytest.mark.req("B21")
def test_what_is_bought_for_cash_is_there_at_its_cost_and_owes_nothing(shop: Trade) -> None:
    row = bought(shop, CP, "6", "11.11", method="Cash")
    assert (row.number, row.status, figures(shop)) == ("CP-00001", "draft", (0, 0))
    row = move(shop.actor, row.pk, "complete")
    assert (row.status, row.total, row.balance, figures(shop)) == ("completed", D("66.66"), 0, (6, 0))
    assert [(m.on_hand, m.value) for m in StockMove.objects.filter(item=shop.items[0])] == [(6, D("66.66"))]
    assert owed(shop) == 0
    with pytest.raises(Conflict):
        move(shop.actor, row.pk, "complete")
    assert (move(shop.actor, row.pk, "void").status, figures(shop)) == ("voided", (0, 0))
    assert sum(m.value for m in StockMove.objects.filter(item=shop.items[0])) == 0
    assert discrepancies(shop.actor) == []


def test_a_draft_of_it_moves_nothing_by_being_cancelled_trashed_or_restored(shop: Trade) -> None:
    one, two = bought(shop, CP, "6", "11"), bought(shop, CP, "6", "11")
    move(shop.actor, one.pk, "cancel")
    trash(shop.actor, two.pk)
    assert untrash(shop.actor, two.pk).status == "draft"
    assert (figures(shop), StockMove.objects.count()) == ((0, 0), 0)


def test_in_another_currency_it_costs_what_it_is_worth_that_day(shop: Trade) -> None:
    save_rate(shop.actor, "EUR", bought(shop, CP, "1", "1").date, D("1.25"))
    move(shop.actor, bought(shop, CP, "4", "10", currency="EUR").pk, "complete")
    assert StockMove.objects.get().value == 50


def test_what_lines_below_zero_give_back_goes_out(shop: Trade) -> None:
    move(shop.actor, bought(shop, CP, "6", "10").pk, "complete")
    back = move(shop.actor, bought(shop, CP, "-2", "10").pk, "complete")
    assert figures(shop) == (4, 0)
    move(shop.actor, back.pk, "void")
    assert figures(shop) == (6, 0)


def test_what_comes_in_for_cash_goes_to_the_orders_that_wait(
    shop: Trade, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    order = shop.document(Kind.ORDER, "4")
    assert list(back_ordered(shop.actor, order).values()) == [4]
    row = bought(shop, CP, "6", "10")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        move(shop.actor, row.pk, "complete")
    assert not back_ordered(shop.actor, shop.again(order))


def test_nothing_is_bought_for_cash_from_a_vendor_on_hold(shop: Trade) -> None:
    row = bought(shop, CP, "6", "10")
    save_vendor(shop.actor, {"status": "hold"}, vendor_id=shop.vendor)
    with pytest.raises(Conflict, match="Alder Mills is on hold"):
        move(shop.actor, row.pk, "complete")


@pytest.mark.django_db(transaction=True)
def test_two_complete_it_once() -> None:
    shop = trade()
    save_location(shop.actor, {"name": "Main"})
    row = bought(shop, CP, "6", "10")
    found = together(2, lambda _n: move(shop.actor, row.pk, "complete"))
    assert sorted(isinstance(one, Fault) for one in found) == [False, True]
    assert figures(shop) == (6, 0)


# -- money back ------------------------------------------------------------------------------------------------------


@pytest.mark.req("B21")
def test_an_overpaid_vendor_pays_back_the_rest(shop: Trade) -> None:
    bill = move(shop.actor, bought(shop, Kind.BILL, "3", "33.33").pk, "approve")
    payment = move(shop.actor, shop.bill_payment("120").pk, "pay")
    apply_credit(shop.actor, payment.pk, {bill.pk: D("99.99")})
    assert (owed(shop), shop.again(payment).balance) == (0, D("20.01"))
    with pytest.raises(Invalid, match=r"Only 20\.01.* of BP-00001 is left"):
        convert(shop.actor, payment.pk, VR, amount=D("20.02"))
    refund = convert(shop.actor, payment.pk, VR)
    assert (refund.number, refund.total, refund.source_id) == ("VR-00001", D("20.01"), payment.pk)
    with pytest.raises(Conflict, match="Drafts hold all that is open"):
        convert(shop.actor, payment.pk, VR)
    with pytest.raises(Conflict, match="Other documents were made from it"):
        move(shop.actor, payment.pk, "void")
    assert move(shop.actor, refund.pk, "receive").status == "received"
    assert (shop.again(payment).balance, shop.again(refund).balance) == (0, 0)
    with pytest.raises(Conflict, match="Void the refund"):
        unapply(shop.actor, payment.pk, refund.pk)
    move(shop.actor, refund.pk, "void")
    assert shop.again(payment).balance == D("20.01")
    assert move(shop.actor, payment.pk, "void").status == "voided"
    assert owed(shop) == D("99.99"), "The payment lets go of the bill."


@pytest.mark.req("B21")
@pytest.mark.parametrize(("kind", "verb"), [(Kind.BILL, "approve"), (CP, "complete")])
def test_a_credit_of_a_vendor_is_paid_back_in_parts(shop: Trade, kind: Kind, verb: str) -> None:
    row = move(shop.actor, bought(shop, kind, "3", "33.33").pk, verb)
    if kind is Kind.BILL:
        move(shop.actor, convert(shop.actor, row.pk, Kind.BILL_PAYMENT).pk, "pay")
    credit = move(shop.actor, convert(shop.actor, row.pk, Kind.VENDOR_CREDIT, part(row, "2")).pk, "approve")
    assert (credit.total, credit.balance, credit.source_id) == (D("66.66"), D("66.66"), row.pk)
    refunds = [convert(shop.actor, credit.pk, VR, amount=D(n)) for n in ("40", "26.66")]
    for refund, balance, status in zip(refunds, ("26.66", "0"), ("approved", "applied"), strict=True):
        move(shop.actor, refund.pk, "receive")
        assert (shop.again(credit).balance, shop.again(credit).status) == (D(balance), status)
    with pytest.raises(Conflict):
        move(shop.actor, credit.pk, "void")
    move(shop.actor, refunds[0].pk, "void")
    assert (shop.again(credit).balance, shop.again(credit).status) == (40, "approved")
    if kind is CP:
        with pytest.raises(Conflict, match="Other documents were made from it"):
            move(shop.actor, row.pk, "void")


def test_one_refund_waits_for_its_draft_and_two_that_ask_for_all_get_one(shop: Trade) -> None:
    credit = move(shop.actor, bought(shop, Kind.VENDOR_CREDIT, "2", "10").pk, "approve")
    convert(shop.actor, credit.pk, VR, amount=D(15))
    assert convert(shop.actor, credit.pk, VR).total == 5
    with pytest.raises(Conflict, match="Other documents were made from it"):
        move(shop.actor, credit.pk, "void")


def test_money_of_a_vendor_pays_no_customer_back(shop: Trade) -> None:
    paid = move(shop.actor, shop.payment("10").pk, "receive")
    credit = move(shop.actor, bought(shop, Kind.VENDOR_CREDIT, "2", "10").pk, "approve")
    with pytest.raises(Conflict, match="is not made from"):
        convert(shop.actor, credit.pk, Kind.REFUND)
    with pytest.raises(Conflict, match="is not made from"):
        convert(shop.actor, paid.pk, VR)
    with pytest.raises(Invalid, match="is of another"):
        apply_credit(shop.actor, paid.pk, {shop.document(VR).pk: D(1)})


def test_the_bookkeeper_pays_cash_and_gets_it_back_and_nobody_else_does(shop: Trade) -> None:
    head, lines = {"vendor_id": shop.vendor}, [LineDraft(shop.items[0], unit_price=D(9))]
    keeper = Actor(shop.actor.organisation_id, shop.actor.user_id, Role.BOOKKEEPER)
    row = move(keeper, save_document(keeper, CP, head, lines).pk, "complete")
    credit = move(keeper, convert(keeper, row.pk, Kind.VENDOR_CREDIT).pk, "approve")
    for role in (Role.SALES, Role.WAREHOUSE, Role.READ_ONLY):
        actor = Actor(shop.actor.organisation_id, shop.actor.user_id, role)
        with pytest.raises(Refused):
            save_document(actor, CP, head, lines)
        with pytest.raises(Refused):
            convert(actor, credit.pk, VR)
    assert move(keeper, convert(keeper, credit.pk, VR).pk, "receive").status == "received"
    assert figures(shop) == (1, 0)


@pytest.mark.req("B25")
def test_a_program_buys_for_cash_and_is_paid_back(shop: Trade) -> None:
    program = program_of(shop.actor)
    lines = [{"item_id": shop.items[0], "quantity": "2", "unit_price": "10.05"}]
    row = program.post("documents", {"kind": "cash_purchase", "vendor_id": shop.vendor, "lines": lines})
    row = program.post(f"documents/{row['id']}/moves", {"verb": "complete"}, 200)
    assert (row["status"], D(row["balance"]), [verb["verb"] for verb in row["verbs"]]) == (
        "completed",
        0,
        ["void"],
    )
    credit = program.post(f"documents/{row['id']}/convert", {"target": "vendor_credit"})
    program.post(f"documents/{credit['id']}/moves", {"verb": "approve"}, 200)
    refund = program.post(f"documents/{credit['id']}/convert", {"target": "vendor_refund"})
    program.post(f"documents/{refund['id']}/moves", {"verb": "receive"}, 200)
    [one] = program.get(f"documents/{refund['id']}/applications")
    assert (one["payment_id"], one["document_id"], D(one["amount"])) == (
        credit["id"],
        refund["id"],
        D("20.10"),
    )
    assert program.get(f"documents/{credit['id']}")["status"] == "applied"


@pytest.mark.django_db(transaction=True)
def test_two_are_paid_back_no_more_than_there_is() -> None:
    shop = trade()
    credit = move(shop.actor, bought(shop, Kind.VENDOR_CREDIT, "2", "10").pk, "approve")
    refunds = [convert(shop.actor, credit.pk, VR, amount=D(20)) for _n in range(2)]
    found = together(2, lambda n: move(shop.actor, refunds[n].pk, "receive"))
    assert sorted(isinstance(one, Fault) for one in found) == [False, True]
    assert shop.again(credit).balance == 0


@pytest.mark.parametrize(("kind", "title"), [(CP, "Cash purchase"), (VR, "Vendor refund")])
def test_on_paper_it_says_what_it_is(shop: Trade, kind: Kind, title: str) -> None:
    row = shop.document(kind, method="Cheque")
    told = "".join(pages(document_pdf(shop.actor, row.pk)[1]))
    assert title in told and row.number in told and "Cheque" in told and "Alder Mills" in told
