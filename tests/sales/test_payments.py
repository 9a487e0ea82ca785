"""Money on documents: several invoices, credit, overpayment, taking it back, refunds, terms."""

from __future__ import annotations

import re
from contextlib import nullcontext
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Refused
from tradepost.people.services import save_customer
from tradepost.sales.converting import convert, proposed
from tradepost.sales.letterhead import letterhead
from tradepost.sales.models import Application, Document, Kind, Terms
from tradepost.sales.moving import move
from tradepost.sales.paper import on_paper
from tradepost.sales.payments import apply_credit, credit_of, save_terms, unapply
from tradepost.sales.services import MAX_LINES, LineDraft, save_document
from tradepost.sales.statements import make_statement
from tradepost.sales.taxes import save_item_tax, save_tax, save_tax_code

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def invoice(shop: Trade, *quantities: str) -> Document:
    return move(shop.actor, shop.document(Kind.INVOICE, *quantities).pk, "issue")


@pytest.mark.req("B21")
def test_a_payment_settles_several_invoices_and_the_rest_is_credit(shop: Trade) -> None:
    one, two = invoice(shop, "1"), invoice(shop, "2")
    payment = shop.payment("100")
    with pytest.raises(Conflict, match="holds no money"):
        apply_credit(shop.actor, payment.pk, {one.pk: D(1)})
    move(shop.actor, payment.pk, "receive")
    apply_credit(shop.actor, payment.pk, {one.pk: one.total, two.pk: D("10")})
    assert [shop.again(row).status for row in (one, two)] == ["paid", "partly_paid"]
    apply_credit(shop.actor, payment.pk, {two.pk: two.total - 10})
    assert shop.again(two).status == "paid"
    rest = D(100) - one.total - two.total
    assert (shop.again(payment).balance, credit_of(shop.actor, shop.customer)) == (rest, {"USD": rest})
    unapply(shop.actor, payment.pk, two.pk)
    assert (shop.again(two).status, shop.again(two).balance) == ("issued", two.total)
    with pytest.raises(Conflict, match="does not fit an invoice that is paid"):
        move(shop.actor, one.pk, "void")


@pytest.mark.parametrize(
    ("amount", "cause"),
    [("0", "does not fit"), ("-1", "does not fit"), ("21.65", "does not fit"), ("15", "only 10.00 left"), ("NaN", "fit")],
)  # fmt: skip
def test_no_more_is_applied_than_there_is(shop: Trade, amount: str, cause: str) -> None:
    one = invoice(shop, "1")  # 21.64
    payment = move(shop.actor, shop.payment("10").pk, "receive")
    with pytest.raises(Invalid, match=cause):
        apply_credit(shop.actor, payment.pk, {one.pk: D(amount)})
    assert not Application.objects.exists()


def test_money_stays_with_its_customer_and_in_its_currency(shop: Trade) -> None:
    other = save_customer(shop.actor, {"name": "Somebody else"})
    owed, euros = invoice(shop), {"currency": "EUR", "exchange_rate": D("1.1")}
    back = [LineDraft(description="Back", unit_price=D(9))]
    note = save_document(shop.actor, Kind.CREDIT_NOTE, {"customer_id": shop.customer, **euros}, back)
    credits = [
        (shop.payment("10", other.pk), "receive"),
        (shop.document(Kind.PAYMENT, amount=D(10), **euros), "receive"),
        (note, "issue"),
    ]
    for row, verb in credits:
        move(shop.actor, row.pk, verb)
        with pytest.raises(Invalid, match="is of another customer or currency than"):
            apply_credit(shop.actor, row.pk, {owed.pk: D(1)})
    assert not Application.objects.exists()
    assert (shop.again(owed).status, credit_of(shop.actor, shop.customer)) == ("issued", {"EUR": D(19)})


