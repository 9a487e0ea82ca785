"""The decisions about parties, as tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradepost.people.rules import Place, Standing, ancestry_is_sound, credit_stop, places

LIMIT = Decimal(1000)


@pytest.mark.parametrize(
    ("standing", "stop"),
    [
        (Standing("Harbor"), ""),
        (Standing("Harbor", owed=Decimal(10**9)), ""),
        (Standing("Harbor", LIMIT, owed=LIMIT), ""),
        (
            Standing("Harbor", LIMIT, owed=LIMIT + Decimal("0.01")),
            "Harbor owes 1000.01, more than the credit limit of 1000.00",
        ),
        (Standing("Harbor", Decimal(0), owed=Decimal(0)), ""),
        (Standing("Harbor", hold=True), "Harbor is on credit hold"),
        (
            Standing("Harbor", LIMIT, True, "Two cheques bounced."),
            "Harbor is on credit hold: Two cheques bounced",
        ),
        (Standing("Harbor", unvalued="INV-7"), ""),
        (
            Standing("Harbor", LIMIT, unvalued="INV-7"),
            "Harbor has a credit limit, and INV-7 is in a currency without an exchange rate",
        ),
    ],
)
def test_when_nothing_goes_out(standing: Standing, stop: str) -> None:
    assert credit_stop(standing) == stop


B, S = "billing", "shipping"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([], []),
        ([Place(B), Place(S, name=" ")], []),
        ([Place(B, street="1 Dock")], [("1 Dock", True)]),
        ([Place(B, street="1 Dock"), Place(B, street=" 1  DOCK ")], [("1 Dock", True)]),
        ([Place(B, street="1 Dock"), Place(S, street="1 Dock")], [("1 Dock", True), ("1 Dock", True)]),
        ([Place(B, city="Malmö", street="A"), Place(B, city="MALMO", street="a")], [("A", True)]),
        ([Place(B, street="A"), Place(B, street="B", primary=True)], [("A", False), ("B", True)]),
        ([Place(B, street="A", primary=True), Place(B, street="B", primary=True)], [("A", True), ("B", False)]),
        ([Place(B, street="A"), Place(B, street="B"), Place(B, street="a", primary=True)], [("A", True), ("B", False)]),
        ([Place(B, street="A"), Place(B, street="A", name="Annex")], [("A", True), ("A", False)]),
    ],
)  # fmt: skip
def test_which_addresses_are_kept(given: list[Place], kept: list[tuple[str, bool]]) -> None:
    assert [(place.street, place.primary) for place in places(given)] == kept


@pytest.mark.parametrize(
    ("parent", "parents", "sound"),
    [
        (None, {}, True),
        (2, {}, True),
        (1, {}, False),
        (2, {2: 1}, False),
        (2, {2: 3, 3: 1}, False),
        (2, {2: 3, 3: 4}, True),
        (2, {2: 3, 3: 2}, True),
    ],
)
def test_nobody_is_his_own_ancestor(parent: int | None, parents: dict[int, int | None], sound: bool) -> None:
    assert ancestry_is_sound(1, parent, parents) is sound
