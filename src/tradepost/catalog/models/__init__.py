"""What is sold, for how much, and where it lies."""

from tradepost.catalog.models.items import (
    Barcode,
    Category,
    Item,
    ItemPart,
    ItemPicture,
    ItemType,
    ItemUnit,
    ItemVendor,
)
from tradepost.catalog.models.prices import PriceBreak, PriceLevel, PriceList
from tradepost.catalog.models.stock import Bin, Location, StockLevel, StockMove

__all__ = [
    "Barcode",
    "Bin",
    "Category",
    "Item",
    "ItemPart",
    "ItemPicture",
    "ItemType",
    "ItemUnit",
    "ItemVendor",
    "Location",
    "PriceBreak",
    "PriceLevel",
    "PriceList",
    "StockLevel",
    "StockMove",
]
