"""Events as iCalendar files: one to download, a person's calendar at a secret address, and files that came by mail."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost import __version__
from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus, Visibility
from tradepost.activities.queries import files, visible
from tradepost.activities.records import Record
from tradepost.activities.services import open_activity
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Missing, Refused
from tradepost.pim import ical, mapping, patch, services, store
from tradepost.pim.errors import Malformed
from tradepost.pim.ical import Component, component, make, parse
from tradepost.pim.models import Event, Feed
from tradepost.pim.sides import new_row
from tradepost.pim.types import CalendarEvent, Occurrence, identity, instant, key, moment, wall
from tradepost.wire import storage

HISTORY = timedelta(days=90)
LARGEST = 2_000_000  # bytes of a file that is taken in
MOST = 200  # events of a file that is taken in


# -- a feed ------------------------------------------------------------------------------------------------------


def open_feed(actor: Actor) -> str:
    """A new secret for the actor's calendar; the one before no longer works. It is shown once."""
    actor.require(Permission.ACTIVITIES_VIEW)
    actor.require_oneself()
    if actor.user_id is None:
        raise Refused(_("a calendar belongs to a person"))
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        row, _made = Feed.objects.update_or_create(
            organisation_id=actor.organisation_id,
            user_id=actor.user_id,
            defaults={"digest": _digest(secret), "created_at": clock.now(), "read_at": None},
        )
        audit.record(actor, "calendar_feed.open", row, {}, {"user": actor.user_id})
    return secret


def close_feed(actor: Actor) -> None:
    """Revoke the address of the actor's calendar."""
    actor.require_oneself()
    with transaction.atomic():
        row = own_feed(actor)
        if row is not None:
            audit.record(actor, "calendar_feed.close", row, {}, {"user": actor.user_id})
            row.delete()


def own_feed(actor: Actor) -> Feed | None:
    return Feed.objects.of(actor).filter(user_id=actor.user_id or 0).first()


def read_feed(secret: str) -> str:
    """The calendar behind a secret: its person's events of the last 90 days and to come. Raises ``Missing``, also for
    who has left the company."""
    row = Feed.objects.filter(digest=_digest(secret)).select_related("organisation").first()
    members = Membership.objects.filter(ended_at=None)
    if row is None or not members.filter(organisation_id=row.organisation_id, user_id=row.user_id).exists():
        raise Missing(_("calendar"))
    Feed.objects.filter(pk=row.pk).update(read_at=clock.now())
    since = clock.now() - HISTORY
    rows = Event.objects.filter(
        organisation_id=row.organisation_id, deleted_at=None, activity__owner_id=row.user_id
    )
    rows = (
        rows.filter(Q(activity__ends__gte=since) | Q(recurring=True))
        .select_related("activity")
        .order_by("pk")
    )
    return whole(
        (written(one, row.organisation.time_zone) for one in rows), f"{row.organisation} · tradepost"
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# -- writing -----------------------------------------------------------------------------------------------------


def download(actor: Actor, activity_id: int) -> str:
    """One event as a file."""
    row = services.row_of(actor, activity_id)
    return written(row, row.organisation.time_zone)


def written(row: Event, zone: str) -> str:
    """An event's own text, without our mark and without words for servers."""
    one = replace(store.load(row, zone), stamp="")
    text = patch.write(one, one.changed or clock.now())
    calendar = parse(text).children("VCALENDAR")[0]
    return calendar.swap(lambda part: _plain(part) if part.name == "VEVENT" else part).text


def _plain(part: Component) -> Component:
    people = [line.with_params(**{"SCHEDULE-AGENT": None}) for line in part.lines("ATTENDEE")]
    return part.put(["ATTENDEE"], people)


def whole(texts: Iterable[str], name: str) -> str:
    """Several events as one calendar, each zone once."""
    zones: dict[str, Component] = {}
    events: list[Component] = []
    for text in texts:
        for calendar in parse(text).children("VCALENDAR"):
            zones |= {zone.words("TZID"): zone for zone in calendar.children("VTIMEZONE")}
            events += calendar.children("VEVENT")
    head = (make("VERSION", "2.0"), make("PRODID", f"-//tradepost//tradepost {__version__}//EN"))
    return component("VCALENDAR", *head, ical.words("X-WR-CALNAME", name), *zones.values(), *events).text


# -- files that came by mail -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """``problems``: why the other events of the file could not be taken."""

    rows: list[Event]
    problems: list[Malformed]


def accept(actor: Actor, attachment_id: int) -> Accepted:
    """Take the events of an .ics file that stands on an activity into the actor's calendar, on the same records. One that
    is here already is brought up to date; what a CANCEL names is cancelled; one that cannot be read stops no other. Raises
    ``Invalid`` with the reason where there is none to take."""
    actor.require(Permission.ACTIVITIES_EDIT)
    seen = Activity.objects.of(actor).filter(visible(actor))
    file = files().filter(activity__in=seen).pick(actor, attachment_id)
    if file.size > LARGEST:
        raise Invalid(
            _("“{file}” is too large for a calendar file.").format(file=file.name),
            cure=_("Import it in the calendar app."),
        )
    with storage.fetch(file.key) as stream:
        found, problems = _readable(mapping.objects(ical.read(stream.read())))
    if not found:
        raise problems[0] if problems else Malformed(_("it holds no event"))
    links = [Record(link.record_kind, link.record_id) for link in file.activity.links.all()]
    with transaction.atomic():
        return Accepted([_taken(actor, one, links) for one in found[:MOST]], problems)


def _readable(texts: Iterable[str]) -> tuple[list[CalendarEvent], list[Malformed]]:
    found: list[CalendarEvent] = []
    problems: list[Malformed] = []
    for text in texts:
        try:
            one = mapping.read(text)
        except Malformed as fault:
            problems.append(fault)
            continue
        cancelled = parse(text).children("VCALENDAR")[0].words("METHOD").upper() == "CANCEL"
        found.append(replace(one, status="cancelled") if cancelled else one)
    return found, problems


def _taken(actor: Actor, one: CalendarEvent, links: list[Record]) -> Event:
    rows = Event.objects.of(actor).select_related("activity", "organisation").select_for_update(of=("self",))
    series = rows.filter(uid=one.uid, recurring=True).first() if one.date_of else None
    row = series or (rows.filter(uid=identity(one)).first() if one.uid else None)
    if row is None:
        activity = open_activity(actor, ActivityKind.EVENT, links, subject=one.title, status=ActivityStatus.OPEN,
                                 visibility=Visibility.ALL if links else Visibility.OWNER)  # fmt: skip
        row = new_row(activity, one.zone, None, identity(one))
    elif not Activity.objects.of(actor).filter(visible(actor), pk=row.activity_id).exists():
        raise Missing(_("event that you may see"))
    if series:
        one = _with_date(store.load(series, series.organisation.time_zone), one)
    row.deleted_at = None
    store.save(row, replace(one, stamp=""))
    audit.record(actor, "event.accept", row.activity)
    services.send(actor, row)
    return row


def _with_date(series: CalendarEvent, date: CalendarEvent) -> CalendarEvent:
    """The series with what a file says of one of its dates alone."""
    at = moment(date.date_of)
    original = key(
        wall(instant(at, date.zone), series.zone) if isinstance(at, datetime) and series.zone else at
    )
    changed = Occurrence(**{name: getattr(date, name) for name in Occurrence.__slots__})
    cancelled = date.status == "cancelled"
    return replace(series, overrides={**series.overrides, original: None if cancelled else changed})
