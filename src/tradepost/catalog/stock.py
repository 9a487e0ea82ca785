"""Verbs on stock. Each takes many lines and writes them all or none: give a whole document in one call."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import ledger
from tradepost.catalog.availability import ZERO
from tradepost.catalog.ledger import Key, Ref, StockLine
from tradepost.catalog.models import (
    Item,
    ItemPart,
    ItemType,
)
from tradepost.catalog.posting import Posting, ShortStock, currency_of, held, lock, post, read
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.kit.money import LARGEST, quantum

__all__ = [
    "Posting",
    "ShortStock",
    "adjust",
    "allocate",
    "allocate_anew",
    "build",
    "cost_of",
    "count",
    "expect",
    "expect_anew",
    "gathered",
    "held",
    "let_go",
    "lock",
    "receive",
    "release",
    "revalue",
    "ship",
    "stock_lines",
    "take_back",
    "transfer",
    "unbuild",
    "withdraw",
]

# -- promises ----------------------------------------------------------------------------------------------------


def allocate(actor: Actor, lines: Sequence[StockLine], *, in_part: bool = False) -> Posting:
    """Promise stock to lines of orders. ``in_part`` grants what there is instead of refusing the rest."""
    _require(actor, Permission.SALES_EDIT, Permission.STOCK_MOVE)
    _check_refs(lines)
    decide = ledger.allocation_in_part if in_part else ledger.allocation
    return post(actor, "allocate", lines, decide)


def release(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Take a promise back; ``NotHeld`` where less is allocated to the line."""
    _require(actor, Permission.SALES_EDIT, Permission.STOCK_MOVE)
    _check_refs(lines)
    return post(actor, "release", lines, ledger.release)


