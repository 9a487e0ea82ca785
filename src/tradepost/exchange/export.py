"""Everything of a company as a ZIP of CSV files, one a table; and the templates that imports begin with."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, cast

from django.apps import apps
from django.db import models

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import Activity
from tradepost.activities.queries import visible
from tradepost.exchange.kinds import Kind
from tradepost.kit import xlsx
from tradepost.kit.text import safe

_P = Permission
ROOMS = {"people": _P.PEOPLE_VIEW, "catalog": _P.CATALOG_VIEW, "sales": _P.SALES_VIEW}
_LEFT_OUT = {"organisation", "search", "digest", "email_words", "mark_words"}


def everything(actor: Actor, file: IO[bytes]) -> list[str]:
    """Write all that the actor may see into ``file``; the names of the tables. Memory does not grow with the rows."""
    actor.require(Permission.EXPORT)
    names = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, rows in _tables(actor):
            with pack.open(f"{name}.csv", "w", force_zip64=True) as part:
                for piece in _csv(rows):
                    part.write(piece)
            names.append(name)
    audit.record(actor, "company.export", None, {}, {"tables": names})
    return names


def _tables(actor: Actor) -> Iterator[tuple[str, models.QuerySet[Any]]]:
    for room, permission in ROOMS.items():
        if actor.may(permission):
            for model in apps.get_app_config(room).get_models():
                if issubclass(model, Owned):
                    name = f"{room}-{str(model._meta.verbose_name_plural).replace(' ', '-')}"
                    yield name, model.objects.of(actor).order_by("pk")
    if actor.may(Permission.ACTIVITIES_VIEW):
        rows = Activity.objects.of(actor).filter(visible(actor))
        yield "activities", cast("models.QuerySet[Any]", rows.order_by("pk"))


def _csv(rows: models.QuerySet[Any]) -> Iterator[bytes]:
    fields = [
        f.attname
        for f in rows.model._meta.concrete_fields
        if f.name not in _LEFT_OUT and not isinstance(f, (models.BinaryField, models.GeneratedField))
    ]
    held = io.StringIO()
    writer = csv.writer(held)
    held.write("\ufeff")
    writer.writerow(fields)
    for n, values in enumerate(rows.values_list(*fields).iterator(chunk_size=2000), 1):
        writer.writerow([safe(_text(value)) for value in values])
        if n % 500 == 0:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def _text(value: Any) -> object:
    if isinstance(value, (dict, list)):
        return json.dumps(audit.plain(value), ensure_ascii=False) if value else ""
    return value.isoformat() if isinstance(value, datetime) else value


def template(kind: Kind, form: str) -> bytes:
    """An empty table of a kind with one row as an example: ``form`` is csv or xlsx."""
    rows = [[f.label for f in kind.fields], [f.sample for f in kind.fields]]
    if form == "xlsx":
        return xlsx.write(kind.plural, rows)
    held = io.StringIO()
    csv.writer(held).writerows([[safe(cell) for cell in row] for row in rows])
    return ("\ufeff" + held.getvalue()).encode()
