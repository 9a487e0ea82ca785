"""Verbs on events (A17–A20): add, change, move, left-out and changed dates, cancel, delete, answer.

Values are what ``records.fields`` says: ``title``, ``start`` and ``end`` (wall-clock ISO texts in ``zone``; dates for whole
days, ``end`` exclusive), ``zone`` (IANA; the company's where it is not given), ``location``, ``description``, ``status``,
``rrule`` (``FREQ=…`` or RRULE and RDATE lines), ``reminders`` (minutes before), ``attendees``
(``[{"email", "name", "role"}]``), ``visibility``. Nobody is ever invited or told by these verbs: what changes here goes
into the calendar with the next pass, and a sync never notifies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr
from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation, User
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus, Visibility
from tradepost.activities.queries import visible
from tradepost.activities.records import Record
from tradepost.activities.services import change_activity, check_records, open_activity
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, NotOnesOwn
from tradepost.kit.text import fold_email
from tradepost.pim import records, store
from tradepost.pim.entry import FIELDS, checked, moment_of
from tradepost.pim.models import Event
from tradepost.pim.sides import new_row
from tradepost.pim.types import CalendarEvent, Occurrence, instant, key, moment, wall
from tradepost.sync.action import Subject
from tradepost.sync.models import Review, Stream
from tradepost.sync.tasks import request_run

_DATE_FIELDS = FIELDS - {"rrule"}
ANSWERS = ("accepted", "tentative", "declined")


def add_event(actor: Actor, record: Record | None, values: Mapping[str, Any]) -> Event:
    """Add Event (A17): on a customer, contact or document, or on none; it goes into the owner's calendar, if one is
    connected."""
    actor.require(Permission.ACTIVITIES_EDIT)
    on = [record] if record else []
    check_records(actor, on)
    given = {name: value for name, value in values.items() if name != "visibility"}
    home = _home(actor)
    one = checked({"zone": home, **given}, None)
    shown = str(values.get("visibility") or Visibility.ALL)
    if shown not in Visibility.values:
        raise Invalid(
            fields={"visibility": _("Choose one of: {known}.").format(known=", ".join(Visibility.values))}
        )
    with transaction.atomic():
        activity = open_activity(
            actor, ActivityKind.EVENT, on, subject=one.title, status=ActivityStatus.OPEN,
            visibility=Visibility(shown),
        )  # fmt: skip
        row = new_row(activity, one.zone, None)
        store.save(row, one)
        audit.record(actor, "event.add", activity)
        send(actor, row)
    return row


def change_event(
    actor: Actor, event_id: int, values: Mapping[str, Any], *, version: int | None = None
) -> Event:
    """Change the named values of an event or of a whole series. A meeting of somebody else is not ours to change."""

    def change(one: CalendarEvent) -> CalendarEvent:
        return checked(values, one)

    return _changed(actor, event_id, "event.change", change, version)


def move_event(
    actor: Actor, event_id: int, start: str, end: str = "", *, version: int | None = None
) -> Event:
    """Move an event or a series by its first date; without ``end`` it keeps its length. Exceptions move along."""

    def change(one: CalendarEvent) -> CalendarEvent:
        moved = moment_of("start", start)
        last = moment_of("end", end) if end else moved + (one.end - one.start)
        made = checked({"start": key(moved), "end": key(last)}, one)
        if isinstance(one.start, datetime) is not isinstance(made.start, datetime):
            return replace(made, overrides={})
        by = made.start - one.start
        return replace(made, overrides=_along(one, by))

    return _changed(actor, event_id, "event.move", change, version)


def _shifted(one: Occurrence | None, by: timedelta) -> Occurrence | None:
    return one and replace(one, start=one.start + by, end=one.end + by)


def change_date(
    actor: Actor, event_id: int, original: str, values: Mapping[str, Any], *, version: int | None = None
) -> Event:
    """Change one date of a series, named by its original start."""

    def change(one: CalendarEvent) -> CalendarEvent:
        whole = date_of(one, original)
        if unknown := values.keys() - _DATE_FIELDS:
            raise Invalid(
                fields={name: _("A single date has no “{name}”.").format(name=name) for name in unknown}
            )
        base = CalendarEvent(**{name: getattr(whole, name) for name in Occurrence.__slots__})
        made = checked(values, base)
        date = Occurrence(**{name: getattr(made, name) for name in Occurrence.__slots__})
        return replace(one, overrides={**one.overrides, original: date})

    return _changed(actor, event_id, "event.change_date", change, version)


def date_of(one: CalendarEvent, original: str) -> Occurrence:
    """One date of a series as it is now. Raises ``Invalid`` where the series has no such date."""
    at = _date_of(one, original)
    if known := one.overrides.get(original):
        return known
    whole = Occurrence(**{name: getattr(one, name) for name in Occurrence.__slots__})
    return replace(whole, start=at, end=at + (one.end - one.start))


def change_series(
    actor: Actor, event_id: int, values: Mapping[str, Any], original: str = "", *, version: int | None = None
) -> Event:
    """Change a whole event by the values that one of its dates, ``original``, is to have: the series moves by as much
    as that date does, and its exceptions move along."""

    def change(one: CalendarEvent) -> CalendarEvent:
        if not original:
            return checked(values, one)
        made, first = checked(values, one), date_of(one, original)
        if first.all_day is not made.all_day:
            start = made.start.replace(year=one.start.year, month=one.start.month, day=one.start.day)
            return replace(made, start=start, end=start + (made.end - made.start), overrides={})
        by, length = made.start - first.start, made.end - made.start
        moved = replace(made, start=one.start + by, end=one.start + by + length)
        return replace(moved, overrides=_along(one, by)) if by else moved

    return _changed(actor, event_id, "event.change", change, version)


def _along(one: CalendarEvent, by: timedelta) -> dict[str, Occurrence | None]:
    return {key(moment(k) + by): _shifted(o, by) for k, o in one.overrides.items()}


def leave_out(actor: Actor, event_id: int, original: str, *, version: int | None = None) -> Event:
    """Cancel one date of a series."""

    def change(one: CalendarEvent) -> CalendarEvent:
        _date_of(one, original)
        return replace(one, overrides={**one.overrides, original: None})

    return _changed(actor, event_id, "event.leave_out", change, version)


def change_following(
    actor: Actor, event_id: int, original: str, values: Mapping[str, Any], *, version: int | None = None
) -> Event:
    """ "This and following": the series ends before ``original``, and a new one begins there with the values. Returns
    the new one, which stands on the same records."""
    with transaction.atomic():
        row, one = to_change(actor, event_id, version)
        at = _date_of(one, original)
        rest, kept = _split(one, original)
        first = replace(one, start=at, end=at + (one.end - one.start), uid="", stamp="", sequence=0,
                        rrule=rest, overrides={k: o for k, o in one.overrides.items() if k >= original})  # fmt: skip
        second = checked(values, first)
        before = audit.snapshot(row.activity)
        store.save(
            row, replace(one, rrule=kept, overrides={k: o for k, o in one.overrides.items() if k < original})
        )
        audit.record(actor, "event.end_before", row.activity, before)
        on = [Record(link.record_kind, link.record_id) for link in row.activity.links.all()]
        activity = open_activity(actor, ActivityKind.EVENT, on, subject=second.title, status=ActivityStatus.OPEN,
                                 visibility=Visibility(row.activity.visibility), owner_id=row.activity.owner_id)  # fmt: skip
        following = new_row(activity, second.zone, row.stream)
        store.save(following, second)
        audit.record(actor, "event.add", activity)
        send(actor, following)
    return following


def _split(one: CalendarEvent, original: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rules from ``original`` on, and those until before it. A COUNT is shared out."""
    at = moment(original)
    if not one.rrule or len(one.rrule) > 1:
        raise Conflict(_("Only a series with one rule can be split."), cure=_("Change single dates instead."))
    parts = dict(part.split("=", 1) for part in one.rrule[0].partition(":")[2].split(";"))
    before = sum(1 for start in _starts(one) if start < at)
    if before == 0:
        raise Conflict(_("This is the first date of the series."), cure=_("Change the whole series instead."))
    rest, kept = dict(parts), {k: v for k, v in parts.items() if k not in ("COUNT", "UNTIL")}
    if "COUNT" in parts:
        rest["COUNT"] = str(int(parts["COUNT"]) - before)
    kept["COUNT"] = str(before)
    return tuple(f"RRULE:{';'.join(f'{k}={v}' for k, v in rules.items())}" for rules in (rest,)), (
        f"RRULE:{';'.join(f'{k}={v}' for k, v in kept.items())}",
    )


