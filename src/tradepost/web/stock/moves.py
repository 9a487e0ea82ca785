"""Move stock by hand: adjust, count, transfer, build. What documents move, their own pages move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Bin, Item, ItemType, Location, StockMove
from tradepost.kit.errors import Fault, Invalid, Missing
from tradepost.sales import by_hand, goods
from tradepost.web import parts
from tradepost.web.parts import Crumb, Text
from tradepost.web.shell import DeskRequest


@dataclass(frozen=True, slots=True)
class Way:
    """A way to move stock: its words, and the fields that it asks for."""

    title: Text
    help: Text
    fields: tuple[str, ...]


WAYS: Mapping[str, Way] = {
    "adjust": Way(
        gettext_lazy("Adjust"),
        gettext_lazy("Correct the books: more is above zero, less below. The ledger keeps both lines."),
        ("place", "quantity", "unit_cost", "reason"),
    ),
    "revalue": Way(
        gettext_lazy("Set cost"),
        gettext_lazy(
            "What one of them is worth from now on at this location, in all its bins. Nothing moves."
        ),
        ("place", "unit_cost", "reason"),
    ),
    "count": Way(
        gettext_lazy("Count"),
        gettext_lazy("What lies in this place now, zero included. The difference goes into the ledger."),
        ("place", "quantity", "reason"),
    ),
    "transfer": Way(
        gettext_lazy("Transfer"),
        gettext_lazy("Carry it to another location or bin. What is promised stays promised where it was."),
        ("place", "target", "quantity"),
    ),
    "build": Way(
        gettext_lazy("Build"),
        gettext_lazy("Take its parts out of the stock and put the assembly in."),
        ("place", "quantity"),
    ),
    "unbuild": Way(
        gettext_lazy("Unbuild"),
        gettext_lazy("Take assemblies apart: they leave the stock, and their parts of today come in."),
        ("place", "quantity"),
    ),
}


BUILDS = {"build": stock.build, "unbuild": stock.unbuild}


class MoveForm(forms.Form):
    """``place`` and ``target`` are ``location:bin``; without a bin, what lies outside any."""

    place = forms.ChoiceField(label=gettext_lazy("Location"))
    target = forms.ChoiceField(label=gettext_lazy("To"))
    quantity = forms.DecimalField(label=gettext_lazy("Quantity"), max_digits=18, decimal_places=4)
    unit_cost = forms.DecimalField(
        label=gettext_lazy("Cost of one"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=4,
        help_text=gettext_lazy("Of what comes in. Left empty, the average there, or what the vendor asks."),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=200)

    def __init__(self, actor: Actor, way: Way, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = _places(actor)
        hidden = set() if actor.may(Permission.COST_VIEW) else {"unit_cost"}
        for name in [name for name in self.fields if name not in way.fields or name in hidden]:
            del self.fields[name]
        if "quantity" not in self.fields:
            self.fields["unit_cost"].required, self.fields["unit_cost"].help_text = True, ""
        for name in ("place", "target"):
            if name in self.fields:
                self.fields[name].choices = places  # type: ignore[attr-defined]
        if "target" in self.fields:
            here = self.initial.get("place") or next((key for key, _name in places), "")
            self.initial["target"] = next((key for key, _name in places if key != here), "")


def _places(actor: Actor) -> list[tuple[str, str]]:
    bins: dict[int, list[Bin]] = {}
    for one in Bin.objects.of(actor).filter(archived_at=None).order_by("name"):
        bins.setdefault(one.location_id, []).append(one)
    return [
        choice
        for place in Location.objects.of(actor).filter(archived_at=None).order_by("name")
        for choice in (
            (f"{place.pk}:", place.name),
            *((f"{place.pk}:{one.pk}", f"{place.name} · {one.name}") for one in bins.get(place.pk, ())),
        )
    ]


def move(request: DeskRequest, pk: int, kind: str) -> HttpResponse:
    """The form of one way to move an item, and the verb behind it. ``?place=`` fills in where."""
    request.actor.require(Permission.STOCK_MOVE)
    item = Item.objects.pick(request.actor, pk)
    way = WAYS.get(kind)
    if kind == "revalue":
        request.actor.require(Permission.COST_VIEW)
    if way is None or (kind in BUILDS) > (item.type == ItemType.ASSEMBLY):
        raise Missing(_("page"))
    form = MoveForm(request.actor, way, request.POST or None, initial={"place": request.GET.get("place")})
    if request.method == "POST" and form.is_valid():
        try:
            _do(request.actor, kind, item, form.cleaned_data)
        except Invalid as fault:
            parts.refuse(form, fault)
        except Fault as fault:  # too few: nothing was written
            form.add_error(None, str(fault))
        else:
            parts.notify(request, _("{sku}: {way} done").format(sku=item.sku, way=way.title))
            return parts.go(request, reverse("item-stock", args=[item.pk]))
    context = {
        "form": form,
        "item": item,
        "way": way,
        "cancel": reverse("item-stock", args=[item.pk]),
        "crumbs": [
            Crumb(_("Stock"), reverse("stock")),
            Crumb(item.sku, reverse("item-stock", args=[item.pk])),
            Crumb(str(way.title)),
        ],
    }
    return parts.page(request, "stock/move.html", context, status=422 if form.errors else 200)


@require_POST
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back a line of the ledger with all that was posted with it."""
    move = StockMove.objects.pick(request.actor, pk)
    by_hand.undo(request.actor, pk)
    parts.notify(request, _("{sku}: taken back").format(sku=move.item.sku))
    return parts.go(request, reverse("item-stock", args=[move.item_id]))


def _do(actor: Actor, kind: str, item: Item, given: Mapping[str, Any]) -> None:
    location, bin_ = _place(given["place"])
    if kind == "revalue":
        stock.revalue(actor, item.pk, location, given["unit_cost"], reason=given["reason"])
        return
    line = StockLine(item.pk, location, given["quantity"], bin_)
    if kind in BUILDS:
        done = BUILDS[kind](actor, item.pk, given["quantity"], location)
    elif kind == "transfer":
        to, to_bin = _place(given["target"])
        done = stock.transfer(actor, [line], to, bin_id=to_bin)
    elif kind == "count":
        done = stock.count(actor, [line], reason=given["reason"])
    else:
        unit_cost = given.get("unit_cost")
        cost = None if unit_cost is None else stock.cost_of(actor, line.quantity, unit_cost)
        done = stock.adjust(actor, [replace(line, cost=cost)], reason=given["reason"])
    goods.hand_on(actor, done)


def _place(text: str) -> tuple[int, int | None]:
    location, _colon, bin_ = text.partition(":")
    return int(location), int(bin_) if bin_ else None
