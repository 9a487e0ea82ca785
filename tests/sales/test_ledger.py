"""The account of a customer between two days: by example, and by properties over accounts that nobody would keep."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.sales.ledger import WRITTEN_OFF, Posting, Settled, account, given_up, running

pytestmark = pytest.mark.req("B21")
NEW_YEAR = date(2026, 1, 1)


def day(n: int) -> date:
    return NEW_YEAR + timedelta(days=n)


def posting(key: int, at: int, amount: str, due: int | None = None) -> Posting:
    kind = "payment" if amount.startswith("-") else "invoice"
    return Posting(key, day(at), D(amount), kind, f"N-{key}", None if due is None else day(due))


BOOKS = [
    posting(1, 0, "100", due=30),
    posting(2, 10, "-60"),
    posting(3, 10, "40", due=20),
    posting(4, 50, "-70"),
    posting(5, 60, "0.50"),
]
PAID = [Settled(2, 1, D(60)), Settled(4, 1, D(40)), Settled(4, 3, D(10))]


@pytest.mark.parametrize(
    ("first", "last", "opening", "moves", "closing", "ages"),
    [
        (None, 9, "0", [1], "100", "100 0 0 0 0 0"),
        (0, 10, "0", [1, 3, 2], "80", "80 0 0 0 0 0"),  # of one day, what is owed before what pays it
        (1, 20, "100", [3, 2], "80", "80 0 0 0 0 0"),  # due today is not overdue
        (11, 21, "80", [], "80", "40 40 0 0 0 0"),  # what is paid later is open still
        (11, 49, "80", [], "80", "0 80 0 0 0 0"),
        (11, 50, "80", [4], "10", "0 30 0 0 0 -20"),  # 30 days overdue, and 20 that nobody applied
        (51, 60, "10", [5], "10.50", "0.50 0 30 0 0 -20"),
        (51, 111, "10", [5], "10.50", "0 0 0.50 0 30 -20"),
        (61, 200, "10.50", [], "10.50", "0 0 0 0 30.50 -20"),
    ],
)
def test_an_account_by_example(
    first: int | None, last: int, opening: str, moves: list[int], closing: str, ages: str
) -> None:
    found = account(BOOKS, PAID, None if first is None else day(first), day(last))
    assert (found.opening, found.closing) == (D(opening), D(closing))
    assert [p.key for p in found.moves] == moves
    assert found.ages == tuple(map(D, ages.split()))


@pytest.mark.parametrize(
    ("amount", "applied", "still_open", "against"),
    [("100", "60", "40", None), ("100", "60", "0", "-40"), ("-100", "0", "0", "100"), ("0", "0", "0", None)],
)
def test_what_is_given_up_is_posted_against_it(
    amount: str, applied: str, still_open: str, against: str | None
) -> None:
    of = posting(7, 10, amount)
    found = given_up(of, D(applied), D(still_open), day(5))
    if against is None:
        assert found is None
        return
    assert found is not None
    lost, settled = found
    assert (lost.amount, lost.kind, lost.day) == (
        D(against),
        WRITTEN_OFF,
        day(10),
    )  # never before it was owed
    left = of.amount + lost.amount
    assert account([of, lost], [settled], None, day(10)).open == (((of, left),) if left else ())


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Posting], list[Settled]]:
    """Postings of sixty days, and settlements of which none takes more than there is on either side."""
    cents = st.integers(-50_000, 50_000)
    rows = [
        Posting(n, day(at), D(amount) / 100, "", "", day(at + due))
        for n, (at, amount, due) in enumerate(
            draw(st.lists(st.tuples(st.integers(0, 60), cents, st.integers(-5, 95)), max_size=14)), 1
        )
    ]
    rest, settled = {p.key: p.amount for p in rows}, []
    for credit, debt in (
        draw(st.lists(st.tuples(st.sampled_from(rows), st.sampled_from(rows)), max_size=12)) if rows else []
    ):
        free = min(-rest[credit.key], rest[debt.key])
        if free > 0:
            amount = (free * draw(st.integers(1, 100)) / 100).quantize(D("0.01"))
            rest[credit.key] += amount
            rest[debt.key] -= amount
            settled.append(Settled(credit.key, debt.key, amount))
    return rows, settled


@given(books(), st.integers(0, 70), st.integers(0, 70), st.integers(0, 70))
def test_periods_follow_upon_each_other_to_the_cent(
    kept: tuple[list[Posting], list[Settled]], a: int, b: int, c: int
) -> None:
    first, middle, last = sorted((a, b, c))
    one = account(*kept, day(first), day(middle))
    two = account(*kept, day(middle + 1), day(last + 1))
    whole = account(*kept, day(first), day(last + 1))
    for found in (one, two, whole):
        assert found.opening + sum(p.amount for p in found.moves) == found.closing
        assert sum(found.ages) == found.closing == sum(rest for _p, rest in found.open)
        assert all(age >= 0 for age in found.ages[:-1]) and found.ages[-1] <= 0
    assert one.closing == two.opening
    assert (whole.opening, whole.closing) == (one.opening, two.closing)
    assert [p.key for p in whole.moves] == [p.key for p in (*one.moves, *two.moves)]


def test_the_balance_runs() -> None:
    assert running([D(10), D(-4), D("0.5")]) == [D(10), D(6), D("6.5")]
