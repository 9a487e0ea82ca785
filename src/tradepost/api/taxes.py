"""Sales taxes: codes, item sales taxes, taxes with their rates by day, regions; and what would be charged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Actor, Permission
from tradepost.api.away import away
from tradepost.api.call import Call, expected_version, needs, reads, tagged
from tradepost.api.document_shapes import TaxOut
from tradepost.api.paging import page
from tradepost.api.schema import Coded, Id, In, Money, Page, Percent, Window
from tradepost.sales import taxes
from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.sales.tax import Place
from tradepost.sales.tax_trial import try_out

router = Router(tags=["Company"])


class Kept(Schema):
    id: int
    code: str
    archived: bool
    version: int

    @staticmethod
    def resolve_archived(row: taxes.Kept) -> bool:
        return row.archived_at is not None


class WithTaxes(Kept):
    """``taxes`` are the codes of the taxes that are charged together."""

    taxes: list[str]
    is_default: bool

    @staticmethod
    def resolve_taxes(row: SalesTaxCode | ItemSalesTax) -> list[str]:
        return sorted(one.code for one in row.components.all())


class RateIn(In):
    """``percent`` (8.25 for 8.25 %) from the day ``since`` on, until the next rate begins."""

    since: dt.date
    percent: Percent


class RateOut(Schema):
    since: dt.date
    percent: Decimal


class TaxIn(In):
    """One tax of an authority. ``rates``, where sent, replace all. ``compound``: charged on the net and the other
    taxes."""

    code: str = ""
    name: str = Field("", max_length=100)
    compound: bool = False
    rates: list[RateIn] = []


class TaxRow(Kept):
    name: str
    compound: bool
    rates: list[RateOut]


class TaxCodeIn(In):
    """``taxes``: of its own, only where no item sales tax is used, such as VAT. ``is_default``: documents of taxable
    customers begin with it, or of exempt ones where it is not ``taxable``."""

    code: str = ""
    taxable: bool = True
    taxes: list[str] = []
    is_default: bool = False


class TaxCodeOut(WithTaxes):
    taxable: bool


class ItemTaxIn(In):
    """``is_default``: charged in the company's own country where no region says otherwise."""

    code: str = ""
    taxes: list[str] = []
    is_default: bool = False


class RegionIn(In):
    """``country`` in two letters; ``state`` by name or abbreviation, empty for the rest of the country."""

    country: str = ""
    state: str = ""
    item_tax_id: Id


class RegionOut(Schema):
    id: int
    country: str
    state: str
    item_tax_id: int
    version: int


class TrialIn(In):
    """``amount``: without it, the item's price. Without ``country`` and ``state``, the customer's own address."""

    customer_id: Id
    item_id: Id
    date: dt.date
    amount: Money | None = None
    country: str = ""
    state: str = ""


class TrialOut(Schema):
    """``address``: which one decided; ``why``: by a row for the ``state`` or ``country``, by ``default``, or nothing since
    it is ``abroad``. Both are null while the company has no sales tax codes."""

    tax_code: str | None
    item_tax: str | None
    address: str | None
    why: str | None
    currency: str
    net: Decimal
    taxes: list[TaxOut]
    tax: Decimal
    total: Decimal


def _held(row: SalesTaxCode | ItemSalesTax) -> list[str]:
    return [one.code for one in row.components.order_by("code")]


# --- taxes and their rates ------------------------------------------------------------------------------------------


@router.get("taxes", response=Page[TaxRow])
@needs(Permission.SALES_VIEW)
def list_taxes(request: Call, window: Query[Window], sort: Coded = "code") -> dict[str, Any]:
    """Taxes with the rates that they have had, archived ones too."""
    return page(TaxComponent.objects.of(request.actor).prefetch_related("rates"), window, sort)


@router.post("taxes", response={201: TaxRow})
@needs(Permission.COMPANY_SETTINGS)
def create_tax(request: Call, body: TaxIn, response: HttpResponse) -> TaxComponent:
    """Add a tax, or where there is one of this code, change it."""
    rates = {rate.since: rate.percent for rate in body.rates}
    row = taxes.save_tax(request.actor, body.code, rates, name=body.name, compound=body.compound)
    tagged(response, row)
    return row


@router.patch("taxes/{int:id}", response=TaxRow)
@needs(Permission.COMPANY_SETTINGS)
def change_tax(request: Call, id: Id, body: TaxIn, response: HttpResponse) -> TaxComponent:
    """Change the fields that are sent. Documents keep the rates of their day."""
    row = TaxComponent.objects.pick(request.actor, id)
    held = {"code": row.code, "name": row.name, "compound": row.compound, **body.given()}
    rates = {rate.since: rate.percent for rate in body.rates}
    row = taxes.save_tax(
        request.actor,
        held["code"],
        rates,
        name=held["name"],
        compound=held["compound"],
        pk=id,
        version=expected_version(request),
        whole="rates" in held,
    )
    tagged(response, row)
    return row


# --- codes ----------------------------------------------------------------------------------------------------------


@router.get("sales-tax-codes", response=Page[TaxCodeOut])
@needs(Permission.SALES_VIEW)
def list_tax_codes(request: Call, window: Query[Window], sort: Coded = "code") -> dict[str, Any]:
    """Sales tax codes: whether tax is owed at all. Archived ones too."""
    return page(SalesTaxCode.objects.of(request.actor).prefetch_related("components"), window, sort)


