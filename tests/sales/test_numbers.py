"""The Ref # of each kind, on the database."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.sales.trade import Trade, trade
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.sales.models import Kind
from tradepost.sales.numbers import PATTERNS, highest, set_pattern

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def test_every_kind_counts_by_itself(shop: Trade) -> None:
    first = [shop.document(kind) for kind in PATTERNS]
    wanted = [
        "Q",
        "SO",
        "PL",
        "SH",
        "INV",
        "PAY",
        "CS",
        "CN",
        "RF",
        "RMA",
        "ST",
        "PO",
        "RC",
        "BILL",
        "BP",
        "VC",
    ]
    assert [row.number.partition("-")[0] for row in first] == wanted
    assert shop.document(Kind.RMA).number == "RMA-00002"


@pytest.mark.req("B26")
def test_a_pattern_with_a_year_begins_again(shop: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = []
    assert set_pattern(shop.actor, Kind.INVOICE, "{yyyy}/{n:03}").endswith("/001")
    for year in (2026, 2026, 2027, 2026):
        monkeypatch.setattr(clock, "now", lambda y=year: datetime(y, 6, 1, tzinfo=ZoneInfo("UTC")))
        numbers.append(shop.document(Kind.INVOICE).number)
    assert numbers == ["2026/001", "2026/002", "2027/001", "2026/003"]


def test_a_number_never_comes_twice(shop: Trade) -> None:
    for _n in range(3):
        shop.document()
    with pytest.raises(Invalid, match="2 was given already: the highest so far is 3"):
        set_pattern(shop.actor, Kind.ORDER, "SO-{n:05}", 2)
    assert set_pattern(shop.actor, Kind.ORDER, "so-{n}") == "so-4"
    assert set_pattern(shop.actor, Kind.ORDER, "SO-{n:05}", 100) == "SO-00100"
    with pytest.raises(Invalid, match="not a numbering pattern"):
        set_pattern(shop.actor, Kind.ORDER, "SO-{m}")
    assert shop.document().number == "SO-00100"


@pytest.mark.parametrize(
    ("pattern", "period", "numbers", "most"),
    [
        ("SO-{n:05}", "", ["SO-00007", "so-00012", "Q-99999", "SO-3"], 12),
        ("{yyyy}-{n}", "2026", ["2026-8", "2025-90"], 8),
        ("{yy}/{mm}/{n}", "2026-02", ["26/02/4", "26/03/9", "x"], 4),
        ("{yy}/{mm}/{n}", "2026-02", ["26/13/9"], 0),
        ("SO-{n}", "", [], 0),
    ],
)
def test_the_highest_number_so_far(pattern: str, period: str, numbers: list[str], most: int) -> None:
    assert highest(pattern, period, numbers) == most
