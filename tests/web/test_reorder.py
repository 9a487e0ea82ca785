"""The buyer sees what is short, changes a quantity, orders, and takes it back; in Chromium in every width and theme."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.services import save_item, save_location
from tradepost.reports.reordering import set_level
from tradepost.sales.models import Document, Kind

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def short(desk: Desk) -> None:
    """One item that can be ordered, and one without a vendor."""
    place = save_location(desk.actor, {"name": "Main"})
    offer = Offer(desk.vendor.name, Decimal(90), lead_days=7, vendor_id=desk.vendor.pk)
    save_item(desk.actor, {}, item_id=desk.item.pk, details=Details(vendors=[offer]))
    loose = save_item(desk.actor, {"sku": "LOOSE", "name": "A thing with a rather long name that wraps"})
    for item in (desk.item, loose):
        set_level(desk.actor, item.pk, place.pk, Decimal(5), Decimal(20))


def test_the_buyer_orders_what_is_short_and_takes_it_back(
    desk: Any, live_server: Any, member: Membership
) -> None:
    shop = desk_of(member)
    short(shop)
    desk.goto(f"{live_server.url}/reorder/")
    box = desk.get_by_label(f"How many {shop.item.sku}")
    assert Decimal(box.input_value()) >= 20
    expect(desk.get_by_label("How many LOOSE")).to_have_count(0)
    box.fill("thirty")
    desk.get_by_role("button", name="Make purchase orders").click()
    expect(desk.get_by_text("“thirty” is not a number.")).to_be_visible()
    expect(box).to_have_value("thirty")
    box.fill("1,036")
    desk.get_by_role("button", name="Make purchase orders").click()
    expect(desk.get_by_text("Made as drafts:")).to_be_visible()
    made = Document.objects.get(kind=Kind.PURCHASE_ORDER, status="draft")
    assert [line.quantity for line in made.lines.all()] == [1036]
    expect(desk.get_by_label(f"How many {shop.item.sku}")).to_have_count(0)
    desk.get_by_role("button", name="Cancel them").click()
    expect(desk.get_by_label(f"How many {shop.item.sku}")).to_be_visible()
    made.refresh_from_db()
    assert made.status == "cancelled"
    desk.get_by_role("button", name="LOOSE").click()
    sheet = desk.locator("#sheet")
    expect(sheet.get_by_label("Order at or below")).to_have_value("5")
    sheet.get_by_label("Up to").fill("2")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.get_by_text("The maximum lies below the minimum.").first).to_be_visible()
    sheet.get_by_label("Order at or below").fill("0")
    sheet.get_by_label("Up to").fill("0")
    sheet.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("button", name="LOOSE")).to_have_count(0)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    desk: Any, live_server: Any, member: Membership
) -> None:
    shop = desk_of(member)
    desk.goto(f"{live_server.url}/reorder/")
    look(desk, "reorder-empty")
    short(shop)
    desk.goto(f"{live_server.url}/reorder/")
    look(desk, "reorder")


def test_of_very_many_lines_the_first_are_shown_and_the_report_has_them_all(
    client: Client, member: Membership
) -> None:
    short(desk_of(member))
    page = client.get("/reorder/?shown=1").content.decode()
    assert "The first 1 lines are shown." in page
    assert "LOOSE" not in page
    assert "LOOSE" in client.get("/reports/reorder/").content.decode()
