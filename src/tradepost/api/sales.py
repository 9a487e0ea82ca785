"""Documents of sale and purchase, of every kind: written and moved through their states."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, expected_version, needs, reads, tagged
from tradepost.api.marks import MarksFilter, MarksIn, MarksOut
from tradepost.api.paging import Computed, page
from tradepost.api.schema import Id, In, Moment, Money, Page, Percent, Window
from tradepost.kit.errors import Invalid
from tradepost.sales import moving, queries, services, states, trashing
from tradepost.sales.currencies import BY_RATE, company_currency, unrated
from tradepost.sales.models import Document, Kind
from tradepost.sales.paper import document_pdf
from tradepost.sales.services import LineDraft

router = Router(tags=["Documents"])

Order = Literal[
    "date", "-date", "number", "-number", "customer_name", "-customer_name", "total", "-total",
    "updated_at", "-updated_at",
]  # fmt: skip


class PostalAddress(In):
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


class LineIn(In):
    """What is not sent comes from the item; a line without an item needs a description. ``line_id`` names the line of
    the document that it changes; without it, the line of the same item, description and unit. ``unit`` is one of the item's, and
    ``unit_price`` is of that; what is not sent is the price of so many pieces times the pieces in one."""

    line_id: Id | None = None
    item_id: Id | None = None
    description: str | None = None
    quantity: Money = Decimal(1)
    unit_price: Money | None = None
    discount_percent: Percent = Decimal(0)
    tax_rate: Percent | None = None
    unit: str | None = None
    taxable: bool | None = None
    drop_ship: bool | None = None


class LineOut(Schema):
    """``amount`` is net of the line's discount; without tax unless the document's prices include it. ``net`` is what
    is left of it after all discounts, without tax; a discount has none, for the lines that it reaches have less. ``source_id``
    is the line that it was made from."""

    id: int
    position: int
    item_id: int | None
    sku: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    price_source: str
    discount_percent: Decimal
    tax_rate: Decimal
    taxable: bool
    drop_ship: bool
    amount: Decimal
    net: Decimal
    source_id: int | None


class DocumentChange(MarksIn):
    """``lines``, where sent, replace all. Number, state and totals are not to be set: they follow. A purchase names a
    ``vendor_id``, all else a ``customer_id``; ``project_id`` is the job, of a sale one of its customer's. A payment or refund has an ``amount`` in place of lines. An order or
    purchase order asks a ``deposit``, or a ``deposit_percent`` of its total."""

    customer_id: Id | None = None
    vendor_id: Id | None = None
    contact_id: Id | None = None
    project_id: Id | None = None
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
    freight_taxable: bool = True
    freight_tax_rate: Percent = Decimal(0)
    memo: str = ""
    owner_id: Id | None = None
    due: dt.date | None = None
    method: str = ""
    location_id: Id | None = None
    carrier: str = ""
    tracking: str = ""
    packages: Annotated[int, Field(ge=0, le=99_999)] | None = None
    tax_code_id: Id | None = None
    item_tax_id: Id | None = None
    prices_include_tax: bool = False
    custom_status_id: Id | None = None
    exchange_rate: Annotated[Decimal, Field(max_digits=17, decimal_places=8, gt=0)] | None = None
    deposit_percent: Percent = Decimal(0)
    deposit: Money = Decimal(0)
    amount: Money | None = None
    lines: list[LineIn] = []

    def parts(self) -> tuple[dict[str, Any], list[LineDraft] | None]:
        """The values and, where they were sent, the lines, as the verb takes them."""
        values = self.model_dump(exclude_unset=True, exclude={"lines", "kind", "document_id"})
        for name in ("customer_id", "vendor_id", "date"):
            if values.get(name, ...) is None:
                del values[name]
        if values.get("amount", ...) is None:
            del values["amount"]
        lines = [LineDraft(**line.model_dump()) for line in self.lines]
        return values, lines if "lines" in self.model_fields_set else None


class PreviewIn(DocumentChange):
    """``document_id``: the document that is being edited; what it holds may be archived."""

    document_id: Id | None = None


class DocumentIn(DocumentChange):
    kind: Kind = Kind.ORDER


class DocumentRow(MarksOut):
    """A purchase names a vendor in place of a customer; ``customer_name`` is then the vendor's. ``exchange_rate``: what one
    unit of ``currency`` is in the company's; null in its own, and while no rate is known."""

    id: int
    kind: Kind
    number: str
    status: str
    hold_reason: str
    custom_status_id: int | None
    custom_status: str | None
    customer_id: int | None
    vendor_id: int | None
    customer_name: str
    contact_id: int | None
    project_id: int | None
    po_number: str
    channel: str
    date: dt.date
    promised: dt.date | None
    terms: str
    currency: str
    exchange_rate: Decimal | None
    subtotal: Decimal
    discount: Decimal
    freight: Decimal
    tax: Decimal
    total: Decimal
    due: dt.date | None
    balance: Decimal
    method: str
    location_id: int | None
    carrier: str
    tracking: str
    packages: int | None
    owner_id: int | None
    source_id: int | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int

    @staticmethod
    def resolve_custom_status(row: Document) -> str | None:
        return row.custom_status.name if row.custom_status else None


