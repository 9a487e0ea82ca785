"""What a person finds goes to the orders that wait, as what is received does; taken back, they wait again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.sales.test_converting import part, together
from tests.sales.test_goods import figures, stocked
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details
from tradepost.catalog.ledger import Key, StockLine
from tradepost.catalog.models import ItemType, Location, StockMove
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.services import save_item, save_location
from tradepost.kit.errors import Conflict, Fault
from tradepost.sales.by_hand import Given, given_back, undo
from tradepost.sales.converting import convert
from tradepost.sales.goods import back_ordered, hand_on
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]
Commit = Any


@pytest.fixture
def shop() -> Trade:
    return stocked(trade(), "1", "10", "10")


def here(shop: Trade, quantity: str, n: int = 0, place: Location | None = None) -> StockLine:
    where = place or Location.objects.get(name="Main")
    return StockLine(shop.items[n], where.pk, D(quantity))


def clerk(shop: Trade) -> Actor:
    return Actor(shop.actor.organisation_id, shop.actor.user_id, Role.WAREHOUSE)


def waits(*orders: Document) -> list[Decimal]:
    """How much each waits for."""
    return [sum(back_ordered(Actor(o.organisation_id, None, Role.ADMIN), o).values(), D(0)) for o in orders]


def two(shop: Trade) -> tuple[Document, Document]:
    """Two orders of four, of which the one that was written last is promised first; the other one holds one."""
    later = shop.document(Kind.ORDER, "4", promised="2099-03-02")
    return shop.document(Kind.ORDER, "4", promised="2099-03-01"), later


FOUND: dict[str, Callable[[Trade], stock.Posting]] = {
    "counted": lambda s: stock.count(clerk(s), [here(s, "6")]),
    "adjusted": lambda s: stock.adjust(clerk(s), [here(s, "5")], reason="found"),
    "carried": lambda s: carried(s),
}


def carried(shop: Trade) -> stock.Posting:
    van = save_location(shop.actor, {"name": "Van"})
    stock.receive(shop.actor, [here(shop, "5", place=van)])
    return stock.transfer(clerk(shop), [here(shop, "5", place=van)], Location.objects.get(name="Main").pk)


@pytest.mark.req("B21")
@pytest.mark.parametrize("way", FOUND)
def test_what_is_found_goes_to_the_orders_that_wait_and_comes_back(
    way: str, shop: Trade, django_capture_on_commit_callbacks: Commit
) -> None:
    sooner, later = two(shop)
    assert waits(sooner, later) == [4, 3]
    with django_capture_on_commit_callbacks(execute=True):
        posting = hand_on(clerk(shop), FOUND[way](shop))
    assert (figures(shop)[1], waits(sooner, later)) == (6, [0, 2])
    assert AuditEntry.objects.filter(verb="stock.allocate").latest("pk").user_id == shop.actor.user_id
    undo(clerk(shop), StockMove.objects.filter(posting=posting.id).first().pk)  # type: ignore[union-attr]
    assert waits(sooner, later) == [4, 3], "Who held some before holds it still."
    assert discrepancies(shop.actor) == []


def test_what_goes_away_is_handed_to_nobody(shop: Trade, django_capture_on_commit_callbacks: Commit) -> None:
    order = shop.document(Kind.ORDER, "4")
    with django_capture_on_commit_callbacks() as asked:
        hand_on(shop.actor, stock.count(shop.actor, [here(shop, "1")]))
        gone = hand_on(shop.actor, stock.adjust(shop.actor, [here(shop, "-1")], reason="broken"))
    assert asked == []
    stock.receive(shop.actor, [here(shop, "1")])
    with django_capture_on_commit_callbacks(execute=True):
        undo(shop.actor, StockMove.objects.get(posting=gone.id).pk)
    assert (figures(shop), waits(order)) == ((2, 2), [2])


@pytest.mark.parametrize("since", ["an order", "a ship doc"])
def test_what_is_used_since_is_not_taken_back(
    since: str, shop: Trade, django_capture_on_commit_callbacks: Commit
) -> None:
    order = shop.document(Kind.ORDER, "3")
    with django_capture_on_commit_callbacks(execute=True):
        posting = hand_on(shop.actor, stock.count(shop.actor, [here(shop, "4")]))
    if since == "an order":
        since = shop.document(Kind.ORDER, "1").number
    else:
        move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "3")).pk, "ship")
    before = figures(shop), StockMove.objects.count()
    with pytest.raises(Conflict, match=f"TNT-4 in Main is promised to {since} since|lacks 2"):
        undo(shop.actor, StockMove.objects.get(posting=posting.id).pk)
    assert (figures(shop), StockMove.objects.count()) == before


def test_a_kit_that_is_whole_no_more_lets_go_of_its_other_parts(
    shop: Trade, django_capture_on_commit_callbacks: Commit
) -> None:
    parts = [Component(shop.items[0], D(1)), Component(shop.items[1], D(2))]
    values = {"sku": "KIT", "name": "Kit", "type": ItemType.KIT}
    kit = save_item(shop.actor, values, details=Details(parts=parts))
    head = {"customer_id": shop.customer}
    order = save_document(shop.actor, Kind.ORDER, head, [LineDraft(kit.pk, quantity=D(3))])
    assert (figures(shop), figures(shop, 1)) == ((1, 1), (10, 2))
    with django_capture_on_commit_callbacks(execute=True):
        posting = hand_on(shop.actor, stock.count(shop.actor, [here(shop, "3")]))
    assert (figures(shop), figures(shop, 1), waits(order)) == ((3, 3), (10, 6), [0])
    undo(shop.actor, StockMove.objects.get(posting=posting.id).pk)
    assert (figures(shop), figures(shop, 1), waits(order)) == ((1, 1), (10, 2), [2])


A, B = Key(1, 1), Key(2, 1)


@pytest.mark.parametrize(
    ("given", "gone", "free", "back"),
    [
        ([], {A: 5}, {A: 0}, []),
        ([(7, A, 4)], {A: 5}, {A: 5}, []),
        ([(7, A, 4)], {A: 5}, {A: 3}, [(7, A, 2)]),
        ([(8, A, 2), (7, A, 4)], {A: 5}, {A: 0}, [(8, A, 2), (7, A, 3)]),
        ([(8, A, 2), (7, A, 4)], {A: 9}, {A: 0}, [(8, A, 2), (7, A, 4)]),
        ([(8, A, 2)], {A: 1}, {A: -1}, [(8, A, 2)]),
        ([(8, A, 2), (8, B, 4)], {B: 3}, {A: 0, B: 0}, [(8, B, 3)]),
    ],
)
def test_the_last_that_got_any_gives_back_first(
    given: list[tuple[int, Key, int]], gone: dict[Key, int], free: dict[Key, int], back: list[Any]
) -> None:
    def exact(found: dict[Key, int]) -> dict[Key, Decimal]:
        return {key: D(n) for key, n in found.items()}

    held = [Given(line, key, D(n)) for line, key, n in given]
    assert given_back(held, exact(gone), exact(free)) == [Given(line, key, D(n)) for line, key, n in back]


@pytest.mark.django_db(transaction=True)
def test_found_ordered_let_go_and_taken_back_crosswise_without_waiting_for_ever() -> None:
    shop = stocked(trade(), "1", "1", "1")
    lines = [LineDraft(item, quantity=D(4)) for item in shop.items]
    head = {"customer_id": shop.customer}
    orders = [save_document(shop.actor, Kind.ORDER, head, lines if n % 2 else lines[::-1]) for n in range(3)]

    def act(n: int) -> object:
        if n == 3:
            return save_document(shop.actor, Kind.ORDER, head, lines[::-1])
        if n > 3:
            move(shop.actor, orders[n - 4].pk, "cancel")
            return move(shop.actor, orders[n - 4].pk, "reopen")
        found = [here(shop, "2", one) for one in ((0, 1, 2), (2, 1, 0), (1, 2, 0))[n]]
        posting = hand_on(shop.actor, stock.adjust(shop.actor, found, reason="found"))
        return (
            undo(shop.actor, StockMove.objects.filter(posting=posting.id).latest("pk").pk) if n else posting
        )

    done = together(7, act)
    assert all(isinstance(one, (Document, stock.Posting, Fault)) for one in done)
    kept = 1 + 2 * (1 + sum(isinstance(one, Fault) for one in done[1:3]))
    assert [figures(shop, n) for n in range(3)] == [(kept, kept)] * 3, (
        "All that is there is held: each order waits."
    )
    assert discrepancies(shop.actor) == []
