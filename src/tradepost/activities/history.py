"""Activities that happened before the company came here, brought over from another system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus, DeliveryState, Message
from tradepost.activities.records import Record
from tradepost.activities.services import File, attach, check_records, keep_file, open_activity


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
    """Write activities down as they were, visible to everybody here. All or none; nothing is sent by it."""
    actor.require(Permission.ACTIVITIES_EDIT)
    with transaction.atomic():
        found = [_bring(actor, one) for one in past]
        audit.record(actor, "activity.bring", None, {}, {"count": len(found)})
    return found


def _bring(actor: Actor, past: PastActivity) -> Activity:
    check_records(actor, [past.record])
    activity = open_activity(
        actor,
        past.kind,
        [past.record],
        subject=past.subject,
        text=past.text,
        at=past.at,
        status=past.status,
        owner_id=past.owner_id,
        **past.times,
    )
    rows = Message.objects.bulk_create([_message(activity, one) for one in past.messages])
    for row, one in zip(rows, past.messages, strict=True):
        if one.files:
            attach(activity, [keep_file(actor.organisation_id, file) for file in one.files], row)
    return activity


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
        reason="It was brought over from another system.",
    )
