"""Stock that a person moved. The orders that wait get what came in, as they get what is received; when it is taken back they
give it back first, the last that got any first, and wait again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Sum

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import reversal, stock
from tradepost.catalog.ledger import Key, Ref, StockLine
from tradepost.catalog.models import StockMove
from tradepost.sales import goods
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import hand_out

ZERO = Decimal(0)


class Given(NamedTuple):
    """What a line of an order came to hold of something."""

    line_id: int
    key: Key
    quantity: Decimal


def arrived(actor: Actor, posting: stock.Posting) -> stock.Posting:
    """Let the orders that wait hold what a movement brought in, once it is written for good."""
    if came := {move.line.item_id for move in posting.moves if move.change.on_hand > 0}:
        transaction.on_commit(lambda: hand_out(actor, came))
    return posting


def undo(actor: Actor, move_id: int) -> stock.Posting:
    """``reversal.undo``, before which the orders that waited give back what they got of it. What orders that were written
    since hold stays theirs, and refuses it."""
    actor.require(Permission.STOCK_MOVE)
    posting = StockMove.objects.pick(actor, move_id).posting
    moves = list(StockMove.objects.of(actor).filter(posting=posting).order_by("pk"))
    return take_back(actor, moves, lambda: reversal.undo(actor, move_id))


def take_back(actor: Actor, moves: Sequence[StockMove], act: Callable[[], stock.Posting]) -> stock.Posting:
    """``act`` takes these lines of the ledger back; the orders that waited give back before what they got of them."""
    with transaction.atomic():
        orders = _that_waited(actor, moves)
        touched = {key for order in orders for key in goods.promised(actor, order)}
        levels = stock.lock(actor, touched | {Key(move.item_id, move.location_id) for move in moves})
        free = {key: row.on_hand - row.allocated for key, row in levels.items()}
        if back := given_back(_given(actor, moves, orders), taken(moves), free):
            lines = [StockLine(*one.key, one.quantity, ref=Ref("line", one.line_id)) for one in back]
            stock.release(actor, lines)
        posting = act()
        for order in orders:
            goods.hold(actor, order)  # no part of a kit is held for one that is no longer whole
    return arrived(actor, posting)


def given_back(given: Sequence[Given], gone: dict[Key, Decimal], free: dict[Key, Decimal]) -> list[Given]:
    """Who gives back how much, so that what goes is free: the last who got any first. Pure."""
    lacking = {key: quantity - free[key] for key, quantity in gone.items()}
    found = []
    for one in given:
        share = min(one.quantity, lacking.get(one.key, ZERO))
        if share > 0:
            lacking[one.key] -= share
            found.append(one._replace(quantity=share))
    return found


def taken(moves: Sequence[StockMove]) -> dict[Key, Decimal]:
    """What leaves when these lines of the ledger are taken back."""
    came: dict[Key, Decimal] = defaultdict(Decimal)
    for move in moves:
        came[Key(move.item_id, move.location_id)] += move.on_hand
    return {key: quantity for key, quantity in came.items() if quantity > 0}


def _that_waited(actor: Actor, moves: Sequence[StockMove]) -> list[Document]:
    """The orders, locked from the oldest, that were there before these movements and hold more since."""
    lines = Line.objects.of(actor).filter(pk__in={one.line_id for one in _given(actor, moves)})
    rows = Document.objects.of(actor).filter(
        kind=Kind.ORDER, pk__in=lines.values("document"), created_at__lt=moves[0].created_at
    )
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def _given(
    actor: Actor, moves: Sequence[StockMove], orders: Collection[Document] | None = None
) -> list[Given]:
    """What lines, of these orders alone if given, hold more since of what came in; the last first."""
    keys = taken(moves)
    rows = StockMove.objects.of(actor).filter(
        ref_kind="line",
        pk__gt=moves[-1].pk,
        item_id__in={key.item_id for key in keys},
        location_id__in={key.location_id for key in keys},
    )
    if orders is not None:
        rows = rows.filter(ref_id__in=Line.objects.filter(document__in=orders).values("pk"))
    sums = rows.values_list("ref_id", "item_id", "location_id").annotate(Sum("allocated"), last=Max("pk"))
    found = [
        Given(line, Key(item, place), quantity)
        for line, item, place, quantity, _last in sums.filter(allocated__sum__gt=0).order_by("-last")
    ]
    return [one for one in found if one.key in keys]
