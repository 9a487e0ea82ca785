"""``desk.demo``: the sample company with its three years is filled whole, and what came to be in the database is counted.

Measured: seconds, and those of CPU that this process takes; the rest is the database's.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from bench import Goal, Result
from bench._database import database


def run() -> Result:
    with database("tp-demo"):
        return _measure()


def _measure() -> Result:
    import django

    django.setup()
    from django.core.management import call_command

    from tradepost.catalog.queries import discrepancies
    from tradepost.sales.models import Document, Kind
    from tradepost.sandbox.seed import fill
    from tradepost.sandbox.years import ORDERS

    call_command("migrate", verbosity=0)
    started, own = time.perf_counter(), time.process_time()
    actor = fill(password="outdoor-supply-2026", history=True, world={})
    took: dict[str, Any] = {
        "seconds": round(time.perf_counter() - started, 1),
        "of this process": round(time.process_time() - own, 1),
    }
    documents = Document.objects.of(actor)
    made = dict(Counter(documents.values_list("kind", flat=True)).most_common())
    if discrepancies(actor):
        raise SystemExit("the kept sums differ from the ledger")
    empty = documents.filter(kind=Kind.ORDER, lines=None).count()
    goals = [
        Goal("orders", made["order"], ORDERS),
        Goal("orders without a line", empty, 0, at_most=True),
    ]
    return Result("desk.demo", {**took, "documents": made, "unit": "s"}, goals)
