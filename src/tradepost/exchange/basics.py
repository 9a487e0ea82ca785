"""The columns of the set-up: categories, price levels, values of lists, taxes, exchange rates, users."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.utils.functional import SimpleLazyObject
from django.utils.translation import override

from tradepost.accounts.access import Permission
from tradepost.custom.rules import COLOURS
from tradepost.exchange.shapes import YES, Field, Group, Kind, Type, choice
from tradepost.kit.text import fold
from tradepost.kit.words import gettext_noop as _

_N, _D, _C = Type.NUMBER, Type.DAY, Type.CHOICE
_P = Permission
_APART = re.compile(r"[^0-9a-z]+")


def _list_names() -> dict[str, str]:
    """Each list by its key and by its title in English, as cells are folded."""
    from tradepost.sales.lists import (
        LISTS,  # loads Django, which the command line does without until it is needed
    )

    with override("en"):
        named = {key: key for key in LISTS} | {str(one.title): key for key, one in LISTS.items()}
    return {_APART.sub(" ", fold(name)).strip(): key for name, key in named.items()}


_LISTS: Any = SimpleLazyObject(_list_names)
_DEFAULT = Field("is_default", _("Default"), ("is default", "standard"), _C, sample="no", choices=YES)
_CODE = Field("code", _("Code"), ("tax code", "tax", "name"), needed=True, sample="CA")
_TAXES = Field("components", _("Taxes"), ("components", "parts", "taxes charged"), sample="CA; LA")

CATEGORY = Kind(
    "category", _("Category"), "categories", _P.CATALOG_EDIT, ("name", "within"),
    (
        Field("name", _("Name"), ("category", "category name", "product category"), needed=True, sample="Tents"),
        Field("within", _("Within"), ("parent", "parent category", "is in"), sample="Camping › Shelter"),
    ),
    Group.SETUP, together=True,
)  # fmt: skip
PRICE_LEVEL = Kind(
    "price_level", _("Price level"), "price-levels", _P.CATALOG_EDIT, ("name",),
    (
        Field("name", _("Name"), ("price level", "level", "customer group"), needed=True, sample="Wholesale"),
        Field("percent", _("Discount %"), ("percent", "discount"), _N, sample="12.5"),
    ),
    Group.SETUP,
)  # fmt: skip
LIST_VALUE = Kind(
    "list_value", _("Value of a list"), "values-of-lists", _P.COMPANY_SETTINGS, ("list", "name"),
    (
        Field("list", _("List"), ("list name", "which list"), _C, needed=True, sample="terms", choices=_LISTS),
        Field("name", _("Name"), ("value", "entry"), needed=True, sample="Net 30"),
        _DEFAULT,
        replace(choice("type", _("Type of terms"), ("receivable", "cash"), "terms type", "type"), sample="receivable"),
        Field("days", _("Due in days"), ("days", "net days"), _N, sample="30"),
        replace(choice("colour", _("Colour"), COLOURS, "color"), sample=""),
        Field("carrier", _("Carrier"), ("shipped by",)),
        Field("sku", _("Charged as item"), ("sku", "freight item")),
    ),
    Group.SETUP, together=True,
)  # fmt: skip
TAX = Kind(
    "tax", _("Tax"), "taxes", _P.COMPANY_SETTINGS, ("code", "since"),
    (
        _CODE,
        Field("name", _("Name"), ("tax name", "authority", "description"), sample="California"),
        Field("since", _("Since"), ("from", "valid from", "from date", "start date"), _D, sample="2026-01-01"),
        Field("percent", _("Rate %"), ("rate", "percent", "tax rate"), _N, sample="7.25"),
        Field("compound", _("On top of other taxes"), ("compound",), _C, sample="no", choices=YES),
    ),
    Group.SETUP, together=True,
)  # fmt: skip
ITEM_TAX = Kind(
    "item_tax", _("Item sales tax"), "item-sales-taxes", _P.COMPANY_SETTINGS, ("code",),
    (replace(_CODE, also=("item sales tax", "name"), sample="LA county"), _TAXES, _DEFAULT),
    Group.SETUP,
)  # fmt: skip
TAX_CODE = Kind(
    "tax_code", _("Sales tax code"), "sales-tax-codes", _P.COMPANY_SETTINGS, ("code",),
    (
        replace(_CODE, also=("sales tax code", "tax code", "name"), sample="Tax"),
        Field("taxable", _("Taxable"), ("is taxable",), _C, sample="yes", choices=YES),
        replace(_TAXES, sample=""), _DEFAULT,
    ),
    Group.SETUP,
)  # fmt: skip
TAX_REGION = Kind(
    "tax_region", _("Tax region"), "tax-regions", _P.COMPANY_SETTINGS, ("country", "state"),
    (
        Field("country", _("Country"), ("country code",), needed=True, sample="US"),
        Field("state", _("State or province"), ("state", "region", "province"), sample="CA"),
        Field("item_tax", _("Item sales tax"), ("tax", "charged"), needed=True, sample="LA county"),
    ),
    Group.SETUP, together=True,
)  # fmt: skip
RATE = Kind(
    "exchange_rate", _("Exchange rate"), "exchange-rates", _P.INVOICING, ("currency", "day"),
    (
        Field("currency", _("Currency"), ("currency code",), needed=True, sample="EUR"),
        Field("day", _("Day"), ("date", "from", "valid from"), _D, needed=True, sample="2026-11-28"),
        Field("rate", _("Rate"), ("exchange rate", "value"), _N, needed=True, sample="1.0825"),
    ),
    Group.SETUP, together=True,
)  # fmt: skip
USER = Kind(
    "user", _("User"), "users", _P.MEMBERS, ("email",),
    (
        Field("email", _("E-mail"), ("email", "e mail", "mail", "email address", "user"), Type.EMAIL, needed=True, sample="noor@example.com"),
        Field("role", _("Role"), ("roles", "user role"), needed=True, sample="Sales"),
    ),
    Group.SETUP,
)  # fmt: skip

SETUP = (USER, CATEGORY, PRICE_LEVEL, LIST_VALUE, TAX, ITEM_TAX, TAX_CODE, TAX_REGION, RATE)
