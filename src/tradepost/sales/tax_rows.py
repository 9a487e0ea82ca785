"""The taxes of a company, as rows; ``tax`` decides with them."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned


class TaxComponent(Owned):
    """One tax of one authority, such as a state's or a county's; its rates are dated."""

    code = models.CharField(max_length=30)
    name = models.CharField(max_length=100, blank=True)
    compound = models.BooleanField(default=False)

    class Meta:
        verbose_name = "tax"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="tax_component_code")]

    def __str__(self) -> str:
        return self.code


class DatedRate(Owned):
    """``percent`` from the day ``since`` on, until the next rate begins."""

    component = models.ForeignKey(TaxComponent, on_delete=models.CASCADE, related_name="rates")
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    since = models.DateField()

    class Meta:
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["component", "since"], name="rate_per_day")]

    def __str__(self) -> str:
        return f"{self.component} {self.percent} %"


class SalesTaxCode(Owned):
    """Taxable or not (C27). Outside the US it has components of its own and needs no item sales tax (C31)."""

    code = models.CharField(max_length=30)
    taxable = models.BooleanField(default=True)
    components = models.ManyToManyField(TaxComponent, related_name="+", blank=True)

    class Meta:
        verbose_name = "sales tax code"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="sales_tax_code")]

    def __str__(self) -> str:
        return self.code


class ItemSalesTax(Owned):
    """A rate to charge: one component, or several as a group (state + county + city)."""

    code = models.CharField(max_length=30)
    components = models.ManyToManyField(TaxComponent, related_name="+")

    class Meta:
        verbose_name = "item sales tax"
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="item_sales_tax")]

    def __str__(self) -> str:
        return self.code
