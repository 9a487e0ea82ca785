"""What comes back: to stock, to scrap, in parts; credited, replaced, or neither."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sales.test_by_hand import waits
from tests.sales.test_converting import part
from tests.sales.test_goods import figures, stocked
from tests.sales.trade import Trade, trade
from tradepost.catalog import stock
from tradepost.catalog.models import StockMove
from tradepost.catalog.queries import discrepancies, worth
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales.converting import convert
from tradepost.sales.following import left, progress
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.returned import Arrived, Fate, outcomes
from tradepost.sales.returning import receive

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return stocked(trade())


def sold(shop: Trade) -> tuple[Document, Document]:
    """An order of four and two that was shipped, and an approved RMA of all of it."""
    order = shop.document(Kind.ORDER, "4", "2")
    shipment = convert(shop.actor, order.pk, Kind.SHIPMENT)
    move(shop.actor, shipment.pk, "ship")
    rma = convert(shop.actor, shipment.pk, Kind.RMA)
    return order, move(shop.actor, rma.pk, "approve")


def stand(row: Document) -> list[tuple[Decimal, ...]]:
    return [(o.expected, o.stock, o.scrap, o.credited, o.replaced) for o in outcomes(row)]


@pytest.mark.req("B21")
def test_it_arrives_piece_by_piece_to_stock_and_to_scrap(shop: Trade) -> None:
    _order, rma = sold(shop)
    tent, stove = rma.lines.all()
    row = receive(shop.actor, rma.pk, [Arrived(tent.pk, D(1)), Arrived(tent.pk, D(2), Fate.SCRAP, "torn")])
    assert (row.status, stand(row)) == ("partly_received", [(1, 1, 2, 0, 0), (2, 0, 0, 0, 0)])
    assert (figures(shop), figures(shop, 1)) == ((7, 0), (8, 0))
    scrapped = StockMove.objects.filter(kind__in=("return", "adjustment"), item=shop.items[0]).order_by("pk")
    assert [(m.kind, m.on_hand, m.reason) for m in scrapped] == [
        ("return", 1, ""),
        ("return", 2, ""),
        ("adjustment", -2, f"{rma.number} scrapped: torn"),
    ]
    assert outcomes(row)[0].reasons == ("torn",)
    move(shop.actor, rma.pk, "receive")
    assert (shop.again(rma).status, stand(rma)) == ("received", [(0, 2, 2, 0, 0), (0, 2, 0, 0, 0)])
    assert (figures(shop), figures(shop, 1)) == ((8, 0), (10, 0))
    with pytest.raises(Conflict, match="nothing is taken in"):
        receive(shop.actor, rma.pk, [Arrived(tent.pk, D(1))])
    assert discrepancies(shop.actor) == []


@pytest.mark.parametrize(
    ("arrived", "sentence"),
    [
        ([("5", Fate.STOCK, "")], "5 is not possible: 4 is expected."),
        ([("3", Fate.STOCK, ""), ("2", Fate.SCRAP, "torn")], "5 is not possible: 4 is expected."),
        ([("1", Fate.SCRAP, " ")], "Say why it is scrapped."),
        ([("0", Fate.STOCK, "")], "Enter what arrived of one line at least."),
        ([("-1", Fate.STOCK, "")], "is not a quantity"),
        ([("NaN", Fate.STOCK, "")], "is not a quantity"),
    ],
)
def test_what_cannot_have_arrived_is_refused_and_moves_nothing(
    shop: Trade, arrived: list[tuple[str, Any, str]], sentence: str
) -> None:
    _order, rma = sold(shop)
    line = rma.lines.all()[0]
    with pytest.raises(Invalid, match=sentence):
        receive(shop.actor, rma.pk, [Arrived(line.pk, D(q), fate, why) for q, fate, why in arrived])
    assert (figures(shop), shop.again(rma).status) == ((6, 0), "approved")


@pytest.mark.req("B21")
def test_each_piece_is_credited_or_replaced_or_neither(shop: Trade) -> None:
    order, rma = sold(shop)
    receive(shop.actor, rma.pk, [Arrived(line.pk, line.quantity) for line in rma.lines.all()])
    credit = convert(shop.actor, rma.pk, Kind.CREDIT_NOTE, part(rma, "1"))
    instead = convert(shop.actor, rma.pk, Kind.ORDER, part(rma, "2", "1"))
    assert (credit.total, instead.total, instead.status) == (D("21.64"), 0, "open")
    assert [line.quantity for line in instead.lines.all()] == [2, 1]
    assert stand(rma) == [(0, 4, 0, 1, 2), (0, 2, 0, 0, 1)]
    with pytest.raises(Invalid, match="1 is left"):
        convert(shop.actor, rma.pk, Kind.CREDIT_NOTE, part(rma, "2"))
    assert (instead.source, list(rma.followers.order_by("pk"))) == (rma, [credit, instead])
    assert (figures(shop), figures(shop, 1)) == ((10, 2), (10, 1)), "The replacement holds its goods."
    move(shop.actor, convert(shop.actor, instead.pk, Kind.SHIPMENT).pk, "ship")
    assert (figures(shop), shop.again(instead).status) == ((8, 0), "shipped")
    first = shop.again(order)
    assert (first.status, progress(first).fulfilled, left(first, Kind.INVOICE)) == (
        "shipped",
        6,
        {line.pk: line.quantity for line in first.lines.all()},
    )
    assert shop.again(move(shop.actor, rma.pk, "close")).status == "closed"
    assert discrepancies(shop.actor) == []


def test_a_replacement_may_go_out_before_the_goods_are_back(shop: Trade) -> None:
    _order, rma = sold(shop)
    instead = convert(shop.actor, rma.pk, Kind.ORDER, part(rma, "4"))
    assert left(instead, Kind.SHIPMENT) == {instead.lines.get().pk: 4}
    move(shop.actor, instead.pk, "cancel")
    assert stand(rma)[0][4] == 0
    assert convert(shop.actor, rma.pk, Kind.CREDIT_NOTE).lines.count() == 2


@pytest.mark.req("B21")
def test_what_arrived_is_taken_back(shop: Trade) -> None:
    order, rma = sold(shop)
    tent, stove = rma.lines.all()
    before = figures(shop), figures(shop, 1), worth(shop.actor)
    receive(shop.actor, rma.pk, [Arrived(tent.pk, D(1)), Arrived(tent.pk, D(2), Fate.SCRAP, "torn")])
    receive(shop.actor, rma.pk, [Arrived(stove.pk, D(2))])
    row = move(shop.actor, rma.pk, "take_back")
    assert (row.status, stand(row)) == ("approved", [(4, 0, 0, 0, 0), (2, 0, 0, 0, 0)])
    assert (figures(shop), figures(shop, 1), worth(shop.actor)) == before
    assert discrepancies(shop.actor) == []
    move(shop.actor, rma.pk, "receive")
    move(shop.actor, rma.pk, "take_back")
    assert (figures(shop), figures(shop, 1), worth(shop.actor)) == before
    move(shop.actor, rma.pk, "receive")
    again = shop.document(Kind.ORDER, "8")
    assert again.status == "open"
    with pytest.raises(Conflict, match=f"TNT-4 in Main is promised to {again.number} since"):
        move(shop.actor, rma.pk, "take_back")
    move(shop.actor, again.pk, "cancel")
    convert(shop.actor, rma.pk, Kind.CREDIT_NOTE)
    with pytest.raises(Conflict):
        move(shop.actor, rma.pk, "take_back")
    assert outcomes(shop.again(rma))[0].stock == 4
    assert order.pk


@pytest.mark.req("B21")
@pytest.mark.parametrize("since", ["", "shipped"])
def test_the_orders_that_waited_give_back_what_is_taken_back(
    since: str, shop: Trade, django_capture_on_commit_callbacks: Any
) -> None:
    _order, rma = sold(shop)
    tent, stove = rma.lines.all()
    waiting = shop.document(Kind.ORDER, "9", "10")  # six and eight are there
    assert waits(waiting) == [3 + 2]
    for arrived in (
        [Arrived(tent.pk, D(2)), Arrived(tent.pk, D(1), Fate.SCRAP, "torn")],
        [Arrived(stove.pk, D(2))],
    ):
        with django_capture_on_commit_callbacks(execute=True):
            receive(shop.actor, rma.pk, arrived)
    assert (figures(shop), figures(shop, 1), waits(waiting)) == ((8, 8), (10, 10), [1])
    if since:
        move(shop.actor, convert(shop.actor, waiting.pk, Kind.SHIPMENT, part(waiting, "8", "10")).pk, "ship")
        with pytest.raises(stock.ShortStock, match="lacks"):
            move(shop.actor, rma.pk, "take_back")
        assert shop.again(rma).status == "partly_received"
    else:
        move(shop.actor, rma.pk, "take_back")
        assert (figures(shop), figures(shop, 1), waits(waiting)) == ((6, 6), (8, 8), [3 + 2])
    assert discrepancies(shop.actor) == []
