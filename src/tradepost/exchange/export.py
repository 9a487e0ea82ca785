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
from tradepost.accounts.models import AuditEntry, Membership, SettingValue
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import Activity, Attachment, Link, Message
from tradepost.activities.queries import visible
from tradepost.catalog.models import ItemPicture, ItemVendor, StockLevel, StockMove
from tradepost.exchange.kinds import Kind
from tradepost.kit import xlsx
from tradepost.kit.text import safe
from tradepost.sales.models import Document, Letterhead, Line
from tradepost.sales.models import Kind as Paper
from tradepost.wire import storage

_P = Permission
ROOMS = {
    "people": _P.PEOPLE_VIEW,
    "catalog": _P.CATALOG_VIEW,
    "sales": _P.SALES_VIEW,
    "custom": _P.EXPORT,
    "reports": _P.SALES_VIEW,
}
# Of rooms above this one and of who works here, what is the company's own and no log, key or state of a machine.
FURTHER = {
    ("accounts", "Membership"): _P.MEMBERS,
    ("accounts", "CustomRole"): _P.MEMBERS,
    ("mail", "Template"): _P.MAIL_SEND,
    ("exchange", "EdiMessage"): _P.SALES_VIEW,
}
_LEFT_OUT = {"organisation", "search", "digest", "email_words", "mark_words"}
_COSTS = {ItemVendor: {"price", "breaks"}, StockLevel: {"value", "unit_cost"}, StockMove: {"value"}}
_UNSAFE = re.compile(r'[\0-\x1f/\\:*?"<>|]+')


def everything(actor: Actor, file: IO[bytes]) -> list[str]:
    """Write all that the actor may see into ``file``: a table each, and in ``files/`` every attachment once, named by its
    hash and its name. Returns the names of the tables. Memory does not grow with rows or files."""
    actor.require(Permission.EXPORT)
    names = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, rows in _tables(actor):
            with pack.open(f"{name}.csv", "w", force_zip64=True) as part:
                for piece in _csv(actor, rows):
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
                    rows = _all_of(model, actor)
                    yield _called(model), rows.filter(document__trashed_at=None) if model is Line else rows
    for (room, named), permission in FURTHER.items():
        if actor.may(permission):
            yield _called(model := apps.get_model(room, named)), _all_of(model, actor)
    if actor.may(Permission.COMPANY_SETTINGS):
        own: Any = SettingValue.objects.filter(organisation_id=actor.organisation_id, user=None)
        yield "accounts-settings", own.order_by("pk")
    if actor.may(Permission.ACTIVITIES_VIEW):
        shown = Activity.objects.of(actor).filter(visible(actor))
        yield "activities", cast("models.QuerySet[Any]", shown.order_by("pk"))
        for name, part in (("links", Link), ("messages", Message), ("attachments", Attachment)):
            theirs: Any = part._default_manager.of(actor).filter(activity__in=shown)
            yield f"activities-{name}", theirs.order_by("pk")
        events: Any = apps.get_model("pim", "Event")._default_manager
        invitations: Any = apps.get_model("pim", "Invitation")._default_manager
        yield "pim-events", events.of(actor).filter(activity__in=shown).order_by("pk")
        yield "pim-invitations", invitations.of(actor).filter(event__activity__in=shown).order_by("pk")
    if actor.may(Permission.AUDIT_VIEW):
        yield "audit-trail", cast("models.QuerySet[Any]", AuditEntry.objects.of(actor).order_by("pk"))


def _called(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}-{str(model._meta.verbose_name_plural).replace(' ', '-')}"


def _all_of(model: Any, actor: Actor) -> Any:
    return model._default_manager.of(actor).order_by("pk")


def _put_files(actor: Actor, pack: zipfile.ZipFile) -> int:
    """Every attachment and picture that the actor sees, once for all that hold the same bytes, and the logo. One that is gone
    from the storage is named in ``files/missing.txt``; the others come all the same."""
    count, missing, put = 0, [], set[str]()
    for key, digest, name in _stored(actor):
        if key in put:
            continue
        put.add(key)
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
    head = Letterhead.objects.of(actor).first() if actor.may(Permission.SALES_VIEW) else None
    if head and head.logo:
        pack.writestr(f"files/logo.{head.logo_type.rpartition('/')[2]}", bytes(head.logo))
        count += 1
    if missing:
        pack.writestr("files/missing.txt", "\n".join(missing))
    return count


def _stored(actor: Actor) -> Iterator[tuple[str, str, str]]:
    """Where the bytes lie, their hash and their name."""
    if actor.may(Permission.ACTIVITIES_VIEW):
        shown = Activity.objects.of(actor).filter(visible(actor))
        rows = Attachment.objects.of(actor).filter(activity__in=shown).order_by("key", "pk").distinct("key")
        yield from rows.values_list("key", "sha256", "name").iterator(chunk_size=2000)
    if actor.may(Permission.CATALOG_VIEW):
        pictures = ItemPicture.objects.of(actor).order_by("key", "pk").distinct("key")
        yield from pictures.values_list("key", "sha256", "name").iterator(chunk_size=2000)


def file_name(digest: str, name: str) -> str:
    """What an attachment is called in an archive: its hash, then its name."""
    return f"{digest}-{_UNSAFE.sub('_', name)[-120:]}"


def _csv(actor: Actor, rows: models.QuerySet[Any]) -> Iterator[bytes]:
    hidden = set() if actor.may(Permission.COST_VIEW) else _COSTS.get(rows.model, set())
    fields = [
        f.attname
        for f in rows.model._meta.concrete_fields
        if f.name not in _LEFT_OUT | hidden and not isinstance(f, (models.BinaryField, models.GeneratedField))
    ]
    if rows.model is Membership:
        fields += ["user__name", "user__email"]
    if rows.model is Document:
        rows, fields = rows.annotate(order=_order()), [*fields, "order"]
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


def _order() -> models.Case:
    """The number of the sales order that a document was made from, at any remove that there is: an RMA is of a ship doc or of its
    invoice, that may be of a pick list."""
    above = ["__".join(["source"] * steps) for steps in range(1, 5)]
    found = [models.When(**{f"{path}__kind": Paper.ORDER, "then": f"{path}__number"}) for path in above]
    return models.Case(*found, default=models.Value(""))


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
