"""The company's taxes: verbs that write them down, and the rows as ``tax`` decides with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import choose, refuse
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.sales import tax
from tradepost.sales.models import DatedRate, ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion
from tradepost.sales.regions import region_key

Kept = TaxComponent | SalesTaxCode | ItemSalesTax
K = TypeVar("K", TaxComponent, SalesTaxCode, ItemSalesTax)


def save_tax(
    actor: Actor,
    code: str,
    rates: Mapping[date, Decimal],
    *,
    name: str = "",
    compound: bool = False,
    pk: int | None = None,
    version: int | None = None,
    whole: bool = False,
) -> TaxComponent:
    """Write down one tax of an authority with the rates that it has had, in percent by the day they begin.

    Given rates replace those of the same day, ``whole`` all of them: what is not among them lies in the trash. Documents
    keep the rates of their day. Without ``pk`` it is the tax of this code, a new one if there is none.
    """
    actor.require(Permission.COMPANY_SETTINGS)
    _check_rates(rates)
    with transaction.atomic():
        row, before = _named(actor, TaxComponent, code, pk, version)
        row.name, row.compound = name.strip(), compound
        _keep(row)
        for gone in row.rates.exclude(since__in=rates) if whole else ():
            audit.record(actor, "tax_rate.delete", gone, audit.snapshot(gone), {})
            gone.delete()
        for since, percent in rates.items():
            DatedRate.objects.update_or_create(
                organisation_id=actor.organisation_id,
                component=row,
                since=since,
                defaults={"percent": percent},
            )
        audit.record(actor, "tax.save", row, before, _shown(row))
    return row


def _check_rates(rates: Mapping[date, Decimal]) -> None:
    for percent in rates.values():
        if not (percent.is_finite() and -100 < percent <= 1000 and percent == round(percent, 4)):
            raise Invalid(
                fields={"percent": _("{percent} % is not a tax rate.").format(percent=percent)},
                cure=_("Write 8.25 for 8.25 %."),
            )


def save_tax_code(
    actor: Actor,
    code: str,
    *,
    taxable: bool,
    component_codes: Sequence[str] = (),
    is_default: bool | None = None,
    pk: int | None = None,
    version: int | None = None,
) -> SalesTaxCode:
    """A sales tax code: taxable or not; components of its own only where no item sales tax is used (C31). One default
    takes over from another, among those that are taxable and among those that are not."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row, before = _named(actor, SalesTaxCode, code, pk, version)
        row.taxable = taxable
        row.is_default = row.is_default if is_default is None else is_default
        _keep(row)
        if row.is_default:
            others = SalesTaxCode.objects.of(actor).filter(taxable=taxable, is_default=True)
            others.exclude(pk=row.pk).update(is_default=False)
        row.components.set(_components(actor, row, component_codes))
        audit.record(actor, "tax_code.save", row, before, _shown(row))
    return row


def save_item_tax(
    actor: Actor,
    code: str,
    component_codes: Sequence[str],
    *,
    is_default: bool | None = None,
    pk: int | None = None,
    version: int | None = None,
) -> ItemSalesTax:
    """An item sales tax: one component, or several as a group."""
    actor.require(Permission.COMPANY_SETTINGS)
    if not component_codes:
        raise Invalid(fields={"components": _("An item sales tax needs one tax at least.")})
    with transaction.atomic():
        row, before = _named(actor, ItemSalesTax, code, pk, version)
        row.is_default = row.is_default if is_default is None else is_default
        _keep(row)
        if row.is_default:
            others = ItemSalesTax.objects.of(actor).filter(is_default=True)
            others.exclude(pk=row.pk).update(is_default=False)
        row.components.set(_components(actor, row, component_codes))
        audit.record(actor, "item_tax.save", row, before, _shown(row))
    return row


