"""Which zone a VTIMEZONE describes that bears no name we know (pure): the one whose clock shows the same every day of two
years. Nothing is guessed: where none does, the caller has no zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from tradepost.pim.ical import Component, parse

# Where several zones have the same clock, the one that most people mean.
_COMMON = ("Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver",
           "America/Los_Angeles", "Europe/Athens", "Australia/Sydney")  # fmt: skip
# One onset a year and no more: a crafted rule must not be unfolded for ever.
_PLAIN = {
    "FREQ",
    "INTERVAL",
    "BYMONTH",
    "BYDAY",
    "BYMONTHDAY",
    "UNTIL",
    "WKST",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
}
_MOST = 700  # onsets of one rule; Windows counts from 1601
Onset = tuple[datetime, timedelta]  # the instant from which on, and the offset


@lru_cache(maxsize=256)
def matching(text: str, year: int) -> str:
    """The IANA name for the text of a VTIMEZONE, or an empty text. ``year``: the first of those that are compared."""
    definition = parse(text).children("VTIMEZONE")[0]
    try:
        onsets = sorted(
            onset for part in definition.children("STANDARD", "DAYLIGHT") for onset in _onsets(part, year)
        )
    except (ValueError, OverflowError, KeyError):
        return ""
    days = [datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(730)]
    shown = [_at(onsets, day) for day in days] if onsets else []
    if not shown:
        return ""
    if (
        len(set(shown)) == 1
        and shown[0] % timedelta(hours=1) == timedelta()
        and abs(shown[0]) <= timedelta(hours=12)
    ):
        hours = -shown[0] // timedelta(hours=1)
        return f"Etc/GMT{hours:+}" if hours else "UTC"
    wanted = list(zip(days, shown, strict=True))
    return next((name for name in _candidates() if _shows(ZoneInfo(name), wanted)), "")


def _shows(zone: ZoneInfo, wanted: list[tuple[datetime, timedelta]]) -> bool:
    return all(day.astimezone(zone).utcoffset() == offset for day, offset in wanted)


@cache
def _candidates() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_COMMON, *WINDOWS_TO_OLSON.values())))


def _at(onsets: list[Onset], instant: datetime) -> timedelta:
    return next((offset for since, offset in reversed(onsets) if since <= instant), onsets[0][1])


def _onsets(part: Component, year: int) -> Iterator[Onset]:
    """When a STANDARD or DAYLIGHT begins, up to a year after ``year``. Raises ``ValueError``."""
    before, after = _offset(part.words("TZOFFSETFROM")), _offset(part.words("TZOFFSETTO"))
    start = _clock(part.words("DTSTART"))
    dates = [start, *(_clock(value) for line in part.lines("RDATE") for value in line.value.split(","))]
    for line in part.lines("RRULE"):
        rule = dict(pair.split("=", 1) for pair in line.value.upper().split(";") if pair)
        once = all("," not in value for name, value in rule.items() if name != "BYMONTHDAY")
        if (
            not once
            or rule.keys() - _PLAIN
            or rule["FREQ"] != "YEARLY"
            or rule.get("BYMONTHDAY", "").count(",") > 6
        ):
            raise ValueError(line.value)
        found = rrulestr(line.value.upper().replace("Z", ""), dtstart=start)
        dates += takewhile(lambda at: at.year <= year + 1, islice(found, _MOST))
    for at in dates:
        yield at.replace(tzinfo=timezone(before)).astimezone(UTC), after


def _clock(text: str) -> datetime:
    form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    return datetime.strptime(text.strip().rstrip("Z"), form)  # noqa: DTZ007


def _offset(text: str) -> timedelta:
    """``+0530``, ``-1234`` and ``+053030`` (RFC 5545 §3.3.14)."""
    digits = text.strip().lstrip("+-")
    if not digits.isdecimal() or len(digits) not in (4, 6):
        raise ValueError(text)
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:] or 0))
    return -length if text.strip().startswith("-") else length
