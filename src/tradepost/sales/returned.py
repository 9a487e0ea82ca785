"""What becomes of goods that a customer sends back: each piece goes to stock or to scrap when it arrives, and is
credited, replaced, or neither.

An RMA is received at once or piece by piece. *Credited* and *replaced* are the documents made from it: a credit note, or
an order free of charge, of each piece one of the two at most; an RMA that is closed without either gives no credit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.sales import by_hand, goods
from tradepost.sales.following import uses
from tradepost.sales.models import Document, Kind, Line, Returned

ZERO = Decimal(0)
Fate = Returned.Fate


@dataclass(frozen=True, slots=True)
class Arrived:
    """So much of a line of an RMA, in its unit, and where it goes; what is scrapped needs a reason."""

    line_id: int
    quantity: Decimal
    fate: Fate = Fate.STOCK
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a line of an RMA stands: of ``line.quantity``, what came to ``stock`` or ``scrap``, and what was ``credited``
    or ``replaced``."""

    line: Line
    stock: Decimal = ZERO
    scrap: Decimal = ZERO
    reasons: tuple[str, ...] = field(default=())
    credited: Decimal = ZERO
    replaced: Decimal = ZERO

    @property
    def expected(self) -> Decimal:
        """What has not arrived yet."""
        return max(ZERO, self.line.quantity - self.stock - self.scrap)


def outcomes(row: Document) -> list[Outcome]:
    """Every line of an RMA that has a quantity, in its order."""
    lines = [line for line in row.lines.all() if line.quantity > 0]
    found = uses([line.pk for line in lines])
    arrived: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    reasons: dict[int, dict[str, None]] = defaultdict(dict)
    for one in Returned.objects.filter(line__in=lines).order_by("pk"):
        arrived[one.line_id, one.fate] += one.quantity
        if one.reason:
            reasons[one.line_id][one.reason] = None
    made: dict[tuple[int, Kind], Decimal] = defaultdict(Decimal)
    for use in found:
        made[use.root, use.kind] += use.quantity if use.depth == 1 else ZERO
    return [
        Outcome(
            line,
            arrived[line.pk, Fate.STOCK],
            arrived[line.pk, Fate.SCRAP],
            tuple(reasons[line.pk]),
            made[line.pk, Kind.CREDIT_NOTE],
            made[line.pk, Kind.ORDER],
        )
        for line in lines
    ]


def take_rest(actor: Actor, row: Document) -> None:
    """All that is still expected goes to stock: the RMA was received as a whole."""
    rest = [one for one in outcomes(row) if one.expected]
    take(actor, row, [(one.line, Arrived(one.line.pk, one.expected)) for one in rest])


def take(actor: Actor, row: Document, arrived: Sequence[tuple[Line, Arrived]]) -> None:
    """Note what arrived, and move it; the caller has locked the RMA and asked for the permission."""
    Returned.objects.bulk_create(
        Returned(
            organisation_id=row.organisation_id,
            line=line,
            quantity=one.quantity,
            fate=one.fate,
            reason=one.reason.strip()[:160],
            user_id=actor.user_id,
        )
        for line, one in arrived
    )
    goods.bring_back(
        actor,
        row,
        [(line, one.quantity, one.reason.strip() if one.fate == Fate.SCRAP else "") for line, one in arrived],
    )


def take_back(actor: Actor, row: Document) -> None:
    """Nothing of an RMA has arrived: what came to stock leaves again, what was scrapped is as if it never came. The audit
    trail keeps what was noted. Raises where the goods have left, or are promised to orders that were written since."""
    noted = Returned.objects.filter(line__in=row.lines.all()).order_by("pk")
    told = [audit.snapshot(one) for one in noted]
    moves = goods.brought_back(actor, row.pk)
    with by_hand.who_keeps_it(actor, moves):
        goods.send_off(actor, row, moves)
    noted.delete()
    audit.record(actor, "rma.unreturn", row, {"arrived": told}, {"arrived": []})
