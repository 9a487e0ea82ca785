"""Sales taxes: codes, item sales taxes, rates by day, regions; and what would be charged (C12, C27–C31)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from tradepost.accounts import settings
from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Item
from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.figures import parse_number
from tradepost.people.models import Customer
from tradepost.sales import queries, taxes
from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.sales.preferences import FREIGHT_TAXED, PRICES_INCLUDE_TAX, TAXED_AT, TAXES
from tradepost.sales.tax import Match, Place
from tradepost.sales.tax_trial import Trial, try_out
from tradepost.web import parts, trash
from tradepost.web.lines import Day, typed
from tradepost.web.parts import Crumb, Text
from tradepost.web.preferences import inherit, setting_lines
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

BLANK = {"since": "", "percent": ""}
WHY: dict[Match, Text] = {
    Match.STATE: gettext_lazy("The region of this state says so."),
    Match.COUNTRY: gettext_lazy("The region of this country says so."),
    Match.DEFAULT: gettext_lazy("No region names this place, so the default is charged."),
    Match.ABROAD: gettext_lazy("No region names this country, so no item sales tax is charged."),
}


# --- the set-up on one page -----------------------------------------------------------------------------------------


class ChoicesForm(forms.Form):
    address = forms.ChoiceField(
        label=TAXED_AT.label, help_text=TAXED_AT.help, choices=list((TAXED_AT.choices or {}).items())
    )
    included = forms.BooleanField(
        label=PRICES_INCLUDE_TAX.label, help_text=PRICES_INCLUDE_TAX.help, required=False
    )
    freight = forms.BooleanField(label=FREIGHT_TAXED.label, help_text=FREIGHT_TAXED.help, required=False)


def overview(request: DeskRequest) -> HttpResponse:
    """All of it, and the choices that concern every document."""
    actor = request.actor
    actor.require(Permission.COMPANY_SETTINGS)
    if answer := inherit(request, [s.key for s in TAXES], "taxes"):
        return answer
    found = settings.resolve(TAXES, actor.organisation_id)
    held = {s.key.removeprefix("tax."): found[s.key][0] for s in TAXES}
    form = ChoicesForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        chosen = {s.key: form.cleaned_data[s.key.removeprefix("tax.")] for s in TAXES}
        settings.put(actor, {k: v for k, v in chosen.items() if v != found[k][0]})
        parts.notify(request, _("Taxes saved"))
        return parts.go(request, reverse("taxes"))
    day = queries.today(actor)
    context = {
        "form": form,
        "lines": setting_lines(form, found, {s.key: s.key.removeprefix("tax.") for s in TAXES}),
        "codes": _kept(actor, SalesTaxCode).prefetch_related("components"),
        "item_taxes": [(row, _rates(row, day)) for row in _kept(actor, ItemSalesTax)],
        "rates": [(row, list(row.rates.all()), _on(row, day)) for row in _kept(actor, TaxComponent)],
        "regions": TaxRegion.objects.of(actor).select_related("item_tax").order_by("country", "state"),
        "today": day,
    }
    return parts.page(request, "taxes/all.html", context, status=422 if form.errors else 200)


def _kept(actor: Actor, model: Any) -> Any:
    rows = model.objects.of(actor).order_by("archived_at", "code")
    return rows.prefetch_related("rates" if model is TaxComponent else "components__rates")


def _on(row: TaxComponent, day: date) -> Decimal | None:
    begun = [rate.percent for rate in row.rates.all() if rate.since <= day]
    return begun[-1] if begun else None


def _rates(row: ItemSalesTax, day: date) -> list[tuple[TaxComponent, Decimal | None]]:
    return [(one, _on(one, day)) for one in row.components.all()]


# --- one of it ------------------------------------------------------------------------------------------------------


class Form(forms.Form):
    """``keep`` stores what was entered, by the verb."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, row: Any, *args: Any, **kwargs: Any) -> None:
        self.actor, self.row = actor, row
        super().__init__(*args, **kwargs)
        if "components" in self.fields:
            held = [c.code for c in row.components.all()] if row else []
            rows = TaxComponent.objects.of(actor).order_by("code")
            offered = [one for one in rows if not one.archived_at or one.code in held]
            choices: Any = self.fields["components"]
            choices.choices = [(one.code, one.code) for one in offered]
            self.initial["components"] = held

    def facts(self) -> dict[str, Any]:
        """What every verb takes: whose row it is, and on which version the form rests."""
        pk = self.row.pk if self.row else None
        return {"pk": pk, "version": self.cleaned_data["version"] if pk else None}

    def keep(self, rates: dict[date, Decimal]) -> Any:
        raise NotImplementedError