def _starts(one: CalendarEvent) -> Any:
    """The original starts of a series with one rule, up to 5,000, as moments."""
    timed = isinstance(one.start, datetime)
    start = one.start if isinstance(one.start, datetime) else datetime.combine(one.start, datetime.min.time())
    rule = ";".join(p for p in one.rrule[0].partition(":")[2].split(";") if not p.startswith("UNTIL"))
    until = next((p[6:14] for p in one.rrule[0].split(";") if p.startswith("UNTIL")), "99991231")
    for n, at in enumerate(rrulestr(rule, dtstart=start)):
        if n == 5000 or f"{at:%Y%m%d}" > until:
            return
        yield at if timed else at.date()


def _date_of(one: CalendarEvent, original: str) -> Any:
    at = moment_of("original", original)
    if not one.rrule:
        raise Conflict(_("This event does not repeat."), cure=_("Change the event itself."))
    if original not in one.overrides and len(one.rrule) == 1 and at not in set(_starts(one)):
        raise Invalid(fields={"original": _("The series has no date {original}.").format(original=original)})
    return at


def cancel_event(actor: Actor, event_id: int) -> Event:
    """Call an event off: it stays on the timeline and in the calendar, marked as cancelled."""
    return _changed(actor, event_id, "event.cancel", lambda one: replace(one, status="cancelled"), None)


