"""Lines in another unit on the desk: chosen by keys, scanned, pasted; shown on the page, in the sheets and on paper."""

from __future__ import annotations

import re
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.sales.pdftext import pages
from tests.web.desk import Desk, desk_of
from tests.web.looks import at, clean
from tradepost.accounts.models import Membership
from tradepost.catalog import stock
from tradepost.catalog.details import Code, Details, Unit, Vendor
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item, save_location
from tradepost.sales import links
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.trashing import trash, untrash
from tradepost.web.pasting import Pasted, unit_column, unit_named

EACH, CARTON = "4006381333931", "14006381333938"
CELLS = ("item", "sku", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate")


@pytest.fixture
def shop(member: Membership) -> Desk:
    """The tent comes in cartons of 12 and pallets of 480, with a barcode each on a piece and on a carton; Cascade sells it to us at
    100, from 24 on at 90."""
    shop = desk_of(member)
    its = Details(
        units=[Unit("carton", D(12)), Unit("pallet", D(480))],
        barcodes=[Code(EACH), Code(CARTON, "carton")],
        vendors=[Vendor(shop.vendor.name, D(100), vendor_id=shop.vendor.pk, breaks=((D(24), D(90)),))],
    )
    save_item(shop.actor, {}, item_id=shop.item.pk, details=its)
    return shop


def form(shop: Desk, **typed: object) -> dict[str, Any]:
    cells = {f"line-{name}": str(typed.get(name, "")) for name in CELLS}
    return {"customer_id": shop.customer.pk, **cells, "line-item": str(shop.item.pk), "line-sku": "TNT-4"}


def test_a_code_names_an_item_and_its_unit(client: Client, shop: Desk) -> None:
    def found(code: str) -> list[tuple[str, str]]:
        return [(one["sku"], one["unit"]) for one in client.get("/items/complete/", {"q": code}).json()]

    assert (found(CARTON), found(EACH)) == ([("TNT-4", "carton")], [("TNT-4", "each")])
    assert found("tnt-4") == [("TNT-4", "each")]
    [tent] = client.get("/items/complete/", {"q": CARTON}).json()
    assert tent["units"] == [["each", "each"], ["carton", "carton (12)"], ["pallet", "pallet (480)"]]
    [stove] = client.get("/items/complete/", {"q": "STV-1"}).json()
    assert (stove["unit"], stove["units"]) == ("each", [["each", "each"]])
    save_item(shop.actor, {"sku": CARTON, "name": "Named like a code"})
    assert found(CARTON) == [(CARTON, "each")], "A SKU goes before a barcode, as in a table that is pasted."


@pytest.mark.parametrize(
    ("heading", "row", "named"),
    [
        ("SKU\tQty\tUnit", "TNT-4\t2\tcrate", "crate"),
        ("SKU\tEinheit\tQty", "TNT-4\tcarton\t2", "carton"),  # a word as any, found for being a unit
        ("SKU\tQty\tUOM", "TNT-4\t2", ""),
        ("Unit\tQty\tName", "carton\t2\tTent", ""),  # the first column names the item
        ("", "TNT-4\t2\tCarton\t9", "Carton"),
        ("", "TNT-4\tA carton of tents\t2", ""),
    ],
)
def test_where_a_row_names_its_unit(heading: str, row: str, named: str) -> None:
    def cells(text: str) -> Pasted:
        return Pasted(cells=tuple(text.split("\t")))

    assert unit_named(cells(row), {"each", "carton"}, unit_column(cells(heading))) == named


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CARTON}\t2\n{EACH}\t3", [("2", "carton", ""), ("3", "each", "")]),
        ("TNT-4\t2\tCARTON\nTNT-4\t1", [("2", "carton", ""), ("1", "each", "")]),
        (f"{CARTON}\t24\teach", [("24", "each", "")]),
        ("SKU\tUnit\tQty\nTNT-4\tcarton\t2", [("2", "carton", "")]),
        ("SKU\tUnit\tQty\nTNT-4\tcrate\t2", [("2", None, "TNT-4 has no unit “crate”.")]),
    ],
)
def test_rows_of_a_spreadsheet_name_units(
    client: Client, shop: Desk, text: str, expected: list[tuple[str, str | None, str]]
) -> None:
    rows = client.post("/lines/pasted/", {"text": text}).json()["lines"]
    assert [(row["quantity"], row.get("unit"), row["error"]) for row in rows] == expected


