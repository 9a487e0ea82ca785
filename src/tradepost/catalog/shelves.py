"""What of this room lies in the trash."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.trash import archived, put_up
from tradepost.catalog.categories import archive_category
from tradepost.catalog.models import Bin, Category, Item, ItemPicture, Location, PriceLevel, PriceList
from tradepost.catalog.pictures import archive_picture
from tradepost.catalog.prices import archive_prices
from tradepost.catalog.services import archive


def _category(actor: Actor, row: Category, *, undo: bool) -> Category:
    return archive_category(actor, row.pk, undo=undo)


def install() -> None:
    facts: dict[str, Any] = {"view": Permission.CATALOG_VIEW, "change": Permission.CATALOG_EDIT}
    put_up(
        archived(Item, archive, "item", _("Items"), words=("sku", "name"), **facts),
        archived(
            ItemPicture, archive_picture, "picture", _("Pictures"), words=("name", "item__sku"), **facts
        ),
        archived(Location, archive, "location", _("Locations"), words=("name",), **facts),
        archived(Bin, archive, "bin", _("Bins"), words=("name", "location__name"), **facts),
        archived(Category, _category, "category", _("Categories"), words=("name",), **facts),
        archived(PriceList, archive_prices, "price-list", _("Price lists"), words=("name",), **facts),
        archived(PriceLevel, archive_prices, "price-level", _("Price levels"), words=("name",), **facts),
    )
