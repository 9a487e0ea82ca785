"""Pages of a list by keyset: a record added or removed meanwhile neither repeats nor hides another one."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.api.schema import Window, unstorable
from tradepost.kit.errors import Invalid


def page(rows: models.QuerySet[Any], window: Window, sort: str) -> dict[str, Any]:
    """One page, ordered by the column ``sort`` (``-`` before it: descending) and then by id. The column is never null."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    field = rows.model._meta.get_field(name)
    assert isinstance(field, models.Field)
    if window.cursor:
        rows = rows.filter(_after(field, down, *_read(window.cursor, sort, field)))
    found = list(rows.order_by(sort, "-pk" if down else "pk")[: window.limit + 1])
    more = len(found) > window.limit
    found = found[: window.limit]
    return {"items": found, "next": _write(found[-1], sort, field) if more else None}


def _after(field: models.Field[Any, Any], down: bool, value: Any, pk: int) -> Q:
    """Rows behind the cursor's. The first condition alone says little, but an index can begin there."""
    than = "lt" if down else "gt"
    name = field.name
    return Q(**{f"{name}__{than}e": value}) & (
        Q(**{f"{name}__{than}": value}) | Q(**{name: value, f"pk__{than}": pk})
    )


def _write(row: models.Model, sort: str, field: models.Field[Any, Any]) -> str:
    text = json.dumps([sort, field.value_to_string(row), row.pk])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, sort: str, field: models.Field[Any, Any]) -> tuple[Any, int]:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        kept, text, pk = found
        if (
            kept != sort
            or type(text) is not str
            or type(pk) is not int
            or not 0 < pk < 2**63
            or unstorable(text)
        ):
            raise ValueError
        return field.to_python(text), pk
    except (ValueError, TypeError, binascii.Error, RecursionError, ValidationError):
        raise Invalid(
            fields={"cursor": _("This cursor does not belong to this list. Take `next` of the page before.")}
        ) from None
