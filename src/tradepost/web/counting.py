"""How many rows there are. Counting 100,000 takes the database longer than reading the 25 that are shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from tradepost.sales.currencies import Summed, summed
from tradepost.sales.models import Document

MANY = 10_000  # fewer than these are counted each time
MOST_IN_BADGE = 1_000  # shown as 999+
KEPT = 60.0  # seconds for which a larger count is remembered, by each web process
_MOST = 1_000  # counts that are remembered

Counted = TypeVar("Counted")

_kept: dict[str, tuple[float, Any]] = {}


def count(rows: QuerySet[Any], now: float | None = None) -> int:
    """The number of rows: exact below ``MANY``; of more it may be a minute old."""
    return counts([rows], now)[0]


def counts(many: Sequence[QuerySet[Any]], now: float | None = None, *, most: int | None = None) -> list[int]:
    """The same of several lists, by one question to the database for all that are not remembered; of each no further
    than ``most``."""
    return answers([question(rows, most) for rows in many], now)


def answers(asked: Sequence[Question | None], now: float | None = None) -> list[int]:
    """The same of what :func:`question` wrote."""
    found = [0 if one is None else _lately(one.key, now) for one in asked]
    missing = [(n, one) for n, one in enumerate(asked) if one is not None and found[n] is None]
    if missing:
        texts = ", ".join(f"(SELECT COUNT(*) FROM ({one.sql}) listed)" for _n, one in missing)  # noqa: S608 - ours
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {texts}", [value for _n, one in missing for value in one.values])
            for (n, one), number in zip(missing, cursor.fetchone(), strict=True):
                found[n] = number
                _keep(one.key, number, number, now)
    return [number or 0 for number in found]


@dataclass(frozen=True, slots=True)
class Question:
    """The SQL that finds the keys of rows, and its values."""

    sql: str
    values: tuple[Any, ...]

    @property
    def key(self) -> str:
        """What their number is remembered by. A value that is JSON shows only its beginning by itself."""
        return f"{self.sql} {[getattr(value, 'obj', value) for value in self.values]}"


def question(rows: QuerySet[Any], most: int | None = None) -> Question | None:
    """How many rows there are, no further than ``most``; None where a filter can be met by none."""
    try:
        return Question(*rows.order_by().values("pk")[:most].query.sql_with_params())
    except EmptyResultSet:
        return None


def badge(count: int) -> str:
    """A number that stands on a page to catch the eye, counted up to ``MOST_IN_BADGE``; empty for none."""
    return f"{MOST_IN_BADGE - 1}+" if count >= MOST_IN_BADGE else str(count or "")


def sums(rows: QuerySet[Document], company: str) -> Summed:
    """What documents come to in the company's currency, as old as :func:`count` may be."""
    asked = question(rows)
    if asked is None:
        return Summed(0, 0, Decimal(0))
    return remembered(f"sum {company} {asked.key}", lambda: summed(rows, company), lambda found: found.count)


def remembered(
    key: str, work: Callable[[], Counted], size: Callable[[Counted], int], now: float | None = None
) -> Counted:
    """What ``work`` counts, or counted less than a minute ago when it was ``MANY`` rows or more by ``size``."""
    counted: Counted | None = _lately(key, now)
    if counted is None:
        counted = work()
        _keep(key, counted, size(counted), now)
    return counted


def _lately(key: str, now: float | None) -> Any:
    at, counted = _kept.get(key, (0.0, None))
    return counted if (time.monotonic() if now is None else now) - at <= KEPT else None


def _keep(key: str, counted: object, size: int, now: float | None) -> None:
    if size < MANY:
        _kept.pop(key, None)
        return
    if len(_kept) >= _MOST:
        _kept.clear()
    _kept[key] = (time.monotonic() if now is None else now, counted)
