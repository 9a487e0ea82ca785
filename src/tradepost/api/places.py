"""Where stock lies: locations and their bins."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router, Schema

from tradepost.accounts.access import Actor, Permission
from tradepost.api.away import away
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Named, Page, Window
from tradepost.catalog import queries, services
from tradepost.catalog.models import Bin, Item, Location

router = Router(tags=["Stock"])


class LocationIn(In):
    """Documents that name no location take their goods from the default one."""

    name: str = ""
    is_default: bool = False


class LocationOut(Schema):
    id: int
    name: str
    is_default: bool
    archived_at: datetime | None
    version: int


class BinIn(In):
    name: str


class BinOut(Schema):
    id: int
    location_id: int
    name: str
    archived_at: datetime | None
    version: int


class InBinOut(Schema):
    """What of an item lies in a bin of a location; ``bin_id`` null is what lies outside any."""

    item_id: int
    location_id: int
    bin_id: int | None
    on_hand: Decimal

    @staticmethod
    def resolve_bin_id(row: queries.InBin) -> int | None:
        return row.bin.pk if row.bin else None


@router.get("locations", response=Page[LocationOut])
@needs(Permission.CATALOG_VIEW)
def list_locations(
    request: Call, window: Query[Window], archived: bool = False, sort: Named = "name"
) -> dict[str, Any]:
    """Warehouses, shops, vans: those in use, or with ``archived`` the others."""
    rows = Location.objects.of(request.actor).filter(archived_at__isnull=not archived)
    return page(rows, window, sort)


@router.post("locations", response={201: LocationOut})
@needs(Permission.CATALOG_EDIT)
def create_location(request: Call, body: LocationIn, response: HttpResponse) -> Location:
    """Create a location."""
    row = services.save_location(request.actor, body.given())
    tagged(response, row)
    return row


@router.patch("locations/{int:id}", response=LocationOut)
@needs(Permission.CATALOG_EDIT)
def change_location(request: Call, id: Id, body: LocationIn, response: HttpResponse) -> Location:
    """Rename a location, or make it the default."""
    version = expected_version(request)
    row = services.save_location(request.actor, body.given(), location_id=id, version=version)
    tagged(response, row)
    return row


@router.get("locations/{int:id}/bins", response=Page[BinOut])
@needs(Permission.CATALOG_VIEW)
def list_bins(request: Call, id: Id, window: Query[Window], sort: Named = "name") -> dict[str, Any]:
    """The bins of a location, archived ones too."""
    return page(Location.objects.pick(request.actor, id).bins.all(), window, sort)


@router.post("locations/{int:id}/bins", response={201: BinOut})
@needs(Permission.CATALOG_EDIT)
def create_bin(request: Call, id: Id, body: BinIn, response: HttpResponse) -> Bin:
    """Create a bin in a location."""
    place = Location.objects.pick(request.actor, id)
    row = services.save_bin(request.actor, {"location_id": place.pk, "name": body.name})
    tagged(response, row)
    return row


@router.patch("bins/{int:id}", response=BinOut)
@needs(Permission.CATALOG_EDIT)
def change_bin(request: Call, id: Id, body: BinIn, response: HttpResponse) -> Bin:
    """Rename a bin."""
    version = expected_version(request)
    row = services.save_bin(request.actor, {"name": body.name}, bin_id=id, version=version)
    tagged(response, row)
    return row


def _away(place: str, model: Any, shown: Any, word: str, told: tuple[str, str]) -> None:
    def act(actor: Actor, pk: int, undo: bool) -> object:
        services.archive(actor, model.objects.pick(actor, pk), undo=undo)
        return model.objects.pick(actor, pk)

    away(router, place, word, shown, Permission.CATALOG_EDIT, act, told=told)


_away(
    "locations",
    Location,
    LocationOut,
    "location",
    (
        "Put an empty location away; one with stock, or where some is promised or on order, is refused.",
        "Take an archived location back into use.",
    ),
)
_away(
    "bins",
    Bin,
    BinOut,
    "bin",
    ("Put an empty bin away; one with stock in it is refused.", "Take an archived bin back into use."),
)


@router.get("items/{int:id}/bins", response=list[InBinOut])
@needs(Permission.CATALOG_VIEW)
def list_item_bins(request: Call, id: Id) -> list[queries.InBin]:
    """What of an item lies in which bin; a location without stock in bins is left out, its level says it all."""
    return queries.by_bin(request.actor, Item.objects.pick(request.actor, id).pk)
