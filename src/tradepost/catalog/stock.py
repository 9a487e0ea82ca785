"""Verbs on stock. Each takes many lines and writes them all or none: give a whole document in one call.

The sums of every item and location touched are locked in one order, so that two people who want the last piece come
one after the other and never wait for each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.catalog import ledger
from tradepost.catalog.availability import ZERO, Stock
from tradepost.catalog.costing import Valued, Worth, valued
from tradepost.catalog.ledger import Books, Decide, Key, Move, Place, Ref, StockLine
from tradepost.catalog.models import (
    Bin,
    Item,
    ItemPart,
    ItemType,
    ItemVendor,
    Location,
    StockLevel,
    StockMove,
)
from tradepost.catalog.preferences import ALLOW_NEGATIVE
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.kit.money import LARGEST, quantum

SUMS = ("on_hand", "allocated", "on_order")


@dataclass(frozen=True, slots=True)
class Posting:
    """What a verb wrote: the number that its lines share, and the lines."""

    id: uuid.UUID
    moves: tuple[Move, ...]


class ShortStock(Conflict):
    """There is less than was asked for. ``lacking``: how much is missing at each place, in stock units."""

    code = "stock-short"
    cause_text = "There is not enough in stock: {what}."
    cure_text = "Take less, receive or count more, or allow negative stock in the company's settings."

    def __init__(self, what: str, lacking: dict[Place, Decimal]) -> None:
        self.lacking = lacking
        super().__init__(what=what)


# -- promises ----------------------------------------------------------------------------------------------------


def allocate(actor: Actor, lines: Sequence[StockLine], *, in_part: bool = False) -> Posting:
    """Promise stock to lines of orders. ``in_part`` grants what there is instead of refusing the rest."""
    _require(actor, Permission.SALES_EDIT, Permission.STOCK_MOVE)
    _check_refs(lines)
    decide = ledger.allocation_in_part if in_part else ledger.allocation
    return _post(actor, "allocate", lines, decide)


def release(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Take a promise back; ``NotHeld`` where less is allocated to the line."""
    _require(actor, Permission.SALES_EDIT, Permission.STOCK_MOVE)
    _check_refs(lines)
    return _post(actor, "release", lines, ledger.release)


