"""Many new rows at once by COPY: no statement is compiled and no value is quoted, so it takes a third of the time of
``bulk_create`` (docs/performance.md, ``desk.import``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def store(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model and give them their keys. As with ``bulk_create``, ``save`` is not called; a model
    whose columns have defaults of the database alone does not fit."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.generated]
    columns = [(field, _written(field)) for field in fields]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, meta.pk.column, len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        names: list[sql.Composable] = [sql.Identifier(str(field.column)) for field in fields]
        table = sql.Identifier(meta.db_table)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, sql.SQL(", ").join(names))
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([written(field.pre_save(row, add=True)) for field, written in columns])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _written(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """How a value of the field is given to COPY."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, cls=field.encoder)
    if isinstance(field, (models.CharField, models.TextField)):  # a choice is written as its value
        return lambda value: value if value is None or type(value) is str else str(value)
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return lambda value: value if value is None or not isinstance(value, str) else field.to_python(value)
    return lambda value: value