def expect(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Note what lines of purchase orders will bring."""
    actor.require(Permission.PURCHASING)
    _check_refs(lines)
    return post(actor, "expect", lines, ledger.expectation)


def withdraw(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Expect it no more; ``NotHeld`` where less is on order for the line."""
    actor.require(Permission.PURCHASING)
    _check_refs(lines)
    return post(actor, "withdraw", lines, ledger.withdrawal)


def allocate_anew(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Let each line of an order hold its quantity, zero included, or as much of it as there is."""
    _require(actor, Permission.SALES_EDIT, Permission.SHIPPING, Permission.STOCK_MOVE)
    _check_refs(lines, sign="count")
    return post(actor, "allocate", lines, ledger.allocation_anew)


def expect_anew(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Let exactly its quantity, zero included, be on order for each line of a purchase order."""
    _require(actor, Permission.PURCHASING, Permission.STOCK_MOVE)
    _check_refs(lines, sign="count")
    return post(actor, "expect", lines, ledger.expectation_anew)


def let_go(actor: Actor, refs: Iterable[Ref]) -> Posting:
    """Release and withdraw all that these lines of documents still hold: they were cancelled or closed."""
    _require(actor, Permission.SALES_EDIT, Permission.STOCK_MOVE, Permission.PURCHASING)
    lines = [StockLine(*key, ZERO, ref=ref) for ref, key in held(actor, refs)]
    return post(actor, "let_go", lines, ledger.letting_go) if lines else Posting(uuid.uuid4(), ())


# -- movements ---------------------------------------------------------------------------------------------------


def receive(actor: Actor, lines: Sequence[StockLine], *, at: datetime | None = None) -> Posting:
    """Goods in. A line of a purchase order uses up what was expected for it at this location."""
    _require(actor, Permission.STOCK_MOVE, Permission.PURCHASING)
    ledger.check(lines)
    return post(actor, "receive", lines, ledger.receipt, at=at)


def ship(actor: Actor, lines: Sequence[StockLine], *, at: datetime | None = None) -> Posting:
    """Goods out. A line of an order uses up what was allocated to it here; what is promised to others stays."""
    _require(actor, Permission.SHIPPING, Permission.STOCK_MOVE)
    ledger.check(lines)
    return post(actor, "ship", lines, ledger.shipment, at=at)


def gathered(actor: Actor, lines: Sequence[StockLine]) -> list[StockLine]:
    """The lines with the bins that their goods lie in; the sums stay locked until the transaction ends."""
    return ledger.gathered(lines, read(actor, lock(actor, [line.key for line in lines]), lines))


def take_back(actor: Actor, lines: Sequence[StockLine], *, at: datetime | None = None) -> Posting:
    """A customer's return, back on the shelf."""
    _require(actor, Permission.SHIPPING, Permission.STOCK_MOVE)
    ledger.check(lines)
    return post(actor, "take_back", lines, ledger.taking_back, at=at)


def adjust(actor: Actor, lines: Sequence[StockLine], *, reason: str, at: datetime | None = None) -> Posting:
    """Correct the books by signed quantities, and say why. What comes in may say what it cost, where the actor may see
    costs."""
    actor.require(Permission.STOCK_MOVE)
    ledger.check(lines, sign="any")
    if any(line.cost is not None for line in lines):
        actor.require(Permission.COST_VIEW)
    _check_costs(lines)
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why, for example “broken” or “found”.")})
    return post(actor, "adjust", lines, ledger.adjustment, reason=reason, at=at)


def count(actor: Actor, lines: Sequence[StockLine], *, reason: str = "") -> Posting:
    """Set what lies in each place (a bin, or what is outside any bin) to what was counted, zero included. What is counted where
    nothing lay may say what it cost, where the actor may see costs."""
    actor.require(Permission.STOCK_MOVE)
    if any(line.cost is not None for line in lines):
        actor.require(Permission.COST_VIEW)
    _check_costs(lines)
    ledger.check(lines, sign="count")
    return post(actor, "count", lines, ledger.count, reason=reason)


def revalue(actor: Actor, item_id: int, location_id: int, unit_cost: Decimal, *, reason: str) -> Posting:
    """Say what one of an item at a location is worth from now on; the ledger keeps by how much its worth changed."""
    _require(actor, Permission.STOCK_MOVE)
    actor.require(Permission.COST_VIEW)
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why, for example “opening value” or “damaged”.")})
    if not (unit_cost.is_finite() and 0 <= unit_cost < 10**12):
        raise Invalid(fields={"unit_cost": _("A cost is zero or more.")})
    with transaction.atomic():
        level = lock(actor, [Key(item_id, location_id)]).get(Key(item_id, location_id))
        if level is None or level.on_hand <= 0:
            raise Conflict(
                _("Nothing lies there that could be worth more or less."), cure=_("Receive it first.")
            )
        line = StockLine(item_id, location_id, ZERO, cost=cost_of(actor, level.on_hand, unit_cost))
        return post(actor, "revalue", [line], ledger.revaluation, reason=reason)


def cost_of(actor: Actor, quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What so many cost together, to the smallest unit of the company's currency."""
    return abs(quantity * unit_cost).quantize(quantum(currency_of(actor)), ROUND_HALF_UP)


def transfer(
    actor: Actor,
    lines: Sequence[StockLine],
    location_id: int,
    *,
    bin_id: int | None = None,
    at: datetime | None = None,
) -> Posting:
    """Carry stock to a location or a bin: two legs for each line, under one number."""
    actor.require(Permission.STOCK_MOVE)
    ledger.check(lines)
    if any((line.location_id, line.bin_id) == (location_id, bin_id) for line in lines):
        raise Invalid(_("Stock cannot be moved to where it lies."), cure=_("Choose another location or bin."))
    legs = []
    for line in lines:
        legs.append(replace(line, quantity=-line.quantity))
        legs.append(replace(line, location_id=location_id, bin_id=bin_id))
    return post(actor, "transfer", legs, ledger.transfer, at=at)


def build(
    actor: Actor, item_id: int, quantity: Decimal, location_id: int, *, at: datetime | None = None
) -> Posting:
    """Build an assembly from its parts at one location: parts out, assembly in. Kits among them give their parts."""
    whole, parts = _bill(actor, item_id, quantity, location_id)
    out = [replace(part, quantity=-part.quantity) for part in parts]
    return post(actor, "build", [*out, whole], ledger.build, at=at)


def unbuild(
    actor: Actor, item_id: int, quantity: Decimal, location_id: int, *, at: datetime | None = None
) -> Posting:
    """Take assemblies apart: they go out, and what their bill of materials says today comes in."""
    whole, parts = _bill(actor, item_id, quantity, location_id)
    return post(actor, "unbuild", [replace(whole, quantity=-quantity), *parts], ledger.build, at=at)


def _bill(
    actor: Actor, item_id: int, quantity: Decimal, location_id: int
) -> tuple[StockLine, list[StockLine]]:
    """So many of an assembly at a location, and what goes into them."""
    actor.require(Permission.STOCK_MOVE)
    whole = StockLine(item_id, location_id, quantity)
    ledger.check([whole])
    item = Item.objects.pick(actor, item_id)
    if item.type != ItemType.ASSEMBLY:
        raise Invalid(
            _("{sku} is not an assembly.").format(sku=item.sku),
            cure=_("Only an item with a bill of materials is built."),
        )
    wanted = [replace(part, location_id=location_id) for part in _parts(actor, whole)]
    parts = [replace(part, sets=ZERO) for part in stock_lines(actor, wanted)]
    if not parts:
        raise Invalid(
            _("{sku} has no parts in stock.").format(sku=item.sku),
            cure=_("Enter its bill of materials first."),
        )
    return whole, parts


# -- what moves and what is held ---------------------------------------------------------------------------------


def stock_lines(actor: Actor, lines: Iterable[StockLine]) -> list[StockLine]:
    """What of these lines moves stock: kits give way to their parts, which know of how many; services and the like drop
    out."""
    todo, moving = list(lines), []
    types = dict(Item.objects.of(actor).filter(pk__any={x.item_id for x in todo}).values_list("pk", "type"))
    for line in todo:
        kind = types.get(line.item_id)
        if kind is None:
            raise Missing(_("item"))
        if ItemType(kind).keeps_stock:
            moving.append(line)
        elif kind == ItemType.KIT:
            kits = line.sets or line.quantity
            moving += stock_lines(actor, [replace(part, sets=kits) for part in _parts(actor, line)])
    return moving


def _parts(actor: Actor, line: StockLine) -> list[StockLine]:
    parts = ItemPart.objects.of(actor).filter(whole=line.item_id).values_list("part", "quantity")
    return [
        replace(line, item_id=part, quantity=line.quantity * n, bin_id=None, cost=None) for part, n in parts
    ]


# -- checks ------------------------------------------------------------------------------------------------------


def _require(actor: Actor, *any_of: Permission) -> None:
    if not any(actor.may(permission) for permission in any_of):
        raise Refused(" or ".join(any_of), permission=any_of[0].value)


def _check_refs(lines: Sequence[StockLine], *, sign: str = "positive") -> None:
    ledger.check(lines, sign=sign)
    if not all(line.ref for line in lines):
        raise Invalid(
            _("A promise is made to a line of a document."), cure=_("Name the line that it is for.")
        )


def _check_costs(lines: Sequence[StockLine]) -> None:
    wrong = {
        f"lines.{n}": _("Line {n}: a cost is zero or more.").format(n=n)
        for n, line in enumerate(lines, 1)
        if line.cost is not None and not (line.cost.is_finite() and 0 <= line.cost < LARGEST)
    }
    if wrong:
        raise Invalid(fields=wrong)