def test_what_is_shown_while_typing_is_what_is_saved(client: Client, shop: Desk) -> None:
    typed = form(shop, quantity="2", unit="carton")
    told = client.post("/documents/totals/order/", typed).json()
    assert (told["prices"][0]["price"], told["totals"][-1][1]) == ("2394", "$4,788.00")
    assert client.post("/orders/new/", typed).status_code == 302
    order = Document.objects.latest("pk")
    line = order.lines.get()
    assert (line.unit, line.unit_price, order.total) == ("carton", 2394, 4788)
    page = client.get(f"/orders/{order.pk}/edit/").content.decode()
    assert '<option value="carton" selected>carton (12)</option>' in page
    again = form(shop, quantity="2", unit="each", description=line.description)
    client.post(f"/orders/{order.pk}/edit/", {**again, "version": order.version})
    line.refresh_from_db()
    assert (line.unit, line.unit_price) == ("each", D("199.50"))
    bought = {**typed, "vendor_id": shop.vendor.pk}
    told = client.post("/documents/totals/purchase_order/", bought).json()
    assert told["totals"][-1][1] == "$2,160.00"  # 24 pieces at 90


def test_a_unit_that_the_item_has_no_more_stays_until_another_is_chosen(client: Client, shop: Desk) -> None:
    draft = [
        LineDraft(shop.item.pk, quantity=D(2), unit="carton"),
        LineDraft(description="Work", unit="hour"),
    ]
    quote = save_document(shop.actor, Kind.QUOTE, {"customer_id": shop.customer.pk}, draft)
    trash(shop.actor, quote.pk)  # there it keeps no unit
    save_item(shop.actor, {}, item_id=shop.item.pk, details=Details(units=[], barcodes=[Code(EACH)]))
    quote = untrash(shop.actor, quote.pk)
    page = client.get(f"/quotes/{quote.pk}/edit/").content.decode()
    assert '<option value="carton" selected>carton</option>' in page
    assert re.search(r'aria-label="Unit" hidden>\s*<option value="hour" selected>', page)
    typed = form(shop, quantity="3", unit="carton", description="Tent for four")
    refused = client.post(f"/quotes/{quote.pk}/edit/", {**typed, "version": quote.version})
    assert refused.status_code == 422
    assert "TNT-4 has no unit “carton”" in refused.content.decode()


