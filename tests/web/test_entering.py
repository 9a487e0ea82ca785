"""Groups, matrix items and discounts in the lines of a document: pasted, picked, undone; and the variants of an item."""

from __future__ import annotations

import re
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import at, clean
from tradepost.accounts.models import Membership
from tradepost.catalog.categories import save_category
from tradepost.catalog.details import Code, Component, Details
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.services import make_variants, save_item
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.web.records import address


@pytest.fixture
def shop(member: Membership) -> Desk:
    """With a group of two, a shirt in four variants, and a discount of ten percent."""
    shop = desk_of(member)
    stove = Item.objects.get(sku="STV-1")
    parts = [Component(shop.item.pk, D(1)), Component(stove.pk, D(2))]
    camp = {"sku": "CAMP", "name": "Camp for four", "type": ItemType.GROUP}
    save_item(shop.actor, camp, details=Details(parts=parts))
    shirt = save_item(
        shop.actor, {"sku": "SHIRT", "name": "Shirt", "type": ItemType.MATRIX, "price": D("20")}
    )
    made = make_variants(shop.actor, shirt.pk, {"Size": ["S", "M"], "Colour": ["Red", "Blue"]})
    save_item(shop.actor, {}, item_id=made[-1].pk, details=Details(barcodes=[Code("4006381333931")]))
    ten = {"sku": "TEN", "name": "Ten off", "type": ItemType.DISCOUNT, "discount_percent": D(10)}
    save_item(shop.actor, ten)
    return shop


def test_pasted_rows_stand_for_what_their_items_do(client: Client, shop: Desk) -> None:
    text = "CAMP\t2\nshirt\t1\n4006381333931\t3\nTEN\nCAMP\t1\t9.99"
    rows: list[dict[str, Any]] = client.post("/lines/pasted/", {"text": text}).json()["lines"]
    assert [(row["sku"], row["quantity"], row.get("discount_percent")) for row in rows] == [
        ("TNT-4", "2", ""),
        ("STV-1", "4", ""),
        ("shirt", "1", None),
        ("SHIRT-M-BLUE", "3", ""),
        ("TEN", "", "10"),
        ("CAMP", "1", None),
    ]
    assert "Choose one of: SHIRT-M-BLUE" in rows[2]["error"]
    assert "Leave the price empty" in rows[5]["error"]


def test_a_group_or_matrix_item_says_what_it_stands_for(client: Client, shop: Desk) -> None:
    shirt, camp = Item.objects.get(sku="SHIRT"), Item.objects.get(sku="CAMP")
    found = client.get(f"/items/{shirt.pk}/entry/").json()
    assert dict(found["axes"]) == {"Size": ["M", "S"], "Colour": ["Blue", "Red"]}
    assert [one["sku"] for one in found["variants"]] == [
        "SHIRT-M-BLUE",
        "SHIRT-M-RED",
        "SHIRT-S-BLUE",
        "SHIRT-S-RED",
    ]
    lines = client.get(f"/items/{camp.pk}/entry/?quantity=3").json()["lines"]
    assert [(one["sku"], one["quantity"], one["tax_rate"]) for one in lines] == [
        ("TNT-4", "3", ""),
        ("STV-1", "6", "10"),
    ]
    assert client.get(f"/items/{shop.item.pk}/entry/").status_code == 404


def test_a_group_that_was_posted_as_a_line_is_saved_as_its_lines(client: Client, shop: Desk) -> None:
    camp = Item.objects.get(sku="CAMP")
    form = {
        "customer_id": shop.customer.pk, "line-item": [camp.pk], "line-sku": ["CAMP"], "line-description": [""],
        "line-quantity": ["2"], "line-unit_price": [""], "line-discount_percent": [""], "line-tax_rate": [""],
    }  # fmt: skip
    assert client.post("/documents/totals/order/", form).json()["totals"][-1][1] == "$610.20"
    assert client.post("/orders/new/", form).status_code == 302
    lines = Document.objects.latest("pk").lines.all()
    assert [(line.sku, line.quantity) for line in lines] == [("TNT-4", 2), ("STV-1", 4)]


def test_variants_are_made_from_options_in_one_step(client: Client, shop: Desk) -> None:
    shirt = Item.objects.get(sku="SHIRT")
    url = f"/items/{shirt.pk}/variants/"
    assert "SHIRT-S-RED" in client.get(url).content.decode()
    more = {"option": ["Size", "Colour", ""], "values": ["S, M, L", "Red, Blue", ""]}
    assert client.post(url, more).status_code == 302
    assert shirt.variants.count() == 6
    assert client.post(url, more).status_code == 302
    assert shirt.variants.count() == 6, "What is there stays and is not made again."
    twice = client.post(url, {"option": ["Size", "Size"], "values": ["S", "M"]})
    assert (twice.status_code, "stands there twice" in twice.content.decode()) == (422, True)
    assert client.get(f"/items/{shop.item.pk}/variants/").status_code == 404


