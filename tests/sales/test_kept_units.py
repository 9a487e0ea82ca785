"""A carton that live documents count by stays what it is, by whatever door it is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal as D

import pytest

from tests.api.conftest import program_of
from tests.exchange.test_services import received, told
from tests.sales.test_goods import figures
from tests.sales.test_lists import client_of
from tests.sales.test_packing import ordered
from tests.sales.trade import Trade, trade
from tradepost.catalog import stock
from tradepost.catalog.details import Details, Unit
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item, save_location
from tradepost.exchange import services as exchange
from tradepost.kit.errors import Invalid
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.trashing import trash

pytestmark = [pytest.mark.django_db, pytest.mark.database]
STAYS = "Documents count by “{unit}”, such as {number}, so it stays as it is."


@pytest.fixture
def shop() -> Trade:
    """48 tents in cartons of 12; the second item has the same cartons, and no document has it."""
    shop = trade()
    place = save_location(shop.actor, {"name": "Main"})
    stock.adjust(shop.actor, [StockLine(shop.items[0], place.pk, D(48), cost=D(1))], reason="found")
    for item in shop.items[:2]:
        save_item(shop.actor, {}, item_id=item, details=Details(units=[Unit("carton", D(12))]))
    return shop


def units(shop: Trade, n: int = 0) -> list[tuple[str, D]]:
    return list(Item.objects.get(pk=shop.items[n]).units.order_by("pk").values_list("name", "factor"))


CHANGES: list[tuple[Sequence[Unit], str, str]] = [
    ([Unit("carton", D(10))], "", "carton"),  # another size
    ([Unit("box", D(12))], "", "carton"),  # another name
    ([], "", "carton"),
    ([Unit("carton", D(12))], "pc", ""),  # no line is in pieces
    ([Unit("Carton", D(12)), Unit("carton 10", D(10))], "", ""),
]


@pytest.mark.parametrize(("wanted", "stock_unit", "kept"), CHANGES)
def test_what_is_ordered_by_the_carton_is_shipped_by_the_same(
    shop: Trade, wanted: Sequence[Unit], stock_unit: str, kept: str
) -> None:
    order = ordered(shop, "2 carton")
    values = {"unit": stock_unit} if stock_unit else {}

    def change() -> None:
        save_item(shop.actor, values, item_id=shop.items[0], details=Details(units=wanted))

    if kept:
        with pytest.raises(Invalid) as refused:
            change()
        assert refused.value.fields == {"units": STAYS.format(unit=kept, number=order.number)}
        assert refused.value.cure == "Add another unit with a name of its own, and use that from now on."
        assert units(shop) == [("carton", 12)]
    else:
        change()
    move(shop.actor, convert(shop.actor, order.pk, Kind.SHIPMENT).pk, "ship")
    assert figures(shop) == (24, 0)


def test_the_stock_unit_stays_while_lines_name_it(shop: Trade) -> None:
    order = ordered(shop, "2 each")
    with pytest.raises(Invalid) as refused:
        save_item(shop.actor, {"unit": "pair"}, item_id=shop.items[0])
    assert refused.value.fields == {"unit": STAYS.format(unit="each", number=order.number)}
    answer = program_of(shop.actor).call("patch", f"items/{shop.items[0]}", {"unit": "pair"})
    assert (answer.status_code, [*answer.json()["errors"]]) == (422, ["unit"])
    typed = {"sku": "TNT-4", "name": "TNT-4", "type": "stock", "unit": "pair", "price": "19.99"}
    page = client_of(shop).post(
        f"/items/{shop.items[0]}/", {**typed, "tax_rate": "0", "discount_percent": "0"}
    )
    assert (page.status_code, "Documents count by “each”" in page.content.decode()) == (422, True)
    assert Item.objects.get(pk=shop.items[0]).unit == "each"


def _cancelled(shop: Trade, row: Document) -> None:
    move(shop.actor, row.pk, "cancel", reason="wrong")


def _trashed(shop: Trade, row: Document) -> None:
    trash(shop.actor, row.pk)


def _shipped(shop: Trade, row: Document) -> None:
    move(shop.actor, convert(shop.actor, row.pk, Kind.SHIPMENT).pk, "ship")


@pytest.mark.parametrize(
    ("kind", "end", "free"),
    [
        (Kind.ORDER, _cancelled, True),
        (Kind.INVOICE, _trashed, True),
        (Kind.ORDER, _shipped, False),  # it may come back, or be voided
        (Kind.QUOTE, None, False),
        (Kind.PURCHASE_ORDER, None, False),
    ],
)
def test_which_documents_count(
    shop: Trade, kind: Kind, end: Callable[[Trade, Document], None] | None, free: bool
) -> None:
    row = ordered(shop, "2 carton", kind=kind)
    if end:
        end(shop, row)
    details = Details(units=[Unit("carton", D(10))])
    if free:
        save_item(shop.actor, {}, item_id=shop.items[0], details=details)
    else:
        with pytest.raises(Invalid, match="stays as it is"):
            save_item(shop.actor, {}, item_id=shop.items[0], details=details)
    save_item(shop.actor, {}, item_id=shop.items[1], details=details)
    assert (units(shop), units(shop, 1)) == ([("carton", 10 if free else 12)], [("carton", 10)])


def test_by_page_program_and_file(shop: Trade) -> None:
    order = ordered(shop, "2 carton")
    sentence = STAYS.format(unit="carton", number=order.number)
    item = shop.items[0]
    page = client_of(shop).post(f"/items/{item}/made-of/", {"units-name": ["carton"], "units-factor": ["10"]})
    assert page.status_code == 422
    assert f"{sentence} Add another unit" in page.content.decode()
    body = {"units": [{"name": "carton", "factor": "10"}]}
    answer = program_of(shop.actor).call("put", f"items/{item}/made-of", body)
    assert (answer.status_code, answer.json()["errors"]) == (422, {"units": sentence})
    text = "SKU,Unit,Factor\nTNT-4,carton,10\nTNT-4,crate,10\nSTV-1,carton,10\n"
    run = exchange.apply(shop.actor, received(shop, "unit", text).pk, now=True)
    assert [(outcome, why) for _n, outcome, why in told(run)] == [
        ("refuse", sentence), ("create", ""), ("update", "")
    ]  # fmt: skip
    assert (units(shop), units(shop, 1)) == ([("carton", 12), ("crate", 10)], [("carton", 10)])

    later = ordered(shop, "1 crate")
    exchange.undo(shop.actor, run.pk, now=True)
    assert ("crate", 10) in units(shop), f"{later.number} counts by it."
    assert units(shop, 1) == [("carton", 12)]
