"""Custom fields and tags on the desk: defined, used on an order, found in its list; at every width, with axe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.custom.models import CustomField, Tag
from tradepost.custom.services import save_field
from tradepost.people.services import save_customer
from tradepost.sales.models import Document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def test_a_field_is_defined_and_used_on_an_order(desk: Any, shop: Desk) -> None:
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.open("/custom-fields/new/")
    desk.get_by_label("Name").fill("Web order number")
    desk.get_by_label("Sales orders").check()
    desk.get_by_label("Show and filter in lists").check()
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("link", name="Web order number")).to_be_visible()
    assert CustomField.objects.get().key == "web_order_number"

    desk.open(shop.order_url)
    desk.get_by_role("button", name=re.compile("Edit Web order number")).click()
    desk.get_by_role("textbox", name="Web order number").fill("W-77")
    desk.keyboard.press("Enter")
    expect(desk.locator("#field-custom-web_order_number")).to_contain_text("W-77")
    desk.get_by_role("button", name=re.compile("Edit Tags")).click()
    box = desk.get_by_role("combobox", name="Tags")
    box.fill("VIP")
    desk.keyboard.press("Enter")
    desk.locator("#field-tags").get_by_role("button", name="Save").click()
    expect(desk.locator("#field-tags .tag")).to_have_text("VIP")
    order = Document.objects.get(pk=shop.order.pk)
    assert (order.custom, order.tags) == ({"web_order_number": "W-77"}, ["VIP"])
    desk.get_by_role("button", name="Undo").last.click()
    expect(desk.locator("#field-tags .tag")).to_have_count(0)

    desk.open("/orders/?custom.web_order_number=W-77")
    expect(desk.locator("tbody tr")).to_have_count(1)
    expect(desk.locator("tbody tr").first).to_contain_text("W-77")
    desk.open("/orders/?custom.web_order_number=W-78")
    expect(desk.get_by_text("Nothing matches")).to_be_visible()


def test_the_pages_read_at_every_width(desk: Any, shop: Desk) -> None:
    every: dict[str, Any] = {"kinds": ["customer", "order", "item"], "in_list": True}
    save_field(shop.actor, {"name": "Web order number", **every, "help": "As the shop wrote it."})
    save_field(shop.actor, {"name": "Gift", "type": "yes_no", **every})
    save_field(shop.actor, {"name": "Sizes", "type": "several", "choices": ["S", "M"], **every})
    save_field(shop.actor, {"name": "Shop page", "type": "link", "kinds": ["customer"]})
    values = {"web_order_number": "W-77", "gift": True, "sizes": ["S", "M"]}
    marks: dict[str, Any] = {
        "custom": {**values, "shop_page": "https://shop.example/orders/a-rather-long-address/77"},
        "tags": ["VIP", "Trade fair Boston", "Wholesale"],
        "pinned": "Calls before nine only. Never ship on a Friday.",
        "pinned_in_warehouse": True,
    }
    save_customer(shop.actor, marks, customer_id=shop.customer.pk)
    customer = f"/customers/{shop.customer.pk}/"
    pages = (
        *("/custom-fields/", "/custom-fields/new/", "/tags/", f"/tags/{Tag.objects.first().pk}/"),  # type: ignore[union-attr]
        *(customer, f"{customer}edit/", "/customers/?tag=VIP", "/orders/new/", shop.order_url, "/items/"),
    )
    for path in pages:
        desk.open(path)
        expect(desk.locator("main h1")).to_be_visible()
        look(desk, path)
