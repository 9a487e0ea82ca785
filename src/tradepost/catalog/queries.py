"""Reads of stock: now from the kept sums, for a past moment from the ledger. Quantities are in stock units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Q, Sum
from django.db.models.functions import Lower

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.availability import Catalog, Part, Stock
from tradepost.catalog.models import Barcode, Bin, Item, ItemPart, ItemType, StockLevel, StockMove
from tradepost.wire.orm import matching

Ids = Collection[int] | None


def sums(
    actor: Actor, items: Ids = None, locations: Ids = None, *, at: datetime | None = None
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


def worth(
    actor: Actor, items: Ids = None, locations: Ids = None, *, at: datetime | None = None
) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """What lies where, and its value in the company's currency, by item and location, at the moment ``at`` (included);
    None is now. By the moving average of each location (``costing``)."""
    actor.require(Permission.COST_VIEW)
    rows: ScopedQuerySet[Any] = (
        StockLevel.objects.of(actor) if at is None else StockMove.objects.of(actor).filter(at__lte=at)
    )
    if items is not None:
        rows = rows.filter(item_id__in=items)
    if locations is not None:
        rows = rows.filter(location_id__in=locations)
    added = rows.order_by().values_list("item_id", "location_id").annotate(Sum("on_hand"), Sum("value"))
    return {(item, place): (on_hand, value) for item, place, on_hand, value in added}


# SQL, because every page of stock and every shop asks: the ORM would take five statements and ten times the work.
# A list that is NULL is no condition.
_PARTS = """
WITH RECURSIVE needed AS (
    SELECT whole_id, part_id, quantity, position FROM catalog_itempart
    WHERE organisation_id = %(organisation)s AND (%(items)s::bigint[] IS NULL OR whole_id = ANY(%(items)s))
    UNION
    SELECT p.whole_id, p.part_id, p.quantity, p.position
    FROM needed n JOIN catalog_itempart p ON p.whole_id = n.part_id
)
SELECT whole_id, part_id, quantity FROM needed ORDER BY whole_id, position
"""
_SUMS = """
WITH summed AS (
    SELECT item_id, sum(on_hand) AS on_hand, sum(allocated) AS allocated, sum(on_order) AS on_order
    FROM {table}
    WHERE organisation_id = %(organisation)s AND {moment}
        AND (%(items)s::bigint[] IS NULL OR item_id = ANY(%(items)s))
        AND (%(locations)s::bigint[] IS NULL OR location_id = ANY(%(locations)s))
    GROUP BY item_id
), offered AS (
    SELECT item_id, sum(quantity) AS vendor FROM catalog_itemvendor
    WHERE organisation_id = %(organisation)s AND (%(items)s::bigint[] IS NULL OR item_id = ANY(%(items)s))
    GROUP BY item_id
)
SELECT i.id, i.sku, i.type,
    coalesce(on_hand, 0), coalesce(allocated, 0), coalesce(on_order, 0), coalesce(vendor, 0)
FROM catalog_item i LEFT JOIN summed s ON s.item_id = i.id LEFT JOIN offered o ON o.item_id = i.id
WHERE i.organisation_id = %(organisation)s AND i.type IN ('stock', 'assembly', 'kit')
    AND (%(items)s::bigint[] IS NULL OR i.id = ANY(%(items)s))
"""
_EACH = """
WITH summed AS (
    SELECT item_id, location_id, sum(on_hand) AS on_hand, sum(allocated) AS allocated, sum(on_order) AS on_order
    FROM {table}
    WHERE organisation_id = %(organisation)s AND {moment}
        AND (%(items)s::bigint[] IS NULL OR item_id = ANY(%(items)s))
        AND (%(locations)s::bigint[] IS NULL OR location_id = ANY(%(locations)s))
    GROUP BY item_id, location_id
)
SELECT i.id, i.sku, i.type, location_id, on_hand, allocated, on_order
FROM catalog_item i LEFT JOIN summed s ON s.item_id = i.id
WHERE i.organisation_id = %(organisation)s AND i.type IN ('stock', 'assembly', 'kit')
    AND (%(items)s::bigint[] IS NULL OR i.id = ANY(%(items)s))
