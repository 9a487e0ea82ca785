"""What tax the freight in a document's head bears: as much as a line of its method's Other Charge item would."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.test_tax_choice import JANUARY
from tests.sales.trade import Trade, trade
from tradepost.accounts.settings import put
from tradepost.catalog.services import save_item
from tradepost.people.services import save_customer
from tradepost.reports import engine
from tradepost.reports.rules import Query
from tradepost.sales import lists, taxes
from tradepost.sales.converting import convert, copy
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

D = Decimal
pytestmark = pytest.mark.django_db
GOODS = LineDraft(description="Work", unit_price=D(100))


@pytest.fixture
def shop() -> Trade:
    """UPS Ground is charged as an item of 19 %, Pick-up as nothing."""
    found = trade()
    freight = save_item(
        found.actor, {"sku": "FRT", "name": "Freight", "type": "other_charge", "tax_rate": D(19)}
    )
    found.items.append(freight.pk)
    for name, item in (("UPS Ground", freight.pk), ("Pick-up", None)):
        lists.save(found.actor, "shipping-methods", {"name": name, "item_id": item})
    return found


def with_codes(shop: Trade) -> None:
    """8 % for who owes tax."""
    taxes.save_tax(shop.actor, "CA", {JANUARY: D(8)})
    taxes.save_item_tax(shop.actor, "CA", ["CA"], is_default=True)
    taxes.save_tax_code(shop.actor, "Tax", taxable=True, is_default=True)
    taxes.save_tax_code(shop.actor, "Resale", taxable=False, is_default=True)


def order(shop: Trade, *lines: LineDraft, **values: Any) -> Document:
    head = {"customer_id": shop.customer, **values}
    return save_document(shop.actor, Kind.ORDER, head, lines or [GOODS])


@pytest.mark.req("C27", "C30", "C35")
@pytest.mark.parametrize(
    ("codes", "status", "head", "tax", "total"),
    [
        (False, "taxable", {"carrier": "UPS Ground"}, "1.90", "111.90"),
        (False, "taxable", {"carrier": "Pick-up"}, "0", "110"),
        (False, "taxable", {}, "0", "110"),
        (False, "taxable", {"carrier": "UPS Ground", "freight_tax_rate": D(7)}, "0.70", "110.70"),
        (False, "taxable", {"carrier": "UPS Ground", "freight_taxable": False}, "0", "110"),
        (False, "taxable", {"carrier": "UPS Ground", "prices_include_tax": True}, "1.60", "110"),
        (True, "taxable", {"carrier": "UPS Ground"}, "8.80", "118.80"),
        (True, "taxable", {}, "8.80", "118.80"),
        (True, "taxable", {"freight_taxable": False}, "8.00", "118.00"),
        (True, "taxable", {"prices_include_tax": True}, "8.15", "110"),
        (True, "exempt", {"carrier": "UPS Ground"}, "0", "110"),
        (True, "exempt", {"prices_include_tax": True}, "0", "101.85"),
    ],
)
def test_freight_is_taxed_by_its_method_and_its_customer(
    shop: Trade, codes: bool, status: str, head: dict[str, Any], tax: str, total: str
) -> None:
    if codes:
        with_codes(shop)
    save_customer(shop.actor, {"tax_status": status}, customer_id=shop.customer)
    row = order(shop, freight=D(10), **head)
    assert (row.tax, row.total) == (D(tax), D(total))
    assert sum(D(one["amount"]) for one in row.taxes) == row.tax


@pytest.mark.req("C34", "C35")
@pytest.mark.parametrize("codes", [False, True])
@pytest.mark.parametrize("included", [False, True])
def test_freight_in_the_box_comes_to_what_it_comes_to_as_a_line(
    shop: Trade, codes: bool, included: bool
) -> None:
    if codes:
        with_codes(shop)
    goods = [LineDraft(pk, quantity=D(3)) for pk in shop.items[:3]]
    head = {"carrier": "UPS Ground", "prices_include_tax": included}
    box = order(shop, *goods, freight=D("12.34"), **head)
    line = order(shop, *goods, LineDraft(shop.items[3], unit_price=D("12.34")), **head)
    assert box.tax and (box.tax, box.total, box.taxes) == (line.tax, line.total, line.taxes)


def test_what_is_made_from_it_bears_the_same_tax(shop: Trade) -> None:
    row = order(shop, LineDraft(shop.items[0], quantity=D(4)), freight=D(10), carrier="UPS Ground")
    pk = row.lines.get().pk
    parts = [convert(shop.actor, row.pk, Kind.INVOICE, {pk: D(2)}) for _n in range(2)]
    assert (sum(one.tax for one in parts), sum(one.total for one in parts)) == (row.tax, row.total)
    first = save_document(shop.actor, Kind.INVOICE, {"discount_percent": D(0)}, document_id=parts[0].pk)
    assert (first.tax, copy(shop.actor, row.pk).total) == (parts[0].tax, row.total)


def test_the_method_of_what_left_the_house_moves_no_sum(shop: Trade) -> None:
    open_, draft = (shop.document(kind, "1", freight=D(10)) for kind in (Kind.ORDER, Kind.INVOICE))
    issued = move(shop.actor, draft.pk, "issue")
    for row, more in ((open_, D("1.90")), (issued, 0)):
        changed = save_document(shop.actor, Kind(row.kind), {"carrier": "UPS Ground"}, document_id=row.pk)
        assert changed.total - row.total == more


def test_what_was_written_before_freight_bore_tax_keeps_its_total(shop: Trade) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_default FROM information_schema.columns"
            " WHERE table_name = 'sales_document' AND column_name = 'freight_taxable'"
        )
        assert cursor.fetchone() == ("false",)
    with_codes(shop)
    row = order(shop, freight=D(10), freight_taxable=False)
    assert save_document(shop.actor, Kind.ORDER, {"date": JANUARY}, document_id=row.pk).total == row.total
    assert convert(shop.actor, row.pk, Kind.INVOICE).total == row.total == D(118)


def test_the_company_says_how_freight_begins_and_the_page_and_the_api_say_otherwise(shop: Trade) -> None:
    with_codes(shop)
    put(shop.actor, {"tax.freight": False})
    assert order(shop, freight=D(10)).tax == 8
    client = client_of(shop)
    page = client.get(reverse("order-new")).content.decode()
    [box] = [tag for tag in page.split("<input") if 'name="freight_taxable"' in tag]
    assert "checked" not in box.partition(">")[0]
    cells = {"description": "Work", "quantity": "1", "unit_price": "100"}
    names = ("item", "description", "quantity", "unit_price", "discount_percent", "tax_rate")
    form = {"customer_id": shop.customer, "freight": "10", "freight_taxable": "on"}
    form |= {f"line-{name}": cells.get(name, "") for name in names}
    sums = dict(client.post("/documents/totals/order/", form).json()["totals"])
    assert "$118.80" in sums.values()
    assert client.post(reverse("order-new"), form).status_code == 302
    assert Document.objects.latest("pk").total == D("118.80")
    api = program_of(shop.actor)
    sent = {"customer_id": shop.customer, "freight": "10", "lines": [{"description": "Work"}]}
    assert D(api.post("documents", sent)["tax"]) == 0
    answer = api.post("documents", {**sent, "freight_taxable": True})
    assert (D(answer["tax"]), answer["freight_taxable"]) == (D("0.80"), True)


@pytest.mark.parametrize(
    ("status", "included", "net"),
    [("taxable", False, "10"), ("taxable", True, "9.26"), ("exempt", True, "9.26"), ("exempt", False, "10")],
)
def test_reports_know_freight_without_its_tax(shop: Trade, status: str, included: bool, net: str) -> None:
    with_codes(shop)
    save_customer(shop.actor, {"tax_status": status}, customer_id=shop.customer)
    head = {"customer_id": shop.customer, "prices_include_tax": included, "freight": D(10)}
    row = move(shop.actor, save_document(shop.actor, Kind.INVOICE, head, [GOODS]).pk, "issue")
    assert row.freight_net == D(net)
    [found] = engine.run(shop.actor, Query("sales", ("customer",), "all")).rows
    _count, goods, freight, tax, total = found[1:6]
    assert (freight, tax, total) == (D(net), row.tax, row.total)
    assert goods + freight + tax == total


def test_the_page_says_and_changes_the_rate_where_it_counts(shop: Trade) -> None:
    """Without a tax code, for freight that bears tax; a new shipping method brings its own."""
    client, row = client_of(shop), order(shop, freight=D(10), carrier="UPS Ground")
    page, field = (
        reverse("order", args=[row.pk]),
        reverse("document-field", args=[row.pk, "freight_tax_rate"]),
    )
    for typed, tax in (("7,5", "0.75"), ("", "0")):
        assert client.post(field, {"value": typed}).status_code == 200
        assert shop.again(row).tax == D(tax)
        assert "Freight tax %" in client.get(page).content.decode()
    assert client.post(field, {"value": "much"}).status_code == 422
    save_document(shop.actor, Kind.ORDER, {"freight_taxable": False}, document_id=row.pk)
    assert "Freight tax %" not in client.get(page).content.decode()
    with_codes(shop)
    decided = reverse("order", args=[order(shop, freight=D(10)).pk])
    assert "Freight tax %" not in client.get(decided).content.decode()
