"""The figures of every report, against those that are added up by hand."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from socket import socket
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import transaction
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from tests.sales.trade import Trade, trade
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, User
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.prices import Break, save_price_list
from tradepost.catalog.queries import worth
from tradepost.catalog.services import save_location
from tradepost.exchange.table import layout_of, rows_of
from tradepost.jobs.models import Notice
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Missing, Refused
from tradepost.people.services import save_customer
from tradepost.reports import engine, services, tasks
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.models import SavedReport
from tradepost.reports.rules import Query
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop() -> Trade:
    return trade()


def issued(shop: Trade, kind: Kind, *quantities: str, **values: Any) -> Document:
    row = shop.document(kind, *quantities, **values)
    return move(shop.actor, row.pk, "issue")


def figures(shop: Trade, report: str, *group: str, **asked: Any) -> dict[Any, tuple[Any, ...]]:
    """The first group → the figures."""
    result = engine.run(shop.actor, Query(report, group, asked.pop("period", "all"), **asked))
    return {row[0]: row[len(result.query.group) : -1] for row in result.rows}


@pytest.mark.req("B23")
def test_sales_are_what_was_invoiced_less_credit_notes(shop: Trade) -> None:
    other = save_customer(shop.actor, {"name": "Harbor"}).pk
    one, two = issued(shop, Kind.INVOICE, "3", "5"), issued(shop, Kind.INVOICE, "1", customer_id=other)
    credit = issued(shop, Kind.CREDIT_NOTE, "1")
    shop.document(Kind.INVOICE, "9")  # a draft is not counted
    found = figures(shop, "sales", "customer")
    assert found["Granite State Brewing"][-1] == one.total - credit.total
    assert found["Harbor"][1] == two.subtotal
    items = figures(shop, "items", "item")
    assert items["TNT-4"][0] == D(3)
    assert items["STV-1"] == (D(5), D("1.75"))
    assert figures(shop, "sales", "month")[today(shop.actor).replace(day=1)][0] == 3
    result = engine.run(shop.actor, Query("sales", ("customer",), "all"))
    assert result.totals == [(None, 3, *[sum(r[n] for r in result.rows) for n in (2, 3, 4, 5)], "USD")]


def test_currencies_are_never_added(shop: Trade) -> None:
    save_price_list(shop.actor, {"name": "Export", "currency": "EUR"}, breaks=[Break(shop.items[0], D(18))])
    issued(shop, Kind.INVOICE, "1")
    issued(shop, Kind.INVOICE, "1", currency="EUR")
    result = engine.run(shop.actor, Query("sales", ("customer",), "all"))
    assert [row[-1] for row in result.rows] == [row[-1] for row in result.totals] == ["EUR", "USD"]


def test_orders_open_and_late(shop: Trade) -> None:
    day = today(shop.actor)
    late = shop.document(Kind.ORDER, "1", date=day - timedelta(days=30), promised=day - timedelta(days=12))
    shop.document(Kind.ORDER, "2", promised=day + timedelta(days=1))
    gone = shop.document(Kind.ORDER, "3")
    move(shop.actor, gone.pk, "cancel")
    assert len(figures(shop, "open-orders", "number")) == 2
    assert figures(shop, "late-shipments", "number") == {late.number: (1, D(12), late.total)}
    assert sum(row[0] for row in figures(shop, "orders", "day").values()) == 2


@pytest.mark.parametrize(
    ("days", "column"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (91, 4)]
)
def test_receivables_by_age(shop: Trade, days: int, column: int) -> None:
    day = today(shop.actor)
    row = issued(shop, Kind.INVOICE, "1", date=day - timedelta(days=200), due=day - timedelta(days=days))
    found = figures(shop, "receivables", "customer")["Granite State Brewing"]
    assert found[column] == found[5] == row.total
    assert sum(found[:5]) == row.total


@pytest.mark.parametrize(("days", "column"), [(0, 0), (1, 1), (45, 2), (61, 3), (200, 4)])
def test_payables_by_age(shop: Trade, days: int, column: int) -> None:
    day = today(shop.actor)
    bill = shop.document(Kind.BILL, "3", date=day - timedelta(days=300), due=day - timedelta(days=days))
    save_document(
        shop.actor, Kind.BILL, {}, [LineDraft(shop.items[0], unit_price=D("12.50"))], document_id=bill.pk
    )
    owed = move(shop.actor, bill.pk, "approve")
    shop.document(Kind.BILL, "9")  # a draft is not owed
    found = figures(shop, "payables", "vendor")["Alder Mills"]
    assert figures(shop, "payables", "class") == {"–": found}
    assert found[column] == found[5] == owed.total == D("12.50")
    assert sum(found[:5]) == owed.total


@pytest.mark.req("B23")
@settings_of(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([Kind.INVOICE, Kind.CREDIT_NOTE]), st.integers(0, 60), st.booleans()),
        max_size=6,
    )
)
def test_totals_are_the_sums_of_the_documents(rows: list[tuple[Kind, int, bool]]) -> None:
    """However it is grouped, every report of sales comes to what the documents say, to the cent."""
    with transaction.atomic():
        shop = trade()
        day = today(shop.actor)
        made = []
        for kind, quantity, old in rows:
            when = day - timedelta(days=400 if old else 3)
            document = shop.document(
                kind, str(quantity), "1", date=when, discount_percent=D("3.3"), freight=D("1.25")
            )
            made.append(move(shop.actor, document.pk, "issue"))
        signed = [(-1 if row.kind == Kind.CREDIT_NOTE else 1, row) for row in made]
        total = sum((sign * row.total for sign, row in signed), D(0))
        tax = sum((sign * row.tax for sign, row in signed), D(0))
        for group in ("customer", "rep", "month", "day"):
            assert added(shop, "sales", group, 4) == total
            assert added(shop, "tax", "state" if group == "rep" else group, 3) == tax
        assert added(shop, "receivables", "number", 5) == sum((r.balance for s, r in signed if s > 0), D(0))
        lines = sum((sign * (row.subtotal - row.discount) for sign, row in signed), D(0))
        assert added(shop, "items", "item", 1) == lines
        transaction.set_rollback(True)


def added(shop: Trade, report: str, group: str, column: int) -> Decimal:
    """The column added up over the groups, which is also what the line of totals says."""
    result = engine.run(shop.actor, Query(report, (group,), "all"))
    found = sum((row[1 + column] for row in result.rows), D(0))
    assert [row[1 + column] for row in result.totals] in ([], [found])
    return found


def test_tax_by_state_and_commission(shop: Trade) -> None:
    ca, nh = ({"region": state, "country": "US"} for state in ("CA", "NH"))
    one = issued(shop, Kind.INVOICE, "3", "5", billing=ca)
    issued(shop, Kind.INVOICE, "0", "0", billing=nh)
    found = figures(shop, "tax", "state")
    assert found["CA"][-1] == one.tax
    assert found["NH"][-1] == 0
    base = figures(shop, "commission", "rep")["Dana"]
    assert base == (2, one.subtotal, D(0))


def test_stock_is_worth_its_moving_average_on_every_day(shop: Trade) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for days, quantity, cost in ((0, "4", "50"), (1, "4", "70"), (2, "-2", ""), (3, "1", "0.01")):
        line = StockLine(shop.items[0], place.pk, abs(D(quantity)), cost=D(cost) if cost else None)
        verb = stock.receive if cost else stock.ship
        verb(shop.actor, [line], at=noon + timedelta(days=days))
    found = {}
    for day in (1, 2, 3, 4, 5):
        query = Query("stock_value", ("item",), "days", last=date(2026, 3, day))
        rows = engine.run(shop.actor, query).rows
        found[day] = rows[0][1:3] if rows else None
        at = datetime.combine(date(2026, 3, day), time.max, tzinfo=UTC)
        assert sum(row[2] for row in rows) == sum(value for _n, value in worth(shop.actor, at=at).values())
    assert found == {1: None, 2: (4, 50), 3: (8, 120), 4: (6, 90), 5: (7, D("90.01"))}
    assert figures(shop, "stock", "item", "location")["TNT-4"] == (D(7), D(0), D(0))
    with pytest.raises(Refused):
        engine.run(replace(shop.actor, role=Role.WAREHOUSE), Query("stock_value"))


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda r: r.key)
def test_every_report_groups_by_all_that_it_offers_and_leaves_as_a_file(shop: Trade, report: Any) -> None:
    issued(shop, Kind.INVOICE, "1")
    shop.document(Kind.ORDER, "1", date=date(2020, 1, 1), promised=date(2020, 2, 1))
    for dimension in report.dimensions:
        for column in (dimension, *report.measures):
            asked = Query(report.key, (dimension.key,), "all", sort=f"-{column.key}")
            result, every = engine.run(shop.actor, asked), engine.whole(shop.actor, asked)
            assert len(every.rows) == len(result.rows)
            assert list(every.rows) == result.rows
    for write in (engine.as_csv, engine.as_xlsx):
        file = io.BytesIO(write(shop.actor, result))
        rows = list(rows_of(file, layout_of(file)))
        assert rows[0][1][-1] == "Currency"
        assert len(rows) == 1 + len(result.rows) + len(result.totals)


@pytest.mark.parametrize(
    ("currency", "price", "told"), [("JPY", "1500", "1500"), ("KWD", "12.345", "12.345"), ("EUR", "7.5", "7.50")]
)  # fmt: skip
def test_a_file_rounds_by_the_decimals_of_each_currency(
    shop: Trade, currency: str, price: str, told: str
) -> None:
    line = LineDraft(description="Work", unit_price=D(price), tax_rate=D(0))
    head = {"customer_id": shop.customer, "currency": currency, "exchange_rate": D("0.5")}
    move(shop.actor, save_document(shop.actor, Kind.INVOICE, head, [line]).pk, "issue")
    issued(shop, Kind.INVOICE, "1")  # in dollars beside it
    result = engine.run(shop.actor, Query("sales", ("customer",), "all"))
    for write, plain in ((engine.as_csv, told), (engine.as_xlsx, f"{D(told).normalize():f}")):
        file = io.BytesIO(write(shop.actor, result))
        rows = [cells for _n, cells in rows_of(file, layout_of(file)) if cells[0] == "Total"]
        sums = {cells[-1]: {cell for cell in cells[2:-1] if D(cell)} for cells in rows}
        assert sums[currency] == {plain}
        assert all(cell.endswith((".99", ".65", ".64")) for cell in sums["USD"])


@pytest.mark.parametrize(
    "query",
    [Query("sales", ("colour",)), Query("sales", ("customer", "rep", "month", "day")), Query("sales", sort="colour"),
     Query("sales", filters={"colour": 1}), Query("sales", period="soon")],
)  # fmt: skip
def test_what_a_report_has_not_is_refused(shop: Trade, query: Query) -> None:
    with pytest.raises(Invalid):
        engine.run(shop.actor, query)
    with pytest.raises(Missing):
        engine.run(shop.actor, replace(query, report="nothing"))


def test_another_companys_documents_are_in_no_report(shop: Trade) -> None:
    issued(shop, Kind.INVOICE, "1")
    from tradepost.accounts.services import register_company

    other = register_company(company="X", name="Eve", email="eve@x.example", password="Correct-horse-9")
    for report in REPORTS:
        assert engine.run(other, Query(report, period="all")).rows == []


def test_a_formula_in_a_name_does_not_run(shop: Trade) -> None:
    issued(shop, Kind.INVOICE, "1", customer_id=save_customer(shop.actor, {"name": "=1+1"}).pk)
    text = engine.as_csv(shop.actor, engine.run(shop.actor, Query("sales", ("customer",), "all"))).decode()
    assert "'=1+1" in text


def test_the_fiscal_year_is_the_companys(shop: Trade) -> None:
    preferences.put(shop.actor, {"company.fiscal_start": 7})
    first = engine.run(shop.actor, Query("sales")).first
    assert first is not None
    assert first.month == 7
    with pytest.raises(Invalid):
        preferences.put(shop.actor, {"company.fiscal_start": 13})


# --- kept and mailed ------------------------------------------------------------------------------------------------


def kept(shop: Trade, **values: Any) -> SavedReport:
    given = {"rhythm": "daily", "hour": 0, "recipients": ["Boss@Example.com", "boss@example.com"], **values}
    return services.save(shop.actor, "Sales", Query("sales", ("rep",), "all"), **given)


@pytest.mark.req("B23")
def test_a_report_is_mailed_once_on_its_day(shop: Trade) -> None:
    issued(shop, Kind.INVOICE, "1")
    kept(shop)
    tasks.post(0)
    tasks.post(0)
    [sent] = mail.outbox
    assert sent.to == ["boss@example.com"]
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    [(name, content, _type)] = sent.attachments
    file = io.BytesIO(content)
    assert name == "sales.xlsx"
    assert [row for _n, row in rows_of(file, layout_of(file))][1][0] == "Dana"


class Inbox:
    """What an SMTP server of aiosmtpd was given."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, envelope.content))
        return "250 Message accepted"


