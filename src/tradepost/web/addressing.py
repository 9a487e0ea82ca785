"""Where a document goes: its billing and ship-to address, one of its customer's or vendor's, or a typed one."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.kit.countries import country_code
from tradepost.kit.errors import Fault, Missing
from tradepost.sales import queries, services
from tradepost.sales.addresses import PARTS, postal
from tradepost.sales.models import Document, Kind
from tradepost.sales.state_table import MACHINES
from tradepost.web import parts, records
from tradepost.web.shell import DeskRequest, Section

TITLES = {"billing": gettext_lazy("Bill to"), "shipping": gettext_lazy("Ship to")}
BOUGHT = {**TITLES, "billing": gettext_lazy("Vendor")}  # whom it is bought from


class AddressForm(forms.Form):
    """An address that stands on no list."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200)
    street = forms.CharField(
        label=gettext_lazy("Street"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    postcode = forms.CharField(label=gettext_lazy("Postcode"), required=False, max_length=20)
    city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=100)
    region = forms.CharField(label=gettext_lazy("State or region"), required=False, max_length=100)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    country = forms.CharField(
        label=gettext_lazy("Country"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Its name, or two letters: US."),
    )

    def clean_country(self) -> str:
        if (code := country_code(self.cleaned_data["country"])) is None:
            raise forms.ValidationError(_("Write the name of the country, or its two letters such as US."))
        return code


def change(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """The sheet to choose or type an address of a document; POST with ``pick`` takes one of the party's."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    request.actor.require(MACHINES[Kind(row.kind)].edit)
    if name not in TITLES:
        raise Missing(_("field “{name}”").format(name=name))
    title = (BOUGHT if row.vendor_id else TITLES)[name]
    form = AddressForm(request.POST or None, initial={"version": row.version, **getattr(row, name)})
    if request.method == "POST" and form.is_valid():
        typed = {part: form.cleaned_data[part] for part in PARTS}
        chosen = _picked(request, row) or (typed if any(typed.values()) else {})
        version = form.cleaned_data["version"]
        try:
            services.save_document(
                request.actor, Kind(row.kind), {name: chosen}, document_id=pk, version=version
            )
        except Fault as fault:
            form.add_error(None, str(fault))
        else:
            parts.notify(request, _("{label} saved").format(label=title))
            return parts.go(request, records.address(row))
    known = {tuple(postal(one).values()): one for one in row.party.addresses.order_by("primary", "-id")}
    context = {
        "form": form,
        "title": title,
        "document": row,
        "known": [(one.pk, postal(one)) for one in reversed(known.values())],  # each place once
        "action": reverse("document-address", args=[pk, name]),
    }
    return render(request, "sales/address_sheet.html", context, status=422 if form.errors else 200)


def _picked(request: DeskRequest, row: Document) -> dict[str, str]:
    """The address whose button was pressed; empty where it was the one that saves what was typed."""
    pick = request.POST.get("pick", "")
    if not pick:
        return {}
    known = {str(one.pk): one for one in row.party.addresses.all()}
    if pick not in known:
        raise Missing(_("address"))
    return postal(known[pick])


section = Section(urls=[path("documents/<int:pk>/address/<str:name>/", change, name="document-address")])
