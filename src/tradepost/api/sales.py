"""Quotes and sales orders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Money, Page, Percent, Window
from tradepost.sales import queries, services
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft

router = Router(tags=["Quotes and orders"])

Order = Literal[
    "date", "-date", "number", "-number", "customer_name", "-customer_name", "total", "-total", "-updated_at"
]


class PostalAddress(In):
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


class LineIn(In):
    """What is not sent comes from the item; a line without an item needs a description."""

    item_id: Id | None = None
    description: str | None = None
    quantity: Money = Decimal(1)
    unit_price: Money | None = None
    discount_percent: Percent = Decimal(0)
    tax_rate: Percent | None = None
    unit: str | None = None


class LineOut(Schema):
    """``amount`` is net of the line's discount and without tax."""

    position: int
    item_id: int | None
    sku: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount_percent: Decimal
    tax_rate: Decimal
    amount: Decimal


class DocumentChange(In):
    """``lines``, where sent, replace all. Number, state and totals are not to be set: they follow."""

    customer_id: Id | None = None
    contact_id: Id | None = None
    po_number: str = ""
    channel: str = ""
    date: dt.date | None = None
    promised: dt.date | None = None
    terms: str = ""
    currency: str = ""
    billing: PostalAddress = PostalAddress()
    shipping: PostalAddress = PostalAddress()
    discount_percent: Percent = Decimal(0)
    freight: Money = Decimal(0)
    memo: str = ""
    owner_id: Id | None = None
    lines: list[LineIn] = []

    def parts(self) -> tuple[dict[str, Any], list[LineDraft] | None]:
        """The values and, where they were sent, the lines, as the verb takes them."""
        values = self.model_dump(exclude_unset=True, exclude={"lines", "kind"})
        for name in ("customer_id", "date"):
            if values.get(name, ...) is None:
                del values[name]
        lines = [LineDraft(**line.model_dump()) for line in self.lines]
        return values, lines if "lines" in self.model_fields_set else None


class DocumentIn(DocumentChange):
    kind: Kind = Kind.ORDER


class DocumentRow(Schema):
    id: int
    kind: Kind
    number: str
    status: str
    hold_reason: str
    customer_id: int
    customer_name: str
    contact_id: int | None
    po_number: str
    channel: str
    date: dt.date
    promised: dt.date | None
    terms: str
    currency: str
    subtotal: Decimal
    discount: Decimal
    freight: Decimal
    tax: Decimal
    total: Decimal
    owner_id: int | None
    source_id: int | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class DocumentOut(DocumentRow):
    billing: dict[str, Any]
    shipping: dict[str, Any]
    discount_percent: Decimal
    memo: str
    lines: list[LineOut]


class Filters(In):
    q: str = ""
    kind: Kind | None = None
    status: list[str] = []
    customer_id: Id | None = None
    owner_id: Id | None = None
    held: bool | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None

    def narrow(self, rows: Any) -> Any:
        wanted = {
            "status__in": self.status or None,
            "customer_id": self.customer_id,
            "owner_id": self.owner_id,
            "date__gte": self.date_from,
            "date__lte": self.date_to,
        }
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        if self.held is not None:
            rows = rows.exclude(hold_reason="") if self.held else rows.filter(hold_reason="")
        return rows


def _document(request: Call, id: int, response: HttpResponse) -> Document:
    row = Document.objects.prefetch_related("lines").pick(request.actor, id)
    tagged(response, row)
    return row


@router.get("documents", response=Page[DocumentRow])
@needs(Permission.SALES_VIEW)
def list_documents(
    request: Call, window: Query[Window], filters: Query[Filters], sort: Order = "-date"
) -> dict[str, Any]:
    """Quotes and orders, without their lines. ``q`` looks for words in number, customer and PO number."""
    rows = queries.documents(request.actor, filters.kind, search=filters.q)
    return page(filters.narrow(rows), window, sort)


@router.post("documents", response={201: DocumentOut})
@needs(Permission.SALES_EDIT)
def create_document(request: Call, body: DocumentIn, response: HttpResponse) -> Document:
    """Create a quote or a sales order. It takes the next number; totals are computed."""
    values, lines = body.parts()
    row = services.save_document(request.actor, body.kind, values, lines or [])
    response["Location"] = f"/api/v1/documents/{row.pk}"
    return _document(request, row.pk, response)


@router.get("documents/{id}", response=DocumentOut)
@needs(Permission.SALES_VIEW)
def get_document(request: Call, id: Id, response: HttpResponse) -> Document:
    """One document with its lines."""
    return _document(request, id, response)


@router.patch("documents/{id}", response=DocumentOut)
@needs(Permission.SALES_EDIT)
def change_document(request: Call, id: Id, body: DocumentChange, response: HttpResponse) -> Document:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    kind = Kind(Document.objects.pick(request.actor, id).kind)
    values, lines = body.parts()
    services.save_document(
        request.actor, kind, values, lines, document_id=id, version=expected_version(request)
    )
    return _document(request, id, response)


@router.post("documents/{id}/convert", response={201: DocumentOut})
@needs(Permission.SALES_EDIT)
def convert_quote(request: Call, id: Id, response: HttpResponse) -> Document:
    """Make a sales order from a quote, once: a second call answers with the same order."""
    row = services.convert_to_order(request.actor, id)
    response["Location"] = f"/api/v1/documents/{row.pk}"
    return _document(request, row.pk, response)
