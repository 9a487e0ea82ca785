"""Discount lines: what they reach, by table; what they take, by properties over documents that nobody would type."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.sales.test_rules import documents, money, percents
from tests.sales.trade import Trade, trade
from tradepost.catalog.models import ItemType
from tradepost.catalog.pricing import Reach
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Invalid
from tradepost.sales.converting import convert
from tradepost.sales.discounts import Placed, reached
from tradepost.sales.models import Document, Kind, Letterhead
from tradepost.sales.moving import move
from tradepost.sales.paper import on_paper
from tradepost.sales.rules import FREIGHT, ONE, HeaderInput, LineInput, portion, totals
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.tax import Tax

VAT = Tax("VAT19", D(19))
LINE, ABOVE = Reach.LINE, Reach.ABOVE


def placed(*what: str) -> list[Placed]:
    """``line``, ``above``, ``text``, or an ordinary line; each with its place as the key."""
    return [
        Placed(str(n), one if one in (LINE, ABOVE) else "", one == "text") for n, one in enumerate(what, 1)
    ]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("a", "line"), {"2": ("1",)}),
        (("a", "b", "line"), {"3": ("2",)}),
        (("a", "text", "line"), {"3": ("1",)}),
        (("a", "line", "line"), {"2": ("1",), "3": ("1",)}),
        (("a", "b", "above", "c"), {"3": ("1", "2")}),
        (("a", "line", "b", "above"), {"2": ("1",), "4": ("1", "3")}),
        (("above", "a"), {"1": ()}),
        (("line", "a"), {"1": ()}),
    ],
)
def test_what_a_discount_reaches(lines: tuple[str, ...], found: dict[str, tuple[str, ...]]) -> None:
    assert reached(placed(*lines)) == found


def off(key: str, *keys: str, percent: str = "0", amount: str = "0") -> LineInput:
    return LineInput(
        key, D(0), D(0), discount_percent=D(percent), discount_amount=D(amount), reduces=tuple(keys)
    )


def bought(key: str, price: str, *taxes: Tax) -> LineInput:
    return LineInput(key, D(1), D(price), taxes=taxes)


def test_an_amount_lowers_the_tax_of_what_it_is_taken_from() -> None:
    found = totals(
        [bought("1", "100", VAT), bought("2", "50"), off("3", "1", amount="10")], HeaderInput("EUR")
    )
    assert [row.amount for row in found.lines] == [D("100.00"), D("50.00"), D("-10.00")]
    assert (found.subtotal, found.tax, found.total) == (D("140.00"), D("17.10"), D("157.10"))


def test_each_takes_from_what_the_ones_before_left_and_never_past_zero() -> None:
    half, all_ = off("2", "1", percent="50"), off("3", "1", amount="80")
    found = totals([bought("1", "100"), half, all_], HeaderInput("EUR"))
    assert [row.amount for row in found.lines] == [D("100.00"), D("-50.00"), D("-50.00")]
    assert found.total == 0


reductions = st.builds(
    lambda percent, amount: (percent, amount), percents, st.decimals(0, 60, places=2) | st.just(D(0))
)


@st.composite
def discounted(draw: st.DrawFn) -> tuple[list[LineInput], HeaderInput]:
    """A document whose last lines are discounts on any of its others."""
    lines, header = draw(documents())
    assume(lines)
    keys = st.lists(st.sampled_from([line.key for line in lines]), unique=True, min_size=1)
    for n in range(draw(st.integers(1, 3))):
        percent, amount = draw(reductions)
        lines.append(off(f"z{n}", *draw(keys), percent=str(percent), amount=str(amount)))
    return lines, header


@given(discounted(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_that_are_reached_does_not_matter(
    document: tuple[list[LineInput], HeaderInput], random: object
) -> None:
    lines, header = document
    shuffled = [replace(line, reduces=line.reduces and line.reduces[::-1]) for line in lines]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = totals(lines, header), totals(shuffled, header)
    assert money(first) == money(second)
    assert {row.key: row for row in first.lines} == {row.key: row for row in second.lines}


@given(discounted())
def test_the_columns_add_up_to_the_cent(document: tuple[list[LineInput], HeaderInput]) -> None:
    lines, header = document
    found = totals(lines, header)
    assert sum(row.amount for row in found.lines) == found.subtotal
    assert sum(row.reduced for row in found.lines) == 0, "What a discount says is what it takes."
    for row, line in zip(found.lines, lines, strict=True):
        included = row.tax if header.prices_include_tax and not header.exempt else 0
        if line.reduces is not None:
            assert (row.net, row.tax) == (0, 0)
        elif not (header.prices_include_tax and header.exempt):
            assert row.net + included == row.amount - row.reduced - row.header_discount
    base = found.subtotal - found.discount
    if not header.prices_include_tax:
        assert found.net == base + found.freight.net


@given(discounted(), st.data())
def test_however_it_is_split_the_parts_come_to_the_whole(
    document: tuple[list[LineInput], HeaderInput], data: st.DataObject
) -> None:
    lines, header = document
    whole = totals(lines, header)
    before = {line.key: D(0) for line in lines} | {FREIGHT: D(0)}
    parts = []
    for last in (False, False, True):
        rest = {line.key: line.quantity - before[line.key] for line in lines} | {
            FREIGHT: ONE - before[FREIGHT]
        }
        now = {
            key: left if last else data.draw(st.sampled_from([D(0), left / 2, left])).quantize(D("0.0001"))
            for key, left in rest.items()
        }
        parts.append(portion(lines, header, before, now))
        before = {key: before[key] + now[key] for key in before}
    for name in ("subtotal", "discount", "net", "tax", "total"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
    for n, row in enumerate(whole.lines):
        assert sum(part.lines[n].amount for part in parts) == row.amount


@given(documents(), percents)
def test_a_percentage_of_all_above_is_the_headers_discount(
    document: tuple[list[LineInput], HeaderInput], percent: D
) -> None:
    lines, header = document
    lines = [replace(line, discountable=True) for line in lines]
    plain = replace(header, discount_percent=D(0), discount_amount=D(0))
    by_line = totals([*lines, off("z", *(x.key for x in lines), percent=str(percent))], plain)
    by_header = totals(lines, replace(plain, discount_percent=percent))
    assert (by_line.net, by_line.tax, by_line.total) == (by_header.net, by_header.tax, by_header.total)
    assert by_line.lines[-1].amount == -by_header.discount


# -- on documents ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(db: None) -> Trade:
    return trade()


def discount(shop: Trade, sku: str, reach: Reach = Reach.ABOVE, **values: object) -> int:
    facts = {"sku": sku, "name": sku, "type": ItemType.DISCOUNT, "discount_reach": reach, **values}
    return save_item(shop.actor, facts).pk


def order(shop: Trade, *drafts: LineDraft, **values: object) -> Document:
    return save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer, **values}, drafts)


@pytest.mark.database
def test_discount_items_take_from_the_line_above_or_from_all(shop: Trade) -> None:
    tent, stove = (LineDraft(item, quantity=D(10)) for item in shop.items[:2])
    ten, five = (
        discount(shop, "TEN", Reach.LINE, discount_percent=D(10)),
        discount(shop, "FIVE", price=D(5)),
    )
    row = order(shop, tent, stove, LineDraft(ten), LineDraft(five))
    assert [str(line.amount) for line in row.lines.all()] == ["199.90", "3.50", "-0.35", "-5.00"]
    assert [line.quantity for line in row.lines.all()] == [10, 10, 0, 0]
    assert (row.subtotal, row.tax) == (D("198.05"), D("16.34"))
    typed = order(shop, tent, LineDraft(ten, discount_percent=D(50)), LineDraft(five, unit_price=D("-1.90")))
    assert typed.subtotal == D("98.05")


def test_a_discount_with_nothing_above_it_is_refused_at_its_line(shop: Trade) -> None:
    five = discount(shop, "FIVE", price=D(5))
    with pytest.raises(Invalid) as fault:
        order(shop, LineDraft(five), LineDraft(shop.items[0]))
    assert fault.value.fields == {"lines.1": "Line 1: a discount needs a line above it."}


@pytest.mark.database
def test_a_discount_goes_along_with_its_lines_and_the_parts_come_to_the_whole(shop: Trade) -> None:
    line, all_ = (
        discount(shop, "TEN", Reach.LINE, discount_percent=D(10)),
        discount(shop, "FIVE", price=D(5)),
    )
    drafts = [
        LineDraft(shop.items[0], quantity=D(3)),
        LineDraft(line),
        LineDraft(shop.items[1], quantity=D(7)),
    ]
    whole = order(shop, *drafts, LineDraft(all_), freight=D(4))
    tent, _ten, stove, _five = whole.lines.all()
    first = convert(shop.actor, whole.pk, Kind.INVOICE, {stove.pk: D(3)})
    assert [one.sku for one in first.lines.all()] == ["STV-1", "FIVE"], (
        "Nothing of the tent: no tenth off it."
    )
    second = convert(shop.actor, whole.pk, Kind.INVOICE, {tent.pk: D(1), stove.pk: D(1)})
    last = convert(shop.actor, whole.pk, Kind.INVOICE)
    assert [one.sku for one in last.lines.all()] == ["TNT-4", "TEN", "STV-1", "FIVE"]
    for name in ("subtotal", "tax", "total"):
        assert sum(getattr(one, name) for one in (first, second, last)) == getattr(whole, name)
    again = save_document(shop.actor, Kind.ORDER, {"freight": D(0)}, document_id=whole.pk)
    assert again.subtotal == whole.subtotal


def test_a_discount_is_not_picked_and_comes_to_the_ship_doc_all_the_same(shop: Trade) -> None:
    ten = discount(shop, "TEN", discount_percent=D(10))
    whole = order(shop, LineDraft(shop.items[0], quantity=D(3)), LineDraft(ten))
    pick = convert(shop.actor, whole.pk, Kind.PICK)
    assert [line.get("sku") for line in on_paper(pick, Letterhead())["lines"]] == ["TNT-4"]
    for verb in ("start", "finish"):
        move(shop.actor, pick.pk, verb)
    shipment = convert(shop.actor, pick.pk, Kind.SHIPMENT)
    assert [line.get("sku") for line in on_paper(shipment, Letterhead())["lines"]] == ["TNT-4"]
    assert [line.sku for line in shipment.lines.all()] == ["TNT-4", "TEN"]
    assert shipment.total == whole.total
