"""The rows of a report while they are still in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from django.db.models import QuerySet

CHUNK = 2_000
Row = tuple[Any, ...]


class Unread(Sequence[Row]):
    """Counted without being read, and gone through piece by piece: memory holds ``CHUNK`` of them."""

    def __init__(self, rows: QuerySet[Any, Row]) -> None:
        self._rows = rows

    @cached_property
    def _count(self) -> int:
        return self._rows.count()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return self._rows.iterator(chunk_size=CHUNK)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        return list(self._rows[place]) if isinstance(place, slice) else self._rows[place]
