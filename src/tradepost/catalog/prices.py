"""Verbs on price levels and lists, and the prices of a whole document at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import CURE, archived_already, put_away
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import Item, PriceBreak, PriceLevel, PriceList
from tradepost.catalog.pricing import Level, Offer, Priced, price_for
from tradepost.catalog.saving import fill, opened, save_row, saving
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.money import exponent
from tradepost.kit.words import counted

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
            raise Invalid(fields={"percent": _("A discount cannot be more than 100 percent.")})

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
            raise Invalid(fields={"ends": _("The list ends before it starts.")})
        row.save()
        count = _put_breaks(row, breaks) if breaks is not None else row.breaks.count()
        audit.record(actor, "pricelist.save", row, before, audit.snapshot(row) | {"prices": count})
    row.refresh_from_db()
    return row


def archive_prices(
    actor: Actor, row: PriceList | PriceLevel, *, undo: bool = False
) -> PriceList | PriceLevel:
    """Put a price list or a level away, or take it back. By a list that was put away nothing has a price any more; a level
    that customers or lists have stays."""
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        locked: Any = type(row).objects.pick_for_change(actor, row.pk)
        if (locked.archived_at is None) == undo:
            raise archived_already(locked, undo)
        if not undo and isinstance(locked, PriceLevel) and (users := users_of(locked)):
            raise Conflict(
                _("{locked} is the price level of {users}.").format(locked=locked, users=", ".join(users)),
                cure=_("Give those another one first."),
            )
        if undo and isinstance(locked, PriceList) and locked.level and locked.level.archived_at:
            raise Conflict(
                _("{locked} is for the level {level}, which is archived.").format(
                    locked=locked, level=locked.level
                ),
                cure=_("Restore the level first."),
            )
        before = audit.snapshot(locked)
        locked.archived_at = None if undo else clock.now()
        locked.version += 1
        locked.save(update_fields=["archived_at", "version", "updated_at"])
        audit.record(actor, f"{locked._meta.model_name}.{'restore' if undo else 'archive'}", locked, before)
    return cast("PriceList | PriceLevel", locked)


def users_of(level: PriceLevel) -> list[str]:
    """What of any room has a level and is in use, as ``"3 customers"``."""
    found = []
    for relation in level._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.one_to_many):
            continue
        model: Any = relation.related_model
        shelves = {f.name for f in model._meta.concrete_fields} & {"archived_at", "trashed_at"}
        held = {relation.field.attname: level.pk} | dict.fromkeys(shelves)  # type: ignore[union-attr]
        if count := model.objects.filter(**held).count():
            found.append(counted(count, str(model._meta.verbose_name), str(model._meta.verbose_name_plural)))
    return found


def _put_breaks(row: PriceList, breaks: Sequence[Break]) -> int:
    ids = {one.item_id for one in breaks}
    ours = Item.objects.filter(organisation_id=row.organisation_id).in_bulk(ids)
    there = set(row.breaks.values_list("item_id", flat=True))
    problems = {}
    seen: set[tuple[int, Decimal]] = set()
    for n, one in enumerate(breaks, 1):
        if one.item_id not in ours:
            problems[f"breaks.{n}"] = _("Line {n}: there is no such item.").format(n=n)
        elif one.item_id not in there and (cause := put_away(ours[one.item_id])):
            problems[f"breaks.{n}"] = f"Line {n}: {cause} {CURE}"
        elif one.price < 0 or one.quantity < 0:
            problems[f"breaks.{n}"] = _("Line {n}: neither price nor quantity can be negative.").format(n=n)
        elif (one.item_id, one.quantity) in seen:
            problems[f"breaks.{n}"] = _("Line {n}: this item and quantity have a price already.").format(n=n)
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
    return PriceBook(actor, quantities).prices(quantities, on, level_id, currency)


class PriceBook:
    """What the price of some items depends on, read once for any number of documents.

    It asks for no permission: a verb that has its own reads it, for who may sell may know what for.
    """

    def __init__(self, actor: Actor, item_ids: Iterable[int]) -> None:
        self._home = _currency(actor)
        self._own = dict(Item.objects.of(actor).filter(pk__in=set(item_ids)).values_list("pk", "price"))
        self._levels = {row.pk: row for row in PriceLevel.objects.of(actor)}
        self._offers: dict[tuple[int, str], list[Offer]] = {}
        for row in (
            PriceBreak.objects.of(actor)
            .filter(item_id__in=self._own, list__archived_at=None)
            .select_related("list")
        ):
            kept = row.list
            offer = Offer(kept.name, row.price, row.quantity, kept.level_id, kept.starts, kept.ends)
            self._offers.setdefault((row.item_id, kept.currency), []).append(offer)

    def prices(
        self, quantities: Mapping[int, Decimal], on: date, level_id: int | None, currency: str
    ) -> dict[int, Priced]:
        """As the function ``prices``. Raises ``Missing`` for a level that is not there."""
        level = self._level(level_id)
        rank = Level(level.pk, level.percent) if level else None
        at_home = currency in ("", self._home)
        found = {}
        for pk in quantities.keys() & self._own.keys():
            offers = self._offers.get((pk, currency or self._home), ())
            priced = price_for(self._own[pk] if at_home else None, offers, rank, quantities[pk], on)
            if priced is not None:
                named = level.name if level and level.percent and not priced.list else priced.list
                found[pk] = replace(priced, list=named)
        return found

    def _level(self, level_id: int | None) -> PriceLevel | None:
        if level_id is None:
            return None
        if level_id not in self._levels:
            raise Missing(_("price level"))
        return self._levels[level_id]


def _currency(actor: Actor) -> str:
    return Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
