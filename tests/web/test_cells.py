"""The cell of a line that is wrong is marked and told there; so is a price that is missing."""

from __future__ import annotations

import html
import re
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.catalog.details import Details, Unit
from tradepost.catalog.models import ItemType
from tradepost.catalog.services import save_item
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

TENT = {"sku": "TNT-4", "description": "Tent", "quantity": "2"}
CELLS = (
    "item",
    "sku",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "tax_rate",
    "drop_ship",
)


@pytest.fixture
def shop(member: Membership) -> Desk:
    shop = desk_of(member)
    save_item(shop.actor, {}, item_id=shop.item.pk, details=Details(units=[Unit("carton", D(12))]))
    return shop


def form(shop: Desk, *lines: dict[str, str], **head: object) -> dict[str, Any]:
    named = [{"item": str(shop.item.pk) if line.get("sku") == "TNT-4" else "", **line} for line in lines]
    cells = {f"line-{name}": [line.get(name, "") for line in named] for name in CELLS}
    return {"customer_id": shop.customer.pk, **cells, **head}


def marked(page: str) -> list[tuple[str, str]]:
    """What is marked as wrong, and the sentence that it names."""
    found = re.findall(r'aria-invalid="true" aria-describedby="(line-\d+-\w+)"\s+name="line-(\w+)"', page)
    said = dict(re.findall(r'<p class="line-error" id="([^"]+)">([^<]*)</p>', page))
    assert len(said) == len(found)
    return [(name, html.unescape(said[key])) for key, name in found]


@pytest.mark.req("B21")
@pytest.mark.parametrize(
    ("line", "cell", "sentence"),
    [
        ({"sku": "NO-SUCH"}, "sku", "No item has the SKU or barcode “NO-SUCH”."),
        ({"quantity": "2", "discount_percent": "5"}, "", ""),  # a line without words is none
        (TENT | {"description": "x" * 501}, "description", "Ensure this value has at most 500 characters"),
        (TENT | {"quantity": "many"}, "quantity", "The quantity “many” is not a number."),
        (TENT | {"quantity": "1.00001"}, "quantity", "no more than 4 decimal places"),
        (TENT | {"unit": "crate"}, "unit", "Line 2: TNT-4 has no unit “crate”."),
        (TENT | {"unit_price": "dear"}, "unit_price", "The price “dear” is not a number."),
        (TENT | {"unit_price": "1.00001"}, "unit_price", "no more than 4 decimal places"),
        (TENT | {"discount_percent": "half"}, "discount_percent", "The discount “half” is not a number."),
        (TENT | {"discount_percent": "101"}, "discount_percent", "A discount is between 0 and 100 percent."),
        (TENT | {"tax_rate": "high"}, "tax_rate", "The tax rate “high” is not a number."),
        (TENT | {"tax_rate": "7.77777"}, "tax_rate", "no more than 4 decimal places"),
    ],
)
def test_the_cell_that_is_wrong_is_marked_and_told_there(
    client: Client, shop: Desk, line: dict[str, str], cell: str, sentence: str
) -> None:
    answer = client.post("/orders/new/", form(shop, TENT, line))
    assert answer.status_code == (422 if cell else 302)
    found = marked(answer.content.decode())
    assert [name for name, _said in found] == ([cell] if cell else [])
    assert all(sentence in said for _name, said in found)


def test_all_cells_that_are_wrong_are_marked(client: Client, shop: Desk) -> None:
    wrong = TENT | {"quantity": "many", "unit_price": "dear"}
    typed = client.post("/orders/new/", form(shop, wrong, TENT | {"tax_rate": "high"}))
    assert [name for name, _said in marked(typed.content.decode())] == ["quantity", "unit_price", "tax_rate"]
    wrong = TENT | {"quantity": "1.00001", "tax_rate": "7.77777"}
    refused = client.post("/orders/new/", form(shop, wrong))
    assert [name for name, _said in marked(refused.content.decode())] == ["quantity", "tax_rate"]


def test_what_only_saving_finds_out_is_told_at_its_cell(client: Client, shop: Desk) -> None:
    off = save_item(
        shop.actor, {"sku": "OFF", "name": "Off", "type": ItemType.DISCOUNT, "discount_percent": D(5)}
    )
    alone = client.post("/orders/new/", form(shop, {"sku": "OFF", "item": str(off.pk)}))
    assert marked(alone.content.decode()) == [("sku", "Line 1: a discount needs a line above it.")]
    foreign = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer.pk, "currency": "JPY"}, [])
    yen = client.post(f"/orders/{foreign.pk}/edit/", form(shop, TENT, version=foreign.version))
    [(cell, said)] = marked(yen.content.decode())
    assert (cell, "has no price in JPY" in said) == ("unit_price", True)


@pytest.mark.req("B21")
def test_a_price_that_is_missing_is_told_and_blocks_nothing(client: Client, shop: Desk) -> None:
    asked = form(shop, TENT, vendor_id=shop.vendor.pk)
    del asked["customer_id"]
    assert client.post("/documents/totals/purchase_order/", asked).json()["notes"] == ["No price"]
    assert client.post("/purchase-orders/new/", asked).status_code == 302
    made = Document.objects.latest("pk")
    address = f"/purchase-orders/{made.pk}/"
    assert "No price" in client.get(address).content.decode()
    assert "No price" in client.get(f"{address}edit/").content.decode()
    priced = [LineDraft(shop.item.pk, unit_price=D(90))]
    save_document(shop.actor, Kind.PURCHASE_ORDER, {}, priced, document_id=made.pk)
    assert "No price" not in client.get(address).content.decode()
    move(shop.actor, made.pk, "send")
    told = client.post("/documents/totals/purchase_order/", asked).json()
    assert (told["notes"], told["prices"][0]["price"]) == ([made.number], "90")


@pytest.mark.browser
@pytest.mark.req("B21")
def test_a_cell_that_is_wrong_says_so_to_who_reads_and_who_hears(desk: Any, member: Membership) -> None:
    shop = desk_of(member)
    desk.open(f"{shop.order_url}edit/")
    grid = desk.locator("line-grid")
    grid.get_by_label("Quantity").first.fill("many")
    grid.get_by_label("Discount in percent").first.fill("half")
    desk.get_by_role("button", name="Save").click()
    box = grid.get_by_label("Quantity").first
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description("The quantity “many” is not a number.")
    expect(grid.get_by_label("Discount in percent").first).to_have_accessible_description(
        "The discount “half” is not a number."
    )
    expect(grid.get_by_label("Description").first).not_to_have_attribute("aria-invalid", "true")
    expect(grid.get_by_text("The quantity “many” is not a number.")).to_be_visible()
    width = grid.get_by_label("Quantity").first.bounding_box()["width"]
    assert width < 140, "A sentence widens no column."
    look(desk, "cells")
    grid.get_by_label("Discount in percent").first.fill("10")
    desk.get_by_role("button", name="Save").click()
    expect(grid.get_by_label("Discount in percent").first).not_to_have_attribute("aria-invalid", "true")
    look(desk, "cell")
