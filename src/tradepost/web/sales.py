"""Quotes and sales orders: the lists, their bulk acts and export, and the palette's source."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Conflict, Fault, Missing
from tradepost.sales import queries, services
from tradepost.sales.models import Document, Kind
from tradepost.sales.state_table import MACHINES
from tradepost.web import columns, document, lines, parts
from tradepost.web.choices import members
from tradepost.web.export import csv_of
from tradepost.web.parts import Empty, View
from tradepost.web.records import address
from tradepost.web.saved_views import saved
from tradepost.web.shell import SELL, DeskRequest, Hit, NavItem, NewItem, SearchSource, Section
from tradepost.web.templatetags.ui import tone

MOST_IN_BULK = 500


class DocumentStatus(tables.Column):
    """The pill of a document: its hold stands before its state."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "at-end2"}}, **kwargs)

    def render(self, record: Document) -> SafeString:
        state = document.state(record)
        return format_html(
            '<span class="status status-{}"><span class="status-dot"></span>{}</span>',
            tone(state.key),
            state.label,
        )


class Orders(tables.Table):
    pk = columns.Select()
    number = columns.Title(verbose_name=gettext_lazy("Order"), linkify=lambda record: address(record))
    customer_name = columns.Plain(place="at-sub", verbose_name=gettext_lazy("Customer"))
    status = DocumentStatus(verbose_name=gettext_lazy("Status"))
    po_number = columns.Plain(verbose_name=gettext_lazy("Customer PO"))
    date = columns.Day(verbose_name=gettext_lazy("Date"))
    promised = columns.Day(verbose_name=gettext_lazy("Promised"))
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")
    total = columns.Money(verbose_name=gettext_lazy("Total"))


class Quotes(Orders):
    number = columns.Title(verbose_name=gettext_lazy("Quote"), linkify=lambda record: address(record))

    class Meta:
        exclude = ("promised",)


class Day(forms.DateInput):
    input_type = "date"


def _states(kind: Kind) -> list[tuple[str, str]]:
    states = [(s, document.words(s)) for s in MACHINES[kind].states]
    waiting = [("hold", _("On hold")), ("late", _("Late"))] if kind == Kind.ORDER else []
    return [("active", _("All open")), *states, *waiting]


