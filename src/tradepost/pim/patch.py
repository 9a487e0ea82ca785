"""Writing a ``CalendarEvent`` into a calendar object (pure): only the properties whose values differ are replaced.

**Nothing that we write makes a server write mail.** A server with scheduling (RFC 6638) sends invitations by itself
for every ATTENDEE that it is responsible for. New attendees are therefore marked ``SCHEDULE-AGENT=CLIENT``. Those who
are there already are never re-marked, since taking them from the server makes it send a cancellation (§3.2.1.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime

from tradepost import __version__
from tradepost.pim import zones
from tradepost.pim.ical import Component, Line, component, make, parse, words
from tradepost.pim.mapping import STAMP, person, read, reminders, replace_value, split
from tradepost.pim.types import Attendee, CalendarEvent, Moment, Occurrence, instant, moment, wall

_TEXTS = {"title": "SUMMARY", "location": "LOCATION", "description": "DESCRIPTION"}
_WHEN = ("start", "end", "zone")
_SERIES = (*_WHEN, "rrule")


def write(event: CalendarEvent, now: datetime, body: str = "") -> str:
    """``body`` with the event's values, or a new object. Equal values give the same text back.

    ``now`` becomes LAST-MODIFIED; SEQUENCE counts a change of time (§3.8.7.4). Raises what ``mapping.read`` raises.
    """
    if not body:
        return _Writer(event, now, component("VCALENDAR", make("VERSION", "2.0"), *_product())).fresh()
    before = read(body)
    if before == replace(event, sequence=before.sequence, changed=before.changed, scheduled=before.scheduled):
        return body
    calendar, master, others = split(body)
    made = _Writer(event, now, calendar).changed(before, master, others)
    return parse(body).swap(lambda part: made if part.name == "VCALENDAR" else part).text


def _product() -> list[Line]:
    return [make("PRODID", f"-//tradepost//tradepost {__version__}//EN")]


class _Writer:
    """One object under work: ``tzids`` are the names by which it calls its zones."""

    def __init__(self, event: CalendarEvent, now: datetime, calendar: Component) -> None:
        self.event, self.calendar = event, calendar
        self.now = f"{wall(now, zones.UTC):%Y%m%dT%H%M%SZ}"
        self.tzids: dict[str, str] = {}
        self.used: set[str] = set()
        for definition in calendar.children("VTIMEZONE"):
            tzid = definition.words("TZID")
            if name := zones.named(tzid) or zones.defined(definition, event.start.year):
                self.tzids.setdefault(name, definition.words("TZID"))

    def fresh(self) -> str:
        event = self.event
        part = component("VEVENT", words("UID", event.uid), make("DTSTAMP", self.now))
        if event.stamp:
            part = part.add(words(STAMP, event.stamp))
        if event.date_of:
            part = part.add(self.time("RECURRENCE-ID", moment(event.date_of), event.zone))
        part = self.series(self.occurrence(part, None, event), None)
        if event.organizer and event.attendees:
            part = part.add(_participant("ORGANIZER", event.organizer))
        overrides = [self.override(key, o, part) for key, o in event.overrides.items() if o]
        return self.with_zones(self.calendar.add(part, *overrides)).text

    def changed(self, before: CalendarEvent, master: Component, others: Iterable[Component]) -> Component:
        known = {original: other for other in others
                 for original in before.overrides if self.is_of(master, other, original)}  # fmt: skip
        renewed = {id(master): self.series(self.occurrence(master, before, self.event), before)}
        if self.event.stamp and self.event.stamp != before.stamp:
            part = renewed[id(master)]
            renewed[id(master)] = part.put([STAMP], [words(STAMP, self.event.stamp)])
        renewed[id(master)] = self.touched(renewed[id(master)], before)
        added = []
        for original, after in self.event.overrides.items():
            old = before.overrides.get(original)
            if after and original in known and old:
                part = self.occurrence(known[original], old, after)
                renewed[id(known[original])] = part if part is known[original] else self.touched(part, None)
            elif after:
                added.append(self.override(original, after, renewed[id(master)]))
        kept = {id(part) for original, part in known.items() if self.event.overrides.get(original)}
        gone = {id(part) for part in known.values()} - kept
        calendar = self.calendar.swap(lambda p: None if id(p) in gone else renewed.get(id(p), p))
        return self.with_zones(calendar.add(*added))

    def is_of(self, master: Component, part: Component, original: str) -> bool:
        """Whether a component is the override of an original start: the reader says so of it beside its series alone."""
        alone = self.calendar.swap(lambda p: p if p is part or p is master or p.name != "VEVENT" else None)
        return original in {k for k, v in read(alone.text).overrides.items() if v}

    def touched(self, part: Component, before: CalendarEvent | None) -> Component:
        """With the marks of an edit: DTSTAMP, LAST-MODIFIED, and SEQUENCE where the time changed."""
        part = part.put(["DTSTAMP"], [make("DTSTAMP", self.now)])
        part = part.put(["LAST-MODIFIED"], [make("LAST-MODIFIED", self.now)])
        if before and any(getattr(before, name) != getattr(self.event, name) for name in _SERIES):
            part = part.put(["SEQUENCE"], [make("SEQUENCE", str(before.sequence + 1))])
        return part

    def occurrence(self, part: Component, before: Occurrence | None, after: Occurrence) -> Component:
        """One component with the values of ``after`` where they differ from ``before``."""
        differs = {f.name for f in fields(Occurrence)
                   if before is None or getattr(before, f.name) != getattr(after, f.name)}  # fmt: skip
        for name, prop in _TEXTS.items():
            if name in differs:
                text = getattr(after, name)
                part = part.put([prop], [words(prop, text)] if text else [])
        if "status" in differs:
            part = part.put(["STATUS"], [make("STATUS", after.status.upper())] if after.status else [])
        if differs & set(_WHEN):
            part = part.put(["DTSTART"], [self.time("DTSTART", after.start, after.zone)])
            # An end must be later than its start (RFC 5545 §3.6.1); a date without an end would be a whole day.
            no_time = after.end == after.start and isinstance(after.end, datetime)
            ends = [] if no_time else [self.time("DTEND", after.end, after.zone)]
            part = part.put(["DTEND", "DURATION"], ends)
        if "attendees" in differs:
            part = part.put(["ATTENDEE"], _attendees(part, after.attendees))
        if "reminders" in differs:
            part = _reminded(part, after.reminders)
        return part

    def series(self, part: Component, before: CalendarEvent | None) -> Component:
        """What only the whole series says: how it repeats, and which dates are left out."""
        if before is None or before.rrule != self.event.rrule:
            lines = [
                line
                for flat in self.event.rrule
                for line in parse(f"{flat}\r\n").parts
                if isinstance(line, Line)
            ]
            part = part.put(["RRULE", "RDATE"], lines)
        out = {k for k, v in self.event.overrides.items() if v is None}
        was = {k for k, v in before.overrides.items() if v is None} if before else set()
        moved = before is not None and before.zone != self.event.zone
        if out != was or moved:
            part = part.put(["EXDATE"], self.left_out(part, was & out if not moved else set(), out))
        return part

    def left_out(self, part: Component, kept: set[str], out: set[str]) -> list[Line]:
        """The EXDATE lines: one that names kept dates only stays as it is."""
        lines: list[Line] = []
        for line in part.lines("EXDATE"):
            values = {self.key_of(part, replace_value(line, v)): v for v in line.value.split(",")}
            if values.keys() <= kept:
                lines.append(line)
                out = out - values.keys()
        return [*lines, *(self.time("EXDATE", moment(key), self.event.zone) for key in sorted(out))]

    def key_of(self, part: Component, line: Line) -> str:
        alone = component("VCALENDAR", *self.calendar.children("VTIMEZONE"),
                          part.put(["EXDATE"], [line]))  # fmt: skip
        return next((k for k, v in read(alone.text).overrides.items() if v is None), "")

    def override(self, original: str, value: Occurrence, master: Component) -> Component:
        line = self.time("RECURRENCE-ID", moment(original), self.event.zone)
        part = component("VEVENT", words("UID", self.event.uid), make("DTSTAMP", self.now), line)
        part = part.add(*master.lines("ORGANIZER"))
        return self.occurrence(part, None, value)

    def time(self, name: str, at: Moment, zone: str) -> Line:
        if not isinstance(at, datetime):
            return make(name, f"{at:%Y%m%d}", {"VALUE": ["DATE"]})
        if zone == zones.UTC:
            return make(name, f"{at:%Y%m%dT%H%M%SZ}")
        if not zone:
            return make(name, f"{at:%Y%m%dT%H%M%S}")
        if wall(instant(at, zone), zone) != at or at.fold:
            # Twice or never on that clock: only UTC says which (§3.3.5).
            return make(name, f"{wall(instant(at, zone), zones.UTC):%Y%m%dT%H%M%SZ}")
        tzid = self.tzids.get(zone, zone)
        self.used.add(tzid)
        return make(name, f"{at:%Y%m%dT%H%M%S}", {"TZID": [tzid]})

    def with_zones(self, calendar: Component) -> Component:
        """A VTIMEZONE for every TZID that we wrote (§3.2.19), in front of the events."""
        defined = {part.words("TZID") for part in calendar.children("VTIMEZONE")}
        new = [zones.vtimezone(zone) for zone in sorted(self.used - defined) if zones.named(zone) == zone]
        at = next((n for n, p in enumerate(calendar.parts) if isinstance(p, Component)), len(calendar.parts))
        return replace(calendar, parts=(*calendar.parts[:at], *new, *calendar.parts[at:]))


def _attendees(part: Component, wanted: Iterable[Attendee]) -> list[Line]:
    """One line a person; the line of somebody who is there already keeps whatever else it says."""
    known: Mapping[str, Line] = {person(line).email: line for line in part.lines("ATTENDEE")}
    return [_revised(known[who.email], who) if who.email in known else _participant("ATTENDEE", who)
            for who in wanted]  # fmt: skip


def _revised(line: Line, who: Attendee) -> Line:
    now = person(line)
    if now == who:
        return line
    changes = {"CN": who.name, "PARTSTAT": who.answer.upper(), "ROLE": who.role.upper()}
    was = {"CN": now.name, "PARTSTAT": now.answer.upper(), "ROLE": now.role.upper()}
    return line.with_params(**{k: v or None for k, v in changes.items() if v != was[k]})


def _participant(name: str, who: Attendee) -> Line:
    params = {
        "CN": who.name,
        "ROLE": who.role.upper(),
        "PARTSTAT": who.answer.upper(),
        "SCHEDULE-AGENT": "CLIENT",
    }
    address = f"mailto:{who.email}" if "@" in who.email and ":" not in who.email else who.email
    return make(name, address, {key: [value] for key, value in params.items() if value})


def _reminded(part: Component, wanted: Iterable[int]) -> Component:
    missing, gone = set(wanted), set()
    for alarm, minutes in reminders(part):
        if minutes in missing:
            missing.discard(minutes)
        else:
            gone.add(id(alarm))
    part = part.swap(lambda child: None if id(child) in gone else child)
    lines = (make("ACTION", "DISPLAY"), words("DESCRIPTION", part.words("SUMMARY") or "Reminder"))
    return part.add(*(component("VALARM", make("TRIGGER", f"-PT{n}M"), *lines) for n in sorted(missing)))
