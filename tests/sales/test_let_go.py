"""What an order lets go of goes to the orders that wait, as what is received does; opened again, it gets that back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.sales.test_by_hand import waits
from tests.sales.test_converting import part
from tests.sales.test_goods import figures, stocked
from tests.sales.trade import Trade, trade
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details, Unit
from tradepost.catalog.ledger import Key, StockLine
from tradepost.catalog.models import ItemType, ItemUnit, Location
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.services import save_item, save_location
from tradepost.exchange.undo import remove
from tradepost.sales.assembling import build_lacking
from tradepost.sales.converting import convert
from tradepost.sales.goods import waiting
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]
Commit = Any


@pytest.fixture
def shop() -> Trade:
    return stocked(trade(), "4", "10", "10")


def ordered(shop: Trade) -> Document:
    return shop.document(Kind.ORDER, "4", "1")


def shipped(shop: Trade) -> Document:
    """A ship doc of an order that is closed."""
    order = ordered(shop)
    sent = move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT).pk, "ship")
    move(shop.actor, order.pk, "close")
    return sent


def sold(shop: Trade) -> Document:
    return move(shop.actor, shop.document(Kind.CASH_SALE, "4").pk, "complete")


def written(shop: Trade, row: Document, values: dict[str, Any], *lines: tuple[int, str]) -> object:
    drafts = [LineDraft(shop.items[n], quantity=D(quantity)) for n, quantity in lines]
    return save_document(shop.actor, Kind.ORDER, values, drafts or None, document_id=row.pk)


LET_GO: dict[
    str, tuple[Callable[[Trade], Document], Callable[[Trade, Document], object], tuple[int, int]]
] = {
    "cancelled": (ordered, lambda s, row: move(s.actor, row.pk, "cancel"), (0, 4)),
    "closed": (ordered, lambda s, row: move(s.actor, row.pk, "close"), (0, 4)),
    "a line removed": (ordered, lambda s, row: written(s, row, {}, (1, "1")), (0, 4)),
    "a quantity lowered": (ordered, lambda s, row: written(s, row, {}, (0, "1"), (1, "1")), (1, 4)),
    "from elsewhere": (
        ordered,
        lambda s, row: written(s, row, {"location_id": save_location(s.actor, {"name": "Van"}).pk}),
        (0, 4),
    ),
    "an import taken back": (ordered, lambda s, row: remove(s.actor, "order", row), (0, 4)),
    "a ship doc voided": (shipped, lambda s, row: move(s.actor, row.pk, "void"), (0, 4)),
    "a cash sale voided": (sold, lambda s, row: move(s.actor, row.pk, "void"), (0, 4)),
}


@pytest.mark.req("B21")
@pytest.mark.parametrize("way", LET_GO)
def test_what_is_let_go_of_goes_to_the_orders_that_wait(
    way: str, shop: Trade, django_capture_on_commit_callbacks: Commit
) -> None:
    before, act, (left, there) = LET_GO[way]
    row = before(shop)
    later = shop.document(Kind.ORDER, "2", promised="2099-03-02")
    sooner = shop.document(Kind.ORDER, "3", promised="2099-03-01")
    assert waits(sooner, later) == [3, 2]
    with django_capture_on_commit_callbacks(execute=True):
        act(shop, row)
    assert (figures(shop), waits(sooner, later)) == ((there, there), [0, 1 + left])
    assert discrepancies(shop.actor) == []


@pytest.mark.req("B21")
@pytest.mark.parametrize("verb", ["cancel", "close"])
@pytest.mark.parametrize(
    ("since", "waited"),
    [("nothing", [0, 3, 2]), ("a ship doc", [1, 2, 2]), ("a new order", [0, 3, 2]), ("a receipt", [0, 0, 0])],
)
def test_who_is_opened_again_gets_back_what_the_others_got(
    verb: str, since: str, waited: list[int], shop: Trade, django_capture_on_commit_callbacks: Commit
) -> None:
    row, later = ordered(shop), shop.document(Kind.ORDER, "2", promised="2099-03-02")
    sooner = shop.document(Kind.ORDER, "3", promised="2099-03-01")
    with django_capture_on_commit_callbacks(execute=True):
        move(shop.actor, row.pk, verb)
    assert waits(sooner, later) == [0, 1]
    with django_capture_on_commit_callbacks(execute=True):
        if since == "a ship doc":
            move(shop.actor, convert(shop.actor, sooner.pk, Kind.SHIPMENT, part(sooner, "1")).pk, "ship")
        elif since == "a new order":
            shop.document(Kind.ORDER, "1")
        elif since == "a receipt":
            move(shop.actor, shop.document(Kind.RECEIPT, "9").pk, "receive")
    with django_capture_on_commit_callbacks(execute=True):
        move(shop.actor, row.pk, "reopen")
    assert waits(shop.again(row), sooner, later) == waited
    assert discrepancies(shop.actor) == []


def test_what_was_free_and_was_taken_by_a_new_order_stays_its_own(shop: Trade) -> None:
    row = ordered(shop)
    move(shop.actor, row.pk, "cancel")
    new = shop.document(Kind.ORDER, "3")
    assert waits(shop.again(move(shop.actor, row.pk, "reopen")), new) == [3, 0]


def test_parts_that_an_order_leaves_of_what_is_built_for_it_go_on(
    shop: Trade, django_capture_on_commit_callbacks: Commit
) -> None:
    parts = Details(parts=[Component(shop.items[1], D(2))])
    tent = save_item(shop.actor, {"sku": "T", "name": "T", "type": ItemType.ASSEMBLY}, details=parts)
    head = {"customer_id": shop.customer}
    half, other = (
        save_document(shop.actor, Kind.ORDER, head, [LineDraft(tent.pk, quantity=D(n))])
        for n in ("1.5", "0.5")
    )
    with django_capture_on_commit_callbacks(execute=True):
        build_lacking(shop.actor, half.pk)
    assert waits(half, other) == [0, 0]


def test_only_who_lacks_what_lies_there_is_asked(shop: Trade) -> None:
    main, van = Location.objects.get(), save_location(shop.actor, {"name": "Van"})
    tent, stove = shop.items[:2]
    carton = Details(units=[Unit("carton", D(2))])
    save_item(shop.actor, {}, item_id=stove, details=carton)
    kit = save_item(
        shop.actor,
        {"sku": "KIT", "name": "Kit", "type": ItemType.KIT},
        details=Details(parts=[Component(tent, D(1)), Component(stove, D(1))]),
    )

    def of(*lines: LineDraft, **values: object) -> int:
        return save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer, **values}, lines).pk

    of(LineDraft(tent, quantity=D(4)))  # which is there
    nobody = of(LineDraft(tent, quantity=D(1)))
    kits = of(LineDraft(kit.pk, quantity=D(1)), promised="2099-03-02")
    first = of(LineDraft(tent, quantity=D(1)), promised="2099-03-01")
    cartons = of(LineDraft(stove, quantity=D(6), unit="carton"))  # 12 pieces, of which 10 are there
    of(LineDraft(stove, quantity=D(1), unit="carton"))
    away = of(LineDraft(tent, quantity=D(1)), location_id=van.pk)
    move(shop.actor, of(LineDraft(tent, quantity=D(1))), "cancel")
    ItemUnit.objects.filter(item=stove).update(
        name="box"
    )  # whoever waits for cartons asks for what is no more
    here, there = Key(tent, main.pk), Key(tent, van.pk)
    assert waiting(shop.actor, {here}) == [first, kits, nobody]
    assert waiting(shop.actor, {there}) == [away]
    assert waiting(shop.actor, {Key(stove, main.pk)}) == [kits]
    ItemUnit.objects.filter(item=stove).update(name="carton")
    assert cartons in waiting(shop.actor, {Key(stove, main.pk)})
    stock.receive(shop.actor, [StockLine(tent, main.pk, D(1))])
    assert waiting(shop.actor, set()) == []
