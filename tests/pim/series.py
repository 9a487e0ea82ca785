"""Events for tests: a plain one, and random series over awkward zones, days and clocks."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from tradepost.pim.types import Attendee, CalendarEvent, Moment, Occurrence, instant, key, wall

ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "Pacific/Kiritimati",
         "Etc/GMT+12", "UTC", "Australia/Lord_Howe", "America/Sao_Paulo", "")  # fmt: skip
# The days around which clocks are changed, in Europe, in America and south of the equator.
EDGES = (date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 7), date(2026, 10, 31), date(2026, 4, 4),
         date(2026, 12, 31), date(2028, 2, 28))  # fmt: skip
WORDS = ("Tent", "Größe", "価格", "a;b,c", "back\\slash", "two\nlines", "“quoted”", "😀" * 30)


def event(**values: Any) -> CalendarEvent:
    start = values.pop("start", datetime(2026, 3, 10, 9))
    length = timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1)
    timed = isinstance(start, datetime)
    given = {"zone": "Europe/Berlin" if timed else "", "title": "Tents", "uid": "u@shop.test", **values}
    return CalendarEvent(start=start, end=values.pop("end", start + length), **{k: v for k, v in given.items()
                         if k != "end"})  # fmt: skip


def series(seed: int) -> CalendarEvent:
    """A random series with moved, changed and left-out dates; the same seed gives the same one."""
    rnd = random.Random(seed)
    day = rnd.choice(EDGES) + timedelta(days=rnd.randrange(-2, 3))
    whole = rnd.random() < 0.3
    zone = "" if whole else rnd.choice(ZONES)
    start: Moment = day if whole else _clock(rnd, day, zone)
    first = event(
        start=start,
        end=_end(start, timedelta(days=rnd.randrange(1, 4)) if whole else timedelta(minutes=rnd.randrange(0, 300, 15)), zone),
        zone=zone,
        uid=f"series-{seed}@shop.test",
        title=rnd.choice(WORDS),
        description=rnd.choice(WORDS) * rnd.randrange(0, 9),
        location=rnd.choice(("", *WORDS)),
        status=rnd.choice(("", "confirmed", "tentative")),
        reminders=tuple(sorted(rnd.sample((0, 5, 15, 60, 1440), rnd.randrange(0, 3)))),
        attendees=tuple(Attendee(f"p{n}@example.org", rnd.choice(("", "Pat, “the” P.")), "needs-action") for n in
                        range(rnd.randrange(0, 3))),
        rrule=(f"RRULE:FREQ={rnd.choice(('DAILY', 'WEEKLY'))};COUNT={rnd.randrange(8, 30)}",),
        stamp=str(seed),
    )  # fmt: skip
    step = 7 if "WEEKLY" in first.rrule[0] else 1
    picked = rnd.sample(range(1, 8), rnd.randrange(0, 4))
    keys = {n: start + timedelta(days=n * step) for n in picked}
    return _with(first, {key(at): _changed(rnd, first, at) for at in keys.values() if _exists(at, zone)})


def _with(first: CalendarEvent, overrides: dict[str, Occurrence | None]) -> CalendarEvent:
    values = {f: getattr(first, f) for f in (*Occurrence.__slots__, "uid", "rrule", "stamp")}
    return CalendarEvent(**values, overrides=overrides, scheduled=False)


def _changed(rnd: random.Random, first: CalendarEvent, at: Moment) -> Occurrence | None:
    if rnd.random() < 0.4:
        return None
    moved = at + timedelta(days=rnd.randrange(0, 2))
    if isinstance(moved, datetime) and not _exists(moved, first.zone):
        moved = at
    return Occurrence(start=moved, end=_end(moved, first.end - first.start, first.zone), zone=first.zone, title=rnd.choice(WORDS),
                      description=first.description, location=first.location)  # fmt: skip


def _clock(rnd: random.Random, day: date, zone: str) -> datetime:
    while True:
        at = datetime(day.year, day.month, day.day, rnd.randrange(24), rnd.choice((0, 30)))
        if _exists(at, zone):
            return at


def _end(start: Moment, length: timedelta, zone: str) -> Moment:
    """An end that the clock shows."""
    return start + length if _exists(start + length, zone) else start


def _exists(at: Moment, zone: str) -> bool:
    """Whether that clock shows that time on that day; in spring it may not."""
    return not isinstance(at, datetime) or wall(instant(at, zone), zone) == at
