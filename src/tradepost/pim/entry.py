"""What a person or a program enters, as a ``CalendarEvent`` (pure). Every mistake is named at its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.pim import records, zones
from tradepost.pim.types import CalendarEvent, key, moment

FIELDS = frozenset({"title", "start", "end", "zone", "location", "description", "status", "rrule", "reminders",
                    "attendees"})  # fmt: skip


def checked(values: Mapping[str, Any], base: CalendarEvent | None) -> CalendarEvent:
    """``base`` with the values. Raises ``Invalid``, which names the field."""
    if unknown := values.keys() - FIELDS:
        raise Invalid(
            fields={
                n: _("There is no field “{n}”. Known are: {known}.").format(
                    n=n, known=", ".join(sorted(FIELDS))
                )
                for n in unknown
            }
        )
    problems: dict[str, str] = {}
    given: dict[str, Any] = {**(records.fields(base, ()) if base else {}), **values}
    if not str(given.get("title") or "").strip():
        problems["title"] = _("Write a title.")
    start, end = _span(given, problems)
    if given.get("zone") and zones.named(str(given["zone"])) != given["zone"]:
        problems["zone"] = _("“{zone}” is not a time zone. Write it like Europe/Berlin.").format(
            zone=given["zone"]
        )
    if given.get("status") not in (None, "", "confirmed", "tentative", "cancelled"):
        problems["status"] = _("Choose confirmed, tentative or cancelled.")
    given["rrule"] = _rules(given.get("rrule"), problems)
    given["attendees"] = _people(given.get("attendees"), problems)
    if any(
        isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= 40_320
        for n in given.get("reminders") or ()
    ):
        problems["reminders"] = _("A reminder is a number of minutes before the start, up to 40320.")
    if problems:
        raise Invalid(fields=problems)
    given |= {
        "start": key(start),
        "end": key(end),
        "zone": given.get("zone") if isinstance(start, datetime) else "",
    }
    return records.event(given, base, ())


def _people(given: Any, problems: dict[str, str]) -> list[dict[str, Any]]:
    """Everybody once, by the address in lower case."""
    found: dict[str, dict[str, Any]] = {}
    for who in given or ():
        email = str(who.get("email", "")).strip().lower() if isinstance(who, Mapping) else ""
        if "@" not in email or " " in email:
            problems["attendees"] = _("Give everybody's e-mail address.")
        found.setdefault(email, {**(who if isinstance(who, Mapping) else {}), "email": email})
    return list(found.values())


def _span(given: Mapping[str, Any], problems: dict[str, str]) -> tuple[Any, Any]:
    try:
        start = moment_of("start", given.get("start") or "")
        length = timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1)
        end = moment_of("end", given["end"]) if given.get("end") else start + length
    except OverflowError:  # it would end after the year 9999
        problems["start"] = _("Write a day that comes before the year 9999.")
        return datetime.min, datetime.min  # noqa: DTZ901
    except Invalid as fault:
        problems |= fault.fields
        return datetime.min, datetime.min  # noqa: DTZ901
    if isinstance(start, datetime) is not isinstance(end, datetime):
        problems["end"] = _("Give two dates for whole days, or two times.")
    elif end < start or (end == start and not isinstance(start, datetime)):
        problems["end"] = _("The event ends before it starts.")
    return start, end


def moment_of(name: str, text: str) -> Any:
    try:
        at = moment(str(text))
    except ValueError:
        at = None
    if at is None or (isinstance(at, datetime) and at.tzinfo is not None):
        sentence = _("“{text}” is no date or time. Write it like 2026-03-29 or 2026-03-29T09:00.").format(
            text=text
        )
        raise Invalid(fields={name: sentence})
    return at.replace(microsecond=0) if isinstance(at, datetime) else at


def _rules(given: Any, problems: dict[str, str]) -> list[str]:
    lines = [given] if isinstance(given, str) else list(given or ())
    made = []
    for line in filter(None, lines):
        rule = line if line.upper().startswith(("RRULE", "RDATE")) else f"RRULE:{line}"
        try:
            if rule.upper().startswith("RRULE"):
                rrulestr(rule.replace("Z", ""), dtstart=datetime(2026, 1, 1))  # noqa: DTZ001
        except (ValueError, KeyError, TypeError):
            problems["rrule"] = _("“{line}” is no rule. Write it like FREQ=WEEKLY;BYDAY=MO.").format(
                line=line
            )
        made.append(rule)
    return made
