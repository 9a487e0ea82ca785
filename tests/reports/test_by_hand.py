"""A small world whose figures were added up by hand: every report says them, whole, by each group and through each filter."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.models import Membership, User
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.services import save_location
from tradepost.exchange.table import layout_of, rows_of
from tradepost.people.services import save_customer
from tradepost.reports import engine
from tradepost.reports.rules import Query
from tradepost.sales.converting import convert
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.req("B23")]
CA, NJ = {"region": "CA", "country": "US"}, {"region": "NJ", "country": "US"}


def line(item: int | None, quantity: str, price: str, tax: str = "0") -> LineDraft:
    return LineDraft(item, quantity=D(quantity), unit_price=D(price), tax_rate=D(tax), description="Ware")


@pytest.fixture
def shop() -> Trade:
    """In dollars: an order of 10 tents at 20 + 10 % with freight of 15, of which 4 are shipped and invoiced and 1 is credited;
    a tent for 110 with 10 % included, half of it paid; three of no item for 15 in cash. In euros at 1.25: two stoves for 100."""
    shop = trade()
    actor, (tent, stove, _map) = shop.actor, shop.items
    sam = User.objects.create_user("sam@example.com", "correct horse battery", name="Sam")
    Membership.objects.create(organisation_id=actor.organisation_id, user=sam, role="sales")
    harbor = save_customer(actor, {"name": "Harbor", "class_name": "Retail"}).pk
    save_customer(actor, {"class_name": "Wholesale", "type": "Bar"}, customer_id=shop.customer)
    save_rate(actor, "EUR", date(2020, 1, 1), D("1.25"))
    place = save_location(actor, {"name": "Main"})
    stock.receive(actor, [StockLine(tent, place.pk, D(10), cost=D(120))])

    def made(kind: Kind, head: dict[str, Any], *lines: LineDraft) -> Document:
        return save_document(
            actor, kind, {"customer_id": shop.customer, "owner_id": actor.user_id, **head}, lines
        )

    late = {"promised": today(actor) - timedelta(days=3), "date": today(actor) - timedelta(days=9)}
    order = made(
        Kind.ORDER,
        {"shipping": CA, "channel": "shop", "freight": D(15), **late},
        line(tent, "10", "20", "10"),
    )
    [ordered] = order.lines.all()
    for target, verb in ((Kind.SHIPMENT, "ship"), (Kind.INVOICE, "issue")):
        part = convert(actor, order.pk, target, {ordered.pk: D(4)})
        move(actor, part.pk, verb)
    [billed] = part.lines.all()
    move(actor, convert(actor, part.pk, Kind.CREDIT_NOTE, {billed.pk: D(1)}).pk, "issue")
    foreign = {
        "customer_id": harbor,
        "currency": "EUR",
        "shipping": NJ,
        "channel": "fair",
        "owner_id": sam.pk,
    }
    move(actor, made(Kind.INVOICE, foreign, line(stove, "2", "50")).pk, "issue")
    inclusive = made(Kind.INVOICE, {"shipping": CA, "prices_include_tax": True}, line(tent, "1", "110", "10"))
    move(actor, inclusive.pk, "issue")
    payment = move(actor, shop.payment("55").pk, "receive")
    apply_credit(actor, payment.pk, {inclusive.pk: D(55)})
    move(actor, made(Kind.CASH_SALE, {}, line(None, "3", "5")).pk, "complete")
    return shop


GRANITE, HARBOR = "Granite State Brewing", "Harbor"
# Owed: 103 less the credit of 22, and 55. Paid: 22 of 103 of 80 net, half of 100, 15 in cash, less 20 credited.
# report, group, filters → figures by the group. Sales: documents, net, freight, tax, total.
BY_HAND: list[tuple[str, str, dict[str, Any], dict[Any, tuple[int | D, ...]]]] = [
    ("sales", "customer", {}, {GRANITE: (4, 175, 15, 16, 206), HARBOR: (1, 125, 0, 0, 125)}),
    ("sales", "rep", {}, {"Dana": (4, 175, 15, 16, 206), "Sam": (1, 125, 0, 0, 125)}),
    (
        "sales",
        "channel",
        {},
        {"shop": (2, 60, 15, 6, 81), "fair": (1, 125, 0, 0, 125), "–": (2, 115, 0, 10, 125)},
    ),
    ("sales", "class", {}, {"Wholesale": (4, 175, 15, 16, 206), "Retail": (1, 125, 0, 0, 125)}),
    ("sales", "customer_type", {"class": "Wholesale"}, {"Bar": (4, 175, 15, 16, 206)}),
    ("sales", "customer", {"channel": "fair"}, {HARBOR: (1, 125, 0, 0, 125)}),
    ("items", "item", {}, {"TNT-4": (4, 160), "STV-1": (2, 125), "Ware": (3, 15)}),
    ("items", "customer", {"class": "Wholesale"}, {GRANITE: (7, 175)}),
    ("orders", "customer", {}, {GRANITE: (1, 235, 235)}),
    ("open-orders", "customer", {}, {GRANITE: (1, 235)}),
    ("open-orders", "customer", {"class": "Retail"}, {}),
    ("late-shipments", "customer", {}, {GRANITE: (1, 3, 235)}),
    ("receivables", "customer", {}, {GRANITE: (136, 0, 0, 0, 0, 136), HARBOR: (125, 0, 0, 0, 0, 125)}),
    ("tax", "state", {}, {"CA": (3, 160, 160, 16), "NJ": (1, 125, 0, 0), "–": (1, 15, 0, 0)}),
    ("commission", "rep", {}, {"Dana": (4, 175, D("62.09")), "Sam": (1, 125, 0)}),
    ("stock", "item", {}, {"TNT-4": (6, 6, 0)}),
    ("stock_value", "item", {}, {"TNT-4": (6, 72)}),
]


def test_every_report_says_what_was_added_up_by_hand(shop: Trade) -> None:
    for report, group, filters, wanted in BY_HAND:
        in_company = "company" if engine.REPORTS[report].amounts else ""
        asked = Query(report, (group,), "all", filters=filters, currency=in_company)
        result = engine.run(shop.actor, asked)
        assert {row[0]: row[1:-1] for row in result.rows} == wanted, (report, group, filters)
        assert {row[-1] for row in (*result.rows, *result.totals)} <= {"USD"}
        for write in (engine.as_csv, engine.as_xlsx):
            file = io.BytesIO(write(shop.actor, result))
            cells = [row for _n, row in rows_of(file, layout_of(file))][1 : 1 + len(wanted)]
            shown = {row[0]: tuple(D(cell) for cell in row[1:-1]) for row in cells}
            assert shown == wanted, (report, group, write)


def test_by_period_and_in_each_currency_by_itself(shop: Trade) -> None:
    first = today(shop.actor).replace(day=1)
    for group, day in (("month", first), ("year", first.replace(month=1)), ("day", today(shop.actor))):
        [row] = engine.run(shop.actor, Query("sales", (group,), "all", currency="company")).rows
        assert row == (day, 5, 300, 15, 16, 331, "USD")
    rows = engine.run(shop.actor, Query("sales", ("customer",), "all")).rows
    assert [(row[0], row[5], row[6]) for row in rows] == [(GRANITE, 206, "USD"), (HARBOR, 100, "EUR")]
    assert engine.run(shop.actor, Query("sales", ("customer",), "last_year")).rows == []


def test_page_chart_and_program_say_the_same(shop: Trade) -> None:
    page = client_of(shop).get("/reports/sales/?group=customer&period=all").content.decode()
    assert f"{GRANITE}: $206.00" in page and f"{HARBOR}: $125.00" in page  # the bars
    assert page.count("$331.00") == 1 and "€" not in page
    told = program_of(shop.actor).get("reports/sales?group=customer&period=all&currency=company")
    assert [[row[0], D(row[5]), row[6]] for row in told["rows"]] == [
        [GRANITE, 206, "USD"],
        [HARBOR, 125, "USD"],
    ]
