"""Lines in another unit than the stock unit: a carton of 12 counts as 12 pieces, and costs what 12 pieces cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sales.test_converting import part
from tests.sales.test_goods import figures
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details, Unit, Vendor
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import ItemType, Location
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.catalog.pricing import per_unit
from tradepost.catalog.queries import discrepancies, sums, worth
from tradepost.catalog.services import save_item, save_location
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.services import save_customer, save_vendor
from tradepost.reports import engine
from tradepost.reports.reordering import proposal
from tradepost.reports.rules import Query
from tradepost.sales.converting import convert
from tradepost.sales.following import left
from tradepost.sales.goods import back_ordered
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.returned import Arrived, Fate
from tradepost.sales.returning import receive
from tradepost.sales.services import LineDraft, preview, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.database]
UNITS = [Unit("carton", D(12)), Unit("pallet", D(480)), Unit("half", D("0.5"))]


@pytest.mark.parametrize(
    ("price", "factor", "expected"),
    [
        ("19.99", "12", "239.88"),
        ("17.991", "12", "215.892"),  # prices may have more decimals than money has
        ("0.0333", "1000", "33.3"),
        ("0.0333", "7", "0.2331"),
        ("9.9999", "1.5", "14.9999"),  # 14.99985, half up
        ("0.0001", "0.5", "0.0001"),  # 0.00005, half up
        ("0.0001", "0.4999", "0"),
        ("-0.0001", "0.5", "-0.0001"),
        ("0", "12", "0"),
    ],
)
def test_a_unit_costs_what_its_pieces_cost(price: str, factor: str, expected: str) -> None:
    assert per_unit(D(price), D(factor)) == D(expected)


@given(price=st.decimals(0, 99999, places=4), pieces=st.integers(1, 5000))
def test_a_unit_of_whole_pieces_costs_exactly_as_much_as_they_do(price: D, pieces: int) -> None:
    assert per_unit(price, D(pieces)) == price * pieces


@pytest.fixture
def shop() -> Trade:
    """Cartons of 12, pallets of 480 and halves of the first item. Dealers have ten per cent off, and of the first item 15 from 50
    on; in euro it is 18 for everybody."""
    shop = trade()
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(units=UNITS))
    level = save_price_level(shop.actor, {"name": "Dealer", "percent": D(10)})
    save_price_list(
        shop.actor, {"name": "Trade", "level_id": level.pk}, breaks=[Break(shop.items[0], D(15), D(50))]
    )
    save_price_list(shop.actor, {"name": "Export", "currency": "EUR"}, breaks=[Break(shop.items[0], D(18))])
    shop.customer = save_customer(shop.actor, {"name": "Dealer & Sons", "price_level_id": level.pk}).pk
    return shop


def drafts(shop: Trade, *lines: str) -> list[LineDraft]:
    """``"5 carton"`` of the first item each."""
    return [_draft(shop.items[0], line) for line in lines]


def _draft(item: int, line: str) -> LineDraft:
    quantity, _space, unit = line.partition(" ")
    return LineDraft(item, quantity=D(quantity), unit=unit or None)


def ordered(shop: Trade, *lines: str, kind: Kind = Kind.ORDER, **head: Any) -> Document:
    party = {"vendor_id": shop.vendor} if kind == Kind.PURCHASE_ORDER else {"customer_id": shop.customer}
    return save_document(shop.actor, kind, {**party, **head}, drafts(shop, *lines))


def prices(row: Document) -> list[D]:
    return [line.unit_price for line in row.lines.all()]


BY_HAND: list[tuple[Sequence[str], str, Sequence[str], str]] = [
    (["1 carton"], "", ["215.892"], "215.89"),  # 12 × 19.99 less 10 %
    (["1"], "", ["17.991"], "17.99"),
    (["1 each"], "", ["17.991"], "17.99"),
    (["4 carton"], "", ["215.892"], "863.57"),  # 48 pieces
    (["5 carton"], "", ["180"], "900.00"),  # 60 pieces are more than 50
    (["4 carton", "2"], "", ["180", "15"], "750.00"),  # 50 together
    (["4 carton", "1"], "", ["215.892", "17.991"], "881.56"),  # 49
    (["0.5 carton"], "", ["215.892"], "107.95"),
    (["3 half"], "", ["8.9955"], "26.99"),
    (["99 half"], "", ["8.9955"], "890.55"),  # 49.5 pieces
    (["100 half"], "", ["7.5"], "750.00"),
    (["1 pallet"], "", ["7200"], "7200.00"),
    (["1 Carton"], "", ["215.892"], "215.89"),
    (["1 carton"], "EUR", ["216"], "216.00"),
]


@pytest.mark.parametrize(("lines", "currency", "expected", "subtotal"), BY_HAND)
def test_what_nobody_typed_a_price_for_is_priced_by_the_piece(
    shop: Trade, lines: Sequence[str], currency: str, expected: Sequence[str], subtotal: str
) -> None:
    row = ordered(shop, *lines, **({"currency": currency} if currency else {}))
    assert (prices(row), row.subtotal) == ([D(p) for p in expected], D(subtotal))
    assert all(line.auto_price for line in row.lines.all())
    shown, _lines = preview(
        shop.actor,
        {"customer_id": shop.customer, "currency": row.currency},
        drafts(shop, *lines),
    )
    assert shown.total == row.total, "What is shown while one types is what is saved."


def test_the_units_name_is_kept_as_the_item_spells_it(shop: Trade) -> None:
    assert [line.unit for line in ordered(shop, "1 CARTON", "1").lines.all()] == ["carton", "each"]


def test_a_changed_line_stays_in_its_unit_and_is_priced_by_it(shop: Trade) -> None:
    row = ordered(shop, "1 carton")

    def changed(**draft: Any) -> tuple[object, ...]:
        lines = [LineDraft(shop.items[0], **draft)]
        save_document(shop.actor, Kind.ORDER, {}, lines, document_id=row.pk)
        line = row.lines.get()
        return line.quantity, line.unit, line.unit_price, line.auto_price, line.price_source

    assert changed(quantity=D(5)) == (5, "carton", 180, True, "Trade ≥ 50")
    assert changed(quantity=D(5), unit_price=D(180)) == (5, "carton", 180, True, "Trade ≥ 50")
    assert changed(quantity=D(5), unit="each") == (5, "each", D("17.991"), True, "Dealer")
    assert changed(quantity=D(5), unit="carton", unit_price=D("17.991")) == (
        *(5, "carton", D("17.991"), False, ""),
    ), "A price that is said for another unit is said by somebody."
    assert changed(quantity=D(1), unit="carton") == (1, "carton", D("215.892"), True, "Dealer")


def test_a_unit_that_the_item_has_not_gets_no_price(shop: Trade) -> None:
    with pytest.raises(Invalid, match="Line 2: TNT-4 has no unit “crate”") as refused:
        ordered(shop, "1", "1 crate")
    assert "type a price" in str(refused.value.cure)
    crate = [LineDraft(shop.items[0], unit="crate", unit_price=D(200))]
    quote = save_document(shop.actor, Kind.QUOTE, {"customer_id": shop.customer}, crate)
    assert quote.subtotal == 200
    with pytest.raises(Invalid, match="has no unit “crate”"):
        ordered(shop, "1 crate", kind=Kind.PURCHASE_ORDER, **_offered(shop))
    for kind in (Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.BILL):  # of a vendor who offers nothing
        head = {"vendor_id": save_vendor(shop.actor, {"name": kind}).pk}
        with pytest.raises(Invalid, match="Line 1: TNT-4 has no unit “crate”"):
            save_document(shop.actor, kind, head, drafts(shop, "1 crate"))
        assert save_document(shop.actor, kind, head, drafts(shop, "1 carton")).lines.get().unit == "carton"


def test_a_group_of_a_larger_unit_is_so_many_of_its_parts(shop: Trade) -> None:
    camp = {"sku": "CAMP", "name": "Camp", "type": ItemType.GROUP}
    inside = Details(parts=[Component(shop.items[0], D(2))], units=[Unit("dozen", D(12))])
    group = save_item(shop.actor, camp, details=inside)
    line = [LineDraft(group.pk, quantity=D(3), unit="dozen")]
    row = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, line)
    assert [(one.sku, one.quantity, one.unit, one.unit_price) for one in row.lines.all()] == [
        ("TNT-4", 72, "each", 15)
    ]
    half = [LineDraft(group.pk, quantity=D("1.5"))]
    row = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, half)
    assert row.lines.get().quantity == 3


# -- bought ----------------------------------------------------------------------------------------------------------


def _offered(shop: Trade) -> dict[str, Any]:
    offer = Vendor("Alder Mills", D("12.5"), vendor_id=shop.vendor, breaks=((D(24), D(10)),))
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=[offer]))
    return {}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["1 carton"], ["150"]),  # 12 × 12.50
        (["2 carton"], ["120"]),  # 24 pieces: 10 each
        (["1 carton", "12"], ["120", "10"]),
        (["23"], ["12.5"]),
    ],
)
def test_a_vendors_price_is_of_one_piece(shop: Trade, lines: list[str], expected: list[str]) -> None:
    row = ordered(shop, *lines, kind=Kind.PURCHASE_ORDER, **_offered(shop))
    assert prices(row) == [D(p) for p in expected]


def test_cartons_that_come_are_pieces_on_the_shelf_and_in_their_worth(shop: Trade) -> None:
    save_location(shop.actor, {"name": "Main"})
    order = ordered(shop, "2 carton", kind=Kind.PURCHASE_ORDER, **_offered(shop))
    move(shop.actor, order.pk, "send")
    item = shop.items[0]
    assert sums(shop.actor, [item])[item].on_order == 24
    first = convert(shop.actor, order.pk, Kind.RECEIPT, part(order, "0.5"))
    move(shop.actor, first.pk, "receive")
    there = sums(shop.actor, [item])[item]
    assert (there.on_hand, there.on_order) == (6, 18)
    move(shop.actor, convert(shop.actor, order.pk, Kind.RECEIPT).pk, "receive")
    assert list(worth(shop.actor, [item]).values()) == [(24, 240)]
    bill = convert(shop.actor, order.pk, Kind.BILL)
    assert (bill.total, shop.again(order).status) == (240, "received")
    assert discrepancies(shop.actor) == []


def test_what_an_order_buys_for_its_customer_is_bought_in_its_unit(shop: Trade) -> None:
    _offered(shop)
    order = ordered(shop, "2 carton")
    bought = convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor)
    assert [(line.quantity, line.unit, line.unit_price) for line in bought.lines.all()] == [
        (2, "carton", 120)
    ]


def test_the_reorder_proposal_is_of_pieces(shop: Trade) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, D(10))])
    _offered(shop)
    ordered(shop, "2 carton")
    [found] = proposal(shop.actor)
    assert (found.need.waiting, found.quantity, found.price) == (14, 14, D("12.5"))
    ordered(shop, "1 carton", kind=Kind.PURCHASE_ORDER)
    [found] = proposal(shop.actor)
    assert (found.need.coming, found.quantity) == (12, 2)


# -- moved -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stocked(shop: Trade) -> Trade:
    """With 20 pieces of the first item."""
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, D(20))])
    return shop


def test_a_carton_holds_ships_and_comes_back_as_its_pieces(stocked: Trade) -> None:
    order = ordered(stocked, "2 carton")
    line = order.lines.get()
    assert (figures(stocked), back_ordered(stocked.actor, order)) == ((20, 20), {line.pk: 4})
    shipment = convert(stocked.actor, order.pk, Kind.SHIPMENT, part(order, "1"))
    move(stocked.actor, shipment.pk, "ship")
    assert (figures(stocked), stocked.again(order).status) == ((8, 8), "partly_shipped")
    assert left(order, Kind.SHIPMENT) == {line.pk: 1}
    assert convert(stocked.actor, shipment.pk, Kind.INVOICE).subtotal == D("215.89")

    rma = convert(stocked.actor, shipment.pk, Kind.RMA)
    move(stocked.actor, rma.pk, "approve")
    back = rma.lines.get().pk
    receive(stocked.actor, rma.pk, [Arrived(back, D("0.25"), Fate.SCRAP, "torn"), Arrived(back, D("0.5"))])
    there = sums(stocked.actor, [stocked.items[0]])[stocked.items[0]]
    assert there.on_hand == 14, "Six of the nine that came back; three were scrapped."
    assert convert(stocked.actor, rma.pk, Kind.CREDIT_NOTE).subtotal == D("215.89")
    assert Location.objects.count() == 1 and discrepancies(stocked.actor) == []


def test_a_cash_sale_of_a_carton_takes_its_pieces_and_a_void_brings_them_back(stocked: Trade) -> None:
    sale = ordered(stocked, "1 carton", kind=Kind.CASH_SALE)
    move(stocked.actor, sale.pk, "complete")
    assert figures(stocked) == (8, 0)
    move(stocked.actor, sale.pk, "void")
    assert figures(stocked) == (20, 0)


def test_what_others_count_by_its_unit_stays_in_it(stocked: Trade) -> None:
    order = ordered(stocked, "2 carton")
    shipment = convert(stocked.actor, order.pk, Kind.SHIPMENT, part(order, "1"))
    for row, quantity in ((order, "24 each"), (shipment, "1 each")):
        with pytest.raises(Conflict, match="counted by its unit in other documents"):
            save_document(stocked.actor, Kind(row.kind), {}, drafts(stocked, quantity), document_id=row.pk)
    save_document(stocked.actor, Kind.ORDER, {}, drafts(stocked, "3 carton"), document_id=order.pk)
    assert figures(stocked) == (20, 20)

    quote = ordered(stocked, "1 carton", kind=Kind.QUOTE)
    of_quote = convert(stocked.actor, quote.pk, Kind.ORDER)
    save_document(stocked.actor, Kind.ORDER, {}, drafts(stocked, "6 each"), document_id=of_quote.pk)
    assert [(line.quantity, line.unit) for line in of_quote.lines.all()] == [(6, "each")]


# -- from elsewhere --------------------------------------------------------------------------------------------------


def test_documents_from_elsewhere_are_priced_by_their_units(shop: Trade) -> None:
    lines = (*drafts(shop, "5 carton"), LineDraft(shop.items[1], quantity=D(2)))
    head = {"customer_id": shop.customer}
    [taken] = take_over(shop.actor, Kind.ORDER, [Incoming("OLD-1", head, lines)])
    assert isinstance(taken, Document) and prices(taken) == [D(180), D("0.315")]
    crate = tuple(drafts(shop, "1 crate"))
    [refused] = take_over(shop.actor, Kind.ORDER, [Incoming("OLD-2", head, crate)])
    assert "TNT-4 has no unit “crate”" in str(refused)
    past = Past(Kind.INVOICE, date(2026, 1, 5), head, lines[:1], "issued")
    [brought] = bring_documents(shop.actor, [past])
    assert prices(brought) == [D("239.88")], "What was sold long ago bears the item's own price."


def test_a_program_sells_cartons(shop: Trade) -> None:
    client = client_of(shop)

    def line(**values: object) -> dict[str, Any]:
        return {"item_id": shop.items[0], **values}

    body = {"kind": "order", "customer_id": shop.customer, "lines": [line(quantity="5", unit="carton")]}
    made = client.post("/api/v1/documents", body, content_type="application/json")
    assert made.status_code == 201, made.content
    [told] = made.json()["lines"]
    assert (told["unit"], D(told["unit_price"]), D(made.json()["subtotal"])) == ("carton", 180, 900)


def test_sales_by_item_count_pieces(shop: Trade) -> None:
    for kind, lines in ((Kind.INVOICE, ["2 carton", "3"]), (Kind.CREDIT_NOTE, ["1 carton"])):
        move(shop.actor, ordered(shop, *lines, kind=kind).pk, "issue")
    text = [LineDraft(description="Advice", quantity=D(4), unit="hour", unit_price=D(10))]
    row = save_document(shop.actor, Kind.INVOICE, {"customer_id": shop.customer}, text)
    move(shop.actor, row.pk, "issue")
    found = engine.run(shop.actor, Query("items", ("item",), "all"))
    assert {row[0]: row[1] for row in found.rows} == {"TNT-4": 15, "Advice": 4}
