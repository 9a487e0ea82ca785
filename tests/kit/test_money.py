"""Money adds up."""

from __future__ import annotations

from decimal import Decimal as D
from decimal import localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.kit.errors import Invalid
from tradepost.kit.money import (
    CurrencyMismatch,
    Money,
    Rounding,
    allocate,
    from_minor,
    quantum,
    round_ratio,
    settle,
    to_minor,
    total,
)

amounts = st.decimals(-(10**9), 10**9, places=4)


@pytest.mark.parametrize(
    ("currency", "smallest"), [("EUR", "0.01"), ("JPY", "1"), ("BHD", "0.001"), ("CLF", "0.0001")]
)
def test_each_currency_has_its_smallest_unit(currency: str, smallest: str) -> None:
    assert str(quantum(currency)) == smallest


@pytest.mark.parametrize("code", ["", "eur", "EURO", "€", "E1R", "ÄÖÜ"])
def test_a_currency_is_three_capital_letters(code: str) -> None:
    with pytest.raises(Invalid):
        Money(D(1), code)


@pytest.mark.parametrize(
    ("amount", "up", "even"),
    [("1.005", 101, 100), ("1.015", 102, 102), ("-1.005", -101, -100), ("1.0049", 100, 100)],
)
def test_rounding_is_a_choice(amount: str, up: int, even: int) -> None:
    assert to_minor(D(amount), "EUR") == up
    assert to_minor(D(amount), "EUR", Rounding.HALF_EVEN) == even
    numerator, denominator = D(amount).scaleb(2).as_integer_ratio()
    assert (round_ratio(numerator, denominator), round_ratio(numerator, denominator, Rounding.HALF_EVEN)) == (
        up,
        even,
    )


def test_arithmetic_keeps_to_one_currency() -> None:
    ten, two = Money(D(10), "EUR"), Money(D(2), "EUR")
    assert (ten + two, ten - two, -ten, ten * 3) == tuple(Money(D(n), "EUR") for n in (12, 8, -10, 30))
    assert two < ten
    assert total([ten, two], "EUR") == Money(D(12), "EUR")
    for act in (
        lambda: ten + Money(D(1), "USD"),
        lambda: ten < Money(D(1), "USD"),
        lambda: total([ten], "USD"),
    ):
        with pytest.raises(CurrencyMismatch, match=r"EUR and USD|USD and EUR"):
            act()


def test_conversion_uses_the_rate_given() -> None:
    assert Money(D("10.00"), "EUR").convert(D("161.255"), "JPY") == Money(D(1613), "JPY")
    with pytest.raises(Invalid):
        Money(D(1), "EUR").convert(D(0), "JPY")


@given(amounts, amounts)
def test_no_context_loses_a_digit(a: D, b: D) -> None:
    with localcontext(prec=3):
        assert (Money(a, "EUR") + Money(b, "EUR") - Money(b, "EUR")).amount == a
        assert (
            from_minor(to_minor(Money(a, "EUR").round().amount, "EUR"), "EUR")
            == Money(a, "EUR").round().amount
        )


@given(amounts, st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=12).filter(any))
def test_shares_add_up_and_are_fair(amount: D, weights: list[D]) -> None:
    whole = Money(amount, "EUR").round()
    shares = allocate(whole, weights)
    assert total(shares, "EUR") == whole
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.amount * sum(weights) - whole.amount * weight) < D("0.01") * sum(weights)
        assert weight or not share


def test_nothing_to_share_by() -> None:
    for weights in ([], [0, 0], [1, -1]):
        with pytest.raises(Invalid):
            allocate(Money(D(1), "EUR"), weights)


@given(st.lists(st.integers(-(10**6), 10**6), max_size=12), st.integers(1, 1000))
def test_settled_shares_add_up_within_one_unit_each(numerators: list[int], denominator: int) -> None:
    whole = round_ratio(sum(numerators), denominator)
    shares = settle(numerators, denominator, whole)
    assert sum(shares) == whole
    assert all(abs(s * denominator - n) < denominator for s, n in zip(shares, numerators, strict=True))
    mirrored = settle([-n for n in numerators], denominator, -whole)
    assert mirrored == [-s for s in shares]
