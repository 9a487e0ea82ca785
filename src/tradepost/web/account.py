"""Entrance: register a company, sign in and out, passwords, second factor, invitations, and which company one works in.

Sign-in, password reset and the second factor are django-allauth's; its pages are drawn with our layouts and elements
(``templates/allauth``). Tries are throttled by allauth's rate limits, and no answer tells whether an account exists.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.core import ratelimit
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tradepost.accounts import services
from tradepost.accounts.access import Actor
from tradepost.accounts.models import Invitation, Membership, User
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Refused, Throttled
from tradepost.web import parts
from tradepost.web.locales import LOCALES, currency_of, preferred
from tradepost.web.shell import DeskRequest, Section

CURRENCIES = "USD EUR GBP CAD AUD NZD CHF SEK NOK DKK PLN CZK HUF JPY INR SGD HKD ZAR BRL MXN"


class Adapter(DefaultAccountAdapter):
    """allauth's door to us: accounts are made by our verbs alone, and signing in needs no message."""

    _silent = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in self._silent:
            super().add_message(request, level, message_template, *args, **kwargs)

    def format_email_subject(self, subject: str) -> str:
        return f"[tradepost] {subject}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """By the address that we were given, never by the request's Host header, which whoever asks may choose."""
        user, _dash, rest = key.partition("-")
        named = {"uidb36": user, "key": rest}
        return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=named)

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Any:
        context = {**context, "current_site": {"name": "tradepost", "domain": settings.PUBLIC_URL}}
        return super().render_mail(template_prefix, email, context, headers)


def zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(clock.zones()) if "/" in zone or zone == "UTC"]


def currencies(current: str = "") -> list[tuple[str, str]]:
    known = CURRENCIES.split()
    return [(code, code) for code in (known if not current or current in known else [current, *known])]


# --- register -------------------------------------------------------------------------------------------------------


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts.begin(self)


class RegisterForm(forms.Form):
    company = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"), widget=forms.EmailInput({"autocomplete": "username"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        help_text=gettext_lazy("At least ten characters."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    locale = forms.ChoiceField(
        label=gettext_lazy("Locale"),
        choices=[(tag, tag) for tag in LOCALES],
        required=False,
        help_text=gettext_lazy(
            "How documents write words and dates. Figures are written so on pages and in forms too."
        ),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=zones, initial="UTC", widget=forms.Select({"data-here": ""})
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currencies, initial="USD")


@sensitive_post_parameters("password")
def register(request: HttpRequest) -> HttpResponse:
    """A3: who registers the company is its Master Admin."""
    if not settings.REGISTRATION_OPEN:
        raise Refused(_("registration is closed here"), cure=_("Ask an administrator for an invitation."))
    locale = preferred(request.headers.get("Accept-Language", ""))
    form = RegisterForm(request.POST or None, initial={"locale": locale, "currency": currency_of(locale)})
    parts.begin(form)
    if request.method == "POST" and form.is_valid():
        _throttle(request, "register")
        try:
            actor = services.register_company(**form.cleaned_data)
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            return _enter(request, actor)
    return parts.page(request, "account/register.html", {"form": form}, status=422 if form.errors else 200)


def _throttle(request: HttpRequest, action: str) -> None:
    if not ratelimit.consume(request, action=action):
        raise Throttled(3600)


def _user(actor: Actor) -> User:
    return User.objects.get(pk=actor.user_id or 0)


def _enter(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Sign in who just proved to be the actor's user, at the desk of that company."""
    user = _user(actor)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["organisation"] = actor.organisation_id
    return parts.go(request, settings.LOGIN_REDIRECT_URL)


# --- invitations ----------------------------------------------------------------------------------------------------


class JoinForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=150,
        required=False,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        help_text=gettext_lazy(
            "Choose one of at least ten characters. If you have an account here already, enter its password."
        ),
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


@sensitive_post_parameters("password")
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation. Whether its address has an account already is not told; the password decides."""
    invitation: Invitation = services.open_invitation(secret)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _throttle(request, "join")
        try:
            actor = services.accept_invitation(secret, **form.cleaned_data)
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            return _joined(request, actor)
    context = {"form": form, "invitation": invitation}
    return parts.page(request, "account/join.html", context, status=422 if form.errors else 200)


def _joined(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new account enters at once; one with a second factor signs in by it, as always."""
    from allauth.mfa.utils import is_mfa_enabled

    user = _user(actor)
    if is_mfa_enabled(user):
        parts.notify(request, _("You have joined. Sign in to go on."))
        return parts.go(request, reverse("account_login"))
    return _enter(request, actor)


# --- which company --------------------------------------------------------------------------------------------------


def no_company(request: HttpRequest) -> HttpResponse:
    """Signed in, but a member of no company (any more)."""
    if getattr(request, "actor", None) is not None:
        return parts.go(request, "/")
    return parts.page(request, "account/no_company.html", {})


def companies(request: DeskRequest) -> HttpResponse:
    rows = Membership.objects.filter(user_id=request.membership.user_id, ended_at=None).select_related(
        "organisation"
    )
    return parts.page(request, "account/companies.html", {"memberships": rows.order_by("organisation__name")})


@require_POST
def switch(request: DeskRequest, pk: int) -> HttpResponse:
    """Work in another of one's companies from now on."""
    member = Membership.objects.filter(
        user_id=request.membership.user_id, ended_at=None, organisation_id=pk
    ).first()
    if member is None:
        raise Refused(_("you are not a member of that company"))
    request.session["organisation"] = pk
    return parts.go(request, "/")


entrance = Section(
    public=True,
    urls=[
        path("register/", register, name="account_signup"),
        path("join/<str:secret>/", join, name="join"),
        path("no-company/", no_company, name="no-company"),
        path("sign-in/", account.login, name="account_login"),
        path("sign-in/second-factor/", mfa.authenticate, name="mfa_authenticate"),
        path("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
        path("sign-out/", account.logout, name="account_logout"),
        path("account-inactive/", account.account_inactive, name="account_inactive"),
        path("password/reset/", account.password_reset, name="account_reset_password"),
        path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
        re_path(
            r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            account.password_reset_from_key,
            name="account_reset_password_from_key",
        ),
        path(
            "password/reset/done/",
            account.password_reset_from_key_done,
            name="account_reset_password_from_key_done",
        ),
    ],
)

section = Section(
    urls=[
        path("companies/", companies, name="companies"),
        path("companies/<int:pk>/", switch, name="company-switch"),
        path("password/", account.password_change, name="account_change_password"),
        path("confirm/", account.reauthenticate, name="account_reauthenticate"),
        path("confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
        path("confirm/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
        path("second-factor/", mfa.index, name="mfa_index"),
        path("second-factor/app/", totp.activate_totp, name="mfa_activate_totp"),
        path("second-factor/app/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
        path("second-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
        path("second-factor/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
        path("second-factor/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
        path("second-factor/keys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
        path("second-factor/keys/new/", webauthn.add_webauthn, name="mfa_add_webauthn"),
        path("second-factor/keys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
        path("second-factor/keys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    ],
)