@pytest.mark.req("B23")
def test_it_arrives_by_smtp_with_its_workbook(shop: Trade, settings: Any) -> None:
    issued(shop, Kind.INVOICE, "1")
    row = kept(shop)
    inbox = Inbox()
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    tasks.post(0)
    [missed] = services.posts(shop.actor, row.pk)
    assert "refused" in missed.problem
    assert Notice.objects.filter(key=f"report.{row.pk}").exists()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        tasks.post(0)
        tasks.post(0)
    finally:
        server.stop()
    assert [post.problem for post in services.posts(shop.actor, row.pk)] == ["", missed.problem]
    [(to, content)] = inbox.mails
    message = message_from_bytes(content, policy=policy.default)
    assert (to, message["Subject"]) == (["boss@example.com"], "Harbor & Pine: Sales")
    [attached] = message.iter_attachments()
    file = io.BytesIO(attached.get_payload(decode=True))
    assert [row for _n, row in rows_of(file, layout_of(file))][1][0] == "Dana"


def test_it_is_mailed_with_the_rights_of_its_owner(shop: Trade) -> None:
    row = kept(shop)
    Membership.objects.of(shop.actor).update(role=Role.READ_ONLY)
    tasks.post(0)
    row.refresh_from_db()
    assert mail.outbox == []
    assert "export" in row.problem
    assert Notice.objects.filter(user_id=shop.actor.user_id, key=f"report.{row.pk}").exists()


