"""Verbs on items and locations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import archived_already
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog import details as its
from tradepost.catalog.categories import below
from tradepost.catalog.details import Details
from tradepost.catalog.models import Bin, Item, ItemType, Location, StockLevel, StockMove
from tradepost.catalog.saving import fill, opened, save_row, saving
from tradepost.custom.marking import mark
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.words import within
from tradepost.wire.orm import matching

ITEM_FIELDS = (
    "sku",
    "name",
    "type",
    "description",
    "unit",
    "price",
    "tax_rate",
    "discount_percent",
    "discount_reach",
    "category_id",
    "parent_id",
    "options",
)
MAX_VARIANTS = 500


def save_item(
    actor: Actor,
    values: dict[str, Any],
    *,
    item_id: int | None = None,
    version: int | None = None,
    details: Details | None = None,
) -> Item:
    """Create an item, or change the named fields of one. What ``details`` gives replaces all there was of its kind."""
    actor.require(Permission.CATALOG_EDIT)
    details = details or Details()
    with saving(values):
        row, before = opened(actor, Item, item_id, version)
        before |= its.snapshot(row, details) if item_id else {}
        sizes = its.sizes(row) if item_id and ("unit" in values or details.units is not None) else {}
        fill(row, mark(actor, row, values, new=item_id is None), ITEM_FIELDS)
        _check_item(row)
        row.save()
        stored = its.put(actor, row, details)
        its.check_sizes(row, sizes)
        if not ItemType(row.type).has_parts and row.parts.exists():
            raise Invalid(
                fields={
                    "type": _("A {type} has no parts; take them out first.").format(
                        type=within(row.get_type_display())
                    )
                }
            )
        audit.record(actor, "item.save", row, before, audit.snapshot(row) | stored)
    return row


def _check_item(row: Item) -> None:
    if Decimal(row.price) < 0 and row.type != ItemType.DISCOUNT:
        raise Invalid(fields={"price": _("A price cannot be negative. Use a discount instead.")})
    if not 0 <= Decimal(row.discount_percent) <= 100:
        raise Invalid(fields={"discount_percent": _("A discount is between 0 and 100 percent.")})
    if row.discount_percent and row.type != ItemType.DISCOUNT:
        raise Invalid(fields={"discount_percent": _("Only a discount takes a percentage off other lines.")})
    if row.parent_id is not None and (row.parent is None or row.parent.type != ItemType.MATRIX):
        raise Invalid(fields={"parent_id": _("Only a matrix item has variants.")})
    if row.parent_id is not None and row.type == ItemType.MATRIX:
        raise Invalid(fields={"type": _("A variant cannot have variants of its own.")})
    if not isinstance(row.options, dict) or not all(isinstance(v, str) for v in row.options.values()):
        raise Invalid(fields={"options": _("Options are names with a text each, such as Size: XL.")})
    if row.pk and not ItemType(row.type).keeps_stock and _has_stock(StockLevel.objects.filter(item=row)):
        raise Conflict(
            _("{sku} is in stock, allocated or on order, so it stays a stock item.").format(sku=row.sku),
            cure=_("Ship, count or release it first."),
        )
    if row.pk and row.type != ItemType.MATRIX and row.variants.exists():
        raise Invalid(
            fields={"type": _("{sku} has variants, so it stays a matrix item.").format(sku=row.sku)}
        )


def _has_stock(levels: ScopedQuerySet[StockLevel]) -> bool:
    """Whether any level says more than zero. The levels are locked, so that nothing moves until the verb is done."""
    rows = levels.order_by("item_id", "location_id").select_for_update(of=("self",))
    return any(row.on_hand or row.allocated or row.on_order for row in rows)


def items(
    actor: Actor,
    *,
    search: str = "",
    category_id: int | None = None,
    tag: str = "",
    archived: bool = False,
) -> ScopedQuerySet[Item]:
    """Items in use, or those put away; those of a category with all below it."""
    actor.require(Permission.CATALOG_VIEW)
    rows = Item.objects.of(actor).filter(matching(search), archived_at__isnull=not archived)
    if category_id is not None:
        rows = rows.filter(category_id__in=below(actor, category_id))
    return rows.filter(tags__contains=[tag]) if tag else rows


def make_variants(actor: Actor, parent_id: int, axes: Mapping[str, Sequence[str]]) -> list[Item]:
    """The variants of a matrix item that are still missing: ``{"Size": ["S", "M"], "Colour": ["Red"]}`` makes two.

    Each takes price, unit, tax and category from its parent; its SKU is the parent's and the options.
    """
    actor.require(Permission.CATALOG_EDIT)
    chosen = {
        name.strip(): list(dict.fromkeys(v.strip() for v in vs if v.strip())) for name, vs in axes.items()
    }
    if not chosen or not all(name and values for name, values in chosen.items()):
        raise Invalid(fields={"axes": _("Name each option and its values, such as Size: S, M, L.")})
    if prod(len(values) for values in chosen.values()) > MAX_VARIANTS:
        raise Invalid(
            fields={"axes": _("That makes more than {most} variants.").format(most=MAX_VARIANTS)},
            cure=_("Split the item."),
        )
    with transaction.atomic():
        parent = Item.objects.pick_for_change(actor, parent_id)
        there = list(parent.variants.values_list("options", flat=True))
        wanted = [dict(zip(chosen, values, strict=True)) for values in product(*chosen.values())]
        return [save_item(actor, _variant(parent, options)) for options in wanted if options not in there]


def _variant(parent: Item, options: dict[str, str]) -> dict[str, Any]:
    words = [value.upper().replace(" ", "") for value in options.values()]
    same = {key: getattr(parent, key) for key in ("description", "unit", "price", "tax_rate", "category_id")}
    return {
        **same,
        "sku": "-".join([parent.sku, *words]),
        "name": f"{parent.name}, {', '.join(options.values())}",
        "type": ItemType.STOCK,
        "parent_id": parent.pk,
        "options": options,
    }


def save_location(
    actor: Actor, values: dict[str, Any], *, location_id: int | None = None, version: int | None = None
) -> Location:
    """Create a location, rename it, or make it the default; one default takes over from another."""
    actor.require(Permission.CATALOG_EDIT)

    def check(row: Location) -> None:
        if row.is_default and row.archived_at:
            raise Conflict(
                _("{row} is archived and cannot be the default.").format(row=row.name),
                cure=_("Restore it first."),
            )
        if row.is_default:
            others = Location.objects.of(actor).filter(is_default=True).exclude(pk=row.pk)
            others.update(is_default=False)

    return save_row(actor, Location, values, ("name", "is_default"), location_id, version, check)


def save_bin(
    actor: Actor, values: dict[str, Any], *, bin_id: int | None = None, version: int | None = None
) -> Bin:
    """Create a bin in ``location_id``, or rename one; a bin does not change its location."""
    actor.require(Permission.CATALOG_EDIT)
    fields = ("name",) if bin_id else ("name", "location_id")
    return save_row(
        actor, Bin, {} | values if bin_id else {"location_id": None, **values}, fields, bin_id, version
    )


def archive(actor: Actor, row: Item | Location | Bin, *, undo: bool = False) -> None:
    """Put an item, a location or a bin away, or take it back. With stock, or promises, it stays."""
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        locked = type(row).objects.pick_for_change(actor, row.pk)
        if (locked.archived_at is None) == undo:
            raise archived_already(locked, undo)
        if not undo and _in_use(locked):
            raise Conflict(
                _("{locked} still has stock, or some is promised or on order.").format(locked=locked),
                cure=_("Transfer it elsewhere, count it to zero, or cancel what is promised first."),
            )
        before = audit.snapshot(locked)
        locked.archived_at = None if undo else clock.now()
        locked.version += 1
        fields = ["archived_at", "version", "updated_at"]
        if isinstance(locked, Location) and not undo:
            locked.is_default = False
            fields.append("is_default")
        locked.save(update_fields=fields)
        audit.record(actor, f"{locked._meta.model_name}.{'restore' if undo else 'archive'}", locked, before)


def _in_use(row: Item | Location | Bin) -> bool:
    """Whether anything lies there or is promised; what says so stays locked until the verb is done."""
    if isinstance(row, Bin):
        items = StockMove.objects.filter(bin=row).values("item")
        levels = StockLevel.objects.filter(location=row.location_id, item__in=items)
        list(levels.order_by("item_id", "location_id").select_for_update(of=("self",)))
        sums = StockMove.objects.filter(bin=row).order_by().values("item").annotate(there=Sum("on_hand"))
        return sums.exclude(there=0).exists()
    here = Q(item=row) if isinstance(row, Item) else Q(location=row)
    return _has_stock(StockLevel.objects.filter(here))
