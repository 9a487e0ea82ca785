"""What documents do to the stock. Sales orders hold it, ship docs and cash sales take it out, returns bring it back.

A company without a location keeps no stock, and its documents move none. Which document moves goods, and which way,
stands in ``MOVES``; kits give way to their parts, services and the like move nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tradepost.accounts.access import Actor, Role
from tradepost.catalog import stock
from tradepost.catalog.ledger import Key, Ref, StockLine
from tradepost.catalog.models import Item, ItemType, Location
from tradepost.catalog.queries import in_stock_unit
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales.following import SHIPPED, uses
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.states import Transition

ZERO = Decimal(0)
OUT, BACK = 1, -1
HOLDING = ("open", "partly_shipped")  # the states in which an order holds what it has not shipped yet

# By kind and verb: whether goods go out or come back.
MOVES: Mapping[tuple[Kind, str], int] = {
    (Kind.SHIPMENT, "ship"): OUT,
    (Kind.SHIPMENT, "void"): BACK,
    (Kind.CASH_SALE, "complete"): OUT,
    (Kind.CASH_SALE, "void"): BACK,
    (Kind.RMA, "receive"): BACK,
}


def usual_location(actor: Actor) -> Location | None:
    """Where documents take their goods from if they do not say: the company's oldest location in use."""
    return Location.objects.of(actor).filter(archived_at=None).order_by("pk").first()


def place_of(actor: Actor, row: Document) -> Location | None:
    """Where the goods of a document lie; None if the company keeps no stock."""
    return row.location or usual_location(actor)


def move(actor: Actor, row: Document, done: Transition) -> None:
    """Move the goods of a document that has just done a verb; ``ShortStock`` refuses it where there are too few.

    What is shipped for an order comes out of what the order holds, and then of what nobody holds.
    """
    way = MOVES.get((Kind(row.kind), done.verb))
    place = place_of(actor, row) if way else None
    if way is None or place is None:
        return
    lines = list(row.lines.all())
    roots = origins(lines)
    moving = _stock_lines(actor, [(line, way * line.quantity, roots[line.pk]) for line in lines], place)
    orders = Document.objects.filter(kind=Kind.ORDER, lines__in=set(roots.values())).distinct()
    holding = [key for order in orders for _ref, key in _wanted(actor, order)]
    stock.lock(actor, [*holding, *(line.key for line in moving)])
    if out := [line for line in moving if line.quantity > 0]:
        stock.ship(_clerk(actor), out)
    if back := [replace(line, quantity=-line.quantity) for line in moving if line.quantity < 0]:
        stock.take_back(_clerk(actor), back)


def hold(actor: Actor, order: Document, gone: Iterable[int] = ()) -> None:
    """Let an order hold what it has still to ship, as far as there is: the rest waits as back-order.

    ``gone``: ids of lines that it had before; what of them is no more holds nothing.
    """
    if place_of(actor, order) is None:
        return
    wanted = _wanted(actor, order)
    lines = {*order.lines.values_list("pk", flat=True), *gone}
    for key in stock.held(actor, [_ref(pk) for pk in lines]):
        wanted.setdefault(key, ZERO)
    if wanted:
        asked = [StockLine(*key, quantity, ref=ref) for (ref, key), quantity in wanted.items()]
        stock.allocate_anew(_clerk(actor), asked)


def back_ordered(actor: Actor, order: Document) -> dict[int, Decimal]:
    """By line, what an order has still to ship and does not hold, in stock units; of a kit, the parts that lack."""
    wanted = _wanted(actor, order)
    held = stock.held(actor, {ref for ref, _key in wanted})
    lacking: dict[int, Decimal] = defaultdict(Decimal)
    for (ref, key), quantity in wanted.items():
        there = held.get((ref, key))
        lacking[ref.id] += max(ZERO, quantity - (there.allocated if there else ZERO))
    return {pk: quantity for pk, quantity in lacking.items() if quantity}


def _wanted(actor: Actor, order: Document) -> dict[tuple[Ref, Key], Decimal]:
    """What an order has still to ship, by line and by what lies in stock."""
    place = place_of(actor, order) if order.status in HOLDING else None
    if place is None:
        return {}
    lines = list(order.lines.all())
    shipped = shipped_of(line.pk for line in lines)
    rest = [(line, max(ZERO, line.quantity - shipped.get(line.pk, ZERO)), line.pk) for line in lines]
    found: dict[tuple[Ref, Key], Decimal] = {}
    for line in _stock_lines(actor, rest, place):
        if line.ref:
            found[line.ref, line.key] = found.get((line.ref, line.key), ZERO) + line.quantity
    return found


def shipped_of(line_ids: Iterable[int]) -> dict[int, Decimal]:
    """How much of each line of orders has left the house."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    for use in uses(line_ids):
        if use.kind is Kind.SHIPMENT and use.status in SHIPPED:
            found[use.root] += use.quantity
    return dict(found)


def origins(lines: Sequence[Line]) -> dict[int, int]:
    """The line of the order that each line serves, at any remove; the line itself where there is no order."""
    found = {line.pk: line.pk for line in lines}
    above = {line.pk: line.source_id for line in lines if line.source_id}
    while above:
        rows = Line.objects.filter(pk__in=set(above.values()))
        parents = {
            pk: (source, kind) for pk, source, kind in rows.values_list("pk", "source", "document__kind")
        }
        found |= {pk: up for pk, up in above.items() if parents[up][1] == Kind.ORDER}
        above = {pk: source for pk, up in above.items() if (source := parents[up][0])}
    return found


def _stock_lines(
    actor: Actor, lines: Iterable[tuple[Line, Decimal, int]], place: Location
) -> list[StockLine]:
    """What moves for these lines: each with its quantity in its own unit, and the line that it serves."""
    asked = [(line, quantity, root) for line, quantity, root in lines if line.item_id and quantity]
    items = Item.objects.of(actor).in_bulk([line.item_id for line, _quantity, _root in asked])
    wanted = [
        StockLine(item.pk, place.pk, _in_stock_unit(item, quantity, line), ref=_ref(root))
        for line, quantity, root in asked
        if (item := items.get(line.item_id or 0))
    ]
    return stock.stock_lines(actor, wanted)


def _in_stock_unit(item: Item, quantity: Decimal, line: Line) -> Decimal:
    if not ItemType(item.type).keeps_stock and item.type != ItemType.KIT:
        return quantity
    try:
        return in_stock_unit(item, quantity, line.unit)
    except Missing:
        sentence = f"Line {line.position}: {item.sku} has no unit “{line.unit}”."
        raise Invalid(
            fields={f"lines.{line.position}": sentence},
            cure="Add the unit to the item, or sell it by another.",
        ) from None


def _ref(line_id: int) -> Ref:
    return Ref("line", line_id)


def _clerk(actor: Actor) -> Actor:
    """Stock follows its document: who may do the verb may do what it does to the stock."""
    return replace(actor, role=Role.ADMIN, scopes=None)
