"""The company's taxes: verbs that write them down, and the rows as ``tax`` decides with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales import tax
from tradepost.sales.models import DatedRate, ItemSalesTax, SalesTaxCode, TaxComponent

M = TypeVar("M", bound=models.Model)


def save_tax(
    actor: Actor, code: str, rates: Mapping[date, Decimal], *, name: str = "", compound: bool = False
) -> TaxComponent:
    """Write down one tax of an authority with the rates that it has had, in percent by the day they begin.

    Given rates replace those of the same day; documents keep the rates of their day.
    """
    actor.require(Permission.COMPANY_SETTINGS)
    for percent in rates.values():
        if not (percent.is_finite() and -100 < percent <= 1000):
            raise Invalid(
                fields={"percent": f"{percent} % is not a tax rate."}, cure="Write 8.25 for 8.25 %."
            )
    with transaction.atomic():
        row = _named(actor, TaxComponent, code)
        row.name, row.compound = name.strip(), compound
        row.save()
        for since, percent in rates.items():
            DatedRate.objects.update_or_create(
                organisation_id=actor.organisation_id,
                component=row,
                since=since,
                defaults={"percent": percent},
            )
        shown = {str(since): str(percent) for since, percent in rates.items()}
        audit.record(actor, "tax.save", row, {}, {**audit.snapshot(row), "rates": shown})
    return row


def save_tax_code(
    actor: Actor, code: str, *, taxable: bool, component_codes: Sequence[str] = ()
) -> SalesTaxCode:
    """A sales tax code: taxable or not; components of its own only where no item sales tax is used (C31)."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row = _named(actor, SalesTaxCode, code)
        row.taxable = taxable
        row.save()
        row.components.set(_components(actor, component_codes))
        audit.record(
            actor, "tax_code.save", row, {}, {**audit.snapshot(row), "components": list(component_codes)}
        )
    return row


def save_item_tax(actor: Actor, code: str, component_codes: Sequence[str]) -> ItemSalesTax:
    """An item sales tax: one component, or several as a group."""
    actor.require(Permission.COMPANY_SETTINGS)
    if not component_codes:
        raise Invalid(fields={"components": "An item sales tax needs one tax at least."})
    with transaction.atomic():
        row = _named(actor, ItemSalesTax, code)
        row.save()
        row.components.set(_components(actor, component_codes))
        audit.record(
            actor, "item_tax.save", row, {}, {**audit.snapshot(row), "components": list(component_codes)}
        )
    return row


def _named(actor: Actor, model: type[M], code: str) -> M:
    """The company's row of this code, a new one if there is none; not stored yet."""
    code = code.strip()
    known = model._default_manager.filter(organisation_id=actor.organisation_id, code=code).first()
    row = known or model(organisation_id=actor.organisation_id, code=code)
    try:
        row.clean_fields(exclude=["organisation"])
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    return row


def _components(actor: Actor, codes: Sequence[str]) -> list[TaxComponent]:
    rows = {row.code: row for row in TaxComponent.objects.of(actor).filter(code__in=codes)}
    if unknown := [code for code in codes if code not in rows]:
        raise Missing(f"tax “{unknown[0]}”")
    return [rows[code] for code in codes]


def code(row: SalesTaxCode) -> tax.TaxCode:
    """As the rules read it."""
    return tax.TaxCode(row.code, row.taxable, _as_components(row))


def item_tax(row: ItemSalesTax | None) -> tax.ItemTax | None:
    """As the rules read it."""
    return tax.ItemTax(row.code, _as_components(row)) if row else None


def _as_components(row: SalesTaxCode | ItemSalesTax) -> tuple[tax.Component, ...]:
    return tuple(
        tax.Component(
            one.code, tuple(tax.Rate(rate.percent, rate.since) for rate in one.rates.all()), one.compound
        )
        for one in row.components.prefetch_related("rates").order_by("compound", "code")
    )
