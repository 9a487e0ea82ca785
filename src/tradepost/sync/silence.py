"""Streams that are well by their own word and were not read for long: "it stopped and said it was fine" (pain 3).

A stream's health is moved by its passes. Where no pass runs at all, since no worker does, it would say *Working* for ever;
so whoever shows a health asks here too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tradepost.sync.models import Health

PATIENCE = timedelta(minutes=10)  # after the time of the next pass, which a worker starts within seconds
CURE = _("No worker seems to be running. Whoever runs this installation finds out by 'tradepost doctor'.")
_WELL = (Health.NEW, Health.OK, Health.TROUBLE)


def silent(now: datetime | Now) -> Q:
    """Streams that are switched on and held by nobody, and whose pass is overdue, or was never set a time again."""
    late = now - PATIENCE
    overdue = Q(next_run_at__lt=late)
    forgotten = Q(next_run_at=None, health=Health.OK, last_success_at__lt=late)
    return Q(enabled=True, health__in=_WELL) & (overdue | forgotten) & ~Q(lease_until__gt=late)
