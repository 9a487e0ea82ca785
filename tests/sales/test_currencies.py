"""Dated exchange rates: which a document carries, what is gained when it is paid at another, and the reports."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry, Organisation
from tradepost.accounts.services import update_company
from tradepost.kit.errors import Invalid, Refused
from tradepost.people.models import Opportunity
from tradepost.reports.engine import run
from tradepost.reports.rules import Query
from tradepost.sales.converting import convert
from tradepost.sales.currencies import gain, remove_rate, save_rate, share, take_rates, worth
from tradepost.sales.models import Application, Document, ExchangeRate, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit, unapply
from tradepost.sales.queries import account_of, booked, today
from tradepost.sales.services import LineDraft, save_document
from tradepost.web.people.stages import columns
from tradepost.web.templatetags.ui import money

D = Decimal
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


@given(
    total=st.decimals("0.01", "99999", places=2),
    rate=st.decimals("0.00000001", "500", places=8),
    cuts=st.lists(st.integers(1, 99), min_size=1, max_size=6),
)
def test_what_is_paid_in_parts_comes_to_the_whole_to_the_cent(
    total: Decimal, rate: Decimal, cuts: list[int]
) -> None:
    value = worth(total, "EUR", rate, "USD")
    assert value is not None
    counted = D(0)
    for cut in sorted(cuts):
        counted += share(total, value, "USD", round(total * cut / 100, 2), counted)
    assert counted + share(total, value, "USD", total, counted) == value


def test_a_missing_rate_is_never_one() -> None:
    assert worth(D(5), "EUR", None, "USD") is None
    assert worth(D(5), "USD", None, "USD") == 5


@pytest.fixture
def shop(db: None) -> Trade:
    found = trade()
    save_rate(found.actor, "EUR", MAY, D("1.10"))
    save_rate(found.actor, "EUR", JULY, D("1.25"))
    return found


def in_euro(shop: Trade, day: date) -> Document:
    head = {"customer_id": shop.customer, "currency": "EUR", "date": day}
    return save_document(shop.actor, Kind.ORDER, head, [LineDraft(description="Work", unit_price=D(5))])


def invoice(shop: Trade, day: date, amount: str = "100", kind: Kind = Kind.INVOICE) -> Document:
    party = {"vendor_id": shop.vendor} if kind == Kind.BILL else {"customer_id": shop.customer}
    line = LineDraft(description="Work", unit_price=D(amount), tax_rate=D(0))
    row = save_document(shop.actor, kind, {**party, "currency": "EUR", "date": day}, [line])
    return move(shop.actor, row.pk, "approve" if kind == Kind.BILL else "issue")


def paid(shop: Trade, day: date, amount: str, kind: Kind = Kind.PAYMENT) -> Document:
    party = {"vendor_id": shop.vendor} if kind == Kind.BILL_PAYMENT else {"customer_id": shop.customer}
    values = {**party, "currency": "EUR", "date": day, "amount": D(amount)}
    row = save_document(shop.actor, kind, values)
    return move(shop.actor, row.pk, "pay" if kind == Kind.BILL_PAYMENT else "receive")


@pytest.mark.parametrize(
    ("day", "rate"), [(MAY, "1.10"), (JUNE, "1.10"), (JULY, "1.25"), (date(2026, 4, 30), None)]
)
def test_a_document_carries_the_rate_of_its_day(shop: Trade, day: date, rate: str | None) -> None:
    assert invoice(shop, day).exchange_rate == (D(rate) if rate else None)


def test_a_typed_rate_stays_and_is_in_the_trail(shop: Trade) -> None:
    order = in_euro(shop, JUNE)
    values = {"exchange_rate": D("1.2")}
    save_document(shop.actor, Kind.ORDER, values, document_id=order.pk)
    entry = AuditEntry.objects.filter(verb="order.save").latest("pk")
    assert (entry.before["exchange_rate"], entry.after["exchange_rate"]) == ("1.10000000", "1.2")
    row = save_document(shop.actor, Kind.ORDER, {"date": JULY}, document_id=order.pk)
    assert (row.exchange_rate, row.rate_by_hand) == (D("1.2"), True)
    row = save_document(shop.actor, Kind.ORDER, {"exchange_rate": None}, document_id=order.pk)
    assert (row.exchange_rate, row.rate_by_hand) == (D("1.25"), False)
    assert shop.document().exchange_rate is None
    with pytest.raises(Invalid, match="above zero"):
        save_document(shop.actor, Kind.ORDER, {"exchange_rate": D(-1)}, document_id=order.pk)


def test_a_credit_note_takes_back_at_the_rate_of_its_invoice(shop: Trade) -> None:
    row = invoice(shop, MAY)
    assert convert(shop.actor, row.pk, Kind.CREDIT_NOTE).exchange_rate == D("1.10")
    assert convert(shop.actor, row.pk, Kind.PAYMENT, amount=D(1)).exchange_rate == D("1.25")


@pytest.mark.parametrize(
    ("owed", "money", "result"), [(Kind.INVOICE, Kind.PAYMENT, "15"), (Kind.BILL, Kind.BILL_PAYMENT, "-15")]
)
def test_paying_at_a_higher_rate_gains_on_a_sale_and_loses_on_a_purchase(
    shop: Trade, owed: Kind, money: Kind, result: str
) -> None:
    row, payment = invoice(shop, MAY, kind=owed), paid(shop, JULY, "100", money)
    apply_credit(shop.actor, payment.pk, {row.pk: D(100)})
    assert gain(Application.objects.get()) == D(result)
    found = run(shop.actor, Query("exchange", ("number",), period="all"))
    assert found.rows == [(row.number, *_values(result), D(result), "USD")]


def _values(result: str) -> tuple[Decimal, Decimal]:
    return D(110), D(125)


def test_gains_of_many_payments_are_the_difference_of_the_documents_to_the_cent(shop: Trade) -> None:
    dice = random.Random(3)  # noqa: S311
    rows = [invoice(shop, MAY, f"{dice.randint(100, 9999) / 100}") for _n in range(4)]
    total = sum(row.total for row in rows)
    halves = [D("0.37"), D("33.33")]
    payments = [
        paid(shop, day, str(a))
        for day, a in zip((JULY, JUNE, JULY), [*halves, total - sum(halves)], strict=True)
    ]
    for payment in payments:
        for row in map(shop.again, rows):
            left = min(shop.again(payment).balance, row.balance)
            for amount in {round(left / 3, 2), left - round(left / 3, 2)} - {D(0)}:
                free = min(amount, shop.again(row).balance, shop.again(payment).balance)
                if free > 0:
                    apply_credit(shop.actor, payment.pk, {row.pk: free})
    for payment in payments:
        free = shop.again(payment).balance
        for row in map(shop.again, rows):
            if (part := min(free, row.balance)) > 0:
                apply_credit(shop.actor, payment.pk, {row.pk: part})
                free -= part
    assert all(shop.again(row).balance == 0 for row in [*rows, *payments])
    worths = [
        worth(row.total, "EUR", shop.again(row).exchange_rate, "USD") or D(0) for row in [*payments, *rows]
    ]
    wanted = sum(worths[:3]) - sum(worths[3:])
    assert sum(gain(one) or D(0) for one in Application.objects.all()) == wanted


def test_taking_a_payment_off_takes_its_gain_back(shop: Trade) -> None:
    row, payment = invoice(shop, MAY), paid(shop, JULY, "100")
    apply_credit(shop.actor, payment.pk, {row.pk: D("33.33")})
    unapply(shop.actor, payment.pk, row.pk)
    apply_credit(shop.actor, payment.pk, {row.pk: D(100)})
    assert [gain(one) for one in Application.objects.all()] == [15]


def test_what_waited_for_a_rate_gets_it_and_others_keep_theirs(shop: Trade) -> None:
    waiting, kept = invoice(shop, date(2026, 4, 2)), invoice(shop, MAY)
    payment = paid(shop, JULY, "100")
    apply_credit(shop.actor, payment.pk, {waiting.pk: D(60)})
    assert gain(Application.objects.get()) is None
    page = client_of(shop).get(f"/invoices/{waiting.pk}/").content.decode()
    assert "No rate of EUR is known on 2026-04-02" in page
    found = run(shop.actor, Query("sales", ("month",), period="all", currency="company"))
    assert (found.missing, found.totals[0][-2]) == (1, 110)
    save_rate(shop.actor, "EUR", date(2026, 4, 1), D(1))
    save_rate(shop.actor, "EUR", MAY, D(2))
    assert (shop.again(waiting).exchange_rate, shop.again(kept).exchange_rate) == (1, D("1.10"))
    assert gain(Application.objects.get()) == 15
    found = run(shop.actor, Query("sales", ("month",), period="all", currency="company"))
    assert (found.missing, found.totals[0][-2], found.totals[0][-1]) == (0, 210, "USD")


def test_reports_in_the_companys_currency_are_sums_of_the_documents(shop: Trade) -> None:
    rows = [invoice(shop, day, amount) for day, amount in ((MAY, "33.35"), (JULY, "0.05"), (JUNE, "10.01"))]
    home = shop.document(Kind.INVOICE, "3", "5", "1")
    move(shop.actor, home.pk, "issue")
    wanted = sum((worth(row.total, "EUR", row.exchange_rate, "USD") or D(0) for row in rows), home.total)
    for report in ("sales", "receivables"):
        found = run(shop.actor, Query(report, period="all", currency="company"))
        assert [(row[-2], row[-1]) for row in found.totals] == [(wanted, "USD")]
    assert {row[-1] for row in run(shop.actor, Query("sales", period="all")).rows} == {"USD", "EUR"}
    with pytest.raises(Invalid, match="in each currency by itself"):
        run(shop.actor, Query("stock", currency="company"))


def test_where_currencies_meet_sums_are_in_the_companys_at_each_documents_rate(shop: Trade) -> None:
    rows = [in_euro(shop, JUNE), shop.document(Kind.ORDER, "3", "5", "1")]
    total = (worth(rows[0].total, "EUR", D("1.10"), "USD") or D(0)) + rows[1].total
    Document.objects.filter(pk=rows[1].pk).update(date=JUNE)
    assert booked(shop.actor, JUNE, days=1) == [(JUNE, total, 0)]
    assert rows[0].customer
    account = account_of(shop.actor, rows[0].customer, "USD")
    assert (account.orders, account.value, account.currency, account.unrated) == (2, total, "USD", 0)
    unrated = in_euro(shop, date(2026, 4, 2))
    Document.objects.filter(pk=unrated.pk).update(date=today(shop.actor))
    assert booked(shop.actor, today(shop.actor), days=1) == [(today(shop.actor), 0, 1)]
    for page in (f"/customers/{shop.customer}/", f"/orders/{unrated.pk}/", "/"):
        assert "1 without a rate" in client_of(shop).get(page).content.decode()
    shown = client_of(shop).get("/reports/orders/?period=all").content.decode()
    assert money(total, "USD") in shown and "€" not in shown
    shown = client_of(shop).get("/reports/orders/?period=all&currency=own").content.decode()
    assert money(rows[0].total, "EUR") in shown and money(rows[1].total, "USD") in shown
    deals = [
        Opportunity(stage="propose", budget=D(budget), currency=currency, probability=50)
        for budget, currency in ((100, "EUR"), (40, ""), (7, "CHF"))
    ]
    column = columns(deals, "USD", {"EUR": D("1.25")})[1]
    assert (column.worth, column.likely, column.unvalued, column.count) == (165, D("82.5"), 1, 3)


def test_many_rates_are_pasted_and_wrong_lines_are_told(shop: Trade) -> None:
    text = "Currency;Day;Rate\nGBP;2026-05-01;1,34\nUSD;2026-05-01;1\nGBP;01.05.2026;2\n\nGBP;2026-05-02;-1\n"
    kept, wrong = take_rates(shop.actor, text)
    assert (kept, ExchangeRate.objects.get(currency="GBP").rate) == (1, D("1.34"))
    assert [sentence[:7] for sentence in wrong] == ["Line 3:", "Line 4:", "Line 6:"]
    with pytest.raises(Refused):
        save_rate(replace(shop.actor, role=Role.SALES), "GBP", MAY, D(1))


def test_the_pages(shop: Trade) -> None:
    client = client_of(shop)
    assert (
        client.post("/exchange-rates/", {"currency": "chf", "day": "2026-05-01", "rate": "1.12"}).status_code
        == 302
    )
    assert (
        client.post("/exchange-rates/", {"currency": "USD", "day": "2026-05-01", "rate": "1"}).status_code
        == 422
    )
    assert client.post("/exchange-rates/paste/", {"text": "GBP,2026-05-01,1.3"}).status_code == 302
    page = client.get("/exchange-rates/?currency=CHF").content.decode()
    assert "1.12" in page and "1.25" not in page
    row, payment = invoice(shop, MAY), paid(shop, JULY, "100")
    apply_credit(shop.actor, payment.pk, {row.pk: D(100)})
    page = client.get(f"/invoices/{row.pk}/").content.decode()
    assert "$110.00" in page and "exchange gain $15.00" in page
    assert "Total in USD" in client.get("/invoices/export/").getvalue().decode()
    assert "All in USD" in client.get("/reports/sales/?currency=company").content.decode()
    chosen = list(ExchangeRate.objects.filter(currency="GBP").values_list("pk", flat=True))
    assert client.post("/exchange-rates/remove/", {"pk": chosen}).status_code == 302
    assert not ExchangeRate.objects.filter(currency="GBP").exists()


def test_programs(shop: Trade) -> None:
    program = program_of(shop.actor)
    made = program.call(
        "put", "exchange-rates", {"currency": "GBP", "day": "2026-05-01", "rate": "1.3"}
    ).json()
    assert [one["rate"] for one in program.get("exchange-rates?currency=GBP")["items"]] == ["1.30000000"]
    order = in_euro(shop, JUNE)
    assert program.patch(f"documents/{order.pk}", {"exchange_rate": "1.5"})["exchange_rate"] == "1.50000000"
    row, payment = invoice(shop, MAY), paid(shop, JULY, "100")
    apply_credit(shop.actor, payment.pk, {row.pk: D(100)})
    assert D(program.get(f"documents/{row.pk}/applications")[0]["gain"]) == 15
    assert program.get("reports/sales?currency=company&period=all")["missing"] == 0
    program.delete(f"exchange-rates/{made['id']}")
    remove_rate(shop.actor, ExchangeRate.objects.earliest("pk").pk)
    assert shop.again(row).exchange_rate == D("1.10")


@pytest.mark.parametrize("counted", ["nothing", "a document", "a rate"])
def test_what_is_counted_in_a_companys_currency_keeps_it(db: None, counted: str) -> None:
    shop = trade()
    if counted == "a document":
        shop.document(Kind.QUOTE)
    elif counted == "a rate":
        save_rate(shop.actor, "EUR", MAY, D("1.10"))
    company = Organisation.objects.get(pk=shop.actor.organisation_id)
    values = {"name": "Harbor & Pine", "time_zone": "Europe/Vienna"}
    if counted == "nothing":
        assert update_company(shop.actor, **values, currency="CHF").currency == "CHF"
        return
    with pytest.raises(Invalid) as fault:
        update_company(shop.actor, **values, currency="CHF")
    assert fault.value.fields.keys() == {"currency"}
    assert update_company(shop.actor, **values, currency=company.currency).time_zone == "Europe/Vienna"
