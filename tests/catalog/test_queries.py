"""Reads of stock, on the real database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from tests.catalog.shop import company, line, place, thing
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.catalog import stock
from tradepost.catalog.availability import Catalog, Part, Stock
from tradepost.catalog.details import Component, Vendor
from tradepost.catalog.models import ItemType, StockLevel
from tradepost.catalog.queries import Discrepancy, availability, discrepancies, movements, sums
from tradepost.kit import clock
from tradepost.kit.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def actor() -> Actor:
    return company()


def test_availability_reads_all_that_goes_into_the_items(actor: Actor) -> None:
    main, van = place(actor), place(actor, "Van")
    board, work = (
        thing(actor, "BOARD", vendors=[Vendor("Mill", quantity=D(5)), Vendor("Saw", quantity=D(2))]),
        thing(actor, "WORK", ItemType.SERVICE),
    )
    seat = thing(
        actor, "SEAT", ItemType.ASSEMBLY, parts=[Component(board.pk, D(2)), Component(work.pk, D(1))]
    )
    bench = thing(actor, "BENCH", ItemType.KIT, parts=[Component(seat.pk, D(3))])
    rope = thing(actor, "ROPE")
    yesterday = clock.now() - timedelta(days=1)
    stock.receive(actor, [line(board, main, 7), line(rope, main, 1)], at=yesterday)
    stock.receive(actor, [line(board, van, 4), line(seat, van, 2)])
    stock.allocate(actor, [line(board, main, 3, ref=1)])
    stock.expect(actor, [line(board, van, 9, ref=2)])

    recipes = ({"SEAT": [Part("BOARD", D(2))]}, {"BENCH": [Part("SEAT", D(3))]})
    bare = {"SEAT": Stock(), "BENCH": Stock()}
    cases = [
        ({}, bare | {"BOARD": Stock(D(11), D(3), D(9), D(7)), "SEAT": Stock(D(2))}),
        ({"locations": [main.pk]}, bare | {"BOARD": Stock(D(7), D(3), D(0), D(7))}),
        ({"locations": []}, bare | {"BOARD": Stock(vendor=D(7))}),
        ({"at": yesterday}, bare | {"BOARD": Stock(D(7), vendor=D(7))}),
    ]
    for chosen, expected in cases:
        assert availability(actor, [bench.pk], **chosen) == Catalog(expected, *recipes)  # type: ignore[arg-type]
    everything = availability(actor)
    assert everything.stock.keys() == {"BOARD", "SEAT", "BENCH", "ROPE"}
    assert (everything.assemblies, everything.kits) == recipes
    assert availability(actor, []) == Catalog({})


def test_nothing_is_read_of_another_company(actor: Actor) -> None:
    tent = thing(actor, "TENT", vendors=[Vendor("Mill", quantity=D(5))])
    stock.receive(actor, [line(tent, place(actor), 7)])
    other = company("Other")
    assert availability(other, [tent.pk]) == availability(other) == Catalog({})
    assert sums(other) == {}
    assert list(movements(other, tent.pk)) == []
    blind = Actor(actor.organisation_id, actor.user_id, Role.ADMIN, scopes=frozenset({Permission.SALES_VIEW}))
    for read in (availability, sums, discrepancies):
        with pytest.raises(Refused):
            read(blind)


def test_a_kept_sum_that_is_wrong_is_named(actor: Actor) -> None:
    tent, rope, main = thing(actor, "TENT"), thing(actor, "ROPE"), place(actor)
    stock.receive(actor, [line(tent, main, 7), line(rope, main, 1)])
    assert discrepancies(actor) == []
    StockLevel.objects.filter(item=tent).update(on_hand=8, on_order=1)
    StockLevel.objects.filter(item=rope).delete()
    assert discrepancies(actor) == [
        Discrepancy("ROPE", "Main", kept=Stock(), ledger=Stock(D(1))),
        Discrepancy("TENT", "Main", kept=Stock(D(8), on_order=D(1)), ledger=Stock(D(7))),
    ]
    assert discrepancies(company("Other")) == []
