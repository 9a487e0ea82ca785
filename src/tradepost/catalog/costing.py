"""What stock is worth: the moving average of an item at a location, carried by every movement. Pure.

Each movement has a value in the company's currency, to its smallest unit, beside its quantity; the worth of what lies
somewhere at a moment is the sum of the values up to it, as its quantity is the sum of the quantities. So a report of a
past day and the ledger agree to the cent, always.

1. What comes in with a known cost (a receipt of a purchase order, an adjustment that says one) is worth that.
2. What goes out takes its share of what lies there; the last piece takes what is left, so nothing is worth nothing.
3. What comes in without a cost (a return, what was found or counted) is worth the average there, the last one known if
   nothing lies there, else what the preferred vendor asks.
4. What a transfer or a build takes out comes in again: a built assembly is worth its parts, and the parts of one that is
   taken apart share its worth by what they would be worth by 3. No value is made or lost,
   but by 5.
5. Below zero, where the company allows it, a location owes what is lacking at the last cost known. What comes in then is
   worth its own cost, and so is what lies there after: the movement bears the difference, which corrects what was sold
   before at a cost that was a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import groupby

from tradepost.catalog.ledger import Key, Move, MoveKind
from tradepost.kit.money import EXACT, from_minor, round_ratio, settle, to_minor

ZERO = Decimal(0)
_UNIT = Decimal("0.000001")
_CARRIED = {MoveKind.TRANSFER, MoveKind.BUILD}


@dataclass(frozen=True, slots=True)
class Worth:
    """What lies at a level, in stock units, and its value; ``unit``: the last known cost of one."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    unit: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Valued:
    """The value of each movement, in their order, and what the levels are worth after all of them."""

    values: tuple[Decimal, ...]
    worths: Mapping[Key, Worth]


def valued(
    moves: Sequence[Move], worths: Mapping[Key, Worth], asked: Mapping[int, Decimal], currency: str
) -> Valued:
    """``asked``: what the preferred vendor asks for one of an item, by item id."""
    after = dict(worths)
    values: list[Decimal] = []

    def book(move: Move, value: Decimal, unit: Decimal | None = None) -> None:
        key, there = move.line.key, after[move.line.key]
        quantity, total = there.quantity + move.change.on_hand, there.value + value
        known = there.unit if unit is None else unit
        if quantity > 0 and total > 0:
            known = EXACT.divide(total, quantity).quantize(_UNIT, ROUND_HALF_EVEN)
        after[key] = replace(there, quantity=quantity, value=total, unit=known)
        values.append(value)

    def cost(move: Move) -> Decimal:
        there = after[move.line.key]
        return _comes_in(move, there, asked.get(move.line.item_id, ZERO), currency)

    carried = ZERO
    for (kind, incoming), run in groupby(moves, key=lambda m: (m.kind, m.change.on_hand > 0)):
        several = list(run)
        if kind in _CARRIED and incoming:
            shares = _shared(carried, [(m, cost(m)) for m in several], currency)
            for move, share in zip(several, shares, strict=True):
                book(move, *_received(move, after[move.line.key], share, currency))
            carried = ZERO
            continue
        for move in several:
            if incoming:
                book(move, *_received(move, after[move.line.key], cost(move), currency))
            else:
                book(move, _goes_out(move, after[move.line.key], currency))
            carried -= values[-1] if kind in _CARRIED else ZERO
    return Valued(tuple(values), after)


def _comes_in(move: Move, there: Worth, asked: Decimal, currency: str) -> Decimal:
    """What comes in is worth, by its own cost or by what is known here."""
    if move.line.cost is not None:
        return move.line.cost
    if there.quantity > 0 and there.value > 0:
        return _part(there.value, move.change.on_hand, there.quantity, currency)
    return _rounded(move.change.on_hand * (there.unit or asked), currency)


def _received(move: Move, there: Worth, cost: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """The value of what comes in, and the cost of one."""
    quantity = move.change.on_hand
    unit = EXACT.divide(cost, quantity).quantize(_UNIT, ROUND_HALF_EVEN)
    if there.quantity >= 0:
        return cost, unit
    rest = there.quantity + quantity
    return _part(cost, rest, quantity, currency) - there.value, unit


def _goes_out(move: Move, there: Worth, currency: str) -> Decimal:
    """Zero or less. A movement without a quantity takes the level to the worth that it says."""
    quantity = -move.change.on_hand
    if move.kind is MoveKind.REVALUATION:
        return (move.line.cost or ZERO) - there.value
    if not quantity:
        return ZERO
    covered = min(quantity, max(ZERO, there.quantity))
    if covered == there.quantity:
        taken = there.value if covered else ZERO
    elif move.line.cost is not None and quantity == covered:
        taken = min(move.line.cost, there.value)
    else:
        taken = _part(there.value, covered, there.quantity, currency)
    beyond = there.quantity if there.quantity < 0 else ZERO
    owed = _rounded((beyond - (quantity - covered)) * there.unit, currency)
    before = there.value if there.quantity < 0 else ZERO
    return owed - before - taken if quantity > covered else -taken


def _shared(carried: Decimal, several: Sequence[tuple[Move, Decimal]], currency: str) -> list[Decimal]:
    """What went out, shared by those that come in, by their costs; where none is known, by quantity."""
    weights = [Fraction(cost) for _move, cost in several]
    if not any(weights):
        weights = [Fraction(move.change.on_hand) for move, _cost in several]
    scale = 1
    for weight in weights:
        scale *= weight.denominator
    whole = [int(weight * scale) for weight in weights]
    total = to_minor(carried, currency)
    return [from_minor(n, currency) for n in settle([total * w for w in whole], sum(whole) or 1, total)]


def _part(value: Decimal, part: Decimal, whole: Decimal, currency: str) -> Decimal:
    """``value`` × ``part`` / ``whole``, to the smallest unit."""
    share = to_minor(value, currency) * Fraction(part) / Fraction(whole)
    return from_minor(round_ratio(share.numerator, share.denominator), currency)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return from_minor(to_minor(amount, currency), currency)
