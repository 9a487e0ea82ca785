"""An event's rows ↔ ``CalendarEvent``."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tradepost.activities.models import Activity, ActivityStatus
from tradepost.pim import records
from tradepost.pim.models import Event
from tradepost.pim.types import Attendee, CalendarEvent, instant, key, wall

_OURS = (
    "start",
    "end",
    "zone",
    "title",
    "description",
    "all_day",
)  # these stand in the activity, or in a column
_UNTIL = "UNTIL="


def load(row: Event, zone: str) -> CalendarEvent:
    """The event of a row and its activity. ``zone``: the company's, for days that a page wrote as its midnight."""
    activity, details = row.activity, row.details
    values = {
        **{name: value for name, value in details.items() if name not in ("organizer", "sequence")},
        **_times(activity, row.zone, zone),
        "zone": "" if activity.all_day else row.zone,
        "title": activity.subject,
        "description": activity.text,
        "status": _status(row),
    }
    who = details.get("organizer")
    made = records.event(values, None, ())
    return replace(
        made, uid=row.uid, organizer=Attendee(**who) if who else None, sequence=details.get("sequence", 0),
        stamp=row.key.hex, changed=max(activity.updated_at, activity.created_at),
    )  # fmt: skip


def _status(row: Event) -> str:
    if row.activity.status == ActivityStatus.CANCELLED and not row.cancelled_there:
        return "cancelled"
    said: str = row.details.get("status", "")
    return "" if said == "cancelled" else said


def _times(activity: Activity, zone: str, home: str) -> dict[str, str]:
    starts = activity.starts or activity.at
    ends = activity.ends or starts
    if not activity.all_day:
        return {
            "start": key(wall(starts, zone).replace(fold=0)),
            "end": key(wall(ends, zone).replace(fold=0)),
        }
    first, last = _day(starts, home), _day(ends, home)
    return {"start": key(first), "end": key(max(last, first + timedelta(days=1)))}


def _day(at: datetime, home: str) -> date:
    """A whole day is kept as midnight UTC; a page may have written the midnight of its own zone."""
    utc = at.astimezone(UTC)
    return utc.date() if utc.time() == datetime.min.time() else wall(at, home).date()


def save(row: Event, one: CalendarEvent) -> None:
    """Write the values into the row and its activity. Called inside a transaction, both rows locked."""
    activity = row.activity
    whole = records.fields(replace(one, organizer=None), ())
    details: dict[str, Any] = {name: value for name, value in whole.items() if name not in _OURS and value}
    if one.organizer:
        details["organizer"] = asdict(one.organizer)
    row.details = details | {"sequence": one.sequence}
    row.zone, row.recurring, row.repeats_until = one.zone, bool(one.rrule), last(one)
    activity.subject, activity.text = one.title[:500], one.description
    activity.starts, activity.ends = instant(one.start, one.zone), instant(one.end, one.zone)
    activity.all_day = one.all_day
    if one.status == "cancelled":
        activity.status, row.cancelled_there = ActivityStatus.CANCELLED, False
    elif activity.status == ActivityStatus.CANCELLED and not row.cancelled_there:
        activity.status = ActivityStatus.OPEN
    row.revision += 1
    activity.version += 1
    activity.save()
    row.activity_id = activity.pk
    row.save()
    activity.links.update(open=activity.status == ActivityStatus.OPEN)


def last(one: CalendarEvent) -> datetime | None:
    """The end of the last occurrence where the rule names it, empty for a series without end or with a COUNT; a bound
    to search by, never too early."""
    rules = [line for line in one.rrule if line.startswith("RRULE")]
    if not one.rrule or len(rules) != len(one.rrule) or not all(_UNTIL in rule for rule in rules):
        return None if one.rrule else instant(one.end, one.zone)
    untils = [rule.partition(_UNTIL)[2][:8] for rule in rules]
    length = instant(one.end, one.zone) - instant(one.start, one.zone)
    ends = [
        datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=2) + length for day in untils
    ]
    return max([*ends, *(instant(o.end, o.zone) for o in one.overrides.values() if o)])
