"""Where things lie, and every movement that brought them there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from tradepost.accounts.tenancy import Owned
from tradepost.catalog.ledger import MoveKind
from tradepost.catalog.models.items import Item
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import AmountField, Versioned

MOVES = [
    (MoveKind.RECEIPT.value, pgettext_lazy("kind of a stock movement", "Receipt")),
    (MoveKind.SHIPMENT.value, pgettext_lazy("kind of a stock movement", "Shipment")),
    (MoveKind.ADJUSTMENT.value, pgettext_lazy("kind of a stock movement", "Adjustment")),
    (MoveKind.TRANSFER.value, pgettext_lazy("kind of a stock movement", "Transfer")),
    (MoveKind.COUNT.value, pgettext_lazy("kind of a stock movement", "Count")),
    (MoveKind.BUILD.value, pgettext_lazy("kind of a stock movement", "Build")),
    (MoveKind.RETURN.value, pgettext_lazy("kind of a stock movement", "Return")),
    (MoveKind.ALLOCATION.value, pgettext_lazy("kind of a stock movement", "Allocation")),
    (MoveKind.RELEASE.value, pgettext_lazy("kind of a stock movement", "Release")),
    (MoveKind.EXPECTATION.value, pgettext_lazy("kind of a stock movement", "Expectation")),
    (MoveKind.WITHDRAWAL.value, pgettext_lazy("kind of a stock movement", "Withdrawal")),
    (MoveKind.REVALUATION.value, pgettext_lazy("kind of a stock movement", "Revaluation")),
]


class Location(Owned, Versioned):
    """A warehouse, a shop, a van. Documents that name none take their goods from the default one; without a default, from
    the oldest in use."""

    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False, db_default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("location")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="location_name"),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(is_default=True), name="location_default_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Bin(Owned, Versioned):
    """A shelf or a pallet place. A location need not have any."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="bins")
    name = models.CharField(max_length=40)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("bin")
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="bin_name")]

    def __str__(self) -> str:
        return self.name


class Sums(models.Model):
    """The three quantities that are kept, in the item's stock unit."""

    on_hand = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    allocated = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    on_order = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        abstract = True


class StockMove(Owned, Sums):
    """One line of the ledger: by how much the three quantities changed. The database refuses to change or delete it.

    Lines written together share ``posting``: both legs of a transfer, a build and what it used up. ``value``: what it
    moved is worth in the company's currency (``costing``).
    ``ref_kind`` and ``ref_id`` name the line of the document that it serves.
    """

    posting = models.UUIDField()
    kind = models.CharField(max_length=12, choices=MOVES)
    at = models.DateTimeField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    bin = models.ForeignKey(
        Bin, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    value = AmountField(default=0, db_default=0)
    reason = models.CharField(max_length=200, blank=True)
    ref_kind = models.CharField(max_length=40, blank=True)
    ref_id = models.BigIntegerField(null=True, blank=True)
    user = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = gettext_noop("stock movement")
        indexes = [
            models.Index(  # holds all that a sum for a past moment needs
                fields=["item", "at"],
                include=["organisation", "location", "on_hand", "allocated", "on_order"],
                name="move_by_item",
            ),
            models.Index(fields=["organisation", "at"], name="move_by_time"),
            models.Index(fields=["posting"], name="move_by_posting"),
            models.Index(
                fields=["organisation", "ref_kind", "ref_id"],
                condition=Q(ref_id__isnull=False),
                name="move_by_ref",
            ),
            models.Index(
                fields=["item", "location", "bin"], condition=Q(bin__isnull=False), name="move_by_bin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.posting}"


class StockLevel(Owned, Sums):
    """The sums of the ledger of one item at one location, kept in the transaction of every movement; ``unit_cost`` is the
    last known cost of one, the average where something lies."""

    value = AmountField(default=0, db_default=0)
    unit_cost = models.DecimalField(max_digits=24, decimal_places=6, default=0, db_default=0)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="levels", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")

    class Meta:
        verbose_name = gettext_noop("stock level")
        constraints = [
            models.UniqueConstraint(fields=["item", "location"], name="level_once"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, on_order__gte=0), name="level_promises_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.location}"
