"""What happened with a record and what is planned for it: timelines, notes, calls, tasks, events, files, messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Prefetch
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.activities import queries, services, shelving
from tradepost.activities.models import (
    Activity,
    ActivityKind,
    ActivityStatus,
    Attachment,
    DeliveryState,
    Link,
    Message,
    Visibility,
)
from tradepost.activities.records import Record
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import key, moment, pack, page, unpack
from tradepost.api.schema import Id, In, Moment, Page, RecordKind, RecordRef, Window
from tradepost.kit.errors import Missing
from tradepost.mail.sanitise import sanitise
from tradepost.wire import storage

router = Router(tags=["Activities"])


class FileOut(Schema):
    """``url`` serves the bytes."""

    id: int
    name: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    url: str

    @staticmethod
    def resolve_url(row: Attachment) -> str:
        return f"/api/v1/files/{row.pk}"


class Address(Schema):
    """``email`` is empty where a message names none that can be read."""

    email: str = ""
    name: str = ""


class MessageOut(Schema):
    """An e-mail. ``text`` is what is new in it, ``quoted`` the trail below; ``reason`` says why it stands here. Its sender wants
    answers at ``reply_to``, if that holds an address."""

    id: int
    activity_id: int
    outgoing: bool
    message_id: str
    sender: Address
    to: list[Address]
    cc: list[Address]
    reply_to: list[Address]
    subject: str
    at: datetime
    text: str
    quoted: str
    automatic: str
    state: DeliveryState
    state_reason: str
    reason: str
    matched_by: str
    problems: list[str]
    files: list[FileOut]

    @staticmethod
    def resolve_files(row: Message) -> list[Attachment]:
        return list(row.attachments.all())


class MessageWhole(MessageOut):
    """With the HTML as it is safe to show, and whom blind copies of our own mail went to."""

    html: str
    bcc: list[Address]

    @staticmethod
    def resolve_html(row: Message) -> str:
        return sanitise(row.html).html if row.html else ""


class ActivityOut(Schema):
    id: int
    kind: ActivityKind
    status: ActivityStatus
    subject: str
    text: str
    at: datetime
    due: datetime | None
    starts: datetime | None
    ends: datetime | None
    all_day: bool
    owner_id: int | None
    visibility: Visibility
    records: list[RecordRef]
    messages: list[MessageOut]
    files: list[FileOut]
    version: int

    @staticmethod
    def resolve_records(row: Activity) -> list[dict[str, Any]]:
        return [{"kind": one.record_kind, "id": one.record_id} for one in row.links.all()]

    @staticmethod
    def resolve_files(row: Activity) -> list[Attachment]:
        return [one for one in row.attachments.all() if one.message_id is None and one.trashed_at is None]


class ActivityChange(In):
    """An event needs ``starts``. ``visibility``: only me, my team, everybody."""

    subject: str = Field("", max_length=500)
    text: str = ""
    at: Moment | None = None
    due: Moment | None = None
    starts: Moment | None = None
    ends: Moment | None = None
    all_day: bool = False
    visibility: Visibility = Visibility.ALL
    owner_id: Id | None = None


class ActivityIn(ActivityChange):
    """``owner_id``: whose it is to do or read, the caller's where none is sent."""

    kind: Literal["note", "memo", "call", "task", "event"]
    record: RecordRef


class StatusIn(In):
    status: ActivityStatus


class MoveIn(In):
    """Take it ``off`` a record, put it ``onto`` another one, or both."""

    off: RecordRef | None = None
    onto: RecordRef | None = None


def seen(request: Call) -> ScopedQuerySet[Activity]:
    """The activities that the caller sees, with all that they show, in a fixed number of queries."""
    files: Prefetch[str] = Prefetch("attachments", Attachment.objects.order_by("id"))
    links: Prefetch[str] = Prefetch("links", Link.objects.order_by("id"))
    return (
        Activity.objects.of(request.actor)
        .filter(queries.visible(request.actor))
        .prefetch_related(
            links,
            Prefetch("messages", Message.objects.order_by("at", "id").prefetch_related(files)),
            files,
        )
    )


def _activity(request: Call, id: int, response: HttpResponse) -> Activity:
    row = seen(request).pick(request.actor, id)
    tagged(response, row)
    return row


# -- timelines -------------------------------------------------------------------------------------------------------


@router.get("timeline/{kind}/{int:id}", response=Page[ActivityOut])
@needs(Permission.ACTIVITIES_VIEW)
def get_timeline(
    request: Call,
    kind: RecordKind,
    id: Id,
    window: Query[Window],
    open: bool = False,
    type: ActivityKind | None = None,
) -> dict[str, Any]:
    """Activity History of a record, the newest first; with ``open`` its Open Activities."""
    services.check_records(request.actor, [Record(kind, id)])
    read = lambda at, pk: (moment(at), key(pk))  # noqa: E731
    before = unpack(window.cursor, read) if window.cursor else None
    found = queries.timeline(
        request.actor, kind, id, open_only=open, kind=type or "", before=before, limit=window.limit + 1
    )
    more = len(found) > window.limit
    found = found[: window.limit]
    rows = seen(request).in_bulk([row.pk for row in found])
    last = found[-1].link if more else None  # type: ignore[attr-defined]
    return {
        "items": [rows[row.pk] for row in found if row.pk in rows],
        "next": last and pack(last.at.isoformat(), last.pk),
    }


