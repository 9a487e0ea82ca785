"""Documents of the sale: the lists, their bulk acts and export, and the palette's source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django_tables2 import Column as TableColumn
from django_tables2 import Table

from tradepost.accounts.access import Actor, Permission
from tradepost.sales import currencies, lists, queries, statuses, trashing
from tradepost.sales.financial import Financial
from tradepost.sales.models import Document, Kind
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.web import (
    columns,
    counting,
    document,
    document_bulk,
    document_facts,
    lines,
    making,
    marks,
    money,
    parts,
    statements,
    versions,
)
from tradepost.web.bringing import brought_in
from tradepost.web.choices import job, jobs, members
from tradepost.web.document_tables import TABLES, CustomStatus, Payment
from tradepost.web.export import Column, file_of
from tradepost.web.kinds import LOOKS, STATES, family, reference, side
from tradepost.web.once import once
from tradepost.web.parts import Empty, View
from tradepost.web.records import address
from tradepost.web.saved_views import saved
from tradepost.web.shell import (
    BUY,
    SELL,
    DeskRequest,
    Hit,
    NavItem,
    NewItem,
    SearchSource,
    Section,
)
from tradepost.web.templatetags.ui import money as as_money
from tradepost.wire.orm import matching


# Verbs that are done on many rows at once.
class Day(forms.DateInput):
    input_type = "date"


def _states(kind: Kind) -> list[tuple[str, str]]:
    states = [(s, document.words(s)) for s in MACHINES[kind].states]
    waiting = {
        Kind.ORDER: [("hold", _("On hold")), ("late", _("Late"))],
        Kind.INVOICE: [("late", _("Overdue"))],
        Kind.PURCHASE_ORDER: [("late", _("Late"))],
        Kind.BILL: [("late", _("Overdue"))],
        Kind.RMA: [("expected", _("To receive"))],
    }.get(kind, [])
    return [("active", _("All open")), *states, *waiting]


@once
def own_statuses(actor: Actor, kind: Kind) -> list[tuple[str, str]]:
    """The company's own statuses of a kind, as choices."""
    return [(str(row.pk), row.name) for row in statuses.offered(actor, kind)]


@once
def class_names(actor: Actor) -> list[str]:
    """What documents are filtered by, asked once a page."""
    return lists.classes(actor)


