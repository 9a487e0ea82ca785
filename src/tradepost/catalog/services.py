"""Verbs on items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.models import Item
from tradepost.kit.errors import Invalid
from tradepost.wire.orm import matching

ITEM_FIELDS = ("sku", "name", "type", "description", "unit", "price", "tax_rate")


def save_item(
    actor: Actor, values: dict[str, Any], *, item_id: int | None = None, version: int | None = None
) -> Item:
    """Create an item, or change the named fields of one."""
    actor.require(Permission.CATALOG_EDIT)
    unknown = [k for k in values if k not in ITEM_FIELDS]
    if unknown:
        raise Invalid(
            fields={k: f"There is no field “{k}”. Known are: {', '.join(ITEM_FIELDS)}." for k in unknown}
        )
    try:
        with transaction.atomic():
            if item_id is None:
                row, before = Item(organisation_id=actor.organisation_id), {}
            else:
                row = Item.objects.pick_for_change(actor, item_id, version)
                before = audit.snapshot(row)
                row.version += 1
            for key, value in values.items():
                setattr(row, key, value.strip() if isinstance(value, str) else value)
            try:
                row.clean_fields(exclude=["organisation", "search"])
            except ValidationError as error:
                raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
            if Decimal(row.price) < 0:
                raise Invalid(fields={"price": "A price cannot be negative. Use a discount instead."})
            row.save()
            audit.record(actor, "item.save", row, before)
    except IntegrityError:
        raise Invalid(fields={"sku": f"Another item has the SKU {values.get('sku')}."}) from None
    return row


def items(actor: Actor, *, search: str = "") -> ScopedQuerySet[Item]:
    actor.require(Permission.CATALOG_VIEW)
    return Item.objects.of(actor).filter(matching(search), archived_at=None)
