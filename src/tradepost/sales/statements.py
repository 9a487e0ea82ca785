"""What a customer owes on a day, as a document of its own: its lines are the open invoices less the open credit, and it
bears no tax, for the invoices did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import F, Q

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.kit.errors import Conflict
from tradepost.people.models import Customer
from tradepost.sales.deposits import TAKES
from tradepost.sales.models import Document, Kind
from tradepost.sales.numbers import local_day
from tradepost.sales.services import MAX_LINES, LineDraft, save_document
from tradepost.sales.settling import CREDITS, OWED


def make_statement(actor: Actor, customer_id: int, *, currency: str = "") -> Document:
    """A statement of what is open today in one currency (by default the customer's), the oldest first; what is more than a
    document holds is one balance before them. ``Conflict`` where nothing is, with the currencies in which something is."""
    actor.require(Permission.INVOICING)
    customer = Customer.objects.pick(actor, customer_id)
    company = Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
    currency, day = currency.strip().upper() or customer.currency or company, local_day(actor)
    rows = list(
        _open(actor, customer).filter(currency=currency).select_related("source").order_by("date", "pk")
    )
    if not rows:
        others = ", ".join(sorted(set(_open(actor, customer).values_list("currency", flat=True))))
        cure = f"Something is open in {others}: choose that." if others else "Choose another customer."
        raise Conflict(f"{customer} owes nothing in {currency}.", cure=cure)
    values = {"customer_id": customer.pk, "currency": currency, "billing": rows[-1].billing}
    return save_document(actor, Kind.STATEMENT, values, _lines(rows, day))


def _open(actor: Actor, customer: Customer) -> ScopedQuerySet[Document]:
    """What is open of a customer, in every currency."""
    owed = Q(kind=Kind.INVOICE, status__in=OWED[Kind.INVOICE])
    for kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
        owed |= Q(kind=kind, status__in=CREDITS[kind].states)
    return Document.objects.of(actor).filter(owed, customer=customer, total__gt=F("applied"))


def _lines(rows: Sequence[Document], day: date) -> list[LineDraft]:
    """A line each; of more than fit, the oldest together."""
    if len(rows) <= MAX_LINES:
        return [_line(row, day) for row in rows]
    older, shown = rows[: 1 - MAX_LINES], rows[1 - MAX_LINES :]
    words = f"{len(older)} documents until {older[-1].date.isoformat()}"
    return [_draft(words, sum(map(_owed, older), Decimal(0))), *(_line(row, day) for row in shown)]


def _owed(row: Document) -> Decimal:
    """A credit stands below zero."""
    return row.balance if row.kind == Kind.INVOICE else -row.balance


def _draft(words: str, owed: Decimal) -> LineDraft:
    return LineDraft(description=words, unit_price=owed, tax_rate=Decimal(0), taxable=False)


def _line(row: Document, day: date) -> LineDraft:
    words = [row.number, row.date.isoformat(), row.po_number]
    if row.source and row.source.kind in TAKES:
        words.append(f"deposit for {row.source.number}")
    if row.kind == Kind.INVOICE and row.due:
        words.append(f"{'overdue since' if row.due < day else 'due'} {row.due.isoformat()}")
    return _draft(" · ".join(filter(None, words)), _owed(row))
