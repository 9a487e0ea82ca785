"""What goes over from one document to the next: of its head, and of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tradepost.accounts.access import Actor
from tradepost.custom.marking import Marker
from tradepost.sales.currencies import put_rate
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.numbers import local_day, take_number
from tradepost.sales.state_table import MACHINES
from tradepost.sales.statuses import initial

# What a document takes over from the one that it is made from.
_HEAD = (
    "customer_id",
    "vendor_id",
    "contact_id",
    "project_id",
    "customer_name",
    "po_number",
    "channel",
    "class_name",
    "terms",
    "currency",
    "billing",
    "shipping",
    "discount_percent",
    "tax_code_id",
    "item_tax_id",
    "prices_include_tax",
    "freight_taxable",
    "freight_tax_rate",
    "freight_taxes",
    "location_id",
    "memo",
    "owner_id",
)
_GOODS_HEAD = ("promised", "carrier", "tracking", "packages")  # between orders, pick lists and ship docs
_LINE = (
    "item_id",
    "sku",
    "description",
    "unit",
    "unit_price",
    "discount_percent",
    "reach",
    "tax_rate",
    "taxable",
)
_BOUGHT = frozenset({Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.RECEIPT})
# What is sold or bought for cash changes hands at the counter, and what comes back comes to us: only on these may a line be drop
# shipped.
DROP_SHIPPED = frozenset({Kind.QUOTE, Kind.ORDER, Kind.SHIPMENT, *_BOUGHT})


def head_from(actor: Actor, source: Document, kind: Kind) -> Document:
    """A new document, not stored yet, with the head of the one that it is made from."""
    two = {Kind(source.kind), kind}
    both = two <= {Kind.QUOTE, Kind.ORDER, Kind.PICK, Kind.SHIPMENT} or two <= _BOUGHT
    names: Sequence[str] = (*_HEAD, *_GOODS_HEAD) if both else _HEAD
    row = Document(
        organisation_id=source.organisation_id,
        kind=kind,
        number=take_number(actor, kind),
        status=MACHINES[kind].initial,
        date=local_day(actor),
        custom_status=initial(actor, kind),
        **{name: getattr(source, name) for name in names},
    )
    if kind in (Kind.CREDIT_NOTE, Kind.VENDOR_CREDIT):  # it takes back what was charged at that rate
        row.exchange_rate, row.rate_by_hand = source.exchange_rate, True
    put_rate(row, {}, row if row.exchange_rate else None)
    Marker(actor, kind).carry(source, row)
    return row


def line_from(row: Document, position: int, old: Line, quantity: Decimal) -> Line:
    """So much of a line as a line of another document, not stored yet."""
    return Line(
        organisation_id=row.organisation_id,
        document=row,
        position=position,
        quantity=quantity,
        drop_ship=old.drop_ship and row.kind in DROP_SHIPPED,
        **{name: getattr(old, name) for name in _LINE},
    )
