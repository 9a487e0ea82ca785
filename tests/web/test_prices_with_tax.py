"""Whether the prices of a document include tax is a fact of its page."""

from __future__ import annotations

import html
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership
from tradepost.catalog.models import Item
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
LABEL = "Prices include tax"


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def taxed(shop: Desk, kind: Kind) -> Document:
    stove = Item.objects.get(sku="STV-1")  # bears 10 %
    return save_document(
        shop.actor, kind, {"customer_id": shop.customer.pk}, [LineDraft(stove.pk, unit_price=Decimal(110))]
    )


@pytest.mark.parametrize(
    ("kind", "verb"), [(Kind.QUOTE, "send"), (Kind.INVOICE, "issue"), (Kind.CREDIT_NOTE, "issue")]
)
def test_the_tax_is_taken_out_of_the_prices_until_the_document_left(
    client: Client, shop: Desk, kind: Kind, verb: str
) -> None:
    row = taxed(shop, kind)
    page, field = f"/{kind.replace('_', '-')}s/{row.pk}/", f"/documents/{row.pk}/field/prices_include_tax/"
    for value, total in (("yes", "$110.00"), ("", "$121.00")):
        saved = client.post(field, {"value": value})
        assert "document-priced" in saved["HX-Trigger"]
        for part in ("?tab=details", "?figures=1"):  # what the page asks for when it hears that
            assert total in text(client.get(page + part, headers=FRAGMENT)), part
        assert ("tax included" in text(client.get(page))) is bool(value)
    move(shop.actor, row.pk, verb)
    assert f"Edit {LABEL}: No" not in text(client.get(page))
    refused = client.post(field, {"value": "yes"})
    assert refused.status_code == 409
    row.refresh_from_db()
    assert (row.prices_include_tax, row.total) == (False, Decimal(121))


def test_it_is_asked_only_where_there_is_tax(client: Client, shop: Desk) -> None:
    assert LABEL not in text(client.get(shop.order_url))
    assert f"Edit {LABEL}: No" in text(client.get(f"/orders/{taxed(shop, Kind.ORDER).pk}/"))
    bought = save_document(
        shop.actor, Kind.BILL, {"vendor_id": shop.vendor.pk}, [LineDraft(shop.item.pk, tax_rate=Decimal(10))]
    )
    assert LABEL not in text(client.get(f"/bills/{bought.pk}/"))
    assert (
        client.post(f"/documents/{bought.pk}/field/prices_include_tax/", {"value": "yes"}).status_code == 404
    )


@pytest.mark.browser
def test_the_figures_of_the_page_follow(desk: Any, shop: Desk) -> None:
    desk.open(f"/invoices/{taxed(shop, Kind.INVOICE).pk}/")
    desk.get_by_role("button", name=f"Edit {LABEL}: No").click()
    desk.get_by_label(LABEL, exact=True).select_option("yes")
    desk.get_by_role("button", name="Save", exact=True).click()
    for figures in (desk.locator(".sums div").last, desk.locator("#figures")):
        expect(figures).to_contain_text("$110.00")
    desk.get_by_role("button", name="Undo").click()
    for figures in (desk.locator(".sums div").last, desk.locator("#figures")):
        expect(figures).to_contain_text("$121.00")
