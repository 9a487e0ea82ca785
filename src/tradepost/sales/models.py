"""Documents of sale and purchase: one table for all kinds, one table for their lines, so that every list, timeline, conversion
and total is written once. What a kind may do stands in ``states``."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Living, Owned, ScopedQuerySet
from tradepost.custom.models import Marked, mark_indexes
from tradepost.kit.words import gettext_noop
from tradepost.people.models import Customer, Vendor
from tradepost.sales.financial import Financial
from tradepost.sales.ledger import WRITTEN_OFF
from tradepost.sales.list_rows import CustomStatus, Letterhead, ListEntry, Terms
from tradepost.sales.rate_rows import ExchangeRate
from tradepost.sales.sight_rows import PublicLink, Revision
from tradepost.sales.state_table import AT_ONCE, DEAD, KIND_CHOICES, PURCHASES, Kind
from tradepost.sales.tax_rows import DatedRate, ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.wire.orm import AmountField, Versioned, search_column, search_index

__all__ = [
    "Application",
    "Counter",
    "CustomStatus",
    "DatedRate",
    "Document",
    "ExchangeRate",
    "ItemSalesTax",
    "Kind",
    "Letterhead",
    "Line",
    "ListEntry",
    "PublicLink",
    "Returned",
    "Revision",
    "SalesTaxCode",
    "TaxComponent",
    "TaxRegion",
    "Terms",
]


_KEPT = models.Q(trashed_at=None)
_NOTHING = frozenset({"draft", WRITTEN_OFF, *DEAD})  # states of which nothing is owed

AT_ITS_RATE = models.F("total") * Coalesce(
    models.F("exchange_rate"), models.Value(Decimal(1), models.DecimalField())
)
"""What a document is in the company's currency, unless it waits for a rate: only then it is not (``currencies.by_worth``)."""


