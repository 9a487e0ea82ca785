"""How somebody is reached: e-mail, phone, postal address. Each row belongs to exactly one party."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, IntegerField
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.tenancy import Owned
from tradepost.kit.words import gettext_noop
from tradepost.people.models.matters import Lead
from tradepost.people.models.parties import Contact, Customer, Vendor

HOLDERS = ("contact", "customer", "vendor", "lead")


def _of_one(name: str) -> models.CheckConstraint:
    known = Func(*map(F, HOLDERS), function="num_nonnulls", output_field=IntegerField())
    return models.CheckConstraint(condition=Exact(known, 1), name=name)


class EmailAddress(Owned):
    """An e-mail address. One address may belong to several parties (mail then asks a person: review)."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="emails"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="emails"
    )
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="emails")
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="emails")
    email = models.CharField(max_length=254)  # folded by kit.text.fold_email
    label = models.CharField(max_length=30, blank=True)
    primary = models.BooleanField(default=False)

    class Meta:
        verbose_name = gettext_noop("e-mail address")
        verbose_name_plural = gettext_noop("e-mail addresses")
        indexes = [models.Index(fields=["organisation", "email"], name="email_lookup")]
        constraints = [
            models.UniqueConstraint(fields=[*HOLDERS, "email"], nulls_distinct=False, name="email_once"),
            _of_one("email_of_one"),
        ]

    def __str__(self) -> str:
        return self.email


class Phone(Owned):
    """A further number beside the main one, which is the party's own ``phone``."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="phones"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="phones"
    )
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="phones")
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=50)
    label = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name = gettext_noop("phone number")
        constraints = [_of_one("phone_of_one")]

    def __str__(self) -> str:
        return self.number


class Address(Owned):
    """A postal address. ``primary``: the one that documents take, of those of its kind."""

    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="addresses"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="addresses"
    )
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.CASCADE, related_name="addresses"
    )
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(
        max_length=10, choices=[("billing", _("Billing")), ("shipping", _("Ship to")), ("other", _("Other"))]
    )
    name = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=300, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)
    primary = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = gettext_noop("addresses")
        constraints = [_of_one("address_of_one")]

    def __str__(self) -> str:
        return ", ".join(p for p in (self.street, self.city, self.region, self.postcode, self.country) if p)
