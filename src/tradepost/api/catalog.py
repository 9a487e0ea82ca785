"""Items."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.marks import MarksFilter, MarksIn, MarksOut
from tradepost.api.paging import page
from tradepost.api.schema import Id, Money, Page, Percent, Window
from tradepost.catalog import services
from tradepost.catalog.models import Item, ItemType

router = Router(tags=["Items"])

Order = Literal["sku", "-sku", "name", "-name", "price", "-price", "created_at", "-created_at"]


class ItemIn(MarksIn):
    """``price`` is in the company's currency, ``tax_rate`` in percent."""

    sku: str = ""
    name: str = ""
    type: ItemType = ItemType.STOCK
    description: str = ""
    unit: str = "each"
    price: Money = Decimal(0)
    tax_rate: Percent = Decimal(0)


class ItemOut(MarksOut):
    id: int
    sku: str
    name: str
    type: ItemType
    description: str
    unit: str
    price: Decimal
    tax_rate: Decimal
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def _item(request: Call, id: int, response: HttpResponse) -> Item:
    row = Item.objects.pick(request.actor, id)
    tagged(response, row)
    return row


@router.get("items", response=Page[ItemOut])
@needs(Permission.CATALOG_VIEW)
def list_items(
    request: Call,
    window: Query[Window],
    marks: Query[MarksFilter],
    q: str = "",
    type: ItemType | None = None,
    sort: Order = "sku",
) -> dict[str, Any]:
    """Items. ``q`` looks for words in SKU, name and description."""
    rows = marks.narrow_marks(request.actor, services.items(request.actor, search=q))
    return page(rows.filter(type=type) if type else rows, window, sort)


@router.post("items", response={201: ItemOut})
@needs(Permission.CATALOG_EDIT)
def create_item(request: Call, body: ItemIn, response: HttpResponse) -> Item:
    """Create an item."""
    row = services.save_item(request.actor, {"custom": {}, **body.given()})
    response["Location"] = f"/api/v1/items/{row.pk}"
    return _item(request, row.pk, response)


@router.get("items/{int:id}", response=ItemOut)
@needs(Permission.CATALOG_VIEW)
def get_item(request: Call, id: Id, response: HttpResponse) -> Item:
    """One item."""
    return _item(request, id, response)


@router.patch("items/{int:id}", response=ItemOut)
@needs(Permission.CATALOG_EDIT)
def change_item(request: Call, id: Id, body: ItemIn, response: HttpResponse) -> Item:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    services.save_item(request.actor, body.given(), item_id=id, version=expected_version(request))
    return _item(request, id, response)
