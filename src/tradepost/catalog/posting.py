"""Write movements of stock: read what the locks protect, let the ledger decide, keep moves and sums, all or none.

The sums of every item and location touched are locked in one order, so that two people who want the last piece come
one after the other and never wait for each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.catalog import ledger
from tradepost.catalog.availability import ZERO, Stock
from tradepost.catalog.costing import Valued, Worth, valued
from tradepost.catalog.ledger import Books, Decide, Key, Move, Place, Ref, StockLine
from tradepost.catalog.models import Bin, Item, ItemType, ItemVendor, Location, StockLevel, StockMove
from tradepost.catalog.preferences import ALLOW_NEGATIVE
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.words import gettext_noop, within

_ENTERED = frozenset(
    {"receive", "adjust", "count", "build"}
)  # by a person, unless a line of a document is served
SUMS = ("on_hand", "allocated", "on_order")


@dataclass(frozen=True, slots=True)
class Posting:
    """What a verb wrote: the number that its lines share, and the lines."""

    id: uuid.UUID
    moves: tuple[Move, ...]


class ShortStock(Conflict):
    """There is less than was asked for. ``lacking``: how much is missing at each place, in stock units."""

    code = "stock-short"
    cause_text = gettext_noop("There is not enough in stock: {what}.")
    cure_text = gettext_noop(
        "Take less, receive or count more, or allow negative stock in the company's settings."
    )

    def __init__(self, what: str, lacking: dict[Place, Decimal]) -> None:
        self.lacking = lacking
        super().__init__(what=what)


def post(
    actor: Actor,
    verb: str,
    lines: Sequence[StockLine],
    decide: Decide,
    *,
    reason: str = "",
    at: datetime | None = None,
) -> Posting:
    if at is not None and at > clock.now():
        raise Invalid(fields={"at": _("Stock cannot be moved in the future.")})
    with transaction.atomic():
        items = _items(actor, lines)
        levels = lock(actor, [line.key for line in lines])
        places = _locations(actor, lines)
        books = read(actor, levels, lines)
        moves = decide(lines, books)
        _check_in_use(actor, verb, moves)
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


def read(actor: Actor, levels: dict[Key, StockLevel], lines: Sequence[StockLine]) -> Books:
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
    currency = currency_of(actor)
    asked: dict[int, Decimal] = {}
    if unknown:
        offers = ItemVendor.objects.of(actor).filter(
            item__in=unknown, currency__in=("", currency), price__isnull=False
        )
        for item, price in offers.order_by("-position").values_list("item", "price"):
            asked[item] = price or ZERO
    return valued(moves, worths, asked, currency)


def currency_of(actor: Actor) -> str:
    return Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)


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


def _items(actor: Actor, lines: Sequence[StockLine]) -> dict[int, Item]:
    items = Item.objects.of(actor).in_bulk({line.item_id for line in lines})
    for line in lines:
        item = items.get(line.item_id)
        if item is None:
            raise Missing(_("item"))
        if not ItemType(item.type).keeps_stock:
            cure = _("Move its parts instead.") if item.type == ItemType.KIT else _("Leave it out.")
            raise Invalid(
                _("{sku} is a {type} and has no stock of its own.").format(
                    sku=item.sku, type=within(item.get_type_display())
                ),
                cure=cure,
            )
    return items


def _check_in_use(actor: Actor, verb: str, moves: Sequence[Move]) -> None:
    """No new stock of an archived item is entered by hand. What was ordered before comes in, what was shipped comes back, and
    what is there goes out. Read after the locks, as the locations are."""
    if verb not in _ENTERED:
        return
    entered = {m.line.item_id for m in moves if m.change.on_hand > 0 and m.line.ref is None}
    rows = Item.objects.of(actor).filter(pk__in=entered, archived_at__isnull=False)
    if entered and (away := rows.order_by("sku").first()) is not None:
        cure = _("Restore it on its page first. What was ordered before is received on its purchase order.")
        raise Conflict(_("{sku} is archived: no new stock of it is entered.").format(sku=away.sku), cure=cure)


def _locations(actor: Actor, lines: Sequence[StockLine]) -> dict[int, Location]:
    """Read after the locks, so that a location archived meanwhile takes nothing more in."""
    places = Location.objects.of(actor).in_bulk({line.location_id for line in lines})
    bins = Bin.objects.of(actor).in_bulk({line.bin_id for line in lines if line.bin_id})
    for line in lines:
        place = places.get(line.location_id)
        if place is None:
            raise Missing(_("location"))
        if place.archived_at:
            raise Conflict(
                _("The location {place} is archived.").format(place=place.name),
                cure=_("Restore it or choose another."),
            )
        if line.bin_id and (line.bin_id not in bins or bins[line.bin_id].location_id != place.pk):
            raise Missing(_("bin of {place}").format(place=place.name))
        if line.bin_id and bins[line.bin_id].archived_at and line.quantity > 0:
            name = f"{place.name} · {bins[line.bin_id].name}"
            raise Conflict(
                _("The bin {name} is archived.").format(name=name), cure=_("Restore it or choose another.")
            )
    return places


def _words(short: Mapping[Place, Decimal], items: dict[int, Item], places: dict[int, Location]) -> str:
    return ", ".join(
        f"{items[p.item_id].sku} lacks {lacking.normalize():f} in {places[p.location_id].name}"
        for p, lacking in short.items()
    )
