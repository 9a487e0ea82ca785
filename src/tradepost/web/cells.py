"""The cells of a list's page. Of a column is asked once for all rows what django-tables2 asks anew for every cell: which
arguments its ``render`` takes, and whether its field has choices. A page has some two hundred cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django_tables2 import Table
from django_tables2.columns import BoundColumn, ManyToManyColumn
from django_tables2.columns.linkcolumn import BaseLinkColumn
from django_tables2.rows import BoundRow
from django_tables2.utils import A, signature

Cell = Callable[[BoundRow], Any]


def rows(table: Table) -> Iterator[tuple[BoundRow, list[Any]]]:
    """Each row of the page with what stands in its cells, as ``BoundRow.items`` has them: in the columns' order."""
    cells = [_cell(column, table) for column in table.columns]
    for row in table.paginated_rows:
        yield row, [cell(row) for cell in cells]


def _cell(column: BoundColumn, table: Table) -> Cell:
    """How a column's cell is made of a row. Columns of links and of many records keep the library's own way."""
    if isinstance(column.column, (BaseLinkColumn, ManyToManyColumn)):
        return lambda row: row.get_cell(column.name)
    render, link = column.render, column.link
    names, takes_all = signature(render)
    value_of = _value(A(column.accessor), table)
    empty = column.column.empty_values

    def cell(row: BoundRow) -> Any:
        value = value_of(row.record)
        if value in empty:
            return column.default
        given = {
            "value": value,
            "record": row.record,
            "column": column.column,
            "bound_column": column,
            "bound_row": row,
            "table": table,
        }
        content = render(**given if takes_all else {name: given[name] for name in names})
        return link(content, **given) if link else content

    return cell


def _value(accessor: A, table: Table) -> Callable[[Any], Any]:
    """What a column shows of a record: a field with choices says the chosen one's label."""
    model = table.data.model
    if model is None or accessor.SEPARATOR in accessor:
        return lambda record: _deep(accessor, record)
    if _chosen(model, accessor):
        name = f"get_{accessor}_display"
        return lambda record: getattr(record, name)()
    return lambda record: accessor.resolve(record, quiet=True)


def _deep(accessor: A, record: Any) -> Any:
    """The same of what the row's record leads to, which may be nothing."""
    holder, name = accessor.penultimate(record)
    if isinstance(holder, Model) and _chosen(type(holder), name):
        return getattr(holder, f"get_{name}_display")()
    return accessor.resolve(record, quiet=True)


def _chosen(model: type[Model], name: str) -> bool:
    try:
        return bool(getattr(model._meta.get_field(name), "choices", None))
    except FieldDoesNotExist:
        return False
