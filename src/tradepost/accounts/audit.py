"""The audit trail: one entry per change, written in the transaction of the change."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

from tradepost.accounts.access import Actor
from tradepost.accounts.models import AuditEntry

_SKIP = {"organisation", "created_at", "updated_at", "version", "search"}


def snapshot(row: models.Model) -> dict[str, Any]:
    """A row's own columns as JSON values, for before/after. Sealed and binary columns are never in it."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in _SKIP or isinstance(field, (models.BinaryField, models.GeneratedField)):
            continue
        if getattr(field, "sealed", False):
            continue
        values[field.name] = plain(field.value_from_object(row))
    return values


def plain(value: Any) -> Any:
    """A value as JSON keeps it: instants in ISO form, Decimals as text so that no digit is lost."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, on both sides."""
    keys = [k for k in {**before, **after} if before.get(k) != after.get(k)]
    return {k: before.get(k) for k in keys}, {k: after.get(k) for k in keys}


_KINDS = """
WITH RECURSIVE found(kind) AS (
  SELECT min(kind) FROM accounts_auditentry WHERE organisation_id = %(company)s AND kind > ''
  UNION ALL
  SELECT (SELECT min(kind) FROM accounts_auditentry WHERE organisation_id = %(company)s AND kind > found.kind)
    FROM found WHERE found.kind IS NOT NULL
)
SELECT kind FROM found WHERE kind IS NOT NULL"""


def kinds_of(actor: Actor) -> list[str]:
    """The kinds of records that the trail of the company tells of. One look at the index a kind (PostgreSQL wiki, "Loose
    indexscan"): DISTINCT would read each of very many entries."""
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, {"company": actor.organisation_id})
        return [kind for (kind,) in cursor.fetchall()]


def latest(row: models.Model, count: int) -> list[AuditEntry]:
    """The last ``count`` changes of a record, the newest first, each with who made it."""
    kind = row._meta.model_name or ""
    rows = (
        AuditEntry.objects.filter(kind=kind, record_id=row.pk).select_related("user").order_by("-at", "-pk")
    )
    return list(rows[: max(0, min(count, 20))])


def record(
    actor: Actor,
    verb: str,
    row: models.Model | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one entry. ``after`` is read from the row where it is not given; unchanged columns are left out."""
    full_after = after if after is not None else (snapshot(row) if row is not None else {})
    was, now = changes(before or {}, full_after)
    AuditEntry.objects.create(
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        via=actor.via,
        verb=verb,
        kind=row._meta.model_name or "" if row is not None else "",
        record_id=row.pk if row is not None else None,
        label=str(row)[:200] if row is not None else "",
        before=was,
        after=now,
    )
