"""Drop shipment: a vendor sends an order's goods to the customer, and the order follows by the receipt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sales.test_converting import part, together
from tests.sales.test_goods import figures, stocked
from tests.sales.trade import Trade, trade
from tradepost.catalog.details import Component, Details, Vendor
from tradepost.catalog.models import ItemType, StockLevel
from tradepost.catalog.queries import discrepancies
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Customer
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.buying import buy_dropped
from tradepost.sales.converting import convert
from tradepost.sales.dropping import surplus
from tradepost.sales.following import left
from tradepost.sales.goods import back_ordered
from tradepost.sales.models import Document, Kind, Letterhead, Line
from tradepost.sales.moving import move
from tradepost.sales.paper import on_paper
from tradepost.sales.services import LineDraft, save_document

D = Decimal
HOME = {"street": "12 Canal St", "city": "Nashua", "region": "NH", "postcode": "03060", "country": "US"}
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return stocked(trade())


def dropped(shop: Trade, *, also: bool = False) -> Document:
    """An order of 30 that the vendor sends, and, where asked, of 5 from stock; with 9.00 of freight."""
    drafts = [LineDraft(shop.items[0], quantity=D(30), drop_ship=True)]
    drafts += [LineDraft(shop.items[1], quantity=D(5))] if also else []
    values = {"customer_id": shop.customer, "shipping": HOME, "freight": D(9)}
    return save_document(shop.actor, Kind.ORDER, values, drafts)


def bought(shop: Trade, order: Document, *quantities: str) -> Document:
    made = convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, part(order, *quantities), vendor_id=shop.vendor)
    return move(shop.actor, made.pk, "send")


def received(shop: Trade, purchase: Document, quantity: str) -> tuple[Document, Document]:
    """The receipt of so much, and the ship doc that it made."""
    receipt = convert(shop.actor, purchase.pk, Kind.RECEIPT, part(purchase, quantity))
    move(shop.actor, receipt.pk, "receive")
    return receipt, receipt.followers.get()


@pytest.mark.req("B21")
def test_the_receipt_ships_the_order_and_moves_no_stock(shop: Trade) -> None:
    order = dropped(shop)
    assert (figures(shop), back_ordered(shop.actor, order), left(order, Kind.SHIPMENT)) == ((10, 0), {}, {})
    purchase = bought(shop, order, "30")
    _first, sent = received(shop, purchase, "12")
    assert (sent.kind, sent.status, sent.customer_id) == (Kind.SHIPMENT, "shipped", shop.customer)
    assert (shop.again(order).status, figures(shop)) == ("partly_shipped", (10, 0))
    _second, rest = received(shop, purchase, "18")
    assert (shop.again(order).status, shop.again(purchase).status) == ("shipped", "received")
    assert (sent.total + rest.total, sent.freight, rest.freight) == (order.total, 9, 0)
    assert figures(shop) == (10, 0)
    invoice = convert(shop.actor, sent.pk, Kind.INVOICE)
    assert invoice.total == sent.total
    assert left(order, Kind.INVOICE) == {order.lines.get().pk: 18}


def test_voiding_the_receipt_takes_the_shipment_back(shop: Trade) -> None:
    order = dropped(shop)
    purchase = bought(shop, order, "30")
    receipt, sent = received(shop, purchase, "30")
    move(shop.actor, receipt.pk, "void")
    assert (shop.again(sent).status, shop.again(order).status) == ("voided", "open")
    assert (shop.again(purchase).status, figures(shop)) == ("confirmed", (10, 0))
    _again, anew = received(shop, purchase, "30")
    convert(shop.actor, anew.pk, Kind.INVOICE)
    with pytest.raises(Conflict):
        move(shop.actor, anew.source_id or 0, "void")
    assert shop.again(order).status == "shipped"


def test_its_purchase_order_says_where_to(shop: Trade) -> None:
    purchase = bought(shop, dropped(shop), "30")
    assert purchase.shipping == {**HOME, "name": "Granite State Brewing"}
    shipping = [a for a in on_paper(purchase, Letterhead())["addresses"] if a["label"] == "shipping"]
    assert shipping[0]["lines"] == ["Granite State Brewing", "12 Canal St", "Nashua NH 03060", "US"]
    assert purchase.lines.get().drop_ship


def test_what_comes_to_us_stands_on_another_purchase_order(shop: Trade) -> None:
    order = dropped(shop, also=True)
    assert figures(shop, 1) == (10, 5)
    with pytest.raises(Invalid, match="cannot stand on one purchase order"):
        bought(shop, order, "30", "5")
    assert bought(shop, order, "0", "5").shipping == {}
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    assert [line.quantity for line in shipment.lines.all()] == [5]
    move(shop.actor, shipment.pk, "ship")
    _receipt, sent = received(shop, bought(shop, order, "30", "0"), "30")
    assert (shop.again(order).status, shipment.total + sent.total) == ("shipped", order.total)


def test_a_held_order_is_not_shipped_by_its_vendor(shop: Trade) -> None:
    order = dropped(shop)
    purchase = bought(shop, order, "30")
    receipt = convert(shop.actor, purchase.pk, Kind.RECEIPT)
    move(shop.actor, order.pk, "hold", "Credit limit")
    with pytest.raises(Conflict, match="Credit limit"):
        move(shop.actor, receipt.pk, "receive")
    assert (shop.again(receipt).status, receipt.followers.count()) == ("draft", 0)


def test_no_vendor_is_told_to_send_to_a_customer_on_credit_hold(shop: Trade) -> None:
    order = dropped(shop)
    purchase = convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor)
    Customer.objects.filter(pk=shop.customer).update(credit_hold=True, credit_reason="Three bounced checks")
    for verb in ("send", "confirm"):
        with pytest.raises(Conflict, match="Three bounced checks"):
            move(shop.actor, purchase.pk, verb)
    ours = shop.document(Kind.PURCHASE_ORDER)
    assert move(shop.actor, ours.pk, "send").status == "sent"
    Customer.objects.filter(pk=shop.customer).update(credit_hold=False)
    assert move(shop.actor, purchase.pk, "confirm").status == "confirmed"


def test_a_quote_passes_it_on_and_a_changed_line_keeps_it(shop: Trade) -> None:
    drafts = [LineDraft(shop.items[0], quantity=D(2), drop_ship=True)]
    quote = save_document(shop.actor, Kind.QUOTE, {"customer_id": shop.customer}, drafts)
    move(shop.actor, quote.pk, "send")
    order = convert(shop.actor, quote.pk, Kind.ORDER)
    assert order.lines.get().drop_ship
    again = [LineDraft(shop.items[0], quantity=D(3))]
    save_document(shop.actor, Kind.ORDER, {}, again, document_id=order.pk)
    assert order.lines.get().drop_ship
    save_document(
        shop.actor, Kind.ORDER, {}, [LineDraft(shop.items[0], drop_ship=False)], document_id=order.pk
    )
    assert (order.lines.get().drop_ship, figures(shop)) == (False, (10, 1))


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CASH_SALE, Kind.RMA, Kind.CREDIT_NOTE])
def test_what_leaves_or_comes_over_our_counter_is_not_drop_shipped(shop: Trade, kind: Kind) -> None:
    with pytest.raises(Invalid, match="can be drop shipped"):
        save_document(
            shop.actor, kind, {"customer_id": shop.customer}, [LineDraft(shop.items[0], drop_ship=True)]
        )


@pytest.mark.parametrize("kind", [Kind.SHIPMENT, Kind.PURCHASE_ORDER])
def test_what_is_on_its_way_goes_on_as_it_began(shop: Trade, kind: Kind) -> None:
    """Or the same goods would be sent twice: by us and by the vendor."""
    by_vendor = kind == Kind.PURCHASE_ORDER
    order = dropped(shop) if by_vendor else shop.document(Kind.ORDER, "3")
    line = order.lines.get()
    made = convert(shop.actor, order.pk, kind, vendor_id=shop.vendor if by_vendor else None)
    other = [LineDraft(shop.items[0], quantity=line.quantity, drop_ship=not by_vendor)]
    with pytest.raises(Conflict, match="goes on as it began"):
        save_document(shop.actor, Kind.ORDER, {}, other, document_id=order.pk)
    assert order.lines.get().drop_ship == by_vendor
    move(shop.actor, made.pk, "cancel")
    save_document(shop.actor, Kind.ORDER, {}, other, document_id=order.pk)
    assert order.lines.get().drop_ship != by_vendor


def test_what_is_only_invoiced_may_still_be_sent_by_the_vendor(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3")
    convert(shop.actor, order.pk, Kind.INVOICE)
    other = [LineDraft(shop.items[0], quantity=D(3), drop_ship=True)]
    save_document(shop.actor, Kind.ORDER, {}, other, document_id=order.pk)
    assert (order.lines.get().drop_ship, figures(shop)) == (True, (10, 0))


def test_goods_go_where_the_customer_lives_and_nowhere_without_an_address(shop: Trade) -> None:
    drafts = [LineDraft(shop.items[0], quantity=D(2), drop_ship=True)]
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, drafts)
    with pytest.raises(Invalid, match="SO-00001 has no ship-to"):
        bought(shop, order, "2")
    assert not Document.objects.filter(kind=Kind.PURCHASE_ORDER).exists()
    addresses = [{"kind": kind, "street": f"The {kind} street"} for kind in ("billing", "shipping")]
    save_customer(shop.actor, {}, customer_id=shop.customer, addresses=addresses)
    assert bought(shop, order, "2").shipping["street"] == "The shipping street"


@pytest.mark.django_db(transaction=True)
def test_the_last_parts_are_sold_once_in_a_kit_or_alone_or_sent_by_a_vendor() -> None:
    """Six clerks at once, three pieces and two of the other part: a kit takes two and one, a line alone takes one."""
    shop = stocked(trade(), "3", "2")
    kit = save_item(
        shop.actor,
        {"sku": "SET", "name": "Set", "type": ItemType.KIT, "price": D(30)},
        details=Details(parts=[Component(shop.items[0], D(2)), Component(shop.items[1], D(1))]),
    )

    def sell(n: int) -> object:
        draft = LineDraft(kit.pk if n % 2 else shop.items[0], drop_ship=n > 3)
        values = {"customer_id": shop.customer, "shipping": HOME}
        order = save_document(shop.actor, Kind.ORDER, values, [draft])
        if n <= 3:
            return move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT).pk, "ship")
        return received(shop, bought(shop, order, "1"), "1")

    found = together(6, sell)
    sent = Line.objects.filter(document__kind=Kind.SHIPMENT, document__status="shipped")
    kits, alone = (sent.filter(drop_ship=False, item=item).count() for item in (kit.pk, shop.items[0]))
    assert (figures(shop)[0], figures(shop, 1)[0]) == (3 - 2 * kits - alone, 2 - kits), found
    assert 1 <= kits + alone < 4, "Four want six pieces of three."
    assert sent.filter(drop_ship=True).count() == 2
    assert all(level.on_hand >= level.allocated for level in StockLevel.objects.all())
    assert discrepancies(shop.actor) == []


@pytest.mark.req("B21")
def test_one_step_buys_all_drop_ship_lines_each_from_its_preferred_vendor(shop: Trade) -> None:
    other = save_vendor(shop.actor, {"name": "Birch Works"})
    offers = {
        shop.items[0]: [Vendor("Alder Mills", D(12), vendor_id=shop.vendor), Vendor("Birch Works", D(1))],
        shop.items[1]: [Vendor("Nobody we know", D(1)), Vendor("birch works", D("0.20"))],
    }
    for item, several in offers.items():
        save_item(shop.actor, {}, item_id=item, details=Details(vendors=several))
    drafts = [LineDraft(item, quantity=D(4), drop_ship=True) for item in shop.items]
    drafts.append(LineDraft(shop.items[0], description="From stock", quantity=D(1)))
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer, "shipping": HOME}, drafts)
    done = buy_dropped(shop.actor, order.pk)
    assert [(row.vendor_id, row.status, row.total) for row in done.orders] == [
        (shop.vendor, "draft", 48),
        (other.pk, "draft", D("0.80")),
    ]
    assert done.without_vendor == ["MAP"]
    assert all(row.shipping["city"] == "Nashua" and row.lines.get().drop_ship for row in done.orders)
    with pytest.raises(Conflict, match="nobody sells MAP"):
        buy_dropped(shop.actor, order.pk)
    move(shop.actor, done.orders[1].pk, "cancel")
    assert [row.vendor_id for row in buy_dropped(shop.actor, order.pk).orders] == [other.pk]


def test_what_came_beyond_the_orders_need_is_said(shop: Trade) -> None:
    order = dropped(shop)
    purchase = convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor)
    line = purchase.lines.get()
    more = LineDraft(line.item_id, line.description, D(35), line_id=line.pk)
    save_document(shop.actor, Kind.PURCHASE_ORDER, {}, [more], document_id=purchase.pk)
    move(shop.actor, purchase.pk, "send")
    receipt, sent = received(shop, purchase, "35")
    assert [(one.sku, over) for one, over in surplus(shop.again(receipt))] == [("TNT-4", 5)]
    assert (sent.lines.get().quantity, figures(shop)) == (30, (10, 0))
    move(shop.actor, receipt.pk, "void")
    assert surplus(shop.again(receipt)) == []
