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
from tradepost.api.schema import Id, In, Moment, Money, Page, Percent, Window
from tradepost.catalog import services
from tradepost.catalog.models import Item, ItemType
from tradepost.catalog.pricing import Reach

router = Router(tags=["Items"])

Order = Literal[
    "sku", "-sku", "name", "-name", "price", "-price",
    "created_at", "-created_at", "updated_at", "-updated_at",
]  # fmt: skip


class ItemIn(MarksIn):
    """``price`` is in the company's currency, ``tax_rate`` in percent. A discount takes ``discount_percent`` or, without
    one, the amount ``price`` off the line above or all lines above. A variant names its ``parent_id`` and its
    ``options``: ``{"Size": "XL"}``."""

    sku: str = ""
    name: str = ""
    type: ItemType = ItemType.STOCK
    description: str = ""
    unit: str = "each"
    price: Money = Decimal(0)
    tax_rate: Percent = Decimal(0)
    discount_percent: Percent = Decimal(0)
    discount_reach: Reach = Reach.ABOVE
    category_id: Id | None = None
    parent_id: Id | None = None
    options: dict[str, str] = {}


class ItemOut(MarksOut):
    id: int
    sku: str
    name: str
    type: ItemType
    description: str
    unit: str
    price: Decimal
    tax_rate: Decimal
    discount_percent: Decimal
    discount_reach: Reach
    category_id: int | None
    parent_id: int | None
    options: dict[str, str]
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
    category_id: Id | None = None,
    archived: bool = False,
    updated_since: Moment | None = None,
    sort: Order = "sku",
) -> dict[str, Any]:
    """Items. ``q`` looks for words in SKU, name and description; ``category_id`` takes all that is in it, at any depth."""
    found = services.items(request.actor, search=q, category_id=category_id, archived=archived)
    rows = marks.narrow_marks(request.actor, found)
    rows = rows.filter(updated_at__gte=updated_since) if updated_since else rows
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


@router.post("items/{int:id}/archive", response=ItemOut)
@needs(Permission.CATALOG_EDIT)
def archive_item(request: Call, id: Id, response: HttpResponse) -> Item:
    """Put an item away: it is offered no more. With stock, promised or on order, it stays."""
    services.archive(request.actor, Item.objects.pick(request.actor, id))
    return _item(request, id, response)


@router.post("items/{int:id}/restore", response=ItemOut)
@needs(Permission.CATALOG_EDIT)
def restore_item(request: Call, id: Id, response: HttpResponse) -> Item:
    """Take an archived item back."""
    services.archive(request.actor, Item.objects.pick(request.actor, id), undo=True)
    return _item(request, id, response)


class VariantsIn(In):
    """``options``: each with its values, such as ``{"Size": ["S", "M"], "Colour": ["Red"]}``."""

    options: dict[str, list[str]]


@router.get("items/{int:id}/variants", response=Page[ItemOut])
@needs(Permission.CATALOG_VIEW)
def list_variants(request: Call, id: Id, window: Query[Window], sort: Order = "sku") -> dict[str, Any]:
    """The variants of a matrix item."""
    return page(Item.objects.pick(request.actor, id).variants.filter(archived_at=None), window, sort)


@router.post("items/{int:id}/variants", response={201: list[ItemOut]})
@needs(Permission.CATALOG_EDIT)
def make_variants(request: Call, id: Id, body: VariantsIn) -> list[Item]:
    """Make the variants of a matrix item that are still missing: one for each way to choose a value of every option."""
    return services.make_variants(request.actor, id, body.options)
