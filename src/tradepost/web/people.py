"""Customers and contacts: lists, pages, inline edits, archive with Undo, export, and the palette's sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Fault, Missing
from tradepost.people import queries, services
from tradepost.people.models import Contact, Customer
from tradepost.web import columns, parts, people_forms, person, records
from tradepost.web.choices import members
from tradepost.web.export import csv_of
from tradepost.web.parts import Empty, View
from tradepost.web.saved_views import saved
from tradepost.web.shell import SELL, DeskRequest, Hit, NavItem, NewItem, SearchSource, Section
from tradepost.wire.orm import matching

Person = Customer | Contact


def _first_email(row: Person) -> str:
    return next((e.email for e in row.emails.all()), "")


class Customers(tables.Table):
    pk = columns.Select()
    name = columns.Title(
        verbose_name=gettext_lazy("Customer"), linkify=lambda record: records.address(record)
    )
    number = columns.Plain(verbose_name=gettext_lazy("Number"), place="at-end")
    email = columns.Plain(verbose_name=gettext_lazy("E-mail"), accessor="pk", orderable=False, place="at-sub")
    phone = columns.Plain(verbose_name=gettext_lazy("Phone"), orderable=False)
    terms = columns.Plain(verbose_name=gettext_lazy("Terms"))
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")

    def render_email(self, record: Customer) -> str:
        return _first_email(record)


class Contacts(tables.Table):
    pk = columns.Select()
    name = columns.Title(
        verbose_name=gettext_lazy("Contact"),
        accessor="pk",
        order_by=("last_name", "first_name"),
        linkify=lambda record: records.address(record),
    )
    email = columns.Plain(verbose_name=gettext_lazy("E-mail"), accessor="pk", orderable=False, place="at-sub")
    customers = columns.Plain(verbose_name=gettext_lazy("Customer"), accessor="pk", orderable=False)
    job_title = columns.Plain(verbose_name=gettext_lazy("Job title"))
    phone = columns.Plain(verbose_name=gettext_lazy("Phone"), orderable=False)
    owner = columns.Person(verbose_name=gettext_lazy("Owner"), order_by="owner__name")

    def render_name(self, record: Contact) -> str:
        return str(record)

    def render_email(self, record: Contact) -> str:
        return _first_email(record)

    def render_customers(self, record: Contact) -> str:
        return ", ".join(c.name for c in record.customers.all())


class PersonFilter(django_filters.FilterSet):
    """Search, owner, and what was put away."""

    q = django_filters.CharFilter(method="by_words", label=gettext_lazy("Name, e-mail or number"))
    owner = django_filters.ChoiceFilter(empty_label=gettext_lazy("Any owner"), label=gettext_lazy("Owner"))
    archived = django_filters.ChoiceFilter(
        method="by_archive",
        choices=[("1", gettext_lazy("Archived"))],
        empty_label=gettext_lazy("Not archived"),
        label=gettext_lazy("Archive"),
    )

    def __init__(self, *args: Any, request: DeskRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["owner"].extra["choices"] = members(request.actor)
        for field in self.form.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs.update(
                {"class": "form-select" if select else "form-control", "aria-label": field.label}
            )

    def by_words(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(matching(value))

    def by_archive(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows  # read by ``_rows``, which starts from what is or is not put away


@dataclass(frozen=True, slots=True)
class Look:
    """What differs between the pages of customers and those of contacts."""

    kind: str
    plural: str
    title: Any
    new: Any
    icon: str
    table: type[tables.Table]
    rows: Callable[..., QuerySet[Any]]
    order: tuple[str, ...]
    empty: Any
    export: dict[Any, Callable[[Any], object]]


LOOKS = {
    "customer": Look(
        "customer",
        "customers",
        gettext_lazy("Customers"),
        gettext_lazy("New customer"),
        "building-2",
        Customers,
        queries.customers,
        ("name", "id"),
        gettext_lazy("Make the first customer; mail with its people then finds its place by itself."),
        {
            gettext_lazy("Number"): lambda c: c.number,
            gettext_lazy("Customer"): lambda c: c.name,
            gettext_lazy("E-mail"): _first_email,
            gettext_lazy("Phone"): lambda c: c.phone,
            gettext_lazy("Terms"): lambda c: c.terms,
            gettext_lazy("Owner"): lambda c: str(c.owner or ""),
        },
    ),
    "contact": Look(
        "contact",
        "contacts",
        gettext_lazy("Contacts"),
        gettext_lazy("New contact"),
        "contact",
        Contacts,
        queries.contacts,
        ("last_name", "first_name", "id"),
        gettext_lazy(
            "Make the first contact with an e-mail address; its mail then finds its place by itself."
        ),
        {
            gettext_lazy("First name"): lambda c: c.first_name,
            gettext_lazy("Last name"): lambda c: c.last_name,
            gettext_lazy("E-mail"): lambda c: " ".join(e.email for e in c.emails.all()),
            gettext_lazy("Customer"): lambda c: ", ".join(one.name for one in c.customers.all()),
            gettext_lazy("Job title"): lambda c: c.job_title,
            gettext_lazy("Phone"): lambda c: c.phone,
            gettext_lazy("Owner"): lambda c: str(c.owner or ""),
        },
    ),
}


# -- lists -----------------------------------------------------------------------------------------------------------


def _rows(request: DeskRequest, look: Look) -> QuerySet[Any]:
    rows = look.rows(request.actor, archived=request.GET.get("archived") == "1")
    return rows.order_by(*look.order)


def listing(request: DeskRequest, kind: str) -> HttpResponse:
    look = LOOKS[kind]
    mine = View(_("Mine"), f"owner={request.actor.user_id}")
    return parts.listing(
        request,
        "people/list.html",
        rows=_rows(request, look),
        table=look.table,
        filters=PersonFilter,
        views=[View(_("All")), mine, *saved(request.actor, look.plural), View(_("Archived"), "archived=1")],
        empty=Empty(_("Nothing here yet"), look.empty, reverse(f"{kind}-new"), look.new, look.icon),
        context={
            "look": look,
            "may_edit": request.actor.may(Permission.PEOPLE_EDIT),
            "may_export": request.actor.may(Permission.EXPORT),
            "archived": request.GET.get("archived") == "1",
        },
    )


def export(request: DeskRequest, kind: str) -> HttpResponseBase:
    look = LOOKS[kind]
    rows = PersonFilter(request.GET, queryset=_rows(request, look), request=request).qs
    return csv_of(request.actor, look.plural, rows, look.export)


def bulk(request: DeskRequest, kind: str) -> HttpResponse:
    """Archive the chosen rows, or take them back. One that does not fit never stops the rest."""
    if request.method != "POST":
        raise Missing("page")
    undo = request.POST.get("act") == "restore"
    done, faults = 0, []
    for pk in [pk for pk in request.POST.getlist("pk") if pk.isdecimal()][:500]:
        try:
            services.archive(request.actor, person.find(request.actor, kind, int(pk)), undo=undo)
            done += 1
        except Fault as fault:
            faults.append(str(fault))
    if faults:
        messages.error(request, _("{n} were not changed: {why}").format(n=len(faults), why=faults[0]))
    if done:
        said = (
            ngettext("{n} taken back", "{n} taken back", done)
            if undo
            else ngettext("{n} archived", "{n} archived", done)
        )
        parts.notify(request, said.format(n=done))
    return parts.go(request, reverse(LOOKS[kind].plural))


# -- the palette -----------------------------------------------------------------------------------------------------


def find_customers(actor: Actor, words: str, limit: int) -> list[Hit]:
    rows = sorted(queries.customers(actor, search=words)[:100], key=lambda c: c.name)[:limit]
    return [
        Hit(records.address(c), c.name, " · ".join(filter(None, [c.number, c.phone])), "building-2")
        for c in rows
    ]


def find_contacts(actor: Actor, words: str, limit: int) -> list[Hit]:
    rows = sorted(queries.contacts(actor, search=words)[:100], key=str)[:limit]
    return [
        Hit(records.address(c), str(c), " · ".join(filter(None, [c.job_title, _first_email(c)])), "contact")
        for c in rows
    ]


def _urls(kind: str, plural: str) -> list[Any]:
    known = {"kind": kind}
    return [
        path(f"{plural}/", listing, known, name=plural),
        path(f"{plural}/bulk/", bulk, known, name=f"{plural}-bulk"),
        path(f"{plural}/export/", export, known, name=f"{plural}-export"),
        path(f"{plural}/new/", people_forms.edit, known, name=f"{kind}-new"),
        path(f"{plural}/<int:pk>/", person.show, known, name=kind),
        path(f"{plural}/<int:pk>/edit/", people_forms.edit, known, name=f"{kind}-edit"),
        path(f"{plural}/<int:pk>/archive/", person.archive, known, name=f"{kind}-archive"),
        path(f"{plural}/<int:pk>/field/<str:name>/", person.field, known, name=f"{kind}-field"),
    ]


def _nav(look: Look, keys: str) -> NavItem:
    within = (look.kind, f"{look.kind}-new", f"{look.kind}-edit")
    return NavItem(SELL, look.title, look.icon, look.plural, Permission.PEOPLE_VIEW, keys=keys, within=within)


section = Section(
    urls=[*_urls("customer", "customers"), *_urls("contact", "contacts")],
    nav=(_nav(LOOKS["customer"], "g c"), _nav(LOOKS["contact"], "g p")),
    new=(
        NewItem(gettext_lazy("Customer"), "building-2", "customer-new", Permission.PEOPLE_EDIT, keys="n c"),
        NewItem(gettext_lazy("Contact"), "contact", "contact-new", Permission.PEOPLE_EDIT, keys="n p"),
    ),
    search=(
        SearchSource(gettext_lazy("Customers"), Permission.PEOPLE_VIEW, find_customers),
        SearchSource(gettext_lazy("Contacts"), Permission.PEOPLE_VIEW, find_contacts),
    ),
)
