"""Whatever is done in whatever order, the database agrees with a dictionary, and the ledger with the kept sums."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.catalog.shop import line
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Organisation
from tradepost.catalog import ledger, stock
from tradepost.catalog.availability import ZERO, Stock
from tradepost.catalog.ledger import Books, Key, NotHeld, Ref, StockLine
from tradepost.catalog.models import Item, ItemPart, Location
from tradepost.catalog.queries import discrepancies, sums
from tradepost.kit import clock

QUANTITY = st.decimals("0.01", 9, places=2)
ITEM, PLACE, REF = st.integers(0, 2), st.integers(0, 1), st.integers(1, 3)
SIDES = ("on_hand", "allocated", "on_order")
RECIPE = {1: Decimal(2), 2: Decimal("0.5")}  # what goes into item 0


class Refusal(Exception):
    """The model would not do it."""


class Desk(RuleBasedStateMachine):
    """Three items, of which one is built from the others, in two locations."""

    def __init__(self) -> None:
        super().__init__()
        organisation = Organisation.objects.create(name="Desk", token_key=b"k" * 32)
        self.actor = Actor(organisation.pk, None, Role.ADMIN)
        mine = {"organisation_id": organisation.pk}
        self.items = [
            Item.objects.create(sku=f"I-{n}", name="i", type="stock" if n else "assembly", **mine)
            for n in range(3)
        ]
        for n, quantity in RECIPE.items():
            ItemPart.objects.create(
                whole=self.items[0], part=self.items[n], quantity=quantity, position=n, **mine
            )
        self.places = [Location.objects.create(name=f"L-{n}", **mine) for n in range(2)]
        self.sums: dict[tuple[int, int, str], Decimal] = defaultdict(Decimal)
        self.held: dict[tuple[int, int, int, str], Decimal] = defaultdict(Decimal)
        self.past: list[tuple[datetime, dict[int, Decimal]]] = []

    # -- the dictionary ----------------------------------------------------------------------------------------

    def free(self, item: int, place: int) -> Decimal:
        return self.sums[item, place, "on_hand"] - self.sums[item, place, "allocated"]

    def need(self, condition: bool) -> None:
        if not condition:
            raise Refusal

    def add(self, item: int, place: int, side: str, quantity: Decimal, ref: int | None = None) -> None:
        self.sums[item, place, side] += quantity
        if ref:
            self.held[ref, item, place, side] += quantity

    def line(self, item: int, place: int, quantity: Decimal, ref: int | None = None) -> StockLine:
        return line(self.items[item], self.places[place], quantity, ref)

    def do(self, verb: Any, model: Any) -> None:
        """Both do it, or both refuse and neither has changed."""
        before = (self.sums.copy(), self.held.copy())
        try:
            model()
        except Refusal:
            self.sums, self.held = before
            with pytest.raises((stock.ShortStock, NotHeld)):
                verb()
        else:
            verb()

    # -- what may happen ---------------------------------------------------------------------------------------

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, ref=st.none() | REF)
    def receive(self, item: int, place: int, quantity: Decimal, ref: int | None) -> None:
        def model() -> None:
            expected = self.held[ref, item, place, "on_order"] if ref else ZERO
            self.add(item, place, "on_hand", quantity)
            self.add(item, place, "on_order", -min(quantity, expected), ref)

        self.do(lambda: stock.receive(self.actor, [self.line(item, place, quantity, ref)]), model)

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, ref=st.none() | REF)
    def ship(self, item: int, place: int, quantity: Decimal, ref: int | None) -> None:
        def model() -> None:
            mine = min(quantity, self.held[ref, item, place, "allocated"] if ref else ZERO)
            self.need(quantity <= self.sums[item, place, "on_hand"])
            self.need(quantity - mine <= max(ZERO, self.free(item, place)))
            self.add(item, place, "on_hand", -quantity)
            self.add(item, place, "allocated", -mine, ref)

        self.do(lambda: stock.ship(self.actor, [self.line(item, place, quantity, ref)]), model)

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, ref=REF)
    def allocate(self, item: int, place: int, quantity: Decimal, ref: int) -> None:
        def model() -> None:
            self.need(quantity <= self.free(item, place))
            self.add(item, place, "allocated", quantity, ref)

        self.do(lambda: stock.allocate(self.actor, [self.line(item, place, quantity, ref)]), model)

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, ref=REF)
    def allocate_in_part(self, item: int, place: int, quantity: Decimal, ref: int) -> None:
        def model() -> None:
            self.add(item, place, "allocated", min(quantity, max(ZERO, self.free(item, place))), ref)

        line = self.line(item, place, quantity, ref)
        self.do(lambda: stock.allocate(self.actor, [line], in_part=True), model)

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, ref=REF)
    def expect(self, item: int, place: int, quantity: Decimal, ref: int) -> None:
        stock.expect(self.actor, [self.line(item, place, quantity, ref)])
        self.add(item, place, "on_order", quantity, ref)

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, ref=REF, side=st.sampled_from(["allocated", "on_order"]))
    def let_some_go(self, item: int, place: int, quantity: Decimal, ref: int, side: str) -> None:
        def model() -> None:
            self.need(quantity <= self.held[ref, item, place, side])
            self.add(item, place, side, -quantity, ref)

        verb = stock.release if side == "allocated" else stock.withdraw
        self.do(lambda: verb(self.actor, [self.line(item, place, quantity, ref)]), model)

    @rule(ref=REF)
    def cancel(self, ref: int) -> None:
        stock.let_go(self.actor, [Ref("order_line", ref)])
        for (one, item, place, side), quantity in list(self.held.items()):
            if one == ref:
                self.add(item, place, side, -quantity, ref)

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY, sign=st.sampled_from([1, -1]))
    def adjust(self, item: int, place: int, quantity: Decimal, sign: int) -> None:
        def model() -> None:
            self.add(item, place, "on_hand", sign * quantity)
            self.need(self.sums[item, place, "on_hand"] >= 0)

        change = self.line(item, place, sign * quantity)
        self.do(lambda: stock.adjust(self.actor, [change], reason="found or lost"), model)

    @rule(item=ITEM, place=PLACE, quantity=st.just(ZERO) | QUANTITY)
    def count(self, item: int, place: int, quantity: Decimal) -> None:
        stock.count(self.actor, [self.line(item, place, quantity)])
        self.sums[item, place, "on_hand"] = quantity

    @rule(item=ITEM, place=PLACE, quantity=QUANTITY)
    def transfer(self, item: int, place: int, quantity: Decimal) -> None:
        def model() -> None:
            self.need(quantity <= self.free(item, place))
            self.add(item, place, "on_hand", -quantity)
            self.add(item, 1 - place, "on_hand", quantity)

        target = self.places[1 - place].pk
        self.do(lambda: stock.transfer(self.actor, [self.line(item, place, quantity)], target), model)

    @rule(place=PLACE, quantity=st.integers(1, 3).map(Decimal))
    def build(self, place: int, quantity: Decimal) -> None:
        def model() -> None:
            for part, each in RECIPE.items():
                self.need(each * quantity <= self.free(part, place))
                self.add(part, place, "on_hand", -each * quantity)
            self.add(0, place, "on_hand", quantity)

        where = self.places[place].pk
        self.do(lambda: stock.build(self.actor, self.items[0].pk, quantity, where), model)

    @precondition(lambda self: len(self.past) < 3)
    @rule()
    def remember(self) -> None:
        self.past.append((clock.now(), self.on_hand()))

    # -- what always holds -------------------------------------------------------------------------------------

    def on_hand(self) -> dict[int, Decimal]:
        return {self.items[i].pk: sum(self.sums[i, p, "on_hand"] for p in (0, 1)) for i in range(3)}  # type: ignore[misc]

    @invariant()
    def the_database_says_the_same(self) -> None:
        for p, place in enumerate(self.places):
            found = sums(self.actor, locations=[place.pk])
            for i, item in enumerate(self.items):
                level = found.get(item.pk, Stock())
                assert [getattr(level, s) for s in SIDES] == [self.sums[i, p, s] for s in SIDES]

    @invariant()
    def the_ledger_agrees(self) -> None:
        assert discrepancies(self.actor) == []
        for at, was in self.past:
            found = sums(self.actor, at=at)
            assert {pk: found.get(pk, Stock()).on_hand for pk in was} == was


@pytest.mark.django_db
@pytest.mark.database
def test_any_day_at_the_desk() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Desk,
        settings=settings(max_examples=15, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )


LINES = st.lists(
    st.builds(StockLine, st.integers(1, 2), st.just(1), QUANTITY, st.none(), st.just(Ref("order_line", 1))),
    min_size=1,
    max_size=4,
)
BOOKS = st.builds(
    lambda rows: Books(levels=rows, held={(Ref("order_line", 1), k): v for k, v in rows.items()}),
    st.fixed_dictionaries(
        {Key(n, 1): st.builds(Stock, *[st.decimals(0, 20, places=2)] * 3) for n in (1, 2)},
    ),
)


@given(
    LINES,
    BOOKS,
    st.sampled_from(
        [ledger.receipt, ledger.shipment, ledger.allocation, ledger.expectation, ledger.taking_back]
    ),
    st.integers(1, 99),
)
def test_splitting_a_movement_changes_nothing(
    lines: list[StockLine], books: Books, decide: ledger.Decide, share: int
) -> None:
    split = []
    for one in lines:
        first = (one.quantity * share / 100).quantize(Decimal("0.0001"))
        split += [replace(one, quantity=q) for q in (first, one.quantity - first)]
    whole, halves = (ledger.settle(decide(some, books), books) for some in (lines, split))
    assert whole == halves
