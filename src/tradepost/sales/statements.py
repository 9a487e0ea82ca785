"""What a customer owes on a day, as a document of its own: its lines are the open invoices less the open credit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import F, Q

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.kit.errors import Conflict
from tradepost.people.models import Customer
from tradepost.sales.deposits import TAKES
from tradepost.sales.models import Document, Kind
from tradepost.sales.numbers import local_day
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import CREDITS, OWED


def make_statement(actor: Actor, customer_id: int, *, currency: str = "") -> Document:
    """A statement of what is open today in one currency (by default the customer's), the oldest first. ``Conflict``
    where nothing is."""
    actor.require(Permission.INVOICING)
    customer = Customer.objects.pick(actor, customer_id)
    company = Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
    currency, day = currency or customer.currency or company, local_day(actor)
    rows = _open(actor, customer, currency)
    if not rows:
        raise Conflict(f"{customer} owes nothing in {currency}.", cure="Choose another customer or currency.")
    values = {"customer_id": customer.pk, "currency": currency, "billing": rows[-1].billing}
    return save_document(actor, Kind.STATEMENT, values, [_line(row, day) for row in rows])


def _open(actor: Actor, customer: Customer, currency: str) -> list[Document]:
    owed = Q(kind=Kind.INVOICE, status__in=OWED[Kind.INVOICE])
    for kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
        owed |= Q(kind=kind, status__in=CREDITS[kind].states)
    rows = Document.objects.of(actor).filter(
        owed, customer=customer, currency=currency, total__gt=F("applied")
    )
    return list(rows.select_related("source").order_by("date", "pk"))


def _line(row: Document, day: date) -> LineDraft:
    """A credit stands below zero."""
    owed = row.balance if row.kind == Kind.INVOICE else -row.balance
    words = [row.number, row.date.isoformat(), row.po_number]
    if row.source and row.source.kind in TAKES:
        words.append(f"deposit for {row.source.number}")
    if row.kind == Kind.INVOICE and row.due:
        words.append(f"{'overdue since' if row.due < day else 'due'} {row.due.isoformat()}")
    return LineDraft(description=" · ".join(filter(None, words)), unit_price=owed, tax_rate=Decimal(0))
