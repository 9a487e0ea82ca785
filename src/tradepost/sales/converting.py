"""Make one document from another, whole or in part, and copy one.

The new document and its lines point back at what they were made from; pages follow the links both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales import choices, dropping, goods, states
from tradepost.sales.buyers import now_buys
from tradepost.sales.carrying import head_from, line_from
from tradepost.sales.deposits import PAID_BY, TAKES, deposit_of
from tradepost.sales.figures import put_part, put_taxes, put_totals, riding
from tradepost.sales.following import ancestors, descendants, left, rivals, taken, uses
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import enter, facts, lock
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import CREDITS, MONEY, REFUNDS
from tradepost.sales.state_table import DEAD, MACHINES, PURCHASES

QUOTES = frozenset({Kind.QUOTE, Kind.PURCHASE_QUOTE})
"""The kinds that are accepted as something is made of them."""


def convert(
    actor: Actor,
    source_id: int,
    target: Kind,
    quantities: Mapping[int, Decimal] | None = None,
    *,
    amount: Decimal | None = None,
    vendor_id: int | None = None,
) -> Document:
    """Make a ``target`` from a document, of the given quantities by line id, or of all that is left.

    A payment or refund takes an ``amount`` instead, by default the balance less what drafts of it hold; a purchase for a sale, or
    asked of another vendor, the vendor. Whoever comes second gets what is left, or ``Conflict``. The parts come to the whole's total to the cent (``rules.portion``).
    """
    with transaction.atomic():
        source = lock(actor, source_id)
        money = target in MONEY
        rest = {} if money else left(source, target)
        open_ = free(source) > 0 if money else bool(rest)
        possible = states.conversion(
            Kind(source.kind), source.status, target, replace(facts(source), left=open_)
        )
        if isinstance(possible, states.Refusal):
            raise Conflict(possible.cause, cure=possible.cure)
        actor.require(possible.permission)
        if money:
            return _money(actor, source, target, _unpaid(source) if amount is None else amount)
        chosen = _chosen(source, rest, quantities)
        if states.names_vendor(Kind(source.kind), target):
            return _purchase(actor, source, target, vendor_id, chosen)
        replaces = (source.kind, target) == (Kind.RMA, Kind.ORDER)
        row = _replacement(actor, source, chosen) if replaces else _goods(actor, source, target, chosen)
        audit.record(actor, f"{target}.save", row)
        goods.hold(actor, row)
        now_buys(actor, row)
        if target in (Kind.PICK, Kind.SHIPMENT):
            goods.hold(actor, source)
        if source.kind in QUOTES and source.status != "accepted":
            enter(actor, source, states.require(Kind(source.kind), source.status, "accept", facts(source)))
    return row


def convert_to_order(actor: Actor, quote_id: int) -> Document:
    """The sales order of a quote, made if it is not there; the quote becomes accepted."""
    with transaction.atomic():
        quote = lock(actor, quote_id, kind=Kind.QUOTE)
        there = quote.followers.filter(kind=Kind.ORDER).exclude(status__in=DEAD).first()
        return there or convert(actor, quote_id, Kind.ORDER)


def copy(actor: Actor, document_id: int) -> Document:
    """A new document with the same head and lines, of today, without links. What is on hold is not shipped by a copy."""
    old = Document.objects.pick(actor, document_id)
    kind = Kind(old.kind)
    actor.require(MACHINES[kind].edit)
    choices.check_party(old, old.party)
    with transaction.atomic():
        if kind in (Kind.PICK, Kind.SHIPMENT) and (hold := facts(old).hold):
            raise Conflict(
                _("{number} is on hold: {hold}.").format(number=old.number, hold=hold),
                cure=_("Release its order first."),
            )
        row = head_from(actor, old, kind)
        row.freight = old.freight
        lines = [line_from(row, n, line, line.quantity) for n, line in enumerate(old.lines.all(), 1)]
        if kind in MONEY:
            row.subtotal, row.total = old.subtotal, old.total
        else:
            put_taxes(row, lines)
            put_totals(row, lines)
        row.save()
        Line.objects.bulk_create(lines)
        goods.hold(actor, row)
        now_buys(actor, row)
        audit.record(actor, f"{kind}.copy", row, {"copied_from": None}, {"copied_from": old.number})
    return row


def _chosen(
    source: Document, rest: Mapping[int, Decimal], quantities: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    """The quantity of each line that goes over; ``Invalid`` where there is not so much."""
    if quantities is None:
        return dict(rest)
    found, wrong = {}, {}
    for pk, quantity in quantities.items():
        limit = rest.get(pk, Decimal(0))
        if not quantity:
            continue
        if not quantity.is_finite() or quantity * limit < 0 or abs(quantity) > abs(limit):
            wrong[f"quantities.{pk}"] = _("{quantity} is not possible: {limit} is left.").format(
                quantity=quantity, limit=f"{limit.normalize():f}"
            )
        elif quantity != round(quantity, 4):
            wrong[f"quantities.{pk}"] = _("{quantity} has more than four decimals.").format(quantity=quantity)
        found[pk] = quantity
    if wrong:
        raise Invalid(
            fields=wrong,
            cure=_("Look at what was made from {number} and choose again.").format(number=source.number),
        )
    if not found:
        raise Invalid(fields={"quantities": _("Choose a quantity of one line at least.")})
    return found


def _money(actor: Actor, source: Document, target: Kind, amount: Decimal) -> Document:
    if target in REFUNDS and amount > source.balance:
        raise Invalid(
            fields={
                "amount": _("Only {balance} of {number} is left to pay back.").format(
                    balance=source.balance, number=source.number
                )
            }
        )
    party = "vendor_id" if target in PURCHASES else "customer_id"
    names = (party, "contact_id", "project_id", "class_name", "currency", "billing")
    values = {name: getattr(source, name) for name in names}
    row = save_document(actor, target, {**values, "amount": amount, "like": source})
    row.source = source
    row.save(update_fields=["source"])
    return row


def _purchase(
    actor: Actor, source: Document, target: Kind, vendor_id: int | None, chosen: Mapping[int, Decimal]
) -> Document:
    """A purchase of lines of a sale at the vendor's prices, or of what another vendor was asked for without any."""
    wanted = [line for line in source.lines.all() if chosen.get(line.pk)]
    dropped = {line.drop_ship for line in wanted}
    if len(dropped) > 1:
        raise Invalid(
            _("What is sent to the customer and what comes to you cannot stand on one purchase order."),
            fields={f"quantities.{n.pk}": _("This one comes to you.") for n in wanted if not n.drop_ship},
            cure=_("Make one for the drop-ship lines and another for the rest."),
        )
    drafts = [
        LineDraft(n.item_id, n.description, chosen[n.pk], unit=n.unit, drop_ship=n.drop_ship) for n in wanted
    ]
    names = (
        "location_id",
        "project_id",
        "class_name",
        *(("promised", "memo") if source.kind == target else ()),
    )
    kept = {name: value for name in names if (value := getattr(source, name))}  # else as the vendor says
    values: dict[str, Any] = {"vendor_id": vendor_id, **kept, "like": source}
    if dropped == {True}:
        values["shipping"] = dropping.ship_to(source)
    row = save_document(actor, target, values, drafts)
    row.source = source
    row.save(update_fields=["source"])
    made = list(row.lines.all())
    for line, old in zip(made, wanted, strict=True):
        line.source = old
    Line.objects.bulk_update(made, ["source"])
    return row


