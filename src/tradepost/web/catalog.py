"""Items: the list, and the form of one."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import categories, services
from tradepost.catalog.models import Item, ItemPicture, ItemType
from tradepost.catalog.pictures import first_of
from tradepost.catalog.pricing import Reach
from tradepost.kit.errors import Invalid, Stale
from tradepost.web import columns, marks, parts, trash
from tradepost.web.bringing import brought_in
from tradepost.web.bulk import on_each
from tradepost.web.export import Column, file_of
from tradepost.web.numbers import number
from tradepost.web.offers import offer
from tradepost.web.parts import Crumb, Empty, View
from tradepost.web.people.lists import said
from tradepost.web.saved_views import saved
from tradepost.web.shell import STOCK, DeskRequest, Hit, NavItem, NewItem, SearchSource, Section
from tradepost.web.stock.levels import tabs
from tradepost.wire.orm import matching


def address(row: Item) -> str:
    return reverse("item", args=[row.pk])


class Items(tables.Table):
    pk = columns.Select()
    picture = columns.Plain(
        verbose_name=gettext_lazy("Picture"), place="at-hide", orderable=False, default=""
    )
    sku = columns.Title(verbose_name=gettext_lazy("SKU"), linkify=lambda record: address(record))
    name = columns.Plain(verbose_name=gettext_lazy("Name"), place="at-sub")
    type = columns.Plain(verbose_name=gettext_lazy("Type"))
    category = columns.Plain(
        verbose_name=gettext_lazy("Category"), order_by=("category__name", "sku"), default=""
    )
    unit = columns.Plain(verbose_name=gettext_lazy("Unit"))
    price = columns.Price(verbose_name=gettext_lazy("Price"))

    def render_picture(self, value: int) -> str:
        where = reverse("picture", args=[value])
        return format_html('<img class="item-thumb" src="{}?small=1" alt="" loading="lazy">', where)


def chosen(data: Any) -> int | None:
    """The category that the address asks for: one that was put away is shown too."""
    return number((data or {}).get("category"))


class ItemFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("SKU or name"))
    type = django_filters.ChoiceFilter(
        choices=ItemType.choices,
        empty_label=gettext_lazy("Any type"),
        label=gettext_lazy("Type"),
        widget=forms.Select(attrs={"class": "form-select", "aria-label": gettext_lazy("Type")}),
    )
    category = django_filters.ChoiceFilter(
        method="by_category", empty_label=gettext_lazy("Any category"), label=gettext_lazy("Category")
    )

    def __init__(self, *args: Any, request: DeskRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        paths = categories.paths(request.actor, held=chosen(self.data))
        if paths:
            self.filters["category"].extra["choices"] = [(str(pk), name) for pk, name in paths]
        else:
            del self.filters["category"]
        marks.add_filters(self, request.actor, "item")
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.update(
                {"class": "form-select" if select else "form-control", "aria-label": field.label}
            )

    def by_words(self, rows: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return rows.filter(matching(value))

    def by_category(self, rows: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return rows.filter(category_id__in=categories.below(self.request.actor, int(value)))


class ItemForm(forms.Form):
    sku = forms.CharField(label=gettext_lazy("SKU"), max_length=60)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=ItemType.choices)
    unit = forms.CharField(
        label=gettext_lazy("Unit"), max_length=20, initial=pgettext_lazy("the unit of an item", "each")
    )
    price = forms.DecimalField(label=gettext_lazy("Price"), initial=0, max_digits=18, decimal_places=4)
    tax_rate = forms.DecimalField(
        label=gettext_lazy("Tax %"), initial=0, min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    discount_percent = forms.DecimalField(
        label=gettext_lazy("Discount %"),
        initial=0,
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        required=False,
        help_text=gettext_lazy("Left at 0, the discount is the amount of its price."),
    )
    discount_reach = forms.ChoiceField(
        label=gettext_lazy("Taken from"),
        required=False,
        choices=[
            (Reach.ABOVE.value, gettext_lazy("All lines above it")),
            (Reach.LINE.value, gettext_lazy("The line above it")),
        ],
    )
    category_id = forms.TypedChoiceField(
        label=gettext_lazy("Category"), required=False, coerce=int, empty_value=None
    )
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["category_id"]
        known = categories.paths(actor, held=self.initial.get("category_id"))
        choices.choices = [("", "—"), *((str(pk), name) for pk, name in known)]

    def values(self) -> dict[str, Any]:
        """As the verb takes them; only a discount has a percentage."""
        found = marks.taken(dict(self.cleaned_data))
        discount = found["type"] == ItemType.DISCOUNT
        found["discount_percent"] = (found["discount_percent"] or 0) if discount else 0
        found["discount_reach"] = found["discount_reach"] or Reach.ABOVE.value
        return found


def listing(request: DeskRequest) -> HttpResponse:
    may_edit = request.actor.may(Permission.CATALOG_EDIT)
    return parts.listing(
        request,
        "catalog/list.html",
        rows=lambda values: _rows(request.actor, values),
        table=marks.table(request.actor, "item", Items),
        filters=ItemFilter,
        views=[View(_("All")), *saved(request.actor, "items"), View(_("Archived"), "archived=1")],
        empty=Empty(
            _("No items yet"),
            _("Items fill the lines of quotes and orders with their name, price and tax."),
            reverse("item-new") if may_edit else "",
            _("New item"),
            "package",
            brought_in(request.actor, "item"),
        ),
        context={
            "may_edit": may_edit,
            "may_export": request.actor.may(Permission.EXPORT),
            "shelved": request.GET.get("archived") == "1",
        },
    )


def _rows(actor: Actor, values: QueryDict) -> QuerySet[Item]:
    rows = services.items(actor, archived=values.get("archived") == "1").select_related("category")
    shown = ItemPicture.objects.filter(item=OuterRef("pk"), archived_at=None).order_by("position", "pk")
    return rows.annotate(picture=Subquery(shown.values("pk")[:1])).order_by("sku", "id")


def export(request: DeskRequest) -> HttpResponseBase:
    """The list as its page shows it, as CSV or XLSX."""
    table = marks.table(request.actor, "item", Items)
    rows = parts.listed(request, _rows(request.actor, request.GET), table, ItemFilter)
    columns: dict[str, Column] = {
        _("SKU"): lambda item: item.sku,
        _("Name"): lambda item: item.name,
        _("Type"): lambda item: str(item.get_type_display()),
        _("Category"): lambda item: str(item.category or ""),
        _("Unit"): lambda item: item.unit,
        _("Price"): lambda item: item.price,
        _("Tax %"): lambda item: item.tax_rate,
        **marks.exported(request.actor, "item"),
    }
    return file_of(request, "items", rows, columns)


def bulk(request: DeskRequest) -> HttpResponse:
    """Archive the chosen items, with Undo, take them back, or give or take a tag."""
    act, tagged = request.POST.get("act", "archive"), marks.bulk_values(request)
    here = parts.local(request.POST.get("next", ""), reverse("items"))
    gone: list[int] = []

    def one(pk: int) -> None:
        row = Item.objects.pick(request.actor, pk)
        if tagged:
            marks.save(request.actor, row, tagged)
        else:
            services.archive(request.actor, row, undo=act == "restore")
            gone.extend([] if act == "restore" else [pk])

    if done := on_each(request, one):
        back = trash.undo(request.actor, "item", gone, here) if gone else None
        parts.notify(request, said(act, done), back)
    return parts.go(request, here)


def edit(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new item or of the one with this key; read-only for who may not change it."""
    request.actor.require(Permission.CATALOG_VIEW if pk else Permission.CATALOG_EDIT)
    row = Item.objects.pick(request.actor, pk) if pk else None
    held = {name: getattr(row, name) for name in ItemForm.base_fields} if row else {}
    decimals = ("price", "tax_rate", "discount_percent")
    figures = {name: f"{held[name].normalize():f}" for name in decimals if row}
    form = ItemForm(request.actor, request.POST or None, initial={**held, **figures})
    offer(request.actor, form, {"unit": ("units",)}, new=row is None)
    marks.put_on(form, request.actor, "item", row)
    if row is None:
        parts.begin(form)
    if request.method == "POST" and form.is_valid():
        values = form.values()
        version = values.pop("version")
        try:
            saved = services.save_item(request.actor, values, item_id=pk, version=version if row else None)
        except (Invalid, Stale) as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{sku} saved").format(sku=saved.sku))
            return parts.go(request, reverse("items") if row else address(saved))
    may_edit = request.actor.may(Permission.CATALOG_EDIT)
    for field in form.fields.values():
        field.disabled = not may_edit
    context = {
        "form": form,
        "row": row,
        "may_edit": may_edit,
        "picture": first_of([row.pk]).get(row.pk) if row else None,
        "tabs": tabs(request.actor, row, "item") if row else [],
        "crumbs": [Crumb(_("Items"), reverse("items")), Crumb(row.sku if row else _("New item"))],
    }
    return parts.page(request, "catalog/edit.html", context, status=422 if form.errors else 200)


def find(actor: Actor, words: str, limit: int) -> list[Hit]:
    rows = sorted(services.items(actor, search=words)[:100], key=lambda i: i.sku)[:limit]
    return [Hit(address(row), f"{row.sku} {row.name}", row.get_type_display(), "package") for row in rows]


section = Section(
    urls=[
        path("items/", listing, name="items"),
        path("items/export/", export, name="items-export"),
        path("items/bulk/", bulk, name="items-bulk"),
        path("items/new/", edit, name="item-new"),
        path("items/<int:pk>/", edit, name="item"),
    ],
    nav=(
        NavItem(
            STOCK,
            gettext_lazy("Items"),
            "package",
            "items",
            Permission.CATALOG_VIEW,
            keys="g i",
            within=("item", "item-new", "item-documents", "item-activities"),
        ),
    ),
    new=(NewItem(gettext_lazy("Item"), "package", "item-new", Permission.CATALOG_EDIT, keys="n i"),),
    search=(SearchSource(gettext_lazy("Items"), Permission.CATALOG_VIEW, find),),
)
