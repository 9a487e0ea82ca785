"""A company with some things on its shelves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tradepost.accounts.access import Actor
from tradepost.accounts.services import register_company
from tradepost.catalog.details import Details
from tradepost.catalog.ledger import Ref, StockLine
from tradepost.catalog.models import Item, ItemType, Location
from tradepost.catalog.queries import sums
from tradepost.catalog.services import save_item, save_location


def company(name: str = "Marlow") -> Actor:
    email = f"dana@{name.lower()}.example"
    return register_company(company=name, name="Dana", email=email, password="Correct-horse-9")


def thing(actor: Actor, sku: str, type: ItemType = ItemType.STOCK, **details: Any) -> Item:
    return save_item(actor, {"sku": sku, "name": sku.title(), "type": type}, details=Details(**details))


def place(actor: Actor, name: str = "Main") -> Location:
    return save_location(actor, {"name": name})


def line(
    item: Item, location: Location, quantity: object, ref: int | None = None, bin: int | None = None
) -> StockLine:
    made = Ref("order_line", ref) if ref else None
    return StockLine(item.pk, location.pk, Decimal(str(quantity)), bin, made)


def figures(actor: Actor, item: Item, location: Location) -> tuple[Decimal, Decimal, Decimal]:
    """On hand, allocated, on order."""
    stock = sums(actor, [item.pk], [location.pk])[item.pk]
    return stock.on_hand, stock.allocated, stock.on_order
