"""Price levels and price lists, and what an item is made of and who sells it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema

from tradepost.accounts.access import Actor, Permission
from tradepost.api.away import away
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Money, Page, Percent, Window
from tradepost.catalog import services
from tradepost.catalog.details import Code, Component, Details, Unit, Vendor
from tradepost.catalog.models import Item, PriceLevel, PriceList
from tradepost.catalog.prices import Break, archive_prices, save_price_level, save_price_list

router = Router(tags=["Prices"])


class LevelIn(In):
    """``percent`` off the item's own price; below zero it is added."""

    name: str = ""
    percent: Percent = Decimal(0)


class LevelOut(Schema):
    id: int
    name: str
    percent: Decimal
    version: int


class BreakIn(In):
    """The price of one piece when at least ``quantity`` are bought."""

    item_id: Id
    price: Money
    quantity: Money = Decimal(1)


class BreakOut(Schema):
    item_id: int
    quantity: Decimal
    price: Decimal


class ListIn(In):
    """Without a level it is for everyone. ``breaks``, where sent, replace all its prices."""

    name: str = ""
    level_id: Id | None = None
    currency: str = ""
    starts: date | None = None
    ends: date | None = None
    breaks: list[BreakIn] | None = None


class ListOut(Schema):
    id: int
    name: str
    level_id: int | None
    currency: str
    starts: date | None
    ends: date | None
    version: int


class WholeList(ListOut):
    breaks: list[BreakOut]

    @staticmethod
    def resolve_breaks(row: PriceList) -> list[Any]:
        return list(row.breaks.order_by("item_id", "quantity"))


Sort = Literal["name", "-name"]


@router.get("price-levels", response=Page[LevelOut])
@needs(Permission.CATALOG_VIEW)
def list_price_levels(request: Call, window: Query[Window], sort: Sort = "name") -> dict[str, Any]:
    """Price levels in use; those put away are in the trash."""
    return page(PriceLevel.objects.of(request.actor).filter(archived_at=None), window, sort)


@router.post("price-levels", response={201: LevelOut})
@needs(Permission.CATALOG_EDIT)
def create_price_level(request: Call, body: LevelIn, response: HttpResponse) -> PriceLevel:
    """Create a price level."""
    row = save_price_level(request.actor, body.given())
    tagged(response, row)
    return row


@router.patch("price-levels/{int:id}", response=LevelOut)
@needs(Permission.CATALOG_EDIT)
def change_price_level(request: Call, id: Id, body: LevelIn, response: HttpResponse) -> PriceLevel:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    row = save_price_level(request.actor, body.given(), level_id=id, version=expected_version(request))
    tagged(response, row)
    return row


@router.get("price-lists", response=Page[ListOut])
@needs(Permission.CATALOG_VIEW)
def list_price_lists(request: Call, window: Query[Window], sort: Sort = "name") -> dict[str, Any]:
    """Price lists in use, without their prices; those put away are in the trash."""
    return page(PriceList.objects.of(request.actor).filter(archived_at=None), window, sort)


@router.get("price-lists/{int:id}", response=WholeList)
@needs(Permission.CATALOG_VIEW)
def get_price_list(request: Call, id: Id, response: HttpResponse) -> PriceList:
    """One price list with its prices."""
    row = PriceList.objects.pick(request.actor, id)
    tagged(response, row)
    return row


@router.post("price-lists", response={201: WholeList})
@needs(Permission.CATALOG_EDIT)
def create_price_list(request: Call, body: ListIn, response: HttpResponse) -> PriceList:
    """Create a price list."""
    return _save(request, body, response)


@router.patch("price-lists/{int:id}", response=WholeList)
@needs(Permission.CATALOG_EDIT)
def change_price_list(request: Call, id: Id, body: ListIn, response: HttpResponse) -> PriceList:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    return _save(request, body, response, id, expected_version(request))


_TOLD = (
    "Put it away: nothing has a price by it any more. A level that customers or lists have is refused.",
    "Take it back.",
)