def test_the_form_and_the_filter_of_items_know_categories_and_discounts(client: Client, shop: Desk) -> None:
    camping = save_category(shop.actor, {"name": "Camping"})
    tents = save_category(shop.actor, {"name": "Tents", "parent_id": camping.pk})
    values = {
        "sku": "HALF", "name": "Half", "type": "discount", "unit": "each", "price": "0", "tax_rate": "0",
        "discount_percent": "50", "discount_reach": "line", "category_id": tents.pk,
    }  # fmt: skip
    assert client.post("/items/new/", values).status_code == 302
    half = Item.objects.get(sku="HALF")
    assert (half.discount_percent, half.discount_reach, half.category) == (50, "line", tents)
    assert "Camping › Tents" in client.get("/items/").content.decode()
    found = client.get(f"/items/?category={camping.pk}").content.decode()
    assert ("HALF" in found, "STV-1" in found) == (True, False)


def test_a_new_item_opens_as_it_is_saved_and_a_changed_one_leads_to_the_list(
    client: Client, shop: Desk
) -> None:
    values = {"sku": "NEW-1", "name": "New", "type": "stock", "unit": "each", "price": "5", "tax_rate": "0"}
    made = client.post("/items/new/", values)
    row = Item.objects.get(sku="NEW-1")
    assert (made.status_code, made["Location"]) == (302, f"/items/{row.pk}/")
    assert "NEW-1 saved" in client.get(f"/items/{row.pk}/").content.decode()
    changed = client.post(f"/items/{row.pk}/", {**values, "name": "Newer", "version": row.version})
    assert (changed.status_code, changed["Location"]) == (302, "/items/")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark"), (320, "light")])
def test_a_group_a_variant_and_a_discount_by_keys_alone(
    desk: Any, shop: Desk, width: int, theme: str
) -> None:
    at(desk, width, theme)
    desk.open(f"/orders/new/?customer={shop.customer.pk}")
    grid = desk.locator("line-grid")
    codes, sums = grid.get_by_role("combobox", name="Item"), desk.locator("#totals")
    codes.first.focus()
    desk.keyboard.type("CAMP")
    desk.keyboard.press("Enter")
    expect(codes.nth(1)).to_have_value("STV-1")
    expect(sums).to_contain_text("$305.10")
    desk.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(codes.first).to_have_value("CAMP")
    expect(codes.nth(1)).to_have_value("")
    codes.first.fill("")
    desk.keyboard.type("SHIRT")
    expect(grid.locator(".suggestions li").first).to_contain_text("SHIRT")
    desk.keyboard.press("Enter")
    picker = grid.get_by_role("group", name="SHIRT")
    picker.get_by_label("Size").select_option("S")
    picker.get_by_label("Colour").select_option("Red")
    expect(picker).to_contain_text("SHIRT-S-RED")
    clean(desk, f"picker-{width}-{theme}")
    desk.keyboard.press("Enter")
    expect(codes.first).to_have_value("SHIRT-S-RED")
    desk.keyboard.type("4")
    codes.nth(1).focus()
    desk.keyboard.type("TEN")
    expect(grid.locator(".suggestions li").first).to_contain_text("TEN")
    desk.keyboard.press("Enter")
    expect(sums).to_contain_text("$72.00")
    clean(desk, f"discount-{width}-{theme}")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator("#tabs")).to_contain_text(re.compile("−?-?\\$8.00"))
    clean(desk, f"discounted-{width}-{theme}")
    desk.open(f"/items/{Item.objects.get(sku='SHIRT').pk}/variants/")
    clean(desk, f"variants-{width}-{theme}")


def test_a_pick_list_shows_what_is_picked_without_prices_and_discounts(client: Client, shop: Desk) -> None:
    ten = Item.objects.get(sku="TEN")
    drafts = [LineDraft(shop.item.pk, quantity=D(2)), LineDraft(ten.pk)]
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer.pk}, drafts)
    pick = convert(shop.actor, order.pk, Kind.PICK)
    for row, shown in ((order, True), (pick, False)):
        page = client.get(address(row)).content.decode()
        assert "Tent for four" in page
        assert ("Ten off" in page, 'class="sums"' in page) == (shown, shown)
