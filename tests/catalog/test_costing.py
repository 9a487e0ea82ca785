"""What stock is worth: the moving average by example, and by properties over whatever may happen."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalog.shop import company, line, place, thing
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.settings import put
from tradepost.catalog import stock
from tradepost.catalog.availability import Stock
from tradepost.catalog.costing import Worth, valued
from tradepost.catalog.details import Component, Details, Vendor
from tradepost.catalog.ledger import Key, Move, MoveKind, StockLine
from tradepost.catalog.models import ItemType, StockLevel, StockMove
from tradepost.catalog.queries import discrepancies, worth
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Conflict, Invalid, Refused

K = MoveKind
Step = tuple[MoveKind, str, "str | None"]


def move(kind: MoveKind, quantity: str, cost: str | None = None, item: int = 1, at: int = 1) -> Move:
    asked = StockLine(item, at, D(quantity), cost=None if cost is None else D(cost))
    return Move(kind, asked, Stock(on_hand=D(quantity)))


EXAMPLES: dict[str, tuple[list[Step], list[str], str]] = {
    # what: (movements with what they cost, their values, what is worth in the end)
    "average": ([(K.RECEIPT, "10", "10"), (K.RECEIPT, "10", "20"), (K.SHIPMENT, "-5", None)], ["10.00", "20.00", "-7.50"], "22.50"),
    "the last piece takes the rest": (
        [(K.RECEIPT, "3", "10"), *[(K.SHIPMENT, "-1", None)] * 3], ["10.00", "-3.33", "-3.34", "-3.33"], "0.00",
    ),
    "a return at the average": ([(K.RECEIPT, "4", "10"), (K.RETURN, "2", None)], ["10.00", "5.00"], "15.00"),
    "a return to an empty shelf, at the last cost": (
        [(K.RECEIPT, "4", "10"), (K.SHIPMENT, "-4", None), (K.RETURN, "2", None)], ["10.00", "-10.00", "5.00"], "5.00",
    ),
    "found, and nothing is known but what the vendor asks": ([(K.COUNT, "3", None)], ["21.00"], "21.00"),
    "a voided receipt takes its own cost": (
        [(K.RECEIPT, "10", "10"), (K.RECEIPT, "10", "20"), (K.ADJUSTMENT, "-10", "20")], ["10.00", "20.00", "-20.00"], "10.00",
    ),
    "below zero at the last cost, and what comes in corrects it": (
        [(K.RECEIPT, "2", "10"), (K.SHIPMENT, "-5", None), (K.RECEIPT, "10", "60")], ["10.00", "-25.00", "57.00"], "42.00",
    ),
    "still below zero": (
        [(K.RECEIPT, "1", "5"), (K.SHIPMENT, "-5", None), (K.RECEIPT, "2", "12")], ["5.00", "-25.00", "8.00"], "-12.00",
    ),
    "up to nothing is nothing": ([(K.RECEIPT, "1", "5"), (K.SHIPMENT, "-3", None), (K.COUNT, "2", None)], ["5.00", "-15.00", "10.00"], "0.00"),
    "worth less from now on": ([(K.RECEIPT, "4", "10"), (K.REVALUATION, "0", "6"), (K.SHIPMENT, "-2", None)], ["10.00", "-4.00", "-3.00"], "3.00"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    steps, values, left = EXAMPLES[name]
    moves = [move(*step) for step in steps]
    found = valued(moves, {Key(1, 1): Worth()}, {1: D(7)}, "EUR")
    assert ([*found.values], found.worths[Key(1, 1)].value) == ([D(v) for v in values], D(left))


def test_a_transfer_carries_its_worth_and_an_assembly_is_worth_its_parts() -> None:
    worths = {
        Key(1, 1): Worth(D(3), D(10), D("3.333333")),
        Key(1, 2): Worth(D(1), D(9)),
        Key(2, 1): Worth(D(4), D(2), D("0.5")),
        Key(3, 1): Worth(),
    }
    carried = valued([move(K.TRANSFER, "-1"), move(K.TRANSFER, "1", at=2)], worths, {}, "EUR")
    assert carried.values == (D("-3.33"), D("3.33"))
    parts = [move(K.BUILD, "-2"), move(K.BUILD, "-4", item=2), move(K.BUILD, "1", item=3)]
    built = valued(parts, worths, {}, "EUR")
    assert built.values == (D("-6.67"), D("-2.00"), D("8.67"))
    apart = [move(K.BUILD, "-1", item=3), move(K.BUILD, "2"), move(K.BUILD, "4", item=2)]
    assert valued(apart, built.worths, {}, "EUR").values == (D("-8.67"), D("6.67"), D("2.00"))


quantities = st.integers(1, 9).map(D)
costs = st.none() | st.decimals(0, 99, places=2)
steps = st.tuples(
    st.sampled_from([K.RECEIPT, K.SHIPMENT, K.RETURN, K.COUNT, K.TRANSFER, K.BUILD]),
    quantities, costs, st.integers(1, 2), st.booleans(),
)  # fmt: skip


@given(st.lists(steps, max_size=25), st.booleans(), st.sampled_from(["EUR", "JPY", "BHD"]))
def test_the_worth_is_the_sum_of_the_values_and_nothing_is_worth_nothing(
    happened: list[tuple[MoveKind, D, D | None, int, bool]], negative: bool, currency: str
) -> None:
    worths = {Key(item, at): Worth() for item in (1, 2) for at in (1, 2)}
    sums: dict[Key, D] = defaultdict(D)
    for kind, quantity, cost, item, up in happened:
        here, there = Key(item, 1), Key(3 - item if kind is K.BUILD else item, 1 if kind is K.BUILD else 2)
        known = (
            None if cost is None else cost.quantize(D(1).scaleb(-{"EUR": 2, "JPY": 0, "BHD": 3}[currency]))
        )
        if kind in (K.TRANSFER, K.BUILD):
            moves = [
                Move(kind, StockLine(*key, q), Stock(on_hand=q))
                for key, q in ((here, -quantity), (there, quantity))
            ]
        else:
            signed = -quantity if kind is K.SHIPMENT or (kind is K.COUNT and not up) else quantity
            incoming = known if signed > 0 and kind is K.RECEIPT else None
            moves = [Move(kind, StockLine(*here, signed, cost=incoming), Stock(on_hand=signed))]
        short = any(worths[m.line.key].quantity + m.change.on_hand < 0 for m in moves)
        if short and not negative:
            continue
        whole = all(worths[m.line.key].quantity >= 0 for m in moves)
        found = valued(moves, worths, {1: D(3)}, currency)
        if kind in (K.TRANSFER, K.BUILD) and whole and not short:
            assert sum(found.values) == 0
        for one, value in zip(moves, found.values, strict=True):
            sums[one.line.key] += value
        worths = dict(found.worths)
        for key, one in worths.items():
            assert one.value == sums[key]
            assert one.quantity or not one.value, "Nothing is worth nothing."
            assert one.value >= 0 or one.quantity < 0
            assert one.value <= 0 or one.quantity > 0


# -- in the ledger ---------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.database


@pytest.fixture
def actor(db: None) -> Actor:
    return company()


def ledger_at(actor: Actor, at: datetime | None = None) -> dict[tuple[int, int], tuple[D, D]]:
    """The sums of the ledger, by hand."""
    found: dict[tuple[int, int], tuple[D, D]] = {}
    for row in StockMove.objects.of(actor).filter(**({"at__lte": at} if at else {})):
        quantity, value = found.get((row.item_id, row.location_id), (D(0), D(0)))
        found[row.item_id, row.location_id] = (quantity + row.on_hand, value + row.value)
    return found


def test_the_worth_of_every_moment_is_the_ledgers(actor: Actor) -> None:
    put(actor, {"stock.allow_negative": True})
    pole, tent = (
        thing(actor, "POLE", vendors=[Vendor("Alder", D(2))]),
        thing(actor, "TENT", ItemType.ASSEMBLY),
    )
    save_item(actor, {}, item_id=tent.pk, details=Details(parts=[Component(pole.pk, D(3))]))
    main, van = place(actor), place(actor, "Van")
    stock.receive(actor, [StockLine(pole.pk, main.pk, D(10), cost=D("33.33"))])
    stock.build(actor, tent.pk, D(3), main.pk)
    stock.transfer(actor, [line(tent, main, 1)], van.pk)
    stock.ship(actor, [line(tent, main, 1), line(pole, main, 4)])
    stock.unbuild(actor, tent.pk, D(1), main.pk)
    stock.count(actor, [line(pole, main, 5)])
    stock.adjust(actor, [line(pole, van, 2)], reason="found")
    stock.revalue(actor, pole.pk, main.pk, D("1.11"), reason="damp")
    for at in StockMove.objects.order_by("at").values_list("at", flat=True).distinct():
        assert worth(actor, at=at) == ledger_at(actor, at)
    assert worth(actor) == ledger_at(actor)
    assert worth(actor)[pole.pk, main.pk] == (5, D("5.55"))
    assert worth(actor)[pole.pk, van.pk] == (2, D("4.00")), (
        "What the vendor asks, since nothing else is known."
    )
    assert discrepancies(actor) == []
    level = StockLevel.objects.get(item=pole, location=main)
    assert (level.value, level.unit_cost) == (D("5.55"), D("1.11"))


def test_costs_are_for_who_may_see_them(actor: Actor) -> None:
    tent, main = thing(actor, "TENT"), place(actor)
    packer = Actor(actor.organisation_id, actor.user_id, Role.WAREHOUSE)
    stock.adjust(packer, [line(tent, main, 3)], reason="found")
    with pytest.raises(Refused):
        stock.adjust(packer, [StockLine(tent.pk, main.pk, D(1), cost=D(5))], reason="found")
    with pytest.raises(Refused):
        stock.revalue(packer, tent.pk, main.pk, D(5), reason="why not")
    with pytest.raises(Refused):
        worth(packer)
    stock.revalue(actor, tent.pk, main.pk, D(5), reason="opening value")
    assert worth(actor)[tent.pk, main.pk] == (3, 15)
    with pytest.raises(Invalid, match="Say why"):
        stock.revalue(actor, tent.pk, main.pk, D(5), reason=" ")
    with pytest.raises(Conflict, match="Nothing lies there"):
        stock.revalue(actor, tent.pk, place(actor, "Van").pk, D(5), reason="opening")
