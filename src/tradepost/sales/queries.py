"""Reads of documents."""

from __future__ import annotations

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.sales.models import Document, Kind
from tradepost.wire.orm import matching


def documents(actor: Actor, kind: Kind | None = None, *, search: str = "") -> ScopedQuerySet[Document]:
    actor.require(Permission.SALES_VIEW)
    rows = Document.objects.of(actor).filter(matching(search))
    return (rows.filter(kind=kind) if kind else rows).select_related("customer", "owner", "contact")
