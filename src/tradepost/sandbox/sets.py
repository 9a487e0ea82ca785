"""What the sample company sells that is more than one thing: a set taken from the shelves, a basket that is packed, a shirt in sizes
and colours, what is entered together, a discount; and some orders of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from tradepost.accounts.access import Actor
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Category, Item, ItemPart, ItemType, Location
from tradepost.catalog.services import make_variants, save_item
from tradepost.people.models import Customer
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sandbox import archive
from tradepost.sandbox.wares import DISCOUNT, SETS, SHIRT, SHIRTS, SOLD

BUILT, LAID = 12, 24  # so many of an assembly are packed, of a variant and of the parts of a set laid in


def write(actor: Actor, location: Location, back: Callable[[int], date]) -> None:
    """The items, what of them lies at ``location``, and orders of them as far as they came; ``back`` is the day so many days ago."""
    items = _items(actor)
    _lay_in(actor, location, items)
    buyers = list(Customer.objects.of(actor).filter(currency="").order_by("pk").values_list("pk", flat=True))
    for n, (age, stage, wanted) in enumerate(SOLD):
        days = {"date": back(age), "promised": back(age - 10)}
        head = {"customer_id": buyers[(n * 5 + 1) % len(buyers)], **days}
        drafts = [LineDraft(items[sku].pk, quantity=Decimal(quantity)) for sku, quantity in wanted]
        order = save_document(actor, Kind.ORDER, head, drafts)
        if stage != "open":
            shipment = _follow(actor, order, Kind.SHIPMENT, back(age - 2), "ship")
            if stage == "invoiced":
                _follow(actor, shipment, Kind.INVOICE, back(age - 2), "issue")


def _follow(actor: Actor, source: Document, kind: Kind, day: date, verb: str) -> Document:
    row = save_document(actor, kind, {"date": day}, document_id=convert(actor, source.pk, kind).pk)
    return move(actor, row.pk, verb)


def _items(actor: Actor) -> Mapping[str, Item]:
    """What is there and what is new, by SKU."""
    found = {row.sku: row for row in Item.objects.of(actor)}
    places = dict(Category.objects.of(actor).values_list("name", "pk"))
    for sku, name, kind, price, category, parts in SETS:
        values = {"sku": sku, "name": name, "type": kind, "price": Decimal(price)}
        its = Details(parts=[Component(found[part].pk, Decimal(n)) for part, n in parts])
        found[sku] = save_item(actor, {**values, "unit": "set", "category_id": places[category]}, details=its)
    sku, name, percent = DISCOUNT
    found[sku] = save_item(
        actor, {"sku": sku, "name": name, "type": "discount", "discount_percent": Decimal(percent)}
    )
    sku, name, price, category = SHIRT
    values = {"sku": sku, "name": name, "type": "matrix", "price": Decimal(price)}
    shirt = save_item(actor, {**values, "category_id": places[category]})
    return found | {row.sku: row for row in make_variants(actor, shirt.pk, SHIRTS)}


def _lay_in(actor: Actor, location: Location, items: Mapping[str, Item]) -> None:
    parts = ItemPart.objects.of(actor).values_list("part__sku", flat=True).distinct()
    shirts = [sku for sku, item in items.items() if item.parent_id]
    _adjust(actor, location, [items[sku] for sku in sorted({*parts, *shirts})])
    for item in items.values():
        if item.type == ItemType.ASSEMBLY:
            stock.build(actor, item.pk, Decimal(BUILT), location.pk)


def _adjust(actor: Actor, location: Location, items: Iterable[Item]) -> None:
    lines = [StockLine(one.pk, location.pk, Decimal(LAID), cost=LAID * archive.cost(one)) for one in items]
    stock.adjust(actor, lines, reason="Season's sets")
