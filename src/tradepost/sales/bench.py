"""What the warehouse sees of a document: what it handles, and the memos that are pinned for it."""

from __future__ import annotations

from tradepost.catalog.models import Item
from tradepost.sales.models import Document, Kind, Line

BENCH = (Kind.PICK, Kind.SHIPMENT, Kind.RMA, Kind.RECEIPT)
_DEPTH = 4  # quote, order, pick list, ship doc


def handled(row: Document) -> list[Line]:
    """The lines that stand on its paper: all but discounts, which have a price and nothing to take in the hand."""
    return [line for line in row.lines.all() if not line.reach]


def for_warehouse(row: Document) -> list[tuple[str, str]]:
    """Whose memo it is, and its words: of the document, of those it was made from, of its party and of its items."""
    found: list[tuple[str, str]] = []
    one: Document | None = row
    for _step in range(_DEPTH):
        if one is None:
            break
        if one.pinned and one.pinned_in_warehouse:
            found.append((one.number, one.pinned))
        one = one.source
    if row.party.pinned and row.party.pinned_in_warehouse:
        found.append((row.party.name, row.party.pinned))
    items = Item.objects.filter(
        pk__in=row.lines.values("item_id"), organisation_id=row.organisation_id, pinned_in_warehouse=True
    )
    found += [
        (sku, memo) for sku, memo in items.exclude(pinned="").order_by("sku").values_list("sku", "pinned")
    ]
    return found
