"""Reads of stock: now from the kept sums, for a past moment from the ledger. Quantities are in stock units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.availability import ZERO, Catalog, Part, Stock
from tradepost.catalog.models import Barcode, Item, ItemPart, ItemType, ItemVendor, StockLevel, StockMove
from tradepost.kit.errors import Missing
from tradepost.kit.money import EXACT

_STOCKED = [t for t in ItemType if t.keeps_stock or t is ItemType.KIT]


def sums(
    actor: Actor,
    items: Collection[int] | None = None,
    locations: Collection[int] | None = None,
    *,
    at: datetime | None = None,
) -> dict[int, Stock]:
    """On hand, allocated and on order by item id, over ``locations``, at the moment ``at`` (included). None is all
    of them, and now. An item without movements is left out."""
    actor.require(Permission.CATALOG_VIEW)
    rows: ScopedQuerySet[Any] = (
        StockLevel.objects.of(actor) if at is None else StockMove.objects.of(actor).filter(at__lte=at)
    )
    if items is not None:
        rows = rows.filter(item_id__in=items)
    if locations is not None:
        rows = rows.filter(location_id__in=locations)
    added = rows.order_by().values_list("item_id").annotate(Sum("on_hand"), Sum("allocated"), Sum("on_order"))
    return {item: Stock(on_hand, allocated, on_order) for item, on_hand, allocated, on_order in added}


def availability(
    actor: Actor,
    items: Collection[int] | None = None,
    locations: Collection[int] | None = None,
    *,
    at: datetime | None = None,
) -> Catalog:
    """What ``published`` and ``buildable`` need to know about ``items`` and all that goes into them, by SKU (C6, C7).

    Bills of materials and vendors' quantities are those of today, whatever the moment. Parts that keep no stock
    (labour, freight) do not limit what can be built.
    """
    recipes = _recipes(actor, items)
    wanted = None if items is None else {*items, *recipes, *(p for r in recipes.values() for p, _ in r)}
    rows = Item.objects.of(actor).filter(type__in=_STOCKED)
    known = rows if wanted is None else rows.filter(pk__in=wanted)
    facts = {pk: (sku, type) for pk, sku, type in known.values_list("pk", "sku", "type")}
    offered = _vendor_quantities(actor, wanted)
    stock = {
        facts[pk][0]: Stock(one.on_hand, one.allocated, one.on_order, offered.pop(pk, ZERO))
        for pk, one in sums(actor, wanted, locations, at=at).items()
        if pk in facts
    }
    stock |= {facts[pk][0]: Stock(vendor=quantity) for pk, quantity in offered.items() if pk in facts}
    bills: dict[str, dict[str, list[Part]]] = {ItemType.ASSEMBLY: {}, ItemType.KIT: {}}
    for pk, parts in recipes.items():
        sku, type = facts[pk]
        bills[type][sku] = [Part(facts[part][0], quantity) for part, quantity in parts]
    return Catalog(stock, assemblies=bills[ItemType.ASSEMBLY], kits=bills[ItemType.KIT])


def _recipes(actor: Actor, items: Collection[int] | None) -> dict[int, list[tuple[int, Decimal]]]:
    """The stocked parts of assemblies and kits among ``items``, and of their parts in turn."""
    rows = ItemPart.objects.of(actor).filter(
        whole__type__in=[ItemType.ASSEMBLY, ItemType.KIT], part__type__in=_STOCKED
    )
    found: dict[int, list[tuple[int, Decimal]]] = {}
    frontier = None if items is None else set(items)
    while frontier is None or frontier:
        here = rows if frontier is None else rows.filter(whole_id__in=frontier)
        seen: set[int] = set()
        for whole, part, quantity in here.values_list("whole_id", "part_id", "quantity"):
            found.setdefault(whole, []).append((part, quantity))
            seen.add(part)
        frontier = set() if frontier is None else seen - found.keys()
    return found


def _vendor_quantities(actor: Actor, items: Iterable[int] | None) -> dict[int, Decimal]:
    rows = ItemVendor.objects.of(actor).filter(quantity__gt=0)
    if items is not None:
        rows = rows.filter(item_id__in=items)
    return dict(rows.order_by().values_list("item_id").annotate(Sum("quantity")))


def movements(actor: Actor, item_id: int) -> ScopedQuerySet[StockMove]:
    """The ledger of one item, newest first."""
    actor.require(Permission.CATALOG_VIEW)
    rows = StockMove.objects.of(actor).filter(item_id=item_id).order_by("-at", "-id")
    return rows.select_related("location", "bin", "user")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A kept sum that is not the sum of the ledger."""

    sku: str
    location: str
    kept: Stock
    ledger: Stock


# One statement, so that both sides are seen at the same moment.
_COMPARE = """
WITH summed AS (
    SELECT item_id, location_id, sum(on_hand) AS on_hand, sum(allocated) AS allocated, sum(on_order) AS on_order
    FROM catalog_stockmove WHERE organisation_id = %(organisation)s GROUP BY item_id, location_id
), kept AS (
    SELECT item_id, location_id, on_hand, allocated, on_order
    FROM catalog_stocklevel WHERE organisation_id = %(organisation)s
), both_sides AS (
    SELECT item_id, location_id,
        coalesce(k.on_hand, 0) AS a, coalesce(k.allocated, 0) AS b, coalesce(k.on_order, 0) AS c,
        coalesce(s.on_hand, 0) AS d, coalesce(s.allocated, 0) AS e, coalesce(s.on_order, 0) AS f
    FROM kept k FULL JOIN summed s USING (item_id, location_id)
)
SELECT i.sku, l.name, a, b, c, d, e, f
FROM both_sides JOIN catalog_item i ON i.id = item_id JOIN catalog_location l ON l.id = location_id
WHERE (a, b, c) <> (d, e, f) ORDER BY i.sku, l.name
"""


def discrepancies(actor: Actor) -> list[Discrepancy]:
    """Where the kept sums and the ledger differ; there should be none, ever."""
    actor.require(Permission.CATALOG_VIEW)
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"organisation": actor.organisation_id})
        return [Discrepancy(r[0], r[1], Stock(*r[2:5]), Stock(*r[5:8])) for r in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code stands for: one ``unit`` of an item, which is ``quantity`` in its stock unit."""

    item: Item
    unit: str
    quantity: Decimal


def scan(actor: Actor, code: str) -> Scanned:
    """The item with this barcode, or else with this SKU; ``Missing`` where there is none."""
    actor.require(Permission.CATALOG_VIEW)
    found = Barcode.objects.of(actor).filter(code=code.strip(), item__archived_at=None).select_related("item")
    if barcode := found.first():
        unit = barcode.unit or barcode.item.unit
        return Scanned(barcode.item, unit, in_stock_unit(barcode.item, Decimal(1), unit))
    item = Item.objects.of(actor).filter(sku__iexact=code.strip(), archived_at=None).first()
    if item is None:
        raise Missing(f"item with the code {code}")
    return Scanned(item, item.unit, Decimal(1))


def in_stock_unit(item: Item, quantity: Decimal, unit: str) -> Decimal:
    """``quantity`` of ``unit`` in the unit that stock is kept in; an empty unit is that one."""
    if unit in ("", item.unit):
        return quantity
    factor = item.units.filter(name=unit).values_list("factor", flat=True).first()
    if factor is None:
        raise Missing(f"unit “{unit}” of {item.sku}")
    return EXACT.multiply(quantity, factor)
