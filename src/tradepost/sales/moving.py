"""Move a document through its states, and the documents that follow with it.

A verb locks the document and those it was made from, the oldest first, so that two people who act on one order stand
in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.catalog.ledger import Key
from tradepost.catalog.models import StockMove
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Customer
from tradepost.people.rules import Standing, credit_stop
from tradepost.sales import by_hand, dropping, goods, paying, returned, settling, sights, states
from tradepost.sales.buyers import now_buys
from tradepost.sales.currencies import company_currency, worth
from tradepost.sales.days import days_in
from tradepost.sales.deposits import TAKES, debts, paid_ahead
from tradepost.sales.following import FULFILMENTS, above, ancestors, order_state, uses
from tradepost.sales.models import Document, Kind, Terms
from tradepost.sales.state_table import DEAD

# By verb, the movements of stock that it takes back.
_HAD: Mapping[str, Callable[[Actor, int], list[StockMove]]] = {
    "reopen": by_hand.let_go,
    "take_back": goods.brought_back,
}


def move(
    actor: Actor, document_id: int, verb: str, reason: str = "", *, version: int | None = None
) -> Document:
    """Do one verb of the state table: confirm, hold, release, ship, issue, cancel, … ``hold`` needs a ``reason``.

    What was made from, or is settled by, the document follows in the same transaction. What the orders
    that waited got of what is taken back by it, they give back first.
    """
    with transaction.atomic():
        had = _HAD[verb](actor, document_id) if verb in _HAD else []
        others = by_hand.that_waited(actor, had)
        row = lock(actor, document_id, version, besides=others)
        done = states.require(Kind(row.kind), row.status, verb, facts(row))
        actor.require(done.permission)
        if verb == "hold" and not reason.strip():
            raise Invalid(fields={"reason": _("Say why it is put on hold.")})

        def act() -> None:
            enter(actor, row, done, reason)
            if (row.kind, done.verb) == (Kind.RMA, "take_back"):
                returned.take_back(actor, row)

        if others:
            orders = list(Document.objects.filter(pk__in=others).order_by("pk"))
            by_hand.give_back(actor, had, orders, act, _promised(actor, row, done))
        else:
            act()
        settled = settling.by_transition(actor, row, done)
        for one in settled:
            follow_money(actor, one)
        if row.kind in paying.MOVES:
            paying.follow([row.pk, *(one.pk for one in settled)])
        follow_goods(actor, row)
        if (row.kind, done.verb) == (Kind.RMA, "receive"):
            returned.take_rest(actor, row)
        if row.kind == Kind.RECEIPT:
            _follow_dropped(actor, row, done.verb)
        row.refresh_from_db()
    return row


def lock(
    actor: Actor,
    document_id: int,
    version: int | None = None,
    kind: Kind | None = None,
    besides: Collection[int] = (),
) -> Document:
    """The document, locked with those it was made from, those that it settles and those ``besides``, in the order of their age."""
    conditions = {"kind": kind} if kind else {}
    row = Document.objects.pick(actor, document_id, **conditions)
    family = Q(pk__in=[*ancestors(row), row.pk]) | Q(pk__in=settling.partners(row))
    if row.kind in settling.OWED:
        family |= paid_ahead(row)
    elif row.kind in settling.CREDITS:
        family |= debts(row)
    keys: Collection[int] = list(Document.objects.of(actor).filter(family).values_list("pk", flat=True))
    if row.kind in paying.MOVES:
        keys = above(keys)  # their orders follow
    list(
        Document.objects.filter(pk__in={*keys, *besides}).order_by("pk").select_for_update().values_list("pk")
    )
    return Document.objects.pick_for_change(actor, document_id, version)


def facts(row: Document) -> states.Facts:
    """What the guards of the state table look at, for one document."""
    holds = Document.objects.filter(pk__in=ancestors(row)).exclude(hold_reason="")
    vendor = (
        _("{name} is on hold").format(name=row.customer_name)
        if row.vendor and row.vendor.status == "hold"
        else ""
    )
    return states.Facts(
        hold=row.hold_reason or holds.values_list("hold_reason", flat=True).first() or vendor,
        lines=len(row.lines.all()),
        followers=_followers(row),
        paid=bool(row.applied),
        priced=row.total > 0,
        credit=_credit(row, _supplied(row)),
    )


def _followers(row: Document) -> int:
    """How many documents follow; the ship docs that a receipt made by itself go with it (``_follow_dropped``), a
    deposit stays as credit, and a vendor who was asked binds nobody."""
    beside = {
        Kind.PURCHASE_QUOTE,
        *(settling.MONEY if row.kind in TAKES else ()),
        *((Kind.SHIPMENT,) if row.kind == Kind.RECEIPT else ()),
    }
    return sum(one.status not in DEAD and one.kind not in beside for one in row.followers.all())


def _supplied(row: Document) -> Customer | None:
    """To whom goods go by a document: of a ship doc its customer; of a purchase order for drop shipment that of its order."""
    if row.kind == Kind.PURCHASE_ORDER and any(line.drop_ship for line in row.lines.all()):
        orders = Document.objects.filter(pk__in=ancestors(row), kind=Kind.ORDER).select_related("customer")
        return next((order.customer for order in orders), None)
    return row.customer if row.kind == Kind.SHIPMENT else None


def _credit(row: Document, customer: Customer | None) -> str:
    """Why nothing goes out to a customer: a hold, or open invoices above the limit. Those of every currency count, each at its
    own rate."""
    if customer is None or (not customer.credit_hold and customer.credit_limit is None):
        return ""
    company, owed, unvalued = company_currency(row.organisation_id), Decimal(0), ""
    unpaid = Document.objects.filter(
        customer=customer, kind=Kind.INVOICE, status__in=("issued", "partly_paid")
    )
    for one in unpaid.only("number", "currency", "exchange_rate", "total", "applied").order_by("pk"):
        value = worth(one.balance, one.currency, one.exchange_rate, company)
        owed += value or Decimal(0)
        unvalued = unvalued or ("" if value is not None else one.number)
    held = Standing(
        customer.name, customer.credit_limit, customer.credit_hold, customer.credit_reason, owed, unvalued
    )
    return credit_stop(held)


def enter(actor: Actor, row: Document, done: states.Transition, reason: str = "") -> None:
    """Store the new state of a locked document, and move the goods that go with it."""
    kind, before = Kind(row.kind), audit.snapshot(row)
    if not states.editable(kind, row.status) and states.editable(kind, done.target):
        sights.keep(
            actor, row, sights.stand(row, row.lines.all(), paper=True)
        )  # as it was known outside the house
    if done.verb == "send":
        row.left_house, row.seen_in_mail = True, None
    row.status, row.version = done.target, row.version + 1
    if done.verb in ("hold", "release"):
        row.hold_reason = reason.strip()[:200] if done.verb == "hold" else ""
    if row.due is None and kind in settling.OWED and done.target == settling.OWED[kind][0]:
        row.due = row.date + timedelta(days=_days(row))
    row.save(
        update_fields=["status", "hold_reason", "due", "left_house", "seen_in_mail", "version", "updated_at"]
    )
    audit.record(actor, f"{kind}.{done.verb}", row, before)
    now_buys(actor, row)
    goods.move(actor, row, done)
    if not states.follows(kind, done.verb):
        goods.hold(actor, row)


def _promised(actor: Actor, row: Document, done: states.Transition) -> set[Key]:
    """What of the stock a document locks as it enters its new state."""
    entered = copy(row)
    entered.status = done.target
    return goods.promised(actor, entered) if row.kind in FULFILMENTS else set()


def follow_goods(actor: Actor, row: Document) -> None:
    """Bring the order above a ship doc, or the purchase order above a receipt, to where its goods are."""
    above = [kind for kind, how in FULFILMENTS.items() if how.kind == row.kind]
    for order in Document.objects.filter(pk__in=ancestors(row), kind__in=above):
        kind, ordered = Kind(order.kind), dict(order.lines.values_list("pk", "quantity"))
        _follow(actor, order, order_state(kind, ordered, uses(ordered)))
        goods.hold(actor, order)


def _follow_dropped(actor: Actor, receipt: Document, verb: str) -> None:
    """What a vendor sent to our customer ships the customer's order; a receipt that is voided takes that back."""
    if verb == "receive":
        made = dropping.ship_doc(actor, receipt)
        rows, its = ([made] if made else []), "ship"
    else:
        rows, its = dropping.ship_docs(receipt), "void"
    for row in rows:
        enter(actor, row, states.require(Kind.SHIPMENT, row.status, its, facts(row)))
        follow_goods(actor, row)


def follow_money(actor: Actor, row: Document) -> None:
    """Bring an invoice, bill or credit to where its balance is."""
    _follow(actor, row, settling.state(row))


def _follow(actor: Actor, row: Document, target: str) -> None:
    done = states.follow(Kind(row.kind), row.status, target, facts(row))
    if isinstance(done, states.Refusal):
        raise Conflict(f"{row.number}: {done.cause}", cure=done.cure)
    if done is not None:
        enter(actor, row, done)


def _days(row: Document) -> int:
    """Until an invoice or bill is due, by the company's terms of its name, else by what the name says; none are due at once."""
    found = Terms.objects.filter(organisation_id=row.organisation_id, name=row.terms).first()
    if found is None:
        return days_in(row.terms)
    return found.days if found.type == Terms.Type.RECEIVABLE else 0
