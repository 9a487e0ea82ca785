"""Three years of the sample company, before what ``company`` tells of lately: pure, and the same for the same day.

Trade grows by half in that time, is liveliest in May and before the holidays, and one customer in five pays late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from math import sin
from random import Random

from tradepost.sandbox.company import PAST, Company, Paper, paper
from tradepost.sandbox.wares import CARRIERS

DAYS = 3 * 365
ORDERS, SMALL = 10_000, 150
QUOTES = 0.12  # for one order
SEASONS = (0.6, 0.65, 0.8, 0.95, 1.0, 0.9, 0.75, 0.7, 0.8, 0.9, 1.0, 0.95)  # January first
METHODS = ("Cheque", "Bank transfer", "Bank transfer", "Card")
LATE = 5  # the customers whose number is divisible by it
COUNTER = 0.012  # sales there, for one order
SPLIT, RETURNED, SLOW = (
    25,
    40,
    60,
)  # of so many orders on account one: the exceptions come in turn, not by chance
WAITING, BACK_ORDERED = 0.04, 75  # of orders not older than so many days
RATES = {"CAD": 0.735, "EUR": 1.085, "GBP": 1.262, "SEK": 0.0955}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What went out at once, was invoiced, and paid: ``payments`` are days and shares of the invoice; a day that is yet to
    come is left out. ``part``: 1 the first half of the lines, 2 the others, 0 all."""

    shipped: date
    carrier: str
    tracking: str
    invoiced: date
    due: date
    payments: tuple[tuple[date, Decimal], ...] = ()
    method: str = ""
    given_up: bool = False
    part: int = 0

    @property
    def share(self) -> Decimal:
        """How much of the invoice is paid."""
        return sum((share for _day, share in self.payments), Decimal(0))


@dataclass(frozen=True, slots=True)
class Course:
    """What became of an order: its deliveries, and on which day something of the first came back, if it did."""

    deliveries: tuple[Delivery, ...]
    returned: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Of an order, what its course goes by. ``customer`` is a number; ``days`` until an invoice is due, None for who pays with
    the order; ``waiting``: some of its lines are not there yet. ``turn``: which it is of those with several lines on account,
    from 1 on; 0 where nothing unusual may happen."""

    day: date
    customer: int
    days: int | None
    turn: int = 0
    waiting: bool = False


def papers(company: Company, today: date, *, small: bool = False) -> tuple[Paper, ...]:
    """So many older orders that with the company's own there are ``ORDERS``, with the quotes that some of them came of and others
    did not, and sales at the counter; the oldest first."""
    chance = Random(1066)  # noqa: S311 - sample data
    orders = SMALL if small else ORDERS - sum(one.kind == "order" for one in company.papers)
    quotes = [_older(chance, company, "quote", today) for _ in range(int(orders * QUOTES))]
    quotes = [replace(one, deal=n) if one.status == "accepted" else one for n, one in enumerate(quotes, 1)]
    won = [_won(chance, one) for one in quotes if one.deal]
    kinds = ["order"] * (orders - len(won)) + ["cash_sale"] * max(2, int(orders * COUNTER))
    made = [*quotes, *won, *(_older(chance, company, kind, today) for kind in kinds)]
    return tuple(sorted(made, key=lambda one: -one.age))


def _older(chance: Random, company: Company, kind: str, today: date) -> Paper:
    """Letters of so long ago are not kept; notes and calls are. A few orders still wait for the rest of their goods."""
    one = paper(chance, company.buyers, company.wares, kind, _age(chance, today))
    status = "closed" if one.status == "shipped" else one.status
    if kind == "cash_sale":
        return replace(
            one, status="completed", happenings=(), freight=Decimal(0), po_number="", channel="shop"
        )
    if status == "closed" and one.age < BACK_ORDERED and len(one.rows) > 1 and chance.random() < WAITING:
        status = "partly_shipped"
    kept = tuple(happening for happening in one.happenings if happening.kind in ("note", "call"))
    return replace(one, status=status, happenings=kept)


def _won(chance: Random, quote: Paper) -> Paper:
    """The order that came of a quote, some days later."""
    number = f"PO-{chance.randint(1000, 9999)}" if chance.random() < 0.6 else ""
    age = quote.age - chance.randint(2, 12)
    return replace(quote, kind="order", age=age, status="closed", po_number=number, happenings=())


def _age(chance: Random, today: date) -> int:
    """A working day between two months and three years ago, the likelier the more was sold then."""
    while True:
        age = chance.randint(PAST // 3, DAYS)
        day = today - timedelta(days=age)
        growth = 1 - age / DAYS / 3
        if day.weekday() < 5 and chance.random() < SEASONS[day.month - 1] * growth:
            return age


def course(chance: Random, known: Known, today: date) -> Course:
    """Most go out at once and are paid within days of being due; one in five customers pays late, some orders go out in two
    parts, and now and then something comes back, or is paid much too late, in part, or never."""
    split = known.waiting or known.turn % SPLIT == 7
    first = _delivery(chance, known, known.day, 1 if split else 0, today)
    if split:
        later = first.shipped + timedelta(days=chance.randint(6, 20))
        second = _delivery(chance, known, later, 2, today)
        return Course((first,) if known.waiting else (first, second))
    back = first.invoiced + timedelta(days=chance.randint(2, 9))
    unpaid = all(day >= back and share == 1 for day, share in first.payments)
    returned = known.turn % RETURNED == 11 and unpaid and not first.given_up and back < today
    return Course((first,), back if returned else None)


def _delivery(chance: Random, known: Known, since: date, part: int, today: date) -> Delivery:
    shipped = since + timedelta(days=chance.choice((1, 1, 2, 3, 5)))
    invoiced = shipped + timedelta(days=chance.choice((0, 0, 1, 2)))
    due = invoiced + timedelta(days=known.days or 0)
    late = chance.randint(5, 40) if known.customer % LATE == 0 else chance.choice((-6, -3, -1, 0, 0, 2, 9))
    paid = max(due + timedelta(days=late), invoiced) if known.days is not None else invoiced
    payments, given_up = [(paid, Decimal(1))], False
    if known.turn % SLOW == 13:
        much_later = due + timedelta(days=chance.randint(45, 160))
        half, rest = (due, Decimal("0.5")), (much_later, Decimal("0.5"))
        payments = ([half], [(much_later, Decimal(1))], [half, rest], [])[known.turn // SLOW % 4]
        # Where nobody answers, the books let go of it after half a year.
        given_up = known.turn // SLOW % 4 in (0, 3) and due + timedelta(days=180) < today
    carrier, prefix = chance.choice(CARRIERS)
    return Delivery(
        shipped=shipped,
        carrier=carrier,
        tracking=f"{prefix}{chance.randrange(10**9):09}",
        invoiced=invoiced,
        due=due,
        payments=tuple((day, share) for day, share in payments if day <= today),
        method=chance.choice(METHODS),
        given_up=given_up,
        part=part,
    )


def rates(today: date) -> Iterator[tuple[str, date, Decimal]]:
    """What a dollar's worth of other money was on the first of each month: currency, day, rate."""
    first = (today - timedelta(days=DAYS + 62)).replace(day=1)
    months = (today.year - first.year) * 12 + today.month - first.month
    for n in range(months + 1):
        place = first.month - 1 + n
        day = date(first.year + place // 12, place % 12 + 1, 1)
        for turn, (currency, rate) in enumerate(RATES.items()):
            swing = 1 + 0.03 * sin(n / 5 + turn) + 0.01 * sin(n * 1.7 + turn)
            yield currency, day, Decimal(str(round(rate * swing, 4)))


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
