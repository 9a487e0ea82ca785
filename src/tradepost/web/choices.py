"""Choices that several pages offer: the people of the company, customers, vendors, contacts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.http import HttpResponse, JsonResponse
from django.urls import path

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership, Organisation
from tradepost.catalog.services import items
from tradepost.people.models import Vendor
from tradepost.people.queries import contacts, customers, vendors
from tradepost.sales.services import cost_of
from tradepost.web.shell import DeskRequest, Section


def members(actor: Actor) -> list[tuple[str, str]]:
    """``(user id, name)`` of everybody who works here now."""
    rows = Membership.objects.of(actor).filter(ended_at=None).select_related("user").order_by("user__name")
    return [(str(row.user_id), str(row.user)) for row in rows]


def find_customers(request: DeskRequest) -> HttpResponse:
    rows = customers(request.actor, search=request.GET.get("q", "")).order_by("name")[:20]
    return _options((row.pk, f"{row.name} · {row.number}") for row in rows)


def find_vendors(request: DeskRequest) -> HttpResponse:
    rows = vendors(request.actor, search=request.GET.get("q", "")).order_by("name")[:20]
    return _options((row.pk, f"{row.name} · {row.number}") for row in rows)


def find_contacts(request: DeskRequest) -> HttpResponse:
    rows = contacts(request.actor, search=request.GET.get("q", "")).order_by("last_name")[:20]
    return _options((row.pk, str(row)) for row in rows)


def _options(pairs: Iterable[tuple[int, str]]) -> HttpResponse:
    return JsonResponse([{"id": pk, "text": text} for pk, text in pairs], safe=False)


def find_items(request: DeskRequest) -> HttpResponse:
    """Items by the start of their SKU or the words of their name, with what a line takes from them; ``?vendor=``: at its
    prices and without tax."""
    rows = list(items(request.actor, search=request.GET.get("q", "")).order_by("sku")[:12])
    vendor = request.GET.get("vendor")
    costs = _costs(request.actor, vendor, [row.pk for row in rows]) if vendor else None
    found = [
        {
            "id": row.pk,
            "sku": row.sku,
            "name": row.name,
            "unit": row.unit,
            "price": f"{(row.price if costs is None else costs.get(row.pk, Decimal(0))).normalize():f}",
            "tax": f"{row.tax_rate.normalize():f}" if costs is None else "0",
        }
        for row in rows
    ]
    return JsonResponse(found, safe=False)


def _costs(actor: Actor, vendor_id: str, item_ids: Iterable[int]) -> dict[int, Decimal]:
    vendor = Vendor.objects.pick(actor, vendor_id)
    company = Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
    return cost_of(actor, vendor, vendor.currency or company, item_ids)


section = Section(
    urls=[
        path("customers/complete/", find_customers, name="customers-complete"),
        path("vendors/complete/", find_vendors, name="vendors-complete"),
        path("contacts/complete/", find_contacts, name="contacts-complete"),
        path("items/complete/", find_items, name="items-complete"),
    ]
)
