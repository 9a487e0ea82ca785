"""What of this room lies in the trash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.trash import Shelf, archived, put_up, removed
from tradepost.sales import lists, taxes, trashing
from tradepost.sales.models import (
    CustomStatus,
    DatedRate,
    Document,
    ExchangeRate,
    ItemSalesTax,
    Kind,
    ListEntry,
    SalesTaxCode,
    TaxComponent,
    TaxRegion,
    Terms,
)
from tradepost.sales.state_table import MACHINES


def _tax(actor: Actor, row: Any, *, undo: bool) -> object:
    return taxes.archive(actor, type(row), row.pk, undo=undo)


def _entry(actor: Actor, row: Any, *, undo: bool) -> object:
    return lists.restore(actor, lists.key_of(row), row.pk)


def _drafts() -> Shelf:
    return Shelf(
        "document",
        _("Drafts of documents"),
        lambda actor: Document.everything.of(actor).filter(trashed_at__isnull=False),
        lambda actor, row: trashing.untrash(actor, row.pk),
        view=Permission.SALES_VIEW,
        change=Permission.SALES_VIEW,
        words=("number", "customer_name"),
        since="trashed_at",
        titled=lambda row: f"{row.number} {row.customer_name}",
        asks=lambda row: MACHINES[Kind(row.kind)].edit,
    )


def _rates() -> Shelf:
    shelf = removed(DatedRate, "tax_rate.delete", _("Tax rates"), Permission.COMPANY_SETTINGS)

    def back(actor: Actor, entry: Any) -> Any:
        """The tax counts as changed: a form that is open on it would take the rate away again."""
        with transaction.atomic():
            row: Any = shelf.restore(actor, entry)
            TaxComponent.objects.filter(pk=row.component_id).update(version=F("version") + 1)
        return row

    return replace(shelf, restore=back)


def install() -> None:
    settings = Permission.COMPANY_SETTINGS
    facts: dict[str, Any] = {"view": settings, "change": settings}
    named: dict[str, Any] = {"words": ("name",), **facts}
    coded: dict[str, Any] = {"words": ("code",), **facts}
    put_up(
        archived(Terms, _entry, "put-away-terms", _("Terms"), **named),
        archived(ListEntry, _entry, "put-away-entry", _("Values of lists"), **named),
        archived(CustomStatus, _entry, "put-away-status", _("Custom statuses"), **named),
        archived(TaxComponent, _tax, "tax", _("Taxes"), **coded),
        archived(SalesTaxCode, _tax, "tax-code", _("Sales tax codes"), **coded),
        archived(ItemSalesTax, _tax, "item-tax", _("Item sales taxes"), **coded),
        _drafts(),
        _rates(),
        removed(TaxRegion, "tax_region.delete", _("Tax regions"), settings),
        removed(ExchangeRate, "exchange_rate.delete", _("Exchange rates"), Permission.INVOICING),
        removed(Terms, "terms.delete", _("Terms, removed"), settings),
        removed(ListEntry, "listentry.delete", _("Values of lists, removed"), settings),
        removed(CustomStatus, "customstatus.delete", _("Custom statuses, removed"), settings),
    )
