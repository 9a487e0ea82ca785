"""Stock: what lies where, what moved it, and moving it by hand. Documents move it by their own verbs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Actor, Permission
from tradepost.api.call import Call, asks, needs
from tradepost.api.paging import page, reached
from tradepost.api.schema import Id, In, Moment, Money, Page, Window, Words
from tradepost.catalog import moments, stock
from tradepost.catalog.ledger import MoveKind, StockLine
from tradepost.catalog.models import Item, StockLevel, StockMove
from tradepost.catalog.queries import levels, movements, worth
from tradepost.sales import by_hand, goods
from tradepost.wire.orm import matching

router = Router(tags=["Stock"])
Reason = Annotated[str, Field(max_length=200)]


class LevelOut(Schema):
    """The sums of one item at one location, in its stock unit. Available is ``on_hand`` less ``allocated``."""

    id: int
    item_id: int
    location_id: int
    on_hand: Decimal
    allocated: Decimal
    on_order: Decimal


class MoveOut(Schema):
    """A line of the ledger: by how much the three quantities changed. ``posting`` joins what was written together."""

    id: int
    posting: str
    kind: MoveKind
    at: datetime
    item_id: int
    location_id: int
    bin_id: int | None
    on_hand: Decimal
    allocated: Decimal
    on_order: Decimal
    reason: str
    user_id: int | None

    @staticmethod
    def resolve_posting(row: StockMove) -> str:
        return str(row.posting)


class Place(In):
    """Where: a location, and a bin in it; without a bin, what lies outside any."""

    location_id: Id
    bin_id: Id | None = None


class Quantity(Place):
    item_id: Id
    quantity: Money

    def line(self) -> StockLine:
        return StockLine(self.item_id, self.location_id, self.quantity, self.bin_id)


class Adjusted(Quantity):
    """``unit_cost``: what one of them cost, in the company's currency; for who may see costs."""

    unit_cost: Money | None = None


class AdjustIn(In):
    """``quantity`` above zero is more, below is less."""

    lines: list[Adjusted]
    reason: Reason


class RevalueIn(In):
    item_id: Id
    location_id: Id
    unit_cost: Money
    reason: Reason


class WorthOut(Schema):
    """What of an item lies at a location, and its value in the company's currency by moving average."""

    item_id: int
    location_id: int
    on_hand: Decimal
    value: Decimal


class CountIn(In):
    """``quantity`` is what lies in the place now."""

    lines: list[Quantity]
    reason: Reason = ""


class TransferIn(In):
    lines: list[Quantity]
    to: Place


class BuildIn(In):
    item_id: Id
    location_id: Id
    quantity: Money


class PostingOut(Schema):
    posting: str
    moves: list[MoveOut]


def _moved(request: Call, posting: stock.Posting) -> dict[str, Any]:
    """What was moved by hand; the orders that wait get what came in."""
    return _told(request, goods.hand_on(request.actor, posting))


def _told(request: Call, posting: stock.Posting) -> dict[str, Any]:
    rows = StockMove.objects.of(request.actor).filter(posting=posting.id).order_by("pk")
    return {"posting": str(posting.id), "moves": list(rows)}


LevelOrder = Literal[
    "id", "-id", "sku", "-sku", "name", "-name",
    "on_hand", "-on_hand", "allocated", "-allocated", "on_order", "-on_order",
]  # fmt: skip


class Levels(In):
    """``q``: words of the item. ``state``: something is there, none is available, more is promised than is there, or some is on
    order. ``bin_id``: what lies in that bin."""

    q: Words = ""
    item_id: Id | None = None
    location_id: Id | None = None
    bin_id: Id | None = None
    state: Literal["here", "none", "short", "coming"] | None = None

    def rows(self, actor: Actor) -> QuerySet[StockLevel]:
        found = levels(actor, search=self.q, state=self.state or "", bin_id=self.bin_id)
        found = found.filter(item_id=self.item_id) if self.item_id else found
        return found.filter(location_id=self.location_id) if self.location_id else found


@router.get("stock", response=Page[LevelOut])
@needs(Permission.CATALOG_VIEW)
def list_stock(
    request: Call, window: Query[Window], which: Query[Levels], sort: LevelOrder = "id"
) -> dict[str, Any]:
    """The stock of every item at every location that it has been at."""
    by = sort.removeprefix("-")
    return page(
        which.rows(request.actor), window, sort, reached(f"item__{by}") if by in ("sku", "name") else None
    )


class Sums(Schema):
    """In the item's stock unit. ``available`` is ``on_hand`` less ``allocated``; ``buildable``: how many more of an assembly could be
    built, or of a kit put together, of what is available; null of anything else."""

    on_hand: Decimal
    allocated: Decimal
    on_order: Decimal
    available: Decimal
    buildable: Decimal | None


class PlaceSums(Sums):
    location_id: int


class AvailabilityOut(Sums):
    """``by_location`` is null unless it is asked for; locations where there is nothing are left out."""

    item_id: int
    sku: str
    by_location: list[PlaceSums] | None


class Asked(In):
    """``q``: words of SKU and name. ``on``: the end of that day at the company; without it, now. ``items`` and ``locations``:
    any number of ids; without them, all."""

    q: Words = ""
    items: list[Id] = []
    on: date | None = None
    locations: list[Id] = []
    by_location: bool = False