def test_a_payment_made_from_an_invoice_settles_it_when_it_is_received(shop: Trade) -> None:
    one = invoice(shop, "1")
    over = convert(shop.actor, one.pk, Kind.PAYMENT, amount=one.total + 5)
    assert shop.again(one).status == "issued"
    move(shop.actor, over.pk, "receive")
    assert (shop.again(one).status, shop.again(over).balance) == ("paid", 5)
    with pytest.raises(Conflict, match="not made from an invoice that is paid"):
        convert(shop.actor, one.pk, Kind.PAYMENT)
    move(shop.actor, over.pk, "void")  # the cheque bounced
    assert (shop.again(one).status, shop.again(one).balance) == ("issued", one.total)


@pytest.mark.parametrize(
    ("drafts", "left"),
    [
        ({}, "21.64"),
        ({"amount": D("15")}, "6.64"),
        ({"amount": D("50")}, ""),
        ({"amount": D("15"), "currency": "EUR"}, "21.64"),  # does not settle it
        ({"amount": D("15"), "trashed_at": clock.now()}, "21.64"),
        ({"amount": D("15"), "status": "cancelled"}, "21.64"),
    ],
)
@pytest.mark.parametrize(("debt", "paid_by"), [(Kind.INVOICE, Kind.PAYMENT), (Kind.BILL, Kind.BILL_PAYMENT)])
def test_what_drafts_hold_is_not_proposed_again(
    shop: Trade, debt: Kind, paid_by: Kind, drafts: dict[str, Any], left: str
) -> None:
    line = LineDraft(description="Work", unit_price=D("21.64"), tax_rate=D(0))
    party = {"vendor_id": shop.vendor} if debt == Kind.BILL else {"customer_id": shop.customer}
    row = save_document(shop.actor, debt, party, [line])
    move(shop.actor, row.pk, "approve" if debt == Kind.BILL else "issue")
    if drafts:
        draft = convert(shop.actor, row.pk, paid_by, amount=drafts["amount"])
        others = {name: value for name, value in drafts.items() if name != "amount"}
        Document.objects.filter(pk=draft.pk).update(**others)
    sheet = f"/documents/{row.pk}/make/{paid_by}/"
    page = client_of(shop).get(sheet).content.decode()
    assert f'name="choice-{row.pk}" value="{left}"' in page
    assert ("in drafts" in page, ">$21.64</td>" in page) == (left != "21.64", True)
    if left:
        assert convert(shop.actor, row.pk, paid_by).total == D(left)
    else:
        with pytest.raises(Conflict, match="Drafts hold all"):
            convert(shop.actor, row.pk, paid_by)
    assert convert(shop.actor, row.pk, paid_by, amount=D("21.64")).total == D("21.64")


@pytest.mark.parametrize(
    ("debt", "paid_by", "credit"),
    [(Kind.INVOICE, Kind.PAYMENT, Kind.CREDIT_NOTE), (Kind.BILL, Kind.BILL_PAYMENT, Kind.VENDOR_CREDIT)],
)
def test_a_draft_of_a_credit_lowers_what_is_proposed(
    shop: Trade, debt: Kind, paid_by: Kind, credit: Kind
) -> None:
    line = LineDraft(description="Work", quantity=D(4), unit_price=D(25), tax_rate=D(0))
    party = {"vendor_id": shop.vendor} if debt == Kind.BILL else {"customer_id": shop.customer}
    row = save_document(shop.actor, debt, party, [line])
    move(shop.actor, row.pk, "approve" if debt == Kind.BILL else "issue")
    draft = convert(shop.actor, row.pk, credit, {row.lines.get().pk: D(1)})
    assert proposed(shop.again(row)) == 75
    page = client_of(shop).get(f"/documents/{row.pk}/make/{paid_by}/").content.decode()
    assert f'name="choice-{row.pk}" value="75.00"' in page and "$25.00 in drafts" in page
    move(shop.actor, draft.pk, "cancel")
    assert proposed(shop.again(row)) == 100


def test_so_does_one_by_way_of_a_return(shop: Trade) -> None:
    one = invoice(shop, "2")
    back = move(shop.actor, convert(shop.actor, one.pk, Kind.RMA, {one.lines.get().pk: D(1)}).pk, "approve")
    convert(shop.actor, back.pk, Kind.CREDIT_NOTE)
    assert proposed(shop.again(one)) == shop.again(one).total / 2


