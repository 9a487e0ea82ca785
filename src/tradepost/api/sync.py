"""Connections and their streams, runs and what they did to each record, and questions that wait for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, cast

from django.db.models import Prefetch, Q
from ninja import Query, Router, Schema

from tradepost.accounts.access import Permission
from tradepost.activities.records import Record
from tradepost.api.call import Call, anyone_signed_in, asks, needs
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, RecordRef, Window, Words
from tradepost.sync import services
from tradepost.sync.action import Foreseen
from tradepost.sync.models import Connection, Direction, Health, Review, Run, RunItem, RunState, Stream

router = Router(tags=["Sync"])


class StreamOut(Schema):
    """``interval`` in seconds. What is not ``ok`` has a reason and a cure. ``messages``: how many the folder of a mailbox
    held at the last look; ``next_uid``: the first that was not read yet."""

    id: int
    kind: str
    label: str
    direction: Direction
    enabled: bool
    interval: int
    health: Health
    reason: str
    cure: str
    failures: int
    last_success_at: datetime | None
    next_run_at: datetime | None
    messages: int | None
    next_uid: int | None

    @staticmethod
    def resolve_messages(row: Stream) -> int | None:
        return cast("int | None", row.cursor.get("messages"))

    @staticmethod
    def resolve_next_uid(row: Stream) -> int | None:
        return cast("int | None", row.cursor.get("next"))


class ConnectionOut(Schema):
    """``silent``: it was not read for ten minutes past its time although nothing seems to ail it; a worker may be missing."""

    id: int
    connector: str
    label: str
    owner_id: int | None
    health: Health
    reason: str
    cure: str
    failures: int
    last_success_at: datetime | None
    checked_at: datetime | None
    silent: bool
    streams: list[StreamOut]

    @staticmethod
    def resolve_silent(row: Connection) -> bool:
        return getattr(row, "silent", False)


class RunOut(Schema):
    """``counts`` maps an action to how often it was done, ``failed`` among them."""

    id: int
    stream_id: int
    connection_id: int
    trigger: str
    state: RunState
    counts: dict[str, int]
    seen: int
    reason: str
    cure: str
    user_id: int | None
    started_at: datetime
    ended_at: datetime | None

    @staticmethod
    def resolve_connection_id(row: Run) -> int:
        return row.stream.connection_id


class RunItemOut(Schema):
    """What was done to one record and why."""

    id: int
    action: str
    kind: str
    record_id: int | None
    remote_id: str
    label: str
    reason: str
    cure: str
    failed: bool
    retried_at: datetime | None
    undone_at: datetime | None
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


class ReviewOut(Schema):
    """``options`` are the choices; ``facts`` are what to decide by."""

    id: int
    kind: str
    title: str
    reason: str
    facts: dict[str, Any]
    options: list[str]
    owner_id: int | None
    created_at: datetime
    resolved_at: datetime | None
    resolved_by_id: int | None
    choice: str


class Answer(In):
    """``record`` where the choice needs one, as filing a message does."""

    choice: str
    record: RecordRef | None = None


class Asked(Schema):
    streams: int


# -- connections -----------------------------------------------------------------------------------------------------


def _connections(request: Call) -> Any:
    streams = Prefetch("streams", Stream.objects.order_by("kind", "label"))
    return services.connections(request.actor).prefetch_related(streams)


@router.get("connections", response=Page[ConnectionOut])
@anyone_signed_in
def list_connections(
    request: Call,
    window: Query[Window],
    health: Health | None = None,
    sort: Literal["label", "-label"] = "label",
) -> dict[str, Any]:
    """Connections with the health of each stream: the caller's and the company's, or all for who manages syncs."""
    rows = _connections(request)
    return page(rows.filter(health=health) if health else rows, window, sort)


@router.get("connections/{int:id}", response=ConnectionOut)
@anyone_signed_in
def get_connection(request: Call, id: Id) -> Connection:
    """One connection."""
    return _connections(request).pick(request.actor, id)  # type: ignore[no-any-return]


@router.post("connections/{int:id}/sync", response=Asked)
@asks(Permission.SYNC_MANAGE, by="for a connection that is not one's own")
@anyone_signed_in
def sync_now(request: Call, id: Id) -> dict[str, int]:
    """Sync Now. One's own connection, or any with `sync.manage`."""
    return {"streams": services.sync_now(request.actor, id)}


@router.post("connections/{int:id}/pause", response=ConnectionOut)
@asks(Permission.SYNC_MANAGE, by="for a connection that is not one's own")
@anyone_signed_in
def pause_connection(request: Call, id: Id) -> Connection:
    """Stop all its streams until somebody resumes. One's own connection, or any with `sync.manage`."""
    services.pause(request.actor, id)
    return get_connection(request, id)


@router.post("connections/{int:id}/resume", response=ConnectionOut)
@asks(Permission.SYNC_MANAGE, by="for a connection that is not one's own")
@anyone_signed_in
def resume_connection(request: Call, id: Id) -> Connection:
    """Go on from where it stopped. One's own connection, or any with `sync.manage`."""
    services.resume(request.actor, id)
    return get_connection(request, id)


