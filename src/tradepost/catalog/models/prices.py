"""What an item costs whom, from how many on, and when."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.catalog.models.items import Item
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned


class PriceLevel(Owned, Versioned):
    """A class of customers and its discount on the item's own price, in percent; below zero is a surcharge."""

    name = models.CharField(max_length=60)
    percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("price level")
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="price_level_name")]

    def __str__(self) -> str:
        return self.name


class PriceList(Owned, Versioned):
    """Prices for one level, or for everyone, from a day to a day (both included; empty is open). Archived, it gives none."""

    name = models.CharField(max_length=100)
    level = models.ForeignKey(
        PriceLevel, null=True, blank=True, on_delete=models.PROTECT, related_name="lists"
    )
    currency = models.CharField(max_length=3)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("price list")
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="price_list_name")]

    def __str__(self) -> str:
        return self.name


class PriceBreak(Owned):
    """The price of one piece when at least ``quantity`` are bought, by a list."""

    list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="breaks")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="breaks")
    quantity = models.DecimalField(max_digits=18, decimal_places=4, default=1)
    price = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = gettext_noop("price")
        constraints = [
            models.UniqueConstraint(fields=["list", "item", "quantity"], name="price_break_once"),
            models.CheckConstraint(
                condition=models.Q(price__gte=0, quantity__gte=0), name="price_break_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price} from {self.quantity}"
