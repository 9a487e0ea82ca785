"""What follows from a document: others made from it, money applied to it, links to its paper; and terms of payment."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.urls import reverse
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, asks, expected_version, needs, tagged
from tradepost.api.document_shapes import EDITS, DocumentOut, DocumentRow
from tradepost.api.paging import page
from tradepost.api.sales import made, pdf
from tradepost.api.schema import Id, In, Money, Page, Window
from tradepost.sales import buying, converting, dropping, links, payments, queries, returning, statements
from tradepost.sales.currencies import gain
from tradepost.sales.models import Application, Document, Kind, Returned, Revision, Terms
from tradepost.sales.paper import version_pdf
from tradepost.sales.returned import Arrived, Outcome, outcomes
from tradepost.sales.versions import Comparison, Mark

router = Router(tags=["Documents"])


class QuantityIn(In):
    line_id: Id
    quantity: Money


class ConvertIn(In):
    """``quantities`` of lines, or without them all that is left; a payment or refund takes an ``amount``, by default
    the balance less what drafts of it hold; a purchase for a sales order, or a purchase quote asked of another vendor, the
    ``vendor_id``."""

    target: Kind = Kind.ORDER
    quantities: list[QuantityIn] | None = None
    amount: Money | None = None
    vendor_id: Id | None = None


@router.post("documents/{int:id}/convert", response={201: DocumentOut})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def convert_document(
    request: Call, id: Id, response: HttpResponse, body: ConvertIn | None = None
) -> Document:
    """Make another document from this one, whole or in part; the ``target`` asks its own permission. What was made
    already is not made again. A whole quote becomes a sales order once: a second call answers with the same order."""
    asked = body or ConvertIn()
    kind = Document.objects.pick(request.actor, id).kind
    if (kind, asked.target, asked.quantities) == (Kind.QUOTE, Kind.ORDER, None):
        row = converting.convert_to_order(request.actor, id)
    else:
        wanted = None if asked.quantities is None else {q.line_id: q.quantity for q in asked.quantities}
        row = converting.convert(
            request.actor, id, asked.target, wanted, amount=asked.amount, vendor_id=asked.vendor_id
        )
    return made(request, row, response)


@router.post("documents/{int:id}/copies", response={201: DocumentOut})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def copy_document(request: Call, id: Id, response: HttpResponse) -> Document:
    """A new document with the same head and lines, of today, without links. It asks the permission of its kind."""
    return made(request, converting.copy(request.actor, id), response)


@router.get("documents/{int:id}/related", response=list[DocumentRow])
@needs(Permission.SALES_VIEW)
def list_related(request: Call, id: Id) -> list[Document]:
    """What the document was made from, what was made from it, and what it settles or is settled by."""
    return queries.related(Document.objects.pick(request.actor, id))


class VersionOut(Schema):
    """``number`` counts from 1; ``made_by_id`` opened or changed the document then."""

    number: int
    made_at: datetime
    made_by_id: int | None


class Content(Schema):
    head: dict[str, Any]
    lines: list[dict[str, Any]]


class VersionText(VersionOut):
    """``content`` names the columns of the document as it was, numbers as text."""

    content: Content


class DifferenceOut(Schema):
    name: str
    before: Any
    after: Any


class LineDifferenceOut(Schema):
    """``changed`` names the columns of a line that differ; ``before`` is null for one that was added, ``after`` for one that
    was removed."""

    mark: Mark
    changed: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ComparisonOut(Schema):
    head: list[DifferenceOut]
    lines: list[LineDifferenceOut]
    totals: list[DifferenceOut]


@router.get("documents/{int:id}/versions", response=list[VersionOut])
@needs(Permission.SALES_VIEW)
def list_versions(request: Call, id: Id) -> list[Revision]:
    """The versions of a document that were seen outside, by e-mail, link, XML or as it was sent, and changed afterwards; the
    newest first."""
    return list(queries.documents(request.actor).pick(request.actor, id).revisions.all())


@router.get("documents/{int:id}/versions/{int:number}", response=VersionText)
@needs(Permission.SALES_VIEW)
def get_version(request: Call, id: Id, number: int) -> Revision:
    """One version of a document as it left the house."""
    return queries.version(request.actor, id, number)


@router.get("documents/{int:id}/versions/{int:number}/pdf")
@needs(Permission.SALES_VIEW)
def get_version_pdf(request: Call, id: Id, number: int) -> HttpResponse:
    """The version on paper, as it was seen; 404 for one from before versions kept their paper."""
    return pdf(*version_pdf(request.actor, id, number))


@router.get("documents/{int:id}/comparison", response=ComparisonOut)
@needs(Permission.SALES_VIEW)
def compare_versions(request: Call, id: Id, first: Id, second: Id | None = None) -> Comparison:
    """Two versions side by side; without ``second``, against the document as it is now."""
    return queries.compared(request.actor, id, first, second)


class LinkOut(Schema):
    """``url`` is shown this once."""

    url: str


@router.post("documents/{int:id}/links", response={201: LinkOut})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def share_document(request: Call, id: Id) -> dict[str, str]:
    """A public address under which anybody reads the PDF, until it is revoked. It asks the permission of the kind."""
    secret = links.share(request.actor, id)
    return {"url": request.build_absolute_uri(reverse("public-document", args=[secret]))}


@router.delete("documents/{int:id}/links", response={204: None})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def revoke_links(request: Call, id: Id) -> None:
    """Close every public address of the document."""
    links.revoke(request.actor, id)


class BoughtOut(Schema):
    """The purchase orders that were made, as drafts, and the lines of items that nobody is known to sell."""

    orders: list[DocumentRow]
    without_vendor: list[str]


class SurplusOut(Schema):
    """So much of a line of a drop-ship receipt came beyond the order's need."""

    line_id: int
    quantity: Decimal


