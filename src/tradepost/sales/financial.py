"""How far an order is paid (C17), whatever its goods do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import pgettext_lazy

ZERO = Decimal(0)


class Financial(models.TextChoices):
    UNPAID = "unpaid", pgettext_lazy("state of a document", "Unpaid")
    PARTLY_PAID = "partly_paid", pgettext_lazy("state of a document", "Partly paid")
    PAID = "paid", pgettext_lazy("state of a document", "Paid")
    REFUNDED = "refunded", pgettext_lazy("state of a document", "Refunded")


@dataclass(frozen=True, slots=True)
class Flow:
    """The money of one order: what ``came`` for it, as deposits or for its invoices, what of that went ``back`` by refunds, and what
    was ``credited``, which nobody owes any more."""

    came: Decimal = ZERO
    back: Decimal = ZERO
    credited: Decimal = ZERO


def financial_status(total: Decimal, flow: Flow) -> Financial:
    """Refunded is what was paid and is all back; an order of which nothing is owed is paid."""
    kept = flow.came - flow.back
    if flow.back > 0 and kept <= 0:
        return Financial.REFUNDED
    if kept >= total - flow.credited:
        return Financial.PAID
    return Financial.PARTLY_PAID if kept > 0 else Financial.UNPAID
