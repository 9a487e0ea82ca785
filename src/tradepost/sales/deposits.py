"""Deposits: money for an order before its invoice. A payment that was made from an order settles the order's invoices by
itself, as they are issued or as it comes in; until then it is the customer's credit. Of purchases likewise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.money import Money, exponent
from tradepost.sales.following import FULFILMENTS, ancestors, descendants
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.state_table import DEAD

ZERO = Decimal(0)
PAID_BY = {Kind.ORDER: Kind.PAYMENT, Kind.PURCHASE_ORDER: Kind.BILL_PAYMENT}
TAKES = frozenset(PAID_BY)
"""The kinds for which a deposit is asked."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Of an order: what is asked, what was made as payments, what of those came in, both less what was paid back, and what may
    still be paid ahead (neither paid so nor invoiced)."""

    asked: Decimal
    made: Decimal
    received: Decimal
    rest: Decimal

    @property
    def due(self) -> Decimal:
        return max(ZERO, self.asked - self.received)

    @property
    def proposed(self) -> Decimal:
        """What the next payment is over: what is asked and not made yet, else all that may be."""
        missing = self.asked - self.made
        return min(missing, self.rest) if missing > 0 else self.rest


def deposit_of(order: Document, settling_states: Sequence[str]) -> Deposit:
    """``settling_states``: in which a payment holds money."""
    kind = Kind(order.kind)
    payments = [row for row in order.followers.all() if row.kind == PAID_BY[kind] and row.status not in DEAD]
    invoices = Document.objects.filter(pk__in=descendants(order), kind=FULFILMENTS[kind].invoiced)
    back = _paid_back(payments)
    made = sum((row.total for row in payments), ZERO) - back
    used = sum(invoices.exclude(status__in=DEAD).values_list("total", flat=True), ZERO)
    return Deposit(
        asked=asked(order),
        made=made,
        received=sum((row.total for row in payments if row.status in settling_states), ZERO) - back,
        rest=max(ZERO, order.total - max(made, used)),
    )


def _paid_back(payments: Sequence[Document]) -> Decimal:
    """What refunds gave back of these."""
    if not payments:
        return ZERO
    given = Application.objects.filter(
        payment__in=payments, document__kind__in=(Kind.REFUND, Kind.VENDOR_REFUND)
    )
    return given.aggregate(sum=Sum("amount"))["sum"] or ZERO


def asked(order: Document) -> Decimal:
    """The deposit that an order asks: its amount, else its percent of the total; never more than that, to which the lines
    may have come down since."""
    share = Money(order.total * Decimal(order.deposit_percent) / 100, order.currency).round().amount
    return min(Decimal(order.deposit) or share, max(ZERO, order.total))


def check(order: Document, values: Mapping[str, object]) -> None:
    """``Invalid`` where the ``values`` ask a deposit above the total, or one that cannot be paid in its currency."""
    places = exponent(order.currency)
    if values.keys() & {"deposit", "currency"} and order.deposit != round(order.deposit, places):
        sentence = _("A deposit in {currency} has at most {places} decimals.")
        raise Invalid(fields={"deposit": sentence.format(currency=order.currency, places=places)})
    if "deposit" in values and order.deposit > max(ZERO, order.total):
        total = Money(order.total, order.currency).round().amount
        raise Invalid(
            fields={"deposit": _("A deposit is at most the total, which is {total}.").format(total=total)}
        )


def paid_ahead(invoice: Document) -> Q:
    """The payments that were made from the orders above an invoice or bill."""
    return Q(source__in=ancestors(invoice), source__kind__in=TAKES, kind__in=PAID_BY.values())


def debts(payment: Document) -> Q:
    """The invoices or bills of the order that a payment was made from."""
    order = payment.source
    if order is None or order.kind not in TAKES:
        return Q(pk__in=())
    return Q(pk__in=descendants(order), kind=FULFILMENTS[Kind(order.kind)].invoiced)