class CodeForm(Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    taxable = forms.BooleanField(
        label=gettext_lazy("Taxable"),
        required=False,
        help_text=gettext_lazy("Not ticked, a document with this code owes no tax: an exemption."),
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Documents begin with this one"),
        required=False,
        help_text=gettext_lazy(
            "A taxable code those of taxable customers, another one those of exempt customers."
        ),
    )
    components = forms.MultipleChoiceField(
        label=gettext_lazy("Taxes of its own"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only where no item sales tax is used, such as VAT outside the US."),
    )

    def keep(self, rates: dict[date, Decimal]) -> SalesTaxCode:
        held = self.cleaned_data
        return taxes.save_tax_code(
            self.actor,
            held["code"],
            taxable=held["taxable"],
            component_codes=held["components"],
            is_default=held["is_default"],
            **self.facts(),
        )


class ItemTaxForm(Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    components = forms.MultipleChoiceField(
        label=gettext_lazy("Taxes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("One, or several as a group, such as state, county and city."),
        error_messages={"required": gettext_lazy("Tick one tax at least.")},
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Charged where no region says otherwise"),
        required=False,
        help_text=gettext_lazy("In your own country; abroad nothing is charged that no region names."),
    )

    def keep(self, rates: dict[date, Decimal]) -> ItemSalesTax:
        held = self.cleaned_data
        return taxes.save_item_tax(
            self.actor, held["code"], held["components"], is_default=held["is_default"], **self.facts()
        )


class TaxForm(Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=100)
    compound = forms.BooleanField(
        label=gettext_lazy("Compound"),
        required=False,
        help_text=gettext_lazy("Charged on the net and the other taxes."),
    )

    def keep(self, rates: dict[date, Decimal]) -> TaxComponent:
        held = self.cleaned_data
        return taxes.save_tax(
            self.actor,
            held["code"],
            rates,
            name=held["name"],
            compound=held["compound"],
            whole=True,
            **self.facts(),
        )


class RegionForm(Form):
    country = forms.CharField(
        label=gettext_lazy("Country"), min_length=2, max_length=2, help_text=gettext_lazy("Two letters: US.")
    )
    state = forms.CharField(
        label=gettext_lazy("State"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Its name or abbreviation. Left empty: the rest of the country."),
    )
    item_tax_id = forms.TypedChoiceField(
        label=gettext_lazy("Item sales tax"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose an item sales tax.")},
    )

    def __init__(self, actor: Actor, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, row, *args, **kwargs)
        rows = ItemSalesTax.objects.of(actor).filter(archived_at=None).order_by("code")
        choices: Any = self.fields["item_tax_id"]
        choices.choices = [("", ""), *rows.values_list("pk", "code")]

    def keep(self, rates: dict[date, Decimal]) -> TaxRegion:
        held = self.cleaned_data
        return taxes.save_region(
            self.actor, held["country"], held["state"], held["item_tax_id"], **self.facts()
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of row of the set-up; ``key`` is its word in addresses."""

    key: str
    model: Any
    form: type[Form]
    new: Text


CODE = Part("codes", SalesTaxCode, CodeForm, gettext_lazy("New sales tax code"))
ITEM_TAX = Part("items", ItemSalesTax, ItemTaxForm, gettext_lazy("New item sales tax"))
TAX = Part("rates", TaxComponent, TaxForm, gettext_lazy("New tax"))
REGION = Part("regions", TaxRegion, RegionForm, gettext_lazy("New region"))


def edit(request: DeskRequest, part: Part, pk: int | None = None) -> HttpResponse:
    """The form of a new row, or of the one with this key."""
    actor, language = request.actor, request.membership.organisation.locale
    actor.require(Permission.COMPANY_SETTINGS)
    row = part.model.objects.pick(actor, pk) if pk else None
    names = [name for name in part.form.base_fields if name != "components"]
    held = {name: getattr(row, name) for name in names} if row else {"taxable": True}
    form = part.form(actor, row, request.POST or None, initial=held)
    rates = _typed(request.POST) if request.method == "POST" else _held(row, part, language)
    dated = set(row.rates.values_list("pk", flat=True)) if row and part is TAX else set()
    if request.method == "POST" and form.is_valid() and _saved(form, lambda: _read(rates, language)):
        _say(request, form, dated)
        return parts.go(request, reverse("taxes"))
    title = str(row) if row else str(part.new)
    context = {
        "form": form,
        "row": row,
        "part": part,
        "title": title,
        "crumbs": [Crumb(_("Taxes"), reverse("taxes")), Crumb(title)],
        "rates": (rates or [BLANK]) if part is TAX else [],
        "blank": BLANK,
        "with_rates": part is TAX,
    }
    return parts.page(request, "taxes/edit.html", context, status=422 if form.errors else 200)


def _saved(form: Form, rates: Callable[[], dict[date, Decimal]]) -> bool:
    """Whether the verb took it; else its sentences stand on the form."""
    try:
        form.row = form.keep(rates())
    except Invalid as fault:
        parts.refuse(form, fault)
    except Fault as fault:
        form.add_error(None, str(fault))
    return not form.errors


def _say(request: DeskRequest, form: Form, dated: set[int]) -> None:
    """That it is saved; rates that it had before and has no more, ``dated``, can be taken back."""
    name = form.cleaned_data.get("code") or form.row
    gone = dated - set(form.row.rates.values_list("pk", flat=True)) if dated else dated
    if not gone:
        return parts.notify(request, _("{name} saved").format(name=name))
    text = ngettext("{name} saved, {n} rate removed", "{name} saved, {n} rates removed", len(gone))
    back = trash.undo(request.actor, "datedrate", gone, reverse("tax-rates", args=[form.row.pk]))
    parts.notify(request, text.format(name=name, n=len(gone)), back)


def _held(row: Any, part: Part, language: str) -> list[dict[str, str]]:
    if row is None or part is not TAX:
        return []
    return [
        {"since": rate.since.isoformat(), "percent": typed(rate.percent, language)}
        for rate in row.rates.all()
    ]


def _typed(data: QueryDict) -> list[dict[str, str]]:
    pairs = zip(data.getlist("rate-since"), data.getlist("rate-percent"), strict=False)
    return [
        {"since": since.strip(), "percent": percent.strip()} for since, percent in pairs if since or percent
    ]


def _read(rates: list[dict[str, str]], language: str) -> dict[date, Decimal]:
    found: dict[date, Decimal] = {}
    for n, rate in enumerate(rates, 1):
        try:
            since = date.fromisoformat(rate["since"])
        except ValueError:
            sentence = _("Line {n}: from which day on does this rate hold?")
            raise Invalid(fields={"rates": sentence.format(n=n)}) from None
        if since in found:
            raise Invalid(fields={"rates": _("Line {n}: this day has a rate already.").format(n=n)})
        found[since] = parse_number(rate["percent"], language)
    return found


@require_POST
def archive(request: DeskRequest, part: Part, pk: int) -> HttpResponse:
    """Put it away, or with ``undo`` offer it again."""
    undo = bool(request.POST.get("undo"))
    row = taxes.archive(request.actor, part.model, pk, undo=undo)
    text = _("{name} is offered again") if undo else _("{name} is put away")
    parts.notify(request, text.format(name=row.code))
    return parts.go(request, reverse("taxes"))


@require_POST
def remove_region(request: DeskRequest, pk: int) -> HttpResponse:
    taxes.remove_region(request.actor, pk)
    back = trash.undo(request.actor, "taxregion", [pk], reverse("taxes"))
    parts.notify(request, _("Region removed"), back)
    return parts.go(request, reverse("taxes"))


# --- what would be charged ------------------------------------------------------------------------------------------


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
        label=gettext_lazy("State"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Left empty: the customer's own address."),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("customer", Customer), ("item", Item)):
            chosen = str((self.data if self.is_bound else self.initial).get(name) or "")
            rows = model.objects.of(actor).filter(pk=chosen if chosen.isdecimal() and len(chosen) < 19 else 0)
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


def _urls(part: Part) -> list[Any]:
    known: dict[str, Any] = {"part": part}
    return [
        path(f"taxes/{part.key}/new/", edit, known, name=f"tax-{part.key}-new"),
        path(f"taxes/{part.key}/<int:pk>/", edit, known, name=f"tax-{part.key}"),
    ]


section = Section(
    urls=[
        path("taxes/", overview, name="taxes"),
        path("taxes/try/", trial, name="tax-trial"),
        *(url for part in (CODE, ITEM_TAX, TAX, REGION) for url in _urls(part)),
        *(
            path(
                f"taxes/{part.key}/<int:pk>/archive/", archive, {"part": part}, name=f"tax-{part.key}-archive"
            )
            for part in (CODE, ITEM_TAX, TAX)
        ),
        path("taxes/regions/<int:pk>/remove/", remove_region, name="tax-region-remove"),
    ],
    gear=(GearItem(SETTINGS, gettext_lazy("Taxes"), "percent", "taxes", Permission.COMPANY_SETTINGS),),
)
