"""Statements that carry a balance forward: to the cent what the books and the report of receivables say, on page, paper and by program."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.api.conftest import program_of
from tests.sales.pdftext import pages
from tests.sales.test_lists import client_of
from tests.sales.trade import trade
from tradepost.custom.services import save_field
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.services import save_customer
from tradepost.reports import engine
from tradepost.reports.rules import Query
from tradepost.sales.converting import convert
from tradepost.sales.letterhead import letterhead
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.paper import document_pdf, on_paper
from tradepost.sales.payments import apply_credit, credit_of
from tradepost.sales.pdf.view import view
from tradepost.sales.queries import documents, today
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.statements import account_of, make_statement

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.req("B21")]


class Books:
    """A customer's account of ninety days: every kind of document that is posted to it, and those that are not."""

    def __init__(self) -> None:
        self.shop = trade()
        self.actor, self.customer, self.today = self.shop.actor, self.shop.customer, today(self.shop.actor)
        self.old = self.made(Kind.INVOICE, 90, "100", "issue", due=60, po_number="PO 7")
        paid = self.made(Kind.PAYMENT, 80, "30", "receive")
        apply_credit(self.actor, paid.pk, {self.old.pk: D(30)})
        self.made(Kind.INVOICE, 70, "999", "issue", "void")
        self.made(Kind.INVOICE, 70, "888", "cancel")
        self.made(Kind.INVOICE, 70, "777")
        self.made(Kind.PAYMENT, 70, "666", "receive", "void")
        self.made(Kind.CASH_SALE, 70, "555", "complete")
        self.made(Kind.ORDER, 70, "444")
        note = self.made(Kind.CREDIT_NOTE, 40, "25", "issue")
        back = convert(self.actor, note.pk, Kind.REFUND, amount=D(5))
        save_document(self.actor, Kind.REFUND, {"date": self.day(35)}, document_id=back.pk)
        move(self.actor, back.pk, "pay")
        self.made(Kind.REFUND, 34, "3", "pay")  # of no credit: it is owed by nobody
        self.made(Kind.PAYMENT, 30, "8", "receive")  # applied to nothing
        move(self.actor, self.made(Kind.INVOICE, 20, "4", "issue").pk, "write_off")
        order = self.made(Kind.ORDER, 15, "50")
        deposit = convert(self.actor, order.pk, Kind.PAYMENT, amount=D(12))
        move(self.actor, deposit.pk, "receive")
        self.made(Kind.INVOICE, 10, "17", "issue", due=10)

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def made(
        self, kind: Kind, ago: int, amount: str, *verbs: str, due: int | None = None, **head: object
    ) -> Document:
        values = {"customer_id": self.customer, "date": self.day(ago), **head}
        if due is not None:
            values["due"] = self.day(due)
        if kind in (Kind.PAYMENT, Kind.REFUND):
            row = save_document(self.actor, kind, {**values, "amount": D(amount)})
        else:
            line = LineDraft(description="Work", unit_price=D(amount), tax_rate=D(0))
            row = save_document(self.actor, kind, values, [line])
        for verb in verbs:
            row = move(self.actor, row.pk, verb)
        return row


@pytest.fixture
def books() -> Books:
    return Books()


def test_what_moved_comes_to_what_is_open(books: Books) -> None:
    actor, who = books.actor, books.customer
    day = books.day
    balances = [
        (90, "100"),
        (80, "70"),
        (41, "70"),
        (40, "45"),
        (35, "50"),
        (30, "42"),
        (20, "46"),
        (10, "63"),
    ]
    for ago, closing in balances:
        assert account_of(actor, [who], "USD", None, day(ago)).closing == D(closing), ago
    now = account_of(actor, [who], "USD", day(20), books.today)
    assert [(p.kind, p.amount) for p in now.moves] == [
        ("invoice", 4), ("invoice", 17), ("written_off", -4), ("payment", -12),
    ]  # fmt: skip
    # The report of what is owed and the customer's credit say the same today, by age too.
    found = engine.run(actor, Query("receivables"))
    *aged, owed, _currency = found.totals[0][1:]
    assert list(now.ages) == [*aged, -credit_of(actor, who)["USD"]]
    assert now.closing == owed - credit_of(actor, who)["USD"] == 47


def test_a_balance_is_carried_forward(books: Books) -> None:
    actor = books.actor
    row = make_statement(actor, books.customer, first=books.day(79), last=books.day(30))
    assert (row.kind, row.date, row.total) == (Kind.STATEMENT, books.day(30), 42)
    lines = [(line.description.split(" · ")[:2], line.amount) for line in row.lines.all()]
    assert lines == [
        (["Balance forward"], 70),
        (["CN-00001", "Credit note"], -25),
        (["RF-00001", "Refund"], 5),
        (["PAY-00003", "Payment receipt"], -8),
    ]
    shown = on_paper(
        documents(actor).select_related("organisation").pick(actor, row.pk), letterhead(actor.organisation_id)
    )
    assert shown["lines"][0]["amount"] == ""
    assert [D(line["running"]) for line in shown["lines"]] == [70, 45, 50, 42]
    assert shown["fields"]["period"] == f"{books.day(79)}/{books.day(30)}"
    assert (shown["sums"], list(map(D, shown["ages"]))) == (
        [{"label": "balance", "amount": "42.00"}],
        [0, 70, 0, 0, 0, -28],
    )
    kept = view(shown, {"language": "de"})
    assert [label for label, _age in kept["ages"]][0::5] == ["Nicht fällig", "Guthaben"]
    assert document_pdf(actor, row.pk)[1].startswith(b"%PDF")
    move(actor, books.old.pk, "write_off")
    assert books.shop.again(row).total == 42  # what was sent says what it said