@router.post("documents/{int:id}/drop-ship", response={201: BoughtOut})
@needs(Permission.PURCHASING)
def buy_dropped(request: Call, id: Id) -> Any:
    """Purchase orders for all drop-ship lines of an order that are on none yet, each at its item's preferred vendor."""
    return buying.buy_dropped(request.actor, id)


@router.delete("documents/{int:id}/drop-ship", response=list[DocumentRow])
@needs(Permission.PURCHASING)
def unbuy_dropped(request: Call, id: Id) -> list[Document]:
    """Cancel the purchase orders of an order's drop-ship lines that were not sent yet; 409 where there are none."""
    return buying.take_back(request.actor, id)


@router.get("documents/{int:id}/surplus", response=list[SurplusOut])
@needs(Permission.SALES_VIEW)
def list_surplus(request: Call, id: Id) -> list[dict[str, Any]]:
    """What a drop-ship receipt brought beyond the order's need: on no ship doc, and in no stock."""
    found = dropping.surplus(Document.objects.pick(request.actor, id))
    return [{"line_id": line.pk, "quantity": quantity} for line, quantity in found]


# -- returns ---------------------------------------------------------------------------------------------------------


class ArrivedIn(In):
    """So much of a line of an RMA; ``scrap`` needs a ``reason``."""

    line_id: Id
    quantity: Money
    fate: Returned.Fate = Returned.Fate.STOCK
    reason: str = ""


class ArrivedLines(In):
    lines: list[ArrivedIn]


class OutcomeOut(Schema):
    """Where a line of an RMA stands: ``expected`` has not arrived; each piece is ``credited`` or ``replaced`` or neither."""

    line_id: int
    expected: Decimal
    stock: Decimal
    scrap: Decimal
    reasons: list[str]
    credited: Decimal
    replaced: Decimal

    @staticmethod
    def resolve_line_id(row: Outcome) -> int:
        return row.line.pk


@router.get("documents/{int:id}/returns", response=list[OutcomeOut])
@needs(Permission.SALES_VIEW)
def list_returns(request: Call, id: Id) -> list[Outcome]:
    """What became of the lines of an RMA."""
    return outcomes(Document.objects.pick(request.actor, id, kind=Kind.RMA))


@router.post("documents/{int:id}/returns", response={201: DocumentOut})
@needs(Permission.STOCK_MOVE)
def receive_returns(request: Call, id: Id, body: ArrivedLines, response: HttpResponse) -> Document:
    """Take in what arrived of an RMA, to stock or to scrap; all of these lines or none. To replace goods free of charge,
    convert the RMA to an ``order``; to credit them, to a ``credit_note``."""
    lines = [Arrived(**line.model_dump()) for line in body.lines]
    row = returning.receive(request.actor, id, lines, version=expected_version(request))
    return made(request, row, response)


