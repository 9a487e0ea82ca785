"""What a movement of stock does to the books. Pure: the sums as they are and the wish in, the ledger's new lines out.

Every quantity has three sides, kept together in a ``Stock``: what is on hand, what is allocated to open orders and
what is on order. A movement is one change of the three, so a shipment that serves an allocation takes from both at
once, and each past moment is the sum of the movements before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext as _

from tradepost.catalog.availability import EMPTY, ZERO, Stock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.money import LARGEST
from tradepost.kit.words import gettext_noop

_PLACES = -4  # the exponent of the finest quantity


class MoveKind(StrEnum):
    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COUNT = "count"
    BUILD = "build"
    RETURN = "return"
    ALLOCATION = "allocation"
    RELEASE = "release"
    EXPECTATION = "expectation"
    WITHDRAWAL = "withdrawal"
    REVALUATION = "revaluation"


# These would break a promise to somebody else; the others record what has happened, promised or not.
_KEEP_PROMISES = {MoveKind.SHIPMENT, MoveKind.TRANSFER, MoveKind.BUILD, MoveKind.ALLOCATION}


class Key(NamedTuple):
    """What the sums are kept by, and what is locked."""

    item_id: int
    location_id: int


class Place(NamedTuple):
    """A bin of a location; None is what lies outside any bin."""

    item_id: int
    location_id: int
    bin_id: int | None = None


class Ref(NamedTuple):
    """The line of a document that a movement serves: ``Ref("order_line", 4711)``."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class StockLine:
    """What a verb is asked to do with one item, in its stock unit. ``sets``: it is a part of so many kits, which are held
    whole or not at all with the other parts for the same ``ref``; zero stands by itself. ``cost``: what the whole quantity
    cost in the company's currency, where that is known (``costing``)."""

    item_id: int
    location_id: int
    quantity: Decimal
    bin_id: int | None = None
    ref: Ref | None = None
    sets: Decimal = ZERO
    cost: Decimal | None = None

    @property
    def key(self) -> Key:
        return Key(self.item_id, self.location_id)

    @property
    def place(self) -> Place:
        return Place(self.item_id, self.location_id, self.bin_id)


@dataclass(frozen=True, slots=True)
class Move:
    """A line of the ledger to be written."""

    kind: MoveKind
    line: StockLine
    change: Stock


@dataclass(frozen=True, slots=True)
class Books:
    """What is known under the lock. ``held``: what is still allocated or on order for a line of a document.
    ``bins``: what lies in each bin; the rest of the level lies outside any bin."""

    levels: Mapping[Key, Stock]
    held: Mapping[tuple[Ref, Key], Stock] = field(default_factory=dict)
    bins: Mapping[Place, Decimal] = field(default_factory=dict)
    may_go_negative: bool = False

    def level(self, key: Key) -> Stock:
        return self.levels.get(key, EMPTY)

    def held_for(self, line: StockLine) -> Stock:
        """What the line's document holds of it here."""
        return self.held.get((line.ref, line.key), EMPTY) if line.ref else EMPTY

    def at(self, place: Place) -> Decimal:
        if place.bin_id is not None:
            return self.bins.get(place, ZERO)
        key = Key(place.item_id, place.location_id)
        return self.level(key).on_hand - sum((q for p, q in self.bins.items() if p[:2] == key), ZERO)


@dataclass(frozen=True, slots=True)
class Settled:
    """The levels after some movements, and by how much each place is short of them."""

    levels: Mapping[Key, Stock]
    short: Mapping[Place, Decimal]


Decide = Callable[[Sequence[StockLine], Books], list[Move]]


class NotHeld(Conflict):
    """More is released than the line of the document holds. ``held``, ``quantity``: stock units."""

    code = "stock-not-held"
    cause_text = gettext_noop("{quantity} cannot be released: only {held} is held for this line.")
    cure_text = gettext_noop("Reload the document and release what it still holds.")


def check(lines: Sequence[StockLine], *, sign: str = "positive") -> None:
    """``sign``: ``positive``, ``any`` (but zero) or ``count`` (zero or more). ``Invalid`` names the line."""
    problems = {}
    for n, line in enumerate(lines, 1):
        q = line.quantity
        if not q.is_finite() or abs(q) >= LARGEST or int(q.normalize().as_tuple().exponent) < _PLACES:
            problems[f"lines.{n}"] = _(
                "Line {n}: a quantity has at most four decimals and fifteen digits."
            ).format(n=n)
        elif q < 0 and sign != "any":
            problems[f"lines.{n}"] = _("Line {n}: a quantity cannot be negative.").format(n=n)
        elif q == 0 and sign != "count":
            problems[f"lines.{n}"] = _("Line {n}: enter a quantity.").format(n=n)
    if problems or not lines:
        raise Invalid("" if problems else _("There is nothing to move."), fields=problems)


