"""Line tax by sales tax code × item sales tax, with dated rates, on documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.sales.trade import Trade, trade
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales.converting import convert
from tradepost.sales.models import Kind, Letterhead
from tradepost.sales.paper import on_paper
from tradepost.sales.services import LineDraft, preview, save_document
from tradepost.sales.taxes import save_item_tax, save_tax, save_tax_code

D = Decimal
pytestmark = pytest.mark.django_db
JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)


@pytest.fixture
def shop() -> Trade:
    found = trade()
    save_tax(found.actor, "NJ", {JANUARY: D("6.625"), JULY: D("7")})
    save_tax(found.actor, "Newark", {JANUARY: D("1")}, compound=True)
    return found


@pytest.mark.req("C27")
@pytest.mark.parametrize(
    ("taxable", "item_taxable", "day", "included", "tax", "total"),
    [
        (True, True, date(2026, 3, 1), False, "7.70", "107.70"),  # 6.625 %, and 1 % of 106.625
        (True, True, date(2026, 7, 1), False, "8.07", "108.07"),
        (True, True, date(2025, 12, 31), False, "0", "100"),  # before the first rate
        (True, False, date(2026, 3, 1), False, "0", "100"),
        (False, True, date(2026, 3, 1), False, "0", "100"),
        (True, True, date(2026, 7, 1), True, "7.47", "100"),
        (False, True, date(2026, 7, 1), True, "0", "92.53"),  # exempt: taken out of the price
    ],
)
def test_the_pair_decides(
    shop: Trade, taxable: bool, item_taxable: bool, day: date, included: bool, tax: str, total: str
) -> None:
    code = save_tax_code(shop.actor, "Tax", taxable=taxable)
    item_tax = save_item_tax(shop.actor, "NJ+Newark", ["NJ", "Newark"])
    head = {
        "customer_id": shop.customer,
        "date": day,
        "tax_code_id": code.pk,
        "item_tax_id": item_tax.pk,
        "prices_include_tax": included,
    }
    line = LineDraft(description="Work", unit_price=D(100), taxable=item_taxable)
    row = save_document(shop.actor, Kind.ORDER, head, [line])
    assert (row.tax, row.total) == (D(tax), D(total))
    _row, lines = preview(shop.actor, head, [line])
    assert lines[0].taxes == row.lines.get().taxes


def test_outside_the_us_the_code_is_enough(shop: Trade) -> None:
    code = save_tax_code(shop.actor, "VAT", taxable=True, component_codes=["NJ"])
    row = shop.document(Kind.QUOTE, "1", tax_code_id=code.pk, date=JULY)
    assert row.taxes == [{"code": "NJ", "percent": "7.0000", "base": "19.99", "amount": "1.40"}]


def test_a_part_has_the_rates_of_its_whole(shop: Trade) -> None:
    code = save_tax_code(shop.actor, "Tax", taxable=True)
    item_tax = save_item_tax(shop.actor, "Both", ["NJ", "Newark"])
    order = shop.document(Kind.ORDER, "3", tax_code_id=code.pk, item_tax_id=item_tax.pk, date=JANUARY)
    save_tax(shop.actor, "NJ", {JANUARY: D("9")})
    parts = [convert(shop.actor, order.pk, Kind.INVOICE, {order.lines.get().pk: D(1)}) for _n in range(3)]
    assert sum(p.tax for p in parts) == order.tax
    assert [s["label"] for s in on_paper(parts[0], Letterhead())["sums"]] == [
        "subtotal", "NJ 6.625 %", "Newark 1 %", "total",
    ]  # fmt: skip


def test_what_is_wrong_is_said(shop: Trade) -> None:
    with pytest.raises(Missing, match="tax “Gone”"):
        save_item_tax(shop.actor, "X", ["Gone"])
    with pytest.raises(Invalid, match="one tax at least"):
        save_item_tax(shop.actor, "X", [])
    with pytest.raises(Invalid, match="not a tax rate"):
        save_tax(shop.actor, "X", {JULY: D("NaN")})
    with pytest.raises(Invalid):
        save_tax(shop.actor, " ", {JULY: D(1)})
