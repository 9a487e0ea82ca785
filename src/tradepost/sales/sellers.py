"""Who may be chosen as the vendor of an item: nobody who was put away, by no door. The catalogue knows vendors by name and
key alone, so that it is said here."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tradepost.accounts.choosing import refuse
from tradepost.catalog import details
from tradepost.catalog.models import ItemVendor
from tradepost.kit.errors import Invalid
from tradepost.people.models import Vendor


def check(offer: ItemVendor) -> None:
    """``Invalid`` where the vendor of an offer was put away: the one with its key, who must be ours, or, without one, all
    that are called so."""
    ours = Vendor.objects.filter(organisation_id=offer.organisation_id)
    if offer.vendor_id:
        vendor = ours.filter(pk=offer.vendor_id).first()
        if vendor is None:
            raise Invalid(
                fields={"vendor_id": _("There is no vendor with the id {id}.").format(id=offer.vendor_id)}
            )
    else:
        vendor = ours.filter(name__iexact=offer.vendor, trashed_at=None).order_by("archived_at").last()
    if vendor is not None:
        refuse(vendor, "vendor")


def install() -> None:
    details.NEW_VENDORS.append(check)
