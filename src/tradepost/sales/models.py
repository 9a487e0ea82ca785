"""Documents of the sale: one table for all kinds, one table for their lines, so that every list, timeline, conversion
and total is written once. What a kind may do stands in ``states``."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.wire.orm import Versioned, search_column, search_index


class Kind(models.TextChoices):
    QUOTE = "quote", "Quote"
    ORDER = "order", "Sales order"


class Document(Owned, Versioned):
    """A quote or a sales order. Totals are kept, computed by ``rules.totals`` in the verb that changed a line."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    number = models.CharField(max_length=40)
    status = models.CharField(max_length=20)
    hold_reason = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey("people.Customer", on_delete=models.PROTECT, related_name="documents")
    contact = models.ForeignKey(
        "people.Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    customer_name = models.CharField(max_length=200)  # as on the day of the document; also what lists sort by
    po_number = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    date = models.DateField()
    promised = models.DateField(null=True, blank=True)
    terms = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    billing = models.JSONField(default=dict, blank=True)
    shipping = models.JSONField(default=dict, blank=True)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    freight = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    subtotal = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    discount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    tax = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    memo = models.TextField(blank=True)
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    source = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )
    search = search_column("number", "customer_name", "po_number")

    class Meta:
        verbose_name = "document"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "number"], name="document_number")
        ]
        indexes = [
            models.Index(fields=["organisation", "kind", "-date", "-id"], name="document_by_date"),
            models.Index(
                fields=["organisation", "kind", "status", "-date", "-id"], name="document_by_status"
            ),
            models.Index(fields=["organisation", "customer", "-date"], name="document_by_customer"),
            models.Index(fields=["organisation", "kind", "total"], name="document_by_total"),
            models.Index(fields=["organisation", "kind", "promised"], name="document_by_promised"),
            models.Index(fields=["organisation", "kind", "customer_name"], name="document_by_name"),
            search_index("document_search"),
        ]

    def __str__(self) -> str:
        return self.number


class Line(Owned):
    """A line of a document. ``amount`` is net of the line's discount and without tax."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    item = models.ForeignKey(
        "catalog.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sku = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    unit = models.CharField(max_length=20, blank=True)
    unit_price = models.DecimalField(max_digits=18, decimal_places=4)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    amount = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    source = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="line_position")]

    def __str__(self) -> str:
        return self.description


class Counter(Owned):
    """The next number of a kind of document (B26). Locked while a number is taken: no gap, no double."""

    kind = models.CharField(max_length=20)
    pattern = models.CharField(max_length=40)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind"], name="counter_once")]

    def __str__(self) -> str:
        return self.kind
