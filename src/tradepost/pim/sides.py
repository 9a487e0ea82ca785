"""Events as the two sides of a stream: our rows, and a calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.activities import services as activities
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus, Visibility
from tradepost.activities.records import Record as OnRecord
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Invalid
from tradepost.people.models import EmailAddress
from tradepost.pim import records, store
from tradepost.pim.errors import Malformed, NotAnEvent
from tradepost.pim.models import Event
from tradepost.pim.ports import Calendar
from tradepost.pim.types import CalendarEvent
from tradepost.sync.errors import IdentityTaken, VersionMismatch
from tradepost.sync.models import Binding, Stream
from tradepost.sync.plan import Verb, Write, Written
from tradepost.sync.record import Bond, Fields, Kind, Presence, Record
from tradepost.sync.sides import Changes

_VERSION = Concat(
    Cast("activity__version", TextField()),
    Value(".", output_field=TextField()),
    Cast("revision", TextField()),
)


class EventRows:
    """The app's side. ``me``: the addresses of the calendar's owner. ``adopts``: events that he adds without naming a
    calendar live in this one. ``history_days``: how far back events without a counterpart are sent; what is bound stays
    so, however the window moves."""

    def __init__(
        self, stream: Stream, kind: Kind, me: Collection[str], *, adopts: bool = True, history_days: int = 90
    ) -> None:
        self.stream, self.kind, self.me, self.adopts = stream, kind, me, adopts
        self.owner_id = stream.connection.owner_id
        self.zone = stream.organisation.time_zone
        self.since = clock.now() - timedelta(days=history_days)
        self.keys: dict[str, int] = {}

    def changed(self, everything: bool, uids: Collection[str]) -> dict[str, Record]:
        if self.adopts and self.owner_id:
            self._adopt()
        bindings = Binding.objects.filter(stream=self.stream)
        bound = bindings.filter(record_id=OuterRef("pk")).annotate(
            v=KeyTextTransform("app_version", "shadow")
        )
        rows = self._rows().filter(
            Q(stream=self.stream) | Q(pk__in=bindings.values("record_id")) | Q(uid__in=list(uids))
        )
        rows = rows.annotate(now=_VERSION, bound=Subquery(bound.values("v")[:1]))
        series = Q(recurring=True) & (Q(repeats_until=None) | Q(repeats_until__gte=self.since))
        living = Q(deleted_at=None) & (Q(activity__ends__gte=self.since) | series)
        fresh = Q(bound=None) & (living | Q(uid__in=list(uids)))
        moved = Q(bound__isnull=False) & (~Q(bound=_VERSION) | Q(deleted_at__isnull=False))
        wanted = fresh | (Q(bound__isnull=False) if everything else moved)
        found = [self._record(row) for row in rows.filter(wanted)]
        return {record.id: record for record in (*found, *self._purged(bindings))}

    def _rows(self) -> QuerySet[Event]:
        return Event.objects.filter(organisation_id=self.stream.organisation_id).select_related("activity")

    def _purged(self, bindings: QuerySet[Binding]) -> Iterable[Record]:
        there = Event.objects.filter(pk=OuterRef("record_id"))
        for row in bindings.filter(~Exists(there)):
            self.keys[row.shadow["app_id"]] = row.record_id
            yield Record(row.shadow["app_id"], "purged", presence=Presence.DELETED)

    def _adopt(self) -> None:
        """Events of the owner that no calendar has yet: they were added on a record (A17) before or beside this room."""
        mine = Activity.objects.filter(
            organisation_id=self.stream.organisation_id,
            owner_id=self.owner_id,
            kind=ActivityKind.EVENT,
            trashed_at=None,
        )
        Event.objects.filter(stream=None, deleted_at=None, activity__in=mine).update(stream=self.stream)
        lacking = mine.filter(event=None, status=ActivityStatus.OPEN)
        Event.objects.bulk_create([new_row(activity, self.zone, self.stream) for activity in lacking])

    def _record(self, row: Event) -> Record:
        id = row.key.hex
        self.keys[id] = row.pk
        version = f"{row.activity.version}.{row.revision}"
        if row.deleted_at is not None:
            return Record(id, version, presence=Presence.DELETED, changed=row.deleted_at, uid=row.uid)
        one = store.load(row, self.zone)
        moved = row.cancelled_there and row.activity.owner_id == self.owner_id
        return Record(id, version, records.fields(one, self.me), changed=row.activity.updated_at, uid=row.uid,
                      cancelled=moved)  # fmt: skip

    def elsewhere(self, app_ids: Collection[str]) -> set[str]:
        """The events that stand in another calendar that is synced. Where the organiser deletes a meeting, only his own
        other calendars count (he moved it): in those of the guests it may stay for ever."""
        rows = list(self._rows().filter(key__in=[UUID(id) for id in app_ids]))
        bindings = Binding.objects.filter(
            record_id__in=[row.pk for row in rows], kind=self.kind.name, tombstone=""
        )
        others = bindings.filter(shadow__bond=Bond.LIVE, stream__enabled=True).exclude(stream=self.stream)
        owners = set(others.values_list("record_id", "stream__connection__owner_id"))
        anybodys = {record_id for record_id, _ in owners}
        return {row.key.hex for row in rows
                if ((row.pk, self.owner_id) in owners if self._is_organiser(row) else row.pk in anybodys)}  # fmt: skip

    def _is_organiser(self, row: Event) -> bool:
        who = row.details.get("organizer")
        return bool(who) and who["email"] in self.me

    def key(self, app_id: str) -> int:
        if app_id not in self.keys:
            self.keys[app_id] = Event.objects.values_list("pk", flat=True).get(key=UUID(app_id))
        return self.keys[app_id]

    def lock(self, app_id: str) -> Record | None:
        row = self._locked(app_id)
        return self._record(row) if row else None

    def _locked(self, app_id: str) -> Event | None:
        return self._rows().select_for_update(of=("self", "activity")).filter(key=UUID(app_id)).first()

    def write(self, write: Write) -> Record:
        actor = Actor.system(self.stream.organisation_id)
        if write.verb is Verb.CREATE or not (row := self._locked(write.id)):
            row, before = self._create(actor, write), {}
        else:
            before = audit.snapshot(row.activity)
            self._change(row, write)
        audit.record(actor, f"event.sync.{write.verb}", row.activity, before)
        return self._record(row)

    def _create(self, actor: Actor, write: Write) -> Event:
        one = self._event(write.after, None)
        owner = replace(actor, user_id=self.owner_id)
        activity = activities.open_activity(
            owner, ActivityKind.EVENT, self._contacts(one), subject=one.title, status=ActivityStatus.OPEN,
            visibility=Visibility.OWNER if self.owner_id else Visibility.ALL,
        )  # fmt: skip
        row = new_row(activity, one.zone, self.stream, write.uid)
        store.save(row, one)
        return row

    def _contacts(self, one: CalendarEvent) -> list[OnRecord]:
        """The known people who take part: the event stands on them."""
        ids = known_people(self.stream.organisation_id, {who.email for who in one.attendees} - set(self.me))
        return [OnRecord("contact", id) for id in sorted(set(ids.values()))]

    def _change(self, row: Event, write: Write) -> None:
        match write.verb:
            case Verb.CANCEL:
                row.activity.status, row.cancelled_there = ActivityStatus.CANCELLED, True
            case Verb.DELETE | Verb.TRASH:
                row.deleted_at, row.activity.status = clock.now(), ActivityStatus.CANCELLED
            case Verb.RESTORE:
                row.deleted_at, row.cancelled_there = None, False
                row.activity.status = ActivityStatus.OPEN
                if row.activity.owner_id == self.owner_id:
                    row.stream = self.stream  # it may have been moved here from another calendar
        one = store.load(row, self.zone)
        store.save(row, self._event(write.after, one) if write.verb in (Verb.UPDATE, Verb.RESTORE) else one)

    def _event(self, after: Fields, base: CalendarEvent | None) -> CalendarEvent:
        return translated(self.kind, after, base, self.me)


class CalendarSide:
    """The remote side. ``since``: what ended before lies before the time window."""

    def __init__(
        self,
        calendar: Calendar,
        kind: Kind,
        organisation_id: int,
        me: Collection[str],
        since: datetime | None = None,
    ) -> None:
        self.calendar, self.kind, self.organisation_id = calendar, kind, organisation_id
        self.since = since
        self.me = frozenset(me) | calendar.addresses

    def changes(self, cursor: str) -> Changes:
        return self.calendar.changes(cursor)

    def read(self, ids: Collection[str]) -> tuple[dict[str, Record], dict[str, Fault]]:
        found = {id: Record(id, "", presence=Presence.DELETED) for id in ids}
        events: dict[str, CalendarEvent] = {}
        problems: dict[str, Fault] = {}
        for item in self.calendar.get(list(ids)):
            found.pop(item.id, None)
            try:
                events[item.id] = one = self.calendar.read(item.body)
            except NotAnEvent:
                continue
            except Malformed as fault:
                problems[item.id] = fault
                continue
            found[item.id] = records.record(item.id, item.version, one, self.me, body=item.body,
                                            notifies=self.calendar.capabilities.notifies, past=self._is_past(one))  # fmt: skip
        known = known_people(
            self.organisation_id, {w.email for one in events.values() for w in one.attendees}
        )
        for id, one in events.items():
            if known and not known.keys().isdisjoint({w.email for w in one.attendees} - self.me):
                found[id] = replace(found[id], known_contact=True)
        return found, problems

    def _is_past(self, one: CalendarEvent) -> bool:
        last = store.last(one) if self.since else None
        return bool(self.since and last and last < self.since)

    def write(self, write: Write) -> Written | None:
        if write.verb.removes:
            if not write.expect:
                raise VersionMismatch()
            self.calendar.delete(write.id, write.expect)
            return None
        body = write.body
        if write.verb is not Verb.RESTORE or not body:
            base = self.calendar.read(body) if body else None
            one = translated(self.kind, write.after, base, self.me)
            if base is None:
                one = replace(one, uid=write.uid or f"{write.id}@tradepost", stamp=write.stamp)
            body = self.calendar.write(one, clock.now(), body)
        expect = "" if write.verb in (Verb.CREATE, Verb.RESTORE) else write.expect
        if write.verb is Verb.UPDATE and not expect:
            raise VersionMismatch()
        version = self.calendar.put(write.id, body, expect)
        read, problems = self.read([write.id])
        if write.id in problems:
            raise problems[write.id]
        found = read.get(write.id)
        if not expect and (found is None or not found.here):
            raise IdentityTaken()  # the server took it, and calls it by another name
        return Written(write.id, version, found)


def translated(kind: Kind, after: Fields, base: CalendarEvent | None, me: Collection[str]) -> CalendarEvent:
    """``base`` with the mapped fields of ``after``. Raises ``Invalid`` where they make no event."""
    given: dict[str, Any] = dict(records.fields(base, me)) if base else {}
    given |= {name: after.get(name) for name in kind.fields}
    try:
        return records.event(given, base, me)
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(_("The event's times cannot be stored: {error}.").format(error=error)) from error


def new_row(activity: Activity, zone: str, stream: Stream | None, uid: str = "") -> Event:
    row = Event(organisation_id=activity.organisation_id, activity=activity, stream=stream, zone=zone)
    row.uid = uid or f"{row.key}@tradepost"
    return row


def known_people(organisation_id: int, emails: Collection[str]) -> dict[str, int]:
    """The contacts with these addresses, by address."""
    rows = EmailAddress.objects.filter(
        organisation_id=organisation_id, email__in=list(emails), contact__isnull=False
    )
    return (
        {email: contact for email, contact in rows.values_list("email", "contact_id") if contact}
        if emails
        else {}
    )
