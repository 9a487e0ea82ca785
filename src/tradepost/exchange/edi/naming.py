"""What a line of a message names: which item of ours, and in which unit."""

from __future__ import annotations

from django.db.models import Q

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Barcode, Item, ItemVendor
from tradepost.exchange.edi.messages import Paper
from tradepost.people.models import Customer, Vendor


def named(actor: Actor, paper: Paper, party: Customer | Vendor | None) -> list[tuple[Item | None, str]]:
    """Ours for each line: by our SKU, of an invoice also by the vendor's, else by barcode; and its unit: that of the line, else
    the one that its barcode stands on."""
    skus = {line.buyers if paper.invoice else line.sellers for line in paper.lines} - {""}
    codes = {line.barcode for line in paper.lines} - {""}
    rows = Item.objects.of(actor).filter(archived_at=None, sku__in=skus)
    by_sku = {item.sku: item for item in rows}
    barcodes = Barcode.objects.of(actor).filter(code__in=codes, item__archived_at=None)
    by_code = {row.code: row for row in barcodes.select_related("item")}
    theirs: dict[str, Item] = {}
    if paper.invoice and party is not None:
        offers = ItemVendor.objects.of(actor).filter(
            Q(vendor_id=party.pk) | Q(vendor_id=None, vendor__iexact=party.name)
        )
        sold = offers.filter(
            vendor_sku__in={line.sellers for line in paper.lines} - {""}, item__archived_at=None
        )
        theirs = {offer.vendor_sku: offer.item for offer in sold.select_related("item")}
    found: list[tuple[Item | None, str]] = []
    for line in paper.lines:
        item = by_sku.get(line.buyers if paper.invoice else line.sellers) or theirs.get(line.sellers)
        barcode = by_code.get(line.barcode)
        if barcode is not None and item in (None, barcode.item):
            found.append((barcode.item, line.unit or barcode.unit))
        else:
            found.append((item, line.unit))
    return found