# -- money -----------------------------------------------------------------------------------------------------------


class AmountIn(In):
    document_id: Id
    amount: Money


class ApplyIn(In):
    """So much of each document is settled; what is left of the payment stays credit."""

    amounts: list[AmountIn]


class ApplicationOut(Schema):
    """So much of a payment or credit note (``payment_id``) settles so much of a document. ``gain``: in the company's currency,
    below zero a loss, where both have a rate."""

    payment_id: int
    document_id: int
    amount: Decimal
    gain: Decimal | None

    @staticmethod
    def resolve_gain(one: Application) -> Decimal | None:
        return gain(one)


@router.get("documents/{int:id}/applications", response=list[ApplicationOut])
@needs(Permission.SALES_VIEW)
def list_applications(request: Call, id: Id) -> list[Application]:
    """What the document settles, or is settled by."""
    return queries.applications(Document.objects.pick(request.actor, id))


@router.post("documents/{int:id}/applications", response={201: list[ApplicationOut]})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def apply_document(request: Call, id: Id, body: ApplyIn) -> list[Application]:
    """Settle several invoices or bills with one payment or credit. It asks the permission of the payment's kind."""
    wanted = {one.document_id: one.amount for one in body.amounts}
    return queries.applications(payments.apply_credit(request.actor, id, wanted))


@router.delete("documents/{int:id}/applications/{int:document_id}", response={204: None})
@asks(*EDITS, by="by the kind of document")
@anyone_signed_in
def unapply_document(request: Call, id: Id, document_id: Id) -> None:
    """Take a payment or credit off an invoice or bill; it is credit again. It asks the permission of the payment's
    kind."""
    payments.unapply(request.actor, id, document_id)


@router.post("customers/{int:id}/statements", response={201: DocumentOut})
@needs(Permission.INVOICING)
def make_statement(
    request: Call,
    id: Id,
    response: HttpResponse,
    currency: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
    with_branches: bool = False,
) -> Document:
    """A statement of what the customer owes at the end of the day `last` (today) in one currency, by default its own. With `first`
    it carries the balance forward to that day and has every invoice, credit, payment and refund since; `with_branches` those of
    its branches too. `account` of the answer says both days, and what is owed by days overdue (not due, to 30, 60, 90,
    over 90, credit)."""
    row = statements.make_statement(
        request.actor, id, currency=currency, first=first, last=last, with_branches=with_branches
    )
    return made(request, row, response)


class TermsIn(In):
    """``type`` is ``receivable`` (the money is owed for so many ``days``) or ``cash`` (it comes with the sale)."""

    name: str = ""
    type: Terms.Type = Terms.Type.RECEIVABLE
    days: Annotated[int, Field(ge=0, le=3650)] = 0


class TermsOut(Schema):
    id: int
    name: str
    type: Terms.Type
    days: int
    version: int


@router.get("terms", response=Page[TermsOut], deprecated=True)
@needs(Permission.SALES_VIEW)
def list_terms(
    request: Call, window: Query[Window], sort: Literal["name", "-name", "days", "-days"] = "name"
) -> dict[str, Any]:
    """Terms of payment by name. Take `/lists/terms`, which has their places, the default, and what was archived."""
    return page(Terms.objects.of(request.actor), window, sort)


@router.post("terms", response={201: TermsOut}, deprecated=True)
@needs(Permission.COMPANY_SETTINGS)
def create_terms(request: Call, body: TermsIn, response: HttpResponse) -> Terms:
    """Create terms of payment. Take `/lists/terms`."""
    row = payments.save_terms(request.actor, body.given())
    response["Location"] = f"/api/v1/terms/{row.pk}"
    tagged(response, row)
    return row


@router.patch("terms/{int:id}", response=TermsOut, deprecated=True)
@needs(Permission.COMPANY_SETTINGS)
def change_terms(request: Call, id: Id, body: TermsIn, response: HttpResponse) -> Terms:
    """Change the fields that are sent. Documents keep what they say. Take `/lists/terms`."""
    row = payments.save_terms(request.actor, body.given(), terms_id=id, version=expected_version(request))
    tagged(response, row)
    return row