def test_the_unit_stands_on_the_page_in_the_sheet_and_on_paper(client: Client, shop: Desk) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.item.pk, place.pk, D(30))])
    order = save_document(
        shop.actor, Kind.ORDER, {"customer_id": shop.customer.pk},
        [LineDraft(shop.item.pk, quantity=D(3), unit="carton")],
    )  # fmt: skip
    page = " ".join(client.get(f"/orders/{order.pk}/").content.decode().split())
    assert "3 carton" in page
    assert "6 each back-ordered" in page
    sheet = client.get(f"/documents/{order.pk}/make/shipment/").content.decode()
    assert f'name="choice-{order.lines.get().pk}" value="2"' in " ".join(sheet.split())
    for content in (
        client.get(f"/documents/{order.pk}/pdf/").content,
        client.get(f"/d/{links.share(shop.actor, order.pk)}/").content,
    ):
        said = "\n".join(pages(content))
        assert "carton" in said and "2,394.00" in said


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark"), (320, "light")])
def test_a_carton_is_chosen_and_scanned_by_keys_alone(desk: Any, shop: Desk, width: int, theme: str) -> None:
    at(desk, width, theme)
    desk.open(f"/orders/new/?customer={shop.customer.pk}")
    grid, keys = desk.locator("line-grid"), desk.keyboard
    codes = grid.get_by_role("combobox", name="Item")
    units, prices, sums = (
        grid.get_by_label("Unit", exact=True),
        grid.get_by_label("Price"),
        desk.locator("#totals"),
    )
    expect(codes.first).to_be_focused()
    keys.type("STV-1")
    expect(grid.locator(".suggestions li")).to_have_count(1)
    keys.press("Enter")
    expect(units.first).to_be_hidden()  # it has one only
    keys.press("Enter")

    keys.type("TNT-4")
    expect(grid.locator(".suggestions li")).to_have_count(1)
    keys.press("Enter")
    keys.type("2")
    keys.press("Tab")
    expect(units.nth(1)).to_be_focused()
    expect(prices.nth(1)).to_have_attribute("placeholder", "199.5")
    keys.press("c")
    expect(units.nth(1)).to_have_value("carton")
    expect(prices.nth(1)).to_have_attribute("placeholder", "2394")
    expect(sums).to_contain_text("$4,840.80")  # 2 × 12 × 199.50, and the stove with its tax
    expect(units.nth(1)).to_be_focused()
    keys.press("Enter")

    expect(codes.nth(2)).to_be_focused()
    keys.type(CARTON)
    keys.press("Enter")
    keys.type("3")  # before the answer is there
    expect(units.nth(2)).to_have_value("carton")
    keys.press("Enter")
    keys.type(EACH)
    keys.press("Enter")
    expect(units.nth(3)).to_have_value("each")
    expect(sums).to_contain_text("$12,222.30")  # 61 tents and the stove
    clean(desk, f"units-{width}-{theme}")
    keys.press("Control+Enter")
    expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()
    order = Document.objects.get(number="SO-00002")
    lines = [(line.sku, line.quantity, line.unit) for line in order.lines.all()]
    assert lines == [
        ("STV-1", 1, "each"),
        ("TNT-4", 2, "carton"),
        ("TNT-4", 3, "carton"),
        ("TNT-4", 1, "each"),
    ]
    assert order.total == 61 * D("199.50") + D("52.80")
    clean(desk, f"units-saved-{width}-{theme}")


@pytest.mark.browser
def test_a_price_follows_the_unit_unless_it_was_typed_and_undo_brings_units_back(
    desk: Any, shop: Desk
) -> None:
    order = save_document(
        shop.actor, Kind.ORDER, {"customer_id": shop.customer.pk},
        [LineDraft(shop.item.pk, quantity=D(2), unit="carton"), LineDraft(Item.objects.get(sku="STV-1").pk)],
    )  # fmt: skip
    desk.open(f"/orders/{order.pk}/edit/")
    grid, sums = desk.locator("line-grid"), desk.locator("#totals")
    units, prices = grid.get_by_label("Unit", exact=True), grid.get_by_label("Price")
    codes = grid.get_by_role("combobox", name="Item")
    expect(prices.first).to_have_value("2394")
    units.first.select_option("each")
    expect(prices.first).to_have_attribute("placeholder", "199.5")
    expect(sums).to_contain_text("$451.80")
    prices.first.fill("150")
    units.first.select_option("carton")
    expect(prices.first).to_have_value("150")
    expect(sums).to_contain_text("$352.80")
    desk.evaluate("""() => {
        const row = document.querySelector("line-grid tbody tr");
        const paste = new DataTransfer();
        paste.setData("text/plain", "STV-1\\t4\\nTNT-4\\t1\\tpallet");
        row.querySelector(".line-sku").focus();
        row.querySelector(".line-sku").dispatchEvent(new ClipboardEvent("paste", {clipboardData: paste, bubbles: true, cancelable: true}));
    }""")
    expect(codes.first).to_have_value("STV-1")
    expect(units.first).to_be_hidden()
    expect(units.nth(1)).to_have_value("pallet")
    desk.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(codes.first).to_have_value("TNT-4")
    expect(units.first).to_have_value("carton")
    expect(sums).to_contain_text("$352.80")


@pytest.mark.parametrize(("language", "unit"), [("en", "each"), ("de", "Stück")])
def test_a_new_item_is_counted_in_pieces(
    client: Client, member: Membership, language: str, unit: str
) -> None:
    page = client.get("/items/new/", headers={"Accept-Language": language}).content.decode()
    assert re.search(rf'<input[^>]*name="unit"[^>]*value="{unit}"|value="{unit}"[^>]*name="unit"', page)
