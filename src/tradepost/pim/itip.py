"""Meetings by mail (pure): an invitation as iTIP REQUEST or CANCEL, and what a REPLY says (RFC 5546, RFC 6047)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tradepost.pim import patch
from tradepost.pim.ical import Component, Line, make, parse
from tradepost.pim.mapping import STAMP, moment_in, person
from tradepost.pim.types import Attendee, CalendarEvent, Moment

_PRIVATE = (STAMP, "CLASS", "CATEGORIES")


@dataclass(frozen=True, slots=True)
class Reply:
    """``original``: the date of a series that it is about and the zone of that clock, or all. ``at``: when it was given
    (DTSTAMP)."""

    uid: str
    email: str
    answer: str
    original: tuple[Moment, str] | None = None
    at: datetime | None = None


def invitation(event: CalendarEvent, organizer: Attendee, now: datetime, sequence: int) -> str:
    """The object to send: REQUEST, or CANCEL for what was called off. Reminders and our own marks are left out."""
    guests = tuple(replace(who, answer=who.answer or "needs-action", role=who.role or "req-participant")
                   for who in event.attendees if who.email != organizer.email)  # fmt: skip
    one = replace(event, organizer=organizer, attendees=guests, reminders=(), stamp="", sequence=sequence)
    one = replace(one, overrides={k: o and replace(o, reminders=()) for k, o in event.overrides.items()})
    method = "CANCEL" if event.status == "cancelled" else "REQUEST"
    calendar = parse(patch.write(one, now)).children("VCALENDAR")[0]
    marked = calendar.swap(lambda part: _marked(part, sequence) if part.name == "VEVENT" else part)
    head = next(n for n, part in enumerate(marked.parts) if isinstance(part, Line) and part.name == "VERSION")
    parts = (*marked.parts[: head + 1], make("METHOD", method), *marked.parts[head + 1 :])
    return replace(marked, parts=parts).text


def _marked(part: Component, sequence: int) -> Component:
    """As a guest's program wants it: whom it may answer, and no word for servers (RFC 6638 §7)."""
    part = part.put(_PRIVATE, []).put(["SEQUENCE"], [make("SEQUENCE", str(sequence))])
    guests = [line.with_params(**{"SCHEDULE-AGENT": None, "RSVP": "TRUE"}) for line in part.lines("ATTENDEE")]
    hosts = [line.with_params(**{"SCHEDULE-AGENT": None}) for line in part.lines("ORGANIZER")]
    return part.put(["ATTENDEE"], guests).put(["ORGANIZER"], hosts)


def replies(text: str) -> Iterator[Reply]:
    """What a REPLY says of each date; nothing for any other method. Raises ``Malformed``."""
    for calendar in parse(text).children("VCALENDAR"):
        if calendar.words("METHOD").upper() != "REPLY":
            continue
        for part in calendar.children("VEVENT"):
            for line in part.lines("ATTENDEE"):
                who = person(line)
                if who.answer in ("accepted", "declined", "tentative"):
                    original = _original(calendar, part)
                    yield Reply(part.words("UID"), who.email, who.answer, original, _stamp(part))


def _original(calendar: Component, part: Component) -> tuple[Moment, str] | None:
    if part.line("RECURRENCE-ID") is None:
        return None
    return moment_in(part, "RECURRENCE-ID", calendar)


def _stamp(part: Component) -> datetime | None:
    text = part.words("DTSTAMP").rstrip("Z")
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
