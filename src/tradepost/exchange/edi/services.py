"""Verbs of XML messages: receive one, see what it would become, take it, answer it, throw it away.

An order becomes a sales order of its buyer, an invoice a bill of its seller. What does not fit waits, with every problem
named; nothing of it is stored as a document until all of it fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.models import Item
from tradepost.catalog.pricing import per_unit
from tradepost.catalog.units import Units
from tradepost.exchange.edi.messages import (
    Line,
    Paper,
    Party,
    Response,
    Totals,
    paper_of,
    paper_xml,
    response_xml,
)
from tradepost.exchange.edi.naming import named
from tradepost.exchange.edi.out import totals_of
from tradepost.exchange.models import EdiMessage, MessageState
from tradepost.exchange.names import several
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Fault, Invalid
from tradepost.people.models import Customer, TaxStatus, Vendor
from tradepost.sales import services as sales
from tradepost.sales import words
from tradepost.sales.models import Document, Kind
from tradepost.sales.numbers import local_day
from tradepost.sales.services import LineDraft
from tradepost.sales.state_table import MACHINES


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a message from being taken. ``where`` is the element of the file."""

    where: str
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause} {self.cure}".strip()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a message would become. ``document``: what was made of the same number of the same sender before.
    ``notes``: what differs from ours and does no harm. ``totals``: ours, where it can be computed."""

    paper: Paper
    kind: Kind
    party: Customer | Vendor | None
    values: Mapping[str, Any]
    drafts: tuple[LineDraft, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    document: Document | None = None
    totals: Totals | None = None


_KINDS = (Kind.ORDER, Kind.BILL)


def messages(actor: Actor) -> ScopedQuerySet[EdiMessage]:
    """Those of the kinds that the actor may write himself, the newest first."""
    kinds = [kind for kind in _KINDS if actor.may(MACHINES[kind].edit)]
    rows = EdiMessage.objects.of(actor).filter(kind__in=kinds).order_by("-pk")
    return rows.select_related("document", "user")


def kind_of(paper: Paper) -> Kind:
    return Kind.BILL if paper.invoice else Kind.ORDER


def receive(actor: Actor, name: str, data: bytes) -> EdiMessage:
    """Keep a file that follows the schema. The same file again is the same message.

    Raises ``NotXml`` and ``NotByTheSchema`` with line and element.
    """
    paper = paper_of(data)
    actor.require(MACHINES[kind_of(paper)].edit)
    digest = sha256(data).hexdigest()
    found = EdiMessage.objects.of(actor).filter(digest=digest).first()
    if found is not None:
        return found
    row = EdiMessage(
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        name=(name.rpartition("/")[2] or "order.xml")[:200],
        kind=kind_of(paper),
        number=paper.id,
        sender_name=paper.sender.name,
        digest=digest,
        content=paper_xml(paper).decode(),  # in UTF-8, whatever the file was written in
    )
    try:
        with transaction.atomic():
            row.save()
            audit.record(actor, "edi.receive", row, {}, {"number": row.number, "sender": row.sender_name})
    except IntegrityError:  # the same file at the same moment
        return EdiMessage.objects.of(actor).get(digest=digest)
    return row


def plan(actor: Actor, message_id: int) -> Plan:
    """The dry run: what the message would become now. Nothing is changed."""
    return _plan(actor, messages(actor).pick(actor, message_id))


def take(actor: Actor, message_id: int) -> Document:
    """Make the document of a message. Twice, or by two at once, it is made once: a second file of the same sender and
    number gives the document of the first if it says the same, else ``Conflict``. ``Invalid`` names what does not fit.
    """
    with transaction.atomic():
        row = EdiMessage.objects.pick_for_change(actor, message_id)
        kind = Kind(row.kind)
        actor.require(MACHINES[kind].edit)
        if row.document is not None:
            return row.document
        found = _plan(actor, row, lock=True)
        if found.document is not None:
            return found.document
        if found.problems or found.party is None:
            told = {problem.where: f"{problem.cause} {problem.cure}".strip() for problem in found.problems}
            raise Invalid(str(found.problems[0]), fields=told)
        made = sales.save_document(actor, kind, dict(found.values), found.drafts)
        row.state, row.document, row.sender, row.taken_at = (
            MessageState.TAKEN,
            made,
            found.party.pk,
            clock.now(),
        )
        row.save(update_fields=["state", "document", "sender", "taken_at"])
        audit.record(actor, "edi.take", row, {}, {"number": row.number, "document": made.number})
    return made


def forget(actor: Actor, message_id: int) -> None:
    """Throw a message away that waits. One that was taken stays, so that it is not taken twice."""
    with transaction.atomic():
        row = EdiMessage.objects.pick_for_change(actor, message_id)
        actor.require(MACHINES[Kind(row.kind)].edit)
        if row.state != MessageState.WAITING:
            raise Conflict(_("The message was taken."), cure=_("Cancel the document that was made of it."))
        audit.record(actor, "edi.forget", row, {"number": row.number, "sender": row.sender_name}, {})
        row.delete()


def answer(actor: Actor, message_id: int) -> bytes:
    """The ``OrderResponse`` to an order: accepted with our number and totals, or not, with what is wrong."""
    row = messages(actor).pick(actor, message_id)
    if row.kind != Kind.ORDER:
        raise Conflict(_("An invoice is not answered."), cure=_("Orders are."))
    found = _plan(actor, row)
    made = row.document or found.document
    day = local_day(actor)
    return response_xml(
        Response(
            id=f"R-{row.pk}",
            date=day,
            accepted=made is not None and made.status != "cancelled",
            order=row.number,
            currency=made.currency if made else found.paper.currency,
            buyer=found.paper.buyer,
            seller=Party(_company(actor)),
            sales_order=made.number if made else "",
            notes=(*(str(problem) for problem in found.problems), *found.notes),
            totals=totals_of(made) if made else None,
        )
    )


# --- what a message would become ------------------------------------------------------------------------------------


def _plan(actor: Actor, row: EdiMessage, *, lock: bool = False) -> Plan:
    paper = paper_of(row.content.encode())
    kind = kind_of(paper)
    party, problems = _sender(actor, paper, lock)
    drafts, wrong, notes = _drafts(actor, paper, party)
    values = _values(paper, party)
    found = Plan(paper, kind, party, values, drafts, (*problems, *wrong), (*_addressed(actor, paper), *notes))
    if party is not None and (before := _before(actor, row, kind, party)) is not None:
        return _repeated(found, paper, before)
    return found if found.problems else _computed(actor, found)


def _before(actor: Actor, row: EdiMessage, kind: Kind, party: Customer | Vendor) -> EdiMessage | None:
    rows = EdiMessage.objects.of(actor).filter(kind=kind, number=row.number, sender=party.pk)
    return rows.filter(state=MessageState.TAKEN).select_related("document").first()


def _repeated(found: Plan, paper: Paper, before: EdiMessage) -> Plan:
    if paper_of(before.content.encode()) == paper:
        return replace(found, document=before.document, problems=())
    made = before.document.number if before.document else ""
    problem = Problem(
        "ID",
        _("{sender} sent {number} before, saying something else; it is {made}.").format(
            sender=before.sender_name, number=before.number, made=made
        ),
        _("Change {made} by hand, or ask for a new number.").format(made=made),
    )
    return replace(found, problems=(problem, *found.problems))


def _computed(actor: Actor, found: Plan) -> Plan:
    """With the totals that it would have here, and a note where the sender comes to another."""
    try:
        row, _lines = sales.preview(actor, dict(found.values), found.drafts, found.kind)
    except Fault as fault:
        return replace(found, problems=(Problem(found.paper.id, fault.cause, fault.cure),))
    totals, theirs = totals_of(row), found.paper.totals
    notes = found.notes
    if theirs is not None and theirs.total != totals.total:
        notes = (
            *notes,
            _("The file comes to {theirs} {currency}, the {kind} to {ours}.").format(
                theirs=theirs.total,
                currency=row.currency,
                kind=words.kind(found.kind),
                ours=totals.total,
            ),
        )
    return replace(found, totals=totals, notes=notes)


def _values(paper: Paper, party: Customer | Vendor | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "po_number": paper.id,
        "date": paper.date,
        "currency": paper.currency,
        "discount_percent": paper.discount_percent,
        "freight": paper.freight,
        "memo": paper.note,
        "prices_include_tax": paper.tax_included,
    }
    if (percent := paper.freight_tax_percent) is not None:
        values |= {"freight_taxable": bool(percent), "freight_tax_rate": percent}
    if paper.terms:
        values["terms"] = paper.terms
    if paper.delivery:
        values["shipping"] = dict(paper.delivery)
    if paper.invoice:
        return values | {"vendor_id": party.pk if party else None, "due": paper.due}
    taxable = isinstance(party, Customer) and party.tax_status == TaxStatus.TAXABLE
    if taxable and any(line.tax_percent is not None for line in paper.lines):
        values["tax_code_id"] = None  # the rates of its lines hold
    address = dict(paper.buyer.address)
    values |= {"billing": address} if address else {}
    return values | {
        "customer_id": party.pk if party else None,
        "promised": paper.requested,
        "channel": "EDI",
    }


def _addressed(actor: Actor, paper: Paper) -> list[str]:
    to, us = paper.buyer if paper.invoice else paper.seller, _company(actor)
    return (
        []
        if to.name.casefold() == us.casefold()
        else [_("The file is addressed to {to}.").format(to=to.name)]
    )


def _company(actor: Actor) -> str:
    return Organisation.objects.values_list("name", flat=True).get(pk=actor.organisation_id)


def _sender(actor: Actor, paper: Paper, lock: bool) -> tuple[Customer | Vendor | None, list[Problem]]:
    """By its number with us, else by its one name. Locked, so that two files of one sender are taken one by one."""
    model: Any = Vendor if paper.invoice else Customer
    sender, what = paper.sender, "vendor" if paper.invoice else "customer"
    where = "SellerSupplierParty" if paper.invoice else "BuyerCustomerParty"
    rows = model.objects.of(actor).filter(trashed_at=None)
    found = list(rows.filter(number=sender.id)[:1]) if sender.id else []
    found = found or list(rows.filter(name__iexact=sender.name)[:2])
    if len(found) > 1:
        cure = _("Send its number with us as {where}/ID.").format(where=where)
        return None, [
            Problem(
                where,
                _("There are several {kinds} called “{sender}”.").format(
                    kinds=several(what), sender=sender.name
                ),
                cure,
            )
        ]
    if not found:
        sentence = (
            _("There is no {what} with the number “{number}” or name “{name}”.")
            if sender.id
            else _("There is no {what} with the name “{name}”.")
        )
        noun = _(what)
        cure = _("Make the {what}, or correct its number or name, and try again.").format(what=noun)
        return None, [Problem(where, sentence.format(what=noun, number=sender.id, name=sender.name), cure)]
    if lock:
        model.objects.pick_for_change(actor, found[0].pk)
    return found[0], []


def _drafts(
    actor: Actor, paper: Paper, party: Customer | Vendor | None
) -> tuple[tuple[LineDraft, ...], list[Problem], list[str]]:
    items = named(actor, paper, party)
    units = Units(item for item, _unit in items if item)
    drafts, problems, notes = [], [], []
    for n, (line, (item, unit)) in enumerate(zip(paper.lines, items, strict=True), 1):
        where = f"{'InvoiceLine' if paper.invoice else 'OrderLine'} {n}"
        code = line.buyers or line.sellers or line.barcode
        if item is None and (code or not line.name):
            cause = (
                _("There is no item “{named}”.").format(named=code) if code else _("The line names no item.")
            )
            problems.append(
                Problem(
                    where, cause, _("Make the item, or add its barcode or vendor's number, and try again.")
                )
            )
            continue
        if not paper.invoice and line.quantity <= 0:
            problems.append(
                Problem(where, _("The quantity is not above zero."), _("Returns are not ordered."))
            )
        if item is not None and not paper.invoice and line.price is not None:
            packed = units.of(item, unit)
            ours = per_unit(item.price, packed.factor) if packed else item.price
            if line.price != ours:
                notes.append(
                    _("Line {n}: {sku} is ordered at {price}; its price here is {ours}.").format(
                        n=n, sku=item.sku, price=_price(line.price), ours=_price(ours)
                    )
                )
        drafts.append(_draft(line, item, unit))
    return tuple(drafts), problems, notes


def _price(value: Decimal) -> str:
    """With two decimals, or as many as it has."""
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


def _draft(line: Line, item: Item | None, unit: str) -> LineDraft:
    return LineDraft(
        item_id=item.pk if item else None,
        description=line.name or None,
        quantity=line.quantity,
        unit_price=line.price,
        discount_percent=line.discount_percent,
        tax_rate=line.tax_percent,
        unit=unit or None,
    )
