"""Customers, vendors, and the contacts who may belong to several of either."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Owned
from tradepost.custom.models import Marked, mark_indexes
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned, search_column, search_index


class Kept(Owned, Versioned, Marked):
    """A record that somebody looks after, that can be put away, and thrown into the trash."""

    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    trashed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Company(Kept):
    """What customers and vendors have in common."""

    number = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=50, blank=True)
    website = models.CharField(max_length=200, blank=True)
    terms = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    search = search_column("number", "name", "phone", "website", "mark_words")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class CustomerStatus(models.TextChoices):
    """A prospect has not bought yet."""

    PROSPECT = "prospect", _("Prospect")
    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")


class TaxStatus(models.TextChoices):
    TAXABLE = "taxable", _("Taxable")
    EXEMPT = "exempt", _("Exempt")
    RESALE = "resale", _("Buys for resale")


def languages() -> list[tuple[str, str]]:
    """As choices: what texts of papers are written in."""
    return list(settings.LANGUAGES)


class Customer(Company):
    """A company or person that buys. ``tax_number`` is the certificate by which no tax is owed, or the VAT number;
    ``language``: of our papers, empty: the company's; ``credit_limit`` (None: none) and ``credit_hold`` are read by ``rules.credit_stop``."""

    status = models.CharField(max_length=10, choices=CustomerStatus.choices, default=CustomerStatus.ACTIVE)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    type = models.CharField(max_length=60, blank=True)
    class_name = models.CharField("class", max_length=60, blank=True)
    rep = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    price_level = models.ForeignKey(
        "catalog.PriceLevel", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tax_status = models.CharField(max_length=10, choices=TaxStatus.choices, default=TaxStatus.TAXABLE)
    tax_number = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True, choices=languages)
    credit_limit = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credit_hold = models.BooleanField(default=False)
    credit_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = gettext_noop("customer")
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="customer_number")]
        indexes = [
            models.Index(fields=["organisation", "name"], name="customer_by_name"),
            search_index("customer_search"),
            *mark_indexes("customer"),
        ]


class VendorStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    HOLD = "hold", _("On hold")
    INACTIVE = "inactive", _("Inactive")


class Vendor(Company):
    """A company or person that we buy from. ``account_number`` is ours with them; ``language`` as a customer's; on hold nothing is
    ordered."""

    status = models.CharField(max_length=10, choices=VendorStatus.choices, default=VendorStatus.ACTIVE)
    class_name = models.CharField("class", max_length=60, blank=True, default="", db_default="")
    account_number = models.CharField(max_length=60, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True, choices=languages, default="", db_default="")

    class Meta:
        verbose_name = gettext_noop("vendor")
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="vendor_number")]
        indexes = [
            models.Index(fields=["organisation", "name"], name="vendor_by_name"),
            search_index("vendor_search"),
            *mark_indexes("vendor"),
        ]


class Gender(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")


class Contact(Kept):
    """A person. May belong to several companies. A missing first or last name stays empty (defaults.md row 10)."""

    first_name = models.CharField(max_length=100, blank=True)
    middle_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    suffix = models.CharField(max_length=20, blank=True)
    birthday = models.DateField(null=True, blank=True)
    gender = models.CharField(max_length=10, choices=Gender.choices, blank=True)
    fax = models.CharField(max_length=50, blank=True)
    job_title = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    customers = models.ManyToManyField(Customer, through="Belonging", related_name="contacts")
    vendors = models.ManyToManyField(Vendor, through="Belonging", related_name="contacts")
    email_words = models.TextField(
        blank=True, editable=False
    )  # kept by the verbs, so that search finds addresses
    search = search_column("first_name", "last_name", "job_title", "phone", "email_words", "mark_words")

    class Meta:
        verbose_name = gettext_noop("contact")
        indexes = [
            models.Index(fields=["organisation", "last_name", "first_name"], name="contact_by_name"),
            search_index("contact_search"),
            *mark_indexes("contact"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.first_name} {self.last_name}".strip()
            or self.email_words.partition(" ")[0]
            or f"Contact {self.pk}"
        )


class Belonging(Owned):
    """A contact's place at a customer or vendor."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="belongings")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="belongings")
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.CASCADE, related_name="belongings")
    main = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "customer", "vendor"], nulls_distinct=False, name="belonging_once"
            ),
            models.CheckConstraint(
                condition=models.Q(customer=None, vendor__isnull=False)
                | models.Q(customer__isnull=False, vendor=None),
                name="belonging_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} at {self.customer or self.vendor}"
