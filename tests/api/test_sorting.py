"""Documents by what they come to, in the company's currency, page by page."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.api.conftest import Program

pytestmark = pytest.mark.django_db
# Currency, price and rate, from the least to the most in dollars; two are the same. The last two wait for a rate.
RATED = [
    ("JPY", "9000", "0.01"),
    ("USD", "100", ""),
    ("EUR", "90", "1.25"),
    ("USD", "112.50", ""),
    ("BHD", "1", "500"),
]
WAITING = [("GBP", "5000", ""), ("CHF", "1", "")]  # fmt: skip


@pytest.fixture
def made(dana: Program) -> list[str]:
    """The numbers of the rated ones in order, then of those that wait; written in another order."""
    customer = dana.post("customers", {"name": "Harbor"})["id"]
    both = [*RATED, *WAITING]
    numbers = {n: invoice(dana, customer, *both[n]) for n in (4, 5, 1, 2, 6, 0, 3)}
    return [numbers[n] for n in range(len(both))]


def invoice(dana: Program, customer: int, currency: str, price: str, rate: str) -> str:
    head: dict[str, Any] = {"kind": "invoice", "customer_id": customer, "currency": currency}
    line = {"description": "Work", "unit_price": price, "tax_rate": "0"}
    known = {"exchange_rate": rate} if rate else {}
    return str(dana.post("documents", {**head, **known, "lines": [line]})["number"])


def pages(dana: Program, sort: str, limit: int) -> list[list[str]]:
    found = [dana.get(f"documents?kind=invoice&sort={sort}&limit={limit}")]
    while cursor := found[-1]["next"]:
        found.append(dana.get(f"documents?kind=invoice&sort={sort}&limit={limit}&cursor={cursor}"))
    return [[one["number"] for one in page["items"]] for page in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7, 50])
def test_totals_compare_in_the_companys_currency_on_pages_of_any_length(
    dana: Program, made: list[str], limit: int
) -> None:
    for sort, wanted in (("total", made), ("-total", [*made[4::-1], *made[:4:-1]])):
        found = pages(dana, sort, limit)
        assert [number for page in found for number in page] == wanted
        assert all(len(page) == limit for page in found[:-1])
        assert found[-1], "No page is empty."


def test_what_comes_between_neither_repeats_nor_hides_another(dana: Program, made: list[str]) -> None:
    customer = dana.get("customers")["items"][0]["id"]
    page = dana.get("documents?kind=invoice&sort=-total&limit=2")
    seen = [one["number"] for one in page["items"]]
    while page["next"]:
        if len(seen) < 6:  # one far above, one below, and one that waits
            for currency, price, rate in (("EUR", "800", "1.25"), ("USD", "1", ""), ("SEK", "7", "")):
                invoice(dana, customer, currency, price, rate)
        page = dana.get(f"documents?kind=invoice&sort=-total&limit=2&cursor={page['next']}")
        seen += [one["number"] for one in page["items"]]
    assert len(seen) == len(set(seen)) > len(made)
    assert [number for number in seen if number in made] == [*made[4::-1], *made[:4:-1]]


@pytest.mark.parametrize("key", ["x", "NaN", "1e999999", "Infinity", 1, [], "1" * 60])
def test_a_forged_cursor_is_refused(dana: Program, made: list[str], key: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps(["total", key, 1]).encode()).decode()
    assert "cursor" in dana.get(f"documents?kind=invoice&sort=total&cursor={text}", 422)["errors"]


@pytest.mark.parametrize("sort", ["total", "-total"])
def test_totals_of_several_kinds_are_not_compared(dana: Program, sort: str) -> None:
    assert "Send a kind" in dana.get(f"documents?sort={sort}", 422)["errors"]["sort"]
