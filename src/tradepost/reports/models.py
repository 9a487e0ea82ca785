"""Reports that somebody keeps under a name, and the post that brings them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop


class Rhythm(models.TextChoices):
    NEVER = "", _("Not mailed")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every Monday")
    MONTHLY = "monthly", _("On the first of the month")


class SavedReport(Owned):
    """``query`` is what ``engine.Query`` holds. It is mailed with the rights of its owner, to ``recipients``, once a
    ``posted_on`` day; who is gone gets no post sent."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    report = models.CharField(max_length=40)
    query = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)
    rhythm = models.CharField(max_length=8, choices=Rhythm.choices, blank=True, default="")
    hour = models.PositiveSmallIntegerField(default=7)
    recipients = models.JSONField(default=list)
    posted_on = models.DateField(null=True, blank=True)
    paused = models.BooleanField(default=False)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = gettext_noop("saved report")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "owner", "name"], name="saved_report_name")
        ]

    def __str__(self) -> str:
        return self.name


class ReportPost(Owned):
    """A report that was mailed to ``recipients``, or was not, because of ``problem``."""

    report = models.ForeignKey(SavedReport, on_delete=models.CASCADE, related_name="posts")
    at = models.DateTimeField()
    recipients = models.JSONField(default=list)
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name = gettext_noop("mail of a report")
        indexes = [models.Index(fields=["report", "-at"], name="report_post_at")]

    def __str__(self) -> str:
        return f"{self.report}, {self.at}"


class ReorderLevel(Owned):
    """How much of an item is to lie at a location: order when there are ``minimum`` or less, up to ``maximum``, in
    multiples of ``multiple``. What is empty is computed from what is sold (see ``reorder``)."""

    item = models.ForeignKey("catalog.Item", on_delete=models.CASCADE, related_name="+")
    location = models.ForeignKey("catalog.Location", on_delete=models.CASCADE, related_name="+")
    minimum = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    maximum = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    multiple = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        verbose_name = gettext_noop("reorder level")
        constraints = [
            models.UniqueConstraint(fields=["item", "location"], name="reorder_level_once"),
            models.CheckConstraint(
                condition=models.Q(multiple__gte=0)
                & (models.Q(minimum=None) | models.Q(minimum__gte=0))
                & (models.Q(maximum=None) | models.Q(maximum__gte=0)),
                name="reorder_level_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.location}"
