"""The states of every kind: properties of the table, and the days of the people who work with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.accounts.access import GRANTS, Permission, Role
from tradepost.kit.errors import Conflict
from tradepost.sales.following import FULFILMENTS
from tradepost.sales.guards import Guard
from tradepost.sales.state_table import MACHINES, Row
from tradepost.sales.states import (
    CONVERSIONS,
    Conversion,
    Facts,
    Kind,
    Refusal,
    Transition,
    buttons,
    conversion,
    editable,
    next_state,
    require,
)

FREE = Facts()
facts = st.builds(
    Facts,
    hold=st.sampled_from(["", "Credit limit."]),
    lines=st.integers(0, 3),
    left=st.booleans(),
    followers=st.integers(0, 2),
    paid=st.booleans(),
)


def rows() -> Iterator[tuple[Kind, Row]]:
    for kind, machine in MACHINES.items():
        for row in machine.rows:
            yield kind, row


def test_every_kind_has_a_machine() -> None:
    assert set(MACHINES) == set(Kind)


# An order is confirmed from "draft" only where an import or a shop puts it there.
ENTRIES = {Kind.ORDER: {"draft"}}


@pytest.mark.parametrize("kind", Kind)
def test_every_state_is_reached(kind: Kind) -> None:
    machine = MACHINES[kind]
    reached, waiting = set(), {machine.initial, *ENTRIES.get(kind, ())}
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting |= {r.target for r in machine.rows if r.target and state in r.sources} - reached
    named = {s for r in machine.rows for s in r.sources} | set(machine.states) | set(machine.open)
    assert named == reached
    assert len({r.verb for r in machine.rows}) == len(machine.rows)


def test_what_left_the_house_is_not_cancelled_silently() -> None:
    """Cancel is for what never counted; what was issued, paid or shipped is voided, and only if nothing hangs
    on it."""
    counted = {
        "issued",
        "paid",
        "shipped",
        "received",
        "deposited",
        "completed",
        "partly_paid",
        "partly_shipped",
    }
    for kind, row in rows():
        if row.verb == "cancel":
            assert not counted & set(row.sources), kind
        assert row.verb != "delete"


def test_nothing_on_hold_moves_goods_out() -> None:
    held = Facts(hold="Credit limit")
    moving = {"ship", "ship_part", "ship_all", "start", "finish", "complete"}
    for kind, row in rows():
        if row.verb in moving:
            assert Guard.NOT_ON_HOLD in row.guards, (kind, row.verb)
            for state in row.sources:
                assert isinstance(next_state(kind, state, row.verb, held), Refusal)
    for source in (Kind.ORDER, Kind.PICK):
        for state in MACHINES[source].states:
            assert isinstance(conversion(source, state, Kind.SHIPMENT, held), Refusal)


@given(st.data(), st.sampled_from(Kind))
def test_a_walk_never_leaves_the_table(data: st.DataObject, kind: Kind) -> None:
    state = MACHINES[kind].initial
    verbs = sorted({row.verb for _, row in rows()} | {"explode"})
    for _ in range(8):
        found = next_state(kind, state, data.draw(st.sampled_from(verbs)), data.draw(facts))
        if isinstance(found, Transition):
            state = found.target
            assert state in (*MACHINES[kind].states, *ENTRIES.get(kind, ()))
        else:
            assert found.cause.endswith(".")
            assert found.cure.endswith(".")


@given(st.sampled_from(Kind), st.sampled_from(Role), facts, st.data())
def test_a_button_that_can_be_pressed_works(
    kind: Kind, role: Role, given_facts: Facts, data: st.DataObject
) -> None:
    state = data.draw(st.sampled_from(MACHINES[kind].states))
    for button in buttons(kind, state, given_facts, GRANTS[role]):
        found = next_state(kind, state, button.verb, given_facts)
        assert (button.refusal is None) == isinstance(found, Transition)
        if isinstance(found, Transition):
            assert found.permission in GRANTS[role]


WORK = {
    Role.READ_ONLY: set(),
    Role.SALES: {Kind.QUOTE, Kind.ORDER, Kind.CASH_SALE, Kind.RMA},
    Role.WAREHOUSE: {Kind.PICK, Kind.SHIPMENT, Kind.RECEIPT, Kind.RMA},
    Role.BOOKKEEPER: set(Kind) - {Kind.QUOTE, Kind.ORDER, Kind.PICK, Kind.SHIPMENT, Kind.RMA, Kind.RECEIPT},
    Role.ADMIN: set(Kind),
    Role.MASTER_ADMIN: set(Kind),
}


@pytest.mark.parametrize("role", Role)
def test_who_has_work_where(role: Role) -> None:
    found = {
        kind for kind in Kind for state in MACHINES[kind].states if buttons(kind, state, FREE, GRANTS[role])
    }
    assert found == WORK[role]


def test_conversions_start_from_states_that_exist_and_end_in_a_state() -> None:
    for (source, target), found in CONVERSIONS.items():
        assert found.sources
        assert set(found.sources) <= {*MACHINES[source].states, *ENTRIES.get(source, ())}
        assert found.permission is MACHINES[target].edit
        assert isinstance(conversion(source, found.sources[0], target, FREE), Conversion)
        done = conversion(source, found.sources[0], target, Facts(left=False))
        assert isinstance(done, Refusal)
        assert done.cause == "Nothing of it is left to convert."


def test_the_way_from_quote_to_payment_is_paved() -> None:
    way = [Kind.QUOTE, Kind.ORDER, Kind.PICK, Kind.SHIPMENT, Kind.INVOICE, Kind.PAYMENT]
    way_in = [Kind.PURCHASE_ORDER, Kind.RECEIPT, Kind.BILL, Kind.BILL_PAYMENT]
    for path in (way, way_in, [Kind.INVOICE, Kind.RMA, Kind.CREDIT_NOTE, Kind.REFUND]):
        assert all(step in CONVERSIONS for step in zip(path, path[1:], strict=False))


@pytest.mark.parametrize("order", FULFILMENTS)
def test_all_the_ways_on_which_an_order_is_fulfilled_are_known(order: Kind) -> None:
    steps = {*CONVERSIONS, (Kind.RECEIPT, Kind.SHIPMENT)}  # a vendor ships for us
    end = FULFILMENTS[order].kind

    def beyond(kind: Kind, seen: frozenset[Kind]) -> frozenset[Kind]:
        """All that leads on from there; goods of another order are not this one's."""
        new = {b for a, b in steps if a == kind and b != Kind.ORDER} - seen
        for one in new:
            seen = beyond(one, seen | {one})
        return seen

    found = {kind for kind in beyond(order, frozenset()) if end in beyond(kind, frozenset())}
    assert found - {end} == FULFILMENTS[order].by


def test_refusals_say_what_can_be_done() -> None:
    found = next_state(Kind.INVOICE, "draft", "void", FREE)
    assert found == Refusal(
        "“void” does not fit an invoice that is draft.",
        "What can be done now: issue or cancel.",
    )
    assert isinstance(conversion(Kind.QUOTE, "draft", Kind.BILL, FREE), Refusal)
    with pytest.raises(Conflict, match=r"on hold: Credit limit\. Release"):
        require(Kind.SHIPMENT, "draft", "ship", Facts(hold="Credit limit"))
    assert require(Kind.ORDER, "open", "hold", FREE) == Transition("hold", "open", Permission.SALES_EDIT)


def test_what_was_issued_is_not_edited() -> None:
    assert editable(Kind.INVOICE, "draft")
    assert not editable(Kind.INVOICE, "issued")
    assert editable(Kind.ORDER, "open")