def save_region(
    actor: Actor,
    country: str,
    state: str,
    item_tax_id: int,
    *,
    pk: int | None = None,
    version: int | None = None,
) -> TaxRegion:
    """A state in any spelling (empty: the rest of the country) and the item sales tax that is charged there (C29)."""
    actor.require(Permission.COMPANY_SETTINGS)
    country, state = country.strip().upper(), state.strip()
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid(fields={"country": _("Write the two letters of the country, such as US.")})
    with transaction.atomic():
        row = TaxRegion.objects.pick_for_change(actor, pk, version) if pk else TaxRegion()
        before = audit.snapshot(row) if row.pk else {}
        row.version += 1 if row.pk else 0
        row.organisation_id, row.country, row.state = actor.organisation_id, country, state
        row.key = region_key(country, state)
        row.item_tax = choose(actor, ItemSalesTax, item_tax_id, "item_tax_id", {row.item_tax_id})
        there = TaxRegion.objects.of(actor).filter(country=country, key=row.key).exclude(pk=row.pk).first()
        if there:
            sentence = _("“{region}” says already what is charged there.").format(region=there)
            raise Invalid(fields={"state": sentence})
        _valid(row)
        row.save()
        audit.record(actor, "tax_region.save", row, before)
    return row


def remove_region(actor: Actor, pk: int) -> None:
    """What was sold there keeps its tax."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row = TaxRegion.objects.pick_for_change(actor, pk)
        audit.record(actor, "tax_region.delete", row, audit.snapshot(row), {})
        row.delete()


def archive(actor: Actor, model: type[K], pk: int, *, undo: bool = False) -> K:
    """Offer and choose it no more, or with ``undo`` again. ``Conflict`` where others still charge it."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row: K = model.objects.pick_for_change(actor, pk)
        before = audit.snapshot(row)
        if not undo and (users := users_of(row)):
            raise Conflict(
                _("{code} is charged by {users}.").format(code=row.code, users=", ".join(users)),
                cure=_("Let those charge another one first."),
            )
        row.archived_at = None if undo else clock.now()
        if not isinstance(row, TaxComponent):
            row.is_default = False
        row.version += 1
        row.save()
        audit.record(actor, f"{row._meta.model_name}.{'restore' if undo else 'archive'}", row, before)
    return row


def users_of(row: Kept) -> list[str]:
    """What charges it, by name."""
    if isinstance(row, TaxComponent):
        charging = *row.item_taxes.filter(archived_at=None), *row.tax_codes.filter(archived_at=None)
        return sorted(str(one) for one in charging)
    if isinstance(row, ItemSalesTax):
        return [str(region) for region in row.regions.order_by("country", "state")]
    return []


def _named(
    actor: Actor, model: type[K], code: str, pk: int | None, version: int | None
) -> tuple[K, dict[str, object]]:
    """The company's row of this key, else of this code, a new one if there is none, not stored yet; and what it was."""
    code = code.strip()
    rows = model.objects.of(actor)
    known = rows.pick_for_change(actor, pk, version) if pk else rows.filter(code=code).first()
    row: K = known or model(organisation_id=actor.organisation_id)
    before = _shown(row)
    row.code = code
    row.version += 1 if row.pk else 0
    _valid(row)
    return row, before


def _valid(row: Kept | TaxRegion) -> None:
    try:
        row.clean_fields(exclude=["organisation", "item_tax"])
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None


def _keep(row: Kept) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        sentence = _("There is “{code}” already.").format(code=row.code)
        raise Invalid(fields={"code": sentence}) from None


def _shown(row: Kept) -> dict[str, object]:
    """As the audit trail writes it, with what hangs on it."""
    if not row.pk:
        return {}
    if isinstance(row, TaxComponent):
        rates = row.rates.values_list("since", "percent")
        return {**audit.snapshot(row), "rates": {str(since): str(percent) for since, percent in rates}}
    return {**audit.snapshot(row), "components": [c.code for c in row.components.order_by("code")]}


def _components(actor: Actor, row: SalesTaxCode | ItemSalesTax, codes: Sequence[str]) -> list[TaxComponent]:
    """The taxes of these codes, none of them archived but what the row charges already."""
    rows = {row.code: row for row in TaxComponent.objects.of(actor).filter(code__in=codes)}
    if unknown := [code for code in codes if code not in rows]:
        raise Missing(_("tax “{unknown}”").format(unknown=unknown[0]))
    held = set(row.components.values_list("pk", flat=True))
    for one in rows.values():
        refuse(one, "components", held)
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
