"""Taxes out of rows: the taxes of authorities with their dated rates, what is made of them, and where it is charged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.exchange.rules import Record
from tradepost.exchange.set_up import SetUp, Values, said_yes
from tradepost.exchange.target import Target
from tradepost.kit.countries import country_code
from tradepost.kit.errors import Invalid
from tradepost.sales import taxes
from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.sales.regions import region_key


class Taxes(SetUp):
    """A tax with one of its dated rates a row."""

    model, kind, names = TaxComponent, "tax", ("code",)

    def found(self, record: Record) -> TaxComponent | None:
        return TaxComponent.objects.of(self.actor).filter(code__iexact=record.values["code"]).first()

    def said(self, record: Record) -> Values:
        said = record.values
        if ("since" in said) != ("percent" in said):
            raise Invalid(_("A rate needs its day, and a day its rate."), cure=_("Fill in both, or neither."))
        row = self.found(record)
        rates = self.holds(row)["rates"] if row else {}
        if "since" in said:
            rates = {**rates, said["since"].isoformat(): f"{said['percent'].normalize():f}"}
        head = {"code": said["code"], "rates": rates}
        return head | {k: said[k] for k in ("name",) if k in said} | said_yes(said, "compound")

    def holds(self, row: TaxComponent) -> Values:
        rates = {one.since.isoformat(): f"{one.percent.normalize():f}" for one in row.rates.all()}
        return {"code": row.code, "name": row.name, "compound": row.compound, "rates": rates}

    def put(self, row: TaxComponent | None, values: Values) -> TaxComponent:
        rates = {date.fromisoformat(since): Decimal(percent) for since, percent in values["rates"].items()}
        further = {name: values[name] for name in ("name", "compound") if name in values}
        pk = row.pk if row else None
        return taxes.save_tax(self.actor, values["code"], rates, **further, pk=pk, whole=True)

    def used_by(self, row: TaxComponent) -> bool:
        return bool(taxes.users_of(row))


class Charged(SetUp):
    """What is made of taxes: their codes, with ``;`` between several."""

    names = ("code",)

    def found(self, record: Record) -> Any:
        return self.model.objects.of(self.actor).filter(code__iexact=record.values["code"]).first()

    def said(self, record: Record) -> Values:
        said = record.values
        values: Values = {"code": said["code"]} | said_yes(said, "taxable", "is_default")
        if "components" in said:
            values["components"] = sorted(
                part.strip() for part in said["components"].split(";") if part.strip()
            )
        return values

    def holds(self, row: Any) -> Values:
        codes = sorted(row.components.values_list("code", flat=True))
        return {"code": row.code, "components": codes, "is_default": row.is_default}


class ItemTaxes(Charged):
    model, kind = ItemSalesTax, "item_tax"

    def put(self, row: ItemSalesTax | None, values: Values) -> ItemSalesTax:
        return taxes.save_item_tax(
            self.actor,
            values["code"],
            values.get("components", []),
            is_default=values.get("is_default"),
            pk=row.pk if row else None,
        )


class TaxCodes(Charged):
    model, kind = SalesTaxCode, "tax_code"

    def holds(self, row: SalesTaxCode) -> Values:
        return {**super().holds(row), "taxable": row.taxable}

    def beside(self, row: SalesTaxCode) -> Any:
        return super().beside(row).filter(taxable=row.taxable)

    def blank(self, wanted: Mapping[str, Any]) -> SalesTaxCode:
        return SalesTaxCode(taxable=wanted.get("taxable", True))

    def put(self, row: SalesTaxCode | None, values: Values) -> SalesTaxCode:
        return taxes.save_tax_code(
            self.actor,
            values["code"],
            taxable=values.get("taxable", True),
            component_codes=values.get("components", []),
            is_default=values.get("is_default"),
            pk=row.pk if row else None,
        )


class TaxRegions(SetUp):
    model, kind, references = TaxRegion, "tax_region", ("item_tax",)
    names = ("country", "state")

    def said(self, record: Record) -> Values:
        values = self.values(record)
        written = values["country"]
        return {
            "country": country_code(written) or written.upper(),
            "state": values.get("state", ""),
            "item_tax_id": values["item_tax_id"],
        }

    def found(self, record: Record) -> TaxRegion | None:
        said = self.said(record)
        key = region_key(said["country"], said["state"])
        return TaxRegion.objects.of(self.actor).filter(country=said["country"], key=key).first()

    def holds(self, row: TaxRegion) -> Values:
        return {"country": row.country, "state": row.state, "item_tax_id": row.item_tax_id}

    def put(self, row: TaxRegion | None, values: Values) -> TaxRegion:
        return taxes.save_region(self.actor, **values, pk=row.pk if row else None)


TARGETS: Mapping[str, type[Target]] = {
    "tax": Taxes,
    "item_tax": ItemTaxes,
    "tax_code": TaxCodes,
    "tax_region": TaxRegions,
}
