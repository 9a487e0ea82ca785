"""Money on documents: payments and credit notes applied to invoices, paid back by refunds.

A payment or credit note may settle several documents, and a document may be settled by several; what is not applied
is the customer's credit. Whoever changes an application holds the locks of both its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import Q, Sum

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales.following import ancestors, settled_state
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.states import Transition

ZERO = Decimal(0)
MONEY = frozenset({Kind.PAYMENT, Kind.REFUND})  # kinds that are an amount and have no lines
CREDITS = {Kind.PAYMENT: ("received", "deposited"), Kind.CREDIT_NOTE: ("issued",)}
OWED = ("issued", "partly_paid")


def state(row: Document) -> str:
    """Where the document stands by what is applied; payments stand where they are."""
    kind = Kind(row.kind)
    return (
        settled_state(kind, row.total, row.applied)
        if kind in (Kind.INVOICE, Kind.CREDIT_NOTE)
        else row.status
    )


def partners(row: Document) -> set[int]:
    """The ids of the documents that this one settles or is settled by."""
    pairs = Application.objects.filter(Q(payment=row) | Q(document=row)).values_list(
        "payment_id", "document_id"
    )
    return {pk for pair in pairs for pk in pair} - {row.pk}


def by_transition(actor: Actor, row: Document, done: Transition) -> list[Document]:
    """What a transition does to money: a credit settles the invoice that it was made for, a refund uses its credit
    up, a voided payment or refund lets go. Returns the documents whose balance changed."""
    kind = Kind(row.kind)
    if done.verb == "void" and kind in MONEY:
        return release(actor, row)
    if kind is Kind.REFUND and done.verb == "pay":
        credit = Document.objects.filter(followers=row).first()
        return put(actor, credit, {row.pk: row.total}) if credit else []
    if kind is Kind.CASH_SALE and done.verb == "complete":
        Document.objects.filter(pk=row.pk).update(applied=row.total)
        return []
    if kind in CREDITS and done.verb in ("receive", "issue"):
        above = Document.objects.filter(pk__in=ancestors(row), kind=Kind.INVOICE, status__in=OWED)
        invoice = above.order_by("-pk").first()
        amount = min(row.total, invoice.balance) if invoice else ZERO
        return put(actor, row, {invoice.pk: amount}) if invoice and amount > 0 else []
    return []


def check(credit: Document, amounts: Mapping[int, Decimal], targets: Mapping[int, Document]) -> None:
    """Pure: whether ``credit`` may settle so much of each document, in all; ``Invalid`` or ``Conflict`` if not."""
    if credit.status not in CREDITS.get(Kind(credit.kind), ()):
        raise Conflict(
            f"{credit.number} holds no money to apply.", cure="Receive the payment or issue the credit first."
        )
    for pk, amount in amounts.items():
        target = targets[pk]
        if target.customer_id != credit.customer_id or target.currency != credit.currency:
            raise Invalid(f"{target.number} is of another customer or currency than {credit.number}.")
        if not (amount.is_finite() and 0 < amount <= target.balance):
            raise Invalid(
                fields={f"amounts.{pk}": f"{amount} does not fit {target.number}: {target.balance} is open."}
            )
        if target.kind != Kind.REFUND and (target.kind != Kind.INVOICE or target.status not in OWED):
            raise Conflict(f"{target.number} is not an invoice that is owed.", cure="Choose an open invoice.")
    if sum(amounts.values(), ZERO) > credit.balance:
        raise Invalid(
            f"{credit.number} has only {credit.balance} left.", cure="Apply less, or to fewer documents."
        )


def put(actor: Actor, credit: Document, amounts: Mapping[int, Decimal]) -> list[Document]:
    """Settle documents with a credit; both ends are locked. Returns them and the credit, as they now are."""
    targets = Document.objects.of(actor).in_bulk(list(amounts))
    check(credit, amounts, targets)
    for pk, amount in amounts.items():
        row, fresh = Application.objects.get_or_create(
            organisation_id=credit.organisation_id,
            payment=credit,
            document=targets[pk],
            defaults={"amount": amount},
        )
        if not fresh:
            row.amount += amount
            row.save(update_fields=["amount"])
        audit.record(actor, "application.put", row)
    return recount([credit.pk, *amounts])


def release(actor: Actor, row: Document, document_id: int | None = None) -> list[Document]:
    """Take back what ``row`` settles (of one document, if named), or is settled by if it is a refund."""
    found = row.settled_by.all() if row.kind == Kind.REFUND else row.applications.all()
    if document_id is not None:
        found = found.filter(document_id=document_id)
    ids = {row.pk}
    for one in found:
        ids |= {one.payment_id, one.document_id}
        audit.record(actor, "application.release", one, audit.snapshot(one), {})
        one.delete()
    return recount(ids)


def recount(ids: Iterable[int]) -> list[Document]:
    """Keep what is applied of each document, and return them as they now are."""
    rows = list(Document.objects.filter(pk__in=list(ids)).order_by("pk"))
    for row in rows:
        its = row.applications if row.kind in CREDITS else row.settled_by
        row.applied = its.aggregate(sum=Sum("amount"))["sum"] or ZERO
        row.version += 1
        row.save(update_fields=["applied", "version", "updated_at"])
    return rows
