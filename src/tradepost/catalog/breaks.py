"""Verbs on single prices of a price list; ``prices.save_price_list`` replaces all of them."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import refuse
from tradepost.catalog.models import Item, PriceBreak, PriceList
from tradepost.catalog.prices import Break
from tradepost.kit.errors import Invalid, Missing


def put_price(actor: Actor, list_id: int, one: Break) -> PriceBreak:
    """Set what an item costs in a list from ``one.quantity`` on; the other prices stay. An archived item gets another price
    only where the list has one of it already."""
    actor.require(Permission.CATALOG_EDIT)
    problems = {
        name: _("A {name} cannot be negative.").format(name=_(name))
        for name, value in (("price", one.price), ("quantity", one.quantity))
        if value < 0
    }
    if problems:
        raise Invalid(fields=problems)
    with transaction.atomic():
        row = _opened(actor, list_id)
        item = Item.objects.pick(actor, one.item_id)
        refuse(item, "item_id", row.breaks.filter(item=item).values_list("item_id", flat=True))
        held = row.breaks.filter(item=item, quantity=one.quantity).first()
        saved, _new = PriceBreak.objects.update_or_create(
            organisation_id=actor.organisation_id,
            list=row,
            item=item,
            quantity=one.quantity,
            defaults={"price": one.price},
        )
        _tell(actor, row, item.sku, one.quantity, held.price if held else None, one.price)
    return saved


def drop_price(actor: Actor, list_id: int, item_id: int, quantity: Decimal) -> None:
    """Take a price out of a list. Raises ``Missing`` where it is not in it."""
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        row = _opened(actor, list_id)
        held = row.breaks.filter(item_id=item_id, quantity=quantity).select_related("item").first()
        if held is None:
            raise Missing(_("price"))
        held.delete()
        _tell(actor, row, held.item.sku, quantity, held.price, None)


def _opened(actor: Actor, list_id: int) -> PriceList:
    row = PriceList.objects.pick_for_change(actor, list_id)
    row.version += 1
    row.save(update_fields=["version", "updated_at"])
    return row


def _tell(
    actor: Actor, row: PriceList, sku: str, quantity: Decimal, before: Decimal | None, after: Decimal | None
) -> None:
    what = f"{sku} from {quantity.normalize():f}"
    told = [{} if price is None else {what: f"{price.normalize():f}"} for price in (before, after)]
    audit.record(actor, "pricelist.price", row, *told)
