"""How many of an item there are, by every meaning of the word, from the sums of the stock ledger (C7, C7a–c).

All of it is for one moment and one set of locations, chosen by whoever read the sums. Quantities are in the
item's stock unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid

ZERO = Decimal(0)
NOTHING: Mapping[str, Decimal] = {}


@dataclass(frozen=True, slots=True)
class Stock:
    """The sums of one item. ``allocated``: promised to open orders. ``on_order``: on purchase orders, not
    received. ``vendor``: what its vendors say they have."""

    on_hand: Decimal = ZERO
    allocated: Decimal = ZERO
    on_order: Decimal = ZERO
    vendor: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """What can be promised now; below zero where more was promised than there is."""
        return self.on_hand - self.allocated

    def __add__(self, other: Stock) -> Stock:
        return Stock(
            self.on_hand + other.on_hand,
            self.allocated + other.allocated,
            self.on_order + other.on_order,
            self.vendor + other.vendor,
        )


EMPTY = Stock()


class Part(NamedTuple):
    """A component of a kit or an assembly, and how many go into one."""

    item: str
    quantity: Decimal


@dataclass(frozen=True)
class Catalog:
    """Sums and bills of materials by item key. An item without sums has none; one without parts cannot be
    built."""

    stock: Mapping[str, Stock]
    assemblies: Mapping[str, Sequence[Part]] = field(default_factory=dict)
    kits: Mapping[str, Sequence[Part]] = field(default_factory=dict)

    def of(self, item: str) -> Stock:
        return self.stock.get(item, EMPTY)

    @cached_property
    def recipes(self) -> Mapping[str, Sequence[Part]]:
        """Of assemblies and kits alike."""
        return {**self.assemblies, **self.kits}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a shop is told counts: C7a ``buildable``, C7b ``on_order``, C7c ``vendor``; and what is kept back
    from it."""

    buildable: bool = False
    on_order: bool = False
    vendor: bool = False
    buffer: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Published:
    """The addends of the quantity told to a shop, each shown by itself. ``quantity`` is never below zero."""

    available: Decimal
    buildable: Decimal
    on_order: Decimal
    vendor: Decimal
    buffer: Decimal

    @property
    def quantity(self) -> Decimal:
        return max(ZERO, self.available + self.buildable + self.on_order + self.vendor - self.buffer)


def published(item: str, catalog: Catalog, promise: Promise) -> Published:
    """What to tell a shop about ``item``. A kit has no stock of its own: each addend is how many more kits
    could be put together if that source of its parts counted as well."""
    if item in catalog.kits:
        return _published_kit(item, catalog, promise)
    stock = catalog.of(item)
    return Published(
        available=stock.available,
        buildable=Decimal(buildable(item, catalog)) if promise.buildable else ZERO,
        on_order=stock.on_order if promise.on_order else ZERO,
        vendor=stock.vendor if promise.vendor else ZERO,
        buffer=promise.buffer,
    )


def _published_kit(item: str, catalog: Catalog, promise: Promise) -> Published:
    parts = catalog.kits
    available = last = _most(item, parts, catalog, ())
    sources: tuple[str, ...] = ()
    addends = {}
    for name, counts in (
        ("buildable", promise.buildable),
        ("on_order", promise.on_order),
        ("vendor", promise.vendor),
    ):
        if counts and name == "buildable":
            parts = catalog.recipes
        elif counts:
            sources += (name,)
        most = _most(item, parts, catalog, sources) if counts else last
        addends[name], last = Decimal(most - last), most
    return Published(available=Decimal(available), buffer=promise.buffer, **addends)


def buildable(item: str, catalog: Catalog) -> int:
    """How many whole pieces of an assembly could be built now from what is available, with sub-assemblies
    built as needed. A component that goes in by several ways is counted once; what a sub-assembly already
    owes is served first. Several assemblies that share a component may each be buildable, though not all of
    them together.
    """
    return _most(item, catalog.recipes, catalog, ()) if item in catalog.assemblies else 0


def assembled(item: str, catalog: Catalog) -> Decimal | None:
    """How many more of an assembly could be built, or of a kit put together; None of anything else."""
    if item in catalog.kits:
        return Decimal(_most(item, catalog.kits, catalog, ()))
    return Decimal(buildable(item, catalog)) if item in catalog.assemblies else None


def builds(item: str, count: Decimal, catalog: Catalog) -> list[tuple[str, Decimal]]:
    """What to build, in this order, so that ``count`` more of an assembly lie there: first the assemblies among its parts
    of which too few are available, in whole pieces."""
    order = parents_first(item, catalog.assemblies)
    wanted = {item: count}
    for one in order:
        have = catalog.of(one).available if one != item else ZERO
        wanted[one] = max(ZERO, wanted.get(one, ZERO) - max(ZERO, have)).to_integral_value(ROUND_CEILING)
        for part in catalog.assemblies.get(one, ()):
            wanted[part.item] = wanted.get(part.item, ZERO) + wanted[one] * part.quantity
    return [(one, wanted[one]) for one in reversed(order) if one in catalog.assemblies and wanted[one]]


def _most(
    item: str, recipes: Mapping[str, Sequence[Part]], catalog: Catalog, sources: tuple[str, ...]
) -> int:
    """The largest count that :func:`_enough` allows, by doubling and halving: more never needs less. Where no part
    has parts of its own, which is most often, the scarcest part says it at once."""
    order = parents_first(item, recipes)
    free = {i: sum((getattr(catalog.of(i), s) for s in sources), catalog.of(i).available) for i in order}
    if not any(recipes.get(part) for part in order[1:]):
        needs: dict[str, Decimal] = {}
        for part, quantity in recipes.get(item, ()):
            needs[part] = needs.get(part, ZERO) + quantity
        return max(0, min((int(free[part] // need) for part, need in needs.items()), default=0))
    if not _enough(0, order, recipes, free):
        return 0
    high = 1
    while _enough(high, order, recipes, free):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _enough(middle, order, recipes, free) else (low, middle)
    return low


def _enough(
    count: int, order: Sequence[str], recipes: Mapping[str, Sequence[Part]], free: Mapping[str, Decimal]
) -> bool:
    """Whether ``count`` of ``order[0]`` can be made: every shortage, parents first, is passed on to the
    parts."""
    short = {order[0]: Decimal(count)}
    for item in order:
        lacking = short.get(item, ZERO) - (free[item] if item != order[0] else ZERO)
        if lacking <= 0:
            continue
        if not recipes.get(item):
            return False
        for part in recipes[item]:
            short[part.item] = short.get(part.item, ZERO) + lacking * part.quantity
    return True


def parents_first(item: str, recipes: Mapping[str, Sequence[Part]]) -> list[str]:
    """``item`` and all that goes into it, each before its own parts."""
    done: dict[str, None] = {}
    path: list[str] = []

    def visit(one: str) -> None:
        if one in path:
            loop = " → ".join([*path[path.index(one) :], one])
            raise Invalid(
                _("A bill of materials contains itself: {loop}.").format(loop=loop),
                cure=_("Take one of these parts out."),
            )
        if one in done:
            return
        path.append(one)
        for part in recipes.get(one, ()):
            if part.quantity <= 0:
                raise Invalid(
                    _("{one} needs {quantity} of {item}.").format(
                        one=one, quantity=part.quantity, item=part.item
                    ),
                    cure=_("Enter a quantity above zero."),
                )
            visit(part.item)
        path.pop()
        done[one] = None

    visit(item)
    return list(reversed(done))
