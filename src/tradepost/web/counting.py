"""How many rows there are. Counting 100,000 takes the database longer than reading the 25 that are shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

MANY = 10_000  # fewer than these are counted each time
KEPT = 60.0  # seconds for which a larger count is remembered, by each web process
_MOST = 1_000  # counts that are remembered

Counted = TypeVar("Counted")

_kept: dict[str, tuple[float, Any]] = {}


def count(rows: QuerySet[Any], now: float | None = None) -> int:
    """The number of rows: exact below ``MANY``; of more it may be a minute old."""
    plain = rows.order_by()
    try:
        key = str(plain.query)
    except EmptyResultSet:  # a filter that nothing can meet
        return 0
    return remembered(key, plain.count, int, now)


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
