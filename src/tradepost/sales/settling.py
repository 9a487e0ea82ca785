"""Money on documents: payments and credits applied to invoices and bills, paid back by refunds.

A payment or credit may settle several documents, and a document may be settled by several; what is not applied is the
customer's credit, or ours with a vendor. Whoever changes an application holds the locks of both its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales import words
from tradepost.sales.currencies import value_application
from tradepost.sales.deposits import debts, paid_ahead
from tradepost.sales.following import ancestors, settled_state
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.state_table import AT_ONCE
from tradepost.sales.states import Transition

ZERO = Decimal(0)
REFUNDS: Mapping[Kind, str] = {Kind.REFUND: "pay", Kind.VENDOR_REFUND: "receive"}
"""The kinds that give a credit back, with the verb by which the money moves."""
MONEY = frozenset({Kind.PAYMENT, Kind.BILL_PAYMENT, *REFUNDS})  # kinds that are an amount, without lines


@dataclass(frozen=True, slots=True)
class Credit:
    """A kind that settles documents of the kind ``owed``, while it stands in one of these states. One made for a
    document settles it with the verb ``begins``."""

    owed: Kind
    states: tuple[str, ...]
    begins: str


CREDITS: Mapping[Kind, Credit] = {
    Kind.PAYMENT: Credit(Kind.INVOICE, ("received", "deposited"), "receive"),
    Kind.CREDIT_NOTE: Credit(Kind.INVOICE, ("issued",), "issue"),
    Kind.BILL_PAYMENT: Credit(Kind.BILL, ("paid",), "pay"),
    Kind.VENDOR_CREDIT: Credit(Kind.BILL, ("approved",), "approve"),
}
OWED: Mapping[Kind, tuple[str, ...]] = {
    Kind.INVOICE: ("issued", "partly_paid"),
    Kind.BILL: ("approved", "partly_paid"),
}
SETTLE = frozenset({*CREDITS, *OWED, *MONEY})
"""The kinds that settle others or are settled."""


def state(row: Document) -> str:
    """Where the document stands by what is applied; payments stand where they are."""
    return settled_state(Kind(row.kind), row.total, row.applied) or row.status


def partners(row: Document) -> set[int]:
    """The ids of the documents that this one settles or is settled by."""
    if row.kind not in SETTLE:
        return set()
    pairs = Application.objects.filter(Q(payment=row) | Q(document=row)).values_list(
        "payment_id", "document_id"
    )
    return {pk for pair in pairs for pk in pair} - {row.pk}


def by_transition(actor: Actor, row: Document, done: Transition) -> list[Document]:
    """What a transition does to money: a credit settles what it was made for, a refund uses its credit up, a voided
    payment or refund lets go. Returns the documents whose balance changed."""
    kind = Kind(row.kind)
    if done.verb == "void" and kind in MONEY:
        return release(actor, row)
    if REFUNDS.get(kind) == done.verb:
        credit = Document.objects.filter(followers=row).first()
        return put(actor, credit, {row.pk: row.total}) if credit else []
    if kind in AT_ONCE and done.verb == "complete":
        Document.objects.filter(pk=row.pk).update(applied=row.total)
        return []
    if kind in CREDITS and done.verb == CREDITS[kind].begins:
        owed = CREDITS[kind].owed
        above = Q(pk__in=ancestors(row), kind=owed) | debts(row)
        rows = Document.objects.filter(above, status__in=OWED[owed]).order_by("pk")
        return _spread(actor, row, list(rows))
    if kind in OWED and done.target == OWED[kind][0]:
        return _draw(actor, row)
    return []


def _spread(actor: Actor, credit: Document, debts: Sequence[Document]) -> list[Document]:
    """Settle documents in their order, as far as the credit goes; those of another party or currency since are left."""
    amounts, free = {}, credit.balance
    for debt in debts:
        if _account(debt) == _account(credit) and (amount := min(free, debt.balance)) > 0:
            amounts[debt.pk] = amount
            free -= amount
    return put(actor, credit, amounts) if amounts else []


def _draw(actor: Actor, debt: Document) -> list[Document]:
    """Settle an invoice or bill with what was paid ahead for its order, the oldest first."""
    changed: dict[int, Document] = {}
    for credit in Document.objects.filter(paid_ahead(debt)).order_by("pk"):
        debt.refresh_from_db()
        if credit.status in CREDITS[Kind(credit.kind)].states:
            changed |= {row.pk: row for row in _spread(actor, credit, [debt])}
    return list(changed.values())


def check(credit: Document, amounts: Mapping[int, Decimal], targets: Mapping[int, Document]) -> None:
    """Pure: whether ``credit`` may settle so much of each document, in all; ``Invalid`` or ``Conflict`` if not."""
    how = CREDITS.get(Kind(credit.kind))
    if how is None or credit.status not in how.states:
        raise Conflict(
            _("{number} holds no money to apply.").format(number=credit.number),
            cure=_("Receive the payment or issue the credit first."),
        )
    for pk, amount in amounts.items():
        target = targets[pk]
        if _account(target) != _account(credit):
            sentence = (
                _("{number} is of another vendor or currency than {credit}.")
                if credit.vendor_id
                else _("{number} is of another customer or currency than {credit}.")
            )
            raise Invalid(sentence.format(number=target.number, credit=credit.number))
        if target.kind not in REFUNDS and (target.kind != how.owed or target.status not in OWED[how.owed]):
            owed = words.kind(how.owed)
            raise Conflict(
                _("{number} is no {kind} that is owed.").format(number=target.number, kind=owed),
                cure=_("Choose one {kind} that is owed.").format(kind=owed),
            )
        if not (amount.is_finite() and 0 < amount <= target.balance):
            raise Invalid(
                fields={
                    f"amounts.{pk}": _("{amount} does not fit {number}: {balance} is open.").format(
                        amount=amount, number=target.number, balance=target.balance
                    )
                }
            )
    if sum(amounts.values(), ZERO) > credit.balance:
        raise Invalid(
            _("{number} has only {balance} left.").format(number=credit.number, balance=credit.balance),
            cure=_("Apply less, or to fewer documents."),
        )


def _account(row: Document) -> tuple[int | None, int | None, str]:
    return row.customer_id, row.vendor_id, row.currency


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
        value_application(row, amount)
        audit.record(actor, "application.put", row)
    return recount([credit.pk, *amounts])


def release(actor: Actor, row: Document, document_id: int | None = None) -> list[Document]:
    """Take back what ``row`` settles (of one document, if named), or is settled by if it is a refund."""
    found = row.settled_by.all() if row.kind in REFUNDS else row.applications.all()
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
