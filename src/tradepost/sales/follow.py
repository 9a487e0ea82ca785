"""How a vendor's prices follow when two vendors are merged: items name their vendors by name, and by key beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.models import ItemVendor
from tradepost.people.following import Follower, Named, follow, heir
from tradepost.people.models import Vendor


def _offers(organisation_id: int, record: Named) -> ScopedQuerySet[ItemVendor]:
    kind, pk = record
    rows = ItemVendor.objects.filter(organisation_id=organisation_id, vendor_id=pk)
    return rows if kind == "vendor" else rows.none()


def count(organisation_id: int, record: Named) -> int:
    return _offers(organisation_id, record).count()


def add(organisation_id: int, source: Named, targets: Sequence[Named]) -> list[Any]:
    """The prices of one become prices of the other, under its name; where an item has both, the old name stays."""
    held = list(_offers(organisation_id, source))
    pk = heir(source, targets)
    if pk is None or not held:
        return []
    name = Vendor.objects.values_list("name", flat=True).get(pk=pk)
    there = ItemVendor.objects.filter(item__in=[one.item_id for one in held], vendor=name)
    both = set(there.values_list("item_id", flat=True))
    keys = [[one.pk, source[1], one.vendor] for one in held]
    for one in held:
        one.vendor_id, one.vendor = pk, one.vendor if one.item_id in both else name
    ItemVendor.objects.bulk_update(held, ["vendor_id", "vendor"])
    return keys


def drop(organisation_id: int, keys: Sequence[Any]) -> None:
    """Back to whose they were; who sells an item is saved anew with it, so that a row may be gone by now."""
    for pk, vendor_id, name in keys:
        row = ItemVendor.objects.filter(organisation_id=organisation_id, pk=pk).first()
        if row is not None and not row.item.vendors.filter(vendor=name).exclude(pk=pk).exists():
            ItemVendor.objects.filter(pk=pk).update(vendor_id=vendor_id, vendor=name)


def install() -> None:
    follow(Follower("vendor prices", count, add, drop, ("catalog.itemvendor.vendor_id",)))