"""
_NOW = {"table": "catalog_stocklevel", "moment": "true"}
_THEN = {"table": "catalog_stockmove", "moment": "at <= %(at)s"}


def availability(
    actor: Actor, items: Ids = None, locations: Ids = None, *, at: datetime | None = None
) -> Catalog:
    """What ``published`` and ``buildable`` need to know about ``items`` and all that goes into them, by SKU (C6, C7).

    Bills of materials and vendors' quantities are those of today, whatever the moment. Parts that keep no stock
    (labour, freight) do not limit what can be built.
    """
    parts, rows = _read(actor, _SUMS, items, locations, at)
    bills = _bills(parts, {pk: (sku, type) for pk, sku, type, *_sums in rows})
    return Catalog({sku: Stock(*quantities) for _pk, sku, _type, *quantities in rows}, *bills)


def availability_at_each(
    actor: Actor, items: Ids = None, locations: Ids = None, *, at: datetime | None = None
) -> dict[int, Catalog]:
    """:func:`availability` at each location by itself, without what vendors have; locations where nothing of it ever lay are
    left out."""
    parts, rows = _read(actor, _EACH, items, locations, at)
    bills = _bills(parts, {pk: (sku, type) for pk, sku, type, *_sums in rows})
    stock: dict[int, dict[str, Stock]] = {}
    for _pk, sku, _type, place, *quantities in rows:
        if place is not None:
            stock.setdefault(place, {})[sku] = Stock(*quantities)
    return {place: Catalog(its, *bills) for place, its in stock.items()}


_Rows = list[tuple[Any, ...]]
_Bills = dict[str, list[Part]]


def _read(actor: Actor, sums: str, items: Ids, locations: Ids, at: datetime | None) -> tuple[_Rows, _Rows]:
    """The parts of all that goes into the items, and the sums of all of it."""
    actor.require(Permission.CATALOG_VIEW)
    asked: dict[str, Any] = {
        "organisation": actor.organisation_id,
        "items": None if items is None else list(items),
        "locations": None if locations is None else list(locations),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, asked)
        parts = cursor.fetchall()
        if items is not None:
            asked["items"] += {part for _, part, _ in parts}
        cursor.execute(sums.format(**(_NOW if at is None else _THEN)), asked)
        return parts, cursor.fetchall()


def _bills(parts: _Rows, known: Mapping[int, tuple[str, str]]) -> tuple[_Bills, _Bills]:
    """What assemblies, and what kits are made of, by SKU."""
    bills: dict[str, _Bills] = {ItemType.ASSEMBLY: {}, ItemType.KIT: {}}
    for whole, part, quantity in parts:
        if part in known and whole in known and (type := known[whole][1]) in bills:
            bills[type].setdefault(known[whole][0], []).append(Part(known[part][0], quantity))
    return bills[ItemType.ASSEMBLY], bills[ItemType.KIT]


@dataclass(frozen=True, slots=True)
class InBin:
    """What of an item lies in a bin, in its stock unit; ``bin`` None is what lies outside any."""

    item_id: int
    location_id: int
    bin: Bin | None
    on_hand: Decimal


def by_bin(actor: Actor, item_id: int) -> list[InBin]:
    """What of an item lies in which bin, location by location, and what lies outside any; empty ones are left out. A
    location in which nothing lies in a bin is left out as well: there its level says it all."""
    actor.require(Permission.CATALOG_VIEW)
    moves = StockMove.objects.of(actor).filter(item_id=item_id, bin__isnull=False).order_by()
    sums = dict(moves.values_list("bin").annotate(Sum("on_hand")))
    bins = Bin.objects.of(actor).filter(pk__in=[pk for pk, there in sums.items() if there])
    found: dict[int, list[InBin]] = {}
    for one in bins.order_by("location__name", "name"):
        found.setdefault(one.location_id, []).append(InBin(item_id, one.location_id, one, sums[one.pk]))
    for level in StockLevel.objects.of(actor).filter(item_id=item_id, location__in=found):
        inside = sum((one.on_hand for one in found[level.location_id]), Decimal(0))
        if level.on_hand != inside:
            found[level.location_id].append(InBin(item_id, level.location_id, None, level.on_hand - inside))
    return [one for several in found.values() for one in several]


def items_in_bin(actor: Actor, bin_id: int) -> dict[int, Decimal]:
    """What lies in a bin, by item id."""
    actor.require(Permission.CATALOG_VIEW)
    moves = StockMove.objects.of(actor).filter(bin=bin_id).order_by()
    return {item: there for item, there in moves.values_list("item").annotate(Sum("on_hand")) if there}


LEVEL_STATES = {
    "here": Q(on_hand__gt=0),
    "none": Q(allocated__gte=F("on_hand")),
    "short": Q(allocated__gt=F("on_hand")),
    "coming": Q(on_order__gt=0),
}


def levels(
    actor: Actor, *, search: str = "", state: str = "", bin_id: int | None = None
) -> ScopedQuerySet[StockLevel]:
    """Items at the locations that they have been at, narrowed: by words of the item, in a state of ``LEVEL_STATES``, in a bin."""
    actor.require(Permission.CATALOG_VIEW)
    rows = StockLevel.objects.of(actor)
    if search:
        rows = rows.filter(item__in=Item.objects.of(actor).filter(matching(search)))
    if bin_id:
        place = Bin.objects.pick(actor, bin_id).location_id
        rows = rows.filter(location=place, item__in=items_in_bin(actor, bin_id))
    return rows.filter(LEVEL_STATES[state]) if state else rows


def movements(actor: Actor, item_id: int) -> ScopedQuerySet[StockMove]:
    """The ledger of one item, newest first."""
    actor.require(Permission.CATALOG_VIEW)
    rows = StockMove.objects.of(actor).filter(item_id=item_id).order_by("-at", "-id")
    return rows.select_related("location", "bin", "user")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A kept sum, or a kept value, that is not the sum of the ledger."""

    sku: str
    location: str
    kept: Stock
    ledger: Stock
    kept_value: Decimal = Decimal(0)
    ledger_value: Decimal = Decimal(0)


