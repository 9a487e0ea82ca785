"""Reports whose rows are computed rather than read: grouped, added up and sorted as the database does it with the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tradepost.reports.rules import Dimension, Measure, Query

Fact = Mapping[str, Any]
"""By the key of a column or a filter what a row says, and its ``currency``."""
Row = tuple[Any, ...]


def grouped(
    facts: Iterable[Fact], query: Query, dimensions: Sequence[Dimension], measures: Sequence[Measure]
) -> tuple[list[Row], list[Row]]:
    """The rows, and the totals of each currency. Measures are added up; what a row does not say adds nothing."""
    rows: dict[Row, list[Decimal]] = {}
    totals: dict[str, list[Decimal]] = {}
    for fact in facts:
        place = (*(fact[d.key] for d in dimensions), fact["currency"])
        for sums in (
            rows.setdefault(place, [Decimal(0)] * len(measures)),
            totals.setdefault(fact["currency"], [Decimal(0)] * len(measures)),
        ):
            for n, measure in enumerate(measures):
                sums[n] += fact[measure.key] or 0
    found = [(*place[:-1], *sums, place[-1]) for place, sums in rows.items()]
    none = [None] * len(dimensions)
    return _sorted(found, query, [*dimensions, *measures]), [
        (*none, *sums, currency) for currency, sums in sorted(totals.items())
    ]


def _sorted(rows: Iterable[Row], query: Query, columns: Sequence[Dimension | Measure]) -> list[Row]:
    """By the groups in their order; by a column that is asked for first."""
    found = sorted(
        rows, key=lambda row: [str(cell).casefold() for cell in row[: len(query.group)]] + [row[-1]]
    )
    key = query.sort.removeprefix("-")
    place = next((n for n, column in enumerate(columns) if column.key == key), None)
    if place is None:
        return found
    return sorted(found, key=lambda row: row[place], reverse=query.sort.startswith("-"))
