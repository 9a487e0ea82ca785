"""Verbs on items and all that belongs to them, on the real database."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.catalog.shop import company, figures, line, place, thing
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import AuditEntry
from tradepost.catalog import stock
from tradepost.catalog.availability import Promise, buildable, published
from tradepost.catalog.categories import save_category
from tradepost.catalog.details import Code, Component, Details, Unit, Vendor
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.queries import Scanned, availability, scan
from tradepost.catalog.services import (
    archive,
    items,
    make_variants,
    save_bin,
    save_item,
    save_location,
)
from tradepost.catalog.units import Units
from tradepost.kit.errors import Conflict, Invalid, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return company()


def chair(actor: Actor) -> tuple[Item, Item, Item]:
    """A chair of four legs and a seat, and an hour of work."""
    leg, seat, work = thing(actor, "LEG"), thing(actor, "SEAT"), thing(actor, "WORK", ItemType.SERVICE)
    parts = [Component(leg.pk, D(4)), Component(seat.pk, D(1)), Component(work.pk, D(1))]
    return thing(actor, "CHAIR", ItemType.ASSEMBLY, parts=parts), leg, seat


def test_an_assembly_is_built_from_its_parts(actor: Actor) -> None:
    (whole, leg, seat), main = chair(actor), place(actor)
    stock.receive(actor, [line(leg, main, 9), line(seat, main, 5)])
    assert buildable("CHAIR", availability(actor, [whole.pk])) == 2
    with pytest.raises(stock.ShortStock, match="LEG lacks 3 in Main"):
        stock.build(actor, whole.pk, D(3), main.pk)
    stock.build(actor, whole.pk, D(2), main.pk)
    assert [figures(actor, i, main)[0] for i in (whole, leg, seat)] == [2, 1, 3]
    stock.allocate(actor, [line(seat, main, 3, ref=1)])
    stock.receive(actor, [line(leg, main, 9)])
    with pytest.raises(stock.ShortStock, match="SEAT lacks 1"):  # the seats are promised
        stock.build(actor, whole.pk, D(1), main.pk)
    with pytest.raises(Invalid, match="LEG is not an assembly"):
        stock.build(actor, leg.pk, D(1), main.pk)


def test_a_kit_takes_the_stock_of_its_parts(actor: Actor) -> None:
    (whole, leg, seat), main = chair(actor), place(actor)
    cushion = thing(actor, "CUSHION", vendors=[Vendor("Feather Ltd", quantity=D(40))])
    kit = thing(actor, "SET", ItemType.KIT, parts=[Component(whole.pk, D(2)), Component(cushion.pk, D(2))])
    stock.receive(
        actor, [line(leg, main, 16), line(seat, main, 9), line(whole, main, 2), line(cushion, main, 3)]
    )
    told = published("SET", availability(actor, [kit.pk]), Promise(buildable=True, vendor=True))
    assert (told.available, told.buildable, told.vendor) == (1, 0, 2)
    with pytest.raises(Invalid, match="SET is a kit"):
        stock.ship(actor, [line(kit, main, 1)])
    moving = stock.stock_lines(actor, [line(kit, main, 1, ref=7), line(leg, main, 1)])
    assert [(x.item_id, x.quantity) for x in moving] == [(whole.pk, 2), (cushion.pk, 2), (leg.pk, 1)]
    stock.ship(actor, moving)
    assert [figures(actor, i, main)[0] for i in (whole, cushion, leg)] == [0, 1, 15]


def test_a_bill_of_materials_makes_sense(actor: Actor) -> None:
    whole, leg, seat = chair(actor)
    cases = [
        (seat.pk, ItemType.ASSEMBLY, [Component(whole.pk, D(1))], "SEAT → CHAIR → SEAT"),
        (leg.pk, ItemType.STOCK, [Component(seat.pk, D(1))], "A stock item has no parts"),
        (whole.pk, ItemType.ASSEMBLY, [Component(leg.pk, D(0))], "Line 1: .*above zero"),
        (
            whole.pk,
            ItemType.ASSEMBLY,
            [Component(leg.pk, D(1)), Component(leg.pk, D(2))],
            "Line 2 is there twice",
        ),
        (whole.pk, ItemType.ASSEMBLY, [Component(0, D(1))], "There is no such item"),
        (
            whole.pk,
            ItemType.ASSEMBLY,
            [Component(thing(actor, "SALE", ItemType.DISCOUNT).pk, D(1))],
            "cannot be a part",
        ),
    ]
    for pk, type, parts, sentence in cases:
        with pytest.raises(Invalid, match=sentence):
            save_item(actor, {"type": type}, item_id=pk, details=Details(parts=parts))
    with pytest.raises(Invalid, match="has no parts; take them out first"):
        save_item(actor, {"type": ItemType.STOCK}, item_id=whole.pk)
    assert whole.parts.count() == 3
    assert Item.objects.get(pk=seat.pk).type == ItemType.STOCK


@pytest.mark.parametrize("first", ["ROS-1", "ros-1"])
def test_of_two_skus_that_differ_in_their_case_the_one_that_is_written_is_found(
    actor: Actor, first: str
) -> None:
    items = {sku: thing(actor, sku) for sku in (first, first.swapcase())}
    for sku, item in items.items():
        assert scan(actor, [sku]) == {"ros-1": Scanned(item, "each")}


def test_units_and_barcodes(actor: Actor) -> None:
    bean = thing(
        actor,
        "BEAN",
        units=[Unit("carton", D(12)), Unit("pallet", D(480))],
        barcodes=[Code("4006381333931"), Code("14006381333938", "carton")],
    )
    found = scan(actor, [" 14006381333938 ", "4006381333931", "bean", "nothing", ""])
    assert found == {
        "14006381333938": Scanned(bean, "carton"),
        "4006381333931": Scanned(bean, "each"),
        "bean": Scanned(bean, "each"),
    }
    pieces = {
        name: Units([bean]).pieces(bean, D("2.5"), name) for name in ("carton", "Carton", "", "each", "box")
    }
    assert pieces == {"carton": 30, "Carton": 30, "": D("2.5"), "each": D("2.5"), "box": None}
    assert scan(company("Other"), ["4006381333931"]) == {}
    with pytest.raises(Invalid, match="belongs to another item"):
        thing(actor, "TEA", barcodes=[Code("4006381333931")])
    with pytest.raises(Invalid, match="stands on a “carton”"):
        save_item(actor, {}, item_id=bean.pk, details=Details(units=[]))
    with pytest.raises(Invalid, match="Line 1: The factor must be above zero"):
        thing(actor, "TEA", units=[Unit("box", D(0))])
    assert bean.units.count() == 2
    assert not Item.objects.filter(sku="TEA").exists()


def test_details_are_audited(actor: Actor) -> None:
    item = thing(actor, "TEA", vendors=[Vendor("Leaf & Co", price=D("3.10"), lead_days=9)])
    save_item(actor, {}, item_id=item.pk, details=Details(vendors=[Vendor("Leaf & Co", price=D("3.20"))]))
    entry = AuditEntry.objects.filter(verb="item.save").latest("id")
    assert [side["vendors"][0]["price"] for side in (entry.before, entry.after)] == ["3.1000", "3.2000"]
    assert entry.before.keys() == {"vendors"}


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ([Vendor("leaf & co", lead_days=3)], [(D("3.10"), 3)]),
        (
            [Vendor("Leaf & Co", D("3.10"), breaks=((D(9), D(3)),)), Vendor("Twig")],
            [(D("3.10"), None), (None, None)],
        ),
        ([Vendor("Leaf & Co", price=D("0.01"))], None),
        ([Vendor("Twig", price=D(1))], None),
        ([Vendor("Twig", breaks=((D(9), D(1)),))], None),
    ],
)
def test_who_sees_no_costs_changes_none(
    actor: Actor, wanted: list[Vendor], kept: list[tuple[D | None, int | None]] | None
) -> None:
    """As who reads an item without its vendors' prices and sends it back."""
    item = thing(actor, "TEA", vendors=[Vendor("Leaf & Co", price=D("3.10"), breaks=((D(9), D(3)),))])
    clerk = replace(actor, own=actor.granted - {Permission.COST_VIEW})
    with nullcontext() if kept else pytest.raises(Refused):
        save_item(clerk, {}, item_id=item.pk, details=Details(vendors=wanted))
    offers = item.vendors.order_by("position")
    assert list(offers.values_list("price", "lead_days")) == (kept or [(D("3.10"), None)])
    assert offers[0].breaks == [["9", "3"]]