def test_what_is_paid_too_much_is_paid_back_once(shop: Trade) -> None:
    payment = move(shop.actor, shop.payment("30").pk, "receive")
    with pytest.raises(Invalid, match="Only 30.00"):
        convert(shop.actor, payment.pk, Kind.REFUND, amount=D(31))
    refund, second = (convert(shop.actor, payment.pk, Kind.REFUND, amount=D(20)) for _n in range(2))
    move(shop.actor, refund.pk, "pay")
    assert shop.again(payment).balance == 10
    with pytest.raises(Conflict, match="Drafts hold all"):
        convert(shop.actor, payment.pk, Kind.REFUND)
    with pytest.raises(Invalid, match="only 10.00 left"):
        move(shop.actor, second.pk, "pay")
    assert shop.again(second).status == "draft"
    with pytest.raises(Conflict, match="Void the refund"):
        unapply(shop.actor, payment.pk, refund.pk)
    move(shop.actor, refund.pk, "void")
    assert shop.again(payment).balance == 30


def test_a_page_takes_off_an_invoice_but_no_refund(shop: Trade) -> None:
    one, payment = invoice(shop, "1"), move(shop.actor, shop.payment("30").pk, "receive")
    apply_credit(shop.actor, payment.pk, {one.pk: D("5")})
    refund = move(shop.actor, convert(shop.actor, payment.pk, Kind.REFUND).pk, "pay")
    client = client_of(shop)

    def offered(path: str) -> list[str]:
        page = client.get(path).content.decode()
        assert payment.number in page
        return re.findall(r'hx-post="(/documents/\d+/unapply/\d+/)"', page)

    taken_off = f"/documents/{payment.pk}/unapply/{one.pk}/"
    assert refund.number in client.get(f"/payments/{payment.pk}/").content.decode()
    assert offered(f"/payments/{payment.pk}/") == [taken_off]
    assert offered(f"/refunds/{refund.pk}/") == []
    assert offered(f"/invoices/{one.pk}/") == [taken_off]
    assert client.post(f"/documents/{payment.pk}/unapply/{refund.pk}/").status_code == 409
    assert (shop.again(payment).balance, shop.again(refund).status) == (0, "paid")


def test_goods_come_back_and_their_credit_settles_the_invoice(shop: Trade) -> None:
    one = invoice(shop, "3")
    rma = convert(shop.actor, one.pk, Kind.RMA, {one.lines.get().pk: D(1)})
    with pytest.raises(Conflict, match="must be approved or partly received or received"):
        convert(shop.actor, rma.pk, Kind.CREDIT_NOTE)
    move(shop.actor, rma.pk, "approve")
    credit = move(shop.actor, convert(shop.actor, rma.pk, Kind.CREDIT_NOTE).pk, "issue")
    assert (credit.status, shop.again(one).balance) == ("applied", one.total - credit.total)
    assert shop.again(one).status == "partly_paid"
    with pytest.raises(Invalid, match="2 is left"):
        convert(shop.actor, one.pk, Kind.CREDIT_NOTE, {one.lines.get().pk: D(3)})


@pytest.mark.parametrize("kind", [Kind.CASH_SALE, Kind.CASH_PURCHASE])
@pytest.mark.parametrize("verbs", [(), ("cancel",), ("complete",), ("complete", "void")])
def test_what_is_paid_at_once_has_nothing_open(shop: Trade, kind: Kind, verbs: tuple[str, ...]) -> None:
    row = shop.document(kind, "2")
    save_document(shop.actor, kind, {}, [LineDraft(shop.items[0], unit_price=D("20.50"))], document_id=row.pk)
    for verb in verbs:
        move(shop.actor, row.pk, verb)
    row = shop.again(row)
    assert (row.total > 0, row.balance) == (True, 0)
    assert D(program_of(shop.actor).get(f"documents/{row.pk}")["balance"]) == 0
    listed = client_of(shop).get(f"/{kind.replace('_', '-')}s/").content.decode()
    assert listed.count("$0.00") == listed.count(row.number.join("><")) == 1


