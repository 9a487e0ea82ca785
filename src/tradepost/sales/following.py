"""What follows from what: how much of each line is left to convert, and where a document stands by what was made
from it.

A document is *live* unless it is cancelled, voided or rejected, or lies in the trash. A line's quantity is used up by the live lines made
from it, at any remove: what was shipped by a pick list was shipped from the order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.rules import remaining
from tradepost.sales.state_table import DEAD, PURCHASES


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """How an order comes to its end: by documents of ``kind`` in ``done`` states, made of it straight or by way of ``by``. Its own
    states are ``none``, ``some`` and ``all``; in those of ``active`` there is something to come. ``invoiced`` is the kind that
    charges for it."""

    kind: Kind
    done: frozenset[str]
    none: str
    some: str
    all: str
    active: tuple[str, ...]
    invoiced: Kind
    by: frozenset[Kind] = frozenset()


FULFILMENTS: Mapping[Kind, Fulfilment] = {
    Kind.ORDER: Fulfilment(
        Kind.SHIPMENT,
        frozenset({"shipped", "delivered"}),
        "open",
        "partly_shipped",
        "shipped",
        ("open", "partly_shipped"),
        Kind.INVOICE,
        frozenset({Kind.PICK, Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.RECEIPT}),
    ),
    Kind.PURCHASE_ORDER: Fulfilment(
        Kind.RECEIPT,
        frozenset({"received"}),
        "confirmed",
        "partly_received",
        "received",
        ("sent", "confirmed", "partly_received"),
        Kind.BILL,
    ),
}

BUYING = frozenset({Kind.PURCHASE_ORDER, Kind.CASH_PURCHASE})
"""The kinds by which something is bought. Asking a vendor binds nobody: what is left to ask for is what is left to buy."""
# A quote becomes one of these, not all; what is shipped at once needs no picking; what comes back is credited or
# replaced, not both.
_RIVALS: Mapping[tuple[Kind, Kind], tuple[Kind, ...]] = {
    (Kind.QUOTE, Kind.ORDER): (Kind.INVOICE, Kind.CASH_SALE),
    (Kind.QUOTE, Kind.INVOICE): (Kind.ORDER, Kind.CASH_SALE),
    (Kind.QUOTE, Kind.CASH_SALE): (Kind.ORDER, Kind.INVOICE),
    (Kind.ORDER, Kind.PICK): (Kind.SHIPMENT,),
    (Kind.RMA, Kind.CREDIT_NOTE): (Kind.ORDER,),
    (Kind.RMA, Kind.ORDER): (Kind.CREDIT_NOTE,),
    (Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER): (Kind.CASH_PURCHASE,),
    (Kind.PURCHASE_QUOTE, Kind.CASH_PURCHASE): (Kind.PURCHASE_ORDER,),
}


@dataclass(frozen=True, slots=True)
class Use:
    """A live line made from another: ``root`` is the line asked about, ``depth`` 1 what was made straight from it."""

    root: int
    depth: int
    kind: Kind
    status: str
    quantity: Decimal


def uses(lines: Iterable[int] | QuerySet[Line], toward: Fulfilment | None = None) -> list[Use]:
    """Every live line that was made from these (ids, or all that a query finds), at any remove. What an order leads to is its own:
    goods that replace returned ones were not shipped from the first order. ``toward``: only what ``fulfilled`` asks for, and
    what lies between."""
    made: Any = Line.objects.filter(document__trashed_at=None).exclude(document__status__in=DEAD).order_by()
    if toward:
        made = made.filter(document__kind__in=(toward.kind, *toward.by))
    found: list[Use] = []
    above: Any = lines.order_by().values("pk") if isinstance(lines, QuerySet) else list(lines)
    roots: dict[int, int] = {}
    depth = 0
    while depth == 0 or above:
        depth += 1
        following = {}
        rows = made.filter(source_id__in=above)
        for pk, source, kind, status, quantity in rows.values_list(
            "pk", "source_id", "document__kind", "document__status", "quantity"
        ):
            root = roots.get(source, source)
            found.append(Use(root, depth, Kind(kind), status, quantity))
            if kind in toward.by if toward else kind != Kind.ORDER:
                following[pk] = root
        above = roots = following
    return found


def rivals(source: Kind, target: Kind) -> tuple[Kind, ...]:
    """The kinds that a ``source`` becomes instead of a ``target``. Pure."""
    return _RIVALS.get((source, target), ())


def taken(source: Kind, target: Kind, found: Iterable[Use]) -> dict[int, Decimal]:
    """Of each line of a ``source``, the quantity that is not left for a ``target``. Pure."""
    others = rivals(source, target)
    same = BUYING if target in (*BUYING, Kind.PURCHASE_QUOTE) else {target}
    used: dict[int, Decimal] = defaultdict(Decimal)
    for use in found:
        own = use.kind in same and (source is not Kind.QUOTE or use.depth == 1)
        if own or (use.depth == 1 and use.kind in others):
            used[use.root] += use.quantity
    return dict(used)


def left(row: Document, target: Kind) -> dict[int, Decimal]:
    """What can still be converted of each line, by its id; lines that are done are left out.

    Never more than is left of the lines above it: a pick list gives no more than its order has. What is drop
    shipped is not ours to pick or ship (``dropping``).
    """
    ours = {"drop_ship": False} if target in (Kind.PICK, Kind.SHIPMENT) else {}
    lines = list(row.lines.filter(**ours))
    found = _rest(lines, Kind(row.kind), target)
    free = row.kind == Kind.ORDER  # nothing above an order limits what is made from it
    above = {line.pk: line.source_id for line in lines if line.pk in found and line.source_id and not free}
    while above:
        rows = Line.objects.filter(pk__in=set(above.values())).exclude(document__kind__in=_loose(target))
        parents = {line.pk: line for line in rows.select_related("document")}
        rest: dict[int, Decimal] = {}
        for kind in {line.document.kind for line in parents.values()}:
            rest |= _rest([p for p in parents.values() if p.document.kind == kind], Kind(kind), target)
        for pk, parent in above.items():
            if parent in parents:
                found[pk] = min(found[pk], rest.get(parent, Decimal(0)), key=abs)
        ended = {pk for pk, parent in parents.items() if parent.document.kind == Kind.ORDER}
        above = {
            pk: up for pk, p in above.items() if p in parents.keys() - ended and (up := parents[p].source_id)
        }
    return {pk: quantity for pk, quantity in found.items() if quantity}


def _loose(target: Kind) -> set[Kind]:
    """The kinds that do not limit what is made from them: quotes, and of purchases the orders that they serve."""
    return {Kind.QUOTE, Kind.ORDER} if target in PURCHASES else {Kind.QUOTE}


def _rest(lines: Sequence[Line], source: Kind, target: Kind) -> dict[int, Decimal]:
    """What is left of these lines of one kind, looking only at what follows them."""
    used = taken(source, target, uses([line.pk for line in lines]))
    ordered = {str(line.pk): line.quantity for line in lines}
    rest = remaining(ordered, [{str(pk): quantity for pk, quantity in used.items()}])
    return {int(key): quantity for key, quantity in rest.items()}


def overdrawn(row: Document) -> list[Line]:
    """The lines above those of ``row`` from which more was made than there is."""
    parents = Line.objects.filter(followers__document=row).exclude(document__kind__in=_loose(Kind(row.kind)))
    found = []
    for parent in parents.distinct().select_related("document"):
        used = taken(Kind(parent.document.kind), Kind(row.kind), uses([parent.pk])).get(parent.pk, Decimal(0))
        if abs(used) > abs(parent.quantity):
            found.append(parent)
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of an order was shipped (of a purchase order: received) and invoiced, of how much."""

    ordered: Decimal
    fulfilled: Decimal
    invoiced: Decimal


