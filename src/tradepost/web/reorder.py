"""The reorder proposal: what to buy from whom, with quantities to change; one click orders, another takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import Item, Location
from tradepost.kit.errors import Invalid
from tradepost.kit.figures import parse_number
from tradepost.reports.models import ReorderLevel
from tradepost.reports.reordering import Wanted, order, proposal, set_level, take_back
from tradepost.sales.models import Document, Kind
from tradepost.web import parts, records
from tradepost.web.numbers import number, numbers
from tradepost.web.shell import BUY, DeskRequest, NavItem, Section

SHOWN = 300  # lines at once: what is ordered is coming and makes room for the next


class PeriodForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("Sales of the last days"), min_value=1, max_value=1000)
    cover = forms.IntegerField(label=gettext_lazy("Are to last for days"), min_value=0, max_value=1000)


def home(request: DeskRequest, problem: str = "", typed: Mapping[str, str] | None = None) -> HttpResponse:
    """``?days=90&cover=30``, and ``shown`` for fewer lines; ``made`` names the purchase orders that were just made. ``problem``: why what was
    ``typed`` is not ordered."""
    request.actor.require(Permission.PURCHASING)
    form = PeriodForm({"days": request.GET.get("days") or 90, "cover": request.GET.get("cover") or 30})
    rows = (
        proposal(request.actor, days=form.cleaned_data["days"], cover_days=form.cleaned_data["cover"])
        if form.is_valid()
        else []
    )
    bought = [row for row in rows if not row.assembly]
    shown = min(number(request.GET.get("shown")) or SHOWN, SHOWN)
    company = Organisation.objects.get(pk=request.actor.organisation_id)
    made = Document.objects.of(request.actor).filter(
        pk__in=numbers(request.GET.getlist("made")), kind=Kind.PURCHASE_ORDER, status="draft"
    )
    context = {
        "form": form,
        "more": max(0, len(bought) - shown),
        "shown": shown,
        "groups": [(name, list(group)) for name, group in groupby(bought[:shown], key=lambda row: row.whose)],
        "built": [row for row in rows if row.assembly],
        "may_build": request.actor.may(Permission.STOCK_MOVE),
        "orderable": any(p.vendor and not p.on_hold for p in bought),
        "currency": company.currency,
        "language": company.locale,
        "problem": problem,
        "typed": typed or {},
        "made": [(row, records.address(row)) for row in made],
        "several": Location.objects.of(request.actor).filter(archived_at=None).count() > 1,
        "may_set": request.actor.may(Permission.CATALOG_EDIT),
        "report": _report(form),
    }
    return parts.page(request, "reports/reorder.html", context, status=422 if form.errors or problem else 200)


def _report(form: PeriodForm) -> str:
    """The same as a report, to be taken away, kept and mailed."""
    days, cover = form.cleaned_data.get("days"), form.cleaned_data.get("cover")
    asked = QueryDict(mutable=True)
    asked.update(
        {key: str(value) for key, value in (("days", days), ("cover_days", cover)) if value is not None}
    )
    return f"{reverse('report', args=['reorder'])}?{asked.urlencode()}"


@require_POST
def buy(request: DeskRequest) -> HttpResponse:
    """The chosen lines (``line`` is ``item-location-vendor``), each with what its ``quantity-…`` says."""
    try:
        made = order(request.actor, _wanted(request))
    except Invalid as fault:
        return home(request, str(fault), request.POST)
    parts.notify(request, _("{count} purchase orders were made").format(count=len(made)))
    asked = QueryDict(mutable=True)
    asked.setlist("made", [str(row.pk) for row in made])
    return parts.go(request, f"{reverse('reorder')}?{asked.urlencode()}")


def _wanted(request: DeskRequest) -> list[Wanted]:
    found, language = [], request.membership.organisation.locale
    for key in request.POST.getlist("line"):
        named = numbers(key.split("-"))
        quantity = parse_number(request.POST.get(f"quantity-{key}") or "0", language)
        if len(named) == 3 and quantity > 0:
            found.append(Wanted(named[0], named[1], named[2], quantity))
    return found


@require_POST
def undo(request: DeskRequest) -> HttpResponse:
    """Cancel purchase orders that were made here."""
    gone = take_back(request.actor, numbers(request.POST.getlist("made")))
    parts.notify(request, _("{count} purchase orders were cancelled").format(count=len(gone)))
    return parts.go(request, reverse("reorder"))


_ABOVE: dict[str, Any] = {"required": False, "max_digits": 12, "decimal_places": 4, "min_value": Decimal(0)}


class LevelForm(forms.Form):
    sku = forms.CharField(label=gettext_lazy("Item (SKU)"), max_length=60)
    location = forms.ChoiceField(label=gettext_lazy("Location"))
    minimum = forms.DecimalField(label=gettext_lazy("Order at or below"), **_ABOVE)
    maximum = forms.DecimalField(label=gettext_lazy("Up to"), **_ABOVE)
    multiple = forms.DecimalField(
        label=gettext_lazy("In multiples of"), help_text=gettext_lazy("A carton, a pallet."), **_ABOVE
    )


def level(request: DeskRequest) -> HttpResponse:
    """The sheet that says how much of an item is to lie where; ``?item=&location=`` fills it."""
    request.actor.require(Permission.CATALOG_EDIT)
    places = Location.objects.of(request.actor).filter(archived_at=None).order_by("name")
    form = LevelForm(request.POST or None, initial=_held(request))
    place: Any = form.fields["location"]
    place.choices = [(str(row.pk), row.name) for row in places]
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        item = Item.objects.of(request.actor).filter(sku=data["sku"].strip()).first()
        if item is None:
            form.add_error("sku", _("There is no such item."))
        else:
            try:
                multiple = data["multiple"] or Decimal(0)
                set_level(
                    request.actor, item.pk, int(data["location"]), data["minimum"], data["maximum"], multiple
                )
            except Invalid as fault:
                parts.refuse(form, fault)
            else:
                parts.notify(request, _("Saved"))
                return parts.go(request, reverse("reorder"))
    return render(request, "reports/level.html", {"form": form}, status=422 if form.errors else 200)


def _held(request: DeskRequest) -> dict[str, Any]:
    chosen = [*numbers(request.GET.getlist("item")), *numbers(request.GET.getlist("location"))]
    if len(chosen) != 2:
        return {}
    item = Item.objects.pick(request.actor, chosen[0])
    row = ReorderLevel.objects.of(request.actor).filter(item=item, location_id=chosen[1]).first()
    held = {n: getattr(row, n) for n in ("minimum", "maximum", "multiple")} if row else {}
    figures = {n: f"{v.normalize():f}" for n, v in held.items() if v is not None}
    return {"sku": item.sku, "location": str(chosen[1]), **figures}


section = Section(
    urls=[
        path("reorder/", home, name="reorder"),
        path("reorder/buy/", buy, name="reorder-buy"),
        path("reorder/undo/", undo, name="reorder-undo"),
        path("reorder/level/", level, name="reorder-level"),
    ],
    nav=(
        NavItem(BUY, gettext_lazy("Reorder"), "package-plus", "reorder", Permission.PURCHASING, keys="g u"),
    ),
)
