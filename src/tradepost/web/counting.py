"""How many rows there are. Counting 100,000 takes the database longer than reading the 25 that are shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from tradepost.sales.currencies import Summed, summed
from tradepost.sales.models import Document

MANY = 10_000  # fewer than these are counted each time
KEPT = 60.0  # seconds for which a larger count is remembered, by each web process
_MOST = 1_000  # counts that are remembered

Counted = TypeVar("Counted")

_kept: dict[str, tuple[float, Any]] = {}


def count(rows: QuerySet[Any], now: float | None = None) -> int:
    """The number of rows: exact below ``MANY``; of more it may be a minute old."""
    plain = rows.order_by()
    key = _key(plain)
    return remembered(key, plain.count, int, now) if key else 0


def _key(rows: QuerySet[Any]) -> str:
    """What rows are remembered by; empty where a filter can be met by none."""
    try:
        return str(rows.order_by().query)
    except EmptyResultSet:
        return ""


def sums(rows: QuerySet[Document], company: str) -> Summed:
    """What documents come to in the company's currency, as old as :func:`count` may be."""
    key = _key(rows)
    if not key:
        return Summed(0, 0, Decimal(0))
    return remembered(f"sum {key}", lambda: summed(rows, company), lambda found: found.count)


def remembered(
    key: str, work: Callable[[], Counted], size: Callable[[Counted], int], now: float | None = None
) -> Counted:
    """What ``work`` counts, or counted less than a minute ago when it was ``MANY`` rows or more by ``size``."""
    now = time.monotonic() if now is None else now
    at, counted = _kept.get(key, (0.0, None))
    if counted is None or now - at > KEPT:
        counted = work()
        if size(counted) >= MANY:
            if len(_kept) >= _MOST:
                _kept.clear()
            _kept[key] = (now, counted)
        else:
            _kept.pop(key, None)
    found: Counted = counted
    return found
