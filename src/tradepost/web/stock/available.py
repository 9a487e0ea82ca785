"""How many of each item there are, over the locations that are chosen, now or at the end of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Permission
from tradepost.catalog.models import Item, Location
from tradepost.catalog.moments import Counted, counted, end_of, items_counted, places_of
from tradepost.web import columns, parts
from tradepost.web.export import file_of
from tradepost.web.numbers import numbers
from tradepost.web.parts import Crumb, Empty
from tradepost.web.sales import Day
from tradepost.web.shell import DeskRequest
from tradepost.web.stock.levels import Quantity
from tradepost.wire.orm import matching


class Figure(Quantity):
    """A figure that is read for the rows of a page, by which no list can be sorted."""

    def __init__(self, label: Any) -> None:
        super().__init__(verbose_name=label, orderable=False, empty_values=())

    def render(self, value: Decimal | None) -> str:
        return "" if value is None else super().render(value)


class Availability(tables.Table):
    sku = columns.Title(
        verbose_name=gettext_lazy("SKU"), linkify=lambda record: reverse("item-stock", args=[record.pk])
    )
    name = columns.Plain(verbose_name=gettext_lazy("Name"), place="at-sub")
    on_hand = Figure(gettext_lazy("On hand"))
    allocated = Figure(gettext_lazy("Allocated"))
    available = Figure(gettext_lazy("Available"))
    on_order = Figure(gettext_lazy("On order"))
    buildable = Figure(gettext_lazy("Can be built"))

    def __init__(self, *args: Any, places: list[int] | None, day: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places, self.day = places, day

    def before_render(self, request: DeskRequest) -> None:
        shown = [row.record for row in self.paginated_rows]
        found = counted(request.actor, shown, self.places, end_of(request.actor, self.day))
        for item in shown:
            for name, value in _figures(found[item.pk]).items():
                setattr(item, name, value)


def _figures(one: Counted) -> dict[str, Decimal | None]:
    names = ("on_hand", "allocated", "available", "on_order")
    return {**{name: getattr(one.stock, name) for name in names}, "buildable": one.buildable}


class AvailabilityFilter(django_filters.FilterSet):
    """Items by their words; the day is of the figures."""

    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("SKU or name"))
    on = django_filters.DateFilter(
        method="at_any",
        label=gettext_lazy("Day"),
        widget=Day(
            attrs={"class": "form-control", "title": gettext_lazy("At the end of this day, else now")}
        ),
    )

    def by_words(self, rows: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return rows.filter(matching(value))

    def at_any(self, rows: QuerySet[Item], name: str, value: date) -> QuerySet[Item]:
        return rows


def _asked(request: DeskRequest) -> tuple[list[int] | None, date | None]:
    """The locations (None: all) and the day (None: now) of the address. Raises ``Missing`` and ``Invalid``."""
    places = places_of(request.actor, numbers(request.GET.getlist("location")))
    form = AvailabilityFilter(request.GET, queryset=Item.objects.none(), request=request).form
    day: date | None = form.cleaned_data.get("on") if form.is_valid() else None
    end_of(request.actor, day)
    return places, day


def listing(request: DeskRequest) -> HttpResponse:
    """A row an item, over the chosen locations, at the end of the chosen day or now."""
    places, day = _asked(request)
    known = Location.objects.of(request.actor).filter(archived_at=None).order_by("name")
    return parts.listing(
        request,
        "stock/availability.html",
        rows=items_counted(request.actor),
        table=partial(Availability, places=places, day=day),
        filters=AvailabilityFilter,
        empty=Empty(
            _("No stock yet"),
            _("What is received, built or counted stands here."),
            reverse("items"),
            _("Items"),
            "warehouse",
        ),
        context={
            "places": [(row.pk, row.name, row.pk in (places or ())) for row in known],
            "may_export": request.actor.may(Permission.EXPORT),
            "crumbs": [Crumb(_("Stock"), reverse("stock")), Crumb(_("Availability"))],
        },
    )


def export(request: DeskRequest) -> HttpResponseBase:
    """The list as its page shows it, as CSV or XLSX."""
    places, day = _asked(request)
    table = partial(Availability, places=places, day=day)
    rows = parts.listed(request, items_counted(request.actor), table, AvailabilityFilter)
    found = counted(request.actor, list(rows), places, end_of(request.actor, day))
    named = {
        "on_hand": _("On hand"),
        "allocated": _("Allocated"),
        "available": _("Available"),
        "on_order": _("On order"),
        "buildable": _("Can be built"),
    }
    figures: dict[str, Any] = {
        label: partial(lambda key, item: _figures(found[item.pk])[key], key) for key, label in named.items()
    }
    texts: dict[str, Any] = {
        _("SKU"): lambda item: item.sku,
        _("Name"): lambda item: item.name,
        _("Unit"): lambda item: item.unit,
    }
    return file_of(request, "availability", rows, texts | figures)
