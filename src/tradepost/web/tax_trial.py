"""What tax would be charged: a customer, an item, a day and a place are tried out, and nothing is stored (C29)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Item
from tradepost.kit.errors import Fault
from tradepost.people.models import Customer
from tradepost.sales import queries
from tradepost.sales.tax import Match, Place
from tradepost.sales.tax_trial import Trial, try_out
from tradepost.web import parts
from tradepost.web.document_forms import Day
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb, Text
from tradepost.web.shell import DeskRequest

WHY: dict[Match, Text] = {
    Match.STATE: gettext_lazy("The region of this state says so."),
    Match.COUNTRY: gettext_lazy("The region of this country says so."),
    Match.DEFAULT: gettext_lazy("No region names this place, so the default is charged."),
    Match.ABROAD: gettext_lazy("No region names this country, so no item sales tax is charged."),
}


class TrialForm(forms.Form):
    customer = forms.IntegerField(
        label=gettext_lazy("Customer"),
        widget=forms.Select,
        error_messages={"required": gettext_lazy("Choose a customer.")},
    )
    item = forms.IntegerField(
        label=gettext_lazy("Item"),
        widget=forms.Select,
        error_messages={"required": gettext_lazy("Choose an item.")},
    )
    day = forms.DateField(label=gettext_lazy("Date"), widget=Day(format="%Y-%m-%d"))
    country = forms.CharField(label=gettext_lazy("Country"), required=False, max_length=2)
    state = forms.CharField(
        label=pgettext_lazy("part of an address", "State"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Left empty: the customer's own address."),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("customer", Customer), ("item", Item)):
            chosen = number((self.data if self.is_bound else self.initial).get(name)) or 0
            rows = model.objects.of(actor).filter(pk=chosen)
            choices: Any = self.fields[name].widget
            choices.choices = [("", ""), *((row.pk, str(row)) for row in rows)]


def trial(request: DeskRequest) -> HttpResponse:
    """Nothing is stored; the address is the question."""
    request.actor.require(Permission.SALES_VIEW)
    day = queries.today(request.actor)
    asked = "customer" in request.GET
    form = TrialForm(request.actor, request.GET if asked else None, initial={"day": day})
    found: Trial | None = None
    if asked and form.is_valid():
        held = form.cleaned_data
        place = Place(held["country"], held["state"])
        try:
            found = try_out(request.actor, held["customer"], held["item"], held["day"], place=place or None)
        except Fault as fault:
            form.add_error(None, str(fault))
    crumbs = [Crumb(_("Taxes"), reverse("taxes")), Crumb(_("What would be charged"))]
    why = WHY[found.why] if found and found.why else ""
    context = {"form": form, "trial": found, "why": why, "crumbs": crumbs}
    return parts.page(request, "taxes/trial.html", context)


url = path("taxes/try/", trial, name="tax-trial")
