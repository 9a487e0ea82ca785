"""API keys: made once, shown once, narrowed to scopes, revoked (B25)."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts import keys
from tradepost.accounts.access import Permission
from tradepost.accounts.models import ApiKey
from tradepost.kit.errors import Invalid
from tradepost.web import parts
from tradepost.web.abilities import ABILITIES
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What it is for, such as “Warehouse scanner”."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        required=False,
        choices=[(what.value, ability.label) for what, ability in ABILITIES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nothing chosen: all that you may do yourself."),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Good until"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=gettext_lazy("The last day on which it works. Empty: until it is revoked."),
    )


def listing(request: DeskRequest) -> HttpResponse:
    """The keys of the company. A POST makes one; its secret stands on the answer and nowhere else."""
    request.actor.require(Permission.API_KEYS)
    form, made, secret = KeyForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = keys.create_api_key(request.actor, **form.cleaned_data)
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            form = KeyForm()
    rows = ApiKey.objects.of(request.actor).select_related("user").order_by("revoked_at", "-created_at")
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "keys": rows.filter(keys.live_keys()),
        "ended": rows.exclude(keys.live_keys())[:50],
    }
    response = parts.page(request, "api_keys/list.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def revoke(request: DeskRequest, pk: int) -> HttpResponse:
    keys.revoke_api_key(request.actor, pk)
    parts.notify(request, _("API key revoked"))
    return parts.go(request, reverse("api-keys"))


section = Section(
    urls=[
        path("api-keys/", listing, name="api-keys"),
        path("api-keys/<int:pk>/revoke/", revoke, name="api-key-revoke"),
    ],
    gear=(GearItem(SETTINGS, gettext_lazy("API keys"), "key", "api-keys", Permission.API_KEYS),),
)