class Document(Owned, Versioned, Marked):
    """A document of sale or purchase; one in the trash is read through ``everything`` only (``trashing``). Totals are kept, computed by ``rules`` in the verb that changed a line.

    ``applied``: of an invoice or bill what is paid or credited; of a payment or credit what is used up.
    ``taxes``: ``[{"code", "percent", "base", "amount"}]`` as on the day, amounts as text. ``tax_code`` and
    ``item_tax`` decide the tax of the lines (C27); without a code each line's own rate holds, and
    ``freight_tax_rate`` for the freight.
    """

    kind = models.CharField(max_length=20, choices=KIND_CHOICES)
    number = models.CharField(max_length=40)
    status = models.CharField(max_length=20)
    hold_reason = models.CharField(max_length=200, blank=True)
    custom_status = models.ForeignKey(
        "CustomStatus", null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    customer = models.ForeignKey(
        "people.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    vendor = models.ForeignKey(
        "people.Vendor", null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    contact = models.ForeignKey(
        "people.Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Of a sales order (C17); kept by ``paying``.
    financial_status = models.CharField(
        max_length=12, choices=Financial.choices, blank=True, default="", db_default=""
    )
    project = models.ForeignKey(
        "people.Project", null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    customer_name = models.CharField(
        max_length=200
    )  # or the vendor's, as on the day; also what lists sort by
    po_number = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    class_name = models.CharField("class", max_length=60, blank=True, default="", db_default="")
    date = models.DateField()
    promised = models.DateField(null=True, blank=True)
    terms = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    # What one unit of it is in the company's currency on the day; None in the company's own, and where none is known.
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    rate_by_hand = models.BooleanField(default=False, db_default=False)
    billing = models.JSONField(default=dict, blank=True)
    shipping = models.JSONField(default=dict, blank=True)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    freight = AmountField(default=0)
    # The freight is a line that nobody typed, and bears tax as a line does. False by the database: what was written before
    # freight bore tax keeps its total.
    freight_taxable = models.BooleanField(default=True, db_default=False)
    freight_tax_rate = models.DecimalField(
        max_digits=7, decimal_places=4, default=0, db_default=0, validators=[MinValueValidator(0)]
    )
    freight_net = AmountField(
        default=0, db_default=0
    )  # without the tax that is in it where prices include tax
    freight_taxes = models.JSONField(default=list, db_default=[], blank=True)  # as Line.taxes
    subtotal = AmountField(default=0)
    discount = AmountField(default=0)
    tax = AmountField(default=0)
    total = AmountField(default=0)
    deposit_percent = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        default=0,
        db_default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    deposit = AmountField(default=0, db_default=0, validators=[MinValueValidator(0)])  # wins over the percent
    due = models.DateField(null=True, blank=True)
    applied = AmountField(default=0)
    # Of a statement: its last day, its first where the balance is carried forward, and what is owed by age (``ledger.Account.ages``).
    account = models.JSONField(default=dict, db_default={}, blank=True)
    method = models.CharField(max_length=60, blank=True)  # how a payment came: cheque, card, transfer …
    tax_code = models.ForeignKey(
        SalesTaxCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item_tax = models.ForeignKey(
        ItemSalesTax, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    prices_include_tax = models.BooleanField(default=False)
    taxes = models.JSONField(default=list, blank=True)
    location = models.ForeignKey(  # where its goods lie; without one, the company's usual location
        "catalog.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=120, blank=True)
    packages = models.PositiveIntegerField(null=True, blank=True)
    memo = models.TextField(blank=True)
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    source = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )
    trashed_at = models.DateTimeField(null=True, blank=True)
    # Somebody outside saw what it says now: the next change of that keeps a version (``sights``).
    left_house = models.BooleanField(default=False, db_default=False)
    # The message that alone showed it, if one did.
    seen_in_mail = models.BigIntegerField(null=True, blank=True)
    search = search_column("number", "customer_name", "po_number", "mark_words")

    objects = Living()  # type: ignore[assignment,misc]  # the same methods, fewer rows
    everything = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_noop("document")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "number"], name="document_number"),
            models.CheckConstraint(
                condition=models.Q(kind__in=PURCHASES, vendor__isnull=False, customer=None)
                | ~models.Q(kind__in=PURCHASES) & models.Q(vendor=None, customer__isnull=False),
                name="document_names_its_party",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "kind", "-date", "-id"], name="document_by_date", condition=_KEPT
            ),
            models.Index(  # those of all kinds
                fields=["organisation", "-date", "-id"], name="document_by_day", condition=_KEPT
            ),
            *(
                models.Index(fields=["organisation", column, "id"], name=name, condition=_KEPT)
                for column, name in (
                    ("number", "document_by_number"),
                    ("customer_name", "document_by_party"),
                    ("updated_at", "document_by_change"),
                )
            ),
            models.Index(
                fields=["organisation", "kind", "status", "-date", "-id"],
                include=["promised", "owner", "hold_reason"],  # what the views above a list count
                name="document_by_status",
                condition=_KEPT,  # or counting would read the rows to see that they are not in the trash
            ),
            models.Index(
                fields=["organisation", "-trashed_at"],
                name="document_in_trash",
                condition=models.Q(trashed_at__isnull=False),
            ),
            models.Index(fields=["organisation", "customer", "-date"], name="document_by_customer"),
            models.Index(
                fields=["organisation", "vendor", "-date"],
                name="document_by_vendor",
                condition=models.Q(vendor__isnull=False),
            ),
            models.Index(
                fields=["organisation", "project", "-date"],
                name="document_by_project",
                condition=models.Q(project__isnull=False),
            ),
            models.Index(
                fields=["organisation", "kind", "custom_status", "-date", "-id"],
                name="document_by_custom_status",
                condition=models.Q(custom_status__isnull=False),
            ),
            models.Index(
                "organisation",
                "kind",
                AT_ITS_RATE,
                include=["currency", "exchange_rate", "total"],  # what the sum below a list adds up
                name="document_by_worth",
                condition=_KEPT,
            ),
            models.Index(fields=["organisation", "kind", "promised"], name="document_by_promised"),
            models.Index(fields=["organisation", "kind", "customer_name"], name="document_by_name"),
            search_index("document_search"),
            *mark_indexes("document"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def custom_kind(self) -> str:
        return self.kind

    @property
    def party(self) -> Customer | Vendor:
        """The customer, or of a purchase the vendor."""
        party = self.vendor if self.kind in PURCHASES else self.customer
        if party is None:
            raise ValueError(f"{self.number} names nobody")
        return party

    @property
    def charged(self) -> list[tuple[str, Decimal, Decimal]]:
        """Each tax as its code, its percent and what it comes to."""
        return [(t["code"], Decimal(t["percent"]), Decimal(t["amount"])) for t in self.taxes]

    @property
    def balance(self) -> Decimal:
        """What is still owed of an invoice or bill, or still to be used of a payment or credit; nothing of a draft, which nobody owes
        yet, of what is paid as it is completed, or of what was called off or written off."""
        nothing = self.kind in AT_ONCE or self.status in _NOTHING
        return Decimal(0) if nothing else self.total - self.applied

    @property
    def written_off(self) -> Decimal:
        """What of an invoice was given up: it is not paid, and nobody owes it any more."""
        return self.total - self.applied if self.status == WRITTEN_OFF else Decimal(0)


class Line(Owned):
    """A line of a document. ``amount`` is net of the line's discount; without tax unless the document's prices
    include it. ``net`` is what is left of it after all discounts, without tax: with ``Document.freight_net`` the lines'
    come to the net of the document; a discount line has none, for the lines that it reaches have less. ``source`` is the line that it was made from. ``auto_price``: nobody typed the price, ``price_source``
    names the list that gave it; without one it is the item's own.

    ``drop_ship``: the vendor sends it to the customer; it moves no stock of ours. ``reach``: it is a discount on the
    line above or on all above (``discounts``), of ``discount_percent``, of the amount ``unit_price``, or of both; it
    has no quantity, and goes along with the lines that it reaches."""

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
    auto_price = models.BooleanField(default=False, db_default=False)
    price_source = models.CharField(max_length=160, default="", db_default="", blank=True)
    drop_ship = models.BooleanField(default=False, db_default=False)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    reach = models.CharField(max_length=8, default="", db_default="", blank=True)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    taxable = models.BooleanField(default=True)
    taxes = models.JSONField(
        default=list, blank=True
    )  # [[code, percent, compound]] by the tax code, on the day
    amount = AmountField(default=0)
    net = AmountField(default=0, db_default=0)
    source = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "position"], name="line_position", deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.description


class Returned(Owned):
    """So much of a line of an RMA has arrived, and what became of it. ``reason`` says why it was scrapped."""

    class Fate(models.TextChoices):
        STOCK = "stock", _("Back to stock")
        SCRAP = "scrap", _("Scrapped")

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="returned")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    fate = models.CharField(max_length=8, choices=Fate.choices, default=Fate.STOCK)
    reason = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = gettext_noop("returned goods")
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="returned_above_zero")]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} × {self.line}"


class Counter(Owned):
    """The next number of a kind of document (B26) in a year or month, if its pattern names one.

    The row without a period holds the pattern and is locked while a number is taken: no gap, no double.
    """

    kind = models.CharField(max_length=20)
    period = models.CharField(max_length=7, blank=True, default="")
    pattern = models.CharField(max_length=40)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "period"], name="counter_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}".strip()


class Application(Owned):
    """So much of a payment or credit settles so much of an invoice or bill, or is paid back by a refund.

    ``paid_value`` and ``owed_value``: what that is in the company's currency by the rate of either; None where both are in
    the company's own, and while a rate is not known."""

    payment = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="applications")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="settled_by")
    amount = AmountField()
    paid_value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    owed_value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("application")
        constraints = [
            models.UniqueConstraint(fields=["payment", "document"], name="application_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="application_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.payment} → {self.document}"
