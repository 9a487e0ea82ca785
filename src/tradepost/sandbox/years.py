"""Three years of the sample company, before what ``company`` tells of lately: pure, and the same for the same day.

Trade grows by half in that time, is liveliest in May and before the holidays, and one customer in five pays late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tradepost.sandbox.company import PAST, Buyer, Company, Paper, Ware, paper
from tradepost.sandbox.wares import CARRIERS

DAYS = 3 * 365
ORDERS, SMALL = 10_000, 30
QUOTES = 0.12  # for one order
SEASONS = (0.6, 0.65, 0.8, 0.95, 1.0, 0.9, 0.75, 0.7, 0.8, 0.9, 1.0, 0.95)  # January first
METHODS = ("Cheque", "Bank transfer", "Bank transfer", "Card")
LATE = 5  # the customers whose number is divisible by it


@dataclass(frozen=True, slots=True)
class Course:
    """What became of an order: shipped, invoiced, and paid on a day that may be yet to come (None)."""

    shipped: date
    carrier: str
    tracking: str
    invoiced: date
    due: date
    paid: date | None
    method: str


def papers(company: Company, today: date, *, small: bool = False) -> tuple[Paper, ...]:
    """So many older orders that with the company's own there are ``ORDERS``, and their quotes; the oldest first."""
    chance = Random(1066)  # noqa: S311 - sample data
    orders = SMALL if small else ORDERS - sum(one.kind == "order" for one in company.papers)
    kinds = ["order"] * orders + ["quote"] * int(orders * QUOTES)
    made = (_older(chance, company.buyers, company.wares, kind, today) for kind in kinds)
    return tuple(sorted(made, key=lambda one: -one.age))


def _older(chance: Random, buyers: Sequence[Buyer], goods: Sequence[Ware], kind: str, today: date) -> Paper:
    """Letters of so long ago are not kept; notes and calls are."""
    one = paper(chance, buyers, goods, kind, _age(chance, today))
    status = "closed" if one.status == "shipped" else one.status
    kept = tuple(happening for happening in one.happenings if happening.kind in ("note", "call"))
    return replace(one, status=status, happenings=kept)


def _age(chance: Random, today: date) -> int:
    """A working day between two months and three years ago, the likelier the more was sold then."""
    while True:
        age = chance.randint(PAST // 3, DAYS)
        day = today - timedelta(days=age)
        growth = 1 - age / DAYS / 3
        if day.weekday() < 5 and chance.random() < SEASONS[day.month - 1] * growth:
            return age


def course(chance: Random, ordered: date, customer: int, days: int | None, today: date) -> Course:
    """``days`` until an invoice is due, None for who pays with the order; ``customer`` is a number."""
    shipped = ordered + timedelta(days=chance.choice((1, 1, 2, 3, 5)))
    invoiced = shipped + timedelta(days=chance.choice((0, 0, 1, 2)))
    due = invoiced + timedelta(days=days or 0)
    late = chance.randint(5, 40) if customer % LATE == 0 else chance.choice((-6, -3, -1, 0, 0, 2, 9))
    paid = max(due + timedelta(days=late), invoiced) if days is not None else invoiced
    carrier, prefix = chance.choice(CARRIERS)
    return Course(
        shipped=shipped,
        carrier=carrier,
        tracking=f"{prefix}{chance.randrange(10**9):09}",
        invoiced=invoiced,
        due=due,
        paid=paid if paid <= today else None,
        method=chance.choice(METHODS),
    )


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is bought of one vendor before a month begins: quantities by item."""

    ordered: date
    received: date
    vendor: int
    quantities: tuple[tuple[int, Decimal], ...]


def purchases(sold: Iterable[tuple[date, int, int, Decimal]]) -> list[Purchase]:
    """Exactly what was sold, so that the shelves are as before: ``sold`` are day, vendor, item, quantity."""
    months: dict[tuple[date, int], dict[int, Decimal]] = {}
    for day, vendor, item, quantity in sold:
        its = months.setdefault((day.replace(day=1), vendor), {})
        its[item] = its.get(item, Decimal(0)) + quantity
    return [
        Purchase(first - timedelta(days=17), first - timedelta(days=3), vendor, tuple(sorted(its.items())))
        for (first, vendor), its in sorted(months.items())
    ]