@pytest.mark.req("B23")
def test_a_server_that_is_gone_is_asked_for_an_hour_and_no_longer(shop: Trade, settings: Any) -> None:
    row = kept(shop)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket() as bound:  # bound, and nobody listens
        bound.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = bound.getsockname()
        for _pass in range(tasks.TRIES + 3):
            tasks.post(0)
    assert len(services.posts(shop.actor, row.pk)) == tasks.TRIES


@pytest.mark.req("B23")
def test_a_paused_report_is_not_mailed_and_goes_on_with_its_next_turn(shop: Trade) -> None:
    row = kept(shop)
    assert services.next_post(row) is not None
    assert services.next_post(services.pause(shop.actor, row.pk)) is None
    tasks.post(0)
    row = services.pause(shop.actor, row.pk, paused=False)
    tasks.post(0)
    assert mail.outbox == []
    following = services.next_post(row)
    assert following is not None
    assert following.date() == today(shop.actor) + timedelta(days=1)
    with pytest.raises(Invalid):
        services.pause(shop.actor, kept(shop, saved_id=row.pk, rhythm="", recipients=[]).pk)


@pytest.mark.req("B23")
def test_who_has_left_gets_and_sends_nothing(shop: Trade) -> None:
    row = kept(shop, recipients=["lee@example.com", "boss@example.com"])
    gone = User.objects.create_user("lee@example.com", "Correct-horse-9", name="Lee")
    Membership.objects.create(
        organisation_id=shop.actor.organisation_id, user=gone, role=Role.SALES, ended_at=clock.now()
    )
    tasks.post(0)
    assert [sent.to for sent in mail.outbox] == [["boss@example.com"]]
    Membership.objects.of(shop.actor).update(ended_at=clock.now())
    SavedReport.objects.update(posted_on=date(2026, 1, 1))
    tasks.post(0)
    row.refresh_from_db()
    assert (len(mail.outbox), row.rhythm) == (1, "")
    assert services.posts(shop.actor, row.pk)[0].problem == row.problem == "Its owner is no longer a user."


def test_who_may_not_export_mails_nothing(shop: Trade) -> None:
    reader = replace(shop, actor=replace(shop.actor, role=Role.READ_ONLY))
    with pytest.raises(Refused):
        kept(reader)
    assert kept(reader, rhythm="", recipients=[]).rhythm == ""


@pytest.mark.parametrize(
    "values", [{"recipients": []}, {"recipients": ["nobody"]}, {"hour": 24}, {"rhythm": "hourly"}]
)
def test_a_post_that_cannot_be_is_refused(shop: Trade, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as fault:
        kept(shop, **values)
    assert fault.value.fields.keys() == values.keys()


def test_a_report_is_ones_own_unless_it_is_shared(shop: Trade) -> None:
    row = kept(shop)
    other = replace(shop.actor, user_id=shop.actor.user_id + 999)  # type: ignore[operator]
    assert list(services.saved(other)) == []
    with pytest.raises(Missing):
        services.remove(other, row.pk)
    kept_again = services.save(shop.actor, "Sales", Query("sales"), saved_id=row.pk, shared=True)
    assert [r.pk for r in services.saved(other)] == [kept_again.pk]
