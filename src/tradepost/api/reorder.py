"""The reorder proposal, its purchase orders, and the levels that it goes by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ninja import Router, Schema, Status

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, needs
from tradepost.api.document_shapes import DocumentRow
from tradepost.api.schema import Id, In, Money
from tradepost.reports import reordering
from tradepost.sales import assembling
from tradepost.sales.models import Document

router = Router(tags=["Reorder"])


class ProposalOut(Schema):
    """Quantities are in the item's stock unit. An ``assembly`` is built rather than bought, ``buildable`` of it from the
    parts that are there. ``vendor_id`` is the preferred vendor's; without one nothing can be
    ordered. ``available`` less ``waiting`` plus ``coming`` is what there will be. ``price`` is what
    the vendor asks, told to who may see costs."""

    item_id: int
    sku: str
    location_id: int
    vendor_id: int | None
    vendor_name: str
    on_hold: bool
    assembly: bool
    buildable: int | None
    quantity: Decimal
    price: Decimal | None
    lead_days: int
    available: Decimal
    waiting: Decimal
    coming: Decimal
    sold: Decimal


class WantedIn(In):
    item_id: Id
    location_id: Id
    vendor_id: Id
    quantity: Money


class OrderIn(In):
    lines: list[WantedIn]


class LevelIn(In):
    """``multiple``: only so many at a time are ordered; 0 is any number."""

    item_id: Id
    location_id: Id
    minimum: Money | None = None
    maximum: Money | None = None
    multiple: Money = Decimal(0)


class LevelOut(Schema):
    item_id: int
    location_id: int
    minimum: Decimal | None
    maximum: Decimal | None
    multiple: Decimal


@router.get("reorder", response=list[ProposalOut])
@needs(Permission.CATALOG_VIEW)
def get_reorder_proposal(request: Call, days: int = 90, cover_days: int = 30) -> list[dict[str, Any]]:
    """What to buy now: by levels, by sales of the last ``days`` days that are to last for ``cover_days``, by what
    customers wait for and what is on its way."""
    rows = reordering.proposal(request.actor, days=days, cover_days=cover_days)
    return [
        {
            "item_id": row.item.pk,
            "sku": row.item.sku,
            "location_id": row.location.pk,
            "vendor_id": row.vendor.pk if row.vendor else None,
            "vendor_name": row.vendor_name,
            "on_hold": row.on_hold,
            "assembly": row.assembly,
            "buildable": row.buildable,
            "quantity": row.quantity,
            "price": row.price,
            **{n: getattr(row.need, n) for n in ("lead_days", "available", "waiting", "coming", "sold")},
        }
        for row in rows
    ]


@router.post("reorder", response={201: list[DocumentRow]})
@needs(Permission.PURCHASING)
def order_proposed(request: Call, body: OrderIn) -> Status[Any]:
    """One purchase order a vendor and location, as drafts; all or none."""
    lines = [reordering.Wanted(**line.model_dump()) for line in body.lines]
    return Status(201, reordering.order(request.actor, lines))


@router.put("reorder/levels", response=LevelOut)
@needs(Permission.CATALOG_EDIT)
def set_reorder_level(request: Call, body: LevelIn) -> Any:
    """How much of an item is to lie at a location; without any figure, it is computed again."""
    return reordering.set_level(request.actor, **body.model_dump()) or body.model_dump()


class BuildIn(In):
    item_id: Id
    location_id: Id
    quantity: Money


class BuildsIn(In):
    lines: list[BuildIn]


@router.post("reorder/builds", response={204: None})
@needs(Permission.STOCK_MOVE)
def build_proposed(request: Call, body: BuildsIn) -> None:
    """Build assemblies, those among their parts that lack first; all or none. The orders that wait hold them then."""
    wanted = [(line.item_id, line.location_id, line.quantity) for line in body.lines]
    assembling.build_and_hand_out(request.actor, wanted)


class LackingOut(Schema):
    """An assembly that an order lacks at a location, and how many of it can be built now."""

    item_id: int
    sku: str
    location_id: int
    quantity: Decimal
    buildable: Decimal

    @staticmethod
    def resolve_item_id(row: assembling.Lacking) -> int:
        return row.item.pk

    @staticmethod
    def resolve_sku(row: assembling.Lacking) -> str:
        return row.item.sku


@router.get("documents/{int:id}/builds", response=list[LackingOut])
@needs(Permission.SALES_VIEW)
def list_lacking(request: Call, id: Id) -> Any:
    """The assemblies that an order lacks: neither held for it nor free."""
    return assembling.lacking(request.actor, Document.objects.pick(request.actor, id))


@router.post("documents/{int:id}/builds", response={201: list[LackingOut]})
@needs(Permission.STOCK_MOVE)
def build_lacking(request: Call, id: Id) -> Any:
    """Build what an order lacks, as far as the parts go, and hold it for the order; what was lacking before is told."""
    return assembling.build_lacking(request.actor, id)
