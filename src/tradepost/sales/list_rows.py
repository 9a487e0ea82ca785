"""What the company sets up for its documents: the lists that forms offer, and its paper."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Owned
from tradepost.custom.rules import COLOURS
from tradepost.kit.words import gettext_noop
from tradepost.sales.pdf.view import COLOUR
from tradepost.sales.state_table import KIND_CHOICES
from tradepost.wire.orm import Versioned


class Listed(Owned, Versioned):
    """A value of a list of the company's set-up. What forms offer, in the order of ``position``, unless archived; where it was
    chosen its name is kept as text, so that a document stays as it was on its day."""

    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class ListEntry(Listed):
    """A value of the list ``list``, a key of ``lists.LISTS``. A shipping method has a ``carrier``, and the ``item`` that its
    freight is charged as (C35)."""

    list = models.CharField(max_length=30)
    carrier = models.CharField(max_length=60, blank=True)
    item = models.ForeignKey(
        "catalog.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = gettext_noop("list entry")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "list", "name"], name="list_entry_once")
        ]


class CustomStatus(Listed):
    """A status of the company's own for documents of a ``kind``, beside the fixed ones: it shows and sorts, and decides
    nothing."""

    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    colour = models.CharField(max_length=10, choices=[(c, c.capitalize()) for c in COLOURS], default="blue")

    class Meta:
        verbose_name = gettext_noop("custom status")
        verbose_name_plural = gettext_noop("custom statuses")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "name"], name="custom_status_once")
        ]


class Terms(Listed):
    """Terms of payment by name. The type decides whether money is owed later or comes with the sale (C39)."""

    class Type(models.TextChoices):
        RECEIVABLE = "receivable", _("Account receivable (no-cash payment)")
        CASH = "cash", _("Cash")

    type = models.CharField(max_length=12, choices=Type.choices, default=Type.RECEIVABLE)
    days = models.PositiveIntegerField(default=0)  # from the date of the invoice until it is due

    class Meta:
        verbose_name = gettext_noop("terms")
        verbose_name_plural = gettext_noop("terms")
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="terms_name")]


class Letterhead(Owned):
    """The company's look on paper. ``address`` has a line a line; ``texts``: ``{kind or "all": {language: {part: text}}}`` as
    ``letterhead.PARTS`` names them. The logo is kept here, so that a backup of the database prints as before."""

    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    colour = models.CharField(max_length=7, default=COLOUR)
    logo = models.BinaryField(default=b"", blank=True)
    logo_type = models.CharField(max_length=20, blank=True)
    texts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = gettext_noop("letterhead")
        constraints = [models.UniqueConstraint(fields=["organisation"], name="letterhead_once")]

    def __str__(self) -> str:
        return "Letterhead"