def receipt(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """In; what was expected for the line is expected no more."""
    return [
        Move(MoveKind.RECEIPT, line, Stock(on_hand=line.quantity, on_order=-drawn))
        for line, drawn in _drawing(lines, books, "on_order")
    ]


def shipment(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """Out; what was allocated to the line is used first, the rest must be free."""
    return [
        Move(MoveKind.SHIPMENT, line, Stock(on_hand=-line.quantity, allocated=-drawn))
        for line, drawn in _drawing(lines, books, "allocated")
    ]


def gathered(lines: Sequence[StockLine], books: Books) -> list[StockLine]:
    """Where to take them from: what lies outside any bin first, then bin by bin. What lacks is asked for outside."""
    left: dict[Place, Decimal] = {}
    found = []
    for line in lines:
        rest = line.quantity
        for place in [Place(*line.key), *sorted(place for place in books.bins if place[:2] == line.key)]:
            there = left.setdefault(place, books.at(place))
            share = max(ZERO, min(rest, there))
            left[place], rest = there - share, rest - share
            if share:
                found.append(replace(line, quantity=share, bin_id=place.bin_id))
        if rest:
            found.append(replace(line, quantity=rest))
    return found


def _signed(kind: MoveKind, lines: Sequence[StockLine], books: Books) -> list[Move]:
    return [Move(kind, line, Stock(on_hand=line.quantity)) for line in lines]


adjustment: Decide = partial(_signed, MoveKind.ADJUSTMENT)
transfer: Decide = partial(_signed, MoveKind.TRANSFER)
build: Decide = partial(_signed, MoveKind.BUILD)
taking_back: Decide = partial(_signed, MoveKind.RETURN)


def revaluation(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """Nothing moves; what lies there is worth the line's cost from now on."""
    return [Move(MoveKind.REVALUATION, line, EMPTY) for line in lines]


def count(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """What lies there is what was counted; a count that agrees is in the ledger too. A cost is that of what was counted,
    and holds where nothing lay."""
    if len({line.place for line in lines}) < len(lines):
        raise Invalid(_("An item stands twice in the count of one place."), cure=_("Add the two together."))
    moves = []
    for line in lines:
        found = line.quantity - books.at(line.place)
        moves.append(
            Move(
                MoveKind.COUNT,
                line if found == line.quantity else replace(line, cost=None),
                Stock(on_hand=found),
            )
        )
    return moves


def allocation(lines: Sequence[StockLine], books: Books) -> list[Move]:
    return [Move(MoveKind.ALLOCATION, line, Stock(allocated=line.quantity)) for line in lines]


def allocation_in_part(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """As much of each line as is available, in the order of the lines; nothing of a line that finds nothing."""
    if books.may_go_negative:
        return allocation(lines, books)
    left = {line.key: max(ZERO, books.level(line.key).available) for line in lines}
    granted = []
    for line in lines:
        share = min(line.quantity, left[line.key])
        left[line.key] -= share
        if share:
            granted.append(replace(line, quantity=share))
    return allocation(granted, books)


def expectation(lines: Sequence[StockLine], books: Books) -> list[Move]:
    return [Move(MoveKind.EXPECTATION, line, Stock(on_order=line.quantity)) for line in lines]


def release(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """What was allocated is free again."""
    drawing = _drawing(lines, books, "allocated")
    return [Move(MoveKind.RELEASE, line, Stock(allocated=-_all_of(line, drawn))) for line, drawn in drawing]


def withdrawal(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """What was on order will not come."""
    drawing = _drawing(lines, books, "on_order")
    return [Move(MoveKind.WITHDRAWAL, line, Stock(on_order=-_all_of(line, drawn))) for line, drawn in drawing]


def allocation_anew(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """Each line comes to hold its quantity, or as much of it as there is; what it held beyond is free for the others.
    Of kits it holds the parts of as many as are complete, so that no part waits in vain for another."""
    less, more = _towards(_attainable(lines, books), books, "allocated")
    return [*release(less, books), *allocation(more, books)]


def _attainable(lines: Sequence[StockLine], books: Books) -> list[StockLine]:
    """The lines with the quantities that they can come to hold, one after the other."""
    if books.may_go_negative:
        return list(lines)
    held = [books.held_for(line).allocated for line in lines]
    free = {line.key: books.level(line.key).available for line in lines}
    for line, mine in zip(lines, held, strict=True):
        free[line.key] += max(ZERO, mine - line.quantity)
    wanted: dict[Ref | None, list[int]] = {}
    for n, line in enumerate(lines):
        wanted.setdefault(line.ref if line.sets else None, []).append(n)
    found = list(lines)
    for n, line in enumerate(lines):
        group = wanted[line.ref] if line.sets else [n]
        if group[0] != n:  # settled with the first part of its kit
            continue
        there = [min(held[i], lines[i].quantity) + max(ZERO, free[lines[i].key]) for i in group]
        count = complete([lines[i] for i in group], there)
        for i, most in zip(group, there, strict=True):
            one = lines[i]
            reached = one.quantity * count / one.sets if one.sets else min(one.quantity, most)
            found[i] = replace(one, quantity=reached)
            free[one.key] -= reached - min(held[i], one.quantity)
    return found


def complete(parts: Sequence[StockLine], there: Sequence[Decimal]) -> Decimal:
    """How many kits, of those that are wanted, can be made of so much of each part."""
    most = max((part.sets for part in parts), default=ZERO)
    lacking = [(part, n) for part, n in zip(parts, there, strict=True) if part.sets and n < part.quantity]
    return min([most, *(max(ZERO, n * part.sets // part.quantity) for part, n in lacking)])


def expectation_anew(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """Exactly the line's quantity is on order for it."""
    less, more = _towards(lines, books, "on_order")
    return [*withdrawal(less, books), *expectation(more, books)]


def _towards(lines: Sequence[StockLine], books: Books, side: str) -> tuple[list[StockLine], list[StockLine]]:
    """By how much each line holds too much, and by how much too little. A line stands here once for each place."""
    less, more = [], []
    for line in lines:
        held = getattr(books.held_for(line), side)
        if line.quantity < held:
            less.append(replace(line, quantity=held - line.quantity))
        elif line.quantity > held:
            more.append(replace(line, quantity=line.quantity - held))
    return less, more


def letting_go(lines: Sequence[StockLine], books: Books) -> list[Move]:
    """All that the documents' lines hold here, whatever the quantities asked for."""
    moves = []
    for line in lines:
        held = books.held_for(line)
        if held.allocated:
            moves.append(Move(MoveKind.RELEASE, line, Stock(allocated=-held.allocated)))
        if held.on_order:
            moves.append(Move(MoveKind.WITHDRAWAL, line, Stock(on_order=-held.on_order)))
    return moves


def _drawing(lines: Sequence[StockLine], books: Books, side: str) -> Iterator[tuple[StockLine, Decimal]]:
    """Each line with how much of it comes out of what its document holds; several lines of one share that."""
    left: dict[tuple[Ref, Key], Decimal] = {}
    for line in lines:
        drawn = ZERO
        if line.ref is not None:
            key = (line.ref, line.key)
            held = left.setdefault(key, getattr(books.held.get(key, EMPTY), side))
            drawn = min(line.quantity, held)
            left[key] = held - drawn
        yield line, drawn


def _all_of(line: StockLine, drawn: Decimal) -> Decimal:
    if drawn < line.quantity:
        raise NotHeld(quantity=f"{line.quantity:f}", held=f"{drawn:f}")
    return drawn


def settle(moves: Sequence[Move], books: Books) -> Settled:
    """Carry the movements into the sums, all of them or, where anything is short, none.

    No place holds less than nothing, and no promise to another line is broken, unless the company allows it. What
    was below zero before may come nearer to it.
    """
    levels = {move.line.key: books.level(move.line.key) for move in moves}
    places = {move.line.place: books.at(move.line.place) for move in moves}
    for move in moves:
        levels[move.line.key] += move.change
        places[move.line.place] += move.change.on_hand
    if books.may_go_negative:
        return Settled(levels, {})
    short = {place: -after for place, after in places.items() if after < 0 and after < books.at(place)}
    for key in {move.line.key for move in moves if move.kind in _KEEP_PROMISES}:
        before, after = books.level(key).available, levels[key].available
        if after < 0 and after < before and not any(place[:2] == key for place in short):
            short[Place(*key)] = -after
    return Settled(levels, short)