def test_variants_of_a_matrix_item(actor: Actor) -> None:
    shirt = thing(actor, "SHIRT", ItemType.MATRIX)
    save_item(actor, {"price": D(20)}, item_id=shirt.pk)
    made = make_variants(actor, shirt.pk, {"Size": ["S", "M"], "Colour": ["Red"]})
    assert [(v.sku, v.name, v.price) for v in made] == [
        ("SHIRT-S-RED", "Shirt, S, Red", 20),
        ("SHIRT-M-RED", "Shirt, M, Red", 20),
    ]
    more = make_variants(actor, shirt.pk, {"Size": ["S", "M"], "Colour": ["Red", "Blue"]})
    assert [v.sku for v in more] == ["SHIRT-S-BLUE", "SHIRT-M-BLUE"]
    with pytest.raises(Invalid, match="same options"):
        save_item(actor, {"options": {"Size": "M", "Colour": "Red"}}, item_id=more[0].pk)
    with pytest.raises(Invalid, match="stays a matrix"):
        save_item(actor, {"type": ItemType.STOCK}, item_id=shirt.pk)
    with pytest.raises(Invalid, match="Only a matrix"):
        make_variants(actor, made[0].pk, {"Size": ["S"]})
    with pytest.raises(Invalid, match="more than 500"):
        make_variants(actor, shirt.pk, {"A": map(str, range(30)), "B": map(str, range(30))})  # type: ignore[dict-item]