def delete_event(actor: Actor, event_id: int) -> Event:
    """Remove an event: from the calendar with the next pass (A20), and from Open Activities. History keeps it."""
    with transaction.atomic():
        row, _ = to_change(actor, event_id, None, own=False)
        before = audit.snapshot(row.activity)
        row.deleted_at, row.activity.status = clock.now(), ActivityStatus.CANCELLED
        row.revision += 1
        row.activity.version += 1
        row.activity.save()
        row.save()
        row.activity.links.update(open=False)
        audit.record(actor, "event.delete", row.activity, before)
        send(actor, row)
    return row


def answer(actor: Actor, event_id: int, said: str) -> Event:
    """Accept, decline or accept tentatively: the one thing of somebody else's meeting that is ours."""
    if said not in ANSWERS:
        raise Invalid(fields={"answer": _("Choose one of: {known}.").format(known=", ".join(ANSWERS))})
    me = {fold_email(User.objects.get(pk=actor.user_id).email)} if actor.user_id else set()

    def change(one: CalendarEvent) -> CalendarEvent:
        if not any(who.email in me for who in one.attendees):
            raise Conflict(_("You are not among those invited."), cure=_("Ask the organiser to invite you."))
        people = tuple(replace(who, answer=said) if who.email in me else who for who in one.attendees)
        return replace(one, attendees=people)

    return _changed(actor, event_id, "event.answer", change, None, own=False)


def resolve_question(actor: Actor, review: Review, choice: str, answer: Mapping[str, Any]) -> None:
    """The answer to a question of a sync counts from the next pass on, which is asked for. Where the calendar itself is
    gone there is no next pass before its owner has chosen another one."""
    actor.require(Permission.ACTIVITIES_EDIT)
    if review.stream_id is None:
        return
    if review.facts.get("subject") == Subject.CONTAINER_VANISHED:
        Stream.objects.filter(pk=review.stream_id).update(enabled=False, paused=False, next_run_at=None)
    else:
        request_run(review.stream_id, "answer", actor.user_id)


def resolve_overwritten(actor: Actor, review: Review, choice: str, answer: Mapping[str, Any]) -> None:
    """``swap`` puts the overwritten value back, and it travels as an edit; ``leave`` leaves it."""
    if choice != "swap":
        return
    facts = review.facts
    lost = facts["remote"] if facts["winner"] == "app" else facts["app"]
    row = Event.objects.of(actor).filter(key=facts["app_id"]).first()
    if row is None:
        raise Conflict(_("The event is no longer there."), cure=_("Leave it as it is."))
    _swap(actor, row.pk, dict(zip(facts["cells"], lost, strict=True)))


