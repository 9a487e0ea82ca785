"""Every report by every filter: what fits one value and what fits the other come to the whole."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, User
from tradepost.catalog import stock
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Location
from tradepost.catalog.services import save_item, save_location
from tradepost.exchange.table import layout_of, rows_of
from tradepost.kit.errors import Invalid
from tradepost.people.services import save_customer, save_vendor
from tradepost.reports import engine, services, tasks
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.reordering import set_level
from tradepost.reports.rules import Query
from tradepost.sales.models import Kind
from tradepost.sales.moving import move
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.req("B23")]
D = Decimal
FILTERS = [
    (report.key, name)
    for report in REPORTS.values()
    for name in report.filters or {}
    if name not in report.asks
]
ADDS_UP = {
    "items": "net",
    "receivables": "owed",
    "payables": "owed",
    "stock": "on_hand",
    "stock_value": "on_hand",
}
ADDS_UP |= {"reorder": "quantity"}  # of the others the documents are counted


@pytest.fixture
def sides() -> tuple[Trade, dict[str, tuple[Any, Any]]]:
    """Of everything two, which share nothing; and by filter the two values."""
    shop = trade()
    day = today(shop.actor)
    second = User.objects.create_user("noor@example.com", "correct horse battery", name="Noor")
    Membership.objects.create(organisation_id=shop.actor.organisation_id, user=second, role=Role.SALES)
    save_customer(shop.actor, {"class_name": "East", "type": "Shop"}, customer_id=shop.customer)
    customers = (
        shop.customer,
        save_customer(shop.actor, {"name": "Harbor", "class_name": "West", "type": "Pub"}).pk,
    )
    save_vendor(shop.actor, {"class_name": "East"}, vendor_id=shop.vendor)
    vendors = shop.vendor, save_vendor(shop.actor, {"name": "Birch", "class_name": "West"}).pk
    owners, channels, items = (shop.actor.user_id, second.pk), ("web", "fair"), shop.items[:2]
    places = [save_location(shop.actor, {"name": name}).pk for name in ("Portland", "Salem")]
    for n in (0, 1):
        lines = [LineDraft(items[n], quantity=D(3 + n), unit_price=D(10))]
        head = {
            "customer_id": customers[n],
            "owner_id": owners[n],
            "channel": channels[n],
            "location_id": places[n],
        }
        for kind, verb in ((Kind.ORDER, ""), (Kind.INVOICE, "issue")):
            late = {"promised": day - timedelta(days=3)} if kind == Kind.ORDER else {}
            row = save_document(shop.actor, kind, {**head, "date": day - timedelta(days=9), **late}, lines)
            if verb:
                move(shop.actor, row.pk, verb)
        bill = save_document(shop.actor, Kind.BILL, {"vendor_id": vendors[n], "date": day}, lines)
        move(shop.actor, bill.pk, "approve")
        stock.receive(shop.actor, [StockLine(items[n], places[n], D(5 + n))])
        offer = Offer(f"V{n}", D(4), vendor_id=vendors[n])
        save_item(shop.actor, {}, item_id=items[n], details=Details(vendors=[offer]))
        set_level(shop.actor, items[n], places[n], D(50), D(60 + n))
    return shop, {
        "customer_id": customers, "vendor_id": vendors, "owner_id": owners, "channel": channels,
        "class": ("East", "West"), "customer_type": ("Shop", "Pub"), "item_id": (items[0], items[1]),
        "location_id": (places[0], places[1]),
    }  # fmt: skip


def came_to(shop: Trade, report: str, **filters: Any) -> Decimal:
    result = engine.run(shop.actor, Query(report, period="all", filters=filters))
    name = ADDS_UP.get(report, "count")
    place = next(n for n, column in enumerate(result.columns) if column.key == name)
    assert sum(Decimal(row[place]) for row in result.rows) == sum(
        Decimal(row[place]) for row in result.totals
    )
    return sum((Decimal(row[place]) for row in result.totals), Decimal(0))


@pytest.mark.parametrize(("report", "name"), FILTERS)
def test_a_report_is_filtered(
    sides: tuple[Trade, dict[str, tuple[Any, Any]]], report: str, name: str
) -> None:
    shop, values = sides
    parts = [came_to(shop, report, **{name: value}) for value in values[name]]
    assert all(part > 0 for part in parts)
    assert sum(parts) == came_to(shop, report)
    if name.endswith("_id"):
        assert came_to(shop, report, **{name: str(values[name][0])}) == parts[0]  # as an address writes it
        with pytest.raises(Invalid):
            came_to(shop, report, **{name: "x"})


def test_the_reorder_proposal_is_a_report(sides: tuple[Trade, dict[str, tuple[Any, Any]]]) -> None:
    shop, values = sides
    result = engine.run(shop.actor, Query("reorder"))
    assert [column.key for column in result.columns[:3]] == ["vendor", "item", "location"]
    # Five lie there, three are wanted: 58 up to 60. Six, of which four are wanted: 59 up to 61.
    assert [(*row[:3], *row[-3:]) for row in result.rows] == [
        ("V0", "TNT-4", "Portland", D(58), D(232), "USD"),
        ("V1", "STV-1", "Salem", D(59), D(236), "USD"),
    ]
    assert result.totals[0][-3:] == (D(117), D(468), "USD")
    by_vendor = engine.run(shop.actor, Query("reorder", ("vendor",), sort="-quantity"))
    assert [row[0] for row in by_vendor.rows] == ["V1", "V0"]
    for asked in (
        {"sort": "colour"},
        {"group": ("month",)},
        {"currency": "company"},
        {"filters": {"days": "x"}},
    ):
        with pytest.raises(Invalid):
            engine.run(shop.actor, Query("reorder", **asked))  # type: ignore[arg-type]


def test_it_is_computed_of_so_many_days_to_last_for_so_many(
    sides: tuple[Trade, dict[str, tuple[Any, Any]]],
) -> None:
    shop, values = sides
    tent, place = values["item_id"][0], values["location_id"][0]
    set_level(shop.actor, tent, place, None, None)
    free = StockLine(tent, Location.objects.get(pk=place).pk, D(2))
    stock.ship(shop.actor, [free])
    asked = {"item_id": tent}
    assert came_to(shop, "reorder", **asked, days=30, cover_days=30) == 2
    assert came_to(shop, "reorder", **asked, days=30, cover_days=90) == 6
    assert came_to(shop, "reorder", **asked, days=90, cover_days=90) == 2


def test_the_proposal_is_kept_and_mailed_as_a_workbook(
    sides: tuple[Trade, dict[str, tuple[Any, Any]]],
) -> None:
    shop, values = sides
    asked = Query(
        "reorder", ("vendor", "item"), filters={"vendor_id": values["vendor_id"][1], "cover_days": 20}
    )
    services.save(shop.actor, "Monday", asked, rhythm="daily", hour=0, recipients=["buy@example.com"])
    tasks.post(0)
    [sent] = mail.outbox
    [(name, content, _type)] = sent.attachments
    file = io.BytesIO(content)
    rows = [list(cells) for _n, cells in rows_of(file, layout_of(file))]
    assert (name, rows[0][:2], rows[1][:2], len(rows)) == (
        "reorder.xlsx",
        ["Vendor", "Item"],
        ["V1", "STV-1"],
        3,
    )
