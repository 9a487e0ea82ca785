"""The one rule of totals: by example, and by properties over documents that nobody would type."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.kit.errors import Invalid
from tradepost.sales.rules import (
    FREIGHT,
    HeaderInput,
    LineInput,
    Totals,
    portion,
    remaining,
    rounding_line,
    totals,
)
from tradepost.sales.tax import Tax

VAT = Tax("VAT19", D(19))
GST = Tax("GST", D(5))
QST = Tax("QST", D("9.975"), compound=True)
WITHHELD = Tax("IRPF", D(-15))
EUR = HeaderInput("EUR")


def line(quantity: str, price: str, key: str = "a", **more: object) -> LineInput:
    return LineInput(key, D(quantity), D(price), **more)  # type: ignore[arg-type]


EXAMPLES = {
    # what: (lines, header, net, tax, total)
    "nothing": ([], EUR, "0.00", "0.00", "0.00"),
    "price with four decimals": ([line("7", "0.0333")], EUR, "0.23", "0.00", "0.23"),
    "half a cent goes up": ([line("1", "1.005")], EUR, "1.01", "0.00", "1.01"),
    "a return": ([line("-1", "1.005", taxes=(VAT,))], EUR, "-1.01", "-0.19", "-1.20"),
    "line percent": ([line("3", "9.99", discount_percent=D(10))], EUR, "26.97", "0.00", "26.97"),
    "percent, then amount": (
        [line("2", "50", discount_percent=D(10), discount_amount=D(5))],
        EUR,
        "85.00",
        "0.00",
        "85.00",
    ),
    "no discount passes zero": ([line("1", "5", discount_amount=D(8))], EUR, "0.00", "0.00", "0.00"),
    "tax once on the sum, not per line": (
        [line("1", "0.13", key=k, taxes=(VAT,)) for k in "abcd"],
        EUR,
        "0.52",
        "0.10",
        "0.62",
    ),
    "price includes tax": (
        [line("1", "119", taxes=(VAT,))],
        HeaderInput("EUR", prices_include_tax=True),
        "100.00",
        "19.00",
        "119.00",
    ),
    "exempt, price includes tax": (
        [line("1", "119", taxes=(VAT,))],
        HeaderInput("EUR", prices_include_tax=True, exempt=True),
        "100.00",
        "0.00",
        "100.00",
    ),
    "exempt": ([line("1", "100", taxes=(VAT,))], HeaderInput("EUR", exempt=True), "100.00", "0.00", "100.00"),
    "tax on tax": ([line("1", "100", taxes=(GST, QST))], EUR, "100.00", "15.47", "115.47"),
    "a tax that is withheld": ([line("1", "100", taxes=(VAT, WITHHELD))], EUR, "100.00", "4.00", "104.00"),
    "freight with its own tax": (
        [line("1", "100")],
        HeaderInput("EUR", freight=D("10"), freight_taxes=(VAT,)),
        "110.00",
        "1.90",
        "111.90",
    ),
    "the header's discount leaves freight alone": (
        [line("1", "100")],
        HeaderInput("EUR", discount_percent=D(50), freight=D(10)),
        "60.00",
        "0.00",
        "60.00",
    ),
    "yen have no cents": (
        [line("3", "33.4", taxes=(Tax("CT", D(10)),))],
        HeaderInput("JPY"),
        "100",
        "10",
        "110",
    ),
    "dinars have three": ([line("1", "1.0005")], HeaderInput("BHD"), "1.001", "0.000", "1.001"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    lines, header, *expected = EXAMPLES[name]
    found = totals(lines, header)
    assert [str(found.net), str(found.tax), str(found.total)] == expected


def test_header_discount_is_spread_over_the_lines_it_concerns() -> None:
    lines = [line("1", "10", key="a"), line("1", "10", key="b"), line("1", "10", key="c")]
    lines.append(line("1", "99", key="deposit", discountable=False))
    found = totals(lines, HeaderInput("EUR", discount_amount=D(10)))
    assert [row.header_discount for row in found.lines] == [D("3.34"), D("3.33"), D("3.33"), D("0.00")]
    assert (found.subtotal, found.discount, found.net) == (D("129.00"), D("10.00"), D("119.00"))


def test_equal_lines_share_a_cent_by_key_in_any_order() -> None:
    lines = [line("1", "10", key=key, taxes=(VAT,)) for key in "cab"]
    header = HeaderInput("EUR", discount_amount=D(10))
    expected = {row.key: row for row in totals(sorted(lines, key=lambda li: li.key), header).lines}
    assert expected["a"].header_discount > expected["c"].header_discount
    assert {row.key: row for row in totals(lines, header).lines} == expected


def test_summary_names_each_tax_with_its_base() -> None:
    lines = [line("1", "100", key="a", taxes=(GST, QST)), line("1", "50", key="b", taxes=(GST,))]
    found = totals(lines, EUR)
    assert [(t.tax.code, t.base, t.amount) for t in found.taxes] == [
        ("GST", D("150.00"), D("7.50")),
        ("QST", D("100.00"), D("10.47")),
    ]


BAD = {
    "same key": ([line("1", "1"), line("2", "2")], EUR),
    "no number": ([line("NaN", "1")], EUR),
    "too large": ([line("1", "1e15")], EUR),
    "over a hundred percent": ([line("1", "1", discount_percent=D(101))], EUR),
    "discount below zero": ([], HeaderInput("EUR", discount_amount=D(-1))),
    "tax rate": ([line("1", "1", taxes=(Tax("T", D(-100)),))], EUR),
    "currency": ([], HeaderInput("euro")),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_a_sentence(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        totals(*BAD[name])
    assert caught.value.cause.endswith(".")
    assert caught.value.cure.endswith(".")


def test_rounding_line_makes_a_stated_total_true() -> None:
    lines = [line("3", "0.333", taxes=(VAT,))]
    correction = rounding_line(totals(lines, EUR), D("1.20"))
    assert correction is not None
    assert totals([*lines, correction], EUR).total == D("1.20")
    assert rounding_line(totals(lines, EUR), D("1.19")) is None


def test_remaining() -> None:
    ordered = {"a": D(5), "b": D(2), "c": D(1)}
    assert remaining(ordered, [{"a": D(2)}, {"a": D(1), "b": D(2)}, {"c": D(4)}]) == {"a": D(2)}


# # Properties
# ------------------------------------------------------------------------------------------------------

percents = st.decimals(0, 100, places=2) | st.sampled_from([D(0), D(5), D(100)])
taxes = st.lists(
    st.sampled_from([VAT, GST, QST, WITHHELD, Tax("QST2", D(3), True)]), unique=True, max_size=3
).map(tuple)
quantities = st.decimals(0, 500, places=3) | st.integers(1, 20).map(D)
prices = st.decimals(-50, 2000, places=4) | st.sampled_from([D("0.005"), D("0.3333"), D("9.99")])
rates = {
    "discount_percent": percents | st.just(D(0)),
    "discount_amount": st.decimals(0, 30, places=2) | st.just(D(0)),
}


@st.composite
def documents(draw: st.DrawFn) -> tuple[list[LineInput], HeaderInput]:
    count = draw(st.integers(0, 8))
    lines = [
        draw(
            st.builds(
                LineInput,
                key=st.just(f"k{i}"),
                quantity=quantities,
                unit_price=prices,
                taxes=taxes,
                discountable=st.booleans(),
                **rates,
            )
        )
        for i in range(count)
    ]
    header = st.builds(
        HeaderInput,
        currency=st.sampled_from(["EUR", "JPY", "BHD"]),
        freight=st.decimals(0, 100, places=2),
        freight_taxes=taxes,
        prices_include_tax=st.booleans(),
        exempt=st.booleans(),
        **rates,
    )
    return lines, draw(header)


def money(found: Totals) -> dict[str, D]:
    """All that must not depend on how a document is split: per tax, per line net of tax included, and in
    sum."""
    per_tax = {f"{t.tax}": t.amount for t in found.taxes if t.amount}
    return {**per_tax, "net": found.net, "tax": found.tax, "total": found.total, "discount": found.discount}


@given(documents(), st.randoms(use_true_random=False))
def test_line_order_does_not_matter(document: tuple[list[LineInput], HeaderInput], random: object) -> None:
    lines, header = document
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = totals(lines, header), totals(shuffled, header)
    assert {row.key: row for row in first.lines} == {row.key: row for row in second.lines}
    assert replace(first, lines=()) == replace(second, lines=())


@given(documents())
def test_every_sum_is_the_sum_of_what_is_shown(document: tuple[list[LineInput], HeaderInput]) -> None:
    lines, header = document
    found = totals(lines, header)
    rows = [*found.lines, found.freight]
    assert found.total == found.net + found.tax == sum(row.total for row in rows)
    assert found.tax == sum(row.tax for row in rows) == sum(t.amount for t in found.taxes)
    if not header.prices_include_tax:
        assert found.net == found.subtotal - found.discount + found.freight.amount
    elif not header.exempt:
        assert found.total == found.subtotal - found.discount + found.freight.amount
    for row in rows:
        assert row.listed - row.discount == row.amount
        assert row.total == row.net + row.tax
    for tax in found.taxes:
        if not header.prices_include_tax:
            assert tax.base == sum(
                row.net
                for row, given in zip(rows, [*(li.taxes for li in lines), header.freight_taxes], strict=True)
                if tax.tax in given
            )


@given(documents())
def test_freight_in_the_box_or_as_a_line_comes_to_the_same(
    document: tuple[list[LineInput], HeaderInput],
) -> None:
    lines, header = document
    line = LineInput("freight", D(1), header.freight, taxes=header.freight_taxes, discountable=False)
    as_line = totals([*lines, line], replace(header, freight=D(0), freight_taxes=()))
    assert money(as_line) == money(totals(lines, header))


@given(documents())
def test_tax_is_within_a_unit_of_its_rate(document: tuple[list[LineInput], HeaderInput]) -> None:
    lines, header = document
    header = replace(header, exempt=False, prices_include_tax=False)
    unit = D(1).scaleb(-{"EUR": 2, "JPY": 0, "BHD": 3}[header.currency])
    for tax in totals(lines, header).taxes:
        if not tax.tax.compound:
            assert abs(tax.amount - tax.base * tax.tax.percent / 100) <= unit / 2


@given(documents(), st.data())
def test_splitting_does_not_change_the_sum(
    document: tuple[list[LineInput], HeaderInput], data: st.DataObject
) -> None:
    lines, header = document
    left = {line.key: line.quantity for line in lines} | {FREIGHT: D(1)}
    taken = dict.fromkeys(left, D(0))
    parts = []
    for _ in range(data.draw(st.integers(0, 3))):
        now = {key: data.draw(st.decimals(0, left[key], places=3)) for key in left if left[key]}
        parts.append(portion(lines, header, taken, now))
        for key, quantity in now.items():
            taken[key] += quantity
            left[key] -= quantity
    parts.append(portion(lines, header, taken, left))
    assert _added(parts) == money(totals(lines, header))


def _added(parts: list[Totals]) -> dict[str, D]:
    found: dict[str, D] = {}
    for part in parts:
        for name, value in money(part).items():
            found[name] = found.get(name, D(0)) + value
    return {name: v for name, v in found.items() if v or name in ("net", "tax", "total", "discount")}


@given(documents(), st.data())
def test_a_part_bears_no_tax_for_lines_it_does_not_hold(
    document: tuple[list[LineInput], HeaderInput], data: st.DataObject
) -> None:
    lines, header = document
    before = {line.key: data.draw(st.sampled_from([D(0), line.quantity])) for line in lines}
    now = {line.key: D(0) if before[line.key] else line.quantity for line in lines}
    for row in portion(lines, header, before, now).lines:
        if not row.quantity:
            assert (row.net, row.tax, row.header_discount) == (0, 0, 0)


@given(documents())
def test_a_mirrored_document_comes_to_the_mirrored_sum(document: tuple[list[LineInput], HeaderInput]) -> None:
    """A credit of every line and of the freight undoes an invoice to the cent, whatever was rounded."""
    lines, header = document
    credited = [replace(line, quantity=-line.quantity) for line in lines]
    back = totals(credited, replace(header, freight=-header.freight))
    assert {k: -v for k, v in money(back).items()} == money(totals(lines, header))
