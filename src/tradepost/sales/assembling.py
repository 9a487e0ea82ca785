"""Build what an order lacks: assemblies on its lines or in its kits, and the assemblies that go into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import stock
from tradepost.catalog.availability import buildable, builds
from tradepost.catalog.ledger import Key
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.queries import availability
from tradepost.kit.errors import Conflict
from tradepost.sales import goods
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import lock


@dataclass(frozen=True, slots=True)
class Lacking:
    """An assembly that an order lacks at a location, in stock units; ``buildable`` from the parts that are there."""

    item: Item
    location_id: int
    quantity: Decimal
    buildable: Decimal

    @property
    def now(self) -> Decimal:
        """How many are built now; what cannot be waits."""
        return min(self.quantity, self.buildable)


def lacking(actor: Actor, order: Document) -> list[Lacking]:
    """The assemblies that an order lacks, by SKU."""
    if order.kind != Kind.ORDER:
        return []
    short = goods.short(actor, order)
    items = Item.objects.of(actor).filter(type=ItemType.ASSEMBLY).in_bulk([key.item_id for key in short])
    found = []
    for key, quantity in short.items():
        if item := items.get(key.item_id):
            most = buildable(item.sku, availability(actor, [item.pk], [key.location_id]))
            whole = quantity.to_integral_value(ROUND_CEILING)
            found.append(Lacking(item, key.location_id, whole, Decimal(most)))
    return sorted(found, key=lambda one: one.item.sku)


def build_lacking(actor: Actor, order_id: int) -> list[Lacking]:
    """Build what an order lacks, as far as the parts go, and let the order hold it. Returns what was built.

    One assembly after the other by SKU, so that of two that need the last part the first gets it. ``Conflict`` where
    nothing can be built.
    """
    actor.require(Permission.STOCK_MOVE)
    with transaction.atomic():
        order = lock(actor, order_id, kind=Kind.ORDER)
        wanted = lacking(actor, order)
        parts = _touched(actor, [(one.item.pk, one.location_id) for one in wanted])
        stock.lock(actor, parts | goods.promised(actor, order))
        done = []
        for item_id in [one.item.pk for one in wanted]:
            one = next((now for now in lacking(actor, order) if now.item.pk == item_id), None)
            if one is not None and one.now:
                build(actor, one.item, one.now, one.location_id)
                done.append(one)
        if not done:
            raise Conflict(
                _("Nothing that {number} lacks can be built from the parts that are there.").format(
                    number=order.number
                ),
                cure=_("Buy or receive the parts first."),
            )
        goods.hold(actor, order)
    return done


def build(actor: Actor, item: Item, count: Decimal, location_id: int) -> None:
    """Build so many of an assembly, those among its parts that lack first; all or none. The orders that wait hold then what is
    left of them."""
    catalog = availability(actor, [item.pk], [location_id])
    keys = dict(Item.objects.of(actor).filter(sku__in=catalog.assemblies).values_list("sku", "pk"))
    with transaction.atomic():
        for sku, pieces in builds(item.sku, count, catalog):
            goods.hand_on(actor, stock.build(actor, keys[sku], pieces, location_id))


def build_and_hand_out(actor: Actor, wanted: Sequence[tuple[int, int, Decimal]]) -> None:
    """Build (item, location, quantity) each, all or none; the orders that wait for them hold them then."""
    actor.require(Permission.STOCK_MOVE)
    with transaction.atomic():
        stock.lock(actor, _touched(actor, [(item_id, place) for item_id, place, _quantity in wanted]))
        for item_id, location_id, quantity in sorted(wanted):
            build(actor, Item.objects.pick(actor, item_id, type=ItemType.ASSEMBLY), quantity, location_id)


def _touched(actor: Actor, built: Sequence[tuple[int, int]]) -> set[Key]:
    """What is locked of the stock as these assemblies are built, (item, location) each: they and all that goes into them."""
    found = set[Key]()
    for place in {location_id for _item, location_id in built}:
        items = [item_id for item_id, location_id in built if location_id == place]
        skus = availability(actor, items, [place]).stock
        kept = Item.objects.of(actor).filter(sku__in=skus, type__in=(ItemType.STOCK, ItemType.ASSEMBLY))
        found |= {Key(pk, place) for pk in kept.values_list("pk", flat=True)}
    return found
