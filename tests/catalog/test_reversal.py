"""What was moved by hand is taken back to the cent by counter-movements, unless something rests on it since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.catalog.shop import company, line, place, thing
from tradepost.accounts.access import Actor, Role
from tradepost.catalog import reversal, stock
from tradepost.catalog.details import Component
from tradepost.catalog.ledger import Ref, StockLine
from tradepost.catalog.models import Item, ItemType, Location, StockLevel, StockMove
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.reversal import undoable
from tradepost.catalog.services import save_bin
from tradepost.kit.errors import Conflict, Missing, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.database]
D = Decimal


@dataclass
class Shop:
    """Seven tents worth 70.03 and six poles worth 9.01 in Main; a kit of them can be built."""

    actor: Actor
    main: Location
    van: Location
    tent: Item
    pole: Item
    set: Item
    bin: int

    def at(self, item: Item, quantity: object, bin: int | None = None, cost: str | None = None) -> StockLine:
        return replace(line(item, self.main, quantity, bin=bin), cost=D(cost) if cost else None)

    def state(self) -> list[Any]:
        rows = StockLevel.objects.filter(item__in=[self.tent, self.pole, self.set]).order_by("pk")
        kept = rows.values_list("item", "location", "on_hand", "allocated", "on_order", "value")
        return [row for row in kept if any(row[2:])]


@pytest.fixture
def shop() -> Shop:
    actor = company()
    main, van, tent, pole = place(actor), place(actor, "Van"), thing(actor, "TENT"), thing(actor, "POLE")
    parts = [Component(tent.pk, D(1)), Component(pole.pk, D(2))]
    whole = thing(actor, "SET", ItemType.ASSEMBLY, parts=parts)
    shelf = save_bin(actor, {"name": "A1", "location_id": main.pk})
    made = Shop(actor, main, van, tent, pole, whole, shelf.pk)
    start = [made.at(tent, 7, cost="70.03"), made.at(pole, 6, cost="9.01")]
    stock.adjust(actor, start, reason="Opening")
    return made


def _built(s: Shop) -> stock.Posting:
    return stock.build(s.actor, s.set.pk, D(2), s.main.pk)


def undo(actor: Actor, posting: UUID) -> stock.Posting:
    """By the first line of a posting."""
    return reversal.undo(actor, StockMove.objects.filter(posting=posting).order_by("pk")[0].pk)


WAYS: dict[str, Callable[[Shop], stock.Posting]] = {
    "more at a cost": lambda s: stock.adjust(s.actor, [s.at(s.tent, 3, cost="99.99")], reason="found"),
    "more without a cost": lambda s: stock.adjust(s.actor, [s.at(s.tent, 3)], reason="found"),
    "less": lambda s: stock.adjust(s.actor, [s.at(s.tent, -3), s.at(s.pole, -6)], reason="broken"),
    "counted less": lambda s: stock.count(s.actor, [s.at(s.tent, 2)]),
    "counted more": lambda s: stock.count(s.actor, [s.at(s.tent, 9)]),
    "counted the same": lambda s: stock.count(s.actor, [s.at(s.tent, 7)]),
    "carried": lambda s: stock.transfer(s.actor, [s.at(s.tent, 3), s.at(s.pole, 1)], s.van.pk),
    "into a bin": lambda s: stock.transfer(s.actor, [s.at(s.tent, 3)], s.main.pk, bin_id=s.bin),
    "built": _built,
    "valued": lambda s: stock.revalue(s.actor, s.tent.pk, s.main.pk, D("4.5"), reason="damaged"),
}


@pytest.mark.req("B19")
@pytest.mark.parametrize("way", WAYS)
def test_everything_moved_by_hand_is_taken_back_to_the_cent(way: str, shop: Shop) -> None:
    before, lines = shop.state(), StockMove.objects.count()
    posting = WAYS[way](shop)
    assert undoable(shop.actor, StockMove.objects.filter(posting=posting.id)) != set()
    back = undo(shop.actor, posting.id)
    assert shop.state() == before
    assert StockMove.objects.count() == lines + len(posting.moves) + len(back.moves)
    assert discrepancies(shop.actor) == []
    assert undoable(shop.actor, StockMove.objects.filter(posting__in=[posting.id, back.id])) == set()
    with pytest.raises(Conflict, match="taken back already"):
        undo(shop.actor, posting.id)
    with pytest.raises(Conflict, match="took something back itself"):
        undo(shop.actor, back.id)


def test_what_is_taken_apart_is_whole_again(shop: Shop) -> None:
    _built(shop)
    before = shop.state()
    undo(shop.actor, stock.unbuild(shop.actor, shop.set.pk, D(2), shop.main.pk).id)
    assert shop.state() == before


def test_taken_back_in_their_order_all_are_gone(shop: Shop) -> None:
    before = shop.state()
    done = [WAYS[way](shop) for way in ("valued", "more at a cost", "built", "counted more")]
    for posting in reversed(done):
        undo(shop.actor, posting.id)
    assert shop.state() == before
    assert discrepancies(shop.actor) == []


def _allocate(s: Shop, item: Item, quantity: int) -> None:
    ref = Ref("order_line", 1)
    stock.allocate(s.actor, [StockLine(item.pk, s.main.pk, D(quantity), ref=ref)])


LATER: dict[str, tuple[str, Callable[[Shop], object], str]] = {
    "shipped": ("more at a cost", lambda s: stock.ship(s.actor, [s.at(s.tent, 8)]), "TENT lacks 1 in Main"),
    "promised": ("more at a cost", lambda s: _allocate(s, s.tent, 8), "TENT in Main is promised to orders"),
    "the built one was shipped": ("built", lambda s: stock.ship(s.actor, [s.at(s.set, 1)]), "SET lacks 1"),
    "the built one is promised": ("built", lambda s: _allocate(s, s.set, 2), "SET lacks 2"),
    "left the van": (
        "carried", lambda s: stock.ship(s.actor, [line(s.tent, s.van, 1)]), "TENT lacks 1 in Van",
    ),
    "counted": ("less", lambda s: stock.count(s.actor, [s.at(s.tent, 4)]), "TENT was counted in Main since"),
    "shipped at the cost": (
        "valued", lambda s: stock.ship(s.actor, [s.at(s.tent, 1)]), "TENT moved in Main at that cost",
    ),
}  # fmt: skip


@pytest.mark.parametrize("later", LATER)
def test_what_rests_on_it_since_forbids_it(later: str, shop: Shop) -> None:
    way, happened, sentence = LATER[later]
    posting = WAYS[way](shop)
    happened(shop)
    before = shop.state(), StockMove.objects.count()
    with pytest.raises(Conflict, match=sentence):
        undo(shop.actor, posting.id)
    assert (shop.state(), StockMove.objects.count()) == before


def test_a_count_of_another_bin_or_one_taken_back_forbids_nothing(shop: Shop) -> None:
    start = shop.state()
    posting = WAYS["less"](shop)
    counted = stock.count(shop.actor, [shop.at(shop.tent, 4)])
    undo(shop.actor, counted.id)
    elsewhere = stock.count(shop.actor, [shop.at(shop.tent, 0, bin=shop.bin)])
    assert elsewhere.moves
    undo(shop.actor, posting.id)
    assert shop.state() == start


def test_who_may_not(shop: Shop) -> None:
    posting = WAYS["more at a cost"](shop)
    valued = WAYS["valued"](shop)
    received = stock.receive(
        shop.actor, [StockLine(shop.tent.pk, shop.main.pk, D(1), ref=Ref("order_line", 5))]
    )
    with pytest.raises(Conflict, match="A document moved this stock"):
        undo(shop.actor, received.id)
    for actor, fault in (
        (replace(shop.actor, role=Role.SALES), Refused),
        (company("Other"), Missing),
    ):
        with pytest.raises(fault):
            undo(actor, posting.id)
    with pytest.raises(Refused):
        undo(replace(shop.actor, role=Role.WAREHOUSE), valued.id)
    with pytest.raises(Missing):
        reversal.undo(shop.actor, 0)
