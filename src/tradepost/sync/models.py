"""The nouns that all integrations share. See docs/sync.md."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop
from tradepost.wire.secrets import SealedField


class Health(models.TextChoices):
    """The state of a connection or stream. Anything but OK comes with a reason and a cure."""

    NEW = "new", _("Not started")
    OK = "ok", _("Working")
    TROUBLE = "trouble", _("Retrying")
    BROKEN = "broken", _("Needs attention")
    PAUSED = "paused", _("Paused")
    INACTIVE = "inactive", _("Not activated")
    OFF = "off", _("Disconnected")


class Connection(Owned):
    """Who we talk to, and with which sealed secret. ``connector`` is a key of the registry in ``wiring``."""

    connector = models.CharField(max_length=40)
    label = models.CharField(max_length=120)
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    config = models.JSONField(default=dict)
    secrets = SealedField(default=dict, blank=True)
    health = models.CharField(max_length=10, choices=Health.choices, default=Health.NEW)
    reason = models.TextField(blank=True)
    cure = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = gettext_noop("connection")

    def __str__(self) -> str:
        return self.label


class Direction(models.TextChoices):
    BOTH = "both", _("Both ways")
    TO_REMOTE = "to_remote", _("From here to there")
    TO_APP = "to_app", _("From there to here")


class Stream(Owned):
    """One kind of thing on a connection, with its cursor and lease.

    A runner holds the lease by its ``lease_token`` until ``lease_until``; every write of a run checks the
    token in its own transaction, so a runner that lost the lease can no longer write (C46, defaults.md row
    28). ``paused`` is one that its connection stopped, and goes on with it; one that a person stopped does not.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="streams")
    kind = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=500)
    label = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.TO_APP)
    enabled = models.BooleanField(default=True)
    paused = models.BooleanField(default=False, db_default=False)
    interval = models.PositiveIntegerField(default=300)
    cursor = models.JSONField(default=dict)
    policy = models.JSONField(default=dict)
    health = models.CharField(max_length=10, choices=Health.choices, default=Health.NEW)
    reason = models.TextField(blank=True)
    cure = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True, db_index=True)
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "remote_id"], name="stream_once")
        ]

    def __str__(self) -> str:
        return self.label or self.remote_id


class RunState(models.TextChoices):
    PREVIEW = "preview", _("Preview")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Stopped")
    UNDONE = "undone", _("Undone")


class Run(Owned):
    """One pass of a stream. ``counts`` maps an action to how often; a pass that touched nothing leaves no
    row."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="runs")
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    trigger = models.CharField(max_length=20, default="schedule")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    counts = models.JSONField(default=dict)
    seen = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    cure = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-started_at"], name="run_by_time")]

    def __str__(self) -> str:
        return f"{self.stream} {self.started_at:%Y-%m-%d %H:%M}"


class RunItem(Owned):
    """What a run did to one record and why, with before and after. Log, preview, retry and undo read it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="items")
    action = models.CharField(max_length=20)
    kind = models.CharField(max_length=40, blank=True)
    record_id = models.BigIntegerField(null=True)
    remote_id = models.CharField(max_length=500, blank=True)
    label = models.CharField(max_length=300, blank=True)
    reason = models.TextField(blank=True)
    cure = models.TextField(blank=True)
    failed = models.BooleanField(default=False)
    retried_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = gettext_noop("run item")
        indexes = [
            models.Index(fields=["run", "id"], name="item_by_run"),
            models.Index(fields=["organisation", "kind", "record_id"], name="item_by_record"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.label}"


class Binding(Owned):
    """Our record ↔ theirs, with the last common state of each side (dual base). Unique both ways."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="bindings")
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    remote_id = models.CharField(max_length=500)
    etag = models.CharField(max_length=200, blank=True)
    local_base = models.JSONField(default=dict)
    remote_base = models.JSONField(default=dict)
    base_hash = models.CharField(max_length=64, blank=True)
    shadow = models.JSONField(default=dict)
    tombstone = models.CharField(max_length=10, blank=True)  # which side deleted it: app, remote
    tombstoned_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "kind", "record_id"], name="binding_once_here"),
            models.UniqueConstraint(fields=["stream", "kind", "remote_id"], name="binding_once_there"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id} ↔ {self.remote_id}"


class Delivery(Owned):
    """A webhook as received and verified: a hint that something changed, never the truth."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="deliveries")
    remote_id = models.CharField(max_length=200)
    topic = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = gettext_noop("deliveries")
        constraints = [models.UniqueConstraint(fields=["connection", "remote_id"], name="delivery_once")]

    def __str__(self) -> str:
        return self.topic


class Review(Owned):
    """What the machine must not decide alone. ``options`` are the choices; ``key`` makes a question asked
    once."""

    stream = models.ForeignKey(Stream, null=True, on_delete=models.CASCADE, related_name="reviews")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="reviews")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    reason = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    options = models.JSONField(default=list)
    owner = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    choice = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "resolved_at", "-created_at"], name="review_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "key"],
                condition=models.Q(resolved_at=None),
                name="review_asked_once",
            )
        ]

    def __str__(self) -> str:
        return self.title