class VerbOut(Schema):
    """What may be done with the document now. ``refusal`` says what stands in the way, if something does."""

    verb: str
    label: str
    refusal: str | None

    @staticmethod
    def resolve_refusal(button: states.Button) -> str | None:
        return f"{button.refusal.cause} {button.refusal.cure}" if button.refusal else None


class TaxOut(Schema):
    """One tax of the document: the net it was charged on and what it comes to."""

    code: str
    percent: Decimal
    base: Decimal
    amount: Decimal


class DocumentOut(DocumentRow):
    billing: dict[str, Any]
    shipping: dict[str, Any]
    discount_percent: Decimal
    tax_code_id: int | None
    item_tax_id: int | None
    prices_include_tax: bool
    freight_taxable: bool
    freight_tax_rate: Decimal
    deposit_percent: Decimal
    deposit: Decimal
    taxes: list[TaxOut]
    account: dict[str, Any]
    memo: str
    lines: list[LineOut]
    verbs: list[VerbOut]

    @staticmethod
    def resolve_verbs(row: Document, context: dict[str, Any]) -> tuple[states.Button, ...]:
        actor = context["request"].actor
        granted = [p for p in Permission if actor.may(p)]
        return states.buttons(Kind(row.kind), row.status, moving.facts(row), granted)


class MoveIn(In):
    verb: str
    reason: str = ""


class PreviewLine(Schema):
    position: int
    description: str
    unit_price: Decimal
    amount: Decimal


class Preview(Schema):
    currency: str
    subtotal: Decimal
    discount: Decimal
    freight: Decimal
    tax: Decimal
    total: Decimal
    lines: list[PreviewLine]


class Filters(MarksFilter):
    q: str = ""
    kind: Kind | None = None
    status: list[str] = []
    customer_id: Id | None = None
    vendor_id: Id | None = None
    project_id: Id | None = None
    owner_id: Id | None = None
    source_id: Id | None = None
    custom_status_id: Id | None = None
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
@anyone_signed_in
def move_document(request: Call, id: Id, body: MoveIn, response: HttpResponse) -> Document:
    """Do one of the ``verbs`` that the document offers: confirm, hold, release, close, cancel, … Each asks its own
    permission. ``hold`` needs a reason."""
    services.move(request.actor, id, body.verb, body.reason, version=expected_version(request))
    return _document(request, id, response)


@router.post("documents/{int:id}/trash", response={204: None})
@anyone_signed_in
def trash_document(request: Call, id: Id) -> None:
    """Throw a draft into the trash; each kind asks its own permission. 409 for what is no draft, was sent, or has others made
    from it: that is cancelled. Its number stays its own."""
    trashing.trash(request.actor, id, expected_version(request))


@router.post("documents/{int:id}/untrash", response=DocumentOut)
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
    name, content = document_pdf(request.actor, id)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
