"""The pages of stock and prices: what lies where, what moved it, what an item is made of, and what it costs whom."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Permission
from tradepost.catalog.models import PriceLevel, PriceList
from tradepost.web.shell import SETTINGS, STOCK, GearItem, NavItem, Section
from tradepost.web.stock import (
    available,
    categories,
    levels,
    makeup,
    moves,
    pictures,
    places,
    prices,
    variants,
)

section = Section(
    urls=[
        path("stock/", levels.listing, name="stock"),
        path("stock/export/", levels.export, name="stock-export"),
        path("stock/availability/", available.listing, name="availability"),
        path("stock/availability/export/", available.export, name="availability-export"),
        path("items/<int:pk>/stock/", levels.of_item, name="item-stock"),
        path("items/<int:pk>/stock/<str:kind>/", moves.move, name="item-move"),
        path("stock-moves/<int:pk>/undo/", moves.undo, name="stock-move-undo"),
        path("items/<int:pk>/made-of/", makeup.edit, name="item-makeup"),
        path("items/<int:pk>/pictures/", pictures.of_item, name="item-pictures"),
        path("pictures/<int:pk>/", pictures.show, name="picture"),
        path("pictures/<int:pk>/<str:act>/", pictures.change, name="picture-change"),
        path("items/<int:pk>/variants/", variants.variants, name="item-variants"),
        path("locations/", places.listing, name="locations"),
        path("locations/new/", places.edit, name="location-new"),
        path("locations/<int:pk>/", places.edit, name="location"),
        path("locations/<int:place>/bins/new/", places.edit_bin, name="bin-new"),
        path("bins/<int:pk>/", places.edit_bin, name="bin"),
        path("stock/<str:what>/<int:pk>/<str:act>/", places.put_away, name="place-put-away"),
        path("categories/", categories.listing, name="categories"),
        path("categories/new/", categories.edit, name="category-new"),
        path("categories/<int:pk>/", categories.edit, name="category"),
        path("categories/<int:pk>/<str:act>/", categories.put_away, name="category-put-away"),
        path("price-lists/", prices.lists, name="price-lists"),
        path("price-lists/new/", prices.edit_list, name="price-list-new"),
        path("price-lists/<int:pk>/", prices.edit_list, name="price-list"),
        path(
            "price-lists/<int:pk>/archive/",
            prices.put_away,
            {"which": PriceList, "back": "price-lists"},
            name="price-list-archive",
        ),
        path(
            "price-levels/<int:pk>/archive/",
            prices.put_away,
            {"which": PriceLevel, "back": "price-levels"},
            name="price-level-archive",
        ),
        path("price-levels/", prices.levels, name="price-levels"),
        path("price-levels/new/", prices.edit_level, name="price-level-new"),
        path("price-levels/<int:pk>/", prices.edit_level, name="price-level"),
    ],
    nav=(
        NavItem(
            STOCK, _("Stock"), "warehouse", "stock", Permission.CATALOG_VIEW, keys="g h",
            within=("availability", "item-stock", "item-move", "item-makeup", "item-variants", "item-pictures"),
        ),
        NavItem(
            STOCK, _("Prices"), "tags", "price-lists", Permission.CATALOG_VIEW,
            within=("price-list", "price-list-new", "price-levels", "price-level", "price-level-new"),
        ),
    ),
    gear=(
        GearItem(SETTINGS, _("Locations and bins"), "warehouse", "locations", Permission.CATALOG_EDIT),
        GearItem(SETTINGS, _("Categories"), "folder-tree", "categories", Permission.CATALOG_EDIT),
    ),
)  # fmt: skip
