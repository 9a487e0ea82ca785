"""Invite: a person sees the list of recipients and presses; the invitation goes out by his own mail account, and the
answers that come back by mail stand on the event. Nothing else in this room ever writes to anybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.activities.models import Activity, ActivityKind, Message
from tradepost.activities.records import Record
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.pim import ical, itip, services, store, zones
from tradepost.pim.itip import Reply
from tradepost.pim.models import Event, Invitation
from tradepost.pim.types import Attendee, CalendarEvent, instant, key, moment, wall
from tradepost.sync import registry


@dataclass(frozen=True, slots=True)
class Proposal:
    """What pressing Invite would send, and to whom."""

    guests: tuple[Attendee, ...]
    subject: str
    text: str


def propose(actor: Actor, event_id: int) -> Proposal:
    """The recipients and the words, for a person to look at; nothing is sent."""
    with transaction.atomic():
        _row, one = _own(actor, event_id)
    word = "Cancelled" if one.status == "cancelled" else "Invitation"
    place = f"\n{one.location}" if one.location else ""
    words = f"{one.title}\n{when(one)}{place}\n\n{one.description}".strip()
    return Proposal(tuple(one.attendees), f"{word}: {one.title}", words)


def when(one: CalendarEvent) -> str:
    """``Tue 1 Dec 2026, 10:00–11:00 (Europe/Berlin)``."""
    if not isinstance(one.start, datetime) or not isinstance(one.end, datetime):
        return f"{one.start:%a %-d %b %Y}"
    until = f"{one.end:%H:%M}" if one.end.date() == one.start.date() else f"{one.end:%a %-d %b %Y, %H:%M}"
    zone = f" ({one.zone})" if one.zone else ""
    return f"{one.start:%a %-d %b %Y, %H:%M}–{until}{zone}"


def invite(actor: Actor, event_id: int, account_id: int, emails: Collection[str], text: str = "") -> Message:
    """Send the meeting to these attendees by a mail account of the actor's; to all of them the same (RFC 5546 §3.2.2).
    A meeting that was called off is called off with them (§3.2.5)."""
    actor.require(Permission.MAIL_SEND)
    with transaction.atomic():
        row, one = _own(actor, event_id)
        proposal = propose(actor, event_id)
        chosen = [who for who in proposal.guests if who.email in emails]
        if not chosen or len(chosen) < len(set(emails)):
            raise Invalid(fields={"emails": _("Choose whom to invite among the attendees.")})
        known = row.invitations.aggregate(last=Max("sequence"))["last"]
        sequence = max(one.sequence, 0 if known is None else known + 1)

        def write(email: str, name: str) -> str:
            return itip.invitation(one, Attendee(email, name), clock.now(), sequence)

        on = tuple(Record(link.record_kind, link.record_id) for link in row.activity.links.all())
        to = ", ".join(f'"{_plain(who.name)}" <{who.email}>' if who.name else who.email for who in chosen)
        message, sender = registry.hook("mail.invite")(
            actor, account_id, write, to=to, subject=proposal.subject, text=text or proposal.text, records=on
        )
        for who in chosen:
            Invitation.objects.update_or_create(
                event=row, email=who.email,
                defaults={"organisation_id": row.organisation_id, "sender": sender, "sequence": sequence,
                          "sent_at": clock.now()},
            )  # fmt: skip
        audit.record(actor, "event.invite", row.activity, {}, {"to": [who.email for who in chosen]})
    return message  # type: ignore[no-any-return]


def _plain(name: str) -> str:
    return name.replace('"', "").replace("\\", "")


def _own(actor: Actor, event_id: int) -> tuple[Event, CalendarEvent]:
    """An event that the actor may change, and that has somebody to invite."""
    row, one = services.to_change(actor, event_id, None)
    if not one.attendees:
        raise Conflict(_("Nobody else takes part in this event."), cure=_("Add attendees first."))
    return row, one


# -- what comes back ---------------------------------------------------------------------------------------------


def answered(organisation_id: int, sender: str, content: bytes) -> list[str]:
    """Take the answers of a mail in: of invited people, about themselves, newer than what is known. The titles of the
    events. Raises ``Malformed``."""
    told = [reply for reply in itip.replies(ical.read(content)) if reply.email == sender]
    with transaction.atomic():
        return [title for reply in told if (title := _take(organisation_id, reply))]


_ANSWERED = {
    "accepted": gettext_noop("{name} accepted: {title}"),
    "declined": gettext_noop("{name} declined: {title}"),
    "tentative": gettext_noop("{name} tentative: {title}"),
}


def _take(organisation_id: int, reply: Reply) -> str:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("event")
    found = rows.filter(organisation_id=organisation_id, event__uid=reply.uid, email=reply.email).first()
    if found is None or (reply.at and found.answered_at and reply.at < found.answered_at):
        return ""
    actor = Actor.system(organisation_id)
    row = (
        Event.objects.select_related("activity", "organisation")
        .select_for_update(of=("self",))
        .get(pk=found.event_id)
    )
    row.activity = Activity.objects.select_for_update().get(pk=row.activity_id, kind=ActivityKind.EVENT)
    before, one = audit.snapshot(row.activity), store.load(row, row.organisation.time_zone)
    store.save(row, _with(one, reply))
    Invitation.objects.filter(pk=found.pk).update(answered_at=reply.at or clock.now())
    audit.record(actor, "event.answered", row.activity, before, {"who": reply.email, "answer": reply.answer})
    services.send(actor, row)
    name = next((who.name for who in one.attendees if who.email == reply.email), "") or reply.email
    notify(organisation_id, f"event:{row.pk}:answer:{reply.email}",
           _ANSWERED[reply.answer].format(name=name, title=one.title),
           user_id=row.activity.owner_id, link=f"/activities/{row.activity_id}/")  # fmt: skip
    return one.title


def _with(one: CalendarEvent, reply: Reply) -> CalendarEvent:
    """The answer on the event, or on the one date that it is about."""

    def marked(people: tuple[Attendee, ...]) -> tuple[Attendee, ...]:
        return tuple(replace(who, answer=reply.answer) if who.email == reply.email else who for who in people)

    if reply.original is None or not one.rrule:
        return replace(one, attendees=marked(one.attendees))
    at, zone = reply.original
    original = key(
        wall(instant(at, zone), one.zone or zones.UTC) if isinstance(at, datetime) and zone else at
    )
    if original not in one.overrides:
        date = moment(original)
        if isinstance(date, datetime) is not isinstance(one.start, datetime):
            return replace(one, attendees=marked(one.attendees))
    shown = services.date_of(one, original)
    return replace(
        one, overrides={**one.overrides, original: replace(shown, attendees=marked(shown.attendees))}
    )
