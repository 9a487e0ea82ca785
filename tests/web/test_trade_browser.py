"""The pages of the trade in Chromium."""

from __future__ import annotations

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of, mail, mailbox
from tradepost.accounts.models import Membership

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def clean(page: Any, name: str = "") -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert not found, (name, [(v["id"], [(n["target"], n["html"][:200]) for n in v["nodes"]]) for v in found])
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], (name, wide)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, shop: Desk, width: int, theme: str) -> None:
    mailbox(shop.actor)
    mail(shop, files=[("ship-to.pdf", b"%PDF-1.4", "application/pdf")], quoted="> Shall we split the order?")
    desk.set_viewport_size({"width": width, "height": 900})
    desk.emulate_media(color_scheme=theme)
    order, customer = shop.order_url, f"/customers/{shop.customer.pk}/"
    for name, url in {
        "home": "/",
        "items": "/items/",
        "item": f"/items/{shop.item.pk}/",
        "orders": "/orders/",
        "nothing": "/quotes/?q=zzz",
        "order": order,
        "history": f"{order}?tab=history",
        "open": f"{order}?tab=open",
        "edit": f"{order}edit/",
        "customers": "/customers/",
        "customer": customer,
        "customer-orders": f"{customer}?tab=orders",
        "customer-edit": f"{customer}edit/",
        "contact": f"/contacts/{shop.contact.pk}/",
    }.items():
        desk.open(url)
        clean(desk, f"{name}-{width}-{theme}")
    desk.open(f"{order}?tab=history")
    desk.get_by_role("button", name="Send Email").click()
    expect(desk.locator(".editor-body")).to_be_visible()
    clean(desk, f"compose-{width}-{theme}")
    desk.open(f"{order}?tab=open")
    desk.get_by_role("button", name="Add Event").click()
    expect(desk.locator("#sheet").get_by_label("Starts")).to_be_visible()
    clean(desk, f"event-{width}-{theme}")
