"""Buy what an order's vendors send to its customer: one purchase order for each item's preferred vendor, in one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import ItemVendor
from tradepost.kit.errors import Conflict
from tradepost.people.models import Vendor
from tradepost.sales.converting import convert
from tradepost.sales.following import left
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import lock, move


@dataclass(frozen=True, slots=True)
class Bought:
    """The purchase orders that were made, and the lines that wait since nobody is known to sell their items."""

    orders: list[Document]
    without_vendor: list[str]


def preferred(actor: Actor, item_ids: Iterable[int]) -> dict[int, int]:
    """By item, the key of the first of its vendors that has a record in use: by key, else by name."""
    vendors = Vendor.objects.of(actor).filter(trashed_at=None, archived_at=None)
    by_name = {name.lower(): pk for pk, name in vendors.values_list("pk", "name")}
    known, found = set(by_name.values()), {}
    offers = ItemVendor.objects.of(actor).filter(item__in=list(item_ids)).order_by("-position")
    for offer in offers:
        vendor = offer.vendor_id if offer.vendor_id in known else by_name.get(offer.vendor.lower())
        if vendor is not None:
            found[offer.item_id] = vendor
    return found


def to_buy(order: Document) -> dict[int, Decimal]:
    """What of an order's drop-ship lines is on no purchase order yet, by line id."""
    dropped = set(order.lines.filter(drop_ship=True).values_list("pk", flat=True))
    return {pk: quantity for pk, quantity in left(order, Kind.PURCHASE_ORDER).items() if pk in dropped}


def buy_dropped(actor: Actor, order_id: int) -> Bought:
    """Make the purchase orders, as drafts, each at its vendor's prices and to the customer's address; all or none.
    ``Conflict`` where there is nothing to buy or nobody to buy it from."""
    actor.require(Permission.PURCHASING)
    with transaction.atomic():
        order = lock(actor, order_id, kind=Kind.ORDER)
        rest = to_buy(order)
        lines = list(order.lines.filter(pk__in=rest))
        vendors = preferred(actor, [line.item_id for line in lines if line.item_id])
        groups: dict[int, dict[int, Decimal]] = defaultdict(dict)
        waiting = []
        for line in lines:
            vendor = vendors.get(line.item_id or 0)
            if vendor is None:
                waiting.append(line.description)
            else:
                groups[vendor][line.pk] = rest[line.pk]
        if not groups:
            cause = (
                _("Nothing of {number} can be bought for drop shipment: nobody sells {waiting}.")
                if waiting
                else _("Nothing of {number} can be bought for drop shipment.")
            )
            raise Conflict(
                cause.format(number=order.number, waiting=", ".join(waiting)),
                cure=_("Name a vendor on the item, or mark lines as drop ship first."),
            )
        made = [
            convert(actor, order_id, Kind.PURCHASE_ORDER, chosen, vendor_id=vendor)
            for vendor, chosen in sorted(groups.items())
        ]
    return Bought(made, waiting)


def bought(order: Document) -> list[Document]:
    """The purchase orders of an order's drop-ship lines that are drafts still."""
    lines = [line.pk for line in order.lines.all() if line.drop_ship]
    rows = Document.objects.filter(kind=Kind.PURCHASE_ORDER, status="draft", lines__source__in=lines)
    return list(rows.distinct().order_by("pk"))


def take_back(actor: Actor, order_id: int) -> list[Document]:
    """Cancel what :func:`buy_dropped` made and no vendor has been sent, all or none; the lines can be bought again."""
    actor.require(Permission.PURCHASING)
    with transaction.atomic():
        order = lock(actor, order_id, kind=Kind.ORDER)
        rows = bought(order)
        if not rows:
            raise Conflict(
                _("No purchase order of {number} is a draft any more.").format(number=order.number),
                cure=_("Cancel or close those that were sent on their own pages."),
            )
        return [move(actor, row.pk, "cancel") for row in rows]
