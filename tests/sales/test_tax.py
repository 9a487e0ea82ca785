"""Which tax: the pair, the place, the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tradepost.sales.regions import region_key
from tradepost.sales.rules import HeaderInput, LineInput, totals
from tradepost.sales.tax import (
    Component,
    ItemTax,
    Place,
    Rate,
    Tax,
    TaxChoice,
    TaxCode,
    TaxedAt,
    TaxMapping,
    choose_tax,
    taxed_place,
    taxes_on,
)

DAY = date(2026, 3, 1)
STATE = Component(
    "CA state", (Rate(D("7.25")), Rate(D("7.5"), date(2026, 1, 1)), Rate(D(8), date(2027, 1, 1)))
)
CITY = Component("LA city", (Rate(D("2.25")),))
LA = ItemTax("LA", (STATE, CITY))
TAX, NON = TaxCode("Tax", True), TaxCode("Non", False)
VAT = TaxCode("S", True, (Component("VAT", (Rate(D(20)),)),))


@pytest.mark.req("C27")
@pytest.mark.parametrize(
    ("code", "item_tax", "item_taxable", "percents"),
    [
        (TAX, LA, True, ["7.5", "2.25"]),
        (NON, LA, True, []),
        (TAX, LA, False, []),
        (TAX, None, True, []),
        (VAT, None, True, ["20"]),
    ],
)
def test_the_pair_decides(
    code: TaxCode, item_tax: ItemTax | None, item_taxable: bool, percents: list[str]
) -> None:
    found = taxes_on(DAY, code, item_tax, item_taxable=item_taxable)
    assert [str(tax.percent) for tax in found] == percents


def test_a_group_comes_to_the_cent() -> None:
    line = LineInput("a", D(1), D("99.95"), taxes=taxes_on(DAY, TAX, LA))
    assert [t.amount for t in totals([line], HeaderInput("USD")).taxes] == [D("7.50"), D("2.25")]


@pytest.mark.parametrize(
    ("day", "percent"), [("2025-12-31", "7.25"), ("2026-01-01", "7.5"), ("2027-06-01", "8")]
)
def test_rates_have_dates(day: str, percent: str) -> None:
    assert STATE.on(date.fromisoformat(day)) == Tax("CA state", D(percent))


def test_no_tax_before_its_first_rate() -> None:
    assert taxes_on(DAY, TAX, ItemTax("new", (Component("n", (Rate(D(1), date(2030, 1, 1)),)),))) == ()


@pytest.mark.parametrize("text", ["ca", "CA ", "California", " CALIFORNIA", "Calif.", "C.A.", "US-CA"])
def test_one_row_matches_every_spelling(text: str) -> None:
    assert region_key("us", text) == "ca"


@pytest.mark.parametrize(
    ("country", "text", "key"),
    [
        ("CA", "Québec", "qc"),
        ("AU", "New South Wales", "nsw"),
        ("US", "New", "new"),
        ("US", "Virginia", "va"),
        ("US", "West Virginia", "wv"),
        ("DE", "Bayern", "bayern"),
        ("", "TX", "tx"),
        ("US", "", ""),
    ],
)
def test_states(country: str, text: str, key: str) -> None:
    assert region_key(country, text) == key


MAPPING = TaxMapping(
    "Tax", "Out of state", "Non", "Zero", "Zero shipping", {"California": "CA 7.5", "ny": "NY 4"}
)


@pytest.mark.parametrize(
    ("state", "taxable", "choice"),
    [
        ("ca ", True, TaxChoice("Tax", "CA 7.5", "CA 7.5")),
        ("New York", True, TaxChoice("Tax", "NY 4", "NY 4")),
        ("TX", True, TaxChoice("Tax", "Out of state", "Out of state", unmapped=True)),
        ("", True, TaxChoice("Tax", "Out of state", "Out of state")),
        ("ca", False, TaxChoice("Non", "Zero", "Zero shipping")),
    ],
)
def test_mapping(state: str, taxable: bool, choice: TaxChoice) -> None:
    assert choose_tax(Place("US", state), taxable=taxable, mapping=MAPPING) == choice


@pytest.mark.req("C28")
def test_place() -> None:
    home, gift, nowhere = Place("US", "CA"), Place("US", "NY"), Place()
    assert taxed_place(gift, home) == (gift, TaxedAt.SHIPPING)
    assert taxed_place(gift, home, TaxedAt.BILLING) == (home, TaxedAt.BILLING)
    assert taxed_place(nowhere, home) == (home, TaxedAt.BILLING)
    assert taxed_place(gift, nowhere, TaxedAt.BILLING) == (gift, TaxedAt.SHIPPING)
    assert taxed_place(nowhere, nowhere) == (nowhere, TaxedAt.SHIPPING)
