"""A case out of an e-mail: its subject and words begin the form, and the conversation stands on the case afterwards."""

from __future__ import annotations

from typing import Any

from tradepost.accounts.access import Actor
from tradepost.activities import services
from tradepost.activities.models import Message
from tradepost.activities.records import Record
from tradepost.people.models import Kept, Source
from tradepost.web.files import seen
from tradepost.web.numbers import number
from tradepost.web.shell import DeskRequest

MOST = 10_000  # letters of a mail that a description begins with


def asked(request: DeskRequest) -> Message | None:
    """The mail that ``?mail=`` names, where the actor sees it. Raises ``Missing``."""
    pk = number(request.GET.get("mail"))
    return Message.objects.filter(activity__in=seen(request.actor)).pick(request.actor, pk) if pk else None


def start(message: Message) -> dict[str, Any]:
    """What the form begins with: the mail's own words, and whom the conversation stands on already."""
    named: dict[str, int] = {}
    for link in message.activity.links.order_by("pk"):
        if link.record_kind in ("customer", "contact"):
            named.setdefault(f"{link.record_kind}_id", link.record_id)
    words = {"subject": message.subject[:200], "description": message.text[:MOST]}
    return {**words, "source": Source.EMAIL, **named}


def put(actor: Actor, message: Message, case: Kept) -> None:
    """Let the conversation stand on the case too, so that its answers come there."""
    services.move(actor, message.activity_id, onto=Record("case", case.pk))
