"""Receive what a customer sent back, piece by piece."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales import moving, states, words
from tradepost.sales.models import Document, Kind
from tradepost.sales.returned import Arrived, Fate, outcomes, take

ZERO = Decimal(0)
WAITING = ("approved", "partly_received")


def receive(actor: Actor, rma_id: int, arrived: Sequence[Arrived], *, version: int | None = None) -> Document:
    """Take in what arrived of an RMA, all of these lines or none; the RMA is received, or partly received, by what is
    still expected."""
    actor.require(Permission.STOCK_MOVE)
    with transaction.atomic():
        row = moving.lock(actor, rma_id, version, Kind.RMA)
        if row.status not in WAITING:
            raise Conflict(
                _("{number} is {state}; nothing is taken in.").format(
                    number=row.number, state=words.state(row.status)
                ),
                cure=_("Approve it first."),
            )
        expected = {one.line.pk: one for one in outcomes(row)}
        _check(arrived, {pk: one.expected for pk, one in expected.items()})
        take(actor, row, [(expected[one.line_id].line, one) for one in arrived if one.quantity])
        left = any(one.expected for one in outcomes(row))
        target = "partly_received" if left else "received"
        done = states.follow(Kind.RMA, row.status, target, moving.facts(row))
        if isinstance(done, states.Transition):
            moving.enter(actor, row, done)
    return row


def _check(arrived: Sequence[Arrived], expected: Mapping[int, Decimal]) -> None:
    wrong, sums = {}, defaultdict[int, Decimal](Decimal)
    for one in arrived:
        key = f"quantities.{one.line_id}"
        if not one.quantity.is_finite() or one.quantity < 0 or one.quantity != round(one.quantity, 4):
            wrong[key] = _("{quantity} is not a quantity of zero or more with at most four decimals.").format(
                quantity=one.quantity
            )
            continue
        sums[one.line_id] += one.quantity
        if sums[one.line_id] > expected.get(one.line_id, ZERO):
            left = expected.get(one.line_id, ZERO)
            wrong[key] = _("{sum} is not possible: {left} is expected.").format(
                sum=f"{sums[one.line_id].normalize():f}", left=f"{left.normalize():f}"
            )
        elif one.quantity and one.fate == Fate.SCRAP and not one.reason.strip():
            wrong[key] = _("Say why it is scrapped.")
    if not wrong and not any(sums.values()):
        wrong["quantities"] = _("Enter what arrived of one line at least.")
    if wrong:
        raise Invalid(fields=wrong)
