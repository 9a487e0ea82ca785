"""The Ref # of each kind, on the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Kind
from tradepost.sales.numbers import PATTERNS, highest, series, set_pattern, tried
from tradepost.sales.services import LineDraft

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
        "PQ",
        "PO",
        "RC",
        "BILL",
        "BP",
        "CP",
        "VC",
        "VR",
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


def test_a_new_year_begins_behind_what_was_imported_for_it(
    shop: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_pattern(shop.actor, Kind.ORDER, "{yyyy}-{n}")
    lines = (LineDraft(description="Work", unit_price=Decimal(1)),)
    year = clock.now().year + 1
    take_over(shop.actor, Kind.ORDER, [Incoming(f"{year}-7", {"customer_id": shop.customer}, lines)])
    monkeypatch.setattr(clock, "now", lambda: datetime(year, 6, 1, tzinfo=ZoneInfo("UTC")))
    assert next(one for one in series(shop.actor) if one.kind is Kind.ORDER).upcoming[0] == f"{year}-8"
    assert shop.document().number == f"{year}-8"


def test_what_is_shown_is_what_comes(shop: Trade) -> None:
    shop.document()
    before = {one.kind: one.upcoming for one in series(shop.actor)}
    assert before[Kind.ORDER] == ("SO-00002", "SO-00003", "SO-00004")
    assert before[Kind.BILL][0] == "BILL-00001"
    assert tried(shop.actor, Kind.ORDER, "A{n:03}-{yy}", 9).upcoming[0].startswith("A009-")
    with pytest.raises(Invalid, match="1 was given already"):
        tried(shop.actor, Kind.ORDER, "SO-{n:05}", 1)
    assert {one.kind: one.upcoming for one in series(shop.actor)} == before
    assert shop.document().number == "SO-00002"


@pytest.mark.req("B26")
def test_the_page_shows_the_next_three_and_refuses_a_double(shop: Trade) -> None:
    shop.document()
    client = client_of(shop)
    assert "next: SO-00002" in client.get("/numbering/").content.decode()
    asked = {"pattern": "SO-{n:03}", "next_number": "41"}
    assert "SO-041, SO-042, SO-043" in client.get("/numbering/orders/preview/", asked).content.decode()
    assert "not a numbering pattern" in client.get("/numbering/orders/preview/").content.decode()
    assert client.post("/numbering/orders/", {"pattern": "SO-{n:05}", "next_number": "1"}).status_code == 422
    assert client.post("/numbering/orders/", asked).status_code == 302
    assert shop.document().number == "SO-041"
    assert client.get("/numbering/potatoes/").status_code == 404


def test_a_program_numbers(shop: Trade) -> None:
    program = program_of(shop.actor)
    body = {"pattern": "R{n}", "next_number": 5}
    assert program.post("numbering/invoice/preview", body, 200)["upcoming"] == ["R5", "R6", "R7"]
    assert program.call("put", "numbering/invoice", body).json()["next_number"] == 5
    assert next(one for one in program.get("numbering") if one["kind"] == "invoice")["pattern"] == "R{n}"
    assert program.call("put", "numbering/invoice", {"pattern": "R"}).status_code == 422


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("B26")
def test_no_gap_and_no_double_where_many_write_at_once_and_some_fail() -> None:
    shop = trade()
    set_pattern(shop.actor, Kind.ORDER, "{yyyy}-{n}")

    def write(n: int) -> str:
        try:
            with transaction.atomic():
                number = shop.document().number
                if n % 3 == 0:
                    raise InterruptedError
                return number
        except InterruptedError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        given = [number for number in pool.map(write, range(18)) if number]
    assert sorted(int(number.partition("-")[2]) for number in given) == list(range(1, 13))
