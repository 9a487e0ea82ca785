"""What an activity stands on, as pages name it: ``document:5`` in addresses, its title and its page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import named
from tradepost.activities.records import Record
from tradepost.activities.services import RECORD_MODELS
from tradepost.catalog.services import items
from tradepost.kit.errors import Missing
from tradepost.people import queries
from tradepost.people.kinds import SHAPES
from tradepost.sales.models import Document
from tradepost.sales.queries import documents
from tradepost.web.numbers import number
from tradepost.web.shell import DeskRequest, Section


def key(record: Record) -> str:
    """``document:5``; read back by :func:`parse`."""
    return f"{record.kind}:{record.id}"


def parse(text: str) -> Record:
    """The record that an address names. Raises ``Missing``."""
    kind, _colon, written = text.partition(":")
    if kind not in RECORD_MODELS or (pk := number(written)) is None:
        raise Missing(_("record"))
    return Record(kind, pk)


def find(actor: Actor, record: Record) -> Any:
    """The row behind a record, in the actor's company and of a kind that the actor may see."""
    if record.kind == "document":
        return documents(actor).pick(actor, record.id)
    actor.require(Permission.CATALOG_VIEW if record.kind == "item" else Permission.PEOPLE_VIEW)
    return RECORD_MODELS[record.kind].objects.pick(actor, record.id)


def rows_of(actor: Actor, wanted: Iterable[Record]) -> dict[Record, Any]:
    """The rows behind records, of kinds that the actor may see, with one query a kind."""
    kinds: dict[str, set[int]] = {}
    for one in wanted:
        kinds.setdefault(one.kind, set()).add(one.id)
    found: dict[Record, Any] = {}
    for kind, ids in kinds.items():
        if actor.may(_SEES.get(kind, Permission.PEOPLE_VIEW)):
            rows = RECORD_MODELS[kind].objects.of(actor).in_bulk(ids)
            found |= {Record(kind, pk): row for pk, row in rows.items()}
    return found


_SEES = {"document": Permission.SALES_VIEW, "item": Permission.CATALOG_VIEW}


def address(row: Any) -> str:
    """The page of a record."""
    return reverse(row.kind if isinstance(row, Document) else row._meta.model_name, args=[row.pk])


def timeline(actor: Actor, record: Record, tab: str) -> str:
    """Where the timeline of a record stands."""
    row = find(actor, record)
    where = reverse("item-activities", args=[row.pk]) if record.kind == "item" else address(row)
    return f"{where}?tab={tab}"


def complete(request: DeskRequest) -> HttpResponse:
    """``?q=`` → records that an activity can be moved to: documents first, then the others."""
    words = request.GET.get("q", "").strip()
    found: list[tuple[str, str]] = []
    if request.actor.may(Permission.SALES_VIEW):
        rows = documents(request.actor, search=words).order_by("-date", "-id")[:12]
        found += [(f"document:{row.pk}", f"{row.number} · {row.customer_name}") for row in rows]
    if words and request.actor.may(Permission.PEOPLE_VIEW):
        for kind, shape in SHAPES.items():
            some = queries.records(request.actor, kind, search=words)[:6]
            found += [(f"{kind}:{row.pk}", f"{row} · {named(shape.model)}") for row in some]
    if words and request.actor.may(Permission.CATALOG_VIEW):
        found += [(f"item:{row.pk}", str(row)) for row in items(request.actor, search=words)[:6]]
    return JsonResponse([{"id": pk, "text": text} for pk, text in found], safe=False)


section = Section(urls=[path("records/complete/", complete, name="records-complete")])
