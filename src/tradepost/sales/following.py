"""What follows from what: how much of each line is left to convert, and where a document stands by what was made
from it.

A document is *live* unless it is cancelled, voided or rejected. A line's quantity is used up by the live lines made
from it, at any remove: what was shipped by a pick list was shipped from the order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.rules import remaining

DEAD = frozenset({"cancelled", "voided", "rejected"})
SHIPPED = frozenset({"shipped", "delivered"})

# A quote becomes one of these, not all; what is shipped at once needs no picking.
_RIVALS: Mapping[tuple[Kind, Kind], tuple[Kind, ...]] = {
    (Kind.QUOTE, Kind.ORDER): (Kind.INVOICE, Kind.CASH_SALE),
    (Kind.QUOTE, Kind.INVOICE): (Kind.ORDER, Kind.CASH_SALE),
    (Kind.QUOTE, Kind.CASH_SALE): (Kind.ORDER, Kind.INVOICE),
    (Kind.ORDER, Kind.PICK): (Kind.SHIPMENT,),
}


@dataclass(frozen=True, slots=True)
class Use:
    """A live line made from another: ``root`` is the line asked about, ``depth`` 1 what was made straight from it."""

    root: int
    depth: int
    kind: Kind
    status: str
    quantity: Decimal


def uses(line_ids: Iterable[int]) -> list[Use]:
    """Every live line that was made from these, at any remove."""
    found: list[Use] = []
    roots = {pk: pk for pk in line_ids}
    depth = 0
    while roots:
        depth += 1
        rows = (
            Line.objects.filter(source_id__in=roots)
            .exclude(document__status__in=DEAD)
            .values_list("pk", "source_id", "document__kind", "document__status", "quantity")
        )
        following = {}
        for pk, source, kind, status, quantity in rows:
            found.append(Use(roots[source], depth, Kind(kind), status, quantity))
            following[pk] = roots[source]
        roots = following
    return found


def taken(source: Kind, target: Kind, found: Iterable[Use]) -> dict[int, Decimal]:
    """Of each line of a ``source``, the quantity that is not left for a ``target``. Pure."""
    rivals = _RIVALS.get((source, target), ())
    used: dict[int, Decimal] = defaultdict(Decimal)
    for use in found:
        own = use.kind is target and (source is not Kind.QUOTE or use.depth == 1)
        if own or (use.depth == 1 and use.kind in rivals):
            used[use.root] += use.quantity
    return dict(used)


def left(row: Document, target: Kind) -> dict[int, Decimal]:
    """What can still be converted of each line, by its id; lines that are done are left out.

    Never more than is left of the lines above it: a pick list gives no more than its order has.
    """
    lines = list(row.lines.all())
    found = _rest(lines, Kind(row.kind), target)
    above = {line.pk: line.source_id for line in lines if line.pk in found and line.source_id}
    while above:
        parents = {
            line.pk: line
            for line in Line.objects.filter(pk__in=set(above.values()))
            .exclude(document__kind=Kind.QUOTE)
            .select_related("document")
        }
        rest: dict[int, Decimal] = {}
        for kind in {line.document.kind for line in parents.values()}:
            rest |= _rest([p for p in parents.values() if p.document.kind == kind], Kind(kind), target)
        for pk, parent in above.items():
            if parent in parents:
                found[pk] = min(found[pk], rest.get(parent, Decimal(0)), key=abs)
        above = {pk: up for pk, p in above.items() if p in parents and (up := parents[p].source_id)}
    return {pk: quantity for pk, quantity in found.items() if quantity}


def _rest(lines: Sequence[Line], source: Kind, target: Kind) -> dict[int, Decimal]:
    """What is left of these lines of one kind, looking only at what follows them."""
    used = taken(source, target, uses([line.pk for line in lines]))
    ordered = {str(line.pk): line.quantity for line in lines}
    rest = remaining(ordered, [{str(pk): quantity for pk, quantity in used.items()}])
    return {int(key): quantity for key, quantity in rest.items()}


def overdrawn(row: Document) -> list[Line]:
    """The lines above those of ``row`` from which more was made than there is. Quotes do not bind."""
    parents = Line.objects.filter(followers__document=row).exclude(document__kind=Kind.QUOTE)
    found = []
    for parent in parents.distinct().select_related("document"):
        used = taken(Kind(parent.document.kind), Kind(row.kind), uses([parent.pk])).get(parent.pk, Decimal(0))
        if abs(used) > abs(parent.quantity):
            found.append(parent)
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of an order's goods was shipped and invoiced, of how much."""

    ordered: Decimal
    shipped: Decimal
    invoiced: Decimal


def progress(row: Document) -> Progress:
    """Of an order. Goods count as shipped once their ship doc left the house."""
    lines = dict(row.lines.values_list("pk", "quantity"))
    found = uses(lines)
    return Progress(
        ordered=sum(lines.values(), Decimal(0)),
        shipped=sum(
            (u.quantity for u in found if u.kind is Kind.SHIPMENT and u.status in SHIPPED), Decimal(0)
        ),
        invoiced=sum((u.quantity for u in found if u.kind is Kind.INVOICE), Decimal(0)),
    )


def order_state(ordered: Mapping[int, Decimal], found: Iterable[Use]) -> str:
    """``open``, ``partly_shipped`` or ``shipped``, by what its ship docs say. Pure."""
    shipped: dict[int, Decimal] = defaultdict(Decimal)
    for use in found:
        if use.kind is Kind.SHIPMENT and use.status in SHIPPED:
            shipped[use.root] += use.quantity
    if not any(shipped.values()):
        return "open"
    return "shipped" if all(shipped[pk] >= q for pk, q in ordered.items() if q > 0) else "partly_shipped"


def settled_state(kind: Kind, total: Decimal, applied: Decimal) -> str:
    """Where an invoice or credit note stands by what is applied. Pure."""
    if kind is Kind.CREDIT_NOTE:
        return "applied" if applied >= total > 0 else "issued"
    if applied <= 0:
        return "issued"
    return "paid" if applied >= total else "partly_paid"


def ancestors(row: Document) -> list[int]:
    """The ids of the documents that this one was made from, the nearest first."""
    found: list[int] = []
    source = row.source_id
    while source is not None and source not in found:
        found.append(source)
        source = Document.objects.values_list("source_id", flat=True).get(pk=source)
    return found
