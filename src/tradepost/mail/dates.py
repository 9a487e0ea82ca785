"""Date fields (RFC 5322 §3.3, §4.3) as they are really written → an instant. Never raises."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_READ = 200  # characters
_MONTHS = {
    "jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06",
    "jul": "07", "aug": "08", "sep": "09", "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
_ZONES = {  # RFC 5322 §4.3, and some of those that programs write nevertheless; others are read as UTC
    "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
    "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
    "CET": "+0100", "MEZ": "+0100", "MET": "+0100", "BST": "+0100", "CEST": "+0200", "MESZ": "+0200",
    "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "JST": "+0900", "KST": "+0900",
}  # fmt: skip
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?:\.\d+)?(?:\s?(?P<half>[AP])M\b)?"
_ZONE = r"(?:(?:GMT|UTC)?(?P<offset>[+-]\d\d:?\d\d)|\"?(?P<zone>[A-Za-z]{1,5}))?"
_MONTH = r"(?P<month>[A-Za-z]{3})[a-z]*\.?"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        rf"(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{2,4}}),?\s+{_TIME}\s*{_ZONE}",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+{_TIME}\s+(?:{_ZONE}\s+)?(?P<year>\d{{4}})",  # asctime
        rf"{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}),?\s+{_TIME}\s*{_ZONE}",
        rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_TIME}\s*{_ZONE}",
    )
)
_COMMENT = re.compile(r"\s*\([^()]*\)")


def instant(value: str) -> datetime | None:
    """A Date field as UTC, or None where it makes no sense. Without a known zone it is taken for UTC."""
    words = value.split()
    if len(words) == 6 and len(words[4]) == 8:  # "Sat, 21 Nov 2026 10:00:00 +0100", as nearly all are
        try:
            month = _MONTHS[words[2].lower()]
            return datetime.fromisoformat(f"{words[3]}{month}{words[1]:>02}T{words[4]}{words[5]}").astimezone(
                UTC
            )
        except (ValueError, KeyError, OverflowError):
            pass
    return _odd_instant(value[:_READ])


def _odd_instant(value: str) -> datetime | None:
    plain = _COMMENT.sub("", value)
    found = next((match for form in _FORMS if (match := form.search(plain))), None)
    if not found:
        return None
    part = {name: text or "" for name, text in found.groupdict().items()}
    month = part["month"] if part["month"].isdecimal() else _MONTHS.get(part["month"].lower(), "")
    zone = part["offset"].replace(":", "") or _ZONES.get(part["zone"].upper(), "+0000")
    second = min(int(part["second"] or 0), 59)  # a leap second
    year, hour = _full_year(part["year"]), int(part["hour"])
    if part["half"] and hour <= 12:
        hour = hour % 12 + 12 * (part["half"].upper() == "P")
    try:
        written = f"{year:04}{month}{part['day']:>02}T{hour:02}{part['minute']}{second:02}{zone}"
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _full_year(year: str) -> int:
    """RFC 5322 §4.3: two digits, or three of a program that counts from 1900."""
    number = int(year)
    return number if len(year) == 4 else number + (1900 if number >= 50 else 2000)
