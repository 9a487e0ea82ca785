"""What an item puts into a line of a document, as the grid takes it; and what a group or a matrix item puts there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.queries import axes
from tradepost.catalog.units import Units
from tradepost.kit.errors import Missing
from tradepost.kit.figures import parse_number, typed
from tradepost.sales.entering import Entries
from tradepost.sales.services import LineDraft
from tradepost.web.shell import DeskRequest, Section


def units_of(units: Units, item: Item, language: str) -> list[tuple[str, str]]:
    """What a line of an item can be counted in, and the words for it: ``("carton", "carton (12)")``."""
    return [
        (one.unit, one.unit if one.unit == item.unit else f"{one.unit} ({typed(one.factor, language)})")
        for one in units.all(item)
    ]


def offered(
    item: Item, language: str, units: Units, *, unit: str | None = None, bought: bool = False
) -> dict[str, Any]:
    """An item as the list below a line offers it, in a ``unit``; what is bought bears no tax."""
    return {
        "id": item.pk,
        "text": f"{item.sku} · {item.name}",
        "sku": item.sku,
        "name": item.name,
        "type": item.type,
        "unit": unit or item.unit,
        "units": units_of(units, item, language),
        "tax": typed(item.tax_rate, language) if item.tax_rate and not bought else "",
        "discount": typed(item.discount_percent, language) if item.discount_percent else "",
    }


def cells(
    item: Item, draft: LineDraft, language: str, units: Units, *, bought: bool = False
) -> dict[str, Any]:
    """The cells of a line."""
    found = offered(item, language, units, unit=draft.unit, bought=bought)
    discount = item.type == ItemType.DISCOUNT
    return {
        "item": item.pk,
        "sku": item.sku,
        "description": item.name,
        "quantity": "" if discount else typed(draft.quantity, language),
        "unit": found["unit"],
        "units": found["units"],
        "unit_price": "" if draft.unit_price is None else typed(draft.unit_price, language),
        "discount_percent": "" if draft.unit_price else found["discount"],
        "tax_rate": "" if discount else found["tax"],
        "error": "",
    }


def lines_of(
    entries: Entries, draft: LineDraft, language: str, *, bought: bool = False
) -> list[dict[str, Any]]:
    """The cells of all lines that an entered one stands for."""
    return [
        cells(entries.items[one.item_id], one, language, entries.units, bought=bought)
        for one in entries.lines(draft)
        if one.item_id
    ]


def entry(request: DeskRequest, pk: int) -> HttpResponse:
    """``lines`` that a group stands for (``?quantity=`` times, for a ``?vendor=`` without tax), or the ``variants`` of a
    matrix item with their ``axes``: ``[["Size", ["S", "M"]]]``."""
    request.actor.require(Permission.CATALOG_VIEW)
    item = Item.objects.pick(request.actor, pk, archived_at=None)
    language, bought = request.membership.organisation.locale, bool(request.GET.get("vendor"))
    if item.type == ItemType.MATRIX:
        rows = list(item.variants.filter(archived_at=None).order_by("sku"))
        return JsonResponse({"axes": axes(rows), "variants": _variants(rows, language, bought)})
    if item.type != ItemType.GROUP:
        raise Missing(_("group or matrix item"))
    quantity = parse_number(request.GET.get("quantity") or "1", language)
    entries, draft = Entries(request.actor, [pk]), LineDraft(pk, quantity=quantity or Decimal(1))
    lines = lines_of(entries, draft, language, bought=bought)
    return JsonResponse({"lines": lines, "problem": entries.problem(draft)})


def _variants(rows: Sequence[Item], language: str, bought: bool) -> list[dict[str, Any]]:
    units = Units(rows)
    return [{**offered(row, language, units, bought=bought), "options": row.options} for row in rows]


section = Section(urls=[path("items/<int:pk>/entry/", entry, name="item-entry")])
