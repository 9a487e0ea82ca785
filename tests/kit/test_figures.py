"""Figures as people type and read them."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.kit.errors import Invalid
from tradepost.kit.figures import format_money, format_number, parse_money, parse_number
from tradepost.kit.money import Money

LANGUAGES = ["en", "de", "fr", "sv", "de-CH", "nl", "xx"]

READ = [
    ("1,234.50", "", "1234.50"),
    ("1.234,50", "", "1234.50"),
    ("1.234,50", "en", "1234.50"),
    ("1 234,50", "", "1234.50"),
    ("1\N{NARROW NO-BREAK SPACE}234,5", "fr", "1234.5"),
    ("1’234.50", "", "1234.50"),
    ("1,234,567", "", "1234567"),
    ("1.234.567", "", "1234567"),
    ("1.234.567,89", "", "1234567.89"),
    ("12.5", "de", "12.5"),
    ("1.234", "de", "1234"),
    ("1.234", "en", "1.234"),
    ("1,234", "en", "1234"),
    ("0.125", "", "0.125"),
    ("1234.125", "", "1234.125"),
    (",5", "", "0.5"),
    ("7.", "", "7"),
    ("(12)", "", "-12"),
    ("-12", "", "-12"),
    ("12-", "", "-12"),
    ("−3", "", "-3"),
    ("+4", "", "4"),
    ("-0", "", "0"),
    ("１２", "", "12"),
    ("٣", "", "3"),
]


@pytest.mark.parametrize(("text", "language", "value"), READ)
def test_reads(text: str, language: str, value: str) -> None:
    assert parse_number(text, language) == D(value)
    assert str(parse_number(text, language))[0] != "-" or D(value) < 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "()",
        "abc",
        "1e5",
        "NaN",
        "1,2,3",
        "12,34,567.0",
        "1.234",
        "1..2",
        "--1",
        "1.2,3.4",
        "9" * 16,
        "²x",
    ],
)
def test_refuses_with_cause_and_cure(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_number(text)
    assert caught.value.cause.endswith(".")
    assert caught.value.cure.endswith(".")


@given(st.decimals(-(10**12), 10**12, places=4), st.sampled_from(LANGUAGES))
def test_what_is_written_reads_back(value: D, language: str) -> None:
    assert parse_number(format_number(value, language, 4), language) == value


@given(st.text(max_size=30), st.sampled_from(["", *LANGUAGES]))
def test_any_text_is_a_number_or_a_sentence(text: str, language: str) -> None:
    try:
        assert parse_number(text, language).is_finite()
    except Invalid as fault:
        assert fault.cure  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1.234,50 €", "EUR", "1234.50"),
        ("EUR 12", "EUR", "12"),
        ("$5", "CAD", "5"),
        ("(£3.10)", "GBP", "-3.10"),
        ("¥500", "JPY", "500"),
    ],
)
def test_reads_money(text: str, currency: str, amount: str) -> None:
    assert parse_money(text, currency) == Money(D(amount), currency)


@pytest.mark.parametrize(
    ("text", "currency"), [("5 €", "USD"), ("USD 5", "EUR"), ("1.5", "JPY"), ("1.2345", "EUR")]
)
def test_refuses_money(text: str, currency: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_money(text, currency)
    assert caught.value.cure


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.5", "USD", "en", "$1,234.50"),
        ("-1234.5", "EUR", "de", "-1.234,50 €"),
        ("12", "CHF", "de-CH", "CHF 12.00"),
        ("1234567", "JPY", "en", "¥1,234,567"),
        ("1.0005", "BHD", "en", "BHD 1.001"),
        ("-0.001", "EUR", "en", "€0.00"),
    ],
)
def test_writes_money(amount: str, currency: str, language: str, text: str) -> None:
    assert format_money(Money(D(amount), currency), language).replace("\N{NO-BREAK SPACE}", " ") == text


def test_writes_a_quantity_without_idle_zeros() -> None:
    assert [format_number(D(v)) for v in ("3.0000", "2.5000", "100", "1E+3", "0.000")] == [
        "3",
        "2.5",
        "100",
        "1,000",
        "0",
    ]