def test_categories_are_a_tree(actor: Actor) -> None:
    garden = save_category(actor, {"name": "Garden"})
    tools = save_category(actor, {"name": "Tools", "parent_id": garden.pk})
    rake = thing(actor, "RAKE")
    save_item(actor, {"category_id": tools.pk, "tags": ["Spring", "Spring", " "]}, item_id=rake.pk)
    assert list(items(actor, category_id=garden.pk)) == list(items(actor, tag="Spring")) == [rake]
    assert list(items(actor, tag="Autumn")) == []
    with pytest.raises(Invalid, match="within itself"):
        save_category(actor, {"parent_id": tools.pk}, category_id=garden.pk)
    with pytest.raises(Invalid, match="a category Tools in this place already"):
        save_category(actor, {"name": "Tools", "parent_id": garden.pk})
    other = company("Other")
    with pytest.raises(Invalid, match="no such category"):
        save_category(other, {"name": "Mine", "parent_id": garden.pk})
    with pytest.raises(Invalid, match="no such category"):
        save_item(other, {"sku": "X", "name": "X", "category_id": tools.pk})


def test_what_has_stock_stays(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    stock.receive(actor, [line(tent, main, 1)])
    for act in (
        lambda: archive(actor, tent),
        lambda: archive(actor, main),
        lambda: save_item(actor, {"type": ItemType.SERVICE}, item_id=tent.pk),
    ):
        with pytest.raises(Conflict, match=r"still has stock|stays a stock item"):
            act()
    stock.ship(actor, [line(tent, main, 1)])
    archive(actor, main)
    archive(actor, tent)
    assert list(items(actor)) == []
    archive(actor, tent, undo=True)
    assert list(items(actor)) == [tent]


def test_places_have_names_of_their_own(actor: Actor) -> None:
    main, van = place(actor), place(actor, "Van")
    shelf = save_bin(actor, {"name": "A1", "location_id": main.pk})
    assert save_bin(actor, {"name": "A2"}, bin_id=shelf.pk).name == "A2"
    with pytest.raises(Invalid, match="Another location has the name Main"):
        save_location(actor, {"name": "Main"}, location_id=van.pk)
    with pytest.raises(Invalid, match="Another bin"):
        save_bin(actor, {"name": "A2", "location_id": main.pk})
    with pytest.raises(Invalid, match="Choose a location"):
        save_bin(actor, {"name": "A3"})
    with pytest.raises(Invalid, match="no field “location_id”"):
        save_bin(actor, {"location_id": van.pk}, bin_id=shelf.pk)
    with pytest.raises(Refused):
        save_location(Actor(actor.organisation_id, actor.user_id, Role.WAREHOUSE), {"name": "Shed"})
