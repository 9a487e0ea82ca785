"""What every list does in Chromium: the address holds search and sort, a refresh takes nothing from who types, rows are chosen."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.test_lists import shop  # noqa: F401 - a fixture
from tradepost.sales import lists
from tradepost.web.saved_views import LISTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
# One list of each template and filter; `test_lists` asks all of them without a browser.
ONES = (
    "orders",
    "purchase-orders",
    "customers",
    "contacts",
    "opportunities",
    "items",
    "stock",
    "runs",
    "audit",
)


def test_search_and_sort_live_in_the_address_and_typing_is_kept(desk: Any, shop: Any) -> None:  # noqa: F811
    assert set(ONES) <= set(LISTS)
    for name in ONES:
        desk.open(f"/{name}/")
        box = desk.locator("[data-list-search]")
        box.press_sequentially("no such", delay=15)
        expect(desk).to_have_url(re.compile(r"q=no(\+|%20)such"))
        expect(desk.get_by_text("Nothing matches")).to_be_visible()
        expect(box).to_be_focused()
        box.press_sequentially(" record", delay=15)
        expect(box).to_have_value("no such record")
        expect(desk).to_have_url(re.compile(r"q=no(\+|%20)such(\+|%20)record"))
        desk.reload()
        expect(box).to_have_value("no such record")
        expect(desk.get_by_text("Nothing matches")).to_be_visible()
        desk.get_by_role("link", name="Clear filters").click()
        expect(box).to_have_value("")
        desk.locator("th a.sort").first.click()
        expect(desk).to_have_url(re.compile("sort="))
        expect(desk.locator("th[aria-sort]")).to_have_count(1)
        desk.go_back()
        expect(desk).not_to_have_url(re.compile("sort="))


def test_filters_that_find_no_room_stand_behind_a_button(desk: Any, shop: Any) -> None:  # noqa: F811
    lists.save(shop.actor, "statuses-order", {"name": "Waits for the tide"})
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.open("/orders/")
    assert desk.locator(".filters").bounding_box()["height"] < 70  # one line
    desk.open("/orders/?since=2026-01-01")
    more, until = desk.get_by_role("button", name="More filters"), desk.locator("input[name=until]")
    expect(desk.locator("input[name=since]")).to_be_visible()  # what narrows the list is seen
    expect(until).to_be_hidden()
    more.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(until).to_be_visible()


# The selects whose chosen words are wider than the room for them.
CUT = """selects => selects.filter(select => {
    const style = getComputedStyle(select), pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(select.selectedOptions[0].text).width > room + 1;
}).map(select => select.selectedOptions[0].text)"""


def test_filters_are_read_whole_in_german_on_one_line(desk: Any, shop: Any) -> None:  # noqa: F811
    desk.set_extra_http_headers({"Accept-Language": "de"})
    desk.set_viewport_size({"width": 1440, "height": 900})
    for name in ONES:
        desk.open(f"/{name}/")
        assert desk.locator(".filters select:visible").evaluate_all(CUT) == [], name
        assert desk.locator(".filters").bounding_box()["height"] < 70, name
        assert desk.evaluate("document.documentElement.scrollWidth") <= 1440, name


def test_on_a_phone_the_filters_stand_behind_a_button(desk: Any, shop: Any) -> None:  # noqa: F811
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.open("/orders/")
    status, button = desk.locator("select[name=status]"), desk.get_by_role("button", name="Filters")
    expect(status).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    status.select_option("active")
    expect(desk).to_have_url(re.compile("status=active"))
    desk.reload()
    expect(status).to_have_value("active")
    expect(status).to_be_visible()


def test_chosen_items_are_put_away_and_the_view_counts_them(desk: Any, shop: Any) -> None:  # noqa: F811
    desk.open("/items/")
    desk.get_by_label("Select STV-1").check()
    expect(desk.locator(".bulk")).to_contain_text("1 selected")
    desk.get_by_role("button", name="Archive", exact=True).click()
    expect(desk.get_by_text("1 archived")).to_be_visible()
    shelf = desk.get_by_role("link", name="Archived 1")
    shelf.click()
    expect(desk.get_by_role("link", name="STV-1")).to_be_visible()
    expect(desk.get_by_role("link", name="Archived 1")).to_have_attribute("aria-current", "true")