def test_what_is_open_is_said_as_of_a_day(books: Books) -> None:
    row = make_statement(books.actor, books.customer, last=books.day(60))
    [line] = row.lines.all()
    assert (line.amount, row.total, row.account.get("first")) == (70, 70, None)
    assert line.description.startswith("INV-00001 · Invoice · ") and " · PO 7 · due " in line.description


@pytest.mark.parametrize(
    ("first", "last", "fault", "cause"),
    [
        (10, 20, Invalid, "first day lies after"),
        (10, -1, Invalid, "still to come"),
        (200, 100, Conflict, "Nothing moved on the account of Granite State Brewing in USD"),
        (None, 100, Conflict, "owes nothing in USD"),
    ],
)
def test_what_no_statement_says(
    books: Books, first: int | None, last: int, fault: type[Exception], cause: str
) -> None:
    since = None if first is None else books.day(first)
    with pytest.raises(fault, match=cause):
        make_statement(books.actor, books.customer, first=since, last=books.day(last))
    assert not Document.objects.filter(kind=Kind.STATEMENT).exists()


def test_a_gain_of_exchange_leaves_nothing_in_its_currency() -> None:
    shop = trade()
    head = {"customer_id": shop.customer, "currency": "EUR"}
    line = LineDraft(description="Work", unit_price=D(100), tax_rate=D(0))
    owed = save_document(shop.actor, Kind.INVOICE, {**head, "exchange_rate": D("1.25")}, [line])
    move(shop.actor, owed.pk, "issue")
    paid = save_document(shop.actor, Kind.PAYMENT, {**head, "exchange_rate": D("1.3"), "amount": D(100)})
    move(shop.actor, paid.pk, "receive")
    apply_credit(shop.actor, paid.pk, {owed.pk: D(100)})
    row = make_statement(shop.actor, shop.customer, currency="EUR", first=today(shop.actor))
    assert [line.amount for line in row.lines.all()] == [0, 100, -100]
    assert (row.total, row.currency, any(map(D, row.account["ages"]))) == (0, "EUR", False)


def test_branches_stand_on_it_by_name(books: Books) -> None:
    branch = save_customer(books.actor, {"name": "North", "parent_id": books.customer}).pk
    books.made(Kind.INVOICE, 5, "200", "issue", customer_id=branch)
    alone = make_statement(books.actor, books.customer, first=books.day(9))
    whole = make_statement(books.actor, books.customer, first=books.day(9), with_branches=True)
    assert whole.total == alone.total + 200
    assert any(" · North · " in line.description for line in whole.lines.all())
    assert not any("North" in line.description for line in alone.lines.all())


def test_page_and_program_make_the_same(books: Books) -> None:
    client, days = client_of(books.shop), {"first": str(books.day(79)), "last": str(books.day(30))}
    typed = {"customer_id": books.customer, "currency": "", **days}
    shown = client.post("/statements/new/", typed, follow=True).content.decode()
    for words in ("Balance forward", "$45.00", "31–60 days", "$42.00"):
        assert words in shown
    wrong = client.post("/statements/new/", {**typed, "last": str(books.day(-1))})
    assert (wrong.status_code, "still to come" in wrong.content.decode()) == (422, True)
    program, path = program_of(books.actor), f"customers/{books.customer}/statements"
    made = program.post(f"{path}?first={days['first']}&last={days['last']}")
    assert (D(made["total"]), made["account"]["first"]) == (42, days["first"])
    assert "come" in program.post(f"{path}?last={books.day(-1)}", status=422)["detail"]


@pytest.mark.req("B26")
def test_custom_fields_stand_on_its_paper(books: Books) -> None:
    for name, on_it in (("Collector", True), ("Inside", False)):
        save_field(books.actor, {"name": name, "kinds": ["statement", "invoice"], "on_paper": on_it})
    made = make_statement(books.actor, books.customer)

    def shown() -> str:
        return "\n".join(pages(document_pdf(books.actor, made.pk)[1])).replace("\N{NO-BREAK SPACE}", " ")

    assert "Collector" not in shown()  # it says nothing yet
    values = {"custom": {"collector": "Noor of the office", "inside": "Slow payer"}}
    save_document(books.actor, Kind.STATEMENT, values, document_id=made.pk)
    paper = shown()
    assert ("Collector" in paper, "Noor of the office" in paper) == (True, True)
    assert not any(words in paper for words in ("Inside", "Slow payer"))
