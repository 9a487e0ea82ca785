"""Documents of sale and purchase, of every kind: written and moved through their states."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from ninja import Query, Router

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, asks, expected_version, needs, reads, tagged
from tradepost.api.document_shapes import (
    EDITS,
    MOVES,
    DocumentChange,
    DocumentIn,
    DocumentOut,
    DocumentRow,
    MoveIn,
    Preview,
    PreviewIn,
)
from tradepost.api.marks import MarksFilter
from tradepost.api.paging import Computed, page
from tradepost.api.schema import Id, Moment, Page, Window
from tradepost.kit.errors import Invalid
from tradepost.sales import queries, services, trashing
from tradepost.sales.currencies import BY_RATE, company_currency, unrated
from tradepost.sales.financial import Financial
from tradepost.sales.models import Document, Kind
from tradepost.sales.paper import document_pdf
from tradepost.sales.state_table import MACHINES, PURCHASES

router = Router(tags=["Documents"])

Order = Literal[
    "date", "-date", "number", "-number", "customer_name", "-customer_name", "total", "-total",
    "updated_at", "-updated_at",
]  # fmt: skip


STATUSES = tuple(sorted({state for machine in MACHINES.values() for state in machine.states}))


class Filters(MarksFilter):
    q: str = ""
    kind: Kind | None = None
    status: list[Literal[STATUSES]] = []  # type: ignore[valid-type]
    customer_id: Id | None = None
    vendor_id: Id | None = None
    project_id: Id | None = None
    owner_id: Id | None = None
    source_id: Id | None = None
    custom_status_id: Id | None = None
    class_name: str | None = None
    financial_status: Financial | None = None
    held: bool | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    updated_since: Moment | None = None

    def narrow(self, rows: Any) -> Any:
        wanted = {
            "status__in": self.status or None,
            "customer_id": self.customer_id,
            "vendor_id": self.vendor_id,
            "project_id": self.project_id,
            "owner_id": self.owner_id,
            "source_id": self.source_id,
            "custom_status_id": self.custom_status_id,
            "class_name": self.class_name,
            "financial_status": self.financial_status,
            "date__gte": self.date_from,
            "date__lte": self.date_to,
            "updated_at__gte": self.updated_since,
        }
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        if self.held is not None:
            rows = rows.exclude(hold_reason="") if self.held else rows.filter(hold_reason="")
        return rows


def _document(request: Call, id: int, response: HttpResponse) -> Document:
    row = Document.objects.prefetch_related("lines").pick(request.actor, id)
    tagged(response, row)
    return row


def made(request: Call, row: Document, response: HttpResponse) -> Document:
    """The answer to who made a document."""
    response["Location"] = f"/api/v1/documents/{row.pk}"
    return _document(request, row.pk, response)


@router.get("documents", response=Page[DocumentRow])
@needs(Permission.SALES_VIEW)
def list_documents(
    request: Call, window: Query[Window], filters: Query[Filters], sort: Order = "-date"
) -> dict[str, Any]:
    """Documents of all kinds or of one, without their lines. ``q`` looks for words in number, customer and PO number.
    By ``total`` those of one kind compare in the company's currency; what has no exchange rate stands last."""
    by_total = sort.endswith("total")
    if by_total and filters.kind is None:
        raise Invalid(fields={"sort": _("Only documents of one kind are sorted by total. Send a kind too.")})
    found = queries.documents(request.actor, filters.kind, search=filters.q)
    worth = Computed(BY_RATE, unrated(company_currency(request.actor.organisation_id))) if by_total else None
    return page(filters.narrow_marks(request.actor, filters.narrow(found)), window, sort, worth)


@router.post("documents", response={201: DocumentOut})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def create_document(request: Call, body: DocumentIn, response: HttpResponse) -> Document:
    """Create a document of any kind; each kind asks its own permission. It takes the next number; totals are
    computed."""
    values, lines = body.parts()
    values.setdefault("custom", {})  # what is required is asked for
    return made(request, services.save_document(request.actor, body.kind, values, lines or []), response)


@router.get("documents/{int:id}", response=DocumentOut)
@needs(Permission.SALES_VIEW)
def get_document(request: Call, id: Id, response: HttpResponse) -> Document:
    """One document with its lines."""
    return _document(request, id, response)


@router.patch("documents/{int:id}", response=DocumentOut)
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def change_document(request: Call, id: Id, body: DocumentChange, response: HttpResponse) -> Document:
    """Change the fields that are sent; each kind asks its own permission. With If-Match, only if nobody changed it
    since."""
    kind = Kind(Document.objects.pick(request.actor, id).kind)
    values, lines = body.parts()
    services.save_document(
        request.actor, kind, values, lines, document_id=id, version=expected_version(request)
    )
    return _document(request, id, response)


@router.post("documents/preview", response=Preview)
@asks(*(MACHINES[kind].edit for kind in sorted(PURCHASES)), by="by the kind of purchase")
@needs(Permission.SALES_VIEW)
@reads
def preview_document(request: Call, body: PreviewIn) -> dict[str, Any]:
    """The totals that a document with these values and lines would have. Nothing is stored."""
    values, lines = body.parts()
    values.pop("amount", None)
    old = Document.objects.pick(request.actor, body.document_id) if body.document_id else None
    kind = Kind.PURCHASE_ORDER if "vendor_id" in values else Kind.ORDER
    row, rows = services.preview(request.actor, values, lines or [], Kind(old.kind) if old else kind, old)
    return {
        **{
            name: getattr(row, name)
            for name in ("currency", "subtotal", "discount", "freight", "tax", "total")
        },
        "lines": rows,
    }


@router.post("documents/{int:id}/moves", response=DocumentOut)
@asks(*MOVES, by="by the kind of document and the verb")
@anyone_signed_in
def move_document(request: Call, id: Id, body: MoveIn, response: HttpResponse) -> Document:
    """Do one of the ``verbs`` that the document offers: confirm, hold, release, close, cancel, … Each asks its own
    permission. ``hold`` needs a reason."""
    services.move(request.actor, id, body.verb, body.reason, version=expected_version(request))
    return _document(request, id, response)


@router.post("documents/{int:id}/trash", response={204: None})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def trash_document(request: Call, id: Id) -> None:
    """Throw a draft into the trash; each kind asks its own permission. 409 for what is no draft, was sent, or has others made
    from it: that is cancelled. Its number stays its own."""
    trashing.trash(request.actor, id, expected_version(request))


@router.post("documents/{int:id}/untrash", response=DocumentOut)
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def untrash_document(request: Call, id: Id, response: HttpResponse) -> Document:
    """Take a draft out of the trash as it was. 409 where what it names or was made from is gone, or where the same was made
    anew since."""
    trashing.untrash(request.actor, id)
    return _document(request, id, response)


@router.get("documents/{int:id}/pdf")
@needs(Permission.SALES_VIEW)
def get_document_pdf(request: Call, id: Id) -> HttpResponse:
    """The document on paper, as PDF."""
    return pdf(*document_pdf(request.actor, id))


def pdf(name: str, content: bytes) -> HttpResponse:
    """A PDF as an answer, to be saved under its name."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
