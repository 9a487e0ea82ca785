"""Lists as CSV, streamed, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.text import safe

Column = Callable[[Any], object]


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_of(
    actor: Actor, name: str, rows: QuerySet[Any], columns: Mapping[str, Column]
) -> StreamingHttpResponse:
    """``rows`` as ``name``.csv, UTF-8 with a mark that spreadsheets know it by."""
    actor.require(Permission.EXPORT)
    response = StreamingHttpResponse(
        _lines(rows.iterator(chunk_size=1000), columns), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(rows: Iterable[Any], columns: Mapping[str, Column]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow([safe(str(label)) for label in columns])
    for row in rows:
        yield writer.writerow([safe(value(row)) for value in columns.values()])
