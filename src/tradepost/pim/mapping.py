"""iCalendar ↔ ``CalendarEvent`` (pure). Reading takes what we map; ``write`` changes only what differs, in place.

Whatever we do not map (categories, attachments, absolute alarms, X- properties, the other components of the object)
stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from tradepost.pim import zones
from tradepost.pim.errors import Malformed, NotAnEvent
from tradepost.pim.ical import Component, Line, component, parse
from tradepost.pim.types import Attendee, CalendarEvent, Moment, Occurrence, instant, key, wall

STAMP = "X-TRADEPOST-ID"
_TIME = re.compile(r"(?:(\d{8}T\d{4}(\d\d))(Z?)|(\d{8}))$", re.A)
_DURATION = re.compile(r"([+-])?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")
_STATUSES = frozenset({"tentative", "confirmed", "cancelled"})


def read(body: str) -> CalendarEvent:
    """The event of a calendar object. Raises ``NotAnEvent``, ``UnknownZone`` or ``Malformed``."""
    calendar, master, others = split(body)
    one = _Reader(calendar, master)
    try:
        return one.event(others)
    except OverflowError as error:
        raise Malformed(_("a value is out of range")) from error
    except ValueError as error:
        raise Malformed(str(error).rstrip(".")) from error


def objects(text: str) -> Iterator[str]:
    """The events of a file, whatever wrote it, as objects of their own, as CalDAV wants them (RFC 4791 §4.1): of several
    calendars, or of none around them; of one that stands there twice, the newer. Raises ``Malformed``."""
    tree = parse(text if text.endswith(("\n", "\r")) else f"{text}\r\n")
    loose = tree.children("VEVENT")
    for calendar in (*tree.children("VCALENDAR"), *([component("VCALENDAR", *loose)] if loose else [])):
        of: dict[str, list[Component]] = {}
        for n, event in enumerate(calendar.children("VEVENT")):
            of.setdefault(event.words("UID") or f"\n{n}", []).append(event)
        for events in of.values():
            yield _alone(calendar, _newest(events)).text


def _alone(calendar: Component, events: Iterable[Component]) -> Component:
    """A calendar with these of its events only."""
    kept = {id(event) for event in events}
    return calendar.swap(lambda part: part if part.name == "VTIMEZONE" or id(part) in kept else None)


def _newest(events: Iterable[Component]) -> Iterable[Component]:
    """Of each date, and of the series itself, the one with the highest SEQUENCE, then the latest stamp, then the last."""
    found: dict[str, Component] = {}
    for event in sorted(
        events, key=lambda e: (_number(e.words("SEQUENCE")), e.words("LAST-MODIFIED") or e.words("DTSTAMP"))
    ):
        found[event.words("RECURRENCE-ID")] = event
    return found.values()


def split(body: str) -> tuple[Component, Component, list[Component]]:
    """The VCALENDAR of a calendar object, the component of its series, and its overrides (RFC 4791 §4.1)."""
    calendars = parse(body).children("VCALENDAR")
    if len(calendars) != 1:
        raise Malformed(_("it holds several calendars") if calendars else _("it is no calendar"))
    events = calendars[0].children("VEVENT")
    if not events:
        raise NotAnEvent()
    if len(events) == 1:  # nearly always
        return calendars[0], events[0], []
    if len({event.words("UID") for event in events}) > 1:
        raise Malformed(_("it holds several events with different UIDs"))
    masters = [event for event in events if event.line("RECURRENCE-ID") is None]
    if len(masters) > 1:
        raise Malformed(_("it holds the same event twice"))
    master = masters[0] if masters else events[0]  # invited to some dates of a series only
    return calendars[0], master, [event for event in events if event is not master]


class _Reader:
    """Reads the components of one object; the zone of the series is that of all its keys."""

    def __init__(self, calendar: Component, master: Component) -> None:
        self.calendar, self.master = calendar, master

    def event(self, others: Iterable[Component]) -> CalendarEvent:
        master, first = self.master, self.fields(self.master)
        overrides: dict[str, Occurrence | None] = dict.fromkeys(self.left_out(first["zone"]))
        for other in others:
            overrides[self.original(other, first["zone"])] = Occurrence(**self.fields(other))
        return CalendarEvent(
            **first,
            uid=master.words("UID"),
            date_of=self.original(master, first["zone"]) if master.line("RECURRENCE-ID") else "",
            rrule=tuple(line.flat for line in master.lines("RRULE", "RDATE")),
            overrides=overrides,
            organizer=next(map(person, master.lines("ORGANIZER")), None),
            sequence=_number(master.words("SEQUENCE")),
            stamp=master.words(STAMP),
            changed=_utc(master.words("LAST-MODIFIED") or master.words("DTSTAMP")),
            scheduled=any(map(_scheduled, (master, *others))),
        )  # fmt: skip

    def fields(self, part: Component) -> dict[str, Any]:
        """Those of an ``Occurrence``, which a ``CalendarEvent`` has too."""
        line = part.line("DTSTART")
        if line is None:
            raise Malformed(_("it has no start"))
        start, zone = self.when(line)
        status = part.words("STATUS").lower()
        return {
            "start": start,
            "end": self.end(part, start, zone),
            "zone": zone,
            "title": part.words("SUMMARY"),
            "location": part.words("LOCATION"),
            "description": part.words("DESCRIPTION"),
            "status": status if status in _STATUSES else "",
            "attendees": tuple(map(person, part.lines("ATTENDEE"))),
            "reminders": tuple(sorted({n for _line, n in reminders(part)})),
        }

    def end(self, part: Component, start: Moment, zone: str) -> Moment:
        """DTEND in the zone of the start, or start and DURATION, or what RFC 5545 §3.6.1 says of an event with neither."""
        timed = isinstance(start, datetime)
        if line := part.line("DTEND"):
            end = self.into(line, zone)
            return end if isinstance(end, datetime) is timed else _as_start(end, start)
        if length := part.words("DURATION"):
            if not timed:
                return start + duration(length)
            return wall(instant(start, zone) + duration(length), zone)
        return start if timed else start + timedelta(days=1)

    def when(self, line: Line) -> tuple[Moment, str]:
        """A DTSTART or its like, and its zone."""
        at, utc = _moment(line.value)
        if not isinstance(at, datetime):
            return at, ""
        tzid = line.param("TZID")
        return at, zones.UTC if utc else zones.resolve(tzid, self.calendar, at.year) if tzid else ""

    def into(self, line: Line, zone: str) -> Moment:
        """The moment of a line on the clock of ``zone``."""
        at, own = self.when(line)
        if not isinstance(at, datetime) or own == zone or not own or not zone:
            return at
        return wall(instant(at, own), zone)

    def original(self, part: Component, zone: str) -> str:
        line = part.line("RECURRENCE-ID")
        assert line is not None
        at = self.into(line, zone)
        whole = isinstance(at, datetime) and not isinstance(_moment(self._start)[0], datetime)
        return key(at.date() if whole and isinstance(at, datetime) else at)

    @property
    def _start(self) -> str:
        line = self.master.line("DTSTART")
        return line.value if line else ""

    def left_out(self, zone: str) -> Iterator[str]:
        for line in self.master.lines("EXDATE"):
            for value in filter(None, line.value.split(",")):
                yield key(self.into(replace_value(line, value), zone))


def _as_start(end: Moment, start: Moment) -> Moment:
    """An end of the other kind than its start, as careless programs write it: whole days until its time, or a time at
    the beginning of its day."""
    day = date(end.year, end.month, end.day)
    if isinstance(start, datetime):
        return max(start, datetime.combine(day, time.min))
    begun = isinstance(end, datetime) and end.time() > time.min
    return max(start + timedelta(days=1), day + timedelta(days=begun))


def _scheduled(part: Component) -> bool:
    lines = part.lines("ATTENDEE")
    return any(line.param("SCHEDULE-AGENT", "SERVER").upper() == "SERVER" for line in lines)


def moment_in(part: Component, name: str, calendar: Component) -> tuple[Moment, str]:
    """A property that holds one moment, and its zone. Raises ``Malformed`` or ``UnknownZone``."""
    line = part.line(name)
    if line is None:
        raise Malformed(_("it has no {name}").format(name=name))
    return _Reader(calendar, part).when(line)


def replace_value(line: Line, value: str) -> Line:
    """One of a line's several values as a line of its own."""
    return Line(f"{line.flat.removesuffix(line.value)}{value}\r\n", line.name)


