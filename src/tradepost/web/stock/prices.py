"""Price lists and price levels: who pays what, from how many on, and when."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django import forms
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import Item, PriceLevel, PriceList
from tradepost.catalog.prices import Break, archive_prices, save_price_level, save_price_list
from tradepost.kit.errors import Fault, Invalid
from tradepost.kit.figures import parse_number, typed
from tradepost.people.models import Customer
from tradepost.web import columns, parts
from tradepost.web.bringing import brought_in
from tradepost.web.document_forms import Day
from tradepost.web.parts import Crumb, Empty
from tradepost.web.shell import DeskRequest


class Lists(tables.Table):
    name = columns.Title(
        verbose_name=gettext_lazy("Price list"),
        linkify=lambda record: reverse("price-list", args=[record.pk]),
    )
    level = columns.Plain(
        verbose_name=gettext_lazy("Price level"),
        order_by="level__name",
        place="at-sub",
        default=gettext_lazy("Everyone"),
    )
    currency = columns.Plain(verbose_name=gettext_lazy("Currency"))
    starts = columns.Day(verbose_name=gettext_lazy("From"))
    ends = columns.Day(verbose_name=gettext_lazy("Until"))
    prices = columns.Number(verbose_name=gettext_lazy("Prices"), place="at-end")


class Levels(tables.Table):
    name = columns.Title(
        verbose_name=gettext_lazy("Price level"),
        linkify=lambda record: reverse("price-level", args=[record.pk]),
    )
    percent = columns.Number(verbose_name=gettext_lazy("Percent off"), place="at-end")
    customers = columns.Number(verbose_name=gettext_lazy("Customers"), place="at-end2")

    def render_percent(self, value: Decimal) -> str:
        return f"{value.normalize():f} %"


class ListForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    level_id = forms.TypedChoiceField(
        label=gettext_lazy("Price level"), required=False, coerce=int, empty_value=None,
        help_text=gettext_lazy("Whose prices these are. Without a level they are everyone's."),
    )  # fmt: skip
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, min_length=3)
    starts = forms.DateField(label=gettext_lazy("From"), required=False, widget=Day(format="%Y-%m-%d"))
    ends = forms.DateField(label=gettext_lazy("Until"), required=False, widget=Day(format="%Y-%m-%d"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = (self.initial or {}).get("level_id")
        rows = PriceLevel.objects.of(actor).filter(Q(archived_at=None) | Q(pk=held))
        known = rows.order_by("name").values_list("pk", "name")
        self.fields["level_id"].choices = [("", _("Everyone")), *known]  # type: ignore[attr-defined]


class LevelForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    percent = forms.DecimalField(
        label=gettext_lazy("Percent off"), max_digits=7, decimal_places=4, initial=0,
        help_text=gettext_lazy("Off the item's own price, where no price list says otherwise; below zero it is added."),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


def lists(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.CATALOG_VIEW)
    held = PriceList.objects.of(request.actor).filter(archived_at=None)
    rows = held.select_related("level").annotate(prices=Count("breaks"))
    return _listing(
        request, "lists", rows.order_by("name"), Lists,
        _("No price lists yet"), _("A list holds prices by quantity, for a level or for everyone, for a time or for good."),
    )  # fmt: skip


def levels(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.CATALOG_VIEW)
    its = Customer.objects.filter(price_level=OuterRef("pk"), archived_at=None, trashed_at=None).order_by()
    many = its.values("price_level").annotate(n=Count("pk")).values("n")
    held = PriceLevel.objects.of(request.actor).filter(archived_at=None)
    rows = held.annotate(customers=Coalesce(Subquery(many), 0))
    return _listing(
        request, "levels", rows.order_by("name"), Levels,
        _("No price levels yet"), _("A level is a class of customers, such as dealers, and what they pay less."),
    )  # fmt: skip


def _listing(
    request: DeskRequest, which: str, rows: Any, table: type[tables.Table], title: str, text: str
) -> HttpResponse:
    may_edit = request.actor.may(Permission.CATALOG_EDIT)
    new = reverse("price-list-new" if which == "lists" else "price-level-new")
    label = _("New price list") if which == "lists" else _("New price level")
    imports = brought_in(request.actor, "price" if which == "lists" else "price_level")
    empty = Empty(title, text, new if may_edit else "", label, "tags", imports)
    context = {"which": which, "new": new if may_edit else "", "new_label": label}
    return parts.listing(request, "stock/prices.html", rows=rows, table=table, empty=empty, context=context)


def edit_level(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new price level, or of the one with this key."""
    request.actor.require(Permission.CATALOG_EDIT)
    row = PriceLevel.objects.pick(request.actor, pk) if pk else None
    held = {"name": row.name, "percent": row.percent.normalize(), "version": row.version} if row else {}
    form = LevelForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("name", "percent")}
        if _saved(
            form, lambda: save_price_level(request.actor, values, level_id=pk, version=_version(form, pk))
        ):
            parts.notify(request, _("{name} saved").format(name=values["name"]))
            return parts.go(request, reverse("price-levels"))
    return _form(request, form, "price-levels", _("Price levels"), row, _("New price level"))


