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
from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.figures import parse_number, typed
from tradepost.sales import queries, taxes
from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.sales.preferences import FREIGHT_TAXED, PRICES_INCLUDE_TAX, TAXED_AT, TAXES
from tradepost.web import parts, tax_trial, trash
from tradepost.web.parts import Crumb, Text
from tradepost.web.preferences import inherit, setting_lines
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section
from tradepost.web.tax_forms import CodeForm, Form, ItemTaxForm, RegionForm, TaxForm

BLANK = {"since": "", "percent": ""}

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


def _urls(part: Part) -> list[Any]:
    known: dict[str, Any] = {"part": part}
    return [
        path(f"taxes/{part.key}/new/", edit, known, name=f"tax-{part.key}-new"),
        path(f"taxes/{part.key}/<int:pk>/", edit, known, name=f"tax-{part.key}"),
    ]


section = Section(
    urls=[
        path("taxes/", overview, name="taxes"),
        tax_trial.url,
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