def _replacement(actor: Actor, source: Document, chosen: Mapping[int, Decimal]) -> Document:
    """An order of what an RMA replaces, free of charge: what is charged for is credited instead."""
    row = head_from(actor, source, Kind.ORDER)
    row.source = source
    wanted = [line for line in source.lines.all() if chosen.get(line.pk)]
    lines = [line_from(row, n, old, chosen[old.pk]) for n, old in enumerate(wanted, 1)]
    for line, old in zip(lines, wanted, strict=True):
        line.source, line.unit_price, line.discount_percent = old, Decimal(0), Decimal(0)
    put_taxes(row, lines)
    put_totals(row, lines)
    row.save()
    Line.objects.bulk_create(lines)
    return row


_GIVES_BACK = frozenset({Kind.RMA, Kind.CREDIT_NOTE, Kind.VENDOR_CREDIT})


def free(source: Document) -> Decimal:
    """What of a document may be paid: its balance, of an order what is neither paid ahead nor invoiced."""
    if source.kind not in TAKES:
        return source.balance
    return deposit_of(source, CREDITS[PAID_BY[Kind(source.kind)]].states).rest


def proposed(source: Document) -> Decimal:
    """What a payment of it is over unless somebody says otherwise: the balance less its drafts, of an order the deposit that is
    asked."""
    if source.kind not in TAKES:
        return max(Decimal(0), source.balance - in_drafts(source))
    return deposit_of(source, CREDITS[PAID_BY[Kind(source.kind)]].states).proposed


