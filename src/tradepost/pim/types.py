"""The canonical calendar event: what every calendar is translated to and from, whatever its wire format.

Times are wall-clock times in the event's zone, as they were entered: a series stays at nine o'clock through summer and
winter, and travels through any number of round trips unchanged. A date is a whole day in no zone at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tradepost.pim import zones

Moment = date | datetime  # a naive datetime in the event's zone, or a date for whole days


@dataclass(frozen=True, slots=True)
class Attendee:
    """``email`` in lower case without ``mailto:``; ``answer`` and ``role`` as in RFC 5545 §3.2.12 and §3.2.16, in lower
    case (``accepted``, ``declined``, ``tentative``, ``needs-action``; ``chair``, ``req-participant`` …)."""

    email: str
    name: str = ""
    answer: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What one date of a series can say of itself. ``zone``: an IANA name, empty for whole days and for floating
    times (RFC 5545 §3.3.5). ``end`` is exclusive. ``reminders``: minutes before the start."""

    start: Moment
    end: Moment
    zone: str = ""
    title: str = ""
    location: str = ""
    description: str = ""
    status: str = ""
    attendees: tuple[Attendee, ...] = ()
    reminders: tuple[int, ...] = ()

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent(Occurrence):
    """A single event, or a series with its exceptions (one record; never occurrences as records).

    ``uid`` is the iCalUID; ``date_of`` the original start of the date that this is, where somebody takes part in single
    dates of a series only and holds no series. ``rrule`` holds RRULE and RDATE as content lines without fold, opaque to us. ``overrides``
    maps the original start (``key``) of a moved or changed date to what it became, of a left-out one to ``None``
    (EXDATE). ``organizer``: who owns the meeting; ``None`` for one's own events. ``stamp`` is our id in the remote
    record (D25). ``scheduled``: the server would write mail to attendees when this event is changed.
    """

    uid: str = ""
    date_of: str = ""
    rrule: tuple[str, ...] = ()
    overrides: Mapping[str, Occurrence | None] = field(default_factory=dict)
    organizer: Attendee | None = None
    sequence: int = 0
    stamp: str = ""
    changed: datetime | None = None
    scheduled: bool = False


def identity(event: CalendarEvent) -> str:
    """What makes two sights of a meeting one event: the iCalUID, and the date where it is one of a series (RFC 5545
    §3.8.4.4)."""
    return f"{event.uid}/{event.date_of}" if event.date_of else event.uid


def key(moment: Moment) -> str:
    """How the original start of an occurrence is written: ``2026-03-29T09:00:00`` or ``2026-03-29``."""
    return moment.isoformat()


def moment(text: str) -> Moment:
    """The inverse of ``key``. Raises ``ValueError``."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def instant(at: Moment, zone: str) -> datetime:
    """The moment on the world's clock; whole days and floating times count as UTC."""
    wall = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001
    return wall.replace(tzinfo=zones.info(zone or zones.UTC)).astimezone(zones.info(zones.UTC))


def wall(at: datetime, zone: str) -> datetime:
    """An aware instant as the wall clock of ``zone`` shows it, naive."""
    return at.astimezone(zones.info(zone or zones.UTC)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class CalendarInfo:
    """A calendar that can be chosen. ``id`` never changes; the label and the colour (``#rrggbb``) may."""

    id: str
    label: str
    colour: str = ""
    writable: bool = True
