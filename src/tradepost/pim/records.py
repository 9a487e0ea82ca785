"""``CalendarEvent`` ↔ the reconciler's fields (pure).

A meeting that somebody else organises is compared without the others' answers, which only its organiser knows; what may
be written of it is one's own answer alone (defaults 14). The field ``answer`` is that of the person whose calendar it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from tradepost.pim.types import Attendee, CalendarEvent, Occurrence, identity, key, moment
from tradepost.sync.presets import EVENT
from tradepost.sync.record import Fields, MatchKey, Record

# Wall-clock times of different zones are different times; and an event knows its organiser (D22).
KIND = replace(
    EVENT, fields=(*EVENT.fields, "organizer"), keys=(MatchKey(("title", "start", "end", "zone")),)
)
_TEXTS = ("zone", "title", "location", "description", "status")


def foreign(event: CalendarEvent, me: Collection[str]) -> bool:
    """Whether somebody else organises it."""
    return event.organizer is not None and event.organizer.email not in me


def fields(event: CalendarEvent, me: Collection[str]) -> dict[str, Any]:
    """The fields of ``sync.presets.EVENT`` as the person with the addresses ``me`` sees them."""
    others = foreign(event, me)
    own = next((who.answer for who in event.attendees if who.email in me), "") if others else ""
    overrides = {original: _occurrence(one, others) if one else {"left_out": True}
                 for original, one in event.overrides.items()}  # fmt: skip
    return {
        **_occurrence(event, others),
        "all_day": event.all_day,
        "rrule": list(event.rrule),
        "overrides": overrides,
        "answer": own,
        "organizer": _person(event.organizer, True) if event.organizer else None,
    }


def _occurrence(one: Occurrence, others: bool) -> dict[str, Any]:
    texts = {name: getattr(one, name) for name in _TEXTS if getattr(one, name)}
    people = [_person(who, others) for who in one.attendees]
    lists: dict[str, Any] = {"attendees": people, "reminders": list(one.reminders)}
    return {"start": key(one.start), "end": key(one.end), **texts, **{k: v for k, v in lists.items() if v}}


def _person(who: Attendee, others: bool) -> dict[str, str]:
    shown = ("email", "name", "role") if others else ("email", "name", "role", "answer")
    return {name: getattr(who, name) for name in shown if getattr(who, name)}


def event(values: Fields, base: CalendarEvent | None, me: Collection[str]) -> CalendarEvent:
    """``base`` with the fields' values; what the fields do not say stays. Raises ``ValueError`` for bad times."""
    given: Mapping[str, Any] = values
    organizer = _organizer(given, base)
    others = organizer is not None and organizer.email not in me
    old = dict(base.overrides) if base else {}
    overrides = {original: _told(one, old.get(original), others)
                 for original, one in (given.get("overrides") or {}).items()}  # fmt: skip
    whole = _told(given, base, others)
    assert whole is not None
    common = {name: getattr(whole, name) for name in Occurrence.__slots__}
    if others and given.get("answer"):
        common["attendees"] = tuple(replace(who, answer=given["answer"]) if who.email in me else who
                                    for who in common["attendees"])  # fmt: skip
    start = base or CalendarEvent(start=whole.start, end=whole.end)
    rules = tuple(given.get("rrule") or ())
    return replace(start, **common, rrule=rules, overrides=overrides, organizer=organizer)


def _organizer(given: Mapping[str, Any], base: CalendarEvent | None) -> Attendee | None:
    said, known = given.get("organizer"), base.organizer if base else None
    if not said or (known and known.email == said["email"]):
        return known
    return Attendee(said["email"], said.get("name", ""), "", said.get("role", ""))


def _told(given: Mapping[str, Any], base: Occurrence | None, others: bool) -> Occurrence | None:
    if given.get("left_out"):
        return None
    known = {who.email: who.answer for who in base.attendees} if base else {}
    people = tuple(
        Attendee(p["email"], p.get("name", ""), known.get(p["email"], "") if others else p.get("answer", ""),
                 p.get("role", ""))
        for p in given.get("attendees") or ()
    )  # fmt: skip
    return Occurrence(
        start=moment(given["start"]),
        end=moment(given["end"]),
        **{name: given.get(name) or "" for name in _TEXTS},
        attendees=people,
        reminders=tuple(int(n) for n in given.get("reminders") or ()),
    )


def writable(one: CalendarEvent, me: Collection[str], notifies: bool) -> frozenset[str] | None:
    """What we may write of a remote event. On a server that sends invitations by itself, a meeting that it is
    responsible for is left alone, but for one's own reminders: a sync never notifies anybody (pain 1)."""
    if foreign(one, me):
        return frozenset({"answer", "reminders"})
    if notifies and one.scheduled:
        return frozenset({"reminders"})
    return None


def record(
    id: str, version: str, one: CalendarEvent, me: Collection[str], *, notifies: bool = False, body: str = "",
    known_contact: bool = False, past: bool = False,
) -> Record:  # fmt: skip
    """A remote event as the reconciler takes it."""
    return Record(
        id=id,
        version=version,
        fields=fields(one, me),
        changed=one.changed,
        stamp=one.stamp,
        uid=identity(one),
        writable=writable(one, me, notifies),
        known_contact=known_contact,
        past=past,
        body=body,
    )
