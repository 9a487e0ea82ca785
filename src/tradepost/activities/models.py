"""The one stream of what happened with and what is planned for a customer, contact or document (X2, A12, A17)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned, search_column, search_index


class ActivityKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    NOTE = "note", _("Note")
    MEMO = "memo", _("Memo")  # for whoever it is assigned to; open until it was read
    CALL = "call", _("Call")
    TASK = "task", _("Task")
    EVENT = "event", _("Event")


class ActivityStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("state of a document", "Open")  # not what a button does
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Visibility(models.TextChoices):
    """Who sees it (defaults.md row 20). ``team``: everybody with the same role as the owner, and admins."""

    OWNER = "owner", _("Only me")
    TEAM = "team", _("My team")
    ALL = "all", _("Everybody here")


# When an open activity is to be done: its start, else the moment it is due.
WHEN = Coalesce("starts", "due")


def _in_trash(kind: str) -> models.Index:
    lying = models.Q(trashed_at__isnull=False)
    return models.Index(fields=["organisation", "-trashed_at"], name=f"{kind}_in_trash", condition=lying)


class Activity(Owned, Versioned):
    """One entry of a timeline. ``at`` is when it happened last: a reply appended to it moves it up."""

    kind = models.CharField(max_length=10, choices=ActivityKind.choices)
    status = models.CharField(max_length=10, choices=ActivityStatus.choices, default=ActivityStatus.DONE)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    due = models.DateTimeField(null=True, blank=True)
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    all_day = models.BooleanField(default=False)
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    visibility = models.CharField(max_length=6, choices=Visibility.choices, default=Visibility.ALL)
    holders = models.ManyToManyField(
        "accounts.User", blank=True, related_name="+"
    )  # see ``services.held_by``
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="answers"
    )
    trashed_at = models.DateTimeField(null=True, blank=True)
    search = search_column("subject")

    class Meta:
        verbose_name = gettext_noop("activity")
        verbose_name_plural = gettext_noop("activities")
        indexes = [
            models.Index("organisation", WHEN, "id", name="activity_open", condition=models.Q(status="open")),
            models.Index(
                fields=["organisation", "id"],
                name="activity_open_memo",
                condition=models.Q(status="open", kind="memo"),
            ),
            models.Index(fields=["organisation", "-at"], name="activity_by_time"),
            _in_trash("activity"),
            search_index("activity_search"),
        ]

    def __str__(self) -> str:
        return self.subject or self.text.strip().partition("\n")[0][:80] or self.get_kind_display()


class Link(Owned):
    """An activity stands on a record: ``record_kind`` is customer, vendor, contact or document. ``at`` and ``kind`` repeat the
    activity's, so that one index serves the newest page of a timeline of millions."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="links")
    record_kind = models.CharField(max_length=12)
    record_id = models.BigIntegerField()
    at = models.DateTimeField()
    open = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["activity", "record_kind", "record_id"], name="link_once")
        ]
        indexes = [
            models.Index(
                fields=["organisation", "record_kind", "record_id", "open", "-at", "-id"],
                name="link_timeline",
            )
        ]

    def __str__(self) -> str:
        return f"{self.activity} on {self.record_kind} {self.record_id}"


class DeliveryState(models.TextChoices):
    """What became of a message. Incoming mail is ``received``."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    PARTLY = "partly", _("Partly refused")
    FAILED = "failed", _("Failed")
    BOUNCED = "bounced", _("Bounced")
    RECEIVED = "received", _("Received")


class Message(Owned):
    """One e-mail of an activity. Addresses are ``[{"email", "name"}]``; ``reason`` answers "why is this here"."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="messages")
    outgoing = models.BooleanField()
    message_id = models.CharField(max_length=998)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = models.JSONField(default=list)
    sender = models.JSONField(default=dict)
    sender_email = models.CharField(max_length=254, blank=True)
    to = models.JSONField(default=list)
    cc = models.JSONField(default=list)
    bcc = models.JSONField(default=list)
    reply_to = models.JSONField(default=list)  # where its sender wants answers, if he says so
    subject = models.CharField(max_length=998, blank=True)
    at = models.DateTimeField()
    text = models.TextField(blank=True)  # the new text, without the quoted trail
    quoted = models.TextField(blank=True)
    html = models.TextField(blank=True)  # as received; shown only through mail.sanitise
    automatic = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.RECEIVED)
    state_reason = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    matched_by = models.CharField(max_length=30, blank=True)
    problems = models.JSONField(default=list)
    account_ref = models.CharField(max_length=60, blank=True)
    thread_index = models.CharField(max_length=700, blank=True)  # Outlook's; an answer goes on from it

    class Meta:
        verbose_name = gettext_noop("message")
        indexes = [
            models.Index(fields=["activity", "-at"], name="message_by_activity"),
            models.Index(fields=["organisation", "sender_email", "-at"], name="message_by_sender"),
        ]

    def __str__(self) -> str:
        return self.subject


class Attachment(Owned):
    """A file on an activity. The bytes lie in the storage under ``key``, named by their SHA-256, once a company. Only what is
    part of no message is ever thrown away."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    trashed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("attachment")
        indexes = [
            models.Index(fields=["organisation", "sha256"], name="attachment_by_hash"),
            _in_trash("attachment"),
        ]

    def __str__(self) -> str:
        return self.name