def person(line: Line) -> Attendee:
    address = line.value.strip()
    email = address[7:] if address[:7].lower() == "mailto:" else address
    if not address.lower().startswith("mailto:") and "@" in line.param("EMAIL"):
        email = line.param("EMAIL")
    answer, role = line.param("PARTSTAT").lower(), line.param("ROLE").lower()
    return Attendee(email.strip().lower(), line.param("CN"), answer, role)


def reminders(part: Component) -> Iterator[tuple[Component, int]]:
    """The alarms that ring a number of minutes before the start, with that number. All others are not ours."""
    for alarm in part.children("VALARM"):
        trigger = alarm.line("TRIGGER")
        shown = alarm.words("ACTION").upper() in ("DISPLAY", "AUDIO")
        if trigger is None or not shown or trigger.param("RELATED", "START").upper() != "START":
            continue
        if _DURATION.match(trigger.value):
            seconds = -duration(trigger.value).total_seconds()
            if seconds >= 0 and seconds % 60 == 0:
                yield alarm, int(seconds // 60)


def duration(text: str) -> timedelta:
    """RFC 5545 §3.3.6."""
    match = _DURATION.match(text.strip())
    if match is None or not any(match.groups()[1:]):
        raise Malformed(_("“{text}” is no duration").format(text=text))
    weeks, days, hours, minutes, seconds = (int(n or 0) for n in match.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if match[1] == "-" else length


@lru_cache(maxsize=1024)  # a series names the same days over and over, and a program the same stamp
def _moment(text: str) -> tuple[Moment, bool]:
    match = _TIME.match(text.strip())
    if match is None:
        raise Malformed(_("“{text}” is no date or time").format(text=text[:40]))
    at, seconds, utc, day = match.groups()
    if day:
        return date.fromisoformat(day), False
    if seconds > "59":  # a leap second
        at = f"{at[:-2]}59"
    return datetime.fromisoformat(at), utc == "Z"


def _utc(text: str) -> datetime | None:
    try:
        at, _ = _moment(text)
    except (Malformed, ValueError):
        return None
    return at.replace(tzinfo=UTC) if isinstance(at, datetime) else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def recurring(event: CalendarEvent) -> bool:
    return bool(event.rrule)


def without_answers(event: CalendarEvent) -> CalendarEvent:
    """The same, with nobody's answer: how a meeting of others is compared."""
    return replace(event, attendees=tuple(replace(who, answer="") for who in event.attendees))