@pytest.mark.parametrize(
    ("kind", "first", "off"),
    [
        (Kind.INVOICE, "issue", "void"),
        (Kind.CREDIT_NOTE, "issue", "void"),
        (Kind.PAYMENT, "receive", "void"),
        (Kind.BILL_PAYMENT, "pay", "void"),
    ],
)
def test_what_is_a_draft_or_was_called_off_has_nothing_open(
    shop: Trade, kind: Kind, first: str, off: str
) -> None:
    row = shop.document(kind)
    told = D(program_of(shop.actor).get(f"documents/{row.pk}")["balance"])
    assert (row.status, row.balance, told) == ("draft", 0, 0)
    assert move(shop.actor, row.pk, first).balance == row.total > 0
    assert move(shop.actor, row.pk, off).balance == 0


@pytest.mark.parametrize("paid", ["0", "4.50"])
def test_nobody_owes_what_was_written_off(shop: Trade, paid: str) -> None:
    row = invoice(shop, "2")
    if D(paid):
        apply_credit(shop.actor, move(shop.actor, shop.payment(paid).pk, "receive").pk, {row.pk: D(paid)})
    lost = row.total - D(paid)
    row = move(shop.actor, row.pk, "write_off")
    assert (row.balance, row.written_off) == (0, lost)
    told = program_of(shop.actor).get(f"documents/{row.pk}")
    assert (told["status"], D(told["balance"]), D(told["written_off"])) == ("written_off", 0, lost)
    listed = client_of(shop).get("/invoices/").content.decode()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", listed, re.DOTALL)
    assert ([cell.strip() for cell in cells].count("$0.00"), "Written off" in listed) == (1, True)
    page = client_of(shop).get(f"/invoices/{row.pk}/").content.decode()
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
    assert (facts["Written off"], facts["Balance"]) == (f"${lost:.2f}", "$0.00")
    shown = [
        (one["label"], D(one["amount"]))
        for one in on_paper(row, letterhead(shop.actor.organisation_id))["sums"]
    ]
    gone = [("paid", -D(paid))] if D(paid) else []
    assert shown[-len(gone) - 3 :] == [("total", row.total), *gone, ("written_off", -lost), ("balance", 0)]
    row = move(shop.actor, row.pk, "reopen")
    assert (row.balance, row.written_off) == (lost, 0)


def test_a_draft_is_not_settled(shop: Trade) -> None:
    draft, payment = shop.document(Kind.INVOICE), move(shop.actor, shop.payment("20").pk, "receive")
    with pytest.raises(Conflict, match=f"{draft.number} is no invoice that is owed"):
        apply_credit(shop.actor, payment.pk, {draft.pk: D(20)})


def test_a_cash_sale_owes_nothing(shop: Trade) -> None:
    sale = shop.document(Kind.CASH_SALE, "2")
    assert move(shop.actor, sale.pk, "complete").balance == 0
    credit = move(shop.actor, convert(shop.actor, sale.pk, Kind.CREDIT_NOTE).pk, "issue")
    move(shop.actor, convert(shop.actor, credit.pk, Kind.REFUND).pk, "pay")
    assert shop.again(credit).status == "applied"


@pytest.mark.parametrize(
    ("kind", "days"), [(Terms.Type.RECEIVABLE, 30), (Terms.Type.CASH, 0)], ids=["receivable", "cash"]
)
def test_an_invoice_falls_due_by_its_terms(shop: Trade, kind: str, days: int) -> None:
    save_terms(shop.actor, {"name": "Net 30", "type": kind, "days": 30})
    with pytest.raises(Invalid, match="already"):
        save_terms(shop.actor, {"name": "Net 30"})
    row = shop.document(Kind.INVOICE, terms="Net 30")
    assert move(shop.actor, row.pk, "issue").due == row.date + timedelta(days=days)