@router.get("activities", response=Page[ActivityOut])
@needs(Permission.ACTIVITIES_VIEW)
def list_activities(
    request: Call,
    window: Query[Window],
    kind: ActivityKind | None = None,
    status: ActivityStatus | None = None,
    owner_id: Id | None = None,
    sort: Literal["at", "-at"] = "-at",
) -> dict[str, Any]:
    """Activities of the whole company, as far as the caller sees them."""
    wanted = {"kind": kind, "status": status, "owner_id": owner_id}
    rows = seen(request).filter(**{name: value for name, value in wanted.items() if value is not None})
    return page(rows, window, sort)


@router.post("activities", response={201: ActivityOut})
@needs(Permission.ACTIVITIES_EDIT)
def add_activity(request: Call, body: ActivityIn, response: HttpResponse) -> Activity:
    """Note, log a call, add a memo, a task or an event on a record. Memos, tasks and events are open, notes and calls done."""
    values = body.model_dump(exclude_unset=True, exclude={"kind", "record"})
    record = Record(body.record.kind, body.record.id)
    row = services.add_activity(request.actor, ActivityKind(body.kind), record, values)
    response["Location"] = f"/api/v1/activities/{row.pk}"
    return _activity(request, row.pk, response)


@router.get("activities/{int:id}", response=ActivityOut)
@needs(Permission.ACTIVITIES_VIEW)
def get_activity(request: Call, id: Id, response: HttpResponse) -> Activity:
    """One activity with its messages and files."""
    return _activity(request, id, response)


@router.patch("activities/{int:id}", response=ActivityOut)
@needs(Permission.ACTIVITIES_EDIT)
def change_activity(request: Call, id: Id, body: ActivityChange, response: HttpResponse) -> Activity:
    """Change the fields that are sent. Of an e-mail, only who sees it."""
    values = body.given()
    for name in ("at", "owner_id"):
        if values.get(name, ...) is None:
            del values[name]
    services.change_activity(request.actor, id, values, version=expected_version(request))
    return _activity(request, id, response)


@router.post("activities/{int:id}/status", response=ActivityOut)
@needs(Permission.ACTIVITIES_EDIT)
def set_status(request: Call, id: Id, body: StatusIn, response: HttpResponse) -> Activity:
    """Complete, cancel or reopen."""
    services.set_status(request.actor, id, body.status)
    return _activity(request, id, response)


@router.post("activities/{int:id}/move", response=ActivityOut)
@needs(Permission.ACTIVITIES_EDIT)
def move_activity(request: Call, id: Id, body: MoveIn, response: HttpResponse) -> Activity:
    """Unlink an activity from a record, or move it to another one: the cure for mail that landed wrong."""
    services.move(request.actor, id, off=_record(body.off), onto=_record(body.onto))
    return _activity(request, id, response)


@router.post("activities/{int:id}/trash", response={204: None})
@needs(Permission.ACTIVITIES_EDIT)
def trash_activity(request: Call, id: Id) -> None:
    """Throw a note, call, memo, task, or an event that is in no calendar into the trash."""
    shelving.trash_activity(request.actor, id)


@router.post("activities/{int:id}/untrash", response=ActivityOut)
@needs(Permission.ACTIVITIES_EDIT)
def untrash_activity(request: Call, id: Id, response: HttpResponse) -> Activity:
    """Take an activity out of the trash."""
    shelving.trash_activity(request.actor, id, undo=True)
    return _activity(request, id, response)


def _record(one: RecordRef | None) -> Record | None:
    return Record(one.kind, one.id) if one else None


# -- files and messages ----------------------------------------------------------------------------------------------


@router.post("activities/{int:id}/files", response={201: list[FileOut]})
@needs(Permission.ACTIVITIES_EDIT)
def add_files(request: Call, id: Id, files: File[list[UploadedFile]]) -> list[Attachment]:
    """Put files on an activity, as multipart/form-data under the name ``files``."""
    given = [services.File(f.name or "file", f.read(), f.content_type or "") for f in files]
    return services.add_files(request.actor, id, given)


@router.post("files/{int:id}/trash", response={204: None})
@needs(Permission.ACTIVITIES_EDIT)
def trash_file(request: Call, id: Id) -> None:
    """Throw a file that was put on an activity into the trash; one of an e-mail stays with it."""
    shelving.trash_file(request.actor, id)


@router.post("files/{int:id}/untrash", response=FileOut)
@needs(Permission.ACTIVITIES_EDIT)
def untrash_file(request: Call, id: Id) -> Attachment:
    """Take a file out of the trash."""
    return shelving.trash_file(request.actor, id, undo=True)


@router.get("files/{int:id}")
@needs(Permission.ACTIVITIES_VIEW)
def get_file(request: Call, id: Id) -> FileResponse:
    """The bytes of a file."""
    row = queries.files().filter(activity__in=seen(request)).pick(request.actor, id)
    try:
        stream = storage.fetch(row.key)
    except FileNotFoundError:
        raise Missing(_("file “{row}” in the storage").format(row=row.name)) from None
    answer = FileResponse(
        stream, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@router.get("messages/{int:id}", response=MessageWhole)
@needs(Permission.ACTIVITIES_VIEW)
def get_message(request: Call, id: Id) -> Message:
    """One e-mail, with its HTML."""
    rows = Message.objects.filter(activity__in=seen(request)).prefetch_related("attachments")
    return rows.pick(request.actor, id)
