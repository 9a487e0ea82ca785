"""Take back what was moved by hand: an adjustment, a count, a transfer, a build, a cost that was set.

The ledger only grows, so each line gets a counter-movement that names it (``Ref("move", …)``) and carries its value back
to the cent. What rests on the movement since forbids it: goods that left, a promise, a later count of the same place, a
later movement at a cost that was set. What documents moved is taken back by their own verbs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.availability import Stock
from tradepost.catalog.ledger import Books, Key, Move, MoveKind, Ref, StockLine
from tradepost.catalog.models import StockLevel, StockMove
from tradepost.catalog.posting import Posting, lock, post
from tradepost.catalog.preferences import ALLOW_NEGATIVE
from tradepost.kit.errors import Conflict
from tradepost.kit.words import gettext_noop

BY_HAND = frozenset(
    {MoveKind.ADJUSTMENT, MoveKind.COUNT, MoveKind.TRANSFER, MoveKind.BUILD, MoveKind.REVALUATION}
)
MOVE = "move"  # the kind of reference by which a movement names the one that it takes back


class Promised(Conflict):
    """What came in is promised since, so that it stays: of the item of ``level``, at its location."""

    cause_text = gettext_noop("{sku} in {location} is promised to orders since.")
    cure_text = gettext_noop("Release it there, or receive more first.")

    def __init__(self, level: StockLevel) -> None:
        self.level = level
        super().__init__(sku=level.item.sku, location=level.location)


def undo(actor: Actor, move_id: int) -> Posting:
    """Take back a line of the ledger and all that was posted with it. ``Missing`` without such a line, ``Conflict`` with the
    reason where it stays, ``ShortStock`` where what came in has left since."""
    actor.require(Permission.STOCK_MOVE)
    posting = StockMove.objects.pick(actor, move_id).posting
    moves = list(StockMove.objects.of(actor).filter(posting=posting).order_by("pk"))
    if any(move.ref_kind == MOVE for move in moves):
        raise Conflict(_("This took something back itself."), cure=_("Do the movement again instead."))
    if any(move.ref_id or move.kind not in BY_HAND for move in moves):
        raise Conflict(_("A document moved this stock."), cure=_("Void or cancel the document instead."))
    if any(move.kind == MoveKind.REVALUATION for move in moves):
        actor.require(Permission.COST_VIEW)
    return reverse(actor, moves, f"Taken back: {moves[0].reason or moves[0].get_kind_display()}")


def reverse(actor: Actor, moves: Sequence[StockMove], reason: str) -> Posting:
    """Counter-movements of these lines of the ledger, the last first. The caller has asked for the permission."""
    with transaction.atomic():
        levels = lock(actor, [Key(move.item_id, move.location_id) for move in moves])
        _refuse(actor, moves)
        kinds = {Ref(MOVE, move.pk): MoveKind(move.kind) for move in moves}
        lines = [_counter(move, levels[Key(move.item_id, move.location_id)]) for move in reversed(moves)]

        def decide(lines: Sequence[StockLine], books: Books) -> list[Move]:
            return [Move(kinds[line.ref], line, Stock(on_hand=line.quantity)) for line in lines if line.ref]

        posting = post(actor, "undo", lines, decide, reason=reason[:200])
        _keep_promises(actor, posting)
    return posting


def _keep_promises(actor: Actor, posting: Posting) -> None:
    """What was let to orders since stays there."""
    keys = {move.line.key for move in posting.moves if move.change.on_hand < 0}
    if ALLOW_NEGATIVE.value(actor.organisation_id):
        return
    for level in lock(actor, keys).values():
        if level.on_hand < level.allocated:
            raise Promised(level)


def undoable(actor: Actor, moves: Iterable[StockMove]) -> set[int]:
    """Which of these lines a page offers to take back: moved by hand, and not taken back yet."""
    kinds = BY_HAND if actor.may(Permission.COST_VIEW) else BY_HAND - {MoveKind.REVALUATION}
    found = {move.pk for move in moves if move.kind in kinds and not move.ref_id}
    return found - taken_back(actor, found) if actor.may(Permission.STOCK_MOVE) else set()


def taken_back(actor: Actor, keys: Iterable[int]) -> set[int]:
    """Those of these lines of the ledger that have a counter-movement."""
    rows = StockMove.objects.of(actor).filter(ref_kind=MOVE, ref_id__in=list(keys))
    return {pk for pk in rows.values_list("ref_id", flat=True) if pk is not None}


def _refuse(actor: Actor, moves: Sequence[StockMove]) -> None:
    if taken_back(actor, [move.pk for move in moves]):
        raise Conflict(_("This was taken back already."), cure=_("Reload the page."))
    if later := _since(actor, moves, in_bin=True).filter(kind=MoveKind.COUNT).first():
        raise Conflict(
            _("{sku} was counted in {location} since.").format(sku=later.item.sku, location=later.location),
            cure=_("Count it again: a count says what lies there whatever was before."),
        )
    costs = [move for move in moves if move.kind == MoveKind.REVALUATION]
    if costs and (later := _since(actor, costs).exclude(on_hand=0, value=0).first()):
        raise Conflict(
            _("{sku} moved in {location} at that cost since.").format(
                sku=later.item.sku, location=later.location
            ),
            cure=_("Set the cost that is right from now on."),
        )


def _since(actor: Actor, moves: Sequence[StockMove], *, in_bin: bool = False) -> ScopedQuerySet[StockMove]:
    """What was written after them for the same items and locations, or for the same bins, and still counts."""
    places = Q()
    for move in moves:
        there = Q(item_id=move.item_id, location_id=move.location_id)
        places |= there & Q(bin_id=move.bin_id) if in_bin else there
    rows = StockMove.objects.of(actor)
    countered = rows.filter(ref_kind=MOVE, ref_id=OuterRef("pk"))
    standing = rows.filter(places, ~Exists(countered), pk__gt=max(move.pk for move in moves))
    return standing.exclude(ref_kind=MOVE).select_related("item", "location").order_by("pk")


def _counter(move: StockMove, level: StockLevel) -> StockLine:
    """The way back. A cost that was set gives way to what all there was worth before."""
    cost = level.value - move.value if move.kind == MoveKind.REVALUATION else abs(move.value)
    ref = Ref(MOVE, move.pk)
    return StockLine(move.item_id, move.location_id, -move.on_hand, move.bin_id, ref=ref, cost=cost)
