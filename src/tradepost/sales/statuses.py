"""Statuses of the company's own, beside the fixed ones of ``state_table``: which a document may have and begins with."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import refuse
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.kit.errors import Invalid
from tradepost.sales.models import CustomStatus, Document


def offered(actor: Actor, kind: str) -> ScopedQuerySet[CustomStatus]:
    """What documents of the kind may get, in its order."""
    rows = CustomStatus.objects.of(actor).filter(kind=kind, archived_at=None)
    return rows.order_by("position", "name")


def initial(actor: Actor, kind: str) -> CustomStatus | None:
    """What a new document of the kind begins with."""
    return offered(actor, kind).filter(is_default=True).first()


def check(actor: Actor, row: Document, status_id: int) -> None:
    """``Missing`` or ``Invalid`` unless a document may have it. One that is archived stays where it stands."""
    found = CustomStatus.objects.pick(actor, status_id)
    if found.kind != row.kind:
        sentence = _("“{name}” is no status of this kind of document.").format(name=found.name)
        raise Invalid(fields={"custom_status_id": sentence})
    refuse(found, "custom_status_id", {row.custom_status_id})


def snapshot(row: Document) -> dict[str, Any]:
    """As the audit trail keeps a document, with its status by name."""
    named = {"custom_status": row.custom_status.name} if row.custom_status else {}
    return {**audit.snapshot(row), **named}
