"""Mail accounts, who reaches them, what waits to be sent, and by which ids we know a message again."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.access import ROLE_LABELS, Role
from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned


class MailAccount(Owned, Versioned):
    """A mailbox as its users know it (B5). Servers and secrets are the connection's. No owner = a shared mailbox."""

    connection = models.OneToOneField(
        "sync.Connection", on_delete=models.CASCADE, related_name="mail_account"
    )
    name = models.CharField(max_length=120)
    preset = models.CharField(max_length=30, default="generic")
    sender_name = models.CharField(max_length=120, blank=True)
    sender_email = models.EmailField()
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    folders = models.JSONField(default=dict)  # FolderUse → folder name (B7)
    copy_to_sent = models.BooleanField(default=True)  # B10
    reply_token = models.BooleanField(default=False)  # answers come to the address with a plus-token
    signature = models.TextField(blank=True)
    legacy = models.BooleanField(default=False)  # B14: readable, not offered for new accounts
    disconnected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("mail account")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="mail_account_name"),
        ]

    def __str__(self) -> str:
        return self.name


class MailAccess(Owned):
    """Who may use a mail account besides its owner: a user or a role (B15)."""

    account = models.ForeignKey(MailAccount, on_delete=models.CASCADE, related_name="accesses")
    user = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    role = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = gettext_noop("mail accesses")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user", "role"], nulls_distinct=False, name="access_once"
            ),
            models.CheckConstraint(
                condition=models.Q(user=None) & ~models.Q(role="") | models.Q(user__isnull=False, role=""),
                name="access_of_user_or_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or ROLE_LABELS[Role(self.role)]} → {self.account}"


class Outbox(Owned):
    """A message on its way out. Written with the activity in one transaction, sent by a job.

    ``sending_since`` is set and committed before SMTP: a row found with it set may have been sent, so the sender looks
    for its Message-ID in the Sent folder before it sends again.
    """

    account = models.ForeignKey(MailAccount, on_delete=models.PROTECT, related_name="outbox")
    message = models.OneToOneField("activities.Message", on_delete=models.CASCADE, related_name="outbox")
    raw_key = models.CharField(max_length=200)
    recipients = models.JSONField(default=list)
    attempts = models.PositiveIntegerField(default=0)
    sending_since = models.DateTimeField(null=True, blank=True)
    accepted = models.JSONField(default=list)
    accepted_at = models.DateTimeField(null=True, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)  # copied to Sent, or found there
    gave_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = gettext_noop("outbox")

    def __str__(self) -> str:
        return f"{self.message}"


class Mark(Owned):
    """By what we know a message, or its conversation, again. Unique in a company, so that one mail seen in two mailboxes
    is one message, and a race between two readers ends in one row.

    ``id:<Message-ID>`` (also the one a provider rewrote ours to), ``thread:<account>:<provider's thread>``,
    ``conversation:<GUID of Outlook's Thread-Index>``. Without a message: it was here, somebody took it back (``mail.undo``),
    and it is not read in again.
    """

    key = models.CharField(max_length=1020)
    message = models.ForeignKey(
        "activities.Message", null=True, on_delete=models.CASCADE, related_name="marks"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="mark_once")]

    def __str__(self) -> str:
        return self.key


class Sighting(Owned):
    """Where a stored message was seen: folder (stream) + UIDVALIDITY + UID."""

    stream = models.ForeignKey("sync.Stream", on_delete=models.CASCADE, related_name="+")
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message = models.ForeignKey("activities.Message", on_delete=models.CASCADE, related_name="sightings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "uidvalidity", "uid"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.stream_id}/{self.uidvalidity}/{self.uid}"


class Template(Owned, Versioned):
    """A text to send again and again (A13, B16, B23). ``subject`` and ``html`` are Liquid; see ``mail.templates``. ``usual``: of
    several of its kind the one that is sent unasked."""

    name = models.CharField(max_length=100)
    subject = models.CharField(max_length=300, blank=True)
    html = models.TextField(blank=True)
    kind = models.CharField(max_length=20, blank=True)  # the kind of document it is for; empty: for anything
    usual = models.BooleanField(default=False, db_default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("template")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=models.Q(archived_at=None), name="template_name"
            ),
            models.UniqueConstraint(
                fields=["organisation", "kind"],
                condition=models.Q(archived_at=None, usual=True),
                name="template_usual",
            ),
        ]

    def __str__(self) -> str:
        return self.name
