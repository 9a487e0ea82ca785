"""What needs a person today, as the first page of the desk has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from ninja import Router, Schema

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.queries import answers, due
from tradepost.api.activities import ActivityOut, MessageOut
from tradepost.api.call import Call, anyone_signed_in
from tradepost.api.document_shapes import DocumentRow
from tradepost.api.matters import CaseOut
from tradepost.kit import clock
from tradepost.people.queries import count_cases, open_cases
from tradepost.reports.reordering import below_level
from tradepost.sales import queries
from tradepost.sales.currencies import company_currency
from tradepost.sales.models import Kind
from tradepost.sync.models import Connection, Health, Review

router = Router(tags=["Desk"])

ROWS = 8
WEEK = dt.timedelta(days=7)
_WAIT = (
    *(Kind.ORDER, Kind.PICK, Kind.SHIPMENT, Kind.INVOICE, Kind.PAYMENT),
    *(Kind.PURCHASE_ORDER, Kind.BILL),
)


class WaitingOut(Schema):
    """How many documents of a kind are open; of these on hold, late (past the promised day, or overdue), and the caller's own."""

    kind: Kind
    open: int
    held: int
    late: int
    mine: int


class BookedOut(Schema):
    """The orders of a day, in the company's currency; ``unrated`` have no rate and stand not in the value."""

    day: dt.date
    value: Decimal
    unrated: int


class SalesToday(Schema):
    """``late_orders`` and ``overdue_invoices``: those that are late for the longest."""

    currency: str
    waiting: list[WaitingOut]
    booked: list[BookedOut]
    late_orders: list[DocumentRow]
    overdue_invoices: list[DocumentRow]


class CasesToday(Schema):
    """How many cases are open, of these the caller's, and late: due before today. ``rows``: the caller's first, then the late, then the
    urgent, then what is due first, then the oldest."""

    open: int
    mine: int
    late: int
    rows: list[CaseOut]


class StockToday(Schema):
    """``returns``: RMAs of which goods are still to be received. ``below_level``: of how many items at their locations less is there
    and on order than their level says; `GET reorder` also looks at open orders, drafts and sales."""

    returns: int | None
    below_level: int | None


class ActivitiesToday(Schema):
    """``agenda``: the caller's memos, tasks and events of the next seven days; ``answers``: mail of the last seven that nobody has
    answered."""

    agenda: list[ActivityOut]
    answers: list[MessageOut]


class BrokenOut(Schema):
    id: int
    label: str
    reason: str
    cure: str


class SyncToday(Schema):
    """The connections that do not work, and how many decisions of a sync wait for a person."""

    broken: list[BrokenOut]
    reviews: int


class TodayOut(Schema):
    """What the caller may not see is null."""

    day: dt.date
    sales: SalesToday | None
    cases: CasesToday | None
    stock: StockToday
    activities: ActivitiesToday | None
    sync: SyncToday | None


@router.get("today", response=TodayOut)
@anyone_signed_in
def get_today(request: Call) -> dict[str, Any]:
    """What needs a person today: what waits and is late, what was booked, the caller's agenda, mail without an answer, syncs that
    stopped. Each part is for who may see it."""
    actor = request.actor
    day = queries.today(actor)
    return {
        "day": day,
        "sales": _sales(actor, day) if actor.may(Permission.SALES_VIEW) else None,
        "cases": _cases(actor, day) if actor.may(Permission.PEOPLE_VIEW) else None,
        "stock": {
            "returns": queries.coming_back(actor) if actor.may(Permission.SALES_VIEW) else None,
            "below_level": below_level(actor) if actor.may(Permission.CATALOG_VIEW) else None,
        },
        "activities": _activities(actor) if actor.may(Permission.ACTIVITIES_VIEW) else None,
        "sync": _sync(actor) if actor.may(Permission.SYNC_VIEW) else None,
    }


def _sales(actor: Actor, day: dt.date) -> dict[str, Any]:
    return {
        "currency": company_currency(actor.organisation_id),
        "waiting": [{"kind": kind, **asdict(queries.waiting(actor, kind, day))} for kind in _WAIT],
        "booked": [
            {"day": at, "value": value, "unrated": unrated}
            for at, value, unrated in queries.booked(actor, day)
        ],
        "late_orders": list(queries.longest_late(actor, Kind.ORDER, day, ROWS)),
        "overdue_invoices": list(queries.longest_late(actor, Kind.INVOICE, day, ROWS)),
    }


def _cases(actor: Actor, day: dt.date) -> dict[str, Any]:
    total, own, late = count_cases(actor, day)
    return {"open": total, "mine": own, "late": late, "rows": list(open_cases(actor, day)[:ROWS])}


def _activities(actor: Actor) -> dict[str, Any]:
    now = clock.now()
    return {"agenda": due(actor, now + WEEK, limit=ROWS), "answers": answers(actor, now - WEEK, limit=ROWS)}


def _sync(actor: Actor) -> dict[str, Any]:
    broken = Connection.objects.of(actor).filter(health=Health.BROKEN).order_by("label")
    waiting = Review.objects.of(actor).filter(resolved_at=None).count()
    return {"broken": list(broken[:ROWS]), "reviews": waiting}