def progress(row: Document) -> Progress:
    """Of an order or purchase order. Goods count as shipped once their ship doc left the house."""
    kind, lines = Kind(row.kind), {line.pk: line.quantity for line in row.lines.all()}
    found = uses(lines)
    charged = (use.quantity for use in found if use.kind is FULFILMENTS[kind].invoiced)
    return Progress(
        ordered=sum(lines.values(), Decimal(0)),
        fulfilled=sum(fulfilled(kind, found).values(), Decimal(0)),
        invoiced=sum(charged, Decimal(0)),
    )


def fulfilled(kind: Kind, found: Iterable[Use]) -> dict[int, Decimal]:
    """How much of each line of an order was shipped, of a purchase order received. Pure."""
    done: dict[int, Decimal] = defaultdict(Decimal)
    for use in found:
        if use.kind is FULFILMENTS[kind].kind and use.status in FULFILMENTS[kind].done:
            done[use.root] += use.quantity
    return dict(done)


def chargeable(kind: Kind, rest: Mapping[int, Decimal], found: Iterable[Use]) -> dict[int, Decimal]:
    """What of the ``rest`` of an order is proposed to be charged: what was shipped (of a purchase order received) and not
    charged yet; while nothing was, all of it. Pure."""
    found = list(found)
    done = fulfilled(kind, found)
    if not any(done.values()):
        return dict(rest)
    charged = taken(kind, FULFILMENTS[kind].invoiced, found)
    free = {pk: done.get(pk, Decimal(0)) - charged.get(pk, Decimal(0)) for pk in rest}
    return {pk: min(free[pk], q, key=abs) if free[pk] * q > 0 else Decimal(0) for pk, q in rest.items()}


