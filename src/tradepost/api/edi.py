"""Orders and invoices as XML: documents out, messages in, and the schema of both."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, asks, needs
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, Window
from tradepost.exchange.edi import out, schema, services
from tradepost.exchange.models import EdiMessage, MessageState
from tradepost.sales.models import Kind
from tradepost.sales.state_table import MACHINES

router = Router(tags=["XML"])


class MessageRow(Schema):
    """``kind`` is the kind of document that it becomes, ``number`` the sender's."""

    id: int
    name: str
    kind: Kind
    number: str
    sender_name: str
    state: MessageState
    document_id: int | None
    created_at: datetime
    taken_at: datetime | None


class ProblemOut(Schema):
    where: str
    cause: str
    cure: str


class MessageOut(MessageRow):
    """``problems`` keep it from being taken; ``notes`` are what differs from ours. ``total`` is ours."""

    problems: list[ProblemOut]
    notes: list[str]
    total: Decimal | None


def _message(request: Call, row: EdiMessage) -> dict[str, Any]:
    plan = services.plan(request.actor, row.pk)
    row.refresh_from_db()
    made = row.document or plan.document
    told = {name: getattr(row, name) for name in MessageRow.model_fields}
    return {
        **told,
        "document_id": made.pk if made else None,
        "problems": plan.problems,
        "notes": list(plan.notes),
        "total": plan.totals.total if plan.totals else None,
    }


@router.get("xml-schema")
@anyone_signed_in
def get_xml_schema(request: Call) -> HttpResponse:
    """The XML schema (XSD) of orders, invoices and order responses. It is public at ``/schema/documents-1.xsd``."""
    return _xml(schema.FILE.read_bytes())


@router.get("documents/{int:id}/xml")
@needs(Permission.SALES_VIEW)
def get_document_xml(request: Call, id: Id) -> HttpResponse:
    """A sales order, an invoice or a purchase order as XML."""
    return _xml(out.document_xml(request.actor, id)[1])


@router.get("xml-messages", response=Page[MessageRow])
@anyone_signed_in
def list_xml_messages(
    request: Call,
    window: Query[Window],
    state: MessageState | None = None,
    sort: Literal[
        "created_at", "-created_at", "number", "-number", "sender_name", "-sender_name"
    ] = "-created_at",
) -> dict[str, Any]:
    """Orders and invoices that came, of the kinds that the caller may write."""
    rows = services.messages(request.actor)
    return page(rows.filter(state=state) if state else rows, window, sort)


@router.post("xml-messages", response={201: MessageOut})
@asks(MACHINES[Kind.ORDER].edit, MACHINES[Kind.BILL].edit, by="by what the message becomes")
@anyone_signed_in
def create_xml_message(
    request: Call, response: HttpResponse, files: File[list[UploadedFile]], dry_run: Form[bool] = False
) -> dict[str, Any]:
    """Send one XML file: an order becomes a sales order, an invoice a bill. With ``dry_run``, or where it has
    ``problems``, it waits. The same file again, or the same order, makes nothing twice."""
    file = files[0]
    row = services.receive(request.actor, file.name or "", file.read(schema.LARGEST + 1))
    if not dry_run and not services.plan(request.actor, row.pk).problems:
        services.take(request.actor, row.pk)
    response["Location"] = f"/api/v1/xml-messages/{row.pk}"
    return _message(request, row)


@router.get("xml-messages/{int:id}", response=MessageOut)
@anyone_signed_in
def get_xml_message(request: Call, id: Id) -> dict[str, Any]:
    """One message, and what it became or would become."""
    return _message(request, services.messages(request.actor).pick(request.actor, id))


class MessageAct(In):
    verb: Literal["take"]


@router.post("xml-messages/{int:id}/acts", response=MessageOut)
@asks(MACHINES[Kind.ORDER].edit, MACHINES[Kind.BILL].edit, by="by what the message becomes")
@anyone_signed_in
def act_on_xml_message(request: Call, id: Id, body: MessageAct) -> dict[str, Any]:
    """``take`` makes the document of a message that waits; 422 names each problem."""
    services.take(request.actor, id)
    return _message(request, services.messages(request.actor).pick(request.actor, id))


@router.get("xml-messages/{int:id}/answer")
@anyone_signed_in
def get_xml_answer(request: Call, id: Id) -> HttpResponse:
    """The ``OrderResponse`` to an order: accepted or not, our number and totals, and what is wrong."""
    return _xml(services.answer(request.actor, id))


@router.delete("xml-messages/{int:id}", response={204: None})
@asks(MACHINES[Kind.ORDER].edit, MACHINES[Kind.BILL].edit, by="by what the message becomes")
@anyone_signed_in
def forget_xml_message(request: Call, id: Id) -> Status[None]:
    """Throw a message that waits away."""
    services.forget(request.actor, id)
    return Status(204, None)


def _xml(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="application/xml; charset=utf-8")
