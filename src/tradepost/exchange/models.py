"""Runs of an import: the file, how its columns are read, and what became of every row."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop


class RunState(models.TextChoices):
    UPLOADED = "uploaded", _("Choose columns")
    CHECKING = "checking", _("Checking")
    CHECKED = "checked", _("Checked")
    APPLYING = "applying", _("Importing")
    DONE = "done", _("Imported")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Taking back")
    UNDONE = "undone", _("Taken back")


class Action(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    SAME = "same", _("Unchanged")
    REFUSE = "refuse", _("Refused")
    UNDONE = "undone", _("Taken back")
    KEPT = "kept", _("Kept")  # it changed since, so that it was not taken back


class ImportRun(Owned):
    """One file. ``done`` is the number of the last row that is stored, so that a run that was cut off goes on behind it.

    ``heading`` is the number of the row that names the columns (0: none); ``sheets`` are those of a workbook.
    ``counts``: action → rows. ``mapping``: field → column. ``job_id``: the row with its progress.
    """

    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.UPLOADED)
    encoding = models.CharField(max_length=20, blank=True)
    separator = models.CharField(max_length=1, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    sheets = models.JSONField(default=list)
    heading = models.PositiveIntegerField(default=1)
    day_first = models.BooleanField(default=False)
    language = models.CharField(max_length=16, blank=True)
    columns = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    job_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("import")
        indexes = [models.Index(fields=["organisation", "-created_at"], name="import_by_time")]

    def __str__(self) -> str:
        return self.name


class ImportRow(Owned):
    """What became, or would become, of one row. ``before`` holds what an update replaced, ``version`` what it left of the
    record, and ``before["found"]`` the version that it found."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="outcomes")
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=8, choices=Action.choices)
    key = models.CharField(max_length=254, blank=True)
    label = models.CharField(max_length=200, blank=True)
    cause = models.TextField(blank=True)
    cure = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    before = models.JSONField(default=dict)

    class Meta:
        verbose_name = gettext_noop("row of an import")
        indexes = [
            models.Index(fields=["run", "action", "number"], name="import_row_by_action"),
            models.Index(fields=["run", "key"], name="import_row_by_key"),
            models.Index(
                fields=["organisation", "record_id"],
                name="import_row_by_record",
                condition=models.Q(record_id__isnull=False),
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.label}".strip()


class ColumnChoice(Owned):
    """Which field a column of that name was chosen for the last time."""

    kind = models.CharField(max_length=20)
    column = models.CharField(max_length=100)
    field = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "column"], name="column_choice_once")
        ]

    def __str__(self) -> str:
        return f"{self.column} → {self.field}"


class MessageState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    TAKEN = "taken", _("Taken")


class EdiMessage(Owned):
    """An order or invoice that came as XML, kept with all that it said. ``digest`` is that of the file.

    ``kind`` is the kind of document that it becomes. Two files of one ``sender`` (a customer or vendor) with one
    ``number`` are one document: the database says so (``edi_taken_once``).
    """

    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=60)
    sender_name = models.CharField(max_length=200)
    sender = models.BigIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64)
    content = models.TextField()
    state = models.CharField(max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    document = models.ForeignKey(
        "sales.Document", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("XML message")
        verbose_name_plural = gettext_noop("XML messages")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "digest"], name="edi_received_once"),
            models.UniqueConstraint(
                fields=["organisation", "kind", "sender", "number"],
                condition=models.Q(state="taken"),
                name="edi_taken_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.sender_name}"