# One statement, so that both sides are seen at the same moment.
_COMPARE = """
WITH summed AS (
    SELECT item_id, location_id, sum(on_hand) AS on_hand, sum(allocated) AS allocated, sum(on_order) AS on_order,
        sum(value) AS value
    FROM catalog_stockmove WHERE organisation_id = %(organisation)s GROUP BY item_id, location_id
), kept AS (
    SELECT item_id, location_id, on_hand, allocated, on_order, value
    FROM catalog_stocklevel WHERE organisation_id = %(organisation)s
), both_sides AS (
    SELECT item_id, location_id,
        coalesce(k.on_hand, 0) AS a, coalesce(k.allocated, 0) AS b, coalesce(k.on_order, 0) AS c,
        coalesce(s.on_hand, 0) AS d, coalesce(s.allocated, 0) AS e, coalesce(s.on_order, 0) AS f,
        coalesce(k.value, 0) AS v, coalesce(s.value, 0) AS w
    FROM kept k FULL JOIN summed s USING (item_id, location_id)
)
SELECT i.sku, l.name, a, b, c, d, e, f, v, w
FROM both_sides JOIN catalog_item i ON i.id = item_id JOIN catalog_location l ON l.id = location_id
WHERE (a, b, c, v) <> (d, e, f, w) ORDER BY i.sku, l.name
"""


def discrepancies(actor: Actor) -> list[Discrepancy]:
    """Where the kept sums and the ledger differ; there should be none, ever."""
    actor.require(Permission.CATALOG_VIEW)
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"organisation": actor.organisation_id})
        return [Discrepancy(r[0], r[1], Stock(*r[2:5]), Stock(*r[5:8]), *r[8:]) for r in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code stands for: one ``unit`` of an item."""

    item: Item
    unit: str


def scan(actor: Actor, codes: Iterable[str]) -> dict[str, Scanned]:
    """What is named by a SKU, whichever its case (of two that differ in nothing else, the one that is written so), or else by a
    barcode, which stands on a unit; by the codes in lower case (``casefold``). Items in use only; a code that names none is left
    out."""
    actor.require(Permission.CATALOG_VIEW)
    wanted = {code.strip().casefold(): code.strip() for code in codes if code.strip()}
    if not wanted:
        return {}
    rows = Barcode.objects.of(actor).filter(code__in=wanted.values(), item__archived_at=None)
    found = {
        row.code.casefold(): Scanned(row.item, row.unit or row.item.unit)
        for row in rows.select_related("item")
    }
    same = Item.objects.of(actor).alias(folded=Lower("sku")).filter(folded__in=list(wanted), archived_at=None)
    exact = set(wanted.values())
    by_case = sorted(same, key=lambda item: item.sku in exact)  # the last one holds: that which is written so
    return found | {item.sku.casefold(): Scanned(item, item.unit) for item in by_case}


def with_kits_of(actor: Actor, item_ids: Iterable[int]) -> set[int]:
    """The items, and every kit that one of them goes into, at any depth."""
    found: set[int] = set()
    fresh = set(item_ids)
    while fresh:
        found |= fresh
        kits = ItemPart.objects.of(actor).filter(part__in=fresh, whole__type=ItemType.KIT)
        fresh = set(kits.values_list("whole", flat=True)) - found
    return found


def axes(variants: Iterable[Item]) -> list[tuple[str, list[str]]]:
    """The options of variants, each with its values in the order in which they are met: ``[("Size", ["S", "M"])]``."""
    found: dict[str, dict[str, None]] = {}
    for variant in variants:
        for name, value in variant.options.items():
            found.setdefault(name, {})[value] = None
    return [(name, list(values)) for name, values in found.items()]
