"""What documents do to the stock. Sales orders hold it and purchase orders expect it; ship docs and cash sales take it
out, returns bring it back, receipts and cash purchases bring it in.

A company without a location keeps no stock, and its documents move none. Which document moves goods, and how, stands
in ``MOVES``; kits give way to their parts, services and the like move nothing.

Whatever comes free, because it came in or because an order holds it no more, is handed to the orders that wait for it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tradepost.accounts.access import Actor, Role
from tradepost.catalog import stock
from tradepost.catalog.ledger import Key, MoveKind, Ref, StockLine, complete
from tradepost.catalog.models import Item, ItemType, Location, StockLevel, StockMove
from tradepost.catalog.queries import sums, with_kits_of
from tradepost.catalog.reversal import reverse, taken_back
from tradepost.catalog.units import Units
from tradepost.kit.errors import Fault
from tradepost.sales.currencies import company_currency, worth
from tradepost.sales.following import FULFILMENTS, ancestors, fulfilled, origins, uses
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.states import Transition
from tradepost.sales.wrong import WrongLine

log = logging.getLogger(__name__)
ZERO = Decimal(0)

Post = Callable[[Actor, Sequence[StockLine]], stock.Posting]


def _ship(actor: Actor, lines: Sequence[StockLine]) -> stock.Posting:
    return stock.ship(actor, stock.gathered(actor, lines))


_SCRAPPED = gettext_noop("{number} scrapped: {why}")


def _out_again(reason: str) -> Post:
    def post(actor: Actor, lines: Sequence[StockLine]) -> stock.Posting:
        return stock.adjust(actor, [replace(line, quantity=-line.quantity) for line in lines], reason=reason)

    return post


_UNRECEIVE, _UNBUY = (
    _out_again(gettext_noop("Receipt voided")),
    _out_again(gettext_noop("Cash purchase voided")),
)


# By kind and verb: how its lines are posted, and how those below zero are, which go the other way.
MOVES: Mapping[tuple[Kind, str], tuple[Post, Post]] = {
    (Kind.SHIPMENT, "ship"): (_ship, stock.take_back),
    (Kind.SHIPMENT, "void"): (stock.take_back, _ship),
    (Kind.CASH_SALE, "complete"): (_ship, stock.take_back),
    (Kind.CASH_SALE, "void"): (stock.take_back, _ship),
    (Kind.RECEIPT, "receive"): (stock.receive, _UNRECEIVE),
    (Kind.RECEIPT, "void"): (_UNRECEIVE, stock.receive),
    (Kind.CASH_PURCHASE, "complete"): (stock.receive, _UNBUY),
    (Kind.CASH_PURCHASE, "void"): (_UNBUY, stock.receive),
}
_BRING_IN = frozenset(kind for (kind, _verb), (post, _back) in MOVES.items() if post is stock.receive)
# What an order promises of its rest: to customers what is there, from vendors all of it.
_PROMISE: Mapping[Kind, Post] = {
    Kind.ORDER: stock.allocate_anew,
    Kind.PURCHASE_ORDER: stock.expect_anew,
}


def usual_location(actor: Actor) -> Location | None:
    """Where documents take their goods from if they do not say: the default location, else the oldest in use."""
    return Location.objects.of(actor).filter(archived_at=None).order_by("-is_default", "pk").first()


def place_of(actor: Actor, row: Document) -> Location | None:
    """Where the goods of a document lie; None if the company keeps no stock."""
    return row.location or usual_location(actor)


def move(actor: Actor, row: Document, done: Transition) -> None:
    """Move the goods of a document that has just done a verb; ``ShortStock`` refuses it where there are too few.

    What is shipped for an order comes out of what the order holds, and then of what nobody holds; what is received
    was expected.
    """
    posts = MOVES.get((Kind(row.kind), done.verb))
    place = place_of(actor, row) if posts else None
    if posts is None or place is None:
        return
    served = _served(row)
    roots = origins(row, served)
    lines = [(line, line.quantity, roots[line.pk]) for line in row.lines.all()]
    moving = _stock_lines(actor, lines, place, _costs(row))
    promised = [key for order in served for _ref, key in _wanted(actor, order)]
    stock.lock(actor, [*promised, *(line.key for line in moving)])
    onwards = [line for line in moving if line.quantity > 0]
    backwards = [replace(line, quantity=-line.quantity) for line in moving if line.quantity < 0]
    for post, group in zip(posts, (onwards, backwards), strict=True):
        if group:
            hand_on(actor, post(_clerk(actor), group))


def bring_back(actor: Actor, row: Document, arrived: Sequence[tuple[Line, Decimal, str]]) -> None:
    """Take what a customer returned into the stock: lines, quantities, and why it is scrapped, empty where it is not.
    What is scrapped comes in and leaves again, so that the ledger knows of both."""
    place = place_of(actor, row)
    if place is None:
        return
    clerk = _clerk(actor)
    moving = [(_stock_lines(actor, [(line, n, line.pk)], place), why) for line, n, why in arrived]
    stock.lock(actor, [line.key for lines, _why in moving for line in lines])
    for lines, why in moving:
        if not lines:
            continue
        came = stock.take_back(clerk, lines)
        if why:
            gone = [replace(line, quantity=-line.quantity) for line in lines]
            stock.adjust(clerk, gone, reason=_SCRAPPED.format(number=row.number, why=why)[:200])
        else:
            hand_on(actor, came)


def brought_back(actor: Actor, rma_id: int) -> list[StockMove]:
    """What an RMA brought into the stock and what of it was scrapped, that was not taken back."""
    kinds = (MoveKind.RETURN, MoveKind.ADJUSTMENT)
    lines = Line.objects.of(actor).filter(document=rma_id).values("pk")
    moves = StockMove.objects.of(actor).filter(ref_kind="line", ref_id__in=lines, kind__in=kinds)
    gone = taken_back(actor, moves.values_list("pk", flat=True))
    return [move for move in moves.order_by("pk") if move.pk not in gone]


def send_off(actor: Actor, row: Document, moves: Sequence[StockMove]) -> None:
    """Take back what an RMA brought into the stock, by counter-movements."""
    if moves:
        reverse(_clerk(actor), moves, f"{row.number}: what arrived was taken back")


def _costs(row: Document) -> dict[int, Decimal]:
    """What the lines of a document that brings goods in cost net in the company's currency, by id; nothing is known without a
    rate."""
    if row.kind not in _BRING_IN:
        return {}
    company = company_currency(row.organisation_id)
    found: dict[int, Decimal] = {}
    for line in row.lines.all():
        value = worth(abs(line.net), row.currency, row.exchange_rate, company)
        found |= {} if value is None else {line.pk: value}
    return found


def hold(actor: Actor, order: Document, gone: Iterable[int] = ()) -> None:
    """Let an order hold what it has still to ship, as far as there is (the rest waits as back-order); let a purchase
    order expect what has still to come. Documents of other kinds promise nothing, nor does one whose location was
    archived: nothing lies there, and nothing goes there.

    ``gone``: ids of lines that it had before; what of them is no more holds nothing.
    """
    promise = _PROMISE.get(Kind(order.kind))
    place = place_of(actor, order)
    if promise is None or place is None:
        return
    wanted = {} if place.archived_at else _wanted(actor, order)
    lines = {*order.lines.values_list("pk", flat=True), *gone}
    for ref, key in stock.held(actor, [_ref(pk) for pk in lines]):
        wanted.setdefault((ref, key), StockLine(*key, ZERO, ref=ref))
    if wanted:
        hand_on(actor, promise(_clerk(actor), list(wanted.values())))


def hand_on(actor: Actor, posting: stock.Posting) -> stock.Posting:
    """Let the orders that wait hold what a movement of stock made free, once it is written for good."""
    if keys := {move.line.key for move in posting.moves if move.change.available > 0}:
        transaction.on_commit(lambda: hand_out(actor, keys))
    return posting


def hand_out(actor: Actor, keys: Collection[Key]) -> None:
    """Let the orders that wait for what lies there, or for kits of it, hold it while some is free, the first promised first;
    each by itself."""
    here = StockLevel.objects.of(actor).filter(
        item__in={key.item_id for key in keys}, location__in={key.location_id for key in keys}
    )
    free = here.filter(on_hand__gt=F("allocated"))
    for pk in waiting(actor, keys):
        if not free.exists():
            return
        try:
            with transaction.atomic():
                hold(actor, Document.objects.pick_for_change(actor, pk))
        except Fault as fault:
            log.warning("Order %s does not hold what came in: %s", pk, fault)


def waiting(actor: Actor, keys: Collection[Key]) -> list[int]:
    """The orders that hold less of what lies there than they have still to ship, the first promised first. Nothing is locked:
    what each comes to hold says ``hold``."""
    how, usual = FULFILMENTS[Kind.ORDER], usual_location(actor)
    if usual is None:
        return []
    items = Item.objects.of(actor).in_bulk(with_kits_of(actor, {key.item_id for key in keys}))
    active = Document.objects.of(actor).filter(kind=Kind.ORDER, status__in=how.active)
    rows = Line.objects.of(actor).filter(document__in=active, item__in=items, drop_ship=False, quantity__gt=0)
    done, units = fulfilled(Kind.ORDER, uses(rows, how)), Units(items.values())
    rest, turns = [], {}
    names = ("pk", "item", "quantity", "unit", "document__location", "document__promised", "document")
    for pk, item, quantity, unit, place, day, order in rows.values_list(*names):
        pieces = units.pieces(items[item], quantity - done.get(pk, ZERO), unit)
        if pieces and pieces > 0:
            rest.append(StockLine(item, place or usual.pk, pieces, ref=_ref(pk)))
            turns[_ref(pk)] = (day or date.max, order)
    wanted = _by_line(stock.stock_lines(actor, rest))
    held = stock.held(actor, turns)
    lacking = {
        turns[at[0]]
        for at, line in wanted.items()
        if line.key in keys and line.quantity > (held[at].allocated if at in held else ZERO)
    }
    return [order for _day, order in sorted(lacking)]


def promised(actor: Actor, order: Document) -> set[Key]:
    """What ``hold`` touches of an order: who holds several locks all of it first."""
    lines = order.lines.values_list("pk", flat=True)
    held = stock.held(actor, [_ref(pk) for pk in lines])
    return {key for _ref, key in (*_wanted(actor, order), *held)}


def back_ordered(actor: Actor, order: Document) -> dict[int, Decimal]:
    """By line, what an order has still to ship and neither holds nor finds free, in stock units; of a kit, how many
    cannot be completed."""
    by_line: dict[int, list[StockLine]] = defaultdict(list)
    wanted = _wanted(actor, order)
    for (ref, _key), line in wanted.items():
        by_line[ref.id].append(line)
    held = stock.held(actor, {ref for ref, _key in wanted})
    free = _free(actor, {key for _ref, key in wanted})
    lacking: dict[int, Decimal] = {}
    for pk, lines in by_line.items():
        mine = [found.allocated if (found := held.get((_ref(pk), line.key))) else ZERO for line in lines]
        there = [n + free[line.key] for n, line in zip(mine, lines, strict=True)]
        kits, most = lines[0].sets, complete(lines, there)
        lacking[pk] = kits - most if kits else max(ZERO, lines[0].quantity - there[0])
        for n, line in zip(mine, lines, strict=True):
            used = line.quantity * most / kits if kits else line.quantity
            free[line.key] = max(ZERO, free[line.key] - max(ZERO, used - n))
    return {pk: quantity for pk, quantity in lacking.items() if quantity}


def short(actor: Actor, order: Document) -> dict[Key, Decimal]:
    """What an order lacks of what lies in stock: neither held for it nor free. Of a kit, every part that lacks."""
    wanted = _wanted(actor, order)
    held = stock.held(actor, {ref for ref, _key in wanted})
    open_: dict[Key, Decimal] = defaultdict(Decimal)
    for found, line in wanted.items():
        open_[line.key] += max(ZERO, line.quantity - (held[found].allocated if found in held else ZERO))
    free = _free(actor, open_)
    return {key: quantity - free[key] for key, quantity in open_.items() if quantity > free[key]}


def _free(actor: Actor, keys: Collection[Key]) -> dict[Key, Decimal]:
    """What nobody holds."""
    found: dict[Key, Decimal] = {}
    for place in {key.location_id for key in keys}:
        items = [key.item_id for key in keys if key.location_id == place]
        there = sums(actor, items, [place])
        found |= {Key(pk, place): max(ZERO, there[pk].available) if pk in there else ZERO for pk in items}
    return found


def _wanted(actor: Actor, order: Document) -> dict[tuple[Ref, Key], StockLine]:
    """What is still to come of an order, by line and by what lies in stock."""
    kind = Kind(order.kind)
    place = place_of(actor, order) if order.status in FULFILMENTS[kind].active else None
    if place is None:
        return {}
    lines = list(order.lines.all())
    done = fulfilled(kind, uses(line.pk for line in lines))
    rest = [(line, max(ZERO, line.quantity - done.get(line.pk, ZERO)), line.pk) for line in lines]
    return _by_line(_stock_lines(actor, rest, place))


def _by_line(lines: Iterable[StockLine]) -> dict[tuple[Ref, Key], StockLine]:
    """By line and by what lies in stock; what a line has several times, as a kit in a kit may, is added up."""
    found: dict[tuple[Ref, Key], StockLine] = {}
    for line in lines:
        if line.ref:
            there = found.get((line.ref, line.key))
            more = replace(line, quantity=line.quantity + there.quantity) if there else line
            found[line.ref, line.key] = more
    return found


def _served(row: Document) -> list[Document]:
    """The orders that a ship doc or receipt serves."""
    kinds = [kind for kind, how in FULFILMENTS.items() if how.kind == row.kind]
    return list(Document.objects.filter(pk__in=ancestors(row), kind__in=kinds).order_by("pk"))


def _stock_lines(
    actor: Actor,
    lines: Iterable[tuple[Line, Decimal, int]],
    place: Location,
    costs: Mapping[int, Decimal] = MappingProxyType({}),
) -> list[StockLine]:
    """What moves for these lines: each with its quantity in its own unit, and the line that it serves. What a vendor
    sends to the customer never lay here. ``costs``: what the lines cost, by id, where that is known."""
    asked = [
        (line, quantity, root)
        for line, quantity, root in lines
        if line.item_id and quantity and not line.drop_ship
    ]
    items = Item.objects.of(actor).in_bulk([line.item_id for line, _quantity, _root in asked])
    units = Units(items.values())
    wanted = [
        StockLine(
            item.pk, place.pk, _pieces(units, item, quantity, line), ref=_ref(root), cost=costs.get(line.pk)
        )
        for line, quantity, root in asked
        if (item := items.get(line.item_id or 0))
    ]
    return stock.stock_lines(actor, wanted)


def _pieces(units: Units, item: Item, quantity: Decimal, line: Line) -> Decimal:
    if not ItemType(item.type).keeps_stock and item.type != ItemType.KIT:
        return quantity
    pieces = units.pieces(item, quantity, line.unit)
    if pieces is None:
        sentence = _("Line {position}: {sku} has no unit “{unit}”.").format(
            position=line.position, sku=item.sku, unit=line.unit
        )
        raise WrongLine(
            line.position,
            {"unit": sentence},
            cure=_("Add the unit to the item, or sell it by another."),
        )
    return pieces


def _ref(line_id: int) -> Ref:
    return Ref("line", line_id)


def _clerk(actor: Actor) -> Actor:
    """Stock follows its document: who may do the verb may do what it does to the stock."""
    return replace(actor, role=Role.ADMIN, scopes=None, own=None)
