"""A customer who is made from the box of a new order, by keys alone, in Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of, work_as
from tests.web.looks import clean, look
from tests.web.test_order_by_keys import Late
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.people.models import Customer
from tradepost.people.services import save_customer
from tradepost.sales.models import Document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def shop(member: Membership) -> Desk:
    shop = desk_of(member)
    work_as(shop, Role.SALES)
    return shop


def begun(page: Any) -> tuple[Any, Any]:
    """The new order with a reference typed: its box, and the entry that makes a customer."""
    page.open("/orders/new/")
    page.get_by_label("Customer PO").fill("PO-77")
    box = page.locator("#id_customer_id-ts-control")
    box.focus()
    return box, page.locator(".ts-dropdown .create")


@pytest.mark.req("B21")
def test_a_new_customer_is_made_and_chosen_by_keys(desk: Any, shop: Desk) -> None:
    keys, sheet = desk.keyboard, desk.locator("#sheet")
    box, entry = begun(desk)
    keys.type("Granite State Brewing")
    expect(desk.locator(".ts-dropdown .option.active")).to_contain_text("Granite State Brewing")
    expect(entry).to_have_count(0)  # somebody is called so

    keys.press("Control+a")
    keys.type("Birch & Rye")
    expect(entry).to_have_text("New customer “Birch & Rye”…")
    keys.press("Enter")
    expect(sheet.get_by_role("heading", name="New customer")).to_be_visible()
    expect(sheet.get_by_label("Name")).to_have_value("Birch & Rye")
    expect(sheet.get_by_label("E-mail")).to_be_focused()
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    expect(box).to_be_focused()
    expect(box).to_have_value("Birch & Rye")
    expect(desk.locator("[name=customer_id]")).to_have_value("")

    expect(entry).to_be_visible()
    keys.press("Enter")
    expect(sheet.get_by_label("E-mail")).to_be_focused()
    keys.type("hello@birch.example")
    sheet.get_by_label("Terms").focus()
    keys.type("Net 12")
    keys.press("Enter")
    expect(sheet).to_be_hidden()
    expect(desk.locator("#toasts")).to_contain_text("Birch & Rye saved")
    made = Customer.objects.get(name="Birch & Rye")
    expect(desk.locator("[name=customer_id]")).to_have_value(str(made.pk))
    expect(desk.locator(".ts-control .item").first).to_have_text("Birch & Rye · C-0002")
    expect(box).to_be_focused()
    expect(desk.locator(".ts-dropdown").first).to_be_hidden()
    expect(desk.locator("[name=terms]")).to_have_attribute("placeholder", "Net 12")  # as of any who is chosen
    expect(desk.get_by_label("Customer PO")).to_have_value("PO-77")

    keys.press("Enter")
    expect(desk.locator("line-grid").get_by_role("combobox", name="Item").first).to_be_focused()
    keys.type("tnt-4")
    keys.press("Enter")
    keys.press("Control+Enter")
    expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()
    order = Document.objects.get(number="SO-00002")
    assert (order.customer_id, order.po_number, order.terms) == (made.pk, "PO-77", "Net 12")


def test_enter_before_the_list_is_there_begins_one_and_a_choice_stays(desk: Any, shop: Desk) -> None:
    other = save_customer(shop.actor, {"name": "Granary Foods"})
    keys, sheet, chosen = desk.keyboard, desk.locator("#sheet"), desk.locator("[name=customer_id]")
    box, _entry = begun(desk)
    keys.type("granary")
    keys.press("Enter")
    expect(chosen).to_have_value(str(other.pk))
    found = Late(desk, "**/customers/complete/**")
    keys.type("Birch & Rye")
    keys.press("Enter")
    found.let_go()
    expect(sheet.get_by_label("Name")).to_have_value("Birch & Rye")
    keys.press("Escape")
    expect(box).to_have_value("Birch & Rye")
    keys.press("Tab")
    expect(chosen).to_have_value(str(other.pk))
    expect(desk.locator(".ts-control .item").first).to_be_visible()


@pytest.mark.req("X1")
def test_who_is_here_already_is_taken_instead(desk: Any, shop: Desk) -> None:
    save_customer(shop.actor, {"name": "Birch & Rye"})
    keys, sheet, listed = desk.keyboard, desk.locator("#sheet"), desk.locator(".ts-dropdown .option")
    box, entry = begun(desk)
    expect(listed).to_have_count(2)
    keys.type("Granit State Brewing")
    expect(listed).to_have_count(1)
    expect(listed).to_have_class("option active")
    keys.press("ArrowDown")
    expect(entry).to_have_class("create active")
    expect(box).to_have_attribute("aria-activedescendant", "id_customer_id-make")
    clean(desk, "short-list")
    keys.press("Enter")
    take = sheet.get_by_role("button", name="Take Granite State Brewing")
    expect(take).to_be_visible()
    look(desk, "short")
    take.press("Enter")
    expect(sheet).to_be_hidden()
    expect(desk.locator("[name=customer_id]")).to_have_value(str(shop.customer.pk))
    expect(desk.locator("[name=terms]")).to_have_attribute("placeholder", "Net 15")


def test_a_new_item_is_made_from_a_line_by_keys(desk: Any, member: Membership) -> None:
    shop = desk_of(member)
    keys, sheet, entry = desk.keyboard, desk.locator("#sheet"), desk.locator(".suggestions .create")
    desk.open(f"/orders/new/?customer={shop.customer.pk}")
    first = desk.locator("line-grid").get_by_role("combobox", name="Item").first
    first.focus()
    keys.type("tent")
    expect(entry).to_have_text("New item “tent”…")
    keys.press("Control+a")
    keys.type("TNT-4")
    expect(desk.locator(".suggestions li")).to_have_text(["TNT-4 Tent for four"])
    keys.press("Control+a")
    keys.type("Brass lamp")
    expect(entry).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(sheet.get_by_label("Name")).to_have_value("Brass lamp")
    expect(sheet.get_by_label("SKU")).to_be_focused()
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    expect(first).to_be_focused()
    expect(first).to_have_value("Brass lamp")
    desk.wait_for_function("getSelection().toString() === 'Brass lamp'")
    keys.type("LMP-2")
    expect(entry).to_have_text("New item “LMP-2”…")
    keys.press("Enter")
    expect(sheet.get_by_label("Name")).to_be_focused()
    keys.type("Brass lamp")
    sheet.get_by_label("Price").fill("12")
    keys.press("Enter")
    expect(sheet).to_be_hidden()
    expect(desk.get_by_label("Quantity").first).to_be_focused()
    keys.type("3")
    expect(desk.locator("#totals")).to_contain_text("$36.00")
    keys.press("Control+Enter")
    expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()
    [line] = Document.objects.get(number="SO-00002").lines.all()
    assert (line.sku, line.description, line.quantity, line.amount) == ("LMP-2", "Brass lamp", 3, 36)