class ForeseenOut(Schema):
    """What a pass would do to one record, in the words of the log, and why. ``records`` are those that it goes on, or may belong to."""

    action: str
    label: str
    reason: str
    records: list[RecordRef]

    @staticmethod
    def resolve_records(one: Foreseen) -> list[dict[str, Any]]:
        return [{"kind": kind, "id": pk} for kind, pk in one.on]


@router.get("streams/{int:id}/preview", response=list[ForeseenOut])
@anyone_signed_in
def preview_stream(request: Call, id: Id) -> list[Foreseen]:
    """What a pass of a stream would do now, record by record. Nothing is written."""
    return services.preview(request.actor, id)


# -- runs ------------------------------------------------------------------------------------------------------------


@router.get("runs", response=Page[RunOut])
@needs(Permission.SYNC_VIEW)
def list_runs(
    request: Call,
    window: Query[Window],
    q: Words = "",
    state: RunState | None = None,
    stream_id: Id | None = None,
    connection_id: Id | None = None,
    sort: Literal["started_at", "-started_at", "state", "-state", "trigger", "-trigger"] = "-started_at",
) -> dict[str, Any]:
    """Runs that did something. ``q`` is in the name of the stream or of its connection."""
    wanted = {"state": state, "stream_id": stream_id, "stream__connection_id": connection_id}
    rows = services.runs(request.actor).filter(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    if q:
        rows = rows.filter(Q(stream__label__holds=q) | Q(stream__connection__label__holds=q))
    return page(rows, window, sort)


@router.get("runs/{int:id}", response=RunOut)
@needs(Permission.SYNC_VIEW)
def get_run(request: Call, id: Id) -> Run:
    """One run."""
    return services.runs(request.actor).pick(request.actor, id)


@router.get("runs/{int:id}/items", response=Page[RunItemOut])
@needs(Permission.SYNC_VIEW)
def list_run_items(
    request: Call,
    id: Id,
    window: Query[Window],
    q: Words = "",
    failed: bool | None = None,
    action: Words = "",
    sort: Literal["id", "-id", "label", "-label", "action", "-action"] = "id",
) -> dict[str, Any]:
    """What the run did to each record; with ``failed`` only what went wrong. ``q`` is in the name of the record."""
    rows = RunItem.objects.filter(run=services.runs(request.actor).pick(request.actor, id))
    wanted = {"failed": failed, "action": action or None, "label__holds": q or None}
    return page(
        rows.filter(**{name: value for name, value in wanted.items() if value is not None}), window, sort
    )


@router.post("runs/{int:id}/cancel", response=RunOut)
@asks(Permission.SYNC_MANAGE, by="for a connection that is not one's own")
@needs(Permission.SYNC_VIEW)
def cancel_run(request: Call, id: Id) -> Run:
    """Stop a run at its next step; what is done stays done."""
    services.runs(request.actor).pick(request.actor, id)
    return services.cancel_run(request.actor, id)


@router.post("runs/{int:id}/undo", response=RunOut)
@asks(Permission.SYNC_MANAGE, by="for a connection that is not one's own")
@needs(Permission.SYNC_VIEW)
def undo_run(request: Call, id: Id) -> Run:
    """Take back what a run did, within 30 days: a calendar's on both sides, a mailbox's here. What was changed since stays."""
    return services.undo(request.actor, id)


@router.post("run-items/{int:id}/retry", response=RunItemOut)
@asks(Permission.SYNC_MANAGE, by="for a connection that is not one's own")
@needs(Permission.SYNC_VIEW)
def retry_run_item(request: Call, id: Id) -> RunItem:
    """Try one failed record again."""
    RunItem.objects.filter(run__in=services.runs(request.actor)).pick(request.actor, id)
    return services.retry_item(request.actor, id)


# -- reviews ---------------------------------------------------------------------------------------------------------


@router.get("reviews", response=Page[ReviewOut])
@anyone_signed_in
def list_reviews(
    request: Call,
    window: Query[Window],
    resolved: bool = False,
    kind: Words = "",
    sort: Literal["created_at", "-created_at", "title", "-title", "kind", "-kind"] = "-created_at",
) -> dict[str, Any]:
    """Questions that wait for the caller's decision; with ``resolved`` those decided."""
    rows = services.reviews(request.actor).filter(resolved_at__isnull=not resolved)
    return page(rows.filter(kind=kind) if kind else rows, window, sort)


@router.get("reviews/{int:id}", response=ReviewOut)
@anyone_signed_in
def get_review(request: Call, id: Id) -> Review:
    """One question."""
    return services.reviews(request.actor).pick(request.actor, id)  # type: ignore[no-any-return]


@router.post("reviews/{int:id}/resolve", response=ReviewOut)
@anyone_signed_in
def resolve_review(request: Call, id: Id, body: Answer) -> Review:
    """Answer a question, once."""
    answer = {"record": Record(body.record.kind, body.record.id)} if body.record else {}
    return services.resolve(request.actor, id, body.choice, answer)
