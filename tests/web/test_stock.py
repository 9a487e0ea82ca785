"""The pages of stock and prices."""

from __future__ import annotations

import re
from decimal import Decimal as D
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.sales.test_converting import together
from tests.web.desk import Desk, colleague, desk_of
from tradepost.accounts.access import Role
from tradepost.accounts.keys import create_api_key
from tradepost.accounts.models import Membership, User
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details, Vendor
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Bin, Item, Location, PriceList, StockLevel
from tradepost.catalog.prices import save_price_level
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.services import save_item, save_location
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


@pytest.fixture
def place(desk: Desk) -> Location:
    """Ten of the item lie here."""
    here = save_location(desk.actor, {"name": "Portland"})
    stock.adjust(desk.actor, [StockLine(desk.item.pk, here.pk, D(10))], reason="opening")
    return here


def on_hand(item: Item, place: Location) -> D:
    return StockLevel.objects.get(item=item, location=place).on_hand


def test_the_list_and_the_page_of_an_item_say_what_is_there(
    client: Client, desk: Desk, place: Location
) -> None:
    listed = client.get("/stock/?state=here").content.decode()
    assert desk.item.sku in listed
    assert "Portland" in listed
    assert desk.item.sku not in client.get("/stock/?state=coming").content.decode()
    page = client.get(f"/items/{desk.item.pk}/stock/").content.decode()
    assert "Adjustment" in page
    assert "opening" in page
    rows = b"".join(client.get("/stock/export/").streaming_content).decode("utf-8-sig").splitlines()
    assert rows[1].startswith(f"{desk.item.sku},")


@pytest.mark.parametrize(
    ("kind", "values", "left"),
    [
        ("adjust", {"quantity": "-3", "reason": "broken"}, "7"),
        ("count", {"quantity": "4"}, "4"),
        ("transfer", {"quantity": "6"}, "4"),
    ],
)
def test_stock_is_moved_by_hand(
    client: Client, desk: Desk, place: Location, kind: str, values: dict[str, str], left: str
) -> None:
    shelf = Bin.objects.create(
        organisation=desk.item.organisation, location=save_location(desk.actor, {"name": "Salem"}), name="A1"
    )
    url = f"/items/{desk.item.pk}/stock/{kind}/"
    answer = client.post(
        url, {"place": f"{place.pk}:", "target": f"{shelf.location_id}:{shelf.pk}", **values}
    )
    assert (answer.status_code, on_hand(desk.item, place)) == (302, D(left))
    page = client.get(f"/items/{desk.item.pk}/stock/").content.decode()
    back = re.findall(r'hx-post="(/stock-moves/\d+/undo/)"', page)[0]
    assert client.post(back).status_code == 302
    assert on_hand(desk.item, place) == 10
    assert client.post(back).status_code == 409


def test_what_is_counted_goes_to_the_order_that_waits(
    client: Client, desk: Desk, place: Location, django_capture_on_commit_callbacks: Any
) -> None:
    head = {"customer_id": desk.customer.pk}
    save_document(desk.actor, Kind.ORDER, head, [LineDraft(desk.item.pk, quantity=D(14))])

    def allocated() -> D:
        return StockLevel.objects.get(item=desk.item, location=place).allocated

    assert allocated() == 10
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/items/{desk.item.pk}/stock/count/", {"place": f"{place.pk}:", "quantity": "13"})
    assert allocated() == 13
    page = client.get(f"/items/{desk.item.pk}/stock/").content.decode()
    assert client.post(re.findall(r'hx-post="(/stock-moves/\d+/undo/)"', page)[0]).status_code == 302
    assert (allocated(), on_hand(desk.item, place)) == (10, 10)


def test_what_makes_no_sense_is_said_and_moves_nothing(client: Client, desk: Desk, place: Location) -> None:
    url = f"/items/{desk.item.pk}/stock"
    for kind, values, sentence in (
        ("adjust", {"quantity": "-3"}, "Say why"),
        ("transfer", {"quantity": "3", "target": f"{place.pk}:"}, "where it lies"),
        ("adjust", {"quantity": "many", "reason": "x"}, "number"),
    ):
        answer = client.post(f"{url}/{kind}/", {"place": f"{place.pk}:", **values})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert client.get(f"{url}/build/").status_code == 404  # it is no assembly
    assert on_hand(desk.item, place) == D(10)


