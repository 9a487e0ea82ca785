"""How an event repeats, as a person chooses it, to an RRULE and back (pure; RFC 5545 §3.3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tradepost.pim import zones
from tradepost.pim.types import CalendarEvent, instant, wall

WEEKDAYS = "MO,TU,WE,TH,FR"
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


@dataclass(frozen=True, slots=True)
class Repeat:
    """``how``: one of FREQUENCIES, ``WEEKDAYS``, ``RULE`` (then ``rule`` holds the lines), or empty. ``every`` so many
    periods; until a day, or so many ``times``."""

    how: str = ""
    every: int = 1
    until: date | None = None
    times: int | None = None
    rule: str = ""


def lines(repeat: Repeat, start: date | datetime, zone: str) -> list[str]:
    """The RRULE. ``until`` is the last day on which it may begin; for timed events it is written in UTC (§3.3.10)."""
    if not repeat.how:
        return []
    if repeat.how == "RULE":
        return [line.strip() for line in repeat.rule.splitlines() if line.strip()]
    parts = ["FREQ=WEEKLY", f"BYDAY={WEEKDAYS}"] if repeat.how == "WEEKDAYS" else [f"FREQ={repeat.how}"]
    if repeat.every > 1:
        parts.append(f"INTERVAL={repeat.every}")
    if repeat.times:
        parts.append(f"COUNT={repeat.times}")
    elif repeat.until:
        parts.append(f"UNTIL={_until(repeat.until, start, zone)}")
    return [f"RRULE:{';'.join(parts)}"]


def _until(day: date, start: date | datetime, zone: str) -> str:
    if not isinstance(start, datetime):
        return f"{day:%Y%m%d}"
    last = datetime.combine(day, datetime.min.time()) + timedelta(hours=23, minutes=59, seconds=59)
    return f"{instant(last, zone):%Y%m%dT%H%M%SZ}" if zone else f"{last:%Y%m%dT%H%M%S}"


def chosen(one: CalendarEvent) -> Repeat:
    """What a form shows for an event; rules that it has no fields for are shown as they are."""
    if not one.rrule:
        return Repeat()
    whole = Repeat("RULE", rule="\n".join(one.rrule))
    name, _colon, text = one.rrule[0].partition(":")
    parts = dict(part.split("=", 1) for part in text.upper().split(";") if "=" in part)
    freq, days = parts.pop("FREQ", ""), parts.pop("BYDAY", "")
    every, times, until = parts.pop("INTERVAL", "1"), parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    plain = len(one.rrule) == 1 and name.upper() == "RRULE" and freq in FREQUENCIES
    if not plain or parts or not every.isdigit() or (days and (freq, days) != ("WEEKLY", WEEKDAYS)):
        return whole
    how = "WEEKDAYS" if days else freq
    return Repeat(how, int(every), _day(until, one), int(times) if times.isdigit() else None)


def _day(until: str, one: CalendarEvent) -> date | None:
    """The last day, on the clock of the event."""
    if not until[:8].isdigit():
        return None
    at = date(int(until[:4]), int(until[4:6]), int(until[6:8]))
    if not until.endswith("Z") or not one.zone:
        return at
    ends = datetime(at.year, at.month, at.day, int(until[9:11]), int(until[11:13]))  # noqa: DTZ001
    return wall(instant(ends, zones.UTC), one.zone).date()
