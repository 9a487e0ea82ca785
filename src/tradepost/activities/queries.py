"""Reads of timelines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.activities.models import (
    WHEN,
    Activity,
    ActivityKind,
    ActivityStatus,
    Attachment,
    Link,
    Message,
    Visibility,
)
from tradepost.wire.orm import matching


def visible(actor: Actor) -> Q:
    """Which activities an actor sees: what is :func:`permitted` and does not lie in the trash."""
    return permitted(actor) & Q(trashed_at=None)


def files() -> ScopedQuerySet[Attachment]:
    """Those that do not lie in the trash."""
    return Attachment.objects.filter(trashed_at=None)


def permitted(actor: Actor) -> Q:
    """What everybody may see, his own, what he has in a mailbox of his own, and his team's (same role; admins see teams)."""
    actor.require(Permission.ACTIVITIES_VIEW)
    shown = Q(visibility=Visibility.ALL) | Q(owner_id=actor.user_id, owner__isnull=False)
    if actor.may(Permission.ACTIVITIES_PRIVATE) or actor.user_id is None:
        return Q()
    team = Membership.objects.of(actor).filter(ended_at=None)
    if not actor.may(Permission.MEMBERS):
        team = team.filter(role=actor.role)
    held = Activity.holders.through.objects.filter(user_id=actor.user_id, activity_id=OuterRef("pk"))
    return shown | Q(Exists(held)) | Q(visibility=Visibility.TEAM, owner_id__in=team.values("user_id"))


def timeline(
    actor: Actor,
    record_kind: str,
    record_id: int,
    *,
    open_only: bool = False,
    kind: str = "",
    before: tuple[object, int] | None = None,
    since: tuple[object, int] | None = None,
    limit: int = 30,
) -> list[Activity]:
    """The newest page of a record's Activity History (or Open Activities), with messages and files.

    ``before`` is ``(at, link id)`` of the last row of the page above; ``since`` is that of the last row of the page
    itself, to read it again with whatever came on top of it. Each activity carries ``.link``.
    """
    found = links(actor, record_kind, record_id).filter(open=open_only)
    if before:
        found = found.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    if since:
        found = found.filter(Q(at__gt=since[0]) | Q(at=since[0], id__gte=since[1]))
    if kind:
        found = found.filter(activity__kind=kind)
    sent: Prefetch[Any] = Prefetch("attachments", Attachment.objects.order_by("id"))
    messages: Prefetch[Any] = Prefetch(
        "activity__messages", Message.objects.order_by("at", "id").prefetch_related(sent)
    )
    loose: Prefetch[Any] = Prefetch("activity__attachments", files().filter(message=None).order_by("id"))
    found = found.order_by("-at", "-id").select_related("activity", "activity__owner")
    rows = list(found.prefetch_related(messages, loose)[:limit])
    for link in rows:
        link.activity.link = link  # type: ignore[attr-defined]
    return [link.activity for link in rows]


def links(actor: Actor, record_kind: str, record_id: int) -> QuerySet[Link]:
    """Where the activities of a record that the actor may see stand on it."""
    stands = Link.objects.of(actor).filter(record_kind=record_kind, record_id=record_id)
    return stands.filter(activity__in=Activity.objects.of(actor).filter(visible(actor)))


def pulse(
    actor: Actor,
    record_kind: str,
    record_id: int,
    *,
    newest: int = 30,
    shown: Mapping[bool, Sequence[Activity]] | None = None,
) -> str:
    """A short text that differs as soon as anything on the newest page of a record's timeline does.

    ``shown`` are the newest pages that :func:`timeline` has read already, of what is open (True) or past (False):
    they are not asked for again, and the text says what is shown and nothing later.
    """
    rows: list[tuple[int, ...]] = []
    states: list[tuple[int, str]] = []
    for page in (shown or {}).values():
        rows += [(one.link.pk, one.pk, one.version) for one in page]  # type: ignore[attr-defined]
        states += [(message.pk, message.state) for one in page for message in one.messages.all()]
    for side in {True, False} - set(shown or ()):
        stands = links(actor, record_kind, record_id).filter(open=side).order_by("-at", "-id")
        found = list(stands.values_list("id", "activity_id", "activity__version")[:newest])
        rows += found
        if found:
            states += Message.objects.filter(activity__in=[row[1] for row in found]).values_list(
                "id", "state"
            )
    return hashlib.sha256(repr((sorted(rows), sorted(states))).encode()).hexdigest()[:20]


def due(actor: Actor, until: datetime, *, limit: int = 8) -> list[Activity]:
    """The actor's memos, then the open tasks and events that start, or else are due, before ``until``, the earliest first."""
    rows = Activity.objects.of(actor).filter(visible(actor), status=ActivityStatus.OPEN)
    mine = rows.filter(Q(owner_id=actor.user_id) | Q(owner=None)).annotate(when=WHEN)
    memos = list(mine.filter(when=None, kind=ActivityKind.MEMO).order_by("id")[:limit])
    return [*memos, *mine.filter(when__lt=until).order_by("when", "id")[: limit - len(memos)]]


def by_subject(actor: Actor, words: str, limit: int) -> list[Activity]:
    """Activities whose subject holds the words, the newest of the first few hundred found: bounded for common words."""
    rows = Activity.objects.of(actor).filter(visible(actor)).filter(matching(words))
    return sorted(rows[:300], key=lambda row: row.at, reverse=True)[:limit]


def answers(actor: Actor, since: datetime, *, limit: int = 8) -> list[Message]:
    """Mail received after ``since`` that nobody has answered yet, the newest first; of the 200 newest conversations."""
    shown = Activity.objects.of(actor).filter(visible(actor), kind=ActivityKind.EMAIL, at__gte=since)
    newest = list(shown.order_by("-at").values_list("pk", flat=True)[:200])
    later = Message.objects.filter(activity=OuterRef("activity"), at__gt=OuterRef("at"))
    rows = Message.objects.of(actor).filter(activity__in=newest, outgoing=False, automatic="", at__gte=since)
    return list(rows.filter(~Exists(later)).select_related("activity").order_by("-at", "-id")[:limit])
