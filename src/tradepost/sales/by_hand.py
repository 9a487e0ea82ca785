"""What is taken back from the orders that waited: stock that a person moved, what a customer had sent back, and what an order
had let go of that is opened again. They give it back first, the last that got any first, and wait again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import reversal, stock
from tradepost.catalog.ledger import Key, MoveKind, Ref, StockLine
from tradepost.catalog.models import StockMove
from tradepost.kit.errors import Conflict
from tradepost.sales import goods
from tradepost.sales.models import Document, Kind, Line

ZERO = Decimal(0)
T = TypeVar("T")


class Given(NamedTuple):
    """What a line of an order came to hold of something."""

    line_id: int
    key: Key
    quantity: Decimal


def undo(actor: Actor, move_id: int) -> stock.Posting:
    """``reversal.undo``, before which the orders that waited give back what they got of it. What orders that were written
    since hold stays theirs, and refuses it."""
    actor.require(Permission.STOCK_MOVE)
    posting = StockMove.objects.pick(actor, move_id).posting
    moves = list(StockMove.objects.of(actor).filter(posting=posting).order_by("pk"))

    def act() -> stock.Posting:
        with who_keeps_it(actor, moves):
            return goods.hand_on(actor, reversal.undo(actor, move_id))

    return take_back(actor, moves, act)


def take_back(actor: Actor, moves: Sequence[StockMove], act: Callable[[], T]) -> T:
    """``act`` takes these lines of the ledger back; the orders that waited, locked from the oldest, give back before what they
    got of them."""
    with transaction.atomic():
        rows = Document.objects.of(actor).filter(pk__in=that_waited(actor, moves)).order_by("pk")
        return give_back(actor, moves, list(rows.select_for_update(of=("self",))), act)


def give_back(
    actor: Actor,
    moves: Sequence[StockMove],
    orders: Sequence[Document],
    act: Callable[[], T],
    touched: Collection[Key] = (),
) -> T:
    """:func:`take_back` from these orders, which are locked; ``touched`` is what ``act`` locks of the stock besides."""
    keys = {*touched, *(key for order in orders for key in goods.promised(actor, order))}
    levels = stock.lock(actor, keys | {Key(move.item_id, move.location_id) for move in moves})
    free = {key: row.on_hand - row.allocated for key, row in levels.items()}
    if back := given_back(_given(actor, moves, orders), taken(moves), free):
        lines = [StockLine(*one.key, one.quantity, ref=Ref("line", one.line_id)) for one in back]
        stock.release(actor, lines)
    done = act()
    for order in orders:
        goods.hold(actor, order)  # no part of a kit is held for one that is no longer whole
    return done


@contextmanager
def who_keeps_it(actor: Actor, moves: Sequence[StockMove]) -> Iterator[None]:
    """Name the orders that were written since, where what these movements brought in is promised to them."""
    try:
        yield
    except reversal.Promised as fault:
        its = {"item": fault.level.item_id, "location": fault.level.location_id}
        rows = StockMove.objects.of(actor).filter(ref_kind="line", pk__gt=moves[0].pk, **its)
        held = rows.order_by().values("ref_id").annotate(held=Sum("allocated")).filter(held__gt=0)
        lines = Line.objects.of(actor).filter(pk__in=held.values("ref_id"))
        since = Document.objects.of(actor).filter(created_at__gte=moves[0].created_at)
        numbers = (
            since.filter(pk__in=lines.values("document")).order_by("pk").values_list("number", flat=True)
        )
        if not numbers:
            raise
        cause = _("{sku} in {location} is promised to {orders} since.")
        raise Conflict(
            cause.format(**fault.facts | {"orders": ", ".join(numbers)}), cure=fault.cure
        ) from None


def let_go(actor: Actor, order_id: int) -> list[StockMove]:
    """What an order let go of at last."""
    lines = Line.objects.of(actor).filter(document=order_id).values("pk")
    moves = StockMove.objects.of(actor).filter(ref_kind="line", ref_id__in=lines).order_by("pk")
    last = moves.last()
    return list(moves.filter(posting=last.posting, kind=MoveKind.RELEASE)) if last else []


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
    """What is free no more when these lines of the ledger are taken back."""
    came: dict[Key, Decimal] = defaultdict(Decimal)
    for move in moves:
        came[Key(move.item_id, move.location_id)] += move.on_hand - move.allocated
    return {key: quantity for key, quantity in came.items() if quantity > 0}


def that_waited(actor: Actor, moves: Sequence[StockMove]) -> list[int]:
    """The orders that were there before these movements and hold more since."""
    lines = Line.objects.of(actor).filter(pk__in={one.line_id for one in _given(actor, moves)})
    rows = Document.objects.of(actor).filter(kind=Kind.ORDER, pk__in=lines.values("document"))
    return list(rows.filter(created_at__lt=moves[0].created_at).values_list("pk", flat=True)) if moves else []


def _given(
    actor: Actor, moves: Sequence[StockMove], orders: Collection[Document] | None = None
) -> list[Given]:
    """What lines, of these orders alone if given, hold more since of what came in; the last first."""
    if not (keys := taken(moves)):
        return []
    rows = StockMove.objects.of(actor).filter(
        ref_kind="line",
        pk__gt=moves[0].pk,
        item_id__in={key.item_id for key in keys},
        location_id__in={key.location_id for key in keys},
    )
    if orders is not None:
        rows = rows.filter(ref_id__in=Line.objects.filter(document__in=orders).values("pk"))
    sums = rows.values_list("ref_id", "item_id", "location_id").annotate(Sum("allocated"), last=Max("pk"))
    found = [
        Given(line, Key(item, place), quantity)
        for line, item, place, quantity, _newest in sums.filter(allocated__sum__gt=0).order_by("-last")
    ]
    return [one for one in found if one.key in keys]
