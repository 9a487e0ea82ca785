"""The documents that an item stands on: of sale and purchase, the newest first, with how much of it each has."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Permission
from tradepost.catalog.models import Item
from tradepost.sales import queries
from tradepost.sales.models import Document, Kind
from tradepost.web import columns, parts
from tradepost.web.document_tables import DocumentStatus
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import Crumb, Empty
from tradepost.web.records import address
from tradepost.web.shell import DeskRequest, Section
from tradepost.web.stock.levels import tabs
from tradepost.web.templatetags.ui import figure
from tradepost.wire.orm import matching


class Documents(tables.Table):
    """``items`` are those whose quantity is said."""

    number = columns.Title(
        whole=True, verbose_name=gettext_lazy("Number"), linkify=lambda record: address(record)
    )
    kind = columns.Plain(verbose_name=gettext_lazy("Kind"), place="")
    customer_name = columns.Plain(verbose_name=gettext_lazy("Customer, vendor"), place="at-sub")
    date = columns.Day(verbose_name=gettext_lazy("Date"), place="")
    quantity = columns.Number(
        verbose_name=gettext_lazy("Quantity"), orderable=False, empty_values=(), place="at-end"
    )
    status = DocumentStatus(verbose_name=gettext_lazy("Status"))

    quantities: Mapping[int, Mapping[str, Decimal]] = {}

    def __init__(self, *args: Any, items: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items

    def before_render(self, request: DeskRequest) -> None:
        """How much of it stands on each document of this page, by one question."""
        self.quantities = queries.quantities([row.record.pk for row in self.paginated_rows], self.items)

    def render_kind(self, record: Document) -> str:
        return str(LOOKS[Kind(record.kind)].one)

    def render_quantity(self, record: Document) -> str:
        found = self.quantities[record.pk]
        return " + ".join(f"{figure(quantity)} {unit}" for unit, quantity in found.items())


class Which(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("Number, customer or PO"))
    kind = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Any kind"),
        label=gettext_lazy("Kind"),
        choices=[(kind.value, look.one) for kind, look in LOOKS.items() if kind != Kind.STATEMENT],
        widget=forms.Select(attrs={"class": "form-select", "aria-label": gettext_lazy("Kind")}),
    )

    def by_words(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return rows.filter(matching(value))


def show(request: DeskRequest, pk: int) -> HttpResponse:
    """The documents of an item; of one with variants, those of the variants too."""
    request.actor.require(Permission.CATALOG_VIEW)
    item = Item.objects.pick(request.actor, pk)
    items = queries.sold_as(item)
    return parts.listing(
        request,
        "catalog/documents.html",
        rows=queries.with_items(request.actor, items),
        table=partial(Documents, items=items),
        filters=Which,
        empty=Empty(
            _("No documents yet"),
            _("Quotes, orders and whatever else has it in a line stand here."),
            icon="file-text",
        ),
        context={
            "row": item,
            "pages": tabs(request.actor, item, "item-documents"),
            "crumbs": [Crumb(_("Items"), reverse("items")), Crumb(item.sku)],
        },
    )


section = Section(urls=[path("items/<int:pk>/documents/", show, name="item-documents")])
