"""The forms of customers, vendors and contacts."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from tradepost.catalog.models import PriceLevel
from tradepost.people.models import Customer, CustomerStatus, Gender, TaxStatus, Vendor, VendorStatus
from tradepost.web.people.forms import Chosen, ChosenMany, Day, Listed, Member, RecordForm, Text, YesNo


class CompanyForm(RecordForm):
    lists: ClassVar = {"terms": ("terms",), "type": ("customer-types",), "class_name": ("classes",)}
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    number = Text(gettext_lazy("Number"), 30, help_text=gettext_lazy("Left empty, the next one is taken."))
    phone = Text(gettext_lazy("Phone"), 50)
    website = Text(gettext_lazy("Website"), 200)
    terms = Text(gettext_lazy("Terms"), 60)
    currency = Text(gettext_lazy("Currency"), 3)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of documents"),
        required=False,
        choices=[("", gettext_lazy("The company’s")), *settings.LANGUAGES],
    )
    field_order: tuple[str, ...] = (
        "name",
        "number",
        "phone",
        "website",
        "terms",
        "currency",
        "language",
        "owner_id",
        "notes",
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class CustomerForm(CompanyForm):
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=CustomerStatus.choices)
    parent_id = Chosen(Customer, "customers-complete", gettext_lazy("Parent company"))
    type = Text(gettext_lazy("Type"), 60, help_text=gettext_lazy("Such as retailer or restaurant."))
    class_name = Text(gettext_lazy("Class"), 60, help_text=gettext_lazy("Such as A, B or C."))
    rep_id = Member(gettext_lazy("Sales rep"))
    price_level_id = Listed(PriceLevel, gettext_lazy("Price level"), gettext_lazy("List price"))
    tax_status = forms.ChoiceField(label=gettext_lazy("Tax status"), choices=TaxStatus.choices)
    tax_number = Text(
        gettext_lazy("Tax number"), 40, help_text=gettext_lazy("Of the exemption, or the VAT number.")
    )
    credit_limit = forms.DecimalField(
        label=gettext_lazy("Credit limit"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        help_text=gettext_lazy("Left empty, there is none."),
    )
    credit_hold = YesNo(gettext_lazy("Credit hold"))
    credit_reason = Text(gettext_lazy("Reason of the hold"), 200)
    field_order = (
        "name", "number", "status", "parent_id", "phone", "website", "type", "class_name", "rep_id", "terms",
        "currency", "price_level_id", "tax_status", "tax_number", "language", "credit_limit", "credit_hold", "credit_reason",
        "owner_id", "notes",
    )  # fmt: skip


class VendorForm(CompanyForm):
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=VendorStatus.choices)
    class_name = Text(gettext_lazy("Class"), 60, help_text=gettext_lazy("Such as A, B or C."))
    account_number = Text(
        gettext_lazy("Our account number"), 60, help_text=gettext_lazy("What they know us by.")
    )
    tax_number = Text(gettext_lazy("Tax number"), 40)
    field_order = (
        "name", "number", "status", "phone", "website", "class_name", "terms", "currency", "account_number", "tax_number",
        "language", "owner_id", "notes",
    )  # fmt: skip


class ContactForm(RecordForm):
    first_name = Text(gettext_lazy("First name"), 100)
    middle_name = Text(gettext_lazy("Middle name"), 100)
    last_name = Text(gettext_lazy("Last name"), 100)
    suffix = Text(gettext_lazy("Suffix"), 20)
    fax = Text(gettext_lazy("Fax"), 50)
    birthday = Day(gettext_lazy("Birthday"))
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"),
        required=False,
        choices=[("", gettext_lazy("Not said")), *Gender.choices],
    )
    job_title = Text(gettext_lazy("Job title"), 100)
    phone = Text(gettext_lazy("Phone"), 50)
    customer_ids = ChosenMany(Customer, "customers-complete", gettext_lazy("Customers"))
    vendor_ids = ChosenMany(Vendor, "vendors-complete", gettext_lazy("Vendors"))
    field_order = (
        "first_name", "middle_name", "last_name", "suffix", "job_title", "phone", "fax", "birthday", "gender",
        "customer_ids", "vendor_ids", "owner_id", "notes",
    )  # fmt: skip
