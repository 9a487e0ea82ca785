"""Events: what an activity of this kind has besides its subject, text and times."""

from __future__ import annotations

import uuid

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop


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
        verbose_name = gettext_noop("event")
        constraints = [models.UniqueConstraint(fields=["organisation", "uid"], name="event_uid_once")]
        indexes = [models.Index(fields=["organisation", "recurring", "repeats_until"], name="event_series")]

    def __str__(self) -> str:
        return self.uid


class Invitation(Owned):
    """Somebody was invited to an event by mail. ``sequence`` is that of the invitation that went out last (RFC 5546
    §2.1.4); ``answered_at`` the time that the answer itself names, so that an older one does not undo a newer one."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    sender = models.EmailField(max_length=254)
    sequence = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("invitation")
        constraints = [models.UniqueConstraint(fields=["event", "email"], name="invited_once")]
        indexes = [models.Index(fields=["organisation", "email"], name="invited_by_mail")]

    def __str__(self) -> str:
        return self.email


class Feed(Owned):
    """A read-only calendar at a secret address (RFC 5545 over HTTP). Only the SHA-256 of the secret is stored."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("calendar feed")
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="feed_once")]

    def __str__(self) -> str:
        return f"{self.user}"
