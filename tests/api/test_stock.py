"""Stock and prices by API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.api.conftest import Program, company, join, program_of
from tradepost.accounts.access import Role
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details, Vendor
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.services import save_item, save_location
from tradepost.kit import clock
from tradepost.people.services import save_customer
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine() -> Program:
    return program_of(company())


def test_stock_is_moved_and_its_ledger_read(mine: Program) -> None:
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    here, there = (save_location(mine.actor, {"name": name}).pk for name in ("Portland", "Salem"))
    line = {"item_id": tent, "location_id": here}
    made = mine.post("stock/adjust", {"lines": [{**line, "quantity": "10"}], "reason": "opening"})
    assert [move["on_hand"] for move in made["moves"]] == ["10.0000"]
    moved = mine.post("stock/transfer", {"lines": [{**line, "quantity": "4"}], "to": {"location_id": there}})
    assert {(m["location_id"], m["on_hand"]) for m in moved["moves"]} == {
        (here, "-4.0000"),
        (there, "4.0000"),
    }
    counted = mine.post("stock/count", {"lines": [{**line, "quantity": "5"}], "reason": "shelf"})
    levels = mine.get(f"stock?item_id={tent}")["items"]
    assert {(level["location_id"], level["on_hand"]) for level in levels} == {
        (here, "5.0000"),
        (there, "4.0000"),
    }
    assert [move["kind"] for move in mine.get(f"items/{tent}/moves")["items"]] == [
        "count",
        "transfer",
        "transfer",
        "adjustment",
    ]
    undo = f"stock-moves/{moved['moves'][1]['id']}/undo"
    assert mine.call("post", undo).status_code == 409  # counted since
    mine.post(f"stock-moves/{counted['moves'][0]['id']}/undo")
    assert [(move["location_id"], move["on_hand"]) for move in mine.post(undo)["moves"]] == [
        (there, "-4.0000"),
        (here, "4.0000"),
    ]
    refused = mine.call("post", "stock/adjust", {"lines": [{**line, "quantity": "-1"}], "reason": " "})
    assert (refused.status_code, "reason" in refused.json()["errors"]) == (422, True)


@pytest.mark.parametrize("verb", ["adjust", "count"])
def test_what_is_found_is_handed_to_the_order_that_waits(
    mine: Program, verb: str, django_capture_on_commit_callbacks: Any
) -> None:
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    here = save_location(mine.actor, {"name": "Portland"}).pk
    head = {"customer_id": save_customer(mine.actor, {"name": "Granite State Brewing"}).pk}
    save_document(mine.actor, Kind.ORDER, head, [LineDraft(tent, quantity=D(4))])
    line = {"item_id": tent, "location_id": here, "quantity": "3"}
    with django_capture_on_commit_callbacks(execute=True):
        found = mine.post(f"stock/{verb}", {"lines": [line], "reason": "found"})
    assert mine.get(f"stock?item_id={tent}")["items"][0]["allocated"] == "3.0000"
    mine.post(f"stock-moves/{found['moves'][0]['id']}/undo")
    assert mine.get(f"stock?item_id={tent}")["items"][0]["allocated"] == "0.0000"


def test_an_assembly_is_described_and_built(mine: Program) -> None:
    pole, tent = (
        save_item(mine.actor, {"sku": sku, "name": sku, "type": kind}).pk
        for sku, kind in (("POLE", "stock"), ("TENT", "assembly"))
    )
    here = save_location(mine.actor, {"name": "Portland"}).pk
    made_of = {
        "parts": [{"part_id": pole, "quantity": "2"}],
        "vendors": [{"vendor": "Northwind", "price": "9.5", "lead_days": 14}],
    }
    assert mine.call("put", f"items/{tent}/made-of", made_of).json()["vendors"][0]["vendor"] == "Northwind"
    assert mine.get(f"items/{tent}/made-of")["parts"] == [{"part_id": pole, "quantity": "2.0000"}]
    mine.post(
        "stock/adjust",
        {"lines": [{"item_id": pole, "location_id": here, "quantity": "5"}], "reason": "opening"},
    )
    assert (
        mine.call("post", "stock/build", {"item_id": tent, "location_id": here, "quantity": "3"}).status_code
        == 409
    )
    built = mine.post("stock/build", {"item_id": tent, "location_id": here, "quantity": "2"})
    assert {(m["item_id"], m["on_hand"]) for m in built["moves"]} == {(pole, "-4.0000"), (tent, "2.0000")}


def test_price_levels_and_lists(mine: Program) -> None:
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    level = mine.post("price-levels", {"name": "Dealer", "percent": "10"})
    breaks = [{"item_id": tent, "price": "18"}, {"item_id": tent, "price": "15", "quantity": "50"}]
    made = mine.post("price-lists", {"name": "Trade", "level_id": level["id"], "breaks": breaks})
    assert [(b["quantity"], b["price"]) for b in made["breaks"]] == [
        ("1.0000", "18.0000"),
        ("50.0000", "15.0000"),
    ]
    renamed = mine.call("patch", f"price-lists/{made['id']}", {"name": "Trade 2027"}).json()
    assert (renamed["name"], len(renamed["breaks"])) == ("Trade 2027", 2)
    assert [row["name"] for row in mine.get("price-lists")["items"]] == ["Trade 2027"]
    twice = mine.call("post", "price-lists", {"name": "Other", "breaks": [breaks[0], breaks[0]]})
    assert (twice.status_code, list(twice.json()["errors"])) == (422, ["breaks.2"])


def test_variants_are_made_and_a_line_names_one_of_them(mine: Program) -> None:
    shirt = mine.post("items", {"sku": "SHIRT", "name": "Shirt", "type": "matrix", "price": "20"})["id"]
    made = mine.post(f"items/{shirt}/variants", {"options": {"Size": ["S", "M"], "Colour": ["Red"]}})
    assert [(one["sku"], one["options"]) for one in made] == [
        ("SHIRT-S-RED", {"Size": "S", "Colour": "Red"}),
        ("SHIRT-M-RED", {"Size": "M", "Colour": "Red"}),
    ]
    assert [one["parent_id"] for one in mine.get(f"items/{shirt}/variants")["items"]] == [shirt, shirt]
    ten = {
        "sku": "TEN",
        "name": "Ten off",
        "type": "discount",
        "discount_percent": "10",
        "discount_reach": "line",
    }
    off, customer = mine.post("items", ten)["id"], mine.post("customers", {"name": "Granite"})["id"]

    def order(item: int) -> dict[str, object]:
        return {"customer_id": customer, "lines": [{"item_id": item, "quantity": "3"}, {"item_id": off}]}

    refused = mine.call("post", "documents", order(shirt))
    assert refused.json()["errors"]["lines.1"].endswith("Choose one of: SHIRT-M-RED, SHIRT-S-RED.")
    assert mine.post("documents", order(made[0]["id"]))["total"] == "54.00"


def test_what_an_order_lacks_is_built_and_taken_apart(mine: Program) -> None:
    pole, tent = (
        save_item(mine.actor, {"sku": sku, "name": sku, "type": kind}).pk
        for sku, kind in (("POLE", "stock"), ("TENT", "assembly"))
    )
    here = save_location(mine.actor, {"name": "Portland"}).pk
    mine.call("put", f"items/{tent}/made-of", {"parts": [{"part_id": pole, "quantity": "2"}]})
    at = {"location_id": here}
    mine.post("stock/adjust", {"lines": [{**at, "item_id": pole, "quantity": "6"}], "reason": "opening"})
    customer = mine.post("customers", {"name": "Granite"})["id"]
    lines = [{"item_id": tent, "quantity": "2"}]
    order = mine.post("documents", {"customer_id": customer, "lines": lines})["id"]
    [lacking] = mine.get(f"documents/{order}/builds")
    assert (lacking["sku"], lacking["quantity"], lacking["buildable"]) == ("TENT", "2", "3")
    mine.post(f"documents/{order}/builds", {})
    assert mine.get(f"documents/{order}/builds") == []
    answer = mine.call("post", "reorder/builds", {"lines": [{**at, "item_id": tent, "quantity": "1"}]})
    assert answer.status_code == 204
    moves = mine.post("stock/unbuild", {**at, "item_id": tent, "quantity": "1"})["moves"]
    assert [(move["item_id"], move["on_hand"]) for move in moves] == [(tent, "-1.0000"), (pole, "2.0000")]


def test_what_vendors_ask_is_proposed_to_who_may_see_costs_alone(mine: Program) -> None:
    place = mine.post("locations", {"name": "Main"})["id"]
    offer = Details(vendors=[Vendor("Alder Mills", D("4.5"))])
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}, details=offer).pk
    level = {"item_id": tent, "location_id": place, "minimum": "5", "maximum": "9"}
    assert mine.call("put", "reorder/levels", level).status_code == 200
    for role, price in ((Role.BOOKKEEPER, "4.5000"), (Role.SALES, None), (Role.WAREHOUSE, None)):
        [line] = program_of(join(mine.actor, role, f"{role.value}@example.com")).get("reorder")
        assert (line["sku"], line["quantity"], line["price"]) == ("TENT", "9", price), role


def test_categories_are_a_tree_and_narrow_the_items(mine: Program) -> None:
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    camping = mine.post("categories", {"name": "Camping"})["id"]
    tents = mine.post("categories", {"name": "Tents", "parent_id": camping})["id"]
    mine.call("patch", f"items/{tent}", {"category_id": tents})
    assert [one["id"] for one in mine.get(f"items?category_id={camping}")["items"]] == [tent]
    assert mine.call("post", f"categories/{camping}/archive").status_code == 409
    assert mine.call("patch", f"categories/{tents}", {"parent_id": None}).json()["parent_id"] is None
    assert mine.call("post", f"categories/{camping}/archive").json()["archived_at"]
    assert [one["name"] for one in mine.get("categories?archived=true")["items"]] == ["Camping"]
    assert mine.call("patch", f"categories/{tents}", {"parent_id": camping}).status_code == 422
    assert mine.call("post", f"categories/{camping}/restore").json()["archived_at"] is None


def test_locations_and_bins_are_set_up(mine: Program) -> None:
    here = mine.post("locations", {"name": "Portland"})["id"]
    there = mine.post("locations", {"name": "Salem", "is_default": True})["id"]
    assert mine.call("patch", f"locations/{here}", {"is_default": True}).json()["is_default"] is True
    assert [(one["name"], one["is_default"]) for one in mine.get("locations")["items"]] == [
        ("Portland", True),
        ("Salem", False),
    ]
    shelf = mine.post(f"locations/{here}/bins", {"name": "A-01"})["id"]
    assert mine.call("patch", f"bins/{shelf}", {"name": "A-02"}).json()["name"] == "A-02"
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    line = {"item_id": tent, "location_id": here, "quantity": "3"}
    mine.post("stock/adjust", {"lines": [line, {**line, "bin_id": shelf}], "reason": "opening"})
    assert [(one["bin_id"], one["on_hand"]) for one in mine.get(f"items/{tent}/bins")] == [
        (shelf, "3.0000"),
        (None, "3.0000"),
    ]
    for full in (f"bins/{shelf}", f"locations/{here}"):
        assert mine.call("post", f"{full}/archive").json()["cure"].startswith("Transfer it elsewhere")
    mine.call("post", f"locations/{there}/archive")
    assert [one["id"] for one in mine.get("locations?archived=true")["items"]] == [there]
    assert mine.call("post", f"locations/{there}/restore").json()["archived_at"] is None


def test_what_stock_is_worth_is_said_and_asked(mine: Program) -> None:
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    here = mine.post("locations", {"name": "Portland"})["id"]
    line = {"item_id": tent, "location_id": here, "quantity": "4", "unit_cost": "2.50"}
    mine.post("stock/adjust", {"lines": [line], "reason": "opening"})
    assert mine.get("stock/worth") == [
        {"item_id": tent, "location_id": here, "on_hand": "4.0000", "value": "10.00"}
    ]
    at = {"item_id": tent, "location_id": here}
    mine.post("stock/revalue", {**at, "unit_cost": "2", "reason": "damp"})
    assert [one["value"] for one in mine.get(f"stock/worth?item_id={tent}")] == ["8.00"]
    assert mine.get("stock/worth?at=2020-01-01T00:00:00Z") == []


def test_what_a_customer_sends_back_is_received_in_parts_and_replaced(mine: Program) -> None:
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent"}).pk
    here = mine.post("locations", {"name": "Portland"})["id"]
    opening = [{"item_id": tent, "location_id": here, "quantity": "4"}]
    mine.post("stock/adjust", {"lines": opening, "reason": "opening"})
    customer = mine.post("customers", {"name": "Granite"})["id"]
    lines = [{"item_id": tent, "quantity": "3", "unit_price": "10"}]
    rma = mine.post("documents", {"kind": "rma", "customer_id": customer, "lines": lines})
    mine.post(f"documents/{rma['id']}/moves", {"verb": "approve"}, 200)
    line = {"line_id": rma["lines"][0]["id"]}
    arrived = [{**line, "quantity": "1"}, {**line, "quantity": "1", "fate": "scrap", "reason": "torn"}]
    assert mine.post(f"documents/{rma['id']}/returns", {"lines": arrived})["status"] == "partly_received"
    order = mine.post(f"documents/{rma['id']}/convert", {"target": "order"})
    assert (order["kind"], order["total"], order["source_id"]) == ("order", "0.00", rma["id"])
    [found] = mine.get(f"documents/{rma['id']}/returns")
    assert [found[name] for name in ("expected", "stock", "scrap", "credited", "replaced")] == [
        "1.0000", "1.0000", "1.0000", "0", "3.0000",
    ]  # fmt: skip
    assert (found["reasons"], mine.get(f"stock?item_id={tent}")["items"][0]["on_hand"]) == (
        ["torn"],
        "5.0000",
    )


@pytest.mark.req("C7")
def test_availability_is_told_for_a_day_and_a_set_of_locations(mine: Program) -> None:
    pole = save_item(mine.actor, {"sku": "POLE", "name": "Pole"}).pk
    parts = Details(parts=[Component(pole, D(2))])
    tent = save_item(mine.actor, {"sku": "TENT", "name": "Tent", "type": "assembly"}, details=parts).pk
    here, there = (save_location(mine.actor, {"name": name}).pk for name in ("Portland", "Salem"))
    lines = [StockLine(pole, here, D(5)), StockLine(pole, there, D(2))]
    before = clock.now() - timedelta(days=9)
    stock.receive(mine.actor, lines[:1], at=before)
    stock.receive(mine.actor, lines[1:])

    def told(query: str) -> dict[str, tuple[str, str | None]]:
        found = mine.get(f"availability?{query}")["items"]
        return {row["sku"]: (row["on_hand"], row["buildable"]) for row in found}

    assert told("") == {"POLE": ("7.0000", None), "TENT": ("0", "3")}
    assert told(f"locations={there}&items={tent}") == {"TENT": ("0", "1")}
    assert told(f"locations={here}&locations={there}&items={pole}&items={tent}")["TENT"] == ("0", "3")
    assert told(f"on={before.date() + timedelta(days=1)}&items={pole}") == {"POLE": ("5.0000", None)}
    assert told(f"on={before.date() - timedelta(days=1)}&items={pole}") == {"POLE": ("0", None)}
    [row] = mine.get(f"availability?items={tent}&by_location=true")["items"]
    assert [(p["location_id"], p["buildable"]) for p in row["by_location"]] == [(here, "2"), (there, "1")]
    assert mine.get(f"availability?items={tent}")["items"][0]["by_location"] is None
    first = mine.get("availability?limit=1")
    assert [row["sku"] for row in mine.get(f"availability?limit=1&cursor={first['next']}")["items"]] == [
        "TENT"
    ]
    for query, status in (("on=2199-01-01", 422), (f"locations={10**6}", 404), ("on=soon", 422)):
        assert mine.call("get", f"availability?{query}").status_code == status, query
