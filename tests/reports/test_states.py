"""One row of *Tax by state* for each state, however it is written."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.sales.trade import Trade, trade
from tradepost.reports import engine, states
from tradepost.reports.rules import Query
from tradepost.sales.models import Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

NO = states.NONE


@pytest.mark.parametrize(
    ("spelt", "shown"),
    [
        ({("US", "CA"): 1, ("us", "ca "): 1, (NO, "Calif."): 1, ("US", "California"): 9}, {("US", "CA")}),
        ({("US", "CA"): 1, ("CA", "ON"): 1, ("CA", "Ontario"): 1}, {("US", "CA"), ("CA", "ON")}),
        ({("DE", "Bayern"): 2, ("DE", "bayern"): 1, ("de", " BAYERN"): 1}, {("DE", "Bayern")}),
        ({("DE", "bayern"): 1, ("DE", "Bayern"): 1}, {("DE", "Bayern")}),
        ({("DE", "Bayern"): 1, ("DE", "BY"): 1}, {("DE", "Bayern"), ("DE", "BY")}),  # two to tax as well
        ({("AU", "NT"): 1, ("CA", "NT"): 1}, {("AU", "NT (AU)"), ("CA", "NT (CA)")}),
        ({("US", "CA"): 1, ("IT", "ca"): 1}, {("US", "CA"), ("IT", "ca (IT)")}),
        ({(NO, NO): 1, ("DE", NO): 1, ("de", " "): 1}, {(NO, NO), ("DE", NO)}),
        ({(NO, "Atlantis"): 1}, {("US", "Atlantis")}),
        ({}, set()),
    ],
)
def test_a_state_has_one_name(spelt: dict[states.Spelt, int], shown: set[states.Spelt]) -> None:
    found = states.names(spelt, "US")
    assert found.keys() == spelt.keys()
    assert {*found.values()} == shown


PLACES = [("US", "CA"), ("US", "ca"), ("", "Calif."), ("us", "California"), ("DE", "Bayern"), ("DE", "Bayern "), ("DE", "bayern"), ("", "")]  # fmt: skip
SHOWN = {("Bayern", "DE"): (3, D(112)), ("CA", "US"): (4, D(15)), (NO, NO): (1, D(128))}


@pytest.fixture
def shop() -> Trade:
    """An invoice of 1, 2, 4 … dollars to each place."""
    shop = trade()
    for n, (country, region) in enumerate(PLACES):
        head = {
            "customer_id": shop.customer,
            "billing": {},
            "shipping": {"country": country, "region": region},
        }
        line = LineDraft(description="Work", unit_price=D(2**n), tax_rate=D(0))
        move(shop.actor, save_document(shop.actor, Kind.INVOICE, head, [line]).pk, "issue")
    return shop


@pytest.mark.django_db
@pytest.mark.req("C28")
def test_rows_order_totals_and_file_have_one_row_for_each(shop: Trade) -> None:
    asked = Query("tax", ("state", "country"), "all", sort="-net")
    result = engine.run(shop.actor, asked)
    assert {row[:2]: row[2:4] for row in result.rows} == SHOWN
    assert [row[3] for row in result.rows] == [D(128), D(112), D(15)]
    assert [row[2:4] for row in result.totals] == [(8, D(255))]
    for group, names in (("state", {"Bayern", "CA", NO}), ("country", {"DE", "US", NO})):
        assert {row[0] for row in engine.run(shop.actor, Query("tax", (group,), "all")).rows} == names
    lines = engine.as_csv(shop.actor, result).decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [NO, "Bayern", "CA", "Total"]
