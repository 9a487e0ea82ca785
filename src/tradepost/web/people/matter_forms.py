"""The forms of leads, opportunities, cases and jobs."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from tradepost.people.models import (
    CaseStatus,
    Contact,
    Customer,
    CustomerStatus,
    LeadStatus,
    Priority,
    ProjectStatus,
    Source,
    Stage,
)
from tradepost.web.people.forms import Chosen, Day, Member, RecordForm, Text, YesNo

NUMBER = _("Left empty, the next one is taken.")


class Amount(forms.DecimalField):
    """An amount of money, or nothing."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, min_value=0, max_digits=18, decimal_places=2)


class By(forms.ChoiceField):
    """By which way somebody came."""

    def __init__(self) -> None:
        super().__init__(label=_("Source"), required=False, choices=[("", _("Not said")), *Source.choices])


def _words(label: Any, rows: int = 3) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=forms.Textarea(attrs={"rows": rows}))


class LeadForm(RecordForm):
    company = Text(_("Company"), 200)
    first_name = Text(_("First name"), 100)
    last_name = Text(_("Last name"), 100)
    job_title = Text(_("Job title"), 100)
    phone = Text(_("Phone"), 50)
    website = Text(_("Website"), 200)
    source = By()
    status = forms.ChoiceField(label=_("Status"), choices=LeadStatus.choices[:-1])
    status_reason = Text(_("Why this status"), 200)
    field_order = (
        "company", "first_name", "last_name", "job_title", "phone", "website", "source", "status",
        "status_reason", "owner_id", "notes",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("status") == LeadStatus.CONVERTED:
            self.fields["status"].choices = LeadStatus.choices[-1:]  # type: ignore[attr-defined]


class _MatterForm(RecordForm):
    customer_id = Chosen(Customer, "customers-complete", _("Customer"))
    contact_id = Chosen(Contact, "contacts-complete", _("Contact"))
    number = Text(_("Number"), 30, help_text=NUMBER)


class OpportunityForm(_MatterForm):
    lists: ClassVar = {"close_reason": ("reasons-won", "reasons-lost")}
    name = forms.CharField(label=_("Name"), max_length=200)
    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices)
    probability = forms.IntegerField(
        label=_("Probability %"),
        min_value=0,
        max_value=100,
        initial=20,
        help_text=_("A new stage brings its usual one."),
    )
    expected = Day(_("Expected close"))
    budget = Amount(_("Budget"))
    revenue = Amount(_("Revenue"))
    currency = Text(_("Currency"), 3)
    source = By()
    need = _words(_("Customer need"))
    solution = _words(_("Proposed solution"))
    close_reason = Text(_("Why won or lost"), 200)
    field_order = (
        "name", "customer_id", "contact_id", "number", "stage", "probability", "expected", "budget", "revenue",
        "currency", "source", "need", "solution", "close_reason", "owner_id", "notes",
    )  # fmt: skip

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class CaseForm(_MatterForm):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    description = _words(_("Description"), 5)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    status = forms.ChoiceField(label=_("Status"), choices=CaseStatus.choices)
    source = By()
    due = Day(_("Due"))
    assignee_id = Member(_("Assigned to"))
    resolution = _words(_("Resolution"))
    field_order = (
        "subject", "customer_id", "contact_id", "number", "description", "priority", "status", "due", "source",
        "assignee_id", "resolution", "owner_id", "notes",
    )  # fmt: skip


class ProjectForm(_MatterForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    status = forms.ChoiceField(label=_("Status"), choices=ProjectStatus.choices)
    starts = Day(_("Starts"))
    ends = Day(_("Ends"))
    budget = Amount(_("Budget"))
    field_order = (
        "name", "customer_id", "contact_id", "number", "status", "starts", "ends", "budget", "owner_id", "notes",
    )  # fmt: skip


class ConvertForm(RecordForm):
    """What becomes of a lead."""

    customer_id = Chosen(
        Customer, "customers-complete", _("Customer"), help_text=_("Left empty, a new one is made.")
    )
    status = forms.ChoiceField(label=_("The new one is"), choices=CustomerStatus.choices[:2])
    contact_id = Chosen(
        Contact, "contacts-complete", _("Contact"), help_text=_("Left empty, a new one is made.")
    )
    wanted = YesNo(_("With an opportunity"))
    name = Text(_("Name of the opportunity"), 200)
    budget = Amount(_("Budget"))
    expected = Day(_("Expected close"))
    field_order = ("customer_id", "status", "contact_id", "wanted", "name", "budget", "expected")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["owner_id"], self.fields["notes"]


class CloseForm(forms.Form):
    """How an opportunity ended."""

    revenue = Amount(_("Revenue"))
    close_reason = Text(_("Why"), 200)