def in_drafts(source: Document) -> Decimal:
    """What the payments, refunds and credits of a document come to that are drafts, and will settle it or use it up; a credit also
    where it was made by way of a return."""
    account = {name: getattr(source, name) for name in ("customer_id", "vendor_id", "currency")}
    credits = [kind for kind, how in CREDITS.items() if how.owed == source.kind]
    its = Q(source=source, kind__in=MONEY) | Q(pk__in=descendants(source), kind__in=credits)
    drafts = Document.objects.filter(its, status="draft", **account)
    return drafts.aggregate(sum=Sum("total"))["sum"] or Decimal(0)


def _unpaid(source: Document) -> Decimal:
    """What is proposed; ``Conflict`` where drafts hold all of it, or whoever asks twice would pay twice."""
    if amount := proposed(source):
        return amount
    raise Conflict(
        _("Drafts hold all that is open of {number}.").format(number=source.number),
        cure=_("Finish or cancel those drafts, or say an amount."),
    )


def _live(kind: Kind) -> QuerySet[Document]:
    return Document.objects.filter(kind=kind).exclude(status__in=DEAD)


def _earlier(
    source: Document, target: Kind, line_ids: Iterable[int]
) -> tuple[list[Document], dict[int, Decimal]]:
    """What was made of a document before that comes to its whole together with a new ``target``, and how much of each line. Of a
    quote that is whatever it became, such as an order of a part and an invoice of the rest; what was bought from another vendor
    who was asked for the same is that one's, with its prices and freight."""
    kind, found = Kind(source.kind), uses(line_ids)
    if kind in QUOTES:
        own = source.followers.filter(kind__in=(target, *rivals(kind, target))).exclude(status__in=DEAD)
        return list(own), taken(kind, target, [use for use in found if use.depth == 1])
    others = _live(target).filter(pk__in=descendants(source))
    return list(others), taken(kind, target, found)


def _charged_above(source: Document, target: Kind) -> bool:
    """Whether what ``source`` was made from has borne its freight already, such as an order that was invoiced straight
    away in part, and in part by its ship docs."""
    if source.kind == Kind.PURCHASE_QUOTE:
        return False
    return _live(target).filter(source__in=ancestors(source)).exclude(freight=0).exists()


def _goods(actor: Actor, source: Document, target: Kind, chosen: Mapping[int, Decimal]) -> Document:
    """The new document with its lines, in the source's order. Lines without a quantity are texts and come along; a discount does
    with the lines that it reaches."""
    row = head_from(actor, source, target)
    row.source = source
    whole = list(source.lines.all())
    along = riding(whole, [pk for pk, quantity in chosen.items() if quantity])
    wanted = [n for n in whole if chosen.get(n.pk) or n.pk in along or not (n.quantity or n.reach)]
    lines = [line_from(row, n, old, chosen.get(old.pk, Decimal(0))) for n, old in enumerate(wanted, 1)]
    for line, old in zip(lines, wanted, strict=True):
        line.source, line.taxes = old, old.taxes
    others, before = _earlier(source, target, [line.pk for line in whole])
    charged = any(one.freight for one in others) or _charged_above(source, target)
    last = all(before.get(n.pk, 0) + chosen.get(n.pk, 0) == n.quantity for n in whole)
    freight = not charged and (last or target not in _GIVES_BACK)  # with the last of it
    put_part(row, lines, source, before, freight=freight, earlier=others if last else None)
    row.save()
    Line.objects.bulk_create(lines)
    return row
