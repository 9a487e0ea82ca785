"""An order of thirty lines by keys alone, in Chromium: typed, pasted and scanned, while the server's answers come late."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of, work_as
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.catalog.details import Code, Details
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item
from tradepost.people.services import save_customer
from tradepost.sales.models import Document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

TENT, STOVE = "4006381333931", "036000291452"
PASTED = [("STV-1" if n % 3 else "TNT-4", n) for n in range(1, 21)]


@pytest.fixture
def shop(member: Membership) -> Desk:
    """A tent and a stove with barcodes, and two customers whose names begin alike; a clerk of the sales."""
    shop = desk_of(member)
    save_customer(shop.actor, {"name": "Granary Foods"})
    for sku, code in (("TNT-4", TENT), ("STV-1", STOVE)):
        save_item(
            shop.actor, {}, item_id=Item.objects.get(sku=sku).pk, details=Details(barcodes=[Code(code)])
        )
    work_as(shop, Role.SALES)
    return shop


class Late:
    """Answers of an address: each comes when the next is asked for, until all are let go."""

    def __init__(self, page: Any, address: str) -> None:
        self.held: list[Any] = []
        self.most = 1
        page.route(address, self._hold)

    def _hold(self, route: Any) -> None:
        self.held.append(route)
        while len(self.held) > self.most:
            self.held.pop(0).continue_()

    def let_go(self) -> None:
        self.most = 0
        while self.held:
            self.held.pop().continue_()

    def again(self) -> None:
        self.most = 1


def copied(page: Any, rows: list[tuple[str, int]]) -> None:
    """Cells of a spreadsheet are in the clipboard, by Ctrl-C in another tab."""
    sheet = page.context.new_page()
    sheet.set_content("<textarea></textarea>")
    sheet.locator("textarea").fill("\n".join(f"{sku}\t{n}" for sku, n in rows))
    sheet.keyboard.press("Control+a")
    sheet.keyboard.press("Control+c")
    sheet.close()
    page.bring_to_front()


def scan(page: Any, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")


@pytest.mark.req("B21")
def test_thirty_lines_are_typed_pasted_and_scanned_without_a_mouse(desk: Any, shop: Desk) -> None:
    keys, grid, sums = desk.keyboard, desk.locator("line-grid"), desk.locator("#totals")
    skus, counts = grid.get_by_role("combobox", name="Item"), grid.get_by_label("Quantity")
    copied(desk, PASTED)
    desk.open("/")
    keys.press("n")
    keys.press("o")
    expect(desk.locator("#id_customer_id-ts-control")).to_be_focused()
    totals, pasted = Late(desk, "**/documents/totals/**"), Late(desk, "**/lines/pasted/")
    keys.type("granite")  # faster than the list arrives
    keys.press("Enter")
    expect(desk.locator("[name=customer_id]")).to_have_value(str(shop.customer.pk))
    keys.press("Enter")
    expect(skus.first).to_be_focused()

    typed = [("STV-1" if n % 2 else "TNT-4", n) for n in range(1, 6)]
    for sku, n in typed:
        keys.type(sku.lower())
        keys.press("Enter" if n % 2 else "Tab")
        keys.type(str(n))
        keys.press("Enter")
    totals.let_go()
    expect(sums).to_contain_text("$1,672.20")  # 9 × 48 + 10 %, and 6 × 199.50

    totals.again()
    keys.press("Control+v")
    scan(desk, TENT)  # while the rows are still on their way
    scan(desk, STOVE)  # into the quantity, where the caret stands by then
    keys.type("3")
    scan(desk, TENT)
    keys.type("2")
    keys.press("Enter")
    scan(desk, STOVE)
    pasted.let_go()
    expect(skus.nth(24)).to_have_value("TNT-4" if 20 % 3 == 0 else "STV-1")
    expect(counts.nth(28)).to_be_focused()
    totals.let_go()
    expect(sums).to_contain_text("$22,812.00")
    scan(desk, TENT)
    keys.press("Control+Enter")  # before the last item is found
    expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()

    order = Document.objects.get(number="SO-00002")
    scanned = [("TNT-4", 1), ("STV-1", 3), ("TNT-4", 2), ("STV-1", 1), ("TNT-4", 1)]
    wanted = [*typed, *PASTED, *scanned]
    assert [(line.sku, line.quantity) for line in order.lines.order_by("position")] == wanted
    assert len(wanted) == 30 and order.customer_id == shop.customer.pk
    assert order.total == sum(n * (D("199.50") if sku == "TNT-4" else D("52.80")) for sku, n in wanted)


@pytest.mark.req("B21")
@pytest.mark.parametrize("keys", [("Control+Enter",), ("Enter", "Control+Enter", "Control+Enter")])
def test_saving_waits_for_the_customer_who_is_still_looked_up(
    desk: Any, shop: Desk, keys: tuple[str, ...]
) -> None:
    desk.open("/orders/new/")
    expect(desk.locator("#id_customer_id-ts-control")).to_be_focused()
    found = Late(desk, "**/customers/complete/**")
    desk.keyboard.type("granite")
    for key in keys:
        desk.keyboard.press(key)
    found.let_go()
    expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()
    assert Document.objects.filter(kind="order", customer=shop.customer).count() == 2


@pytest.mark.parametrize("width", [1440, 320])
def test_what_is_typed_over_a_choice_stands_in_its_place(desk: Any, member: Membership, width: int) -> None:
    shop = desk_of(member)
    save_customer(shop.actor, {"name": "Granite State Brewing and Outfitters"}, customer_id=shop.customer.pk)
    desk.set_viewport_size({"width": width, "height": 900})
    desk.open(f"/orders/new/?customer={shop.customer.pk}")
    control, field = desk.locator(".ts-control").first, desk.locator("#id_customer_id-ts-control")
    chosen = control.locator(".item")
    field.focus()
    expect(chosen).to_contain_text("C-0001")  # the list is there, with numbers
    height = control.bounding_box()["height"]
    assert height < chosen.bounding_box()["height"] + 20  # no empty line below it
    desk.keyboard.type("gran")
    expect(chosen).to_be_hidden()
    expect(field).to_have_value("gran")
    assert control.bounding_box()["height"] == height
    listed = desk.locator(".ts-dropdown").first
    assert listed.evaluate("list => getComputedStyle(list).backgroundColor") == "rgb(255, 255, 255)"
    desk.keyboard.press("Escape")
    desk.keyboard.press("Tab")
    expect(chosen).to_be_visible()
    expect(desk.locator("#id_customer_id")).to_have_value(str(shop.customer.pk))