def order_state(kind: Kind, ordered: Mapping[int, Decimal], found: Iterable[Use]) -> str:
    """Where an order stands by what its ship docs say, a purchase order by its receipts. Pure."""
    done, how = fulfilled(kind, found), FULFILMENTS[kind]
    if not any(done.values()):
        return how.none
    return how.all if all(done.get(pk, 0) >= q for pk, q in ordered.items() if q > 0) else how.some


_SETTLED: Mapping[Kind, tuple[str, str, str]] = {  # nothing, some, all of it is applied
    Kind.INVOICE: ("issued", "partly_paid", "paid"),
    Kind.CREDIT_NOTE: ("issued", "issued", "applied"),
    Kind.BILL: ("approved", "partly_paid", "paid"),
    Kind.VENDOR_CREDIT: ("approved", "approved", "applied"),
}


def settled_state(kind: Kind, total: Decimal, applied: Decimal) -> str | None:
    """Where a document stands by what is applied; None for a kind that does not move by it. Pure."""
    if kind not in _SETTLED:
        return None
    nothing, some, everything = _SETTLED[kind]
    if applied <= 0:
        return nothing
    return everything if applied >= total else some


def descendants(row: Document) -> set[int]:
    """The ids of the documents that were made from this one, at any remove."""
    found: set[int] = set()
    fresh = {one.pk for one in row.followers.all()}
    while fresh:
        found |= fresh
        fresh = set(Document.objects.filter(source_id__in=fresh).values_list("pk", flat=True)) - found
    return found


def above(ids: Iterable[int]) -> set[int]:
    """These documents and all that they were made from."""
    found: set[int] = set()
    fresh = set(ids)
    while fresh:
        found |= fresh
        sources = Document.objects.filter(pk__in=fresh, source__isnull=False)
        fresh = set(sources.values_list("source_id", flat=True)) - found
    return found


def ancestors(row: Document) -> list[int]:
    """The ids of the documents that this one was made from, the nearest first."""
    found: list[int] = []
    source = row.source_id
    while source is not None and source not in found:
        found.append(source)
        source = Document.objects.values_list("source_id", flat=True).get(pk=source)
    return found


def origins(row: Document, served: Sequence[Document]) -> dict[int, int]:
    """By line, the line of the order that it serves, at any remove; the line itself where there is none."""
    above = dict(row.lines.values_list("pk", "source"))
    found = {pk: pk for pk in above}
    orders = {order.pk for order in served}
    while any(above.values()):
        rows = Line.objects.filter(pk__in={up for up in above.values() if up})
        parents = {
            pk: (source, document) for pk, source, document in rows.values_list("pk", "source", "document")
        }
        reached = {pk: up for pk, up in above.items() if up and parents[up][1] in orders}
        found |= reached
        above = {pk: parents[up][0] for pk, up in above.items() if up and pk not in reached}
    return found
