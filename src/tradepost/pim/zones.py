"""Time zones of calendars: whatever a TZID is called, its IANA zone; and a zone as a VTIMEZONE.

Windows names are Unicode CLDR's (``windowsZones.xml``). A TZID that leads to no zone is an error: a time without its
zone would silently be another time.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from dateutil.rrule import rrulestr
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from tradepost.kit import clock
from tradepost.pim import zone_rules
from tradepost.pim.errors import UnknownZone
from tradepost.pim.ical import Component, component, make, parse

UTC = "UTC"
_UTC_NAMES = frozenset({"utc", "gmt", "z", "etc/utc", "etc/gmt", "zulu", "coordinated universal time"})
_RULE = re.compile(r"M(\d+)\.(\d)\.(\d)(?:/(-?\d+)(?::(\d+))?)?")
_POSIX = re.compile(r"(<[^>]+>|[A-Za-z]+)([-+]?[\d:]+)(?:(<[^>]+>|[A-Za-z]+)([-+]?[\d:]*),([^,]+),([^,]+))?$")
_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


@cache
def _iana() -> dict[str, str]:
    return {name.lower(): name for name in clock.zones()} | dict.fromkeys(_UTC_NAMES, UTC)


@cache
def _windows() -> dict[str, str]:
    return {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()}


@lru_cache(maxsize=1024)
def named(tzid: str) -> str:
    """The IANA name for a TZID by its name alone, or an empty text: IANA, Windows, or a path that ends in one
    (``/freeassociation.sourceforge.net/Europe/Berlin``)."""
    name = tzid.strip().strip('"').lower()
    parts = name.strip("/").split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((_iana()[t] for t in tails if t in _iana()), "") or _windows().get(name, "")


def resolve(tzid: str, calendar: Component, year: int) -> str:
    """The IANA name for a TZID, by its name or by what its VTIMEZONE says of ``year``. Raises ``UnknownZone``."""
    if zone := named(tzid):
        return zone
    for definition in calendar.children("VTIMEZONE"):
        if definition.words("TZID") == tzid and (zone := defined(definition, year)):
            return zone
    raise UnknownZone(zone=tzid)


def defined(definition: Component, year: int) -> str:
    """The IANA name for a VTIMEZONE by the place that it names, or by its rules; or an empty text."""
    return named(definition.words("X-LIC-LOCATION")) or zone_rules.matching(definition.text, year)


def info(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


@cache
def vtimezone(zone: str) -> Component:
    """The rules that hold for a zone now and from now on (RFC 5545 §3.6.5), from the footer of its TZif file (RFC
    8536 §3.3)."""
    match = _POSIX.match(_footer(zone))
    if match is None:
        raise UnknownZone(zone=zone)
    standard, offset, daylight, moved, begins, ends = match.groups()
    normal = -_seconds(offset)
    if not daylight:
        blocks = [_block("STANDARD", standard, normal, normal, "")]
    else:
        summer = -_seconds(moved) if moved else normal + 3600
        blocks = [
            _block("DAYLIGHT", daylight, normal, summer, begins),
            _block("STANDARD", standard, summer, normal, ends),
        ]
    made = component("VTIMEZONE", make("TZID", zone), make("X-LIC-LOCATION", zone), *blocks)
    return parse(made.text).children("VTIMEZONE")[0]


def _footer(zone: str) -> str:
    files = (Path(base, zone) for base in TZPATH)  # where ZoneInfo looks, in its order
    found = next((file for file in files if file.is_file()), None)
    packaged = resources.files("tzdata.zoneinfo").joinpath(*zone.split("/"))
    data = found.read_bytes() if found else packaged.read_bytes()
    return data.rstrip(b"\n").rpartition(b"\n")[2].decode()


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = (*map(int, text.lstrip("+-").split(":")), 0, 0)[:3]
    return sign * (hours * 3600 + minutes * 60 + seconds)


def _block(kind: str, name: str, before: int, after: int, rule: str) -> Component:
    found = _RULE.match(rule)
    start, recurs = "19700101T000000", ""
    if found:
        month, week, day = (int(found[n]) for n in (1, 2, 3))
        shift, hour = divmod(int(found[4] or 2), 24)
        recurs = f"FREQ=YEARLY;BYMONTH={month};{_weekday(week, day, shift)}"
        first = rrulestr(recurs, dtstart=datetime(1970, month, 1, hour, int(found[5] or 0)))[0]  # noqa: DTZ001
        start = f"{first:%Y%m%dT%H%M%S}"
    lines = [make("DTSTART", start), make("TZNAME", name.strip("<>"))]
    lines += [make("TZOFFSETFROM", _offset(before)), make("TZOFFSETTO", _offset(after))]
    return component(kind, *lines, *([make("RRULE", recurs)] if recurs else []))


def _weekday(week: int, day: int, shift: int) -> str:
    """``shift``: whole days by which the hour leaves the day (Israel changes "on Thursday at 26:00")."""
    if not shift:
        return f"BYDAY={-1 if week == 5 else week}{_DAYS[day]}"
    first = (25 if week == 5 else 7 * (week - 1) + 1) + shift
    days = ",".join(str(n) for n in range(first, first + 7))
    return f"BYDAY={_DAYS[(day + shift) % 7]};BYMONTHDAY={days}"


def _offset(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{rest // 60:02}"
