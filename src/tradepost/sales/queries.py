"""Reads of documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.models import Item
from tradepost.kit import clock
from tradepost.kit.errors import Missing
from tradepost.people.models import Customer, Project, Vendor
from tradepost.sales.currencies import company_currency, unrated, worth_of
from tradepost.sales.following import FULFILMENTS, descendants
from tradepost.sales.models import Application, Document, Kind, Line, Revision
from tradepost.sales.settling import CREDITS, OWED, partners
from tradepost.sales.state_table import DEAD, PURCHASES
from tradepost.sales.used import unit_of
from tradepost.sales.versions import Comparison, compare
from tradepost.wire.orm import matching

# The states in which somebody still has work with a document.
OPEN = {
    Kind.QUOTE: ("draft", "sent"),
    Kind.ORDER: ("draft", "open", "partly_shipped"),
    Kind.PICK: ("open", "picking", "picked"),
    Kind.SHIPMENT: ("draft",),
    Kind.INVOICE: ("draft", "issued", "partly_paid"),
    Kind.PAYMENT: ("draft", "received"),
    Kind.CASH_SALE: ("draft",),
    Kind.CREDIT_NOTE: ("draft", "issued"),
    Kind.REFUND: ("draft",),
    Kind.RMA: ("requested", "approved", "partly_received", "received"),
    Kind.STATEMENT: ("draft",),
    Kind.PURCHASE_QUOTE: ("draft", "sent", "answered"),
    Kind.PURCHASE_ORDER: ("draft", "sent", "confirmed", "partly_received"),
    Kind.RECEIPT: ("draft",),
    Kind.BILL: ("draft", "approved", "partly_paid"),
    Kind.BILL_PAYMENT: ("draft",),
    Kind.CASH_PURCHASE: ("draft",),
    Kind.VENDOR_CREDIT: ("draft", "approved"),
    Kind.VENDOR_REFUND: ("draft",),
}


def documents(actor: Actor, kind: Kind | None = None, *, search: str = "") -> ScopedQuerySet[Document]:
    actor.require(Permission.SALES_VIEW)
    rows = Document.objects.of(actor).filter(matching(search))
    return (rows.filter(kind=kind) if kind else rows).select_related(
        "customer", "vendor", "owner", "contact", "project", "custom_status"
    )


def sold_as(item: Item) -> list[int]:
    """The keys of an item and of its variants, which stand on documents in its place."""
    return [item.pk, *item.variants.values_list("pk", flat=True)]


def with_items(actor: Actor, items: Collection[int]) -> QuerySet[Document]:
    """The documents of which a line has one of these items, the newest first."""
    lines = Line.objects.filter(document=OuterRef("pk"), item__in=items)
    return documents(actor).filter(Exists(lines)).order_by("-date", "-id")


def quantities(rows: Collection[int], items: Collection[int]) -> Mapping[int, Mapping[str, Decimal]]:
    """How much of these items stands on each of these documents, by the unit that it is counted in."""
    found: dict[int, dict[str, Decimal]] = {pk: {} for pk in rows}
    for line in Line.objects.filter(document__in=rows, item__in=items).select_related("item"):
        sums, unit = found[line.document_id], unit_of(line)
        sums[unit] = sums.get(unit, Decimal(0)) + line.quantity
    return found


def jobs(actor: Actor, row: Document | None = None) -> ScopedQuerySet[Project]:
    """The jobs that a document can belong to, the newest first: a sale to those of its customer, a purchase to any."""
    actor.require(Permission.SALES_VIEW)
    rows = Project.objects.of(actor).filter(archived_at=None, trashed_at=None).order_by("-created_at", "-pk")
    return rows if row is None or row.kind in PURCHASES else rows.filter(customer=row.customer)


def today(actor: Actor) -> date:
    """The calendar day at the company."""
    zone = Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)
    return clock.local_date(clock.now(), zone)


def late(day: date, kind: Kind = Kind.ORDER) -> Q:
    """Orders that were promised for a day before ``day`` and are not there; invoices and bills that were due and are
    owed."""
    if kind in OWED:
        return Q(status__in=OWED[kind], due__lt=day)
    return Q(status__in=OPEN[kind], promised__lt=day)


def longest_late(actor: Actor, kind: Kind, day: date, limit: int) -> QuerySet[Document]:
    """The documents of a kind that are late for the longest."""
    when = "due" if kind in OWED else "promised"
    return documents(actor, kind).filter(late(day, kind)).order_by(when, "id")[:limit]


COMING_BACK = ("approved", "partly_received")  # of an RMA: its goods are still expected


def coming_back(actor: Actor) -> int:
    """How many RMAs there are of which goods are still to be received."""
    actor.require(Permission.SALES_VIEW)
    return Document.objects.of(actor).filter(kind=Kind.RMA, status__in=COMING_BACK).count()


def at_work(kind: Kind) -> Q:
    """The documents of a kind that somebody still has work with. Of a pick list that ends when a ship doc is made of it, or when
    its order was shipped without it."""
    found = Q(kind=kind, status__in=OPEN[kind])
    if kind == Kind.PICK:
        shipping = Document.objects.filter(source=OuterRef("pk"), kind=Kind.SHIPMENT)
        owed = Q(source=None) | Q(source__status__in=FULFILMENTS[Kind.ORDER].active)
        found &= owed & ~Q(Exists(shipping.exclude(status__in=DEAD)))
    return found


def open_documents(actor: Actor, kind: Kind) -> QuerySet[Document]:
    return Document.objects.of(actor).filter(at_work(kind))


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many open documents of a kind there are: all, on hold, late, and the actor's own."""

    open: int
    held: int
    late: int
    mine: int


