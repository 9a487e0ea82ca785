"""What a customer's account says between two days, from what was posted to it and what settled what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

ZERO = Decimal(0)
WRITTEN_OFF = (
    "written_off"  # a state, and the kind of a posting that is no document: what was given up of one
)
AGES = (0, 30, 60, 90)
"""The last day overdue of each age, as aged receivables have them; what is overdue for longer is one more."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What a document adds to the account: above zero it is owed, below zero it is credit. ``of``: whose account, where
    several stand on one statement; ``note`` stands behind its number; ``deposit_for``: the order that it was paid ahead for."""

    key: int
    day: date
    amount: Decimal
    kind: str
    number: str
    due: date | None = None
    note: str = ""
    deposit_for: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """So much of the posting ``credit`` went to the posting ``debt``, on the later day of the two."""

    credit: int
    debt: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """``opening`` and ``moves`` come to ``closing``. ``open``: what is left of each posting at the end of the last day, without those
    of which nothing is. ``ages``: what is owed by days overdue, one more than :data:`AGES`, and then the credit below zero; together
    they are ``closing``."""

    opening: Decimal
    moves: tuple[Posting, ...]
    closing: Decimal
    open: tuple[tuple[Posting, Decimal], ...]
    ages: tuple[Decimal, ...]


def account(
    postings: Iterable[Posting], settled: Iterable[Settled], first: date | None, last: date
) -> Account:
    """The account from ``first`` (None: from the beginning) to the end of ``last``. On one day, what is owed stands before what
    pays it."""
    past = sorted(
        (p for p in postings if p.day <= last and p.amount), key=lambda p: (p.day, p.amount < 0, abs(p.key))
    )
    before = [p for p in past if first and p.day < first]
    rest = _rest(past, settled)
    left = tuple((p, rest[p.key]) for p in past if rest[p.key])
    return Account(
        opening=sum((p.amount for p in before), ZERO),
        moves=tuple(past[len(before) :]),
        closing=sum((p.amount for p in past), ZERO),
        open=left,
        ages=_ages(left, last),
    )


def _rest(past: Sequence[Posting], settled: Iterable[Settled]) -> dict[int, Decimal]:
    """What is left of each posting, by its key; what is settled by one that is still to come is not yet."""
    rest = {p.key: p.amount for p in past}
    for one in settled:
        if one.credit in rest and one.debt in rest:
            rest[one.credit] += one.amount
            rest[one.debt] -= one.amount
    return rest


def _ages(left: Iterable[tuple[Posting, Decimal]], last: date) -> tuple[Decimal, ...]:
    owed, credit = [ZERO] * (len(AGES) + 1), ZERO
    for posting, rest in left:
        if rest < 0:
            credit += rest
        else:
            overdue = (last - (posting.due or posting.day)).days
            owed[sum(overdue > age for age in AGES)] += rest
    return (*owed, credit)


def given_up(
    posting: Posting, applied: Decimal, still_open: Decimal, day: date
) -> tuple[Posting, Settled] | None:
    """What a document lost otherwise than by what settles it, as a posting against it: written off, or settled before it was brought
    over from another system. ``applied`` and ``still_open`` are never below zero."""
    rest = abs(posting.amount) - applied - still_open
    if not rest:
        return None
    sign = -1 if posting.amount > 0 else 1
    against = Posting(
        -posting.key, max(day, posting.day), sign * rest, WRITTEN_OFF, posting.number, of=posting.of
    )
    pair = (against.key, posting.key) if sign < 0 else (posting.key, against.key)
    return against, Settled(*pair, rest)


def running(amounts: Iterable[Decimal]) -> list[Decimal]:
    """The balance after each amount."""
    return list(accumulate(amounts))
