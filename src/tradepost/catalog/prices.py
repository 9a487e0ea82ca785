"""Verbs on price levels and lists, and the prices of a whole document at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import Item, PriceBreak, PriceLevel, PriceList
from tradepost.catalog.pricing import Level, Offer, Priced, price_for
from tradepost.catalog.saving import fill, opened, save_row, saving
from tradepost.kit.errors import Invalid
from tradepost.kit.money import exponent

LIST_FIELDS = ("name", "level_id", "currency", "starts", "ends")


@dataclass(frozen=True, slots=True)
class Break:
    """The price of one piece from ``quantity`` on."""

    item_id: int
    price: Decimal
    quantity: Decimal = Decimal(1)


def save_price_level(
    actor: Actor, values: dict[str, Any], *, level_id: int | None = None, version: int | None = None
) -> PriceLevel:
    """Create or change a price level."""
    actor.require(Permission.CATALOG_EDIT)

    def check(row: PriceLevel) -> None:
        if Decimal(row.percent) > 100:
            raise Invalid(fields={"percent": "A discount cannot be more than 100 percent."})

    return save_row(actor, PriceLevel, values, ("name", "percent"), level_id, version, check)


def save_price_list(
    actor: Actor,
    values: dict[str, Any],
    *,
    list_id: int | None = None,
    version: int | None = None,
    breaks: Sequence[Break] | None = None,
) -> PriceList:
    """Create or change a price list. ``breaks``, where given, replace all its prices."""
    actor.require(Permission.CATALOG_EDIT)
    with saving(values):
        row, before = opened(actor, PriceList, list_id, version)
        row.currency = row.currency or _currency(actor)
        fill(row, values, LIST_FIELDS)
        exponent(row.currency)
        if row.starts and row.ends and row.ends < row.starts:
            raise Invalid(fields={"ends": "The list ends before it starts."})
        row.save()
        count = _put_breaks(row, breaks) if breaks is not None else row.breaks.count()
        audit.record(actor, "pricelist.save", row, before, audit.snapshot(row) | {"prices": count})
    row.refresh_from_db()
    return row


def _put_breaks(row: PriceList, breaks: Sequence[Break]) -> int:
    ids = {one.item_id for one in breaks}
    ours = set(
        Item.objects.filter(organisation_id=row.organisation_id, pk__in=ids).values_list("pk", flat=True)
    )
    problems = {}
    seen: set[tuple[int, Decimal]] = set()
    for n, one in enumerate(breaks, 1):
        if one.item_id not in ours:
            problems[f"breaks.{n}"] = f"Line {n}: there is no such item."
        elif one.price < 0 or one.quantity < 0:
            problems[f"breaks.{n}"] = f"Line {n}: neither price nor quantity can be negative."
        elif (one.item_id, one.quantity) in seen:
            problems[f"breaks.{n}"] = f"Line {n}: this item and quantity have a price already."
        seen.add((one.item_id, one.quantity))
    if problems:
        raise Invalid(fields=problems)
    row.breaks.all().delete()
    PriceBreak.objects.bulk_create(
        [
            PriceBreak(
                organisation_id=row.organisation_id,
                list=row,
                item_id=one.item_id,
                quantity=one.quantity,
                price=one.price,
            )
            for one in breaks
        ]
    )
    return len(breaks)


def prices(
    actor: Actor,
    quantities: Mapping[int, Decimal],
    *,
    on: date,
    level_id: int | None = None,
    currency: str = "",
) -> dict[int, Priced]:
    """The price of one piece of each item when so many are bought (item id → quantity in stock units).

    ``currency`` empty is the company's; in another, an item has a price only where a list in that currency says so.
    """
    actor.require(Permission.CATALOG_VIEW)
    return offered(actor, quantities, on, level_id, currency)


def offered(
    actor: Actor, quantities: Mapping[int, Decimal], on: date, level_id: int | None, currency: str
) -> dict[int, Priced]:
    """``prices`` for a verb that has asked for its own permission: who may sell may know what for."""
    home = _currency(actor)
    level = PriceLevel.objects.pick(actor, level_id) if level_id is not None else None
    rank = Level(level.pk, level.percent) if level else None
    own = dict(Item.objects.of(actor).filter(pk__in=quantities).values_list("pk", "price"))
    offers: dict[int, list[Offer]] = {}
    for row in (
        PriceBreak.objects.of(actor)
        .filter(item_id__in=own, list__currency=currency or home)
        .select_related("list")
    ):
        kept = row.list
        offer = Offer(kept.name, row.price, row.quantity, kept.level_id, kept.starts, kept.ends)
        offers.setdefault(row.item_id, []).append(offer)
    at_home = currency in ("", home)
    found = {
        pk: price_for(price if at_home else None, offers.get(pk, ()), rank, quantities[pk], on)
        for pk, price in own.items()
    }
    named = level.name if level and level.percent else ""
    return {
        pk: priced if priced.list else replace(priced, list=named)
        for pk, priced in found.items()
        if priced is not None
    }


def _currency(actor: Actor) -> str:
    return Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
