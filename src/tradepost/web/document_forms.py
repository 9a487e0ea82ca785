"""The heads of documents as forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Contact, Project
from tradepost.sales import lists
from tradepost.sales.models import Kind
from tradepost.web.kinds import PURCHASE, side
from tradepost.web.numbers import number
from tradepost.web.offers import Offer, names, offer


class Day(forms.DateInput):
    input_type = "date"


class PartyForm(forms.Form):
    """Begins with the customer of a sale or the vendor of a purchase; the class is asked where the company has any."""

    customer_id = forms.IntegerField(
        label=gettext_lazy("Customer"),
        widget=forms.Select,
        error_messages={"required": gettext_lazy("Choose a customer.")},
    )
    vendor_id = forms.IntegerField(
        label=gettext_lazy("Vendor"),
        widget=forms.Select,
        error_messages={"required": gettext_lazy("Choose a vendor.")},
    )
    class_name = forms.CharField(label=gettext_lazy("Class"), required=False, max_length=60)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.side = side(kind)
        classes = names(actor, "classes")
        if classes or self.initial.get("class_name") or lists.classes(actor):
            self.fields["class_name"].widget = Offer(classes, self.fields["class_name"].widget.attrs)
        else:
            del self.fields["class_name"]
        del self.fields["customer_id" if self.side is PURCHASE else "vendor_id"]


def party_box(actor: Actor, form: PartyForm) -> dict[str, Any]:
    """The box in which the customer or vendor is found as one types, or made by whoever may."""
    its = form.side
    may = actor.may(SHAPES[its.field.removesuffix("_id")].edit)
    return {
        "party": form[its.field],
        "party_url": reverse(its.complete),
        "party_make": reverse(its.make) if may else "",
        "party_begin": its.begin,
    }


def taken(values: dict[str, Any], *, new: bool) -> dict[str, Any]:
    """What was typed, as the verb takes it: a new document without a class gets that of its customer or vendor."""
    values = {name: value for name, value in values.items() if name != "version"}
    left_out = {"date"} if not values["date"] else set()
    if new and not values.get("class_name"):
        left_out.add("class_name")
    return {name: value for name, value in values.items() if name not in left_out}


class HeadForm(PartyForm):
    """The head of a document. Customer or vendor, contact and job are found as one types; the job is asked where there are any."""

    contact_id = forms.IntegerField(label=gettext_lazy("Contact"), required=False, widget=forms.Select)
    project_id = forms.IntegerField(label=gettext_lazy("Job"), required=False, widget=forms.Select)
    po_number = forms.CharField(label=gettext_lazy("Customer PO"), required=False, max_length=60)
    date = forms.DateField(label=gettext_lazy("Date"), required=False, widget=Day(format="%Y-%m-%d"))
    promised = forms.DateField(label=gettext_lazy("Promised"), required=False, widget=Day(format="%Y-%m-%d"))
    terms = forms.CharField(label=gettext_lazy("Terms"), required=False, max_length=60)
    discount_percent = forms.DecimalField(
        label=gettext_lazy("Discount %"), required=False, min_value=0, max_value=100
    )
    freight = forms.DecimalField(label=gettext_lazy("Freight"), required=False, min_value=0)
    freight_taxable = forms.BooleanField(label=gettext_lazy("Tax on freight"), required=False)
    memo = forms.CharField(
        label=gettext_lazy("Memo"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, actor: Actor, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, kind, *args, **kwargs)
        its = self.side
        if its is PURCHASE:
            del self.fields["freight_taxable"]
        if not Project.objects.of(actor).exists():
            del self.fields["project_id"]
        self.fields["po_number"].label = str(its.reference)
        self.fields["promised"].label = str(its.promised)
        for name, rows in (
            (its.field, its.model.objects.of(actor)),
            ("contact_id", Contact.objects.of(actor)),
            ("project_id", Project.objects.of(actor)),
        ):
            if name not in self.fields:
                continue
            chosen = number((self.data if self.is_bound else self.initial).get(name)) or 0
            found = [(row.pk, str(row)) for row in rows.filter(pk=chosen)]
            self.fields[name].widget.choices = [("", ""), *found]
        offer(actor, self, {"terms": ("terms",)}, new=False)
