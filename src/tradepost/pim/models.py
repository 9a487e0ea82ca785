"""Events: what an activity of this kind has besides its subject, text and times."""

from __future__ import annotations

import uuid

from django.db import models

from tradepost.accounts.tenancy import Owned


class Event(Owned):
    """One row a series, its exceptions within. Subject, text, times and state are the activity's, so that every page
    and verb of activities works on events as well.

    ``key`` names the event to the outside and is never given again. ``stream`` is the calendar that it lives in.
    ``details`` holds what ``records.fields`` says beside the activity's values, ``organizer`` and ``sequence``;
    ``cancelled_there`` tells a cancellation by the calendar app from one that is still to travel. ``repeats_until`` is
    the end of the last occurrence, empty for a series without end.
    """

    activity = models.OneToOneField("activities.Activity", on_delete=models.CASCADE, related_name="event")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    uid = models.CharField(max_length=500)
    stream = models.ForeignKey(
        "sync.Stream", null=True, blank=True, on_delete=models.SET_NULL, related_name="events"
    )
    zone = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    recurring = models.BooleanField(default=False)
    repeats_until = models.DateTimeField(null=True, blank=True)
    cancelled_there = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "event"
        constraints = [models.UniqueConstraint(fields=["organisation", "uid"], name="event_uid_once")]
        indexes = [models.Index(fields=["organisation", "recurring", "repeats_until"], name="event_series")]

    def __str__(self) -> str:
        return self.uid
