"""Verbs on money: apply a payment or credit note, take it back, and the terms by which invoices fall due."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.sales import lists, paying, settling
from tradepost.sales.following import above
from tradepost.sales.models import Document, Kind, Terms
from tradepost.sales.moving import follow_money
from tradepost.sales.state_table import MACHINES


def apply_credit(actor: Actor, credit_id: int, amounts: Mapping[int, Decimal]) -> Document:
    """Settle several invoices (of a vendor: bills) with one payment or credit, as id → amount. What is left is
    credit."""
    _require(actor, credit_id)
    if not amounts:
        raise Invalid(fields={"amounts": _("Choose an invoice and an amount.")})
    with transaction.atomic():
        rows = _locked(actor, credit_id, amounts)
        for row in settling.put(actor, rows[credit_id], amounts):
            follow_money(actor, row)
        paying.follow(rows)
    return Document.objects.pick(actor, credit_id)


def unapply(actor: Actor, credit_id: int, document_id: int) -> Document:
    """Take a payment or credit off an invoice or bill; it is credit again."""
    _require(actor, credit_id)
    with transaction.atomic():
        rows = _locked(actor, credit_id, [document_id])
        if rows[document_id].kind in settling.REFUNDS:
            raise Conflict(_("A refund is paid back money."), cure=_("Void the refund instead."))
        if not rows[credit_id].applications.filter(document_id=document_id).exists():
            raise Missing(_("application"))
        for row in settling.release(actor, rows[credit_id], document_id):
            follow_money(actor, row)
        paying.follow(rows)
    return Document.objects.pick(actor, credit_id)


def _require(actor: Actor, credit_id: int) -> None:
    """Who may write the kind may apply it."""
    actor.require(MACHINES[Kind(Document.objects.pick(actor, credit_id).kind)].edit)


def _locked(actor: Actor, credit_id: int, others: Any) -> dict[int, Document]:
    """Both ends, locked in the order of their age, so that two of these never wait for each other; with the orders above them,
    which follow."""
    wanted = {credit_id, *others}
    known = Document.objects.of(actor).filter(pk__in=above(wanted))
    list(known.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    rows = Document.objects.of(actor).filter(pk__in=wanted)
    found = {row.pk: row for row in rows}
    if wanted - found.keys():
        raise Missing(_("document"))
    return found


def credit_of(actor: Actor, customer_id: int) -> dict[str, Decimal]:
    """What a customer has paid or been credited and not used up, by currency."""
    actor.require(Permission.SALES_VIEW)
    states = [state for credit in settling.CREDITS.values() for state in credit.states]
    rows = Document.objects.of(actor).filter(
        customer_id=customer_id, kind__in=settling.CREDITS, status__in=states, total__gt=F("applied")
    )
    sums = rows.values_list("currency").annotate(Sum("total"), Sum("applied")).order_by("currency")
    return {currency: total - applied for currency, total, applied in sums}


def save_terms(
    actor: Actor, values: dict[str, Any], *, terms_id: int | None = None, version: int | None = None
) -> Terms:
    """Create or change terms: a name, their type (``receivable`` or ``cash``) and the days until due."""
    row = lists.save(actor, "terms", values, pk=terms_id, version=version)
    assert isinstance(row, Terms)
    return row
