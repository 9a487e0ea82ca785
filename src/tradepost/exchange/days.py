"""Days as people, programs and spreadsheets write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.text import fold
from tradepost.kit.words import gettext_noop

_FIGURES = re.compile(r"(\d{1,4})([-/. ]) ?(\d{1,2})\2 ?(\d{1,4})(?:[ T,].*)?")
_ORDINAL = "(?:st|nd|rd|th)?"
_NAMED = re.compile(
    rf"(?:(?P<day>\d{{1,2}}){_ORDINAL}[-./ ]*(?P<month>[a-z]{{3,9}})|(?P<first>[a-z]{{3,9}})\.? *(?P<second>\d{{1,2}}){_ORDINAL})"
    r"[-.,/ ]+(?P<year>\d{4}|\d{2})(?: .*)?"
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EPOCH = date(1899, 12, 30)
_SERIALS = (18_264, 73_051)  # 1950 to 2100: what else has five digits is hardly meant as a day
_MONTHS = {
    name: n
    for n, names in enumerate(
        ("jan", "feb", "mar mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"),
        1,
    )
    for name in names.split()
}  # English and German
_CURE = gettext_noop("Write days as 2026-11-02.")


def day_of(text: str, day_first: bool) -> date:
    """``2026-11-02``, ``20261102``, ``2.11.2026``, ``11/2/2026``, ``02-Nov-26``, ``Nov 2, 2026``, and ``46328`` as spreadsheets
    count days. Dots always put the day first. Raises ``Invalid``."""
    parts = _parts(text.strip(), day_first)
    if isinstance(parts, date):
        return parts
    if parts is None:
        raise Invalid(_("“{text}” is not a day.").format(text=text[:40]), cure=_(_CURE))
    year, month, day = parts
    try:
        made = date(_whole(year), month, day)
    except ValueError:
        raise Invalid(
            _("“{text}” is not a day of the calendar.").format(text=text[:40]), cure=_(_CURE)
        ) from None
    if not 1900 <= made.year <= 2200:
        raise Invalid(_("“{text}” lies too far away.").format(text=text[:40]), cure=_(_CURE))
    return made


def _parts(text: str, day_first: bool) -> tuple[str, int, int] | date | None:
    """Year, month and day as they are written; a day where there is nothing to read."""
    if _SERIAL.fullmatch(text) and _SERIALS[0] <= float(text) <= _SERIALS[1]:
        return _EPOCH + timedelta(days=int(float(text)))
    if found := _COMPACT.fullmatch(text):
        return found[1], int(found[2]), int(found[3])
    if found := _FIGURES.fullmatch(text):
        a, sign, b, c = found.groups()
        if len(a) == 4:
            return a, int(b), int(c)
        first, second = int(a), int(b)
        swap = sign == "." or day_first or (first > 12 >= second)
        day, month = (first, second) if swap and second <= 12 else (second, first)
        return c, month, day
    if found := _NAMED.fullmatch(fold(text)):
        month = _MONTHS.get((found["month"] or found["first"])[:3], 0)
        return (found["year"], month, int(found["day"] or found["second"])) if month else None
    return None


def _whole(year: str) -> int:
    """Two digits are of 1970 to 2069, one and three are none."""
    n = int(year)
    if len(year) == 2:
        return n + (2000 if n < 70 else 1900)
    return n if len(year) == 4 else 0


def day_first_in(cells: Iterable[str]) -> bool | None:
    """Whether the cells put the day before the month, where one of them can be read in one way only and none in the
    other; None where they do not say."""
    found = set()
    for cell in cells:
        if (parts := _FIGURES.fullmatch(cell)) and len(parts[1]) < 3 and parts[2] != ".":
            first, second = int(parts[1]), int(parts[3])
            if max(first, second) <= 31 and (first > 12) != (second > 12):
                found.add(first > 12)
    return found.pop() if len(found) == 1 else None
