"""Web to Lead: the public form, and where it is opened and closed."""

from __future__ import annotations

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

from tradepost.accounts.access import Permission
from tradepost.accounts.models import Organisation
from tradepost.kit.errors import Invalid, Throttled
from tradepost.people import web_form
from tradepost.web import parts
from tradepost.web.people.forms import Text
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section


class LeadByWeb(forms.Form):
    """What a stranger types. ``homepage`` is for robots: people do not see it, and leave it empty."""

    first_name = Text(gettext_lazy("First name"), 100)
    last_name = Text(gettext_lazy("Last name"), 100)
    company = Text(gettext_lazy("Company"), 200)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    phone = Text(gettext_lazy("Phone"), 50)
    message = forms.CharField(
        label=gettext_lazy("Message"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    homepage = forms.CharField(required=False, widget=forms.HiddenInput)
    page = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)


@csrf_exempt  # it stands on other sites, and does nothing in anybody's name
def public(request: HttpRequest, company: int, code: str) -> HttpResponse:
    """The form, and what was typed into it, here or on the company's own site."""
    found = web_form.company_at(company, code)
    form = LeadByWeb(request.POST or None, initial={"page": request.headers.get("Referer", "")[:500]})
    sent = False
    if request.method == "POST":
        for action, key in (("web_lead", None), ("web_leads", str(company))):
            if not ratelimit.consume(request, action=action, key=key):
                raise Throttled(3600)
        if form.is_valid():
            try:
                sent = _taken(found, form)
            except Invalid as fault:
                parts.refuse(form, fault)
    context = {"form": form, "company": found, "sent": sent}
    response = parts.page(request, "people/web_form.html", context, status=422 if form.errors else 200)
    response["X-Robots-Tag"] = "noindex"
    return response


def _taken(company: Organisation, form: LeadByWeb) -> bool:
    """A robot is thanked like everybody, so that it learns nothing."""
    typed = dict(form.cleaned_data)
    page = typed.pop("page")
    if not typed.pop("homepage"):
        web_form.take(company, typed, page=page)
    return True


def settings(request: DeskRequest) -> HttpResponse:
    """Open the form, give it another address, close it; its address, and what a site of one's own needs."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    if request.method == "POST":
        if request.POST.get("verb") == "close":
            web_form.close_form(request.actor)
            parts.notify(request, _("The form is closed"))
        else:
            web_form.open_form(request.actor)
            parts.notify(request, _("The form is open"))
        return parts.go(request, reverse("web-form"))
    where = web_form.address(request.actor.organisation_id)
    context = {"address": request.build_absolute_uri(where) if where else ""}
    return parts.page(request, "people/web_form_settings.html", context)


section = Section(
    urls=[path("leads/web-form/", settings, name="web-form")],
    gear=(
        GearItem(
            SETTINGS,
            gettext_lazy("Web to Lead"),
            "mouse-pointer-click",
            "web-form",
            Permission.COMPANY_SETTINGS,
        ),
    ),
)
entrance = Section(urls=[path("w/<int:company>/<str:code>/", public, name="web-lead")], public=True)
