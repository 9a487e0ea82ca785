"""The pages that no other test looks at, in Chromium: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from tests.web.desk import Desk, desk_of
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.catalog import stock
from tradepost.catalog.details import Details, Vendor
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.catalog.services import save_item, save_location
from tradepost.exchange.services import check, receive
from tradepost.people.services import save_customer, save_vendor
from tradepost.reports.reordering import set_level
from tradepost.reports.rules import Query
from tradepost.reports.services import save as save_report

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FILE = """Name,Phone,Terms
Granite State Brewing and Bottling Company of New Hampshire,+1 603 555 0100,Net 15
,+1 603 555 0101,
Tide & Timber,not a telephone number at all,Net 30
"""


@pytest.fixture
def shop(member: Membership) -> dict[str, Any]:
    """What the pages need to have something to show; the keys of their addresses."""
    desk: Desk = desk_of(member)
    actor, item = desk.actor, desk.item
    place = save_location(actor, {"name": "Main warehouse, Portsmouth"})
    stock.receive(actor, [StockLine(item.pk, place.pk, Decimal(1200))])
    stock.adjust(
        actor, [StockLine(item.pk, place.pk, Decimal(-3))], reason="Torn in the rain at the fair in Boston"
    )
    offer = Vendor("CAN-4", Decimal("120.25"), vendor_id=desk.vendor.pk)
    save_item(actor, {}, item_id=item.pk, details=Details(vendors=[offer]))
    set_level(actor, item_id=item.pk, location_id=place.pk, minimum=Decimal(2000), maximum=Decimal(5000))
    level = save_price_level(actor, {"name": "Dealers in New England", "percent": Decimal("12.5")})
    breaks = [Break(item.pk, Decimal("149.50"), Decimal(10)), Break(item.pk, Decimal(139), Decimal(100))]
    prices = save_price_list(
        actor, {"name": "Season of tents and stoves", "level_id": level.pk}, breaks=breaks
    )
    run = receive(actor, "customer", "customers-of-the-former-system.csv", BytesIO(FILE.encode()))
    check(actor, run.pk, now=True)
    save_customer(actor, {"name": "Granite State Brewing Co."})
    save_vendor(actor, {"name": "Cascade Canvas Mill Ltd."})
    report = save_report(actor, "Sales of every month", Query("sales"))
    return {
        "item": item.pk,
        "level": level.pk,
        "list": prices.pk,
        "run": run.pk,
        "report": report.pk,
        **desk.matters,
    }


PAGES = (
    *("/stock/", "/stock/?state=short", "/stock/availability/", "/items/", "/items/new/", "/items/{item}/", "/items/{item}/stock/"),
    *("/items/{item}/stock/adjust/", "/items/{item}/stock/transfer/", "/items/{item}/made-of/"),
    *("/categories/", "/price-lists/", "/price-lists/{list}/", "/price-levels/", "/price-levels/{level}/"),
    *("/reorder/", "/reports/", "/reports/sales/", "/reports/reorder/", "/reports/saved/{report}/", "/import/", "/import/{run}/"),
    *("/leads/", "/leads/{lead}/", "/opportunities/", "/opportunities/board/", "/opportunities/{opportunity}/"),
    *("/leads/web-form/", "/prospects/", "/cases/{case}/", "/projects/{project}/", "/vendors/", "/payments/new/", "/bills/new/"),
    *("/mail-templates/", "/mail-templates/new/", "/preferences/documents/all/"),
)  # fmt: skip


def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, shop: dict[str, Any]) -> None:
    wrong: list[object] = []
    for page in PAGES:
        desk.open(page.format(**shop))
        assert desk.locator("main h1, #sheet-body, .sheet-body").count(), page
        try:
            look(desk, page.format(**shop))
        except AssertionError as found:
            wrong.append(found)
    assert not wrong, wrong
