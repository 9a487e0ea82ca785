"""The taxes of a company, as rows; ``tax`` decides with them."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned


class Kept(Owned, Versioned):
    """A row of the tax set-up by its code. An archived one is offered and chosen no more; documents keep theirs."""

    code = models.CharField(max_length=30)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class TaxComponent(Kept):
    """One tax of one authority, such as a state's or a county's; its rates are dated."""

    name = models.CharField(max_length=100, blank=True)
    compound = models.BooleanField(default=False)

    class Meta:
        verbose_name = gettext_noop("tax")
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="tax_component_code")]


class DatedRate(Owned):
    """``percent`` from the day ``since`` on, until the next rate begins."""

    component = models.ForeignKey(TaxComponent, on_delete=models.CASCADE, related_name="rates")
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    since = models.DateField()

    class Meta:
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["component", "since"], name="rate_per_day")]

    def __str__(self) -> str:
        return f"{self.component} {self.percent.normalize():f} % · {self.since:%Y-%m-%d}"


class SalesTaxCode(Kept):
    """Taxable or not (C27). Outside the US it has components of its own and needs no item sales tax (C31).
    ``is_default``: what taxable customers begin with, or of a code that is not taxable the others."""

    taxable = models.BooleanField(default=True)
    components = models.ManyToManyField(TaxComponent, related_name="tax_codes", blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name = gettext_noop("sales tax code")
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="sales_tax_code")]


class ItemSalesTax(Kept):
    """A rate to charge: one component, or several as a group (state + county + city). ``is_default``: what is charged in
    the company's own country where no region says otherwise (C29)."""

    components = models.ManyToManyField(TaxComponent, related_name="item_taxes")
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name = gettext_noop("item sales tax")
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="item_sales_tax")]


class TaxRegion(Owned, Versioned):
    """A state, as typed, and the item sales tax that is charged there (C29); without a ``state``, the rest of a country.
    ``key`` is ``regions.region_key`` of the state."""

    country = models.CharField(max_length=2)
    state = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=60, blank=True)
    item_tax = models.ForeignKey(ItemSalesTax, on_delete=models.PROTECT, related_name="regions")

    class Meta:
        verbose_name = gettext_noop("tax region")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "country", "key"], name="tax_region_once")
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.state}".strip()