def expect(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Note what lines of purchase orders will bring."""
    actor.require(Permission.PURCHASING)
    _check_refs(lines)
    return _post(actor, "expect", lines, ledger.expectation)


def withdraw(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Expect it no more; ``NotHeld`` where less is on order for the line."""
    actor.require(Permission.PURCHASING)
    _check_refs(lines)
    return _post(actor, "withdraw", lines, ledger.withdrawal)


def allocate_anew(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Let each line of an order hold its quantity, zero included, or as much of it as there is."""
    _require(actor, Permission.SALES_EDIT, Permission.SHIPPING, Permission.STOCK_MOVE)
    _check_refs(lines, sign="count")
    return _post(actor, "allocate", lines, ledger.allocation_anew)


def expect_anew(actor: Actor, lines: Sequence[StockLine]) -> Posting:
    """Let exactly its quantity, zero included, be on order for each line of a purchase order."""
    _require(actor, Permission.PURCHASING, Permission.STOCK_MOVE)
    _check_refs(lines, sign="count")
    return _post(actor, "expect", lines, ledger.expectation_anew)


def let_go(actor: Actor, refs: Iterable[Ref]) -> Posting:
    """Release and withdraw all that these lines of documents still hold: they were cancelled or closed."""
    _require(actor, Permission.SALES_EDIT, Permission.STOCK_MOVE, Permission.PURCHASING)
    lines = [StockLine(*key, ZERO, ref=ref) for ref, key in held(actor, refs)]
    return _post(actor, "let_go", lines, ledger.letting_go) if lines else Posting(uuid.uuid4(), ())


# -- movements ---------------------------------------------------------------------------------------------------


def receive(actor: Actor, lines: Sequence[StockLine], *, at: datetime | None = None) -> Posting:
    """Goods in. A line of a purchase order uses up what was expected for it at this location."""
    _require(actor, Permission.STOCK_MOVE, Permission.PURCHASING)
    ledger.check(lines)
    return _post(actor, "receive", lines, ledger.receipt, at=at)


def ship(actor: Actor, lines: Sequence[StockLine], *, at: datetime | None = None) -> Posting:
    """Goods out. A line of an order uses up what was allocated to it here; what is promised to others stays."""
    _require(actor, Permission.SHIPPING, Permission.STOCK_MOVE)
    ledger.check(lines)
    return _post(actor, "ship", lines, ledger.shipment, at=at)


def gathered(actor: Actor, lines: Sequence[StockLine]) -> list[StockLine]:
    """The lines with the bins that their goods lie in; the sums stay locked until the transaction ends."""
    return ledger.gathered(lines, _read(actor, lock(actor, [line.key for line in lines]), lines))


def take_back(actor: Actor, lines: Sequence[StockLine], *, at: datetime | None = None) -> Posting:
    """A customer's return, back on the shelf."""
    _require(actor, Permission.SHIPPING, Permission.STOCK_MOVE)
    ledger.check(lines)
    return _post(actor, "take_back", lines, ledger.taking_back, at=at)


def adjust(actor: Actor, lines: Sequence[StockLine], *, reason: str, at: datetime | None = None) -> Posting:
    """Correct the books by signed quantities, and say why. What comes in may say what it cost, where the actor may see
    costs."""
    actor.require(Permission.STOCK_MOVE)
    ledger.check(lines, sign="any")
    if any(line.cost is not None for line in lines):
        actor.require(Permission.COST_VIEW)
    _check_costs(lines)
    if not reason.strip():
        raise Invalid(fields={"reason": "Say why, for example “broken” or “found”."})
    return _post(actor, "adjust", lines, ledger.adjustment, reason=reason, at=at)


def count(actor: Actor, lines: Sequence[StockLine], *, reason: str = "") -> Posting:
    """Set what lies in each place (a bin, or what is outside any bin) to what was counted, zero included."""
    actor.require(Permission.STOCK_MOVE)
    ledger.check(lines, sign="count")
    return _post(actor, "count", lines, ledger.count, reason=reason)


def revalue(actor: Actor, item_id: int, location_id: int, unit_cost: Decimal, *, reason: str) -> Posting:
    """Say what one of an item at a location is worth from now on; the ledger keeps by how much its worth changed."""
    _require(actor, Permission.STOCK_MOVE)
    actor.require(Permission.COST_VIEW)
    if not reason.strip():
        raise Invalid(fields={"reason": "Say why, for example “opening value” or “damaged”."})
    if not (unit_cost.is_finite() and 0 <= unit_cost < 10**12):
        raise Invalid(fields={"unit_cost": "A cost is zero or more."})
    with transaction.atomic():
        level = lock(actor, [Key(item_id, location_id)]).get(Key(item_id, location_id))
        if level is None or level.on_hand <= 0:
            raise Conflict("Nothing lies there that could be worth more or less.", cure="Receive it first.")
        line = StockLine(item_id, location_id, ZERO, cost=cost_of(actor, level.on_hand, unit_cost))
        return _post(actor, "revalue", [line], ledger.revaluation, reason=reason)


def cost_of(actor: Actor, quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What so many cost together, to the smallest unit of the company's currency."""
    return abs(quantity * unit_cost).quantize(quantum(_currency(actor)), ROUND_HALF_UP)


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
        raise Invalid("Stock cannot be moved to where it lies.", cure="Choose another location or bin.")
    legs = []
    for line in lines:
        legs.append(replace(line, quantity=-line.quantity))
        legs.append(replace(line, location_id=location_id, bin_id=bin_id))
    return _post(actor, "transfer", legs, ledger.transfer, at=at)


def build(
    actor: Actor, item_id: int, quantity: Decimal, location_id: int, *, at: datetime | None = None
) -> Posting:
    """Build an assembly from its parts at one location: parts out, assembly in. Kits among them give their parts."""
    whole, parts = _bill(actor, item_id, quantity, location_id)
    out = [replace(part, quantity=-part.quantity) for part in parts]
    return _post(actor, "build", [*out, whole], ledger.build, at=at)


def unbuild(
    actor: Actor, item_id: int, quantity: Decimal, location_id: int, *, at: datetime | None = None
) -> Posting:
    """Take assemblies apart: they go out, and what their bill of materials says today comes in."""
    whole, parts = _bill(actor, item_id, quantity, location_id)
    return _post(actor, "unbuild", [replace(whole, quantity=-quantity), *parts], ledger.build, at=at)


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
            f"{item.sku} is not an assembly.", cure="Only an item with a bill of materials is built."
        )
    wanted = [replace(part, location_id=location_id) for part in _parts(actor, whole)]
    parts = [replace(part, sets=ZERO) for part in stock_lines(actor, wanted)]
    if not parts:
        raise Invalid(f"{item.sku} has no parts in stock.", cure="Enter its bill of materials first.")
    return whole, parts


# -- what moves and what is held ---------------------------------------------------------------------------------


def stock_lines(actor: Actor, lines: Iterable[StockLine]) -> list[StockLine]:
    """What of these lines moves stock: kits give way to their parts, which know of how many; services and the like drop
    out."""
    todo, moving = list(lines), []
    types = dict(Item.objects.of(actor).filter(pk__in={x.item_id for x in todo}).values_list("pk", "type"))
    for line in todo:
        kind = types.get(line.item_id)
        if kind is None:
            raise Missing("item")
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


def held(actor: Actor, refs: Iterable[Ref]) -> dict[tuple[Ref, Key], Stock]:
    """What is still allocated to, or on order for, lines of documents, by line, item and location."""
    wanted = Q()
    for kind, ids in _by_kind(refs).items():
        wanted |= Q(ref_kind=kind, ref_id__in=ids)
    if not wanted:
        return {}
    rows = (
        StockMove.objects.of(actor)
        .filter(wanted)
        .values_list("ref_kind", "ref_id", "item_id", "location_id")
        .annotate(Sum("allocated"), Sum("on_order"))
    )
    sums = {(Ref(k, i), Key(item, place)): Stock(allocated=a, on_order=o) for k, i, item, place, a, o in rows}
    return {key: stock for key, stock in sums.items() if stock.allocated or stock.on_order}


def _by_kind(refs: Iterable[Ref]) -> dict[str, set[int]]:
    kinds: dict[str, set[int]] = {}
    for ref in refs:
        kinds.setdefault(ref.kind, set()).add(ref.id)
    return kinds


# -- read, decide, apply -----------------------------------------------------------------------------------------


def _post(
    actor: Actor,
    verb: str,
    lines: Sequence[StockLine],
    decide: Decide,
    *,
    reason: str = "",
    at: datetime | None = None,
) -> Posting:
    if at is not None and at > clock.now():
        raise Invalid(fields={"at": "Stock cannot be moved in the future."})
    with transaction.atomic():
        items = _items(actor, lines)
        levels = lock(actor, [line.key for line in lines])
        places = _locations(actor, lines)
        books = _read(actor, levels, lines)
        moves = decide(lines, books)
        settled = ledger.settle(moves, books)
        if settled.short:
            raise ShortStock(_words(settled.short, items, places), dict(settled.short))
        posting = Posting(uuid.uuid4(), tuple(moves))
        if not moves:
            return posting
        worth = _worth(actor, moves, levels)
        # under the lock, so never before what it used
        _write(actor, posting, worth.values, reason.strip(), at or clock.now())
        for key, stock in settled.levels.items():
            row = levels[key]
            row.value, row.unit_cost = worth.worths[key].value, worth.worths[key].unit
            for name in SUMS:
                setattr(row, name, getattr(stock, name))
        kept = (*SUMS, "value", "unit_cost")
        StockLevel.objects.bulk_update([levels[key] for key in settled.levels], kept)
        facts = {"posting": str(posting.id), "moves": len(moves), "reason": reason.strip()}
        audit.record(actor, f"stock.{verb}", None, after=facts)
    return posting


def lock(actor: Actor, keys: Iterable[Key]) -> dict[Key, StockLevel]:
    """The levels, made where they are missing and locked, both in the order of the keys.

    Who does several verbs in one transaction locks what all of them touch first, so that two never wait in a circle.
    """
    keys = sorted(set(keys))
    wanted = Q()
    for key in keys:
        wanted |= Q(**key._asdict())
    if not keys:
        return {}
    StockLevel.objects.bulk_create(
        [StockLevel(organisation_id=actor.organisation_id, **key._asdict()) for key in keys],
        ignore_conflicts=True,
    )
    rows = StockLevel.objects.of(actor).filter(wanted).order_by("item_id", "location_id")
    return {Key(row.item_id, row.location_id): row for row in rows.select_for_update(of=("self",))}


def _read(actor: Actor, levels: dict[Key, StockLevel], lines: Sequence[StockLine]) -> Books:
    """What the locks protect."""
    bins = (
        StockMove.objects.of(actor)
        .filter(item_id__in={k.item_id for k in levels}, location_id__in={k.location_id for k in levels})
        .filter(bin__isnull=False)
        .values_list("item_id", "location_id", "bin_id")
        .annotate(Sum("on_hand"))
    )
    return Books(
        levels={key: Stock(row.on_hand, row.allocated, row.on_order) for key, row in levels.items()},
        held=held(actor, {line.ref for line in lines if line.ref}),
        bins={Place(*place): quantity for *place, quantity in bins},
        may_go_negative=ALLOW_NEGATIVE.value(actor.organisation_id),
    )


def _worth(actor: Actor, moves: Sequence[Move], levels: Mapping[Key, StockLevel]) -> Valued:
    """What the movements are worth. What the vendor asks is read only where nothing else is known."""
    worths = {key: Worth(row.on_hand, row.value, row.unit_cost) for key, row in levels.items()}
    if not any(move.change.on_hand or move.kind is ledger.MoveKind.REVALUATION for move in moves):
        return Valued((ZERO,) * len(moves), worths)
    unknown = {m.line.item_id for m in moves if m.line.cost is None and not worths[m.line.key].unit}
    currency = _currency(actor)
    asked: dict[int, Decimal] = {}
    if unknown:
        offers = ItemVendor.objects.of(actor).filter(
            item__in=unknown, currency__in=("", currency), price__isnull=False
        )
        for item, price in offers.order_by("-position").values_list("item", "price"):
            asked[item] = price or ZERO
    return valued(moves, worths, asked, currency)


def _currency(actor: Actor) -> str:
    return Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)


def _check_costs(lines: Sequence[StockLine]) -> None:
    wrong = {
        f"lines.{n}": f"Line {n}: a cost is zero or more."
        for n, line in enumerate(lines, 1)
        if line.cost is not None and not (line.cost.is_finite() and 0 <= line.cost < LARGEST)
    }
    if wrong:
        raise Invalid(fields=wrong)


def _write(actor: Actor, posting: Posting, values: Sequence[Decimal], reason: str, at: datetime) -> None:
    def row(move: Move, value: Decimal) -> StockMove:
        line, ref = move.line, move.line.ref
        facts: dict[str, Any] = {name: getattr(move.change, name) for name in SUMS}
        return StockMove(
            organisation_id=actor.organisation_id,
            posting=posting.id,
            kind=move.kind,
            at=at,
            item_id=line.item_id,
            location_id=line.location_id,
            bin_id=line.bin_id,
            value=value,
            reason=reason,
            ref_kind=ref.kind if ref else "",
            ref_id=ref.id if ref else None,
            user_id=actor.user_id,
            **facts,
        )

    rows = [row(move, value) for move, value in zip(posting.moves, values, strict=True)]
    StockMove.objects.bulk_create(rows)


# -- checks ------------------------------------------------------------------------------------------------------


def _require(actor: Actor, *any_of: Permission) -> None:
    if not any(actor.may(permission) for permission in any_of):
        raise Refused(" or ".join(any_of), permission=any_of[0].value)


def _check_refs(lines: Sequence[StockLine], *, sign: str = "positive") -> None:
    ledger.check(lines, sign=sign)
    if not all(line.ref for line in lines):
        raise Invalid("A promise is made to a line of a document.", cure="Name the line that it is for.")


def _items(actor: Actor, lines: Sequence[StockLine]) -> dict[int, Item]:
    items = Item.objects.of(actor).in_bulk({line.item_id for line in lines})
    for line in lines:
        item = items.get(line.item_id)
        if item is None:
            raise Missing("item")
        if not ItemType(item.type).keeps_stock:
            cure = "Move its parts instead." if item.type == ItemType.KIT else "Leave it out."
            raise Invalid(
                f"{item.sku} is a {item.get_type_display().lower()} and has no stock of its own.", cure=cure
            )
    return items


def _locations(actor: Actor, lines: Sequence[StockLine]) -> dict[int, Location]:
    """Read after the locks, so that a location archived meanwhile takes nothing more in."""
    places = Location.objects.of(actor).in_bulk({line.location_id for line in lines})
    bins = Bin.objects.of(actor).in_bulk({line.bin_id for line in lines if line.bin_id})
    for line in lines:
        place = places.get(line.location_id)
        if place is None:
            raise Missing("location")
        if place.archived_at:
            raise Conflict(f"The location {place.name} is archived.", cure="Restore it or choose another.")
        if line.bin_id and (line.bin_id not in bins or bins[line.bin_id].location_id != place.pk):
            raise Missing(f"bin of {place.name}")
        if line.bin_id and bins[line.bin_id].archived_at and line.quantity > 0:
            name = f"{place.name} · {bins[line.bin_id].name}"
            raise Conflict(f"The bin {name} is archived.", cure="Restore it or choose another.")
    return places


def _words(short: Mapping[Place, Decimal], items: dict[int, Item], places: dict[int, Location]) -> str:
    return ", ".join(
        f"{items[p.item_id].sku} lacks {lacking.normalize():f} in {places[p.location_id].name}"
        for p, lacking in short.items()
    )
