"""What is sold."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.accounts.tenancy import Owned
from tradepost.catalog.pricing import Reach, broken
from tradepost.custom.models import Marked, mark_indexes
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned, search_column, search_index

REACHES = [
    (Reach.ABOVE.value, gettext_noop("All lines above")),
    (Reach.LINE.value, gettext_noop("The line above")),
]


class ItemType(models.TextChoices):
    STOCK = "stock", _("Stock item")
    ASSEMBLY = "assembly", _("Assembly")  # built from its parts, then stocked
    KIT = "kit", _("Kit")  # sold as one, taken from the stock of its parts
    NON_STOCK = "non_stock", _("Non-stock item")
    SERVICE = "service", pgettext_lazy("type of an item", "Service")
    GROUP = "group", _("Group")  # a set of items that are entered together
    OTHER_CHARGE = "other_charge", _("Other charge")
    DISCOUNT = "discount", _("Discount")
    MATRIX = "matrix", _("Matrix")  # the parent of variants

    @property
    def keeps_stock(self) -> bool:
        return self in (ItemType.STOCK, ItemType.ASSEMBLY)

    @property
    def has_parts(self) -> bool:
        return self in (ItemType.ASSEMBLY, ItemType.KIT, ItemType.GROUP)


class Category(Owned, Versioned):
    """A place in the tree of the catalogue."""

    name = models.CharField(max_length=100)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("category")
        verbose_name_plural = gettext_noop("categories")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "parent", "name"], nulls_distinct=False, name="category_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Item(Owned, Versioned, Marked):
    """One thing that a line of a document may name. ``price`` is in the company's currency, for one ``unit``.

    A variant has a matrix item as ``parent`` and says in ``options`` which one it is: ``{"Size": "XL"}``. A discount
    takes ``discount_percent`` or, without one, the amount ``price`` off the line above it or all lines above.
    """

    sku = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=ItemType.choices, default=ItemType.STOCK)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, default="each")
    price = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=0)  # percent
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0, db_default=0)
    discount_reach = models.CharField(
        max_length=8, choices=REACHES, default=Reach.ABOVE.value, db_default=Reach.ABOVE.value
    )
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.PROTECT, related_name="items"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="variants"
    )
    options = models.JSONField(default=dict, db_default={}, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    search = search_column("sku", "name", "description", "mark_words")

    class Meta:
        verbose_name = gettext_noop("item")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sku"], name="item_sku"),
            models.UniqueConstraint(fields=["parent", "options"], name="variant_once"),
        ]
        indexes = [search_index("item_search"), *mark_indexes("item")]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class ItemPart(Owned):
    """A line of a bill of materials: ``quantity`` of ``part`` goes into one ``whole``."""

    whole = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="parts")
    part = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="used_in")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)
    position = models.PositiveIntegerField()

    class Meta:
        verbose_name = gettext_noop("part")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["whole", "part"], name="part_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="part_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} × {self.part}"


class ItemUnit(Owned):
    """Another unit of an item: one ``name`` is ``factor`` of its stock unit. A carton is 12 each."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="units")
    name = models.CharField(max_length=20)
    factor = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = gettext_noop("unit")
        constraints = [
            models.UniqueConstraint(fields=["item", "name"], name="unit_once"),
            models.CheckConstraint(condition=models.Q(factor__gt=0), name="unit_above_zero"),
        ]

    def __str__(self) -> str:
        return self.name


class Barcode(Owned):
    """What a scanner reads, and the unit that it stands on; an empty one is the stock unit."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="barcodes")
    code = models.CharField(max_length=80)
    unit = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = gettext_noop("barcode")
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="barcode_once")]

    def __str__(self) -> str:
        return self.code


class ItemPicture(Owned):
    """A picture of an item, the first by ``position`` stands for it. The bytes lie in the storage under ``key``; ``width`` and
    ``height`` in pixels. ``small_key``: a PNG of it for lists; empty where it is its own, None while that is not made."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="pictures")
    position = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    small_key = models.CharField(max_length=200, null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("picture")
        constraints = [models.UniqueConstraint(fields=["item", "sha256"], name="item_picture_once")]
        indexes = [models.Index(fields=["organisation", "key"], name="item_picture_by_key")]

    def __str__(self) -> str:
        return self.name


class ItemVendor(Owned):
    """Who sells the item to us. ``quantity`` is what the vendor says there is (C7c); ``position`` 1 is preferred. ``breaks``:
    ``[[from how many on, price of one], …]`` as text, the smallest first.

    The vendor is known by name; ``vendor_id`` is its record's key where it has one.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="vendors")
    position = models.PositiveIntegerField()
    vendor = models.CharField(max_length=200)
    vendor_id = models.BigIntegerField(null=True, blank=True)
    vendor_sku = models.CharField(max_length=60, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    breaks = models.JSONField(default=list, db_default=[], blank=True)
    currency = models.CharField(max_length=3, blank=True)  # empty: the company's
    lead_days = models.PositiveIntegerField(null=True, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=4, default=0)

    class Meta:
        verbose_name = gettext_noop("vendor of an item")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["item", "vendor"], name="item_vendor_once")]

    def __str__(self) -> str:
        return self.vendor

    def price_of(self, quantity: Decimal) -> Decimal | None:
        """What one costs when so many are bought; None if the vendor names no price."""
        return broken(self.price, [(Decimal(n), Decimal(price)) for n, price in self.breaks], quantity)