class DocumentFilter(django_filters.FilterSet):
    """Search by number, customer or PO; status, owner and a range of days."""

    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("Number, customer or PO"))
    status = django_filters.ChoiceFilter(
        method="by_status", empty_label=gettext_lazy("Any status"), label=gettext_lazy("Status")
    )
    owner = django_filters.ChoiceFilter(empty_label=gettext_lazy("Any owner"), label=gettext_lazy("Owner"))
    since = django_filters.DateFilter(
        field_name="date",
        lookup_expr="gte",
        label=gettext_lazy("From"),
        widget=Day(attrs={"title": gettext_lazy("From")}),
    )
    until = django_filters.DateFilter(
        field_name="date",
        lookup_expr="lte",
        label=gettext_lazy("To"),
        widget=Day(attrs={"title": gettext_lazy("To")}),
    )

    def __init__(self, *args: Any, request: DeskRequest, kind: Kind = Kind.ORDER, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["status"].extra["choices"] = _states(self.kind)
        self.filters["owner"].extra["choices"] = members(request.actor)
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.update(
                {"class": "form-select" if select else "form-control", "aria-label": field.label}
            )

    kind = Kind.ORDER

    def by_words(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        from tradepost.wire.orm import matching

        return rows.filter(matching(value))

    def by_status(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        if value == "hold":
            return rows.filter(status__in=queries.OPEN[self.kind]).exclude(hold_reason="")
        if value == "late":
            return rows.filter(queries.late(queries.today(self.request.actor)))
        return rows.filter(status__in=queries.OPEN[self.kind] if value == "active" else [value])


class QuoteFilter(DocumentFilter):
    kind = Kind.QUOTE


LOOKS: dict[Kind, dict[str, Any]] = {
    Kind.ORDER: {
        "name": "orders",
        "title": gettext_lazy("Sales orders"),
        "new": gettext_lazy("New order"),
        "table": Orders,
        "filters": DocumentFilter,
    },
    Kind.QUOTE: {
        "name": "quotes",
        "title": gettext_lazy("Quotes"),
        "new": gettext_lazy("New quote"),
        "table": Quotes,
        "filters": QuoteFilter,
    },
}


def listing(request: DeskRequest, kind: Kind) -> HttpResponse:
    """The list of one kind; filter, sort and page live in its address."""
    look = LOOKS[kind]
    partial = request.headers.get("HX-Request-Type") == "partial"
    return parts.listing(
        request,
        "sales/list.html",
        rows=queries.documents(request.actor, kind).order_by("-date", "-id"),
        table=look["table"],
        filters=look["filters"],
        views=[] if partial else _views(request.actor, kind, look["name"]),
        empty=Empty(
            _("Nothing here yet"),
            _("Make the first one; what you type is checked as you go."),
            reverse(f"{kind}-new"),
            look["new"],
            "shopping-cart",
        ),
        context={
            "look": look,
            "kind": kind.value,
            "members": members(request.actor),
            "may_edit": request.actor.may(Permission.SALES_EDIT),
            "may_export": request.actor.may(Permission.EXPORT),
        },
    )


def _views(actor: Actor, kind: Kind, name: str) -> list[View]:
    count = queries.waiting(actor, kind, queries.today(actor))
    found = [View(_("All")), View(_("Open"), "status=active", count.open)]
    if kind == Kind.ORDER:
        found += [
            View(_("On hold"), "status=hold", count.held),
            View(_("Late"), "status=late", count.late),
        ]
    mine = View(_("Mine"), f"status=active&owner={actor.user_id}", count.mine)
    return [*found, mine, *saved(actor, name)]


def export(request: DeskRequest, kind: Kind) -> HttpResponseBase:
    """The list as filtered, as CSV."""
    look = LOOKS[kind]
    rows = queries.documents(request.actor, kind).order_by("-date", "-id")
    filtered = look["filters"](request.GET, queryset=rows, request=request).qs
    return csv_of(
        request.actor,
        look["name"],
        filtered,
        {
            _("Number"): lambda d: d.number,
            _("Customer"): lambda d: d.customer_name,
            _("Status"): lambda d: document.state(d).label,
            _("Customer PO"): lambda d: d.po_number,
            _("Date"): lambda d: d.date,
            _("Promised"): lambda d: d.promised or "",
            _("Owner"): lambda d: str(d.owner or ""),
            _("Currency"): lambda d: d.currency,
            _("Total"): lambda d: d.total,
        },
    )


def bulk(request: DeskRequest, kind: Kind) -> HttpResponse:
    """Assign an owner to, or do a verb on, the chosen rows. One that does not fit never stops the rest."""
    if request.method != "POST":
        raise Missing("page")
    chosen = [pk for pk in request.POST.getlist("pk") if pk.isdecimal()][:MOST_IN_BULK]
    done, faults = 0, []
    for pk in chosen:
        try:
            _one(request, kind, int(pk))
            done += 1
        except Fault as fault:
            faults.append(str(fault))
    if faults:
        from django.contrib import messages

        messages.error(request, _("{n} were not changed: {why}").format(n=len(faults), why=faults[0]))
    if done:
        parts.notify(request, ngettext("{n} changed", "{n} changed", done).format(n=done))
    return parts.go(request, request.POST.get("next") or reverse(LOOKS[kind]["name"]))


def _one(request: DeskRequest, kind: Kind, pk: int) -> None:
    act = request.POST.get("act", "")
    if act == "owner":
        owner = request.POST.get("owner", "")
        services.save_document(
            request.actor, kind, {"owner_id": int(owner) if owner.isdecimal() else None}, document_id=pk
        )
    elif act in ("hold", "release", "close", "cancel", "send"):
        services.move(request.actor, pk, act, _("Held from the list"))
    else:
        raise Conflict(_("Nothing was chosen to do."), cure=_("Press one of the buttons."))


def find(actor: Actor, words: str, limit: int) -> list[Hit]:
    """Documents for the palette: an exact number first, then the newest that match."""
    exact = Q(number__iexact=words) | Q(po_number__iexact=words)
    rows = queries.documents(actor)
    first = list(rows.filter(number=words.upper())[:limit])
    first = first or list(
        rows.filter(exact, pk__in=[r.pk for r in queries.documents(actor, search=words)[:300]])
    )
    newest = sorted(queries.documents(actor, search=words)[:300], key=lambda d: (d.date, d.pk), reverse=True)
    found = list({row.pk: row for row in [*first, *newest]}.values())[:limit]
    return [
        Hit(
            address(row),
            row.number,
            " · ".join(filter(None, [row.customer_name, row.po_number, str(document.state(row).label)])),
            "shopping-cart" if row.kind == Kind.ORDER else "file-text",
        )
        for row in found
    ]


def _open_orders(actor: Actor) -> int:
    return queries.how_many_open(actor, Kind.ORDER)


def _urls(kind: Kind, plural: str) -> list[Any]:
    known: dict[str, Any] = {"kind": kind}
    return [
        path(f"{plural}/", listing, known, name=plural),
        path(f"{plural}/bulk/", bulk, known, name=f"{plural}-bulk"),
        path(f"{plural}/export/", export, known, name=f"{plural}-export"),
        path(f"{plural}/new/", lines.edit, known, name=f"{kind}-new"),
        path(f"{plural}/<int:pk>/", document.show, known, name=kind.value),
        path(f"{plural}/<int:pk>/edit/", lines.edit, known, name=f"{kind}-edit"),
    ]


section = Section(
    urls=[
        *_urls(Kind.ORDER, "orders"),
        *_urls(Kind.QUOTE, "quotes"),
        path("documents/totals/", lines.live_totals, name="document-totals"),
        path("documents/<int:pk>/pdf/", document.paper, name="document-pdf"),
        path("documents/<int:pk>/move/<str:verb>/", document.move, name="document-move"),
        path("documents/<int:pk>/field/<str:name>/", document.field, name="document-field"),
        path("quotes/<int:pk>/order/", document.convert, name="quote-convert"),
    ],
    nav=(
        NavItem(
            SELL,
            gettext_lazy("Quotes"),
            "file-text",
            "quotes",
            Permission.SALES_VIEW,
            keys="g q",
            within=("quote", "quote-new", "quote-edit"),
        ),
        NavItem(
            SELL,
            gettext_lazy("Sales orders"),
            "shopping-cart",
            "orders",
            Permission.SALES_VIEW,
            badge=_open_orders,
            keys="g o",
            within=("order", "order-new", "order-edit"),
        ),
    ),
    new=(
        NewItem(gettext_lazy("Sales order"), "shopping-cart", "order-new", Permission.SALES_EDIT, keys="n o"),
        NewItem(gettext_lazy("Quote"), "file-text", "quote-new", Permission.SALES_EDIT, keys="n q"),
    ),
    search=(SearchSource(gettext_lazy("Orders and quotes"), Permission.SALES_VIEW, find),),
)
