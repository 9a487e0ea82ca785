"""The set-up in the columns of its import. What was put away is left out, but for categories, which items still have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Invitation, Membership
from tradepost.catalog.categories import tree
from tradepost.catalog.models import PriceLevel
from tradepost.custom.rules import SEPARATOR
from tradepost.exchange.cells import Cells
from tradepost.exchange.shapes import Kind
from tradepost.sales import lists
from tradepost.sales.models import ExchangeRate, ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion

Source = Callable[[Actor, Kind], Iterator[Cells]]


def _users(actor: Actor, kind: Kind) -> Iterator[Cells]:
    """Members and who is invited, without the Master Admin, who is nobody elsewhere."""
    members = Membership.objects.of(actor).filter(ended_at=None).exclude(role=Role.MASTER_ADMIN)
    invited = Invitation.objects.of(actor).filter(accepted_at=None).select_related("custom_role")
    found: dict[str, Invitation | Membership] = {one.email: one for one in invited}
    found |= {one.user.email: one for one in members.select_related("user", "custom_role")}
    for email, one in sorted(found.items()):
        yield {
            "email": email,
            "role": one.custom_role.name if one.custom_role else one.role.replace("_", " "),
        }


def _categories(actor: Actor, kind: Kind) -> Iterator[Cells]:
    """Each before what is in it."""
    for branch in tree(actor):
        yield {"name": branch.row.name, "within": branch.path.rpartition(" › ")[0]}


def _levels(actor: Actor, kind: Kind) -> Iterator[Cells]:
    for row in PriceLevel.objects.of(actor).filter(archived_at=None).order_by("pk"):
        yield {"name": row.name, "percent": row.percent}


def _values(actor: Actor, kind: Kind) -> Iterator[Cells]:
    for key, found in lists.LISTS.items():
        for row in lists.entries(actor, key).filter(archived_at=None):
            its = {name: getattr(row, name) for name in found.fields if name != "item_id"}
            item = {"sku": row.item.sku} if "item_id" in found.fields and row.item else {}
            yield {"list": key, "name": row.name, "is_default": row.is_default, **its, **item}


def _taxes(actor: Actor, kind: Kind) -> Iterator[Cells]:
    rows = TaxComponent.objects.of(actor).filter(archived_at=None).order_by("pk")
    for row in rows.prefetch_related("rates"):
        head = {"code": row.code, "name": row.name, "compound": row.compound}
        for rate in row.rates.all():
            yield {**head, "since": rate.since, "percent": rate.percent}
        if not row.rates.all():
            yield head


def _charged(model: Any) -> Source:
    def found(actor: Actor, kind: Kind) -> Iterator[Cells]:
        rows = model.objects.of(actor).filter(archived_at=None).order_by("pk")
        for row in rows.prefetch_related("components"):
            codes = f"{SEPARATOR} ".join(sorted(one.code for one in row.components.all()))
            taxable = {"taxable": row.taxable} if model is SalesTaxCode else {}
            yield {"code": row.code, "components": codes, "is_default": row.is_default, **taxable}

    return found


def _regions(actor: Actor, kind: Kind) -> Iterator[Cells]:
    for row in TaxRegion.objects.of(actor).select_related("item_tax").order_by("pk"):
        yield {"country": row.country, "state": row.state, "item_tax": row.item_tax.code}


def _rates(actor: Actor, kind: Kind) -> Iterator[Cells]:
    rows = ExchangeRate.objects.of(actor).order_by("currency", "day")
    for row in rows.iterator():
        yield {"currency": row.currency, "day": row.day, "rate": row.rate}


RECORDS: Mapping[str, Source] = {
    "user": _users,
    "category": _categories,
    "price_level": _levels,
    "list_value": _values,
    "tax": _taxes,
    "item_tax": _charged(ItemSalesTax),
    "tax_code": _charged(SalesTaxCode),
    "tax_region": _regions,
    "exchange_rate": _rates,
}
