"""What can be done with an item of each type: on a document, with stock, with parts. And the last piece, by every door."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.catalog.shop import company, figures, line, place, thing
from tests.catalog.test_concurrency import at_once
from tradepost.accounts.access import Actor
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details
from tradepost.catalog.models import Item, ItemType, Location
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Invalid
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, move, save_document

T = ItemType
ONE = Decimal(1)


def _does(act: Callable[[], object]) -> bool:
    try:
        act()
    except Invalid:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("type", "sold", "bought", "counted", "built", "has_parts"),
    [
        (T.STOCK, "itself", True, True, False, False),
        (T.ASSEMBLY, "itself", True, True, True, True),
        (T.KIT, "itself", True, False, False, True),
        (T.NON_STOCK, "itself", True, False, False, False),
        (T.SERVICE, "itself", True, False, False, False),
        (T.OTHER_CHARGE, "itself", True, False, False, False),
        (T.GROUP, "its lines", True, False, False, True),
        (T.DISCOUNT, "itself", True, False, False, False),
        (T.MATRIX, "", False, False, False, False),
    ],
)
def test_what_each_type_is_for(
    type: ItemType, sold: str, bought: bool, counted: bool, built: bool, has_parts: bool
) -> None:
    actor = company()
    main, part = place(actor), thing(actor, "PART")
    one = thing(actor, "ONE", type)
    parts = Details(parts=[Component(part.pk, Decimal(2))])
    assert _does(lambda: save_item(actor, {}, item_id=one.pk, details=parts)) is has_parts
    stock.receive(actor, [line(part, main, 20)])
    here = {"customer_id": save_customer(actor, {"name": "A"}).pk, "location_id": main.pk}
    drafts = [LineDraft(part.pk), LineDraft(one.pk)] if type is T.DISCOUNT else [LineDraft(one.pk)]
    made: list[Document] = []
    assert _does(lambda: made.append(save_document(actor, Kind.ORDER, here, drafts))) is bool(sold)
    if sold:
        skus = [row.sku for row in made[0].lines.order_by("position")]
        assert skus[-1] == ("PART" if sold == "its lines" else "ONE")
    vendor = {"vendor_id": save_vendor(actor, {"name": "V"}).pk, "location_id": main.pk}
    assert _does(lambda: save_document(actor, Kind.PURCHASE_ORDER, vendor, drafts)) is bought
    assert _does(lambda: stock.count(actor, [line(one, main, 5)], reason="Stocktaking")) is counted
    assert _does(lambda: stock.build(actor, one.pk, ONE, main.pk)) is built
    held = figures(actor, part, main)[1]
    assert held == {T.KIT: 2, T.GROUP: 2, T.DISCOUNT: 1}.get(type, 0)  # what the order takes from the shelf


Door = Callable[[Actor, Item, Location], object]


def _shipped(actor: Actor, item: Item, main: Location) -> object:
    here = {"customer_id": save_customer(actor, {"name": "A"}).pk, "location_id": main.pk}
    row = save_document(actor, Kind.SHIPMENT, here, [LineDraft(item.pk)])
    return lambda: move(actor, row.pk, "ship")


def _built(actor: Actor, item: Item, main: Location) -> object:
    whole = thing(actor, f"WHOLE-{Item.objects.count()}", T.ASSEMBLY, parts=[Component(item.pk, ONE)])
    return lambda: stock.build(actor, whole.pk, ONE, main.pk)


def _moved(actor: Actor, item: Item, main: Location) -> object:
    other = place(actor, f"Other {Location.objects.count()}")
    return lambda: stock.transfer(actor, [line(item, main, 1)], other.pk)


def _promised(actor: Actor, item: Item, main: Location) -> object:
    return lambda: stock.allocate(actor, [line(item, main, 1, ref=1)])


DOORS = {"ship": _shipped, "build": _built, "transfer": _moved, "allocate": _promised}


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_one_last_piece_by_every_door() -> None:
    actor = company()
    main = place(actor)
    pairs = [(a, b) for a in DOORS for b in DOORS if a <= b]
    for n, (first, second) in enumerate(pairs):
        item = thing(actor, f"LAST-{n}")
        stock.receive(actor, [line(item, main, 1)])
        acts = [DOORS[first](actor, item, main), DOORS[second](actor, item, main)]
        done = at_once(acts)  # type: ignore[arg-type]
        names = [type(one).__name__ for one in done]
        assert names.count("ShortStock") == 1, (first, second, names)
        on_hand, allocated, _ = figures(actor, item, main)
        assert on_hand - allocated == 0, (first, second)
    assert discrepancies(actor) == []
