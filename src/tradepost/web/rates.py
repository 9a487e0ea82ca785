"""Exchange rates by currency and day: the list, one to enter, many to paste."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Invalid
from tradepost.sales import currencies, queries
from tradepost.sales.models import ExchangeRate
from tradepost.web import columns, parts, trash
from tradepost.web.bringing import brought_in
from tradepost.web.document_forms import Day
from tradepost.web.numbers import numbers
from tradepost.web.parts import Empty
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section
from tradepost.web.templatetags.ui import figure


class Rates(tables.Table):
    pk = columns.Select()
    currency = columns.Title(verbose_name=gettext_lazy("Currency"), linkify=False)
    day = columns.Day(place="at-sub", verbose_name=gettext_lazy("From"))
    rate = columns.Number(verbose_name=gettext_lazy("Rate"), place="at-end")

    def render_rate(self, value: Decimal) -> str:
        return figure(value)


class RateFilter(django_filters.FilterSet):
    currency = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Any currency"), label=gettext_lazy("Currency")
    )

    def __init__(self, *args: Any, request: DeskRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        rows = ExchangeRate.objects.of(request.actor).order_by("currency")
        names = rows.values_list("currency", flat=True).distinct()
        self.filters["currency"].extra["choices"] = [(name, name) for name in names]
        for field in self.form.fields.values():
            field.widget.attrs.update({"class": "form-select", "aria-label": field.label})


class RateForm(forms.Form):
    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3)
    day = forms.DateField(label=gettext_lazy("From"), widget=Day(format="%Y-%m-%d"))
    rate = forms.DecimalField(label=gettext_lazy("Rate"), max_digits=18, decimal_places=8, localize=True)


class PasteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Currency, day, rate"),
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "EUR,2026-11-28,1.0825"}),
        help_text=gettext_lazy("A line each, as CSV or from a spreadsheet."),
    )


def listing(request: DeskRequest) -> HttpResponse:
    """All rates, the newest first; POST enters one, which replaces that of the same day."""
    request.actor.require(Permission.INVOICING)
    form = RateForm(request.POST or None, auto_id="rate_%s", initial={"day": queries.today(request.actor)})
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        try:
            row = currencies.save_rate(request.actor, held["currency"], held["day"], held["rate"])
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{rate} saved").format(rate=row))
            return parts.go(request, reverse("exchange-rates"))
    response = parts.listing(
        request,
        "rates/list.html",
        rows=ExchangeRate.objects.of(request.actor).order_by("-day", "currency"),
        table=Rates,
        filters=RateFilter,
        empty=Empty(
            _("No rates yet"),
            _("Documents in other currencies take the rate of their day, or the last one before it."),
            icon="coins",
            imports=brought_in(request.actor, "exchange_rate"),
        ),
        context={
            "form": form,
            "paste": PasteForm(auto_id="paste_%s"),
            "company": currencies.company_currency(request.actor.organisation_id),
        },
    )
    response.status_code = 422 if form.errors else 200
    return response


@require_POST
def paste(request: DeskRequest) -> HttpResponse:
    """Keep the lines that can be read; say which cannot and why."""
    form = PasteForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    kept, wrong = currencies.take_rates(request.actor, text)
    if wrong:
        messages.error(request, " ".join(wrong[:5]))
    if kept:
        parts.notify(request, ngettext("{n} rate saved", "{n} rates saved", kept).format(n=kept))
    return parts.go(request, reverse("exchange-rates"))


@require_POST
def remove(request: DeskRequest) -> HttpResponse:
    """Remove the chosen ones. Documents keep the rate that they have."""
    request.actor.require(Permission.INVOICING)
    chosen = numbers(request.POST.getlist("pk"))[:500]
    for pk in chosen:
        currencies.remove_rate(request.actor, pk)
    said = ngettext("{n} rate removed", "{n} rates removed", len(chosen)).format(n=len(chosen))
    back = trash.undo(request.actor, "exchangerate", chosen, reverse("exchange-rates"))
    parts.notify(request, said, back if chosen else None)
    return parts.go(request, reverse("exchange-rates"))


section = Section(
    urls=[
        path("exchange-rates/", listing, name="exchange-rates"),
        path("exchange-rates/paste/", paste, name="exchange-rates-paste"),
        path("exchange-rates/remove/", remove, name="exchange-rates-remove"),
    ],
    gear=(
        GearItem(SETTINGS, gettext_lazy("Exchange rates"), "coins", "exchange-rates", Permission.INVOICING),
    ),
)