def edit_list(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new price list, or of the one with this key, with all its prices."""
    request.actor.require(
        Permission.CATALOG_EDIT if request.method == "POST" or pk is None else Permission.CATALOG_VIEW
    )
    language = request.membership.organisation.locale
    row = PriceList.objects.pick(request.actor, pk) if pk else None
    form = ListForm(request.actor, request.POST or None, initial=_initial(request.actor, row))
    breaks = _typed(request.POST) if request.method == "POST" else _held(row, language)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ListForm.base_fields if name != "version"}
        values["currency"] = values["currency"].upper()

        def save() -> object:
            rows = _breaks(request.actor, breaks, language)
            return save_price_list(request.actor, values, list_id=pk, version=_version(form, pk), breaks=rows)

        if _saved(form, save):
            parts.notify(request, _("{name} saved").format(name=values["name"]))
            return parts.go(request, reverse("price-lists"))
    return _form(
        request, form, "price-lists", _("Price lists"), row, _("New price list"), breaks=breaks, grid=True
    )


def _form(
    request: DeskRequest, form: forms.Form, back: str, title: str, row: Any, new: str, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "title": str(row) if row else new,
        "crumbs": [Crumb(title, reverse(back)), Crumb(str(row) if row else new)],
        "cancel": reverse(back),
        "may_edit": request.actor.may(Permission.CATALOG_EDIT),
        "archive": _archive(request.actor, row),
        **more,
    }
    return parts.page(request, "stock/price_form.html", context, status=422 if form.errors else 200)


def _archive(actor: Actor, row: Any) -> str:
    """The address that puts one away, for who may; nothing where it lies in the trash already."""
    if row is None or row.archived_at or not actor.may(Permission.CATALOG_EDIT):
        return ""
    name = "price-list-archive" if isinstance(row, PriceList) else "price-level-archive"
    return reverse(name, args=[row.pk])


@require_POST
def put_away(request: DeskRequest, which: type[PriceList | PriceLevel], back: str, pk: int) -> HttpResponse:
    """Archive a list or a level; one that is in use is refused with what to do. It is restored from the trash."""
    row = archive_prices(request.actor, which.objects.pick(request.actor, pk))
    parts.notify(request, _("{name} was archived").format(name=row.name))
    return parts.go(request, reverse(back))


def _version(form: forms.Form, pk: int | None) -> int | None:
    return form.cleaned_data["version"] if pk else None


def _saved(form: forms.Form, save: Any) -> bool:
    """Whether the verb took it; else its sentences stand on the form."""
    try:
        save()
    except Invalid as fault:
        parts.refuse(form, fault)
    except Fault as fault:
        form.add_error(None, str(fault))
    return not form.errors


def _initial(actor: Actor, row: PriceList | None) -> dict[str, Any]:
    if row is None:
        return {
            "currency": Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
        }
    return {name: getattr(row, name) for name in ListForm.base_fields}


def _held(row: PriceList | None, language: str) -> list[dict[str, str]]:
    if row is None:
        return []
    kept = row.breaks.order_by("item__sku", "quantity").values("quantity", "price", sku=F("item__sku"))
    return [
        {"sku": b["sku"], "quantity": typed(b["quantity"], language), "price": typed(b["price"], language)}
        for b in kept
    ]


def _typed(data: QueryDict) -> list[dict[str, str]]:
    names = ("sku", "quantity", "price")
    found = zip(*(data.getlist(f"break-{name}") for name in names), strict=False)
    rows = [dict(zip(names, map(str.strip, row), strict=True)) for row in found]
    return [row for row in rows if any(row.values())]


def _breaks(actor: Actor, rows: list[dict[str, str]], language: str) -> list[Break]:
    skus = {row["sku"] for row in rows}
    known = dict(Item.objects.of(actor).filter(sku__in=skus).values_list("sku", "pk"))
    found = []
    for n, row in enumerate(rows, 1):
        if row["sku"] not in known:
            sentence = _("Line {n}: no item has the SKU “{sku}”.").format(n=n, sku=row["sku"])
            raise Invalid(fields={f"breaks.{n}": sentence})
        price, quantity = parse_number(row["price"], language), parse_number(row["quantity"] or "1", language)
        found.append(Break(known[row["sku"]], price, quantity))
    return found
