"""Hold passes no shipment, by whichever door it is tried; and what is released passes all of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.api.conftest import program_of
from tests.sales.test_goods import figures, stocked
from tests.sales.trade import Trade, trade
from tradepost.accounts.models import User
from tradepost.catalog.details import Details, Vendor
from tradepost.catalog.models import StockMove
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Conflict
from tradepost.sales.buying import buy_dropped
from tradepost.sales.converting import convert, copy
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.django_db]
D = Decimal
Door = Callable[[Trade, Document], Callable[[], object]]


def browser(shop: Trade) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=shop.actor.user_id), settings.AUTHENTICATION_BACKENDS[0])
    return client


def _made(shop: Trade, order: Document) -> Document:
    return convert(shop.actor, order.pk, Kind.SHIPMENT)


def _picked(shop: Trade, order: Document) -> Document:
    pick = convert(shop.actor, order.pk, Kind.PICK)
    move(shop.actor, pick.pk, "start")
    return pick


def _by_verb(shop: Trade, order: Document) -> Callable[[], object]:
    row = _made(shop, order)
    return lambda: move(shop.actor, row.pk, "ship")


def _by_conversion(shop: Trade, order: Document) -> Callable[[], object]:
    return lambda: move(shop.actor, _made(shop, order).pk, "ship")


def _by_pick(shop: Trade, order: Document) -> Callable[[], object]:
    pick = _picked(shop, order)

    def through() -> object:
        move(shop.actor, pick.pk, "finish")
        return move(shop.actor, convert(shop.actor, pick.pk, Kind.SHIPMENT).pk, "ship")

    return through


def _picked_before(shop: Trade, order: Document) -> Callable[[], object]:
    pick = _picked(shop, order)
    move(shop.actor, pick.pk, "finish")
    return lambda: move(shop.actor, convert(shop.actor, pick.pk, Kind.SHIPMENT).pk, "ship")


def _drawn_before(shop: Trade, order: Document) -> Callable[[], object]:
    pick = _picked(shop, order)
    move(shop.actor, pick.pk, "finish")
    row = convert(shop.actor, pick.pk, Kind.SHIPMENT)
    return lambda: move(shop.actor, row.pk, "ship")


def _by_copy(shop: Trade, order: Document) -> Callable[[], object]:
    row = _made(shop, order)
    return lambda: move(shop.actor, copy(shop.actor, row.pk).pk, "ship")


def _by_api(shop: Trade, order: Document) -> Callable[[], object]:
    row, program = _made(shop, order), program_of(shop.actor)

    def through() -> None:
        if program.call("post", f"documents/{row.pk}/moves", {"verb": "ship"}).status_code == 409:
            raise Conflict("It was refused by API.")

    return through


def _by_api_conversion(shop: Trade, order: Document) -> Callable[[], object]:
    program = program_of(shop.actor)

    def through() -> None:
        answer = program.call("post", f"documents/{order.pk}/convert", {"target": "shipment"})
        if answer.status_code == 409:
            raise Conflict("It was refused by API.")
        program.post(f"documents/{answer.json()['id']}/moves", {"verb": "ship"}, 200)

    return through


def _by_page(shop: Trade, order: Document) -> Callable[[], object]:
    row, client = _made(shop, order), browser(shop)

    def through() -> None:
        if client.post(reverse("document-move", args=[row.pk, "ship"])).status_code == 409:
            raise Conflict("It was refused on the page.")

    return through


def _in_bulk(shop: Trade, order: Document) -> Callable[[], object]:
    row, client = _made(shop, order), browser(shop)

    def through() -> None:
        client.post(reverse("shipments-bulk"), {"pk": row.pk, "act": "ship"})
        if shop.again(row).status == "draft":
            raise Conflict("It was refused in bulk.")

    return through


DOORS: dict[str, Door] = {
    "the verb": _by_verb,
    "a conversion": _by_conversion,
    "a pick list": _by_pick,
    "a pick list that was picked before": _picked_before,
    "a ship doc drawn of a pick list before": _drawn_before,
    "a copy": _by_copy,
    "the API": _by_api,
    "a conversion by API": _by_api_conversion,
    "the page": _by_page,
    "the list": _in_bulk,
}


@pytest.mark.req("B21")
@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_a_held_order_out(door: str) -> None:
    shop = stocked(trade())
    order = shop.document(Kind.ORDER, "3")
    through = DOORS[door](shop, order)
    move(shop.actor, order.pk, "hold", "Credit limit")
    before = StockMove.objects.count()
    with pytest.raises(Conflict):
        through()
    assert (StockMove.objects.count(), figures(shop)) == (before, (10, 3))
    assert not Document.objects.filter(kind=Kind.SHIPMENT, status="shipped").exists()
    move(shop.actor, order.pk, "release")
    through()
    assert figures(shop)[0] == 7


def test_nor_what_its_vendor_would_send() -> None:
    shop = stocked(trade())
    offer = Vendor("Alder Mills", D(5), vendor_id=shop.vendor)
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=[offer]))
    head = {"customer_id": shop.customer, "shipping": {"street": "4 Mill Road", "city": "Concord"}}
    lines = [LineDraft(shop.items[0], quantity=D(2), drop_ship=True)]
    order = save_document(shop.actor, Kind.ORDER, head, lines)
    [bought] = buy_dropped(shop.actor, order.pk).orders
    move(shop.actor, bought.pk, "send")
    receipt = convert(shop.actor, bought.pk, Kind.RECEIPT)
    move(shop.actor, order.pk, "hold", "Credit limit")
    with pytest.raises(Conflict, match="on hold: Credit limit"):
        move(shop.actor, receipt.pk, "receive")
    assert (shop.again(receipt).status, shop.again(order).status) == ("draft", "open")
    move(shop.actor, order.pk, "release")
    move(shop.actor, receipt.pk, "receive")
    assert shop.again(order).status == "shipped"


def test_a_held_cash_sale_is_not_completed() -> None:
    shop = stocked(trade())
    sale = shop.document(Kind.CASH_SALE, "2")
    move(shop.actor, sale.pk, "hold", "Ask the owner")
    with pytest.raises(Conflict, match="Ask the owner"):
        move(shop.actor, sale.pk, "complete")
    move(shop.actor, sale.pk, "release")
    assert move(shop.actor, sale.pk, "complete").status == "completed"
