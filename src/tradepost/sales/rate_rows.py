"""The exchange rates of a company, as rows; ``currencies`` reads them."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop


class ExchangeRate(Owned):
    """What one unit of ``currency`` is in the company's, from ``day`` on until the next."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        verbose_name = gettext_noop("exchange rate")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "currency", "day"], name="exchange_rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchange_rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day.isoformat()}"
