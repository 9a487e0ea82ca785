"""What surrounds the trade: search, notices, jobs and the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry
from tradepost.activities.queries import by_subject
from tradepost.api.call import Call, anyone_signed_in, needs
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Moment, Page, RecordKind, Window, Words
from tradepost.catalog.services import items
from tradepost.jobs import queries, services
from tradepost.jobs.models import Job, JobState, NoticeLevel
from tradepost.people.kinds import SHAPES
from tradepost.people.queries import records
from tradepost.sales.queries import documents

router = Router(tags=["Desk"])


# -- search ----------------------------------------------------------------------------------------------------------


class Hit(Schema):
    kind: RecordKind | Literal["activity"]
    id: int
    title: str


@router.get("search", response=list[Hit])
@anyone_signed_in
def search(request: Call, q: str, limit: int = 5) -> list[dict[str, Any]]:
    """Records of every kind whose words begin with these, at most ``limit`` (20) of each, of what the caller may see."""
    wanted = max(1, min(limit, 20))
    return (
        [{"kind": kind, "id": row.pk, "title": str(row)} for kind, row in _hits(request.actor, q, wanted)]
        if q.strip()
        else []
    )


def _hits(actor: Actor, words: str, limit: int) -> Iterator[tuple[str, Any]]:
    if actor.may(Permission.PEOPLE_VIEW):
        for kind in SHAPES:
            yield from ((kind, row) for row in records(actor, kind, search=words)[:limit])
    if actor.may(Permission.SALES_VIEW):
        yield from (("document", row) for row in documents(actor, search=words).order_by("-id")[:limit])
    if actor.may(Permission.CATALOG_VIEW):
        yield from (("item", row) for row in items(actor, search=words)[:limit])
    if actor.may(Permission.ACTIVITIES_VIEW):
        yield from (("activity", row) for row in by_subject(actor, words, limit))


# -- notices and jobs ------------------------------------------------------------------------------------------------


class NoticeOut(Schema):
    id: int
    level: NoticeLevel
    title: str
    text: str
    link: str
    count: int
    created_at: datetime
    last_at: datetime
    read_at: datetime | None


class ReadIn(In):
    """Without ``id`` all of them."""

    id: Id | None = None


class JobOut(Schema):
    id: int
    kind: str
    title: str
    state: JobState
    done: int
    total: int | None
    failures: int
    message: str
    link: str
    user_id: int | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@router.get("notices", response=Page[NoticeOut])
@anyone_signed_in
def list_notices(
    request: Call,
    window: Query[Window],
    unread: bool = False,
    level: NoticeLevel | None = None,
    sort: Literal["last_at", "-last_at", "created_at", "-created_at"] = "-last_at",
) -> dict[str, Any]:
    """The caller's notices."""
    rows = queries.notices(request.actor)
    rows = rows.filter(level=level) if level else rows
    return page(rows.filter(read_at=None) if unread else rows, window, sort)


@router.post("notices/read", response={204: None})
@anyone_signed_in
def read_notices(request: Call, body: ReadIn) -> None:
    """Mark one notice, or all, as read."""
    if body.id is not None:
        queries.notices(request.actor).pick(request.actor, body.id)
    services.read_notices(request.actor, body.id)


@router.get("jobs", response=Page[JobOut])
@anyone_signed_in
def list_jobs(
    request: Call,
    window: Query[Window],
    state: JobState | None = None,
    sort: Literal["created_at", "-created_at", "title", "-title", "state", "-state"] = "-created_at",
) -> dict[str, Any]:
    """Background work with its progress: the caller's own, or all for who manages syncs."""
    rows = queries.jobs(request.actor)
    return page(rows.filter(state=state) if state else rows, window, sort)


@router.get("jobs/{int:id}", response=JobOut)
@anyone_signed_in
def get_job(request: Call, id: Id) -> Job:
    """One job."""
    return queries.jobs(request.actor).pick(request.actor, id)


@router.post("jobs/{int:id}/cancel", response=JobOut)
@anyone_signed_in
def cancel_job(request: Call, id: Id) -> Job:
    """Ask a job to stop at its next record; what is done stays done."""
    return services.cancel_job(request.actor, id)


# -- audit -----------------------------------------------------------------------------------------------------------


class AuditOut(Schema):
    """``before`` and ``after`` hold what differs. ``via`` is the face: page, api, cli or job."""

    id: int
    at: datetime
    user_id: int | None
    via: str
    verb: str
    kind: str
    record_id: int | None
    label: str
    before: dict[str, Any]
    after: dict[str, Any]


class AuditFilter(In):
    """``q`` is in the name of the record."""

    q: Words = ""
    user_id: Id | None = None
    verb: str = ""
    kind: str = ""
    record_id: Id | None = None
    since: Moment | None = None
    until: Moment | None = None

    def conditions(self) -> dict[str, Any]:
        found = {
            "label__holds": self.q or None,
            "user_id": self.user_id,
            "verb": self.verb or None,
            "kind": self.kind or None,
            "record_id": self.record_id,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        return {name: value for name, value in found.items() if value is not None}


@router.get("audit", response=Page[AuditOut])
@needs(Permission.AUDIT_VIEW)
def list_audit(
    request: Call,
    window: Query[Window],
    filters: Query[AuditFilter],
    sort: Literal["at", "-at", "verb", "-verb", "label", "-label"] = "-at",
) -> dict[str, Any]:
    """Who did what to which record, with the values before and after."""
    return page(AuditEntry.objects.of(request.actor).filter(**filters.conditions()), window, sort)
