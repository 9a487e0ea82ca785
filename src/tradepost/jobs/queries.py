"""Reads of notices and jobs: what an actor may see of background work, and which processes live."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.jobs.models import Heartbeat, Job, Notice


def notices(actor: Actor) -> ScopedQuerySet[Notice]:
    """One's own, and for who manages syncs those that are for all who manage."""
    mine = Q(user=actor.user_id, user__isnull=False)
    return Notice.objects.of(actor).filter(mine | Q(user=None) if actor.may(Permission.SYNC_MANAGE) else mine)


def jobs(actor: Actor) -> ScopedQuerySet[Job]:
    """One's own, or all for who manages syncs."""
    rows = Job.objects.of(actor)
    return rows if actor.may(Permission.SYNC_MANAGE) else rows.filter(user=actor.user_id, user__isnull=False)


def alive(kind: str) -> list[str]:
    """The names of the processes of a kind that have given a sign of life lately, on whatever machine."""
    lately = Now() - timedelta(seconds=settings.JOB_STALLED_AFTER)
    rows = Heartbeat.objects.filter(name__startswith=f"{kind}:", at__gt=lately)
    return list(rows.values_list("name", flat=True))
