"""The buyer asks two vendors, orders from the cheaper, pays at a counter and is paid back, in Chromium."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import at, clean, look
from tests.web.test_desk_day_browser import make, press
from tradepost.accounts.models import Membership
from tradepost.catalog.models import StockLevel
from tradepost.catalog.services import save_location
from tradepost.people.services import save_vendor
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def shop(member: Membership) -> Desk:
    shop = desk_of(member)
    save_location(shop.actor, {"name": "Main"})
    save_vendor(shop.actor, {"name": "Birch & Sons"})
    return shop


def enter_price(page: Any, price: str) -> None:
    """The vendor's answer, by the button that leads to the form."""
    page.get_by_role("main").get_by_role("button", name="Enter prices", exact=True).click()
    page.locator("line-grid").get_by_label("Price").first.fill(price)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main .status").first).to_have_text(re.compile("Answered"))


@pytest.mark.req("B21")
def test_two_vendors_are_asked_and_the_cheaper_gets_the_order(desk: Any, shop: Desk) -> None:
    head = {"vendor_id": shop.vendor.pk}
    quote = save_document(
        shop.actor, Kind.PURCHASE_QUOTE, head, [LineDraft(shop.item.pk, quantity=Decimal(6))]
    )
    desk.open(f"/purchase-quotes/{quote.pk}/")
    press(desk, "Send", "Sent")
    desk.get_by_role("button", name="Make", exact=True).click()
    desk.get_by_role("menuitem", name="Purchase quote", exact=True).click()
    sheet = desk.locator("#sheet")
    expect(sheet.get_by_label("Tent for four")).to_have_value("6")
    expect(sheet.get_by_label("Vendor").locator("option", has_text=shop.vendor.name)).to_have_count(0)
    look(desk, "asking-sheet")
    at(desk, 1440, "light")
    sheet.get_by_label("Vendor").select_option(label="Birch & Sons")
    sheet.get_by_role("button", name="Make", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("PQ-00002")
    enter_price(desk, "149.50")
    desk.open(f"/purchase-quotes/{quote.pk}/")
    expect(desk.locator("main")).to_contain_text("Birch & Sons · $897.00")
    enter_price(desk, "151")
    look(desk, "asking-answered")
    at(desk, 1440, "light")
    desk.get_by_role("link", name="PQ-00002").click()
    make(desk, "Purchase order")
    expect(desk.locator("#tabs")).to_contain_text("$897.00")
    desk.get_by_role("link", name="PQ-00002").click()
    expect(desk.locator("main .status").first).to_have_text(re.compile("Accepted"))
    desk.open("/purchase-quotes/")
    look(desk, "asking-list")


@pytest.mark.req("B21")
def test_goods_are_paid_at_the_counter_and_some_of_the_money_comes_back(desk: Any, shop: Desk) -> None:
    desk.open(f"/cash-purchases/new/?vendor={shop.vendor.pk}")
    grid = desk.locator("line-grid")
    grid.get_by_role("combobox", name="Item").first.focus()
    desk.keyboard.type("TNT")
    expect(grid.get_by_role("option", name="TNT-4")).to_be_visible()
    desk.keyboard.press("Enter")
    grid.get_by_label("Quantity").first.fill("3")
    grid.get_by_label("Price").first.fill("100.10")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("CP-00001")
    press(desk, "Complete", "Completed")
    assert StockLevel.objects.get(item=shop.item.pk).on_hand == 3
    look(desk, "counter-bought")
    at(desk, 1440, "light")
    make(desk, "Vendor credit", **{"Tent for four": "1"})
    press(desk, "Approve", "Approved")
    desk.get_by_role("button", name="Make", exact=True).click()
    desk.get_by_role("menuitem", name="Vendor refund", exact=True).click()
    expect(desk.locator("#sheet").get_by_label("VC-00001")).to_have_value("100.10")
    clean(desk, "refund-sheet")
    desk.locator("#sheet").get_by_role("button", name="Make", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("VR-00001")
    press(desk, "Receive", "Received")
    expect(desk.locator("main")).to_contain_text("Pays back")
    look(desk, "refund-received")
    at(desk, 1440, "light")
    desk.get_by_role("link", name="VC-00001").first.click()
    expect(desk.locator("main .status").first).to_have_text(re.compile("Applied"))


def test_the_palette_begins_and_finds_them(desk: Any, shop: Desk) -> None:
    row = save_document(shop.actor, Kind.VENDOR_REFUND, {"vendor_id": shop.vendor.pk, "amount": Decimal(5)})
    move(shop.actor, row.pk, "receive")
    desk.open("/")
    for words, name in (
        ("VR-00001", "VR-00001"),
        ("purchase quote", "Purchase quote"),
        ("cash pur", "Cash purchase"),
    ):
        desk.keyboard.press("Control+k")
        desk.keyboard.type(words)
        expect(desk.locator("#palette-list [role=option]").first).to_contain_text(name)
        desk.keyboard.press("Escape")
    assert Document.objects.get(pk=row.pk).status == "received"
