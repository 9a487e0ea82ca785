"""Company Preferences: the company itself, and Mail and Calendar Integration (A4, A8–A11, B1, B15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts import preferences as own
from tradepost.accounts import services, settings
from tradepost.accounts.access import Permission, Role
from tradepost.accounts.models import Membership
from tradepost.accounts.settings import REGISTRY, Level, Setting
from tradepost.catalog import preferences as stock
from tradepost.kit.errors import Invalid
from tradepost.mail import preferences as mail
from tradepost.pim import preferences as calendar
from tradepost.web import account, parts
from tradepost.web.locales import LOCALES
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

LEVELS = {
    Level.ORGANISATION: gettext_lazy("Set for your company"),
    Level.SYSTEM: gettext_lazy("Set for this installation"),
    None: gettext_lazy("Default"),
}
COMPANY: tuple[Setting[Any], ...] = (own.FISCAL_START, own.SECOND_FACTOR, stock.ALLOW_NEGATIVE)
SWITCHES: tuple[Setting[Any], ...] = (mail.ACTIVE, calendar.ACTIVE)


def _name(setting: Setting[Any]) -> str:
    return setting.key.replace(".", "_")


def _short(setting: Setting[Any]) -> str:
    return setting.key.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Line:
    """A setting on the page: its field, which level set it, and whether the company's own value can be dropped."""

    setting: Setting[Any]
    field: forms.BoundField
    origin: Any
    own: bool


def setting_lines(
    form: forms.Form, found: Mapping[str, tuple[Any, Level | None]], names: Mapping[str, str]
) -> dict[str, Line]:
    """The lines of a page by the names of their fields. ``names``: field of each setting's key."""
    return {
        name: Line(REGISTRY[key], form[name], LEVELS[found[key][1]], found[key][1] is Level.ORGANISATION)
        for key, name in names.items()
    }


def inherit(request: DeskRequest, offered: Iterable[str], page: str) -> HttpResponse | None:
    """The answer to *Use default* at one of the settings ``offered``; None where something else was asked."""
    key = request.POST.get("inherit")
    if not key or key not in offered:
        return None
    settings.put(request.actor, {key: None})
    parts.notify(request, _("The default applies again"))
    return parts.go(request, reverse(page))


# --- the company ----------------------------------------------------------------------------------------------------


class CompanyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Company"), max_length=200)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=account.zones)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    locale = forms.ChoiceField(
        label=gettext_lazy("Locale"),
        required=False,
        help_text=gettext_lazy(
            "How documents write words and dates. Figures are written so on pages and in forms too."
        ),
    )
    fiscal_start = forms.TypedChoiceField(
        label=own.FISCAL_START.label,
        coerce=int,
        choices=list(own.MONTHS.items()),
        required=False,
        empty_value=None,
    )
    second_factor = forms.BooleanField(
        label=own.SECOND_FACTOR.label, help_text=own.SECOND_FACTOR.help, required=False
    )
    allow_negative = forms.BooleanField(
        label=stock.ALLOW_NEGATIVE.label, help_text=stock.ALLOW_NEGATIVE.help, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency: Any = self.fields["currency"]
        currency.choices = account.currencies(self.initial["currency"])
        locale: Any = self.fields["locale"]
        locale.choices = [(tag, tag) for tag in dict.fromkeys([self.initial["locale"], *LOCALES])]


def company(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.COMPANY_SETTINGS)
    if answer := inherit(request, [s.key for s in COMPANY], "preferences-company"):
        return answer
    row = request.membership.organisation
    found = settings.resolve(COMPANY, row.pk)
    start = {"name": row.name, "time_zone": row.time_zone, "currency": row.currency, "locale": row.locale}
    start |= {_short(s): found[s.key][0] for s in COMPANY}
    form = CompanyForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        chosen = {s.key: values.pop(_short(s)) for s in COMPANY}
        try:
            with transaction.atomic():
                services.update_company(request.actor, **values)
                settings.put(request.actor, {k: v for k, v in chosen.items() if v not in (None, found[k][0])})
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("Company saved"))
            return parts.go(request, reverse("preferences-company"))
    held = setting_lines(form, found, {s.key: _short(s) for s in COMPANY})
    context = {"form": form, "lines": held, "tabs": tabs(), "tab": "company"}
    return parts.page(request, "preferences/company.html", context, status=422 if form.errors else 200)


