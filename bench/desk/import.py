"""``desk.import``: 50,000 orders of two lines by CSV, as a clerk's file, into a desk of 2,000 customers and 2,000 items.

The floor is a bare COPY of the same rows into a table of texts without an index: what the database takes at most.
"""

from __future__ import annotations

import io
import time

from bench import Goal, Result
from bench._database import database

ORDERS, LINES, CUSTOMERS, ITEMS = 50_000, 2, 2_000, 2_000


def file_of(orders: int) -> bytes:
    """The CSV: the head stands in the first row of each order."""
    text = io.StringIO()
    text.write("Order,Customer,Date,PO,SKU,Quantity,Unit price,Tax %\n")
    for n in range(1, orders + 1):
        text.write(
            f"OLD-{n},C-{1 + n % CUSTOMERS},2026-11-{1 + n % 28:02},PO-{n},SKU-{1 + n % ITEMS},2,9.95,8.25\n"
        )
        for more in range(1, LINES):
            text.write(f"OLD-{n},,,,SKU-{1 + (n + more) % ITEMS},1,,\n")
    return text.getvalue().encode()


def run() -> Result:
    with database("tp-import"):
        return _measure()


def _measure() -> Result:
    import django

    django.setup()
    from django.core.management import call_command

    from tradepost.accounts.services import register_company
    from tradepost.catalog.models import Item
    from tradepost.exchange import services
    from tradepost.people.models import Customer
    from tradepost.sales.models import Document

    call_command("migrate", verbosity=0)
    actor = register_company(
        company="Bench", name="Dana", email="dana@bench.example", password="Correct-horse-9"
    )
    of = {"organisation_id": actor.organisation_id}
    Customer.objects.bulk_create(
        Customer(**of, number=f"C-{n}", name=f"Customer {n}", terms="Net 30") for n in range(1, CUSTOMERS + 1)
    )
    Item.objects.bulk_create(
        Item(**of, sku=f"SKU-{n}", name=f"Thing number {n}", price=n % 300) for n in range(1, ITEMS + 1)
    )
    data = file_of(ORDERS)
    rows = ORDERS * LINES
    floor = _copy(data)
    received = services.receive(actor, "order", "orders.csv", io.BytesIO(data))
    started = time.perf_counter()
    done = services.apply(actor, received.pk, now=True)
    took = time.perf_counter() - started
    if done.counts != {"create": ORDERS} or Document.objects.of(actor).count() != ORDERS:
        raise SystemExit(f"not every order came: {done.counts}, {done.message}")
    figures = {
        "orders/s": round(ORDERS / took),
        "rows/s": round(rows / took),
        "seconds": round(took, 1),
        "share of the floor": round(rows / took / floor, 4),
    }
    goals = [Goal("rows of orders imported, per second", figures["rows/s"], 1000)]
    return Result("desk.import", figures, goals, floor={"bare COPY, rows/s": round(floor)})


def _copy(data: bytes) -> float:
    """Rows a second of a bare COPY of the same file."""
    from django.db import connection

    with connection.cursor() as cursor:
        columns = data.partition(b"\n")[0].count(b",") + 1
        cursor.execute(f"CREATE TEMP TABLE bare ({', '.join(f'c{n} text' for n in range(columns))})")
        started = time.perf_counter()
        with cursor.copy("COPY bare FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            copy.write(data)
        took = time.perf_counter() - started
        cursor.execute("SELECT count(*) FROM bare")
        count: int = cursor.fetchone()[0]
    return count / took