@router.get("availability", response=Page[AvailabilityOut])
@needs(Permission.CATALOG_VIEW)
def list_availability(
    request: Call,
    window: Query[Window],
    asked: Query[Asked],
    sort: Literal["sku", "-sku", "name", "-name"] = "sku",
) -> dict[str, Any]:
    """On hand, allocated, on order, available and buildable of items, for a moment and a set of locations. Parts are those of
    today."""
    at, places = moments.end_of(request.actor, asked.on), moments.places_of(request.actor, asked.locations)
    rows = moments.items_counted(request.actor).filter(matching(asked.q))
    found = page(rows.filter(pk__in=asked.items) if asked.items else rows, window, sort)
    items: list[Item] = found["items"]
    counts = moments.counted(request.actor, items, places, at, each=asked.by_location)
    return {**found, "items": [_availability(item, counts[item.pk], asked.by_location) for item in items]}


def _availability(item: Item, one: moments.Counted, each: bool) -> dict[str, Any]:
    its = [{"location_id": pk, **_sums(there)} for pk, there in sorted(one.places.items())]
    return {"item_id": item.pk, "sku": item.sku, **_sums(one), "by_location": its if each else None}


def _sums(one: moments.Counted) -> dict[str, Decimal | None]:
    names = ("on_hand", "allocated", "on_order", "available")
    return {**{name: getattr(one.stock, name) for name in names}, "buildable": one.buildable}


@router.get("items/{int:id}/moves", response=Page[MoveOut])
@needs(Permission.CATALOG_VIEW)
def list_moves(
    request: Call, id: Id, window: Query[Window], sort: Literal["at", "-at"] = "-at"
) -> dict[str, Any]:
    """The ledger of an item."""
    item = Item.objects.pick(request.actor, id)
    return page(movements(request.actor, item.pk), window, sort)


@router.post("stock/adjust", response={201: PostingOut})
@needs(Permission.STOCK_MOVE)
def adjust_stock(request: Call, body: AdjustIn) -> dict[str, Any]:
    """Correct the books, and say why. All lines or none."""
    lines = []
    for one in body.lines:
        line = one.line()
        if one.unit_cost is not None:
            line = replace(line, cost=stock.cost_of(request.actor, line.quantity, one.unit_cost))
        lines.append(line)
    return _moved(request, stock.adjust(request.actor, lines, reason=body.reason))


@router.post("stock/revalue", response={201: PostingOut})
@asks(Permission.STOCK_MOVE, by="since stock is valued anew")
@needs(Permission.COST_VIEW)
def revalue_stock(request: Call, body: RevalueIn) -> dict[str, Any]:
    """Say what one of an item at a location is worth from now on."""
    posting = stock.revalue(request.actor, body.item_id, body.location_id, body.unit_cost, reason=body.reason)
    return _told(request, posting)


@router.get("stock/worth", response=list[WorthOut])
@needs(Permission.COST_VIEW)
def list_worth(
    request: Call, item_id: Id | None = None, location_id: Id | None = None, at: Moment | None = None
) -> list[dict[str, Any]]:
    """What lies where and its value, now or at a moment of the past: the sum of the ledger, to the cent."""
    items, places = ([one] if one else None for one in (item_id, location_id))
    found = worth(request.actor, items, places, at=at)
    return [
        {"item_id": item, "location_id": place, "on_hand": on_hand, "value": value}
        for (item, place), (on_hand, value) in sorted(found.items())
    ]


@router.post("stock/count", response={201: PostingOut})
@needs(Permission.STOCK_MOVE)
def count_stock(request: Call, body: CountIn) -> dict[str, Any]:
    """Set what lies in each place to what was counted, zero included."""
    return _moved(request, stock.count(request.actor, [one.line() for one in body.lines], reason=body.reason))


@router.post("stock/transfer", response={201: PostingOut})
@needs(Permission.STOCK_MOVE)
def transfer_stock(request: Call, body: TransferIn) -> dict[str, Any]:
    """Carry stock to another location or bin."""
    lines = [one.line() for one in body.lines]
    to = body.to
    return _moved(request, stock.transfer(request.actor, lines, to.location_id, bin_id=to.bin_id))


@router.post("stock/build", response={201: PostingOut})
@needs(Permission.STOCK_MOVE)
def build_stock(request: Call, body: BuildIn) -> dict[str, Any]:
    """Build an assembly of its parts at one location."""
    return _moved(request, stock.build(request.actor, body.item_id, body.quantity, body.location_id))


@router.post("stock/unbuild", response={201: PostingOut})
@needs(Permission.STOCK_MOVE)
def unbuild_stock(request: Call, body: BuildIn) -> dict[str, Any]:
    """Take assemblies apart: they go out, and what their bill of materials says today comes in."""
    return _moved(request, stock.unbuild(request.actor, body.item_id, body.quantity, body.location_id))


@router.post("stock-moves/{int:id}/undo", response={201: PostingOut})
@needs(Permission.STOCK_MOVE)
def undo_stock_move(request: Call, id: Id) -> dict[str, Any]:
    """Take back a line of the ledger and all that was posted with it, if it was moved by hand (adjusted, counted,
    transferred, built, valued), by counter-movements; orders that waited give back what they got of it. 409 where goods left, were promised to newer
    orders or counted since."""
    return _told(request, by_hand.undo(request.actor, id))
