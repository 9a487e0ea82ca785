"""Which tax a line bears: the pair sales tax code × item sales tax (C12, C27–C31), at an address, on a
day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from tradepost.sales.regions import region_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tax:
    """One rate as it applies to a line on a day. ``percent`` is 8.25 for 8.25 %. A ``compound`` tax is
    charged on the net, the simple taxes and the compound ones before it."""

    code: str
    percent: Decimal
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """``percent`` from the day ``since``, until the next rate begins."""

    percent: Decimal
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Component:
    """One tax of an authority, with the rates it has had."""

    code: str
    rates: tuple[Rate, ...]
    compound: bool = False

    def on(self, day: date) -> Tax | None:
        """The tax on a day; None before its first rate."""
        begun = [rate for rate in self.rates if rate.since <= day]
        return Tax(self.code, max(begun, key=lambda r: r.since).percent, self.compound) if begun else None


@dataclass(frozen=True, slots=True)
class ItemTax:
    """An item sales tax: one component, or several as a group (state + county + city)."""

    code: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A sales tax code: taxable or not. Outside the US it needs no item sales tax (C31): it has components
    itself."""

    code: str
    taxable: bool
    components: tuple[Component, ...] = ()


def taxes_on(
    day: date, code: TaxCode, item_tax: ItemTax | None, *, item_taxable: bool = True
) -> tuple[Tax, ...]:
    """The taxes of a line for ``rules.totals`` (C27): none unless both the code and the item are taxable."""
    if not (code.taxable and item_taxable):
        return ()
    components = item_tax.components if item_tax else code.components
    return tuple(tax for component in components if (tax := component.on(day)))


def combined(taxes: Sequence[Tax]) -> Decimal:
    """The taxes of a line as one percentage of its net, compound ones included."""
    percent = sum((tax.percent for tax in taxes if not tax.compound), Decimal(0))
    for tax in taxes:
        percent += tax.percent * (1 + percent / 100) if tax.compound else 0
    return percent


class TaxedAt(StrEnum):
    """Which address decides. Sales tax is due at the destination, so shipping is the default (C28)."""

    SHIPPING = "shipping"
    BILLING = "billing"


@dataclass(frozen=True, slots=True)
class Place:
    """What of an address matters for tax. ``country`` is ISO 3166-1 alpha-2, ``state`` as written."""

    country: str = ""
    state: str = ""

    def __bool__(self) -> bool:
        return bool(self.country.strip() or self.state.strip())


def taxed_place(shipping: Place, billing: Place, prefer: TaxedAt = TaxedAt.SHIPPING) -> tuple[Place, TaxedAt]:
    """The address that decides, and which of the two it was (shown on the order). The other one where it is
    empty."""
    wanted = {TaxedAt.SHIPPING: shipping, TaxedAt.BILLING: billing}
    other = TaxedAt.BILLING if prefer is TaxedAt.SHIPPING else TaxedAt.SHIPPING
    chosen = prefer if wanted[prefer] or not wanted[other] else other
    return wanted[chosen], chosen


@dataclass(frozen=True, slots=True)
class TaxMapping:
    """The Sales Tax Mapping of a shop or a company (C29, C30). Values are codes of item sales taxes and tax
    codes.

    ``states`` maps a state as typed to an item sales tax.
    """

    taxable_code: str
    taxable_item_tax: str
    exempt_code: str
    exempt_item_tax: str = ""
    exempt_shipping_tax: str = ""
    states: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaxChoice:
    """``item_tax`` and ``shipping_tax`` may be empty. ``unmapped``: a state was given that no row names, so
    the default was taken: list it, or hold the order."""

    tax_code: str
    item_tax: str
    shipping_tax: str
    unmapped: bool = False


def choose_tax(place: Place, *, taxable: bool, mapping: TaxMapping) -> TaxChoice:
    """The tax of a customer at a place. A row matches in any spelling of its state (defaults: code, name,
    case)."""
    if not taxable:
        return TaxChoice(mapping.exempt_code, mapping.exempt_item_tax, mapping.exempt_shipping_tax)
    asked = region_key(place.country, place.state)
    rows = {region_key(place.country, state): item_tax for state, item_tax in mapping.states.items()}
    item_tax = rows.get(asked, mapping.taxable_item_tax) if asked else mapping.taxable_item_tax
    return TaxChoice(
        mapping.taxable_code, item_tax, item_tax, unmapped=bool(asked and rows) and asked not in rows
    )


class Match(StrEnum):
    """Why an item sales tax is the one of a place."""

    STATE = "state"
    COUNTRY = "country"
    DEFAULT = "default"
    ABROAD = "abroad"


def item_tax_at(
    place: Place, regions: Mapping[tuple[str, str], T], default: T | None, *, home: str
) -> tuple[T | None, Match]:
    """What a company charges at a place (C29), and why. ``regions``: by country and ``region_key``, an empty key for the
    rest of the country; ``home``: the company's own country, for addresses without one. The default holds at home:
    abroad nothing is charged that no row names."""
    country = place.country.strip().upper() or home
    key = region_key(country, place.state)
    if key and (country, key) in regions:
        return regions[country, key], Match.STATE
    if (country, "") in regions:
        return regions[country, ""], Match.COUNTRY
    return (default, Match.DEFAULT) if country == home else (None, Match.ABROAD)
