"""Choices that several pages offer: the people of the company, customers, vendors, contacts, jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path, reverse

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.catalog.pictures import first_of
from tradepost.catalog.queries import scan
from tradepost.catalog.services import items
from tradepost.catalog.units import Units
from tradepost.people.models import Project
from tradepost.people.queries import contacts, customers, matters, vendors
from tradepost.sales import queries
from tradepost.sales.models import Document
from tradepost.web.entering import offered
from tradepost.web.numbers import number
from tradepost.web.once import once
from tradepost.web.shell import DeskRequest, Section

MOST_JOBS = 200  # to choose from


@once
def members(actor: Actor) -> list[tuple[str, str]]:
    """``(user id, name)`` of everybody who works here now."""
    rows = Membership.objects.of(actor).filter(ended_at=None).select_related("user").order_by("user__name")
    return [(str(row.user_id), str(row.user)) for row in rows]


def jobs(actor: Actor, row: Document | None = None, held: Project | None = None) -> list[tuple[str, str]]:
    """``(job id, name)`` of the newest jobs that a document, or any, can belong to, behind the one that is ``held``."""
    rows = [job for job in queries.jobs(actor, row)[:MOST_JOBS] if job != held]
    return [(str(job.pk), job.name) for job in ([held] if held else []) + rows]


def job(actor: Actor, asked: Mapping[str, str] | None) -> Project | None:
    """The job that a query string asks for, which may be one that was put away."""
    pk = number((asked or {}).get("project"))
    return Project.objects.of(actor).filter(pk=pk).first() if pk else None


def titled(row: Any) -> str:
    """A customer or vendor as its box shows it."""
    return f"{row.name} · {row.number}"


def find_customers(request: DeskRequest) -> HttpResponse:
    rows = customers(request.actor, search=request.GET.get("q", "")).order_by("name")[:20]
    return _options((row.pk, titled(row)) for row in rows)


def find_vendors(request: DeskRequest) -> HttpResponse:
    rows = vendors(request.actor, search=request.GET.get("q", "")).order_by("name")[:20]
    return _options((row.pk, titled(row)) for row in rows)


def find_contacts(request: DeskRequest) -> HttpResponse:
    rows = contacts(request.actor, search=request.GET.get("q", "")).order_by("last_name")[:20]
    return _options((row.pk, str(row)) for row in rows)


def find_projects(request: DeskRequest) -> HttpResponse:
    rows = matters(request.actor, "project", search=request.GET.get("q", "")).order_by("-created_at")[:20]
    return _options((row.pk, f"{row.name} · {row.customer}") for row in rows)


def _options(pairs: Iterable[tuple[int, str]]) -> HttpResponse:
    return JsonResponse([{"id": pk, "text": text} for pk, text in pairs], safe=False)


def find_items(request: DeskRequest) -> HttpResponse:
    """Items by SKU or barcode, by the start of their SKU or the words of their name, with what a line takes from them, in the unit
    that the barcode stands on; with ``?vendor=`` they are bought, without tax. Prices come with the totals, since they depend on
    all that is typed."""
    words, bought = request.GET.get("q", ""), bool(request.GET.get("vendor"))
    language = request.membership.organisation.locale
    scanned = {one.item: one.unit for one in scan(request.actor, [words]).values()}
    rows = list(dict.fromkeys([*scanned, *items(request.actor, search=words).order_by("sku")[:12]]))
    shown, units = first_of([row.pk for row in rows]), Units(rows)
    found = [
        offered(row, language, units, unit=scanned.get(row), bought=bought)
        | ({"picture": f"{reverse('picture', args=[shown[row.pk]])}?small=1"} if row.pk in shown else {})
        for row in rows
    ]
    return JsonResponse(found, safe=False)


section = Section(
    urls=[
        path("customers/complete/", find_customers, name="customers-complete"),
        path("vendors/complete/", find_vendors, name="vendors-complete"),
        path("contacts/complete/", find_contacts, name="contacts-complete"),
        path("projects/complete/", find_projects, name="projects-complete"),
        path("items/complete/", find_items, name="items-complete"),
    ]
)
