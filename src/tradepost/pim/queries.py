"""Reads for the Home calendar, a record's Open Activities and the pages of connected calendars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import icalendar
import recurring_ical_events
from django.db.models import Q

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus
from tradepost.activities.queries import visible
from tradepost.kit import clock
from tradepost.kit.errors import Fault
from tradepost.pim import options, patch, store
from tradepost.pim.calendars import CONNECTOR, STREAM_KIND
from tradepost.pim.models import Event
from tradepost.pim.types import CalendarEvent, instant, key
from tradepost.sync.models import Connection, Review, Run, Stream

MOST = 2000  # occurrences in one view; a series of seconds must not fill the memory


@dataclass(frozen=True, slots=True)
class Shown:
    """One occurrence on a calendar. ``starts`` and ``ends`` are instants (whole days: midnights UTC, end exclusive);
    ``original`` names the date within its series, empty for a single event. ``event_id`` is None for an activity that
    no calendar knows yet."""

    activity_id: int
    event_id: int | None
    title: str
    starts: datetime
    ends: datetime
    all_day: bool
    location: str = ""
    status: str = ""
    original: str = ""
    colour: str = ""
    owner_id: int | None = None
    kind: str = ActivityKind.EVENT
    version: int = 0
    foreign: bool = False  # somebody else organises it: it is not ours to move


@dataclass(frozen=True, slots=True)
class Filter:
    """What a calendar shows: of one person or of everybody, of some calendars (0: of none) or of all."""

    owner_id: int | None = None
    streams: frozenset[int] | None = None
    kinds: frozenset[str] = frozenset({ActivityKind.EVENT, ActivityKind.TASK, ActivityKind.CALL})


EVERYTHING = Filter()


def occurrences(actor: Actor, since: datetime, until: datetime, wanted: Filter = EVERYTHING) -> list[Shown]:
    """Everything between two instants that the actor may see, series unfolded, by start (month, week, day, agenda):
    events, and open tasks and calls that are due."""
    rows = Activity.objects.of(actor).filter(visible(actor))
    if wanted.owner_id is not None:
        rows = rows.filter(owner_id=wanted.owner_id)
    found: list[Shown] = []
    if ActivityKind.EVENT in wanted.kinds:
        home = _home(actor)
        for activity in _events(rows, since, until, wanted.streams)[:MOST]:
            found += _unfolded(activity, home, since, until)
    due = rows.filter(kind__in=wanted.kinds - {ActivityKind.EVENT}, due__gte=since, due__lt=until)
    found += [
        _due(activity) for activity in due.filter(status=ActivityStatus.OPEN).order_by("due", "pk")[:MOST]
    ]
    return sorted(found, key=lambda one: (one.starts, one.activity_id))[:MOST]


def _events(rows: Any, since: datetime, until: datetime, streams: frozenset[int] | None) -> Any:
    rows = rows.filter(kind=ActivityKind.EVENT)
    if streams is not None:
        without = Q(event__stream=None) if 0 in streams else Q(pk=None)
        rows = rows.filter(Q(event__stream__in=streams) | without)
    single = Q(starts__lt=until) & (
        Q(ends__gt=since) | Q(ends=None, starts__gte=since) | Q(ends__gte=since, starts__gte=since)
    )
    series = Q(event__recurring=True, starts__lt=until) & (
        Q(event__repeats_until=None) | Q(event__repeats_until__gte=since)
    )
    rows = rows.filter(single | series).exclude(event__deleted_at__isnull=False)
    return rows.select_related("event", "event__stream", "owner").order_by("starts", "pk")


def _due(activity: Activity) -> Shown:
    assert activity.due is not None
    return Shown(activity.pk, None, str(activity), activity.due, activity.due, False, owner_id=activity.owner_id,
                 kind=activity.kind, version=activity.version)  # fmt: skip


def _unfolded(activity: Activity, home: str, since: datetime, until: datetime) -> Iterator[Shown]:
    row: Event | None = getattr(activity, "event", None)
    starts = activity.starts or activity.at
    whole = Shown(
        activity_id=activity.pk,
        event_id=row.pk if row else None,
        title=str(activity),
        starts=starts,
        ends=activity.ends or starts,
        all_day=activity.all_day,
        location=row.details.get("location", "") if row else "",
        status="cancelled" if activity.status == ActivityStatus.CANCELLED else "",
        colour=options.colour_of(row.stream.policy) if row and row.stream else "",
        owner_id=activity.owner_id,
        version=activity.version,
        foreign=_foreign(activity, row),
    )
    if row is None or not row.recurring:
        yield whole
        return
    try:
        yield from _dates(store.load(row, home), since, until, whole)
    except (Fault, ValueError, OverflowError):  # a rule that cannot be unfolded shows its first date
        yield whole


def _foreign(activity: Activity, row: Event | None) -> bool:
    who = row.details.get("organizer") if row else None
    return who is not None and (activity.owner is None or who["email"] != activity.owner.email)


def _dates(one: CalendarEvent, since: datetime, until: datetime, whole: Shown) -> Iterator[Shown]:
    calendar = icalendar.Calendar.from_ical(patch.write(one, since))
    for n, part in enumerate(recurring_ical_events.of(calendar).between(since, until)):
        if n == MOST:
            return
        start, end = part["DTSTART"].dt, part["DTEND"].dt
        original = part["RECURRENCE-ID"].dt if "RECURRENCE-ID" in part else start
        said = str(part.get("STATUS", "")).lower()
        yield replace(
            whole,
            title=str(part.get("SUMMARY", "")),
            starts=_instant(start, one.zone),
            ends=_instant(end, one.zone),
            all_day=not isinstance(start, datetime),
            location=str(part.get("LOCATION", "")),
            status=whole.status or (said if said in ("cancelled", "tentative") else ""),
            original=key(original.replace(tzinfo=None) if isinstance(original, datetime) else original),
        )


def _instant(at: Any, zone: str) -> datetime:
    return at if isinstance(at, datetime) and at.tzinfo else instant(at, zone)


def _home(actor: Actor) -> str:
    return Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)


def event(actor: Actor, event_id: int) -> tuple[Event, CalendarEvent]:
    """An event that the actor may see: its row, and its values for a form."""
    row = Event.objects.select_related("activity", "stream").pick(
        actor, event_id, activity__in=Activity.objects.of(actor).filter(visible(actor))
    )
    return row, store.load(row, _home(actor))


def of_activity(actor: Actor, activity_id: int) -> Event | None:
    return Event.objects.of(actor).filter(activity_id=activity_id).first()


def connections(actor: Actor) -> Any:
    """The actor's calendar accounts with their streams; who manages syncs sees everybody's."""
    rows = Connection.objects.of(actor).filter(connector=CONNECTOR)
    if not actor.may(Permission.SYNC_MANAGE):
        rows = rows.filter(owner_id=actor.user_id)
    return rows.distinct().select_related("owner").prefetch_related("streams").order_by("label", "pk")


def own_streams(actor: Actor) -> list[Stream]:
    """The actor's own calendars, with their accounts."""
    rows = Stream.objects.of(actor).filter(kind=STREAM_KIND, connection__owner_id=actor.user_id or 0)
    return list(rows.select_related("connection").order_by("connection__label", "label", "pk"))


def runs(actor: Actor, stream_id: int, limit: int = 50) -> list[Run]:
    """The latest passes that did something, with what they did in ``items``."""
    rows = Run.objects.of(actor).filter(stream_id=stream_id, stream__kind=STREAM_KIND)
    return list(_own(actor, rows).order_by("-pk").prefetch_related("items")[:limit])


def questions(actor: Actor) -> list[Review]:
    """Open questions of calendars: conflicts, several matches, many deletions, a calendar that vanished."""
    rows = Review.objects.of(actor).filter(stream__kind=STREAM_KIND, resolved_at=None)
    return list(_own(actor, rows).select_related("stream").order_by("-pk")[:200])


def _own(actor: Actor, rows: Any) -> Any:
    if actor.may(Permission.SYNC_MANAGE):
        return rows
    return rows.filter(stream__connection__owner_id=actor.user_id, stream__connection__owner__isnull=False)


def next_run(stream: Stream) -> str:
    """When a calendar is synced next, in words for its page."""
    if not stream.enabled:
        return "stopped"
    if stream.next_run_at is None or stream.next_run_at <= clock.now():
        return "now"
    return f"{stream.next_run_at:%H:%M:%S} UTC"
