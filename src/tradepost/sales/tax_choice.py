"""Which sales tax code and item sales tax a document of a sale begins with: by its customer and its place (C12, C28–C31)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from tradepost.accounts.models import Organisation
from tradepost.people.models import Customer, TaxStatus
from tradepost.sales.addresses import AddressBook
from tradepost.sales.models import Document, ItemSalesTax, ListEntry, SalesTaxCode, TaxRegion
from tradepost.sales.preferences import FREIGHT_TAXED, PRICES_INCLUDE_TAX, TAXED_AT
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES, Kind
from tradepost.sales.states import editable
from tradepost.sales.tax import Match, Place, TaxedAt, item_tax_at, taxed_place


@dataclass(frozen=True, slots=True)
class Chosen:
    """``code`` is None where the company has none that fits: each line's own rate holds. ``at``: which address decided."""

    code: SalesTaxCode | None
    item_tax: ItemSalesTax | None
    place: Place
    at: TaxedAt
    why: Match


class TaxChooser:
    """The company's tax set-up, read once for any number of documents, and only as far as it is needed."""

    def __init__(self, organisation_id: int, addresses: AddressBook | None = None) -> None:
        self._organisation_id = organisation_id
        self._addresses = addresses or AddressBook()

    @cached_property
    def _codes(self) -> list[SalesTaxCode]:
        rows = SalesTaxCode.objects.filter(organisation_id=self._organisation_id, archived_at=None)
        return list(rows.order_by("-is_default", "pk"))

    @cached_property
    def _prefer(self) -> TaxedAt:
        return TaxedAt(TAXED_AT.value(self._organisation_id))

    @cached_property
    def _included(self) -> bool:
        return PRICES_INCLUDE_TAX.value(self._organisation_id)

    @cached_property
    def _freight_taxed(self) -> bool:
        return FREIGHT_TAXED.value(self._organisation_id)

    @cached_property
    def _freight_rates(self) -> dict[str, Decimal]:
        """By shipping method, the rate of the Other Charge item that its freight is charged as (C35)."""
        rows = ListEntry.objects.filter(organisation_id=self._organisation_id, list="shipping-methods")
        return dict(rows.exclude(item=None).values_list("name", "item__tax_rate"))

    @cached_property
    def home(self) -> str:
        """The country of the company, by its locale."""
        locale = Organisation.objects.values_list("locale", flat=True).get(pk=self._organisation_id)
        return locale.replace("_", "-").partition("-")[2].upper()

    @cached_property
    def _regions(self) -> dict[tuple[str, str], ItemSalesTax]:
        rows = TaxRegion.objects.filter(organisation_id=self._organisation_id).select_related("item_tax")
        return {(row.country, row.key): row.item_tax for row in rows}

    @cached_property
    def _default(self) -> ItemSalesTax | None:
        rows = ItemSalesTax.objects.filter(organisation_id=self._organisation_id, archived_at=None)
        return rows.filter(is_default=True).first()

    def choose(
        self, customer: Customer | None, shipping: Mapping[str, Any], billing: Mapping[str, Any]
    ) -> Chosen | None:
        """None while the company has no sales tax codes."""
        if not self._codes:
            return None
        place, at = taxed_place(*self._places(customer, shipping, billing), self._prefer)
        item_tax, why = item_tax_at(place, self._regions, self._default, home=self.home)
        return Chosen(self._code(customer), item_tax, place, at, why)

    def _code(self, customer: Customer | None) -> SalesTaxCode | None:
        """Taxable customers get a code only by default; of the others each that is free of tax will do."""
        if customer is not None and customer.tax_status != TaxStatus.TAXABLE:
            return next((code for code in self._codes if not code.taxable), None)
        return next((code for code in self._codes if code.taxable and code.is_default), None)

    def _places(
        self, customer: Customer | None, shipping: Mapping[str, Any], billing: Mapping[str, Any]
    ) -> tuple[Place, Place]:
        """Of the document; where it has no address, of its customer."""
        found = _place(shipping), _place(billing)
        if any(found) or customer is None:
            return found
        theirs = self._addresses.primary(customer)
        return _place(theirs.get("shipping", {})), _place(theirs.get("billing", {}))

    def begin(self, row: Document, values: Mapping[str, Any], old: Document | None) -> None:
        """Put the tax on a document whose ``values`` were just set; ``old`` is how it was, None of a new one.

        What somebody chose stays. What was chosen by the place follows the place.
        """
        if row.kind in (*PURCHASES, *MONEY, Kind.STATEMENT):
            return
        self._begin_freight(row, values, old)
        if values.keys() & {"tax_code_id", "item_tax_id"}:
            return
        fresh = old is None or old.customer_id != row.customer_id
        if not (fresh or values.keys() & {"billing", "shipping"}):
            return
        if old is None and "prices_include_tax" not in values:
            row.prices_include_tax = self._included
        now = self.choose(row.customer, row.shipping, row.billing)
        if now is None:
            return
        if fresh:
            row.tax_code, row.item_tax = now.code, now.item_tax if now.code else None
        elif old is not None and row.tax_code_id:
            was = self.choose(old.customer, old.shipping, old.billing)
            if was and row.item_tax_id == (was.item_tax.pk if was.item_tax else None):
                row.item_tax = now.item_tax

    def _begin_freight(self, row: Document, values: Mapping[str, Any], old: Document | None) -> None:
        """The freight of a method is taxed as a line of its Other Charge item would be."""
        if old is None and "freight_taxable" not in values:
            row.freight_taxable = self._freight_taxed
        changed = row.carrier != (old.carrier if old else "")
        if changed and "freight_tax_rate" not in values and editable(Kind(row.kind), row.status):
            row.freight_tax_rate = self._freight_rates.get(row.carrier, Decimal(0))


def _place(address: Mapping[str, Any]) -> Place:
    return Place(str(address.get("country") or ""), str(address.get("region") or ""))
