"""Groups, matrix items and other charges, wherever lines are entered: by a verb, out of a file."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.sales.trade import Trade, trade
from tradepost.catalog.details import Component, Details
from tradepost.catalog.models import ItemType
from tradepost.catalog.services import make_variants, save_item
from tradepost.kit.errors import Invalid
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, preview, save_document

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return trade()


def group(shop: Trade) -> int:
    parts = [Component(shop.items[0], D(1)), Component(shop.items[1], D("2.5"))]
    values = {"sku": "CAMP", "name": "Camp", "type": ItemType.GROUP}
    return save_item(shop.actor, values, details=Details(parts=parts)).pk


def entered(row: Document) -> list[tuple[str, D]]:
    return [(line.sku, line.quantity) for line in row.lines.all()]


def test_a_group_is_entered_as_its_lines_each_by_itself(shop: Trade) -> None:
    drafts = [LineDraft(shop.items[2]), LineDraft(group(shop), quantity=D(4), discount_percent=D(10))]
    row = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, drafts)
    assert entered(row) == [("MAP", 1), ("TNT-4", 4), ("STV-1", 10)]
    assert [line.discount_percent for line in row.lines.all()] == [0, 10, 10]
    assert [line.unit_price for line in row.lines.all()] == [D("7.77"), D("19.99"), D("0.35")]
    bought = save_document(shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, [drafts[1]])
    assert entered(bought) == [("TNT-4", 4), ("STV-1", 10)]
    _row, lines = preview(shop.actor, {"customer_id": shop.customer}, drafts)
    assert [line.sku for line in lines] == ["MAP", "TNT-4", "STV-1"]


def test_out_of_a_file_too_and_one_that_does_not_fit_stops_no_other(shop: Trade) -> None:
    matrix = save_item(shop.actor, {"sku": "SHIRT", "name": "Shirt", "type": ItemType.MATRIX})
    make_variants(shop.actor, matrix.pk, {"Size": ["S", "M"]})
    head = {"customer_id": shop.customer}
    several = [
        Incoming("A-1", head, (LineDraft(group(shop)),)),
        Incoming("A-2", head, (LineDraft(shop.items[0]), LineDraft(matrix.pk))),
        Incoming("A-3", head, (LineDraft(shop.items[0]),)),
    ]
    first, second, third = take_over(shop.actor, Kind.ORDER, several)
    assert isinstance(first, Document)
    assert entered(first) == [("TNT-4", 1), ("STV-1", D("2.5"))]
    assert isinstance(second, Invalid)
    assert second.fields == {"lines.2": "Line 2: SHIRT comes in variants. Choose one of: SHIRT-M, SHIRT-S."}
    assert isinstance(third, Document)


@pytest.mark.parametrize(
    ("type", "price", "sentence"),
    [
        (ItemType.GROUP, None, "X is a group without items. Enter them on its page."),
        (ItemType.MATRIX, None, "X comes in variants, of which there is none yet. Make them on its page."),
    ],
)
def test_what_stands_for_nothing_is_refused_with_a_cure(
    shop: Trade, type: ItemType, price: D | None, sentence: str
) -> None:
    item = save_item(shop.actor, {"sku": "X", "name": "X", "type": type})
    with pytest.raises(Invalid) as fault:
        save_document(shop.actor, Kind.QUOTE, {"customer_id": shop.customer}, [LineDraft(item.pk)])
    assert fault.value.fields == {"lines.1": f"Line 1: {sentence}"}


def test_a_group_has_no_price_of_its_own(shop: Trade) -> None:
    with pytest.raises(Invalid, match="Leave the price empty"):
        save_document(
            shop.actor, Kind.ORDER, {"customer_id": shop.customer}, [LineDraft(group(shop), unit_price=D(9))]
        )


def test_an_other_charge_is_a_line_like_any_but_for_the_stock(shop: Trade) -> None:
    values = {
        "sku": "PACK",
        "name": "Packing",
        "type": ItemType.OTHER_CHARGE,
        "price": D("3.50"),
        "tax_rate": D(10),
    }
    charge = save_item(shop.actor, values)
    row = save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, [LineDraft(charge.pk)])
    assert (row.subtotal, row.tax, row.lines.get().reach) == (D("3.50"), D("0.35"), "")
