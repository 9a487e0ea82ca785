"""Everything of a company as a ZIP: CSV files, one a table, and all attachments; and the templates of imports."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, cast

from django.apps import apps
from django.db import models

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import Activity, Attachment, Link, Message
from tradepost.activities.queries import visible
from tradepost.exchange.kinds import Kind
from tradepost.kit import xlsx
from tradepost.kit.text import safe
from tradepost.sales.models import Line
from tradepost.wire import storage

_P = Permission
ROOMS = {
    "people": _P.PEOPLE_VIEW,
    "catalog": _P.CATALOG_VIEW,
    "sales": _P.SALES_VIEW,
    "custom": _P.EXPORT,
    "reports": _P.SALES_VIEW,
}
_LEFT_OUT = {"organisation", "search", "digest", "email_words", "mark_words"}
_UNSAFE = re.compile(r'[\0-\x1f/\\:*?"<>|]+')


def everything(actor: Actor, file: IO[bytes]) -> list[str]:
    """Write all that the actor may see into ``file``: a table each, and in ``files/`` every attachment once, named by its
    hash and its name. Returns the names of the tables. Memory does not grow with rows or files."""
    actor.require(Permission.EXPORT)
    names = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, rows in _tables(actor):
            with pack.open(f"{name}.csv", "w", force_zip64=True) as part:
                for piece in _csv(rows):
                    part.write(piece)
            names.append(name)
        count = _put_files(actor, pack)
    audit.record(actor, "company.export", None, {}, {"tables": names, "files": count})
    return names


def _tables(actor: Actor) -> Iterator[tuple[str, models.QuerySet[Any]]]:
    for room, permission in ROOMS.items():
        if actor.may(permission):
            for model in apps.get_app_config(room).get_models():
                if issubclass(model, Owned):
                    name = f"{room}-{str(model._meta.verbose_name_plural).replace(' ', '-')}"
                    rows: Any = model.objects.of(actor).order_by("pk")
                    yield name, rows.filter(document__trashed_at=None) if model is Line else rows
    if actor.may(Permission.ACTIVITIES_VIEW):
        shown = Activity.objects.of(actor).filter(visible(actor))
        yield "activities", cast("models.QuerySet[Any]", shown.order_by("pk"))
        for name, part in (("links", Link), ("messages", Message), ("attachments", Attachment)):
            theirs: Any = part._default_manager.of(actor).filter(activity__in=shown)
            yield f"activities-{name}", theirs.order_by("pk")
    if actor.may(Permission.AUDIT_VIEW):
        yield "audit-trail", cast("models.QuerySet[Any]", AuditEntry.objects.of(actor).order_by("pk"))


def _put_files(actor: Actor, pack: zipfile.ZipFile) -> int:
    """Every attachment that the actor sees, once for all that hold the same bytes. One that is gone from the storage is
    named in ``files/missing.txt``; the others come all the same."""
    if not actor.may(Permission.ACTIVITIES_VIEW):
        return 0
    shown = Activity.objects.of(actor).filter(visible(actor))
    rows = Attachment.objects.of(actor).filter(activity__in=shown).order_by("key", "pk").distinct("key")
    count, missing = 0, []
    for key, digest, name in rows.values_list("key", "sha256", "name").iterator(chunk_size=2000):
        try:
            source = storage.fetch(key)
        except FileNotFoundError:
            missing.append(f"{digest} {name}")
            continue
        with (
            source,
            pack.open(f"files/{file_name(digest, name)}", "w", force_zip64=True) as part,
        ):
            shutil.copyfileobj(source, part)
        count += 1
    if missing:
        pack.writestr("files/missing.txt", "\n".join(missing))
    return count


def file_name(digest: str, name: str) -> str:
    """What an attachment is called in an archive: its hash, then its name."""
    return f"{digest}-{_UNSAFE.sub('_', name)[-120:]}"


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
