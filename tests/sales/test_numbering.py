"""Ref #: what a pattern writes, it reads."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.kit.errors import Invalid
from tradepost.sales.numbering import Ref, check_pattern, parse, period, render

DAY = date(2026, 3, 9)
PATTERNS = ["SO-{n:05}", "{n}", "INV/{yyyy}/{n:04}", "{yy}{mm}-{n:3}", "Q {yyyy}.{mm}.{n}x"]


@pytest.mark.parametrize(
    ("pattern", "n", "ref"),
    [
        ("SO-{n:05}", 42, "SO-00042"),
        ("SO-{n:05}", 1234567, "SO-1234567"),
        ("INV/{yyyy}/{n:04}", 7, "INV/2026/0007"),
        ("{yy}{mm}-{n:3}", 7, "2603-007"),
        ("{n}", 7, "7"),
    ],
)
def test_render(pattern: str, n: int, ref: str) -> None:
    assert render(check_pattern(pattern), n, DAY) == ref


@given(st.sampled_from(PATTERNS), st.integers(1, 10**9), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_what_is_written_is_read(pattern: str, n: int, day: date) -> None:
    year = day.year if "yy" in pattern else None
    month = day.month if "mm" in pattern else None
    assert parse(pattern, f" {render(pattern, n, day).lower()} ") == Ref(n, year, month)


@given(st.sampled_from(PATTERNS), st.integers(1, 10**6), st.integers(1, 10**6), st.dates(), st.dates())
def test_no_number_comes_twice(pattern: str, n: int, m: int, day: date, other: date) -> None:
    if (n, period(pattern, day)) != (m, period(pattern, other)) and abs(day.year - other.year) < 100:
        assert render(pattern, n, day) != render(pattern, m, other)


@pytest.mark.parametrize("ref", ["", "SO-", "SO-1", "XSO-00001", "SO-0000a", "SO-٠٠٠٠١"])
def test_foreign_numbers(ref: str) -> None:
    assert parse("SO-{n:05}", ref) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "SO",
        "{n}{n}",
        "{n:5}-{n}",
        "{x}-{n}",
        "{n",
        "{n!r}",
        "{mm}-{n}",
        "{yyyy}{n}",
        "1{n}",
        "{n}\a",
        "A" * 35 + "{n}",
    ],
)
def test_bad_patterns(pattern: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_pattern(pattern)
    assert caught.value.cure.endswith(".")
