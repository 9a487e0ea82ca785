"""Ref #: how documents of each kind are numbered, with the next numbers as one types (B26)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales import numbers
from tradepost.sales.models import Kind
from tradepost.web import parts
from tradepost.web.kinds import LOOKS
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

# Fields of a pattern, and what they stand for.
FIELDS: tuple[tuple[str, parts.Text], ...] = (
    ("{n}", gettext_lazy("the number; {n:05} fills it up to five digits")),
    ("{yyyy}", gettext_lazy("the year, such as 2026; numbers begin again with each")),
    ("{yy}", gettext_lazy("the year in two digits")),
    ("{mm}", gettext_lazy("the month, beside a year; numbers begin again with each")),
)


class SeriesForm(forms.Form):
    pattern = forms.CharField(label=gettext_lazy("Pattern"), max_length=40)
    next_number = forms.IntegerField(
        label=gettext_lazy("Next number"),
        required=False,
        min_value=1,
        max_value=10**9 - 1,
        help_text=gettext_lazy("Left empty, it goes on behind the highest that was given."),
    )


def overview(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.COMPANY_SETTINGS)
    rows = [(LOOKS[one.kind], one) for one in numbers.series(request.actor) if one.kind in LOOKS]
    return parts.page(request, "numbering/all.html", {"rows": rows})


def edit(request: DeskRequest, name: str) -> HttpResponse:
    """The form of one kind, by the plural of its lists."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    kind, held = _kind(name), numbers.series(request.actor)
    now = next(one for one in held if one.kind == kind)
    form = SeriesForm(request.POST or None, initial={"pattern": now.pattern, "next_number": now.next_number})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            first = numbers.set_pattern(request.actor, kind, values["pattern"], values["next_number"])
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("The next one is {number}").format(number=first))
            return parts.go(request, reverse("numbering"))
    look = LOOKS[kind]
    context: dict[str, Any] = {
        "form": form,
        "look": look,
        "upcoming": now.upcoming,
        "fields": FIELDS,
        "crumbs": [Crumb(_("Numbering"), reverse("numbering")), Crumb(look.title)],
    }
    return parts.page(request, "numbering/edit.html", context, status=422 if form.errors else 200)


def preview(request: DeskRequest, name: str) -> HttpResponse:
    """The next numbers of what is typed, or why it cannot be."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    first = number(request.GET.get("next_number", "").strip(), 9)
    try:
        found = numbers.tried(request.actor, _kind(name), request.GET.get("pattern", ""), first)
    except Invalid as fault:
        return render(request, "numbering/edit.html#upcoming", {"problem": " ".join(fault.fields.values())})
    return render(request, "numbering/edit.html#upcoming", {"upcoming": found.upcoming})


def _kind(name: str) -> Kind:
    found = next((kind for kind, look in LOOKS.items() if look.plural == name), None)
    if found is None or found not in numbers.PATTERNS:
        raise Missing(_("kind “{name}”").format(name=name))
    return found


section = Section(
    urls=[
        path("numbering/", overview, name="numbering"),
        path("numbering/<slug:name>/", edit, name="numbering-edit"),
        path("numbering/<slug:name>/preview/", preview, name="numbering-preview"),
    ],
    gear=(GearItem(SETTINGS, gettext_lazy("Numbering"), "hash", "numbering", Permission.COMPANY_SETTINGS),),
)
