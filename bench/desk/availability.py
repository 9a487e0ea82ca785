"""``desk.availability``: what is available of 10,000 items in 5 locations after 1,000,000 movements.

Measured: one page of 100 items and the whole catalogue, each with the bills of materials and the quantities that a shop
is told, now and 30 days ago; and one shipment of 3 lines. The floor is the bare SQL sum of the same rows, fetched.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bench import Goal, Result
from bench._database import database

if TYPE_CHECKING:
    from tradepost.accounts.access import Actor

ITEMS, LOCATIONS, MOVES, PAGE = 10_000, 5, 1_000_000, 100

# Every tenth item is built from the three after it, every twentieth is a kit of two. Of ten movements of an item
# seven go in and three go out; some stock is promised, some is on order. All lie within the last 1,000 days.
_STATEMENTS = (
    """INSERT INTO catalog_location (organisation_id, name, version, created_at, updated_at)
       SELECT %(o)s, 'Location ' || n, 1, now(), now() FROM generate_series(1, {locations}) n""",
    """INSERT INTO catalog_item (organisation_id, sku, name, type, description, unit, price, tax_rate, version,
         created_at, updated_at)
       SELECT %(o)s, 'SKU-' || n, 'Thing number ' || n,
         CASE WHEN n %% 10 = 0 THEN 'assembly' WHEN n %% 20 = 5 THEN 'kit' ELSE 'stock' END,
         '', 'each', 1, 0, 1, now(), now() FROM generate_series(1, {items}) n""",
    """INSERT INTO catalog_itempart (organisation_id, whole_id, part_id, quantity, position)
       SELECT %(o)s, w.id, p.id, d, d FROM catalog_item w CROSS JOIN generate_series(1, 3) d
         JOIN catalog_item p ON p.id = w.id + d
         WHERE w.type = 'assembly' OR (w.type = 'kit' AND d < 3)""",
    """INSERT INTO catalog_stockmove (organisation_id, posting, kind, at, item_id, location_id, on_hand, allocated,
         on_order, reason, ref_kind, user_id, created_at)
       SELECT %(o)s, gen_random_uuid(), CASE WHEN m.turn < 7 THEN 'receipt' ELSE 'shipment' END,
         now() - ({moves} - m.n) * interval '1000 days' / {moves}, i.id, l.id,
         CASE WHEN m.turn < 7 THEN 4 ELSE -3 END, (m.turn = 2)::int, (m.turn = 3)::int, '', '', %(u)s, now()
         FROM (SELECT n, n %% {stocked} AS item, n / {stocked} %% {locations} AS place,
                 n / {stocked} / {locations} %% 10 AS turn FROM generate_series(0, {moves} - 1) n) m
         JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS r FROM catalog_item WHERE type <> 'kit') i
           ON i.r = m.item
         JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS r FROM catalog_location) l ON l.r = m.place
         ORDER BY m.n""",
    """INSERT INTO catalog_stocklevel (organisation_id, item_id, location_id, on_hand, allocated, on_order)
       SELECT %(o)s, item_id, location_id, sum(on_hand), sum(allocated), sum(on_order) FROM catalog_stockmove
         GROUP BY item_id, location_id""",
    "VACUUM ANALYZE",
)
_FLOOR = """SELECT item_id, sum(on_hand), sum(allocated), sum(on_order) FROM {table}
    WHERE organisation_id = %s AND {where} GROUP BY item_id"""


def run() -> Result:
    with database("tp-stock"):
        return _measure()


def _measure() -> Result:
    import django

    django.setup()
    from django.core.management import call_command

    from tradepost.accounts.services import register_company
    from tradepost.catalog.queries import discrepancies
    from tradepost.kit import clock

    call_command("migrate", verbosity=0)
    actor = register_company(
        company="Bench", name="Dana", email="dana@bench.example", password="Correct-horse-9"
    )
    _fill(actor)
    past = clock.now() - timedelta(days=30)
    figures, floors = _figures(actor, past), _floors(actor, past)
    if discrepancies(actor):
        raise SystemExit("the kept sums differ from the ledger")
    goals = [
        Goal("one page of 100 items, p95 ms", figures["page"]["p95"], 20, at_most=True),
        Goal("the whole catalogue, p95 ms", figures["catalogue"]["p95"], 1000, at_most=True),
    ]
    return Result("desk.availability", {**figures, "unit": "ms"}, goals, floor=floors)


def _fill(actor: Actor) -> None:
    from django.db import connection

    started = time.perf_counter()
    sizes = {"items": ITEMS, "locations": LOCATIONS, "moves": MOVES, "stocked": ITEMS * 19 // 20}
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement.format(**sizes), {"o": actor.organisation_id, "u": actor.user_id})
    print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)


def _items(actor: Actor) -> list[tuple[int, str]]:
    from tradepost.catalog.models import Item

    return list(Item.objects.of(actor).order_by("id").values_list("pk", "sku"))


def _figures(actor: Actor, past: datetime) -> dict[str, Any]:
    """What we take, in milliseconds."""
    from tradepost.catalog import stock
    from tradepost.catalog.availability import Promise, published
    from tradepost.catalog.ledger import StockLine
    from tradepost.catalog.models import Location
    from tradepost.catalog.queries import availability, discrepancies

    items = _items(actor)
    places = list(Location.objects.of(actor).order_by("id").values_list("pk", flat=True))
    on_page = items[:PAGE]
    page = [pk for pk, _ in on_page]
    everything = Promise(buildable=True, on_order=True, vendor=True)

    def told(wanted: Sequence[tuple[int, str]], ids: list[int] | None, at: datetime | None = None) -> None:
        catalog = availability(actor, ids, places, at=at)
        for _, sku in wanted:
            published(sku, catalog, everything)

    def ship() -> None:
        stock.ship(actor, [StockLine(pk, places[0], Decimal(1)) for pk, _ in items[:3]])

    return {
        "page": _times(lambda: told(on_page, page), 40),
        "catalogue": _times(lambda: told(items, None), 5),
        "page, 30 days ago": _times(lambda: told(on_page, page, past), 20),
        "catalogue, 30 days ago": _times(lambda: told(items, None, past), 3),
        "shipment of 3 lines": _times(ship, 20),
        "consistency check": _times(lambda: discrepancies(actor), 2),
    }


def _floors(actor: Actor, past: datetime) -> dict[str, Any]:
    """What the bare sums take, in milliseconds."""
    from django.db import connection

    page = [pk for pk, _ in _items(actor)[:PAGE]]
    levels, moves = "catalog_stocklevel", "catalog_stockmove"

    def sums(table: str, where: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_FLOOR.format(table=table, where=where), [actor.organisation_id, *values])
            cursor.fetchall()

    return {
        "page": _times(lambda: sums(levels, "item_id = ANY(%s)", page), 40),
        "catalogue": _times(lambda: sums(levels, "true"), 5),
        "page, 30 days ago": _times(lambda: sums(moves, "item_id = ANY(%s) AND at <= %s", page, past), 20),
        "catalogue, 30 days ago": _times(lambda: sums(moves, "at <= %s", past), 3),
    }


def _times(act: Callable[[], object], rounds: int) -> dict[str, float]:
    """Milliseconds, after two rounds to warm up."""
    took = []
    for n in range(rounds + 2):
        started = time.perf_counter()
        act()
        if n >= 2:
            took.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(took, n=20, method="inclusive")[-1] if len(took) > 1 else took[0]
    return {"p50": round(statistics.median(took), 1), "p95": round(p95, 1)}
