"""Drop shipment: when a vendor has sent goods to the customer, the customer's order is shipped by it.

The ship doc is made from the receipt, whose lines come from the purchase order's, and those from the order's: so links
lead both ways, and the order counts as shipped by the same rule as ever (``following.uses``). It moves no stock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit.errors import Invalid
from tradepost.sales.addresses import AddressBook
from tradepost.sales.carrying import head_from, line_from
from tradepost.sales.figures import put_part, riding
from tradepost.sales.following import ancestors, descendants, origins, taken, uses
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.state_table import DEAD

ZERO = Decimal(0)


def ship_doc(actor: Actor, receipt: Document) -> Document | None:
    """A new ship doc of the order's lines that a receipt brought to its customer; None where there are none.

    At the order's prices and to its customer, and never more than the order has still to ship.
    """
    above = Document.objects.filter(kind=Kind.ORDER).in_bulk(ancestors(receipt))
    order = next((above[pk] for pk in ancestors(receipt) if pk in above), None)  # the nearest
    if order is None:
        return None
    whole = list(order.lines.all())
    before = taken(Kind.ORDER, Kind.SHIPMENT, uses([line.pk for line in whole]))
    served = _served(receipt, order, whole, before)
    if not served:
        return None
    along = riding(whole, served)
    found = [(old, *served.get(old.pk, (None, ZERO))) for old in whole if old.pk in served.keys() | along]
    row = head_from(actor, order, Kind.SHIPMENT)
    row.source = receipt
    row.carrier, row.tracking, row.packages = receipt.carrier, receipt.tracking, receipt.packages
    lines = [line_from(row, n, old, quantity) for n, (old, _by, quantity) in enumerate(found, 1)]
    for line, (old, _by, _quantity) in zip(lines, found, strict=True):
        line.source, line.taxes = old, old.taxes
    put_part(row, lines, order, before, freight=_bears_freight(order, whole))
    for line, (old, by, _quantity) in zip(lines, found, strict=True):
        line.source = by or old
    row.save()
    Line.objects.bulk_create(lines)
    audit.record(actor, f"{Kind.SHIPMENT}.save", row)
    return row


_PLACE = ("street", "city", "postcode")


def ship_to(order: Document) -> dict[str, str]:
    """Where a vendor sends the goods: the order's ship-to, else its bill-to, else the customer's. ``Invalid`` where
    there is none: goods would leave for nowhere."""
    theirs = AddressBook().primary(order.customer) if order.customer else {}
    for address in (order.shipping, order.billing, theirs.get("shipping", {}), theirs.get("billing", {})):
        if any(address.get(name) for name in _PLACE):
            return {**address, "name": address.get("name") or order.customer_name}
    raise Invalid(
        fields={"shipping": _("{number} has no ship-to.").format(number=order.number)},
        cure=_("Enter one on the order or the customer."),
    )


def ship_docs(receipt: Document) -> list[Document]:
    """The ship docs that a receipt made and that still count."""
    return list(receipt.followers.filter(kind=Kind.SHIPMENT).exclude(status__in=DEAD).order_by("pk"))


def surplus(receipt: Document) -> list[tuple[Line, Decimal]]:
    """The lines of a receipt for a customer's order with what came beyond the order's need: no ship doc and no stock of
    ours knows of it."""
    if receipt.kind != Kind.RECEIPT or receipt.status != "received":
        return []
    brought = [line for line in receipt.lines.all() if line.drop_ship and line.quantity > 0]
    shipped: dict[int | None, Decimal] = {}
    for row in ship_docs(receipt):
        for source, quantity in row.lines.values_list("source", "quantity"):
            shipped[source] = shipped.get(source, ZERO) + quantity
    over = [(line, line.quantity - shipped.get(line.pk, ZERO)) for line in brought]
    return [(line, quantity) for line, quantity in over if quantity > 0]


def _served(
    receipt: Document, order: Document, whole: Sequence[Line], before: Mapping[int, Decimal]
) -> dict[int, tuple[Line, Decimal]]:
    """The order's lines that a receipt serves, by id: each with the receipt's line and how much."""
    roots = origins(receipt, [order])
    by = {roots[line.pk]: line for line in receipt.lines.filter(drop_ship=True, quantity__gt=0)}
    found = {}
    for old in whole:
        came = by.get(old.pk)
        quantity = min(came.quantity, old.quantity - before.get(old.pk, ZERO)) if came else ZERO
        if came and quantity > 0:
            found[old.pk] = (came, quantity)
    return found


def _bears_freight(order: Document, whole: Sequence[Line]) -> bool:
    """What we ship ourselves bears the order's freight; where nothing is, the first that a vendor shipped."""
    if any(line.quantity and not line.drop_ship for line in whole):
        return False
    earlier = Document.objects.filter(
        kind=Kind.SHIPMENT, source__kind=Kind.RECEIPT, pk__in=descendants(order)
    )
    return not earlier.exclude(status__in=DEAD).exclude(freight=0).exists()
