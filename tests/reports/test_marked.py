"""Reports are filtered and grouped by class, tag and custom field, of documents, customers and items."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sales.trade import Trade, trade
from tradepost.catalog.services import save_item
from tradepost.custom.services import save_field
from tradepost.kit.errors import Invalid
from tradepost.people.services import save_customer
from tradepost.reports import engine
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.rules import Query
from tradepost.sales.models import Kind
from tradepost.sales.moving import move

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def shop() -> Trade:
    """Two invoices: 10 × 7.77 tagged A and B for a retailer in the north, 1 × 7.77 without a mark."""
    shop = trade()
    save_field(shop.actor, {"name": "Web order", "kinds": ["invoice", "order"]})
    save_field(
        shop.actor, {"name": "Region", "kinds": ["customer"], "type": "choice", "choices": ["North", "South"]}
    )
    save_field(shop.actor, {"name": "Sizes", "kinds": ["item"], "type": "several", "choices": ["S", "M"]})
    save_customer(
        shop.actor,
        {"class_name": "Retail", "tags": ["VIP"], "custom": {"region": "North"}},
        customer_id=shop.customer,
    )
    other = save_customer(shop.actor, {"name": "Alder"})
    save_item(shop.actor, {"tags": ["Paper"], "custom": {"sizes": "S; M"}}, item_id=shop.items[2])
    marks = {"tags": ["A", "B"], "custom": {"web_order": "W-1"}}
    for values, quantity in (
        ({**marks, "customer_id": shop.customer}, "10"),
        ({"customer_id": other.pk}, "1"),
    ):
        row = shop.document(Kind.INVOICE, "0", "0", quantity, **values)
        move(shop.actor, row.pk, "issue")
    return shop


def rows(shop: Trade, report: str, *group: str, **filters: str) -> list[tuple[object, Decimal]]:
    named = {key.replace("__", "."): value for key, value in filters.items()}
    result = engine.run(shop.actor, Query(report, group, "all", filters=named))
    at = next(n for n, c in enumerate(result.columns) if c.key in ("net", "owed"))
    return [(row[0], round(row[at], 2)) for row in result.rows]


@pytest.mark.req("C24")
def test_the_class_is_the_documents_whatever_the_customers_is_now(shop: Trade) -> None:
    row = shop.document(Kind.INVOICE, "0", "0", "2", class_name="Web")
    move(shop.actor, row.pk, "issue")
    save_customer(shop.actor, {"class_name": "Trade"}, customer_id=shop.customer)
    assert rows(shop, "sales", "class") == [("Retail", BIG), ("Web", D("15.54")), ("–", SMALL)]
    assert rows(shop, "sales", "class", **{"class": "Web"}) == [("Web", D("15.54"))]


BIG, SMALL = D("77.70"), D("7.77")


@pytest.mark.parametrize(
    ("report", "group", "filters", "expected"),
    [
        ("sales", "class", {}, [("Retail", BIG), ("–", SMALL)]),
        ("sales", "tag", {}, [("A", BIG), ("B", BIG), ("–", SMALL)]),
        ("sales", "customer.tag", {}, [("VIP", BIG), ("–", SMALL)]),
        ("sales", "custom.web_order", {}, [("W-1", BIG), ("–", SMALL)]),
        ("sales", "customer.custom.region", {}, [("North", BIG), ("–", SMALL)]),
        ("sales", "class", {"tag": "A"}, [("Retail", BIG)]),
        ("sales", "class", {"customer__tag": "None such"}, []),
        ("sales", "class", {"class": "Retail"}, [("Retail", BIG)]),
        ("sales", "class", {"custom__web_order": "W-1"}, [("Retail", BIG)]),
        ("sales", "class", {"customer__custom__region": "north"}, [("Retail", BIG)]),
        ("items", "item.tag", {"item__tag": "Paper"}, [("Paper", BIG + SMALL)]),
        ("items", "item", {"item__custom__sizes": "M", "tag": "B"}, [("MAP", BIG)]),
        ("receivables", "tag", {}, [("A", BIG), ("B", BIG), ("–", SMALL)]),
    ],
)
def test_by_class_tag_and_custom_field(
    shop: Trade, report: str, group: str, filters: dict[str, str], expected: list[tuple[str, Decimal]]
) -> None:
    found = rows(shop, report, group, **filters)
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_record_with_two_tags_counts_once_in_the_total(shop: Trade) -> None:
    result = engine.run(shop.actor, Query("sales", ("tag",), "all"))
    every = engine.whole(shop.actor, result.query).rows
    assert (len(every), [*every]) == (len(result.rows), result.rows)
    at = next(n for n, c in enumerate(result.columns) if c.key == "net")
    assert round(result.totals[0][at], 2) == BIG + SMALL


def test_what_there_is_not_is_said(shop: Trade) -> None:
    for query in (
        Query("sales", filters={"custom.nope": "x"}),
        Query("stock", filters={"tag": "x"}),
        Query("sales", ("item.custom.sizes",)),
        Query("sales", filters={"customer.custom.region": "East"}),
    ):
        with pytest.raises(Invalid) as fault:
            engine.run(shop.actor, query)
        assert fault.value.cure


@pytest.mark.parametrize("key", REPORTS)
def test_every_group_of_every_report_is_one_that_the_database_knows(shop: Trade, key: str) -> None:
    for dimension in engine.dimensions_of(shop.actor, REPORTS[key]):
        engine.run(shop.actor, Query(key, (dimension.key,), "all", sort=dimension.key))
