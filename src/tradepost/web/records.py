"""What an activity stands on, as pages name it: ``document:5`` in addresses, its title and its page."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.kit.errors import Missing
from tradepost.people.models import Contact, Customer
from tradepost.people.queries import contacts, customers
from tradepost.sales.models import Document
from tradepost.sales.queries import documents
from tradepost.web.shell import DeskRequest, Section


def key(record: Record) -> str:
    """``document:5``; read back by :func:`parse`."""
    return f"{record.kind}:{record.id}"


def parse(text: str) -> Record:
    """The record that an address names. Raises ``Missing``."""
    kind, _colon, number = text.partition(":")
    if kind not in ("customer", "contact", "document") or not number.isdecimal() or len(number) > 18:
        raise Missing("record")
    return Record(kind, int(number))


def find(actor: Actor, record: Record) -> Customer | Contact | Document:
    """The row behind a record, in the actor's company and of a kind that the actor may see."""
    if record.kind == "document":
        return documents(actor).pick(actor, record.id)
    actor.require(Permission.PEOPLE_VIEW)
    if record.kind == "customer":
        return Customer.objects.pick(actor, record.id)
    return Contact.objects.pick(actor, record.id)


def address(row: Customer | Contact | Document) -> str:
    """The page of a record."""
    if isinstance(row, Document):
        return reverse(row.kind, args=[row.pk])
    return reverse("customer" if isinstance(row, Customer) else "contact", args=[row.pk])


def url(actor: Actor, record: Record) -> str:
    return address(find(actor, record))


def complete(request: DeskRequest) -> HttpResponse:
    """``?q=`` → records that an activity can be moved to: documents first, then customers and contacts."""
    words = request.GET.get("q", "").strip()
    found: list[tuple[str, str]] = []
    if request.actor.may(Permission.SALES_VIEW):
        rows = documents(request.actor, search=words).order_by("-date", "-id")[:12]
        found += [(f"document:{row.pk}", f"{row.number} · {row.customer_name}") for row in rows]
    if words and request.actor.may(Permission.PEOPLE_VIEW):
        found += [
            (f"customer:{c.pk}", _("{name} · customer").format(name=c))
            for c in customers(request.actor, search=words)[:6]
        ]
        found += [
            (f"contact:{c.pk}", _("{name} · contact").format(name=c))
            for c in contacts(request.actor, search=words)[:6]
        ]
    return JsonResponse([{"id": pk, "text": text} for pk, text in found], safe=False)


section = Section(urls=[path("records/complete/", complete, name="records-complete")])