@pytest.mark.req("B21")
def test_a_statement_says_what_is_open_less_the_credit(shop: Trade) -> None:
    with pytest.raises(Conflict, match="owes nothing"):
        make_statement(shop.actor, shop.customer)
    one, two = (shop.document(Kind.INVOICE, q, terms="Net 30") for q in ("2", "4"))
    for row in (one, two):
        move(shop.actor, row.pk, "issue")
    payment = shop.payment("50")
    move(shop.actor, payment.pk, "receive")
    apply_credit(shop.actor, payment.pk, {one.pk: D(30)})
    row = make_statement(shop.actor, shop.customer)
    assert row.total == shop.again(one).balance + two.total - 20
    assert [line.description.partition(" ")[0] for line in row.lines.all()] == [
        one.number, two.number, payment.number,
    ]  # fmt: skip
    assert move(shop.actor, row.pk, "send").status == "sent"


def test_a_statement_is_of_one_currency_bears_no_tax_and_holds_all(shop: Trade) -> None:
    save_tax(shop.actor, "STATE", {date(2020, 1, 1): D(8)})
    save_item_tax(shop.actor, "ALL", ["STATE"], is_default=True)
    save_tax_code(shop.actor, "TAX", taxable=True, is_default=True)
    work = [LineDraft(description="Work", unit_price=D(100))]
    head = {"customer_id": shop.customer}
    dollars = [save_document(shop.actor, Kind.INVOICE, head, work) for _n in range(3)]
    for row in dollars:
        assert move(shop.actor, row.pk, "issue").total == 108
    assert make_statement(shop.actor, shop.customer).total == 324
    with pytest.raises(Conflict, match="owes nothing in EUR. Something is open in USD: choose that."):
        make_statement(shop.actor, shop.customer, currency="EUR")
    euros = save_document(shop.actor, Kind.INVOICE, {**head, "currency": "EUR"}, work)
    move(shop.actor, euros.pk, "issue")
    typed = {"customer_id": shop.customer, "currency": "eur"}
    assert client_of(shop).post("/statements/new/", typed).status_code == 302
    made = Document.objects.filter(kind=Kind.STATEMENT).latest("pk")
    assert (made.currency, made.total, made.tax) == ("EUR", 108, 0)
    before = shop.again(dollars[0])
    before.date = date(2026, 1, 2)
    old = [copy(before) for _n in range(MAX_LINES)]
    for n, row in enumerate(old):
        row.pk, row.number = None, f"OLD-{n}"
    Document.objects.bulk_create(old)
    whole = make_statement(shop.actor, shop.customer)
    lines = [(line.description, line.amount) for line in whole.lines.all()]
    assert (len(lines), whole.total) == (MAX_LINES, 108 * (MAX_LINES + 3))
    assert lines[0] == ("4 documents until 2 Jan 2026", 432)


@pytest.mark.parametrize("amount", ["0", "-3", "1.005", "Infinity", "1e30"])
def test_a_payment_is_an_amount_above_zero(shop: Trade, amount: str) -> None:
    with pytest.raises(Invalid, match="above zero"):
        shop.payment(amount)


@pytest.mark.parametrize(
    ("role", "kind", "may"),
    [
        (Role.SALES, Kind.ORDER, True),
        (Role.SALES, Kind.INVOICE, False),
        (Role.WAREHOUSE, Kind.SHIPMENT, True),
        (Role.WAREHOUSE, Kind.CREDIT_NOTE, False),
        (Role.BOOKKEEPER, Kind.INVOICE, True),
        (Role.BOOKKEEPER, Kind.ORDER, False),
        (Role.READ_ONLY, Kind.PICK, False),
    ],
)
def test_each_kind_has_its_people(role: Role, kind: Kind, may: bool) -> None:
    shop = trade()
    actor = type(shop.actor)(shop.actor.organisation_id, shop.actor.user_id, role)
    with nullcontext() if may else pytest.raises(Refused):
        save_document(actor, kind, {"customer_id": shop.customer}, [])