def test_an_assembly_is_built_of_what_is_there(client: Client, desk: Desk, place: Location) -> None:
    parts = Details(parts=[Component(desk.item.pk, D(4))])
    kit = save_item(desk.actor, {"sku": "CAMP", "name": "Camp", "type": "assembly"}, details=parts)
    url = f"/items/{kit.pk}/stock/build/"
    assert "2 could be put together" in client.get(f"/items/{kit.pk}/stock/").content.decode()
    assert client.post(url, {"place": f"{place.pk}:", "quantity": "3"}).status_code == 422
    assert client.post(url, {"place": f"{place.pk}:", "quantity": "2"}).status_code == 302
    assert (on_hand(kit, place), on_hand(desk.item, place)) == (D(2), D(2))


def test_an_assembly_is_taken_apart_and_built_for_the_order_that_lacks_it(
    client: Client, desk: Desk, place: Location
) -> None:
    camp = save_item(
        desk.actor,
        {"sku": "CAMP", "name": "Camp", "type": "assembly"},
        details=Details(parts=[Component(desk.item.pk, D(2))]),
    )
    url = f"/items/{camp.pk}/stock"
    assert client.post(f"{url}/build/", {"place": f"{place.pk}:", "quantity": "2"}).status_code == 302
    assert client.post(f"{url}/unbuild/", {"place": f"{place.pk}:", "quantity": "2"}).status_code == 302
    assert (on_hand(camp, place), on_hand(desk.item, place)) == (D(0), D(10))
    order = save_document(
        desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk}, [LineDraft(camp.pk, quantity=D(3))]
    )
    build = f"/orders/{order.pk}/build/"
    assert build in client.get(f"/orders/{order.pk}/").content.decode()
    assert "CAMP" in client.get(build).content.decode()
    assert client.post(build).status_code == 302
    assert (on_hand(camp, place), on_hand(desk.item, place)) == (D(3), D(4))
    assert build not in client.get(f"/orders/{order.pk}/").content.decode()
    again = client.post(build)
    assert (again.status_code, "can be built" in again.content.decode()) == (422, True)
    wanted = {"assembly": [f"{camp.pk}-{place.pk}"], f"build-{camp.pk}-{place.pk}": "1"}
    assert client.post("/reorder/build/", wanted).status_code == 302
    assert on_hand(camp, place) == D(4)


