"""The forms of records. A fact that is edited in place is the same field as in the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.people.models import Customer, Vendor, VendorStatus
from tradepost.web.choices import members


class Chosen(forms.TypedChoiceField):
    """One record, found as one types at the address ``url_name``."""

    def __init__(self, model: Any, url_name: str, label: Any, **kwargs: Any) -> None:
        self.model, self.url_name = model, url_name
        super().__init__(label=label, required=False, coerce=int, empty_value=None, **kwargs)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        rows = self.model.objects.of(actor).filter(pk__in=[pk for pk in held if str(pk).isdecimal()])
        self.choices = [("", ""), *((row.pk, str(row)) for row in rows)]


class ChosenMany(forms.TypedMultipleChoiceField):
    """Several records, found as one types."""

    def __init__(self, model: Any, url_name: str, label: Any, **kwargs: Any) -> None:
        self.model, self.url_name = model, url_name
        super().__init__(label=label, required=False, coerce=int, **kwargs)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        rows = self.model.objects.of(actor).filter(pk__in=[pk for pk in held if str(pk).isdecimal()])
        self.choices = [(row.pk, str(row)) for row in rows]


class Member(forms.TypedChoiceField):
    """Somebody who works here, or nobody."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, coerce=int, empty_value=None)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        self.choices = [("", _("Nobody")), *members(actor)]


class Text(forms.CharField):
    """A line of text that may stay empty."""

    def __init__(self, label: Any, most: int, **kwargs: Any) -> None:
        super().__init__(label=label, required=False, max_length=most, **kwargs)


class RecordForm(forms.Form):
    field_order: tuple[str, ...] = ()
    owner_id = Member(gettext_lazy("Owner"))
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, Chosen | ChosenMany | Member):
                typed = self.data.getlist(name) if isinstance(self.data, QueryDict) else None
                held = self.initial.get(name) or []
                field.offer(actor, typed if typed is not None else held if isinstance(held, list) else [held])


class CompanyForm(RecordForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    number = Text(gettext_lazy("Number"), 30, help_text=gettext_lazy("Left empty, the next one is taken."))
    phone = Text(gettext_lazy("Phone"), 50)
    website = Text(gettext_lazy("Website"), 200)
    terms = Text(gettext_lazy("Terms"), 60)
    currency = Text(gettext_lazy("Currency"), 3)
    field_order: tuple[str, ...] = (
        "name",
        "number",
        "phone",
        "website",
        "terms",
        "currency",
        "owner_id",
        "notes",
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class CustomerForm(CompanyForm):
    pass


class VendorForm(CompanyForm):
    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=VendorStatus.choices)
    account_number = Text(
        gettext_lazy("Our account number"), 60, help_text=gettext_lazy("What they know us by.")
    )
    tax_number = Text(gettext_lazy("Tax number"), 40)
    field_order = (
        "name", "number", "status", "phone", "website", "terms", "currency", "account_number", "tax_number",
        "owner_id", "notes",
    )  # fmt: skip


class ContactForm(RecordForm):
    first_name = Text(gettext_lazy("First name"), 100)
    last_name = Text(gettext_lazy("Last name"), 100)
    job_title = Text(gettext_lazy("Job title"), 100)
    phone = Text(gettext_lazy("Phone"), 50)
    customer_ids = ChosenMany(Customer, "customers-complete", gettext_lazy("Customers"))
    vendor_ids = ChosenMany(Vendor, "vendors-complete", gettext_lazy("Vendors"))
    field_order = (
        "first_name", "last_name", "job_title", "phone", "customer_ids", "vendor_ids", "owner_id", "notes",
    )  # fmt: skip
