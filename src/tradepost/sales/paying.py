"""Orders follow the money that comes in for them: deposits, payments of their invoices, credit notes and refunds.

The status is kept, so that lists filter by it; whoever moves money holds the locks of the orders above it (``moving.lock``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from tradepost.kit import clock
from tradepost.sales.financial import ZERO, Financial, Flow, financial_status
from tradepost.sales.following import above
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.state_table import DEAD

MOVES = frozenset({Kind.INVOICE, Kind.PAYMENT, Kind.CREDIT_NOTE, Kind.REFUND})
"""The kinds by which money of a customer moves."""

_HOLDS = ("received", "deposited")  # in which a payment is money
_CREDITS = ("issued", "applied")


def follow(document_ids: Collection[int]) -> None:
    """Bring the orders above these documents to where their money is."""
    orders = Document.objects.filter(pk__in=above(document_ids), kind=Kind.ORDER)
    totals = dict(orders.values_list("pk", "total"))
    flows = flows_of(totals)
    for pk, total in totals.items():
        stale = Document.objects.filter(pk=pk).exclude(
            financial_status=(now := financial_status(total, flows[pk]))
        )
        stale.update(financial_status=now, version=F("version") + 1, updated_at=clock.now())


def status_of(order: Document) -> Financial:
    """Of an order with the total that it has now, stored or not."""
    return financial_status(order.total, flows_of([order.pk])[order.pk] if order.pk else Flow())


def flows_of(
    order_ids: Iterable[int], documents: Any = Document.objects, applications: Any = Application.objects
) -> Mapping[int, Flow]:
    """The money of each of these orders, read in a handful of queries. The managers are a migration's to give."""
    roots = {pk: pk for pk in order_ids}
    came, back, credited = (defaultdict[int, Decimal](Decimal) for _n in range(3))
    money: dict[int, int] = {}  # document → the order whose money it is
    for pk, root, kind, status, total, applied, straight in _below(roots, documents):
        if kind == Kind.INVOICE and status not in DEAD:
            money[pk] = root
        elif kind == Kind.CREDIT_NOTE and status in _CREDITS:
            money[pk] = root
            credited[root] += total
        elif kind == Kind.PAYMENT and status in _HOLDS and straight:
            money[pk] = root
            came[root] += total - applied  # what is applied of it is counted where it went
    moved = applications.filter(Q(payment__in=money) | Q(document__in=money, payment__kind=Kind.PAYMENT))
    names = ("payment_id", "payment__kind", "document_id", "document__kind", "amount")
    for payment, paid_by, document, settles, amount in moved.values_list(*names):
        if settles == Kind.REFUND:
            back[money[payment]] += amount
            came[money[payment]] += amount if paid_by == Kind.PAYMENT else ZERO
        elif document in money and paid_by == Kind.PAYMENT:
            came[money[document]] += amount
    return {pk: Flow(came[pk], back[pk], credited[pk]) for pk in roots}


def keep_all(documents: Any, applications: Any, *, batch: int = 1000) -> None:
    """Keep the status of all orders anew, so many at a time; of those whose documents were not written by our verbs."""
    rows, last = documents.filter(kind=Kind.ORDER), 0
    while found := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "total")[:batch]):
        flows = flows_of([pk for pk, _total in found], documents, applications)
        by_status: dict[Financial, list[int]] = defaultdict(list)
        for pk, total in found:
            by_status[financial_status(total, flows[pk])].append(pk)
        for now, keys in by_status.items():
            documents.filter(pk__in=keys).update(financial_status=now)
        last = found[-1][0]


def _below(
    roots: Mapping[int, int], documents: Any
) -> Iterable[tuple[int, int, str, str, Decimal, Decimal, bool]]:
    """What was made from the orders at any remove, with the order; what another order leads to is its own. The last says whether it
    was made from the order itself."""
    straight = True
    while roots:
        rows = documents.filter(source_id__in=roots, trashed_at=None).exclude(kind=Kind.ORDER)
        following = {}
        for pk, source, *facts in rows.values_list("pk", "source_id", "kind", "status", "total", "applied"):
            following[pk] = roots[source]
            yield pk, roots[source], *facts, straight
        roots, straight = following, False