def test_costs_are_shown_and_set_by_who_may_see_them(client: Client, desk: Desk, place: Location) -> None:
    url, at = f"/items/{desk.item.pk}/stock", {"place": f"{place.pk}:", "reason": "opening"}
    assert client.post(f"{url}/revalue/", {**at, "unit_cost": "4.25"}).status_code == 302
    assert client.post(f"{url}/adjust/", {**at, "quantity": "10", "unit_cost": "6.25"}).status_code == 302
    page = client.get(f"{url}/").content.decode()
    assert ("$105.00" in page, "$5.25" in page) == (True, True)
    packer, lee = Client(), colleague(desk, role=Role.WAREHOUSE)
    packer.force_login(User.objects.get(pk=lee.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    page = packer.get(f"{url}/").content.decode()
    assert ("$105.00" in page, "revalue" in page) == (False, False)
    assert "Cost of one" not in packer.get(f"{url}/adjust/").content.decode()
    assert packer.post(f"{url}/revalue/", {**at, "unit_cost": "4"}).status_code == 403
    assert "Their SKU" not in packer.get(f"/items/{desk.item.pk}/made-of/").content.decode()


def test_drop_ship_lines_are_bought_in_one_click(client: Client, desk: Desk) -> None:
    offer = Vendor(desk.vendor.name, D(90), vendor_id=desk.vendor.pk)
    save_item(desk.actor, {}, item_id=desk.item.pk, details=Details(vendors=[offer]))
    lines = [LineDraft(desk.item.pk, quantity=D(2), drop_ship=True)]
    head = {"customer_id": desk.customer.pk, "shipping": {"street": "4 Mill Road", "city": "Concord"}}
    order = save_document(desk.actor, Kind.ORDER, head, lines)
    buy = f"/orders/{order.pk}/buy/"
    assert buy in client.get(f"/orders/{order.pk}/").content.decode()
    assert client.post(buy).status_code == 302
    made = Document.objects.get(kind=Kind.PURCHASE_ORDER)
    assert (made.vendor, made.total, made.status) == (desk.vendor, 180, "draft")
    page = client.get(f"/orders/{order.pk}/").content.decode()
    assert (f'"{buy}"' in page, made.number in page) == (False, True)
    assert f'"{buy}undo/"' in page
    assert client.post(buy).status_code == 409
    assert client.post(f"{buy}undo/").status_code == 302
    made.refresh_from_db()
    assert made.status == "cancelled"
    assert f'"{buy}"' in client.get(f"/orders/{order.pk}/").content.decode()
    assert client.post(f"{buy}undo/").status_code == 409


def test_who_may_not_move_stock_sees_it_only(desk: Desk, place: Location) -> None:
    reader = Client()
    lee = colleague(desk, role=Role.READ_ONLY)
    reader.force_login(User.objects.get(pk=lee.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    assert (
        f"/items/{desk.item.pk}/stock/adjust/"
        not in reader.get(f"/items/{desk.item.pk}/stock/").content.decode()
    )
    assert reader.post(f"/items/{desk.item.pk}/stock/count/", {"quantity": "0"}).status_code == 403
    assert reader.post(f"/items/{desk.item.pk}/made-of/", {}).status_code == 403
    assert on_hand(desk.item, place) == D(10)


@pytest.mark.req("B21")
def test_two_clerks_and_the_last_piece_by_page_and_by_api(
    client: Client, desk: Desk, place: Location
) -> None:
    """Each on a connection of their own, several times over: one ships, the other is told that it is gone."""
    _row, key = create_api_key(desk.actor, name="Clerk")
    head = {"customer_id": desk.customer.pk, "location_id": place.pk}
    for _round in range(3):
        stock.count(desk.actor, [StockLine(desk.item.pk, place.pk, D(1))])
        rows = [save_document(desk.actor, Kind.SHIPMENT, head, [LineDraft(desk.item.pk)]) for _ in range(2)]

        def act(n: int, rows: list[Document] = rows) -> int:
            if n == 0:
                return client.post(f"/documents/{rows[0].pk}/move/ship/").status_code
            url, body = f"/api/v1/documents/{rows[1].pk}/moves", {"verb": "ship"}
            asked = {"Authorization": f"Bearer {key}"}
            return Client().post(url, body, content_type="application/json", headers=asked).status_code

        page, api = together(2, act)
        for row in rows:
            row.refresh_from_db()
        assert (page in (200, 302), api == 200) in ((True, False), (False, True)), (page, api)
        assert sorted(row.status for row in rows) == ["draft", "shipped"]
        assert on_hand(desk.item, place) == 0
    assert discrepancies(desk.actor) == []


def makeup(**more: list[str]) -> dict[str, list[str]]:
    return {
        "units-name": ["carton"], "units-factor": ["12"],
        "barcodes-code": ["4006381333931"], "barcodes-unit": ["carton"],
        "vendors-vendor": ["Northwind"], "vendors-vendor_sku": ["N-1"], "vendors-price": ["9.50"],
        "vendors-breaks": ["100: 9; 500: 8.25"], "vendors-currency": ["eur"], "vendors-lead_days": ["14"], "vendors-quantity": [""],
        **more,
    }  # fmt: skip


def test_units_barcodes_and_vendors_are_kept_and_nothing_half(client: Client, desk: Desk) -> None:
    url = f"/items/{desk.item.pk}/made-of/"
    assert client.post(url, makeup()).status_code == 302
    vendor = desk.item.vendors.get()
    assert (vendor.price, vendor.currency, vendor.lead_days) == (D("9.5"), "EUR", 14)
    assert desk.item.barcodes.get().unit == "carton"
    answer = client.post(url, makeup(**{"units-factor": ["a dozen"], "units-name": ["box"]}))
    assert answer.status_code == 422
    assert "Further units, line 1: “a dozen” is not a number" in answer.content.decode()
    assert desk.item.units.get().name == "carton"


def test_parts_are_named_by_sku(client: Client, desk: Desk) -> None:
    kit = save_item(desk.actor, {"sku": "CAMP", "name": "Camp", "type": "kit"})
    url = f"/items/{kit.pk}/made-of/"
    answer = client.post(url, {"parts-sku": ["NO-SUCH"], "parts-quantity": ["1"]})
    assert "No item has the SKU “NO-SUCH”." in answer.content.decode()
    assert client.post(url, {"parts-sku": [desk.item.sku], "parts-quantity": ["2.5"]}).status_code == 302
    assert kit.parts.get().quantity == D("2.5")


def test_a_price_list_is_written_by_sku(client: Client, desk: Desk) -> None:
    level = save_price_level(desk.actor, {"name": "Dealer", "percent": D(10)})
    head = {"name": "Trade", "level_id": level.pk, "currency": "usd", "starts": "2026-01-01"}
    rows = {"break-sku": [desk.item.sku] * 2, "break-quantity": ["", "50"], "break-price": ["18", "1,500.25"]}
    assert client.post("/price-lists/new/", {**head, **rows}).status_code == 302
    row = PriceList.objects.get()
    assert [(b.quantity, b.price) for b in row.breaks.order_by("quantity")] == [
        (D(1), D(18)),
        (D(50), D("1500.25")),
    ]
    wrong = {**rows, "break-sku": [desk.item.sku, "NO-SUCH"], "version": row.version}
    answer = client.post(f"/price-lists/{row.pk}/", {**head, **wrong})
    assert "Line 2: no item has the SKU “NO-SUCH”." in answer.content.decode()
    assert row.breaks.count() == 2
    assert "Dealer" in client.get("/price-lists/").content.decode()
    assert (
        client.post(
            f"/price-levels/{level.pk}/", {"name": "Dealer", "percent": "12.5", "version": level.version}
        ).status_code
        == 302
    )
    assert "12.5 %" in client.get("/price-levels/").content.decode()


@pytest.mark.req("C7")
def test_what_there_is_is_shown_for_a_day_and_the_locations_that_are_chosen(
    client: Client, desk: Desk, place: Location
) -> None:
    tent = Details(parts=[Component(desk.item.pk, D(3))])
    save_item(desk.actor, {"sku": "SET", "name": "Set", "type": "assembly"}, details=tent)
    salem = save_location(desk.actor, {"name": "Salem"})
    stock.adjust(desk.actor, [StockLine(desk.item.pk, salem.pk, D(5))], reason="opening")

    def rows(query: str) -> dict[str, list[float | None]]:
        file = client.get(f"/stock/availability/export/?{query}").streaming_content  # type: ignore[attr-defined]
        lines = b"".join(file).decode("utf-8-sig").splitlines()
        page = client.get(f"/stock/availability/?{query}").content.decode()
        cells = [line.split(",") for line in lines[1:]]
        found = {sku: [float(n) if n else None for n in figures] for sku, _name, _unit, *figures in cells}
        shown = re.findall(r'<td[^>]*data-label="(?:On hand|Can be built)"[^>]*>\s*([^<]*?)\s*<', page)
        assert len(shown) == 2 * len(found)
        return found

    assert (rows("")[desk.item.sku], rows("")["SET"]) == ([15, 0, 15, 0, None], [0, 0, 0, 0, 5])
    assert rows(f"location={salem.pk}&q=SET") == {"SET": [0, 0, 0, 0, 1]}
    assert rows(f"location={salem.pk}&location={place.pk}")["SET"][-1] == 5
    assert rows("on=2020-01-01")[desk.item.sku][0] == 0
    assert client.get("/stock/availability/?on=2199-01-01").status_code == 422
    assert client.get(f"/stock/availability/?location={10**6}").status_code == 404
    build = f"/items/{Item.objects.get(sku='SET').pk}/stock/build/"
    client.post(build, {"place": f"{place.pk}:", "quantity": "1"})
    assert re.search(r'data-label="Can be built"[^>]*>\s*2\s*<', client.get("/stock/").content.decode())
