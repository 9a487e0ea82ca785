"""Activities that happened before the company came here, brought over from another system."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus, DeliveryState, Link, Message
from tradepost.activities.records import Record
from tradepost.activities.services import RECORD_MODELS, File, attach, beside, keep_file
from tradepost.kit.errors import Missing
from tradepost.kit.words import gettext_noop

BATCH = 500


@dataclass(frozen=True, slots=True)
class PastMessage:
    """An e-mail as it was. Addresses are ``{"email", "name"}``; ``message_id`` is without brackets."""

    outgoing: bool
    message_id: str
    sender: Mapping[str, str]
    to: Sequence[Mapping[str, str]]
    subject: str
    at: datetime
    text: str
    references: tuple[str, ...] = ()  # oldest first; the last one is what it answers
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class PastActivity:
    """An activity as it was; ``times`` are ``due``, ``starts``, ``ends`` and ``all_day`` where the kind has them."""

    kind: ActivityKind
    record: Record
    owner_id: int
    at: datetime
    subject: str = ""
    text: str = ""
    status: ActivityStatus = ActivityStatus.DONE
    times: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[PastMessage, ...] = ()


def bring_activities(actor: Actor, past: Iterable[PastActivity]) -> list[Activity]:
    """Write activities down as they were, visible to everybody here, in a few statements. All or none; nothing is
    sent by it."""
    actor.require(Permission.ACTIVITIES_EDIT)
    rows = list(past)
    places = _places(actor, {row.record for row in rows})
    with transaction.atomic():
        activities = Activity.objects.bulk_create([_activity(actor, row) for row in rows], BATCH)
        pairs = list(zip(activities, rows, strict=True))
        Link.objects.bulk_create([_link(one, at) for one, row in pairs for at in places[row.record]], BATCH)
        messages = Message.objects.bulk_create(
            [_message(one, m) for one, row in pairs for m in row.messages], BATCH
        )
        for message, was in zip(messages, (m for row in rows for m in row.messages), strict=True):
            if was.files:
                attach(
                    message.activity, [keep_file(actor.organisation_id, file) for file in was.files], message
                )
        audit.record(actor, "activity.bring", None, {}, {"count": len(activities)})
    return activities


def _places(actor: Actor, records: Collection[Record]) -> dict[Record, list[Record]]:
    """Where an activity on each record stands: on it, and on the parties that it names (X2).

    Raises ``Missing`` for a record that is not there.
    """
    found: dict[Record, list[Record]] = {}
    for kind, model in RECORD_MODELS.items():
        ids = [record.id for record in records if record.kind == kind]
        for row in model.objects.of(actor).filter(pk__in=ids):
            named = {other: getattr(row, f"{other}_id") for other in beside(kind)}
            others = [Record(other, pk) for other, pk in named.items() if pk is not None]
            found[Record(kind, row.pk)] = [Record(kind, row.pk), *others]
    if missing := set(records) - found.keys():
        record = min(missing)
        raise Missing(f"{record.kind} {record.id}")
    return found


def _activity(actor: Actor, past: PastActivity) -> Activity:
    return Activity(
        organisation_id=actor.organisation_id,
        kind=past.kind,
        status=past.status,
        subject=past.subject,
        text=past.text,
        at=past.at,
        owner_id=past.owner_id,
        **past.times,
    )


def _link(activity: Activity, record: Record) -> Link:
    return Link(
        organisation_id=activity.organisation_id,
        activity=activity,
        record_kind=record.kind,
        record_id=record.id,
        at=activity.at,
        open=activity.status == ActivityStatus.OPEN,
    )


def _message(activity: Activity, past: PastMessage) -> Message:
    return Message(
        organisation_id=activity.organisation_id,
        activity=activity,
        outgoing=past.outgoing,
        message_id=past.message_id,
        in_reply_to=past.references[-1] if past.references else "",
        references=list(past.references),
        sender=dict(past.sender),
        sender_email=past.sender["email"],
        to=[dict(one) for one in past.to],
        subject=past.subject,
        at=past.at,
        text=past.text,
        state=DeliveryState.SENT if past.outgoing else DeliveryState.RECEIVED,
        reason=gettext_noop("It was brought over from another system."),
    )