# --- mail and calendar ----------------------------------------------------------------------------------------------


class MailForm(forms.Form):
    """One field for each setting that the mail room declares for this page."""

    def __init__(self, *args: Any, may_activate: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in (*SWITCHES, *mail.COMPANY_PAGE):
            self.fields[_name(setting)] = _field(setting)
        for setting in SWITCHES:
            self.fields[_name(setting)].disabled = not may_activate

    def chosen(self) -> dict[str, Any]:
        """What differs from what is shown, by the settings' keys."""
        names = {_name(s): s for s in (*SWITCHES, *mail.COMPANY_PAGE)}
        return {names[name].key: _value(names[name], self.cleaned_data[name]) for name in self.changed_data}


def _field(setting: Setting[Any]) -> forms.Field:
    facts: dict[str, Any] = {"label": setting.label, "help_text": setting.help}
    if setting.choices:
        choices = list(setting.choices.items())
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **facts)
    if isinstance(setting.default, bool):
        return forms.BooleanField(required=False, **facts)
    if isinstance(setting.default, int):
        return forms.IntegerField(min_value=0, **facts)
    return forms.CharField(required=False, widget=forms.Textarea({"rows": 3}), **facts)


def _value(setting: Setting[Any], entered: Any) -> Any:
    if isinstance(setting.default, list):
        return [line.strip() for line in str(entered).replace(",", "\n").splitlines() if line.strip()]
    return entered


def _shown(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else value


def integration(request: DeskRequest) -> HttpResponse:
    """Two independent switches, which the Master Admin alone may turn (A3, A4), and the company-wide choices (A11)."""
    actor = request.actor
    actor.require(Permission.COMPANY_SETTINGS)
    if answer := inherit(request, [s.key for s in (*SWITCHES, *mail.COMPANY_PAGE)], "preferences"):
        return answer
    found = settings.resolve((*SWITCHES, *mail.COMPANY_PAGE), actor.organisation_id)
    start = {key.replace(".", "_"): _shown(value) for key, (value, _level) in found.items()}
    may_activate = actor.may(Permission.COMPANY_ACTIVATE)
    form = MailForm(request.POST or None, initial=start, may_activate=may_activate)
    if request.method == "POST" and form.is_valid():
        try:
            settings.put(actor, form.chosen())
        except Invalid as fault:
            parts.refuse(form, Invalid(fields={k.replace(".", "_"): v for k, v in fault.fields.items()}))
        else:
            parts.notify(request, _("Preferences saved"))
            return parts.go(request, reverse("preferences"))
    return _integration(request, form, found, may_activate)


def _integration(
    request: DeskRequest, form: MailForm, found: dict[str, tuple[Any, Level | None]], may_activate: bool
) -> HttpResponse:
    masters = Membership.objects.of(request.actor).filter(role=Role.MASTER_ADMIN, ended_at=None)
    context = {
        "form": form,
        "lines": setting_lines(form, found, {s.key: _name(s) for s in (*SWITCHES, *mail.COMPANY_PAGE)}),
        "tabs": tabs(),
        "tab": "mail",
        "may_activate": may_activate,
        "master": masters.select_related("user").first(),
    }
    return parts.page(request, "preferences/mail.html", context, status=422 if form.errors else 200)


def tabs() -> list[tuple[str, str, str]]:
    """Key, label and address of the pages of Company Preferences."""
    return [
        ("company", _("Company"), reverse("preferences-company")),
        ("documents", _("Documents"), reverse("preferences-documents")),
        ("mail", _("Mail and Calendar Integration"), reverse("preferences")),
    ]


section = Section(
    urls=[
        path("preferences/", company, name="preferences-company"),
        path("preferences/mail/", integration, name="preferences"),
    ],
    gear=(
        GearItem(
            SETTINGS,
            gettext_lazy("Company Preferences"),
            "building-2",
            "preferences-company",
            Permission.COMPANY_SETTINGS,
        ),
    ),
)