@router.post("sales-tax-codes", response={201: TaxCodeOut})
@needs(Permission.COMPANY_SETTINGS)
def create_tax_code(request: Call, body: TaxCodeIn, response: HttpResponse) -> SalesTaxCode:
    """Add a sales tax code, or where there is one of this code, change it."""
    row = taxes.save_tax_code(
        request.actor, body.code, taxable=body.taxable, component_codes=body.taxes, is_default=body.is_default
    )
    tagged(response, row)
    return row


@router.patch("sales-tax-codes/{int:id}", response=TaxCodeOut)
@needs(Permission.COMPANY_SETTINGS)
def change_tax_code(request: Call, id: Id, body: TaxCodeIn, response: HttpResponse) -> SalesTaxCode:
    """Change the fields that are sent."""
    row = SalesTaxCode.objects.pick(request.actor, id)
    held = {"code": row.code, "taxable": row.taxable, "taxes": _held(row), **body.given()}
    row = taxes.save_tax_code(
        request.actor,
        held["code"],
        taxable=held["taxable"],
        component_codes=held["taxes"],
        is_default=held.get("is_default"),
        pk=id,
        version=expected_version(request),
    )
    tagged(response, row)
    return row


# --- item sales taxes -----------------------------------------------------------------------------------------------


@router.get("item-sales-taxes", response=Page[WithTaxes])
@needs(Permission.SALES_VIEW)
def list_item_taxes(request: Call, window: Query[Window], sort: Coded = "code") -> dict[str, Any]:
    """Item sales taxes: which taxes are charged together. Archived ones too."""
    return page(ItemSalesTax.objects.of(request.actor).prefetch_related("components"), window, sort)


@router.post("item-sales-taxes", response={201: WithTaxes})
@needs(Permission.COMPANY_SETTINGS)
def create_item_tax(request: Call, body: ItemTaxIn, response: HttpResponse) -> ItemSalesTax:
    """Add an item sales tax, or where there is one of this code, change it."""
    row = taxes.save_item_tax(request.actor, body.code, body.taxes, is_default=body.is_default)
    tagged(response, row)
    return row


@router.patch("item-sales-taxes/{int:id}", response=WithTaxes)
@needs(Permission.COMPANY_SETTINGS)
def change_item_tax(request: Call, id: Id, body: ItemTaxIn, response: HttpResponse) -> ItemSalesTax:
    """Change the fields that are sent."""
    row = ItemSalesTax.objects.pick(request.actor, id)
    held = {"code": row.code, "taxes": _held(row), **body.given()}
    row = taxes.save_item_tax(
        request.actor,
        held["code"],
        held["taxes"],
        is_default=held.get("is_default"),
        pk=id,
        version=expected_version(request),
    )
    tagged(response, row)
    return row


# --- away, and back -------------------------------------------------------------------------------------------------


_TOLD = ("Put it away: it is offered and chosen no more. Refused while others charge it.", "Offer it again.")


def _away(place: str, model: Any, shown: Any, word: str) -> None:
    def act(actor: Actor, pk: int, undo: bool) -> object:
        return taxes.archive(actor, model, pk, undo=undo)

    away(router, place, word, shown, Permission.COMPANY_SETTINGS, act, told=_TOLD, by_delete=True)


_away("taxes", TaxComponent, TaxRow, "tax")
_away("sales-tax-codes", SalesTaxCode, TaxCodeOut, "tax_code")
_away("item-sales-taxes", ItemSalesTax, WithTaxes, "item_tax")


# --- regions --------------------------------------------------------------------------------------------------------


@router.get("tax-regions", response=Page[RegionOut])
@needs(Permission.SALES_VIEW)
def list_tax_regions(
    request: Call,
    window: Query[Window],
    sort: Literal["country", "-country", "state", "-state"] = "country",
) -> dict[str, Any]:
    """Which item sales tax is charged in which state."""
    return page(TaxRegion.objects.of(request.actor), window, sort)


@router.post("tax-regions", response={201: RegionOut})
@needs(Permission.COMPANY_SETTINGS)
def create_tax_region(request: Call, body: RegionIn, response: HttpResponse) -> TaxRegion:
    """Add a state, or with an empty ``state`` the rest of a country."""
    row = taxes.save_region(request.actor, body.country, body.state, body.item_tax_id)
    tagged(response, row)
    return row


@router.put("tax-regions/{int:id}", response=RegionOut)
@needs(Permission.COMPANY_SETTINGS)
def replace_tax_region(request: Call, id: Id, body: RegionIn, response: HttpResponse) -> TaxRegion:
    """Change a region."""
    version = expected_version(request)
    row = taxes.save_region(request.actor, body.country, body.state, body.item_tax_id, pk=id, version=version)
    tagged(response, row)
    return row


@router.delete("tax-regions/{int:id}", response={204: None})
@needs(Permission.COMPANY_SETTINGS)
def remove_tax_region(request: Call, id: Id) -> None:
    """Remove a region. What was sold there keeps its tax."""
    taxes.remove_region(request.actor, id)


@router.post("tax-trial", response=TrialOut)
@needs(Permission.SALES_VIEW)
@reads
def try_tax(request: Call, body: TrialIn) -> dict[str, Any]:
    """What would be charged for one piece of an item: by customer, day and place. Nothing is stored."""
    place = Place(body.country, body.state)
    found = try_out(
        request.actor, body.customer_id, body.item_id, body.date, amount=body.amount, place=place or None
    )
    row = found.document
    return {
        "tax_code": row.tax_code.code if row.tax_code else None,
        "item_tax": row.item_tax.code if row.item_tax else None,
        "address": found.at,
        "why": found.why,
        "currency": row.currency,
        "net": found.net,
        "taxes": row.taxes,
        "tax": row.tax,
        "total": row.total,
    }