def _swap(actor: Actor, event_id: int, cells: Mapping[str, Any]) -> None:
    def change(one: CalendarEvent) -> CalendarEvent:
        values = records.KIND.cells(records.fields(one, ()))
        return records.event(records.KIND.whole({**values, **cells}), one, ())

    _changed(actor, event_id, "event.swap", change, None, own=False)


def reschedule(
    actor: Actor,
    activity_id: int,
    start: datetime | date,
    end: datetime | date | None = None,
    *,
    original: str = "",
    version: int | None = None,
) -> Activity:
    """Move what a calendar shows, or change its length: instants, or dates for whole days (``end`` exclusive). Of a
    series only the date ``original``. A task or call gets another due date."""
    seen = Activity.objects.filter(visible(actor)).pick(actor, activity_id)
    if seen.kind != ActivityKind.EVENT:
        at = start if isinstance(start, datetime) else instant(start, _home(actor))
        return change_activity(actor, activity_id, {"due": at}, version=version)
    row = row_of(actor, activity_id)
    zone = row.zone or _home(actor)
    values = {"start": _told(start, zone), "end": _told(end, zone) if end else ""}
    if isinstance(start, datetime):
        values["zone"] = zone
    if original and row.recurring:
        return change_date(actor, row.pk, original, values, version=version).activity
    if not end:
        return move_event(actor, row.pk, values["start"], version=version).activity
    return change_event(actor, row.pk, values, version=version).activity


def _told(at: datetime | date, zone: str) -> str:
    return key(wall(at, zone).replace(fold=0) if isinstance(at, datetime) else at)


def row_of(actor: Actor, activity_id: int) -> Event:
    """The event of an activity that the actor sees; made where the activity came without one."""
    activity = Activity.objects.filter(visible(actor), kind=ActivityKind.EVENT).pick(actor, activity_id)
    row = Event.objects.filter(activity=activity).select_related("activity").first()
    if row is None:
        made = new_row(activity, _home(actor), None)
        Event.objects.bulk_create([made], ignore_conflicts=True)
        row = Event.objects.select_related("activity").get(activity=activity)
    return row


# -- the common way ----------------------------------------------------------------------------------------------


def _changed(
    actor: Actor,
    event_id: int,
    what: str,
    change: Callable[[CalendarEvent], CalendarEvent],
    version: int | None,
    *,
    own: bool = True,
) -> Event:
    with transaction.atomic():
        row, one = to_change(actor, event_id, version, own=own)
        before = audit.snapshot(row.activity)
        store.save(row, change(one))
        audit.record(actor, what, row.activity, before)
        send(actor, row)
    return row


def to_change(
    actor: Actor, event_id: int, version: int | None, *, own: bool = True
) -> tuple[Event, CalendarEvent]:
    """The locked row and its event. ``version`` is the activity's. ``own``: refuse a meeting that another organises."""
    actor.require(Permission.ACTIVITIES_EDIT)
    seen = Event.objects.select_related("activity").pick(actor, event_id)
    activity = Activity.objects.filter(visible(actor)).pick_for_change(actor, seen.activity_id, version)
    row = Event.objects.pick_for_change(actor, event_id)
    row.activity = activity
    if row.deleted_at is not None:
        raise Conflict(_("This event was deleted."), cure=_("Undo the deletion first, or add a new event."))
    one = store.load(row, _home(actor))
    owner = User.objects.filter(pk=activity.owner_id or 0).values_list("email", flat=True)
    if own and records.foreign(one, set(owner)):
        raise NotOnesOwn(
            _("{who} organises this meeting.").format(
                who=one.organizer.name or one.organizer.email if one.organizer else ""
            )
        )
    return row, one


def _home(actor: Actor) -> str:
    return Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)


def send(actor: Actor, row: Event) -> None:
    """Ask the calendars that hold the event, or will, for a pass."""
    streams = Stream.objects.of(actor).filter(kind="pim.calendar", enabled=True)
    own = streams.filter(connection__owner_id=row.activity.owner_id)
    wanted = set(own.values_list("pk", flat=True))
    wanted |= set(streams.filter(pk=row.stream_id or 0).values_list("pk", flat=True))
    for stream_id in sorted(wanted):
        request_run(stream_id, "change", actor.user_id)
