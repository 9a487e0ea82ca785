"""One's own profile: name, password, second factor, and the settings that a user may set for himself (X5)."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings as django_settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts import services, settings
from tradepost.accounts.models import Membership
from tradepost.accounts.settings import REGISTRY, Level
from tradepost.kit.errors import Invalid
from tradepost.web import parts
from tradepost.web.preferences import LEVELS
from tradepost.web.shell import GENERAL, DeskRequest, GearItem, Section


class ProfileForm(forms.Form):
    """The name, and one choice for each setting of the user level; empty inherits."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=150)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("As the browser asks")), *django_settings.LANGUAGES],
        required=False,
    )

    def __init__(self, *args: Any, own: dict[str, tuple[Any, Level | None]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in own:
            setting = REGISTRY[key]
            inherited = [("", _("Use default"))]
            if setting.choices:
                choices = [*inherited, *setting.choices.items()]
            else:
                choices = [*inherited, ("true", _("Yes")), ("false", _("No"))]
            self.fields[key] = forms.ChoiceField(
                label=setting.label, help_text=setting.help, choices=choices, required=False
            )

    def values(self) -> dict[str, Any]:
        words = {"": None, "true": True, "false": False}
        return {k: words.get(v, v) for k, v in self.cleaned_data.items() if k in REGISTRY}


def profile(request: DeskRequest) -> HttpResponse:
    actor, user = request.actor, request.membership.user
    mine = [
        s for s in REGISTRY.values() if Level.USER in s.levels and (s.choices or isinstance(s.default, bool))
    ]
    found = settings.resolve(mine, actor.organisation_id, actor.user_id)
    start = {key: _text(value) for key, (value, level) in found.items() if level is Level.USER}
    form = ProfileForm(
        request.POST or None, initial={"name": user.name, "language": user.language, **start}, own=found
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_name(actor, form.cleaned_data["name"])
            services.choose_language(actor, form.cleaned_data["language"])
            if found:
                settings.put(actor, form.values(), Level.USER)
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("Profile saved"))
            return parts.go(request, reverse("profile"))
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    context = {
        "form": form,
        "factors": factors.count(),
        "companies": Membership.objects.filter(user=user, ended_at=None).count(),
        "levels": LEVELS,
    }
    return parts.page(request, "account/profile.html", context, status=422 if form.errors else 200)


@require_POST
def sign_out_everywhere(request: DeskRequest) -> HttpResponse:
    """End one's sessions but for this one."""
    update_session_auth_hash(request, services.sign_out_everywhere(request.actor))
    parts.notify(request, _("You are signed out everywhere else"))
    return parts.go(request, reverse("profile"))


def _text(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


section = Section(
    urls=[
        path("profile/", profile, name="profile"),
        path("profile/sign-out/", sign_out_everywhere, name="sign-out-everywhere"),
    ],
    gear=(GearItem(GENERAL, gettext_lazy("Profile and security"), "user-round", "profile"),),
)
