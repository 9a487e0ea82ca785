"""Ship docs and RMAs that come with the number of their order are joined to it as if they had been made from it."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.exchange.test_outgoing import taken
from tests.exchange.test_papers import brought, elsewhere, goods
from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, stocked, trade
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Location
from tradepost.exchange import services
from tradepost.exchange.export import everything
from tradepost.people.services import save_customer
from tradepost.sales.converting import convert
from tradepost.sales.following import left
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.req("B25")]
SHIP = "Ship doc,Sales order,Customer,SKU,Quantity,Unit price\n"
BACK = "RMA,Sales order,Customer,SKU,Quantity\n"


@pytest.fixture
def shop() -> Trade:
    """Twenty of each item lie there."""
    shop = stocked()
    place = Location.objects.of(shop.actor).get()
    stock.receive(shop.actor, [StockLine(item, place.pk, D(20)) for item in shop.items])
    return shop


def applied(shop: Trade, kind: str, text: str) -> list[tuple[str, str]]:
    run = services.apply(shop.actor, received(shop, kind, text).pk, now=True)
    return [(action, cause) for _row, action, cause in told(run)]


def test_a_ship_doc_ships_its_order(shop: Trade) -> None:
    to = {"street": "Dock 4", "city": "Concord", "country": "US"}
    head = {"customer_id": shop.customer, "shipping": to, "po_number": "PO-7", "discount_percent": D(10)}
    agreed = [
        LineDraft(shop.items[0], quantity=D(3), unit_price=D(15)),
        LineDraft(shop.items[1], quantity=D(5)),
    ]
    order = save_document(shop.actor, Kind.ORDER, head, agreed)
    tents, stoves = order.lines.all()
    text = (
        f"{SHIP}D-1,{order.number},C-0001,TNT-4,2,\nD-1,,,STV-1,5,0.30\n"
        f"D-2,{order.number},C-0001,TNT-4,2,\n"  # one is left
        f"D-3,{order.number},C-0001,TNT-4,1,\n"
    )
    assert applied(shop, "shipment", text) == [
        ("create", ""),
        ("refuse", f"{order.number} has 1 of “TNT-4” left."),
        ("create", ""),
    ]
    made = Document.objects.get(number="D-1")
    assert (made.source, made.shipping["street"], made.po_number) == (order, "Dock 4", "PO-7")
    assert made.discount_percent == 10
    assert list(made.lines.values_list("source", "quantity", "unit_price")) == [
        (tents.pk, D(2), D(15)),  # what was agreed on the order
        (stoves.pk, D(5), D("0.30")),
    ]
    assert {row.number for row in order.followers.all()} == {"D-1", "D-3"}
    assert left(order, Kind.SHIPMENT) == {}
    move(shop.actor, made.pk, "ship")
    assert shop.again(order).status == "partly_shipped"
    move(shop.actor, Document.objects.get(number="D-3").pk, "ship")
    assert shop.again(order).status == "shipped"


def test_an_rma_is_of_the_ship_doc_with_which_its_goods_left(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "6", "5")
    tents, stoves = order.lines.all()
    alone = f"{BACK}R-0,{order.number},C-0001,TNT-4,1\n"
    assert applied(shop, "rma", alone) == [
        ("create", f"Nothing of {order.number} was shipped here: it stands by itself.")
    ]
    first = convert(shop.actor, order.pk, Kind.SHIPMENT, {tents.pk: D(2)})
    second = convert(shop.actor, order.pk, Kind.SHIPMENT, {tents.pk: D(4), stoves.pk: D(5)})
    for row in (first, second):
        move(shop.actor, row.pk, "ship")
    text = (
        f"{BACK}R-1,{order.number},C-0001,TNT-4,2\n"
        f"R-2,{order.number},C-0001,TNT-4,3\nR-2,,,STV-1,1\n"
        f"R-3,{order.number},C-0001,TNT-4,2\n"
    )
    assert applied(shop, "rma", text) == [
        ("create", ""),
        ("create", ""),
        ("refuse", f"{second.number} has 1 of “TNT-4” left."),
    ]
    made = dict(Document.objects.filter(kind=Kind.RMA).values_list("number", "source"))
    assert made == {"R-0": None, "R-1": first.pk, "R-2": second.pk}
    back = Document.objects.get(number="R-2")
    assert [line.source for line in back.lines.all()] == list(second.lines.all())
    assert back.status == "approved"
    assert left(second, Kind.RMA) == {second.lines.all()[0].pk: D(1), second.lines.all()[1].pk: D(4)}


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("D-1,SO-none,C-0001,TNT-4,1,", "There is no sales order “SO-none”."),
        ("D-1,{number},Harbor,TNT-4,1,", "{number} is an order of Granite State Brewing."),
        ("D-1,{number},C-0001,MAP,1,", "{number} has 0 of “MAP” left."),
        ("D-1,{number},C-0001,TNT-4,4,", "{number} has 3 of “TNT-4” left."),
        ("D-1,{closed},C-0001,TNT-4,1,", "A ship doc is not made from a sales order that is closed."),
    ],
)
def test_what_does_not_fit_the_order_is_refused_with_a_sentence(shop: Trade, row: str, cause: str) -> None:
    save_customer(shop.actor, {"name": "Harbor"})
    order, closed = shop.document(Kind.ORDER), shop.document(Kind.ORDER)
    move(shop.actor, closed.pk, "close")
    numbers = {"number": order.number, "closed": closed.number}
    found = applied(shop, "shipment", SHIP + row.format(**numbers) + "\nD-2,,C-0001,TNT-4,1,\n")
    assert found == [("refuse", cause.format(**numbers)), ("create", "")]


def test_it_is_taken_back_and_its_order_is_free_again(shop: Trade) -> None:
    order = shop.document(Kind.ORDER)
    run = services.apply(
        shop.actor, received(shop, "shipment", f"{SHIP}D-1,{order.number},C-0001,TNT-4,3,\n").pk, now=True
    )
    services.undo(shop.actor, run.pk, now=True)
    assert list(Document.objects.values_list("pk", flat=True)) == [order.pk]
    assert set(left(order, Kind.SHIPMENT).values()) == {D(3), D(5)}


def test_an_order_and_its_ship_docs_come_along_with_all_their_goods() -> None:
    shop = trade()
    items = goods(shop.actor)
    lines = [
        LineDraft(items["A"], quantity=D(10)),
        LineDraft(items["B"], quantity=D(4), drop_ship=True),
        LineDraft(items["A"], quantity=D(2), unit="carton"),
    ]
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, lines)
    a, _dropped, cartons = order.lines.all()
    move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT, {a.pk: D(3)}).pk, "ship")
    draft = convert(shop.actor, order.pk, Kind.SHIPMENT, {a.pk: D(5), cartons.pk: D(1)})
    pick = convert(shop.actor, order.pk, Kind.PICK, {a.pk: D(1)})
    picked = convert(shop.actor, move(shop.actor, pick.pk, "finish").pk, Kind.SHIPMENT)
    move(shop.actor, order.pk, "hold", "Address is unclear")  # nothing ships, and all comes along
    there = elsewhere(replace(shop))
    for kind in ("order", "shipment"):
        brought(there, kind, taken(shop.actor, kind))
    rows = Document.objects.of(there.actor)
    found = rows.get(kind=Kind.ORDER)
    assert list(found.lines.values_list("quantity", flat=True)) == [D(7), D(4), D(2)]
    assert {row.number for row in found.followers.all()} == {draft.number, picked.number}
    first, _dropped, third = found.lines.all()
    assert left(found, Kind.SHIPMENT) == {first.pk: D(1), third.pk: D(1)}


def test_an_rma_comes_along_with_its_order_and_is_joined_again() -> None:
    shop = trade()
    items = goods(shop.actor)
    lines = [LineDraft(items["A"], quantity=D(6)), LineDraft(items["A"], quantity=D(2), unit="carton")]
    order = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, lines)
    pieces, cartons = order.lines.all()
    draft = convert(shop.actor, order.pk, Kind.SHIPMENT, {pieces.pk: D(5), cartons.pk: D(2)})
    there, empty = elsewhere(shop), elsewhere(shop)
    for kind in ("order", "shipment"):
        brought(there, kind, taken(shop.actor, kind))
    sent = Document.objects.of(there.actor).get(number=draft.number)
    for actor, row in ((shop.actor, draft), (there.actor, sent)):
        move(actor, row.pk, "ship")
    pieces, cartons = draft.lines.all()
    back = convert(shop.actor, draft.pk, Kind.RMA, {pieces.pk: D(3), cartons.pk: D(1)})
    move(shop.actor, back.pk, "approve")
    file = taken(shop.actor, "rma")
    assert order.number.encode() in file
    brought(there, "rma", file)
    [joined] = sent.followers.filter(kind=Kind.RMA)
    assert [line.source for line in joined.lines.all()] == list(sent.lines.all())
    # Where neither came along, its goods come back all the same, and the row says what is missing.
    note = f"Nothing of {order.number} was shipped here: it stands by itself."
    run = services.apply(empty.actor, received(empty, "rma", file).pk, now=True)
    assert [row[1:] for row in told(run)] == [("create", note)]
    assert Document.objects.of(empty.actor).get().source is None


def test_an_rma_of_an_invoice_names_no_order_to_be_joined_to(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "6")
    [tents] = order.lines.all()
    for part in (D(2), D(4)):
        move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT, {tents.pk: part}).pk, "ship")
    invoice = move(shop.actor, convert(shop.actor, order.pk, Kind.INVOICE).pk, "issue")
    back = convert(shop.actor, invoice.pk, Kind.RMA)  # of both ship docs
    move(shop.actor, back.pk, "approve")
    assert order.number.encode() not in taken(shop.actor, "rma")


def test_everything_says_of_which_order_a_document_is(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "6")
    pick = move(shop.actor, convert(shop.actor, order.pk, Kind.PICK).pk, "finish")
    sent = move(shop.actor, convert(shop.actor, pick.pk, Kind.SHIPMENT).pk, "ship")
    invoice = move(shop.actor, convert(shop.actor, sent.pk, Kind.INVOICE).pk, "issue")
    backs = [convert(shop.actor, row.pk, Kind.RMA, {row.lines.get().pk: D(2)}) for row in (sent, invoice)]
    alone = shop.document(Kind.RMA, "1")
    held = io.BytesIO()
    everything(shop.actor, held)
    with zipfile.ZipFile(held) as pack:
        text = pack.read("sales-documents.csv").decode("utf-8-sig")
    found = {row["number"]: row["order"] for row in csv.DictReader(io.StringIO(text))}
    made = (pick, sent, invoice, *backs)
    assert found == {order.number: "", alone.number: "", **{row.number: order.number for row in made}}
