"""What is sold."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.wire.orm import Versioned, search_column, search_index


class ItemType(models.TextChoices):
    STOCK = "stock", "Stock item"
    NON_STOCK = "non_stock", "Non-stock item"
    SERVICE = "service", "Service"
    OTHER_CHARGE = "other_charge", "Other charge"


class Item(Owned, Versioned):
    """One thing that a line of a document may name."""

    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=ItemType.choices, default=ItemType.STOCK)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, default="each")
    price = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)  # percent
    archived_at = models.DateTimeField(null=True, blank=True)
    search = search_column("sku", "name", "description")

    class Meta:
        verbose_name = "item"
        constraints = [models.UniqueConstraint(fields=["organisation", "sku"], name="item_sku")]
        indexes = [search_index("item_search")]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"
