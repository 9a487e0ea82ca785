"""Several people at once, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.catalog.shop import company, figures, line, place, thing
from tradepost.accounts.access import Actor
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item, Location, StockMove
from tradepost.catalog.queries import discrepancies, sums

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """What each returned or raised, all started together."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            gate.wait(30)
            return act()
        except stock.ShortStock as short:
            return short
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("verb", [stock.allocate, stock.ship], ids=["allocate", "ship"])
def test_one_last_piece_and_two_clerks(verb: Callable[[Actor, list[StockLine]], object]) -> None:
    actor = company()
    main = place(actor)

    def clerk(tent: Item, ref: int) -> Callable[[], object]:
        return lambda: verb(actor, [line(tent, main, 1, ref=ref)])

    for n in range(5):
        tent = thing(actor, f"TENT-{n}")
        stock.receive(actor, [line(tent, main, 1)])
        done = at_once([clerk(tent, ref) for ref in (1, 2)])
        assert sorted(type(one).__name__ for one in done) == ["Posting", "ShortStock"]
        on_hand, allocated, _ = figures(actor, tent, main)
        assert on_hand - allocated == 0
    assert discrepancies(actor) == []


def test_documents_in_opposite_order_do_not_block_each_other() -> None:
    """Eight clerks take the same items, half of them from the last to the first; some levels do not exist yet."""
    actor = company()
    main, van = place(actor), place(actor, "Van")
    things = [thing(actor, f"T-{n}") for n in range(6)]
    stock.receive(actor, [line(one, main, 12) for one in things])

    def clerk(n: int, where: Location) -> None:
        mine = things if n % 2 else things[::-1]
        for _ in range(3):
            stock.transfer(actor, [line(one, main, "0.5") for one in mine], where.pk)
            stock.ship(actor, [line(one, where, "0.5") for one in mine])

    done = at_once([lambda n=n: clerk(n, van) for n in range(8)])
    assert done == [None] * 8
    assert all(one.on_hand == 0 for one in sums(actor).values())
    assert StockMove.objects.count() == 6 + 8 * 3 * 6 * 3
    assert discrepancies(actor) == []


def test_a_count_during_shipments_is_exact() -> None:
    """Whoever comes first: the count is absolute and the shipments are taken off before or after it."""
    actor = company()
    tent, main = thing(actor, "TENT"), place(actor)
    stock.receive(actor, [line(tent, main, 100)])
    acts: list[Callable[[], object]] = [lambda: stock.ship(actor, [line(tent, main, 1)]) for _ in range(4)]
    at_once([*acts, lambda: stock.count(actor, [line(tent, main, 50)])])
    rows = list(StockMove.objects.order_by("id").values_list("kind", "on_hand"))
    before = 100 - next(n for n, (kind, _) in enumerate(rows[1:]) if kind == "count")
    assert dict(rows)["count"] == 50 - before
    assert figures(actor, tent, main)[0] == 50 - (4 - (100 - before))
    assert discrepancies(actor) == []
