"""Reads of timelines."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, Q

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership
from tradepost.activities.models import Activity, Attachment, Link, Message, Visibility


def visible(actor: Actor) -> Q:
    """Which activities an actor sees: what everybody may, his own, and his team's (same role; admins see teams)."""
    actor.require(Permission.ACTIVITIES_VIEW)
    shown = Q(visibility=Visibility.ALL) | Q(owner_id=actor.user_id, owner__isnull=False)
    if actor.may(Permission.ACTIVITIES_PRIVATE) or actor.user_id is None:
        return Q()
    team = Membership.objects.of(actor).filter(ended_at=None)
    if not actor.may(Permission.MEMBERS):
        team = team.filter(role=actor.role)
    return shown | Q(visibility=Visibility.TEAM, owner_id__in=team.values("user_id"))


def timeline(
    actor: Actor,
    record_kind: str,
    record_id: int,
    *,
    open_only: bool = False,
    kind: str = "",
    before: tuple[object, int] | None = None,
    limit: int = 30,
) -> list[Activity]:
    """The newest page of a record's Activity History (or Open Activities), with messages and files.

    ``before`` is ``(at, link id)`` of the last row of the page above. Each activity carries ``.link``.
    """
    links = Link.objects.of(actor).filter(record_kind=record_kind, record_id=record_id, open=open_only)
    if before:
        links = links.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    shown = Activity.objects.of(actor).filter(visible(actor))
    if kind:
        shown = shown.filter(kind=kind)
    links = links.filter(activity__in=shown).order_by("-at", "-id")[:limit]
    files: Prefetch[Any] = Prefetch("attachments", Attachment.objects.order_by("id"))
    rows = list(
        links.select_related("activity", "activity__owner").prefetch_related(
            Prefetch("activity__messages", Message.objects.order_by("at", "id").prefetch_related(files)),
            Prefetch("activity__attachments", Attachment.objects.filter(message=None).order_by("id")),
        )
    )
    for link in rows:
        link.activity.link = link  # type: ignore[attr-defined]
    return [link.activity for link in rows]


def counts(actor: Actor, record_kind: str, record_id: int) -> tuple[int, int]:
    """How many entries stand in Activity History and in Open Activities."""
    links = Link.objects.of(actor).filter(record_kind=record_kind, record_id=record_id)
    links = links.filter(activity__in=Activity.objects.of(actor).filter(visible(actor)))
    rows = list(links.values_list("open", flat=True))
    return rows.count(False), rows.count(True)
