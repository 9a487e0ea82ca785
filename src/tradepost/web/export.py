"""Lists as CSV or XLSX, streamed, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.kit import xlsx
from tradepost.kit.errors import Conflict
from tradepost.kit.text import safe
from tradepost.web import counting
from tradepost.web.shell import DeskRequest
from tradepost.web.streaming import as_asked

Column = Callable[[Any], object]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Echo:
    def write(self, line: str) -> str:
        return line


def file_of(
    request: DeskRequest, name: str, rows: QuerySet[Any], columns: Mapping[str, Column]
) -> StreamingHttpResponse:
    """``rows`` as ``name``.csv, UTF-8 with a mark that spreadsheets know it by, or with ``?format=xlsx`` as a workbook.

    A sheet ends at 1,048,576 rows; what is longer is refused as a workbook before the first byte.
    """
    request.actor.require(Permission.EXPORT)
    form = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    if form == "xlsx" and counting.count(rows) >= xlsx.MOST_ROWS:
        raise Conflict(
            _("A sheet of a workbook ends at {n} rows, and this list has more.").format(
                n=f"{xlsx.MOST_ROWS:,}"
            ),
            cure=_("Filter the list, or take it as CSV."),
        )
    found = _table(rows.iterator(chunk_size=1000), columns)
    pieces = as_asked(xlsx.stream(name, found)) if form == "xlsx" else as_asked(_lines(found))
    kind = XLSX if form == "xlsx" else "text/csv; charset=utf-8"
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


def _table(rows: Iterable[Any], columns: Mapping[str, Column]) -> Iterator[list[object]]:
    yield [str(label) for label in columns]
    for row in rows:
        yield [value(row) for value in columns.values()]


def _lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for n, row in enumerate(rows):
        yield ("" if n else "\ufeff") + writer.writerow([safe(value) for value in row])
