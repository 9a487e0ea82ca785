"""What documents do to the stock: hold, ship, bring back; and several people at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sales.test_converting import part, together
from tests.sales.trade import Trade, trade
from tradepost.accounts import settings
from tradepost.accounts.access import Actor, Role
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details, Unit
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import ItemType, Location, StockMove
from tradepost.catalog.queries import discrepancies, sums, worth
from tradepost.catalog.services import save_bin, save_item, save_location
from tradepost.kit.errors import Fault, Invalid
from tradepost.sales.converting import convert, copy
from tradepost.sales.goods import back_ordered
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return stocked(trade())


def stocked(shop: Trade, *quantities: str) -> Trade:
    """The company with a warehouse and 10 of each item, or the quantities given."""
    main = save_location(shop.actor, {"name": "Main"})
    wanted = quantities or ("10",) * len(shop.items)
    lines = [StockLine(item, main.pk, D(q)) for item, q in zip(shop.items, wanted, strict=False)]
    stock.receive(shop.actor, lines)
    return shop


def figures(shop: Trade, n: int = 0) -> tuple[Decimal, Decimal]:
    """On hand and allocated of an item."""
    found = sums(shop.actor, [shop.items[n]])[shop.items[n]]
    return found.on_hand, found.allocated


@pytest.mark.req("B21")
def test_an_order_holds_its_goods_and_a_ship_doc_takes_them(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    assert (figures(shop), figures(shop, 1)) == ((10, 3), (10, 5))
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "2", "5"))
    assert figures(shop) == (10, 3)
    move(shop.actor, shipment.pk, "ship")
    assert (figures(shop), figures(shop, 1)) == ((8, 1), (5, 0))
    move(shop.actor, shipment.pk, "void")
    assert (figures(shop), figures(shop, 1)) == ((10, 3), (10, 5))
    assert discrepancies(shop.actor) == []


@pytest.mark.parametrize(("verb", "allocated"), [("cancel", 0), ("close", 0), ("hold", 3)])
def test_who_ships_no_more_holds_nothing(shop: Trade, verb: str, allocated: int) -> None:
    order = shop.document(Kind.ORDER, "3")
    move(shop.actor, order.pk, verb, "Credit limit")
    assert figures(shop) == (10, allocated)


def test_what_is_held_follows_the_lines(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3", "5")
    save_document(shop.actor, Kind.ORDER, {}, [LineDraft(shop.items[1], quantity=D(7))], document_id=order.pk)
    assert (figures(shop), figures(shop, 1)) == ((10, 0), (10, 7))
    assert back_ordered(shop.actor, copy(shop.actor, order.pk)) == {
        line.pk: 4 for line in Document.objects.latest("pk").lines.all()
    }
    other = save_location(shop.actor, {"name": "Outlet"})
    save_document(shop.actor, Kind.ORDER, {"location_id": other.pk}, document_id=order.pk)
    assert figures(shop, 1) == (10, 3), "The outlet has none; the copy keeps what it got."


@pytest.mark.req("B21")
def test_what_is_not_there_waits_as_back_order(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "12", "5")
    first = order.lines.first()
    assert back_ordered(shop.actor, order) == {first.pk: 2}
    assert figures(shop) == (10, 10)
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    with pytest.raises(stock.ShortStock, match="TNT-4 lacks 2 in Main"):
        move(shop.actor, shipment.pk, "ship")
    assert shop.again(shipment).status == "draft"
    move(shop.actor, shipment.pk, "cancel")
    move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT, part(order, "10", "5")).pk, "ship")
    assert shop.again(order).status == "partly_shipped"
    stock.receive(shop.actor, [StockLine(shop.items[0], Location.objects.get().pk, D(5))])
    pick = convert(shop.actor, order.pk, Kind.PICK)
    assert (figures(shop), back_ordered(shop.actor, shop.again(order))) == ((5, 2), {})
    move(shop.actor, pick.pk, "finish")
    move(shop.actor, convert(shop.actor, pick.pk, Kind.SHIPMENT).pk, "ship")
    assert (figures(shop), shop.again(order).status) == ((3, 0), "shipped")


def test_a_piece_that_another_order_holds_is_not_shipped(shop: Trade) -> None:
    shop.document(Kind.ORDER, "8")
    late = shop.document(Kind.ORDER, "3")
    shipment = convert(shop.actor, late.pk, Kind.SHIPMENT)
    with pytest.raises(stock.ShortStock, match="lacks 1"):
        move(shop.actor, shipment.pk, "ship")
    settings.put(shop.actor, {"stock.allow_negative": True})
    move(shop.actor, shipment.pk, "ship")
    assert figures(shop) == (7, 8)


def test_another_warehouse_ships_and_the_promise_is_free(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "3")
    outlet = save_location(shop.actor, {"name": "Outlet"})
    stock.receive(shop.actor, [StockLine(shop.items[0], outlet.pk, D(3))])
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    save_document(shop.actor, Kind.SHIPMENT, {"location_id": outlet.pk}, document_id=shipment.pk)
    move(shop.actor, shipment.pk, "ship")
    assert figures(shop) == (10, 0)


@pytest.mark.req("B21")
def test_a_return_brings_goods_back_and_a_cash_sale_takes_them(shop: Trade) -> None:
    invoice = shop.document(Kind.INVOICE, "4")
    move(shop.actor, invoice.pk, "issue")
    assert figures(shop) == (10, 0)
    rma = convert(shop.actor, invoice.pk, Kind.RMA, part(invoice, "3"))
    for verb in ("approve", "receive"):
        move(shop.actor, rma.pk, verb)
    assert figures(shop) == (13, 0)
    sales = Actor(shop.actor.organisation_id, shop.actor.user_id, Role.SALES)
    sale = shop.document(Kind.CASH_SALE, "4")
    move(sales, sale.pk, "complete")
    assert figures(shop) == (9, 0)
    move(shop.actor, sale.pk, "void")
    assert figures(shop) == (13, 0)


@pytest.mark.req("B21")
def test_a_receipt_brings_its_cost_and_takes_it_back(shop: Trade) -> None:
    """Ten of each lie there and are worth nothing; ten more come for 2.00 each less a tenth, in two receipts."""
    drafts = [LineDraft(shop.items[0], quantity=D(10), unit_price=D(2))]
    head = {"vendor_id": shop.vendor, "discount_percent": D(10)}
    purchase = save_document(shop.actor, Kind.PURCHASE_ORDER, head, drafts)
    move(shop.actor, purchase.pk, "send")
    first = convert(shop.actor, purchase.pk, Kind.RECEIPT, part(purchase, "4"))
    second = convert(shop.actor, purchase.pk, Kind.RECEIPT)
    for receipt, value in ((first, D("7.20")), (second, D("18.00"))):
        move(shop.actor, receipt.pk, "receive")
        assert {one[1] for one in worth(shop.actor, [shop.items[0]]).values()} == {value}
    move(shop.actor, first.pk, "void")
    assert list(worth(shop.actor, [shop.items[0]]).values()) == [(16, D("10.80"))]
    move(shop.actor, shop.document(Kind.CASH_SALE, "8").pk, "complete")
    assert list(worth(shop.actor, [shop.items[0]]).values()) == [(8, D("5.40"))]
    assert discrepancies(shop.actor) == []


def test_kits_units_and_services(shop: Trade) -> None:
    kit = save_item(
        shop.actor,
        {"sku": "KIT", "name": "Kit", "type": ItemType.KIT},
        details=Details(parts=[Component(shop.items[0], D(2)), Component(shop.items[1], D(1))]),
    )
    advice = save_item(shop.actor, {"sku": "ADV", "name": "Advice", "type": ItemType.SERVICE})
    save_item(shop.actor, {}, item_id=shop.items[2], details=Details(units=[Unit("carton", D(4))]))
    drafts = [
        LineDraft(kit.pk, quantity=D(2)),
        LineDraft(advice.pk),
        LineDraft(shop.items[2], quantity=D(2), unit="carton"),
    ]
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, drafts)
    assert [figures(shop, n) for n in range(3)] == [(10, 4), (10, 2), (10, 8)]
    move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT).pk, "ship")
    assert [figures(shop, n) for n in range(3)] == [(6, 0), (8, 0), (2, 0)]
    pallet = [LineDraft(shop.items[2], unit="pallet")]
    with pytest.raises(Invalid, match="MAP has no unit “pallet”"):
        save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, pallet)


def test_goods_are_taken_from_the_bins_that_they_lie_in(shop: Trade) -> None:
    main = Location.objects.get()
    shelf = save_bin(shop.actor, {"name": "A-01", "location_id": main.pk})
    stock.transfer(shop.actor, [StockLine(shop.items[0], main.pk, D(8))], main.pk, bin_id=shelf.pk)
    move(shop.actor, shop.document(Kind.SHIPMENT, "5").pk, "ship")
    taken = StockMove.objects.filter(kind="shipment").values_list("bin", "on_hand").order_by("-on_hand")
    assert list(taken) == [(None, -2), (shelf.pk, -3)]
    with pytest.raises(stock.ShortStock, match="lacks 1"):
        move(shop.actor, shop.document(Kind.SHIPMENT, "6").pk, "ship")


def test_a_company_without_a_location_keeps_no_stock() -> None:
    shop = trade()
    order = shop.document(Kind.ORDER, "3")
    move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT).pk, "ship")
    assert not StockMove.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("allow", [False, True], ids=["refused", "allowed"])
def test_two_clerks_ship_the_last_piece(allow: bool) -> None:
    shop = stocked(trade(), "1")
    settings.put(shop.actor, {"stock.allow_negative": allow})
    loose = [shop.document(Kind.SHIPMENT, "1") for _clerk in range(2)]
    found = together(2, lambda n: move(shop.actor, loose[n].pk, "ship"))
    refused = [one for one in found if isinstance(one, stock.ShortStock)]
    assert (len(refused), figures(shop)) == ((0, (-1, 0)) if allow else (1, (0, 0)))
    assert discrepancies(shop.actor) == []


@pytest.mark.django_db(transaction=True)
def test_many_clerks_ship_and_void_crosswise_without_waiting_for_ever() -> None:
    shop = stocked(trade(), "6", "6", "6")
    lines = [LineDraft(item, quantity=D(2)) for item in shop.items]
    head = {"customer_id": shop.customer}
    orders = [save_document(shop.actor, Kind.ORDER, head, lines if n % 2 else lines[::-1]) for n in range(4)]
    shipments = [convert(shop.actor, order.pk, Kind.SHIPMENT) for order in orders]

    def clerk(n: int) -> Document:
        move(shop.actor, shipments[n].pk, "ship")
        return move(shop.actor, shipments[n].pk, "void") if n == 0 else shop.again(shipments[n])

    found = together(4, clerk)
    assert all(isinstance(one, (Document, Fault)) for one in found)
    shipped = sum(isinstance(one, Document) and one.status == "shipped" for one in found)
    assert all(figures(shop, n)[0] == 6 - 2 * shipped for n in range(3))
    assert discrepancies(shop.actor) == []
