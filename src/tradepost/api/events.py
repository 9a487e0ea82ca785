"""Events: what stands in the calendar, series with their dates, invitations and files. An event is an activity, by its id."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.activities.models import ActivityKind, Message, Visibility
from tradepost.activities.records import Record
from tradepost.api.activities import MessageOut
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.schema import Id, In, Moment, RecordRef
from tradepost.kit.errors import Invalid
from tradepost.pim import feed, invite, queries, services
from tradepost.pim.models import Event
from tradepost.pim.queries import Filter, Shown

router = Router(tags=["Events"])


class Guest(In):
    """``answer``: accepted, declined, tentative or needs-action, as they said."""

    email: str
    name: str = ""
    role: str = ""


class GuestOut(Schema):
    email: str
    name: str
    role: str
    answer: str


class EventChange(In):
    """``start`` and ``end`` are wall-clock times in ``zone`` (``2026-03-29T09:00``), or dates for whole days (``end``
    exclusive). ``rrule`` as in RFC 5545; ``reminders`` in minutes before the start."""

    title: str = ""
    start: str = ""
    end: str = ""
    zone: str = ""
    location: str = ""
    description: str = ""
    status: Literal["", "confirmed", "tentative", "cancelled"] = ""
    rrule: list[str] = []
    reminders: list[int] = []
    attendees: list[Guest] = []

    def values(self) -> dict[str, Any]:
        given = self.given()
        if given.get("zone", ...) == "":
            del given["zone"]
        return given


class EventIn(EventChange):
    """On a ``record``, or on none. Nobody is told; see the invitation."""

    record: RecordRef | None = None
    visibility: Visibility = Visibility.ALL


class DateOut(Schema):
    start: str
    end: str
    zone: str
    title: str
    location: str
    description: str
    status: str
    attendees: list[GuestOut]
    reminders: list[int]


class EventOut(DateOut):
    """``overrides`` maps the original start of a date to what it became, null where it is left out."""

    id: int
    uid: str
    rrule: list[str]
    overrides: dict[str, DateOut | None]
    organizer: GuestOut | None
    owner_id: int | None
    stream_id: int | None
    records: list[RecordRef]
    version: int


class ShownOut(Schema):
    """What a calendar shows: one date. ``original`` names it within its series."""

    id: int
    kind: str
    title: str
    starts: datetime
    ends: datetime
    all_day: bool
    location: str
    status: str
    original: str
    colour: str
    owner_id: int | None

    @staticmethod
    def resolve_id(one: Shown) -> int:
        return one.activity_id


class Between(In):
    since: Moment
    until: Moment


class DateIn(EventChange):
    """``scope``: this date alone, this one and all that follow, or the whole series."""

    scope: Literal["date", "following", "all"] = "date"


class MoveIn(In):
    """``original`` for one date of a series; without ``end`` the length stays."""

    start: str
    end: str = ""
    original: str = ""


class AnswerIn(In):
    answer: Literal["accepted", "tentative", "declined"]


class InviteIn(In):
    """``emails`` are among the attendees. ``text``: the words of the mail."""

    emails: list[str] = Field(min_length=1)
    account_id: Id
    text: str = ""


class ProposalOut(Schema):
    guests: list[GuestOut]
    subject: str
    text: str


class AcceptedOut(Schema):
    """The ids of the events of a file, and why others of it could not be read."""

    events: list[int]
    problems: list[str]


class FeedOut(Schema):
    """``url`` is told once; who has it reads the caller's events."""

    url: str


def _told(request: Call, row: Event, response: HttpResponse) -> dict[str, Any]:
    row, one = queries.event(request.actor, row.pk)
    activity = row.activity
    tagged(response, activity)
    dates = {key: _date(date) if date else None for key, date in one.overrides.items()}
    return {
        **_date(one),
        "id": activity.pk,
        "uid": one.uid,
        "rrule": list(one.rrule),
        "overrides": dates,
        "organizer": one.organizer,
        "owner_id": activity.owner_id,
        "stream_id": row.stream_id,
        "records": [
            {"kind": link.record_kind, "id": link.record_id} for link in activity.links.order_by("pk")
        ],
        "version": activity.version,
    }


def _date(one: Any) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("zone", "title", "location", "description", "status")}
    people = {"attendees": one.attendees, "reminders": list(one.reminders)}
    return {**plain, **people, "start": one.start.isoformat(), "end": one.end.isoformat()}


@router.get("events", response=list[ShownOut])
@needs(Permission.ACTIVITIES_VIEW)
def list_events(
    request: Call, between: Query[Between], owner_id: Id | None = None, kind: ActivityKind | None = None
) -> list[Shown]:
    """What stands in the calendar between two moments, series unfolded; tasks and calls by their due dates."""
    if (between.until - between.since).days > 400:
        raise Invalid(fields={"until": _("Ask for at most 400 days at a time.")})
    kinds = frozenset({kind.value}) if kind else Filter().kinds
    return queries.occurrences(request.actor, between.since, between.until, Filter(owner_id, kinds=kinds))


@router.post("events", response={201: EventOut})
@needs(Permission.ACTIVITIES_EDIT)
def add_event(request: Call, body: EventIn, response: HttpResponse) -> dict[str, Any]:
    """Add Event: it stands in Open Activities, on the Home calendar, and goes into the caller's connected calendar."""
    values = body.values()
    record = values.pop("record", None)
    row = services.add_event(request.actor, Record(**record) if record else None, values)
    response["Location"] = f"/api/v1/events/{row.activity_id}"
    return _told(request, row, response)


@router.get("events/{int:id}", response=EventOut)
@needs(Permission.ACTIVITIES_VIEW)
def get_event(request: Call, id: Id, response: HttpResponse) -> dict[str, Any]:
    """An event, or a whole series with its exceptions."""
    return _told(request, services.row_of(request.actor, id), response)