def waiting(actor: Actor, kind: Kind, day: date) -> Waiting:
    """Counted in one pass over the open documents of the kind."""
    actor.require(Permission.SALES_VIEW)
    rows = open_documents(actor, kind)
    return Waiting(
        **rows.aggregate(
            open=Count("pk"),
            held=Count("pk", filter=~Q(hold_reason="")),
            late=Count("pk", filter=late(day, kind)),
            mine=Count("pk", filter=Q(owner_id=actor.user_id)),
        )
    )


def booked(actor: Actor, day: date, days: int = 14) -> list[tuple[date, Decimal, int]]:
    """The orders booked on each of the last ``days`` days, the oldest first: their value in the company's currency, and how
    many have no rate and stand not in it; cancelled ones left out."""
    actor.require(Permission.SALES_VIEW)
    first = day - timedelta(days=days - 1)
    company = company_currency(actor.organisation_id)
    rows = Document.objects.of(actor).filter(kind=Kind.ORDER, date__gte=first, date__lte=day)
    sums = {"value": Sum(worth_of("total", company)), "unrated": Count("pk", filter=unrated(company))}
    found = rows.exclude(status="cancelled").values_list("date").annotate(**sums).order_by()
    by_day = {at: (value or Decimal(0), unrated) for at, value, unrated in found}
    return [(d, *by_day.get(d, (Decimal(0), 0))) for d in (first + timedelta(days=n) for n in range(days))]


def related(document: Document) -> list[Document]:
    """What a document was made from, what was made from it, and what it settles or is settled by; of a purchase quote also
    those of the other vendors."""
    others = partners(document) | ({document.source_id} if document.source_id else set())
    if document.kind == Kind.PURCHASE_QUOTE:
        others |= _asked_alike(document)
    rows = Document.objects.filter(pk__in=others, organisation_id=document.organisation_id)
    found = {row.pk: row for row in [*rows, *document.followers.all()]}
    return sorted(found.values(), key=lambda row: (row.date, row.pk))


def _asked_alike(quote: Document) -> set[int]:
    """The ids of the purchase quotes that were asked for the same: of the same order, or from one another."""
    root = quote
    while (above := root.source) is not None and root.kind == Kind.PURCHASE_QUOTE:
        root = above
    found = Document.objects.filter(
        pk__in={root.pk, *descendants(root)} - {quote.pk}, kind=Kind.PURCHASE_QUOTE
    )
    return set(found.values_list("pk", flat=True))


def content(document: Document) -> dict[str, Any]:
    """What a document says now, as ``Revision.content`` keeps it."""
    lines = [audit.snapshot(line) for line in document.lines.all()]
    return {"head": audit.snapshot(document), "lines": lines}


def version(actor: Actor, document_id: int, number: int) -> Revision:
    """A document as it once left the house. Raises ``Missing``."""
    kept = documents(actor).pick(actor, document_id).revisions.filter(number=number)
    if (row := kept.select_related("document", "made_by").first()) is None:
        raise Missing(_("version"))
    return row


def compared(actor: Actor, document_id: int, first: int, second: int | None = None) -> Comparison:
    """Two versions side by side; ``second`` None is the document as it is now. Raises ``Missing``."""
    row = documents(actor).pick(actor, document_id)
    kept = dict(row.revisions.filter(number__in=[first, second or 0]).values_list("number", "content"))
    if first not in kept or (second is not None and second not in kept):
        raise Missing(_("version"))
    return compare(kept[first], content(row) if second is None else kept[second])


def applications(document: Document) -> list[Application]:
    """What a document settles, or is settled by, the oldest first."""
    found = Application.objects.filter(Q(payment=document) | Q(document=document))
    return list(found.select_related("payment", "document").order_by("pk"))


def owed(actor: Actor, document: Document) -> list[Document]:
    """The invoices or bills that a payment or credit could settle, the oldest first."""
    if Kind(document.kind) not in CREDITS:
        return []
    kind = CREDITS[Kind(document.kind)].owed
    party = Q(customer=document.customer, vendor=document.vendor)
    rows = documents(actor, kind).filter(party, currency=document.currency, status__in=OWED[kind])
    return list(rows.order_by("due", "id"))


@dataclass(frozen=True, slots=True)
class Account:
    """What a customer or vendor is to us in figures, in the currency of its orders, or, if they are in several, in the company's;
    ``unrated`` of them have no rate and stand not in the value."""

    orders: int
    open: int
    value: Decimal
    currency: str
    unrated: int = 0
    kind: Kind = Kind.ORDER


def account_of(actor: Actor, party: Customer | Vendor, company: str) -> Account:
    """Its orders, of a vendor its purchase orders; ``company`` is the company's currency."""
    actor.require(Permission.SALES_VIEW)
    vendor = isinstance(party, Vendor)
    kind = Kind.PURCHASE_ORDER if vendor else Kind.ORDER
    party_is = Q(vendor_id=party.pk) if vendor else Q(customer_id=party.pk)
    rows = Document.objects.of(actor).filter(party_is, kind=kind).exclude(status="cancelled")
    sums = {
        "orders": Count("pk"), "open": Count("pk", filter=Q(status__in=OPEN[kind])),
        "in_all": Sum("total"), "worth": Sum(worth_of("total", company)),
        "unrated": Count("pk", filter=unrated(company)),
    }  # fmt: skip
    found = list(rows.order_by("currency").values_list("currency").annotate(**sums))
    if len(found) == 1:
        ((currency, orders, waiting, total, _worth, _without),) = found
        return Account(orders, waiting, total, currency, kind=kind)
    orders, waiting, without = (sum(row[n] for row in found) for n in (1, 2, 5))
    return Account(
        orders, waiting, sum((row[4] or Decimal(0) for row in found), Decimal(0)), company, without, kind
    )
