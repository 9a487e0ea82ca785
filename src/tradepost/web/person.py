"""The page of a customer or contact: its facts, its people, its orders, its timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.kit.errors import Missing
from tradepost.people import services
from tradepost.people.models import Contact, Customer
from tradepost.sales.queries import account_of, documents
from tradepost.web import activities, document, parts, records
from tradepost.web.choices import members
from tradepost.web.parts import Crumb, Inline, Tab, Undo
from tradepost.web.shell import DeskRequest

Person = Customer | Contact
LISTS = {
    "customer": ("customers", gettext_lazy("Customers")),
    "contact": ("contacts", gettext_lazy("Contacts")),
}


def find(actor: Actor, kind: str, pk: int) -> Person:
    found = records.find(actor, Record(kind, pk))
    assert isinstance(found, Customer | Contact)
    return found


def archive(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """Put one away, with Undo; ``?undo=1`` takes it back."""
    if request.method != "POST":
        raise Missing("page")
    row, undo = find(request.actor, kind, pk), bool(request.GET.get("undo"))
    services.archive(request.actor, row, undo=undo)
    said = _("{name} is back") if undo else _("{name} archived")
    back = reverse(f"{kind}-archive", args=[pk]) + ("" if undo else "?undo=1")
    response = parts.page(
        request, "people/archive.html", {"row": find(request.actor, kind, pk), "kind": kind}
    )
    return parts.toast(response, said.format(name=row), Undo(back, {}, "#archive"))


def show(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """The page of a customer or contact, its tab at ``?tab=``."""
    row, record = find(request.actor, kind, pk), Record(kind, pk)
    if page := activities.older(request, record):
        return page
    tab = request.GET.get("tab", "details")
    context: dict[str, Any] = {"row": row, "kind": kind, "tab": tab, "tabs": _tabs(request, row, record)}
    if tab in ("history", "open"):
        context |= activities.timeline(request, record, tab)
    elif tab == "orders":
        context["orders"] = [
            (d, records.address(d), document.state(d)) for d in _orders(request.actor, row)[:100]
        ]
    elif tab == "contacts":
        context["people"] = _people(row)
    else:
        context |= _details(request, row, kind)
    if request.headers.get("HX-Request-Type") != "partial":
        context |= _around(request, row, kind)
    return parts.page(request, "people/page.html", context, part="tabs")


def _tabs(request: DeskRequest, row: Person, record: Record) -> list[Tab]:
    details, *rest = activities.tabs(request, record)
    more = [Tab("contacts", _("Contacts"), row.belongings.count())] if isinstance(row, Customer) else []
    if request.actor.may(Permission.SALES_VIEW):
        more.append(Tab("orders", _("Orders"), _orders(request.actor, row).count()))
    return [details, *more, *rest]


def _orders(actor: Actor, row: Person) -> Any:
    mine = {"customer_id": row.pk} if isinstance(row, Customer) else {"contact_id": row.pk}
    return documents(actor).filter(**mine).order_by("-date", "-id")


def _people(row: Person) -> list[Contact]:
    assert isinstance(row, Customer)
    return list(row.contacts.filter(archived_at=None).prefetch_related("emails").order_by("last_name"))


def _details(request: DeskRequest, row: Person, kind: str) -> dict[str, Any]:
    return {
        "fields": [field(row) for field in inlines(request.actor, row, kind).values()],
        "emails": row.emails.order_by("-primary", "id"),
        "addresses": row.addresses.order_by("-primary", "id") if isinstance(row, Customer) else [],
        "belongs": row.customers.order_by("name") if isinstance(row, Contact) else [],
    }


def _around(request: DeskRequest, row: Person, kind: str) -> dict[str, Any]:
    plural, title = LISTS[kind]
    sales = isinstance(row, Customer) and request.actor.may(Permission.SALES_VIEW)
    return {
        "crumbs": [Crumb(title, reverse(plural)), Crumb(str(row))],
        "edit_url": reverse(f"{kind}-edit", args=[row.pk])
        if request.actor.may(Permission.PEOPLE_EDIT)
        else "",
        "may_send": request.actor.may(Permission.MAIL_SEND),
        "may_sell": request.actor.may(Permission.SALES_EDIT),
        "may_edit": request.actor.may(Permission.PEOPLE_EDIT),
        "record": records.key(Record(kind, row.pk)),
        "account": account_of(request.actor, row.pk) if sales else None,
    }


LABELS = {
    "customer": {
        "name": gettext_lazy("Name"),
        "phone": gettext_lazy("Phone"),
        "website": gettext_lazy("Website"),
        "terms": gettext_lazy("Terms"),
    },
    "contact": {
        "first_name": gettext_lazy("First name"),
        "last_name": gettext_lazy("Last name"),
        "job_title": gettext_lazy("Job title"),
        "phone": gettext_lazy("Phone"),
    },
}


def inlines(actor: Actor, row: Person, kind: str) -> dict[str, Callable[[Any], Inline]]:
    """The facts of a record by name, each as a builder of its inline field."""
    may = actor.may(Permission.PEOPLE_EDIT)

    def url(name: str) -> str:
        return reverse(f"{kind}-field", args=[row.pk, name])

    def text(name: str, label: Any, shape: str = "text") -> Callable[[Any], Inline]:
        return lambda r: Inline(name, label, getattr(r, name), url(name), kind=shape, editable=may)

    owner = lambda r: Inline(  # noqa: E731 - one of the builders
        "owner_id",
        _("Owner"),
        str(r.owner_id or ""),
        url("owner_id"),
        text=str(r.owner or ""),
        kind="select",
        choices=[("", _("Nobody")), *members(actor)] if may else (),
        editable=may,
    )
    plain = {name: text(name, label) for name, label in LABELS[kind].items()}
    return {**plain, "owner_id": owner, "notes": text("notes", _("Notes"), "textarea")}


def field(request: DeskRequest, kind: str, pk: int, name: str) -> HttpResponse:
    """One fact: show, edit, save with Undo."""
    builders = inlines(request.actor, find(request.actor, kind, pk), kind)
    if name not in builders:
        raise Missing(f"field “{name}”")

    def save(value: str) -> None:
        held: object = (int(value) if value.isdecimal() else None) if name == "owner_id" else value
        if kind == "customer":
            services.save_customer(request.actor, {name: held}, customer_id=pk)
        else:
            services.save_contact(request.actor, {name: held}, contact_id=pk)

    return parts.inline(request, lambda: builders[name](find(request.actor, kind, pk)), save)