@router.patch("events/{int:id}", response=EventOut)
@needs(Permission.ACTIVITIES_EDIT)
def change_event(request: Call, id: Id, body: EventChange, response: HttpResponse) -> dict[str, Any]:
    """Change the fields that are sent, of an event or a whole series."""
    row = services.row_of(request.actor, id)
    services.change_event(request.actor, row.pk, body.values(), version=expected_version(request))
    return _told(request, row, response)


@router.patch("events/{int:id}/dates/{original}", response=EventOut)
@needs(Permission.ACTIVITIES_EDIT)
def change_event_date(
    request: Call, id: Id, original: str, body: DateIn, response: HttpResponse
) -> dict[str, Any]:
    """Change one date of a series, named by its original start; or that one and all that follow, which become a series
    of their own; or all, moved by as much as this date."""
    row = services.row_of(request.actor, id)
    values, version = body.values(), expected_version(request)
    values.pop("scope", None)
    if body.scope == "date":
        services.change_date(request.actor, row.pk, original, values, version=version)
    elif body.scope == "following":
        row = services.change_following(request.actor, row.pk, original, values, version=version)
    else:
        services.change_series(request.actor, row.pk, values, original, version=version)
    return _told(request, row, response)


@router.delete("events/{int:id}/dates/{original}", response=EventOut)
@needs(Permission.ACTIVITIES_EDIT)
def leave_out_event_date(request: Call, id: Id, original: str, response: HttpResponse) -> dict[str, Any]:
    """Leave one date out of a series."""
    row = services.row_of(request.actor, id)
    services.leave_out(request.actor, row.pk, original, version=expected_version(request))
    return _told(request, row, response)


@router.post("events/{int:id}/move", response=EventOut)
@needs(Permission.ACTIVITIES_EDIT)
def move_event(request: Call, id: Id, body: MoveIn, response: HttpResponse) -> dict[str, Any]:
    """Move an event, a series with its exceptions, or one date of a series."""
    row, version = services.row_of(request.actor, id), expected_version(request)
    if body.original:
        when = {"start": body.start, **({"end": body.end} if body.end else {})}
        services.change_date(request.actor, row.pk, body.original, when, version=version)
    else:
        services.move_event(request.actor, row.pk, body.start, body.end, version=version)
    return _told(request, row, response)


@router.post("events/{int:id}/cancel", response=EventOut)
@needs(Permission.ACTIVITIES_EDIT)
def cancel_event(request: Call, id: Id, response: HttpResponse) -> dict[str, Any]:
    """Call an event off: it stays on the timeline and in the calendar, marked as cancelled. Nobody is told."""
    row = services.row_of(request.actor, id)
    services.cancel_event(request.actor, row.pk)
    return _told(request, row, response)


@router.delete("events/{int:id}", response={204: None})
@needs(Permission.ACTIVITIES_EDIT)
def delete_event(request: Call, id: Id) -> None:
    """Remove an event here, and from the calendar with the next pass. History keeps it."""
    services.delete_event(request.actor, services.row_of(request.actor, id).pk)


@router.post("events/{int:id}/answer", response=EventOut)
@needs(Permission.ACTIVITIES_EDIT)
def answer_event(request: Call, id: Id, body: AnswerIn, response: HttpResponse) -> dict[str, Any]:
    """Answer a meeting that somebody else organises. It goes into the caller's calendar."""
    row = services.row_of(request.actor, id)
    services.answer(request.actor, row.pk, body.answer)
    return _told(request, row, response)


@router.get("events/{int:id}/invitation", response=ProposalOut)
@needs(Permission.MAIL_SEND)
def get_invitation(request: Call, id: Id) -> invite.Proposal:
    """Whom an invitation would go to, and its words. Nothing is sent."""
    return invite.propose(request.actor, services.row_of(request.actor, id).pk)


@router.post("events/{int:id}/invitation", response={201: MessageOut})
@needs(Permission.MAIL_SEND)
def send_invitation(request: Call, id: Id, body: InviteIn) -> Message:
    """Invite these attendees by mail, or call off with them what was cancelled. Their answers come back by mail."""
    row = services.row_of(request.actor, id)
    return invite.invite(request.actor, row.pk, body.account_id, body.emails, body.text)


@router.get("events/{int:id}/file")
@needs(Permission.ACTIVITIES_VIEW)
def download_event(request: Call, id: Id) -> HttpResponse:
    """The event as an iCalendar file."""
    return HttpResponse(feed.download(request.actor, id), content_type="text/calendar; charset=utf-8")


@router.post("files/{int:id}/accept", response=AcceptedOut)
@needs(Permission.ACTIVITIES_EDIT)
def accept_calendar_file(request: Call, id: Id) -> dict[str, Any]:
    """Take the events of an .ics file that came by mail into the caller's calendar."""
    taken = feed.accept(request.actor, id)
    return {
        "events": [row.activity_id for row in taken.rows],
        "problems": [one.cause for one in taken.problems],
    }


@router.post("calendar-feed", response={201: FeedOut})
@needs(Permission.ACTIVITIES_VIEW)
def open_calendar_feed(request: Call) -> dict[str, str]:
    """A secret address at which any calendar program reads the caller's events; the one before is revoked."""
    return {"url": request.build_absolute_uri(f"/calendars/{feed.open_feed(request.actor)}.ics")}


@router.delete("calendar-feed", response={204: None})
@needs(Permission.ACTIVITIES_VIEW)
def close_calendar_feed(request: Call) -> None:
    """Revoke the secret address."""
    feed.close_feed(request.actor)
