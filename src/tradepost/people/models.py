"""Customers and contacts: one identity for mail, web shops and address books (X1)."""

from __future__ import annotations

from django.db import models

from tradepost.accounts.tenancy import Owned
from tradepost.wire.orm import Versioned, search_column, search_index


class Customer(Owned, Versioned):
    """A company or person that buys."""

    number = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=50, blank=True)
    website = models.CharField(max_length=200, blank=True)
    terms = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    notes = models.TextField(blank=True)
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    search = search_column("number", "name", "phone", "website")

    class Meta:
        verbose_name = "customer"
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="customer_number")]
        indexes = [
            models.Index(fields=["organisation", "name"], name="customer_by_name"),
            search_index("customer_search"),
        ]

    def __str__(self) -> str:
        return self.name


class Address(Owned):
    """A postal address of a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(
        max_length=10, choices=[("billing", "Billing"), ("shipping", "Ship to"), ("other", "Other")]
    )
    name = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=300, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    primary = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return ", ".join(p for p in (self.street, self.city, self.region, self.postcode, self.country) if p)


class Contact(Owned, Versioned):
    """A person. May belong to several customers. A missing first or last name stays empty (defaults.md row 10)."""

    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    job_title = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    notes = models.TextField(blank=True)
    customers = models.ManyToManyField(Customer, through="Belonging", related_name="contacts")
    owner = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    email_words = models.TextField(
        blank=True, editable=False
    )  # kept by the verbs, so that search finds addresses
    search = search_column("first_name", "last_name", "job_title", "phone", "email_words")

    class Meta:
        verbose_name = "contact"
        indexes = [
            models.Index(fields=["organisation", "last_name", "first_name"], name="contact_by_name"),
            search_index("contact_search"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.first_name} {self.last_name}".strip()
            or self.email_words.partition(" ")[0]
            or f"Contact {self.pk}"
        )


class Belonging(Owned):
    """A contact's place at a customer."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="belongings")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="belongings")
    main = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "customer"], name="belonging_once")]

    def __str__(self) -> str:
        return f"{self.contact} at {self.customer}"


class EmailAddress(Owned):
    """An e-mail address of a contact or of a customer itself. One address may belong to several (B-list: review)."""

    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="emails")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="emails")
    email = models.CharField(max_length=254)  # folded by kit.text.fold_email
    label = models.CharField(max_length=30, blank=True)
    primary = models.BooleanField(default=False)

    class Meta:
        verbose_name = "e-mail address"
        verbose_name_plural = "e-mail addresses"
        indexes = [models.Index(fields=["organisation", "email"], name="email_lookup")]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "customer", "email"], nulls_distinct=False, name="email_once"
            ),
            models.CheckConstraint(
                condition=models.Q(contact=None, customer__isnull=False)
                | models.Q(contact__isnull=False, customer=None),
                name="email_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.email