class DocumentFilter(django_filters.FilterSet):
    """Search by number, customer or PO; status, job, owner and a range of days."""

    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("Number, customer or PO"))
    status = django_filters.ChoiceFilter(
        method="by_status", empty_label=gettext_lazy("Any status"), label=gettext_lazy("Status")
    )
    custom_status = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Custom status"), label=gettext_lazy("Custom status")
    )
    financial_status = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Any payment"), label=gettext_lazy("Payment"), choices=Financial.choices
    )
    class_name = django_filters.ChoiceFilter(
        empty_label=gettext_lazy("Any class"), label=gettext_lazy("Class")
    )
    project = django_filters.ChoiceFilter(empty_label=gettext_lazy("Any job"), label=gettext_lazy("Job"))
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
        label=pgettext_lazy("last day", "To"),
        widget=Day(attrs={"title": pgettext_lazy("last day", "To")}),
    )

    def __init__(self, *args: Any, request: DeskRequest, kind: Kind = Kind.ORDER, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        marks.add_filters(self, request.actor, self.kind)
        self.filters["status"].extra["choices"] = _states(self.kind)
        if own := own_statuses(request.actor, self.kind):
            self.filters["custom_status"].extra["choices"] = own
        else:
            del self.filters["custom_status"]
        if self.kind != Kind.ORDER:
            del self.filters["financial_status"]
        if classes := class_names(request.actor):
            self.filters["class_name"].extra["choices"] = [(name, name) for name in classes]
        else:
            del self.filters["class_name"]
        if own_jobs := jobs(request.actor, held=job(request.actor, self.data)):
            self.filters["project"].extra["choices"] = own_jobs
        else:
            del self.filters["project"]
        self.filters["owner"].extra["choices"] = members(request.actor)
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.update(
                {"class": "form-select" if select else "form-control", "aria-label": field.label}
            )

    kind = Kind.ORDER

    def by_words(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        return rows.filter(matching(value))

    def by_status(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        if value == "hold":
            return rows.filter(status__in=queries.OPEN[self.kind]).exclude(hold_reason="")
        if value == "late":
            return rows.filter(queries.late(timezone.localdate(), self.kind))
        if value == "active":
            return rows.filter(queries.at_work(self.kind))
        return rows.filter(status__in=queries.COMING_BACK if value == "expected" else [value])


FILTERS: dict[Kind, type[DocumentFilter]] = {
    kind: type(f"{kind.name.title()}Filter", (DocumentFilter,), {"kind": kind}) for kind in LOOKS
}


def listing(request: DeskRequest, kind: Kind) -> HttpResponse:
    """The list of one kind; filter, sort and page live in its address."""
    look = LOOKS[kind]
    own, may_edit = own_statuses(request.actor, kind), request.actor.may(MACHINES[kind].edit)
    rows_alone = request.headers.get("HX-Request-Type") == "partial"
    return parts.listing(
        request,
        "sales/list.html",
        rows=_rows(request.actor, kind),
        table=_table(request.actor, kind, own),
        filters=FILTERS[kind],
        views=[] if rows_alone else _views(request.actor, kind, look.plural),
        empty=Empty(
            _("Nothing here yet"),
            _("Make the first one; what you type is checked as you go.") if may_edit else "",
            reverse(f"{kind}-new") if may_edit else "",
            look.new,
            look.icon,
            brought_in(request.actor, kind),
        ),
        sums=partial(_sums, request.membership.organisation.currency) if _adds_up(kind) else None,
        context={
            "look": look,
            "search": side(kind).search,
            "kind": kind.value,
            "members": members(request.actor),
            "own_statuses": own,
            "family": [(LOOKS[k], k == kind) for k in family(kind)],
            "verbs": document_bulk.VERBS.get(kind, ()),
            "grave": document.GRAVE,
            "may_edit": may_edit,
            "drafted": trashing.DRAFT in MACHINES[kind].sources,
            "may_send": request.actor.may(Permission.MAIL_SEND),
            "may_export": request.actor.may(Permission.EXPORT),
        },
    )


def _adds_up(kind: Kind) -> bool:
    """Whether the totals of a kind are of one sort: a statement says what invoices say."""
    return kind != Kind.STATEMENT and "total" in TABLES[kind].base_columns


def _sums(company: str, rows: QuerySet[Document]) -> tuple[int, str]:
    """How many rows there are, what they come to in the company's currency, and how many stand in no sum."""
    found = counting.sums(rows, company)
    total = str(as_money(found.total, company))
    if not found.unvalued:
        return found.count, total
    without = ngettext("{n} without an exchange rate", "{n} without an exchange rate", found.unvalued)
    return found.count, f"{total} · {without.format(n=found.unvalued)}"


def _rows(actor: Actor, kind: Kind) -> QuerySet[Document]:
    return queries.documents(actor, kind).order_by("-date", "-id")


def _table(actor: Actor, kind: Kind, own: Sequence[tuple[str, str]]) -> Callable[..., Table]:
    """The table of a kind, with a column for ``own`` statuses and for classes where there are any; of orders, how far they are paid."""
    more: list[tuple[str, TableColumn]] = [("custom_status", CustomStatus())] if own else []
    if kind == Kind.ORDER:
        more.append(("financial_status", Payment()))
    if class_names(actor):
        more.append(("class_name", columns.Plain(verbose_name=gettext_lazy("Class"))))
    return marks.table(actor, kind, TABLES[kind], more)


def waiting(actor: Actor, kind: Kind, day: date) -> queries.Waiting:
    """The figures of ``queries.waiting``, a minute old where there are many."""
    key = f"waiting {actor.organisation_id} {actor.user_id} {kind} {day}"
    return counting.remembered(key, lambda: queries.waiting(actor, kind, day), lambda count: count.open)


def _views(actor: Actor, kind: Kind, name: str) -> list[View]:
    count = waiting(actor, kind, timezone.localdate())
    found = [View(_("All")), View(STATES["open"], "status=active", count.open)]
    if kind == Kind.ORDER:
        found += [
            View(_("On hold"), "status=hold", count.held),
            View(_("Late"), "status=late", count.late),
        ]
    if kind == Kind.PURCHASE_ORDER:
        found.append(View(_("Late"), "status=late", count.late))
    if kind in (Kind.INVOICE, Kind.BILL):
        found.append(View(_("Overdue"), "status=late", count.late))
    mine = View(_("Mine"), f"status=active&owner={actor.user_id}", count.mine)
    return [*found, mine, *saved(actor, name)]


def export(request: DeskRequest, kind: Kind) -> HttpResponseBase:
    """The list as its page shows it, as CSV or XLSX."""
    actor, look = request.actor, LOOKS[kind]
    table = _table(actor, kind, own_statuses(actor, kind))
    rows = parts.listed(request, _rows(actor, kind), table, FILTERS[kind])
    return file_of(request, look.plural, rows, _columns(actor, kind) | marks.exported(actor, kind))


def _columns(actor: Actor, kind: Kind) -> dict[str, Column]:
    """What every kind has, and what the list of this one shows besides."""
    company = currencies.company_currency(actor.organisation_id)
    shown = {*TABLES[kind].base_columns, *(("financial_status",) if kind == Kind.ORDER else ())}
    besides: dict[str, tuple[str, Column]] = {
        "due": (_("Due"), lambda d: d.due or ""),
        "carrier": (_("Carrier"), lambda d: d.carrier),
        "tracking": (_("Tracking"), lambda d: d.tracking),
        "financial_status": (_("Payment"), lambda d: d.get_financial_status_display()),
        "method": (_("Method"), lambda d: d.method),
        "balance": (_("Balance"), lambda d: d.balance),
    }
    return {
        _("Number"): lambda d: d.number,
        str(side(kind).label): lambda d: d.customer_name,
        _("Status"): lambda d: document.state(d).label,
        _("Custom status"): lambda d: str(d.custom_status or ""),
        str(reference(kind)): lambda d: d.po_number,
        _("Date"): lambda d: d.date,
        str(side(kind).promised): lambda d: d.promised or "",
        _("Class"): lambda d: d.class_name,
        _("Job"): lambda d: str(d.project or ""),
        _("Owner"): lambda d: str(d.owner or ""),
        _("Currency"): lambda d: d.currency,
        _("Total"): lambda d: d.total,
        **dict(pair for name, pair in besides.items() if name in shown),
        _("Total in {currency}").format(currency=company): lambda d: worth_of(d, company),
    }


def worth_of(row: Document, company: str) -> Decimal | str:
    """The total in the company's currency; nothing where no rate is known."""
    found = currencies.worth(row.total, row.currency, row.exchange_rate, company)
    return "" if found is None else found


def find(actor: Actor, words: str, limit: int) -> list[Hit]:
    """Documents for the palette: an exact number first, then the newest that match."""
    rows = queries.documents(actor)
    keys = list(rows.filter(number=words.upper()).values_list("pk", flat=True)[:limit])
    matches = list(
        queries.documents(actor, search=words).values_list("pk", "date", "number", "po_number")[:300]
    )
    matches.sort(
        key=lambda m: (words.casefold() in (m[2].casefold(), m[3].casefold()), m[1], m[0]), reverse=True
    )
    keys = list(dict.fromkeys([*keys, *(m[0] for m in matches)]))[:limit]
    read = rows.in_bulk(keys)
    found = [read[key] for key in keys if key in read]
    return [
        Hit(
            address(row),
            row.number,
            " · ".join(filter(None, [row.customer_name, row.po_number, str(document.state(row).label)])),
            LOOKS[Kind(row.kind)].icon,
        )
        for row in found
    ]


def _open_orders(actor: Actor) -> QuerySet[Document]:
    return queries.open_documents(actor, Kind.ORDER)


def _urls(kind: Kind, plural: str) -> list[Any]:
    known: dict[str, Any] = {"kind": kind}
    form = money.edit if kind in MONEY else lines.edit
    urls = [
        path(f"{plural}/", listing, known, name=plural),
        path(f"{plural}/bulk/", document_bulk.bulk, known, name=f"{plural}-bulk"),
        path(f"{plural}/export/", export, known, name=f"{plural}-export"),
        path(f"{plural}/<int:pk>/", document.show, known, name=kind.value),
    ]
    if kind == Kind.STATEMENT:  # it is made, not typed
        return [*urls, path(f"{plural}/new/", statements.new, name=f"{kind}-new")]
    urls.append(path(f"{plural}/new/", form, known, name=f"{kind}-new"))
    return [*urls, path(f"{plural}/<int:pk>/edit/", form, known, name=f"{kind}-edit")]


def _nav(kind: Kind, keys: str, badge: Callable[[Actor], QuerySet[Any]] | None = None) -> NavItem:
    look = LOOKS[kind]
    others = [(k, LOOKS[k].plural) for k in family(kind)]
    pages = [f"{k}{page}" for k, _plural in others for page in ("", "-new", "-edit")]
    within = (*pages, *(plural for _k, plural in others if plural != look.plural))
    return NavItem(
        BUY if kind in PURCHASES else SELL,
        look.title,
        look.icon,
        look.plural,
        Permission.SALES_VIEW,
        badge=badge,
        keys=keys,
        within=within,
    )


def _new(kind: Kind, keys: str) -> NewItem:
    return NewItem(LOOKS[kind].one, LOOKS[kind].icon, f"{kind}-new", MACHINES[kind].edit, keys=keys)


section = Section(
    urls=[
        *(url for kind, look in LOOKS.items() for url in _urls(kind, look.plural)),
        path("documents/totals/<str:kind>/", lines.live_totals, name="document-totals"),
        path("documents/<int:pk>/pdf/", document.paper, name="document-pdf"),
        path("documents/<int:pk>/move/<str:verb>/", document.move, name="document-move"),
        path("documents/<int:pk>/trash/", document.throw_away, name="document-trash"),
        path("documents/<int:pk>/field/<str:name>/", document_facts.field, name="document-field"),
        path("quotes/<int:pk>/order/", document.convert, name="quote-convert"),
        *making.urls,
        *versions.urls,
    ],
    nav=(
        _nav(Kind.QUOTE, "g q"),
        _nav(Kind.ORDER, "g o", _open_orders),
        _nav(Kind.SHIPMENT, "g s"),
        _nav(Kind.INVOICE, "g v"),
        _nav(Kind.PAYMENT, "g m"),
        _nav(Kind.PURCHASE_ORDER, "g b"),
        _nav(Kind.BILL, "g l"),
    ),
    new=(
        _new(Kind.ORDER, "n o"),
        _new(Kind.QUOTE, "n q"),
        _new(Kind.INVOICE, "n v"),
        _new(Kind.PAYMENT, "n m"),
        _new(Kind.PURCHASE_QUOTE, ""),
        _new(Kind.PURCHASE_ORDER, "n b"),
        _new(Kind.BILL, "n l"),
        _new(Kind.CASH_PURCHASE, ""),
    ),
    search=(SearchSource(gettext_lazy("Documents"), Permission.SALES_VIEW, find),),
)