def _away(place: str, model: Any, shown: Any, word: str) -> None:
    def act(actor: Actor, pk: int, undo: bool) -> object:
        return archive_prices(actor, model.objects.pick(actor, pk), undo=undo)

    away(router, place, word, shown, Permission.CATALOG_EDIT, act, told=_TOLD)


_away("price-levels", PriceLevel, LevelOut, "price_level")
_away("price-lists", PriceList, ListOut, "price_list")


def _save(
    request: Call, body: ListIn, response: HttpResponse, pk: int | None = None, version: int | None = None
) -> PriceList:
    values = body.given()
    given = values.pop("breaks", None)
    breaks = [Break(**one) for one in given] if given is not None else None
    row = save_price_list(request.actor, values, list_id=pk, version=version, breaks=breaks)
    tagged(response, row)
    return row


# -- what belongs to an item -----------------------------------------------------------------------------------------


class PartIo(In):
    part_id: Id
    quantity: Money


class UnitIo(In):
    """One ``name`` is ``factor`` of the stock unit."""

    name: str
    factor: Money


class CodeIo(In):
    code: str
    unit: str = ""


class BreakIo(In):
    """The ``price`` of one from ``quantity`` on."""

    quantity: Money
    price: Money


class VendorIo(In):
    """``quantity`` is what the vendor has; the first vendor is preferred. ``breaks``: its prices for larger quantities."""

    vendor: str
    vendor_id: Id | None = None
    vendor_sku: str = ""
    price: Money | None = None
    currency: str = ""
    lead_days: int | None = None
    quantity: Money = Decimal(0)
    breaks: list[BreakIo] = []


class Makeup(In):
    """What replaces all there was of its kind; what is not sent stays."""

    parts: list[PartIo] | None = None
    units: list[UnitIo] | None = None
    barcodes: list[CodeIo] | None = None
    vendors: list[VendorIo] | None = None


def _makeup(request: Call, row: Item, response: HttpResponse) -> dict[str, Any]:
    """What vendors ask is told to who may see costs."""
    tagged(response, row)
    vendors = list(row.vendors.order_by("position").values(*VendorIo.model_fields))
    for one in vendors:
        one["breaks"] = [{"quantity": n, "price": price} for n, price in one["breaks"]]
    if not request.actor.may(Permission.COST_VIEW):
        vendors = [{**one, "price": None, "breaks": []} for one in vendors]
    return {
        "parts": list(row.parts.order_by("position").values("part_id", "quantity")),
        "units": list(row.units.order_by("pk").values("name", "factor")),
        "barcodes": list(row.barcodes.order_by("pk").values("code", "unit")),
        "vendors": vendors,
    }


@router.get("items/{int:id}/made-of", response=Makeup)
@needs(Permission.CATALOG_VIEW)
def get_item_makeup(request: Call, id: Id, response: HttpResponse) -> dict[str, Any]:
    """Parts, further units, barcodes and vendors of an item."""
    return _makeup(request, Item.objects.pick(request.actor, id), response)


@router.put("items/{int:id}/made-of", response=Makeup)
@needs(Permission.CATALOG_EDIT)
def put_item_makeup(request: Call, id: Id, body: Makeup, response: HttpResponse) -> dict[str, Any]:
    """Set them. With If-Match, only if nobody changed the item since."""
    shapes: dict[str, Any] = {"parts": Component, "units": Unit, "barcodes": Code, "vendors": Vendor}
    given = body.given().items()
    for vendor in (one for name, rows in given if name == "vendors" for one in rows or []):
        vendor["breaks"] = tuple((b["quantity"], b["price"]) for b in vendor.get("breaks", ()))
    details = Details(
        **{name: [shapes[name](**one) for one in rows] for name, rows in given if rows is not None}
    )
    row = services.save_item(
        request.actor, {}, item_id=id, version=expected_version(request), details=details
    )
    return _makeup(request, row, response)
