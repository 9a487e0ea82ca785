"""How many of an item there are as people ask for it: at the end of a day, over a set of locations, or at each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.accounts.tenancy import ScopedQuerySet, named
from tradepost.catalog.availability import EMPTY, Catalog, Stock, assembled
from tradepost.catalog.models import Item, ItemType, Location
from tradepost.catalog.queries import availability, availability_at_each
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Missing

COUNTED = (ItemType.STOCK, ItemType.ASSEMBLY, ItemType.KIT)


@dataclass(frozen=True, slots=True)
class Counted:
    """The sums of an item, and how many more of an assembly or a kit could be put together of what is available; None of anything
    else. ``places``: the same at each location by its id, where that was asked for."""

    stock: Stock = EMPTY
    buildable: Decimal | None = None
    places: Mapping[int, Counted] = field(default_factory=dict)


def items_counted(actor: Actor) -> ScopedQuerySet[Item]:
    """The items in use of which there are so many."""
    actor.require(Permission.CATALOG_VIEW)
    return Item.objects.of(actor).filter(type__in=COUNTED, archived_at=None).order_by("sku", "id")


def end_of(actor: Actor, day: date | None) -> datetime | None:
    """The last moment of a day at the company; None, which is now, for today and without a day. Raises ``Invalid`` for a day
    to come, of which nobody knows."""
    if day is None:
        return None
    zone = ZoneInfo(Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id))
    today = clock.now().astimezone(zone).date()
    if day > today:
        raise Invalid(
            fields={"on": _("This day is still to come.")},
            cure=_("Choose a day that has begun, or none for now."),
        )
    if day == today:
        return None
    next_day = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return next_day - timedelta(microseconds=1)


def places_of(actor: Actor, location_ids: Collection[int]) -> list[int] | None:
    """The locations that are named; None, which is all of them, where none is. Raises ``Missing``."""
    if not location_ids:
        return None
    known = set(Location.objects.of(actor).filter(pk__in=location_ids).values_list("pk", flat=True))
    if unknown := [pk for pk in location_ids if pk not in known]:
        raise Missing(f"{named(Location)} {unknown[0]}")
    return sorted(known)


def counted(
    actor: Actor,
    items: Sequence[Item],
    locations: Collection[int] | None = None,
    at: datetime | None = None,
    *,
    each: bool = False,
) -> dict[int, Counted]:
    """By item id: over ``locations`` at the moment ``at``, and with ``each`` at each of them. Two queries, four with ``each``."""
    keys = [item.pk for item in items]
    whole = availability(actor, keys, locations, at=at)
    by_place = availability_at_each(actor, keys, locations, at=at) if each else {}
    return {item.pk: _counted(item.sku, whole, by_place) for item in items}


def _counted(sku: str, whole: Catalog, by_place: Mapping[int, Catalog]) -> Counted:
    places = {pk: _counted(sku, catalog, {}) for pk, catalog in by_place.items()}
    there = {pk: one for pk, one in places.items() if one.stock != EMPTY or one.buildable}
    return Counted(whole.of(sku), assembled(sku, whole), there)
