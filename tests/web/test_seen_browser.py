"""Pages of which there is something to see only after something was done: the trash, two that are one, versions, variants, purchases."""

from __future__ import annotations

import gzip
from decimal import Decimal as D
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import at, look
from tradepost.accounts.models import Membership
from tradepost.catalog.services import make_variants, save_item
from tradepost.people import web_form
from tradepost.people.services import archive, save_customer, save_vendor
from tradepost.sales.models import Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.trashing import trash

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

PAGES = (
    *("/trash/", "/trash/?kind=document", "/documents/{quote}/versions/"),
    *("/items/{matrix}/", "/items/{matrix}/variants/", "/purchase-orders/", "/purchase-orders/{bought}/"),
    *("/purchase-orders/{bought}/edit/", "/purchase-orders/new/", "/leads/web-form/", "{form}"),
)  # fmt: skip


@pytest.fixture
def shop(member: Membership) -> dict[str, Any]:
    desk: Desk = desk_of(member)
    actor = desk.actor
    archive(
        actor,
        save_vendor(
            actor, {"name": "A vendor whose name is as long as those that one meets in real life, Ltd."}
        ),
    )
    draft = save_document(actor, Kind.INVOICE, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)])
    trash(actor, draft.pk)
    move(actor, desk.quote.pk, "send")
    move(actor, desk.quote.pk, "revise")
    lines = [LineDraft(desk.item.pk, quantity=D(7)), LineDraft(description="Gift wrap", unit_price=D(5))]
    save_document(actor, Kind.QUOTE, {"memo": "Call first"}, lines, document_id=desk.quote.pk)
    matrix = save_item(actor, {"sku": "SHIRT", "name": "Shirt", "type": "matrix"})
    make_variants(actor, matrix.pk, {"Size": ["S", "M", "L"], "Colour": ["Red", "Midnight blue"]})
    bought = save_document(
        actor, Kind.PURCHASE_ORDER, {"vendor_id": desk.vendor.pk}, [LineDraft(desk.item.pk, quantity=D(3))]
    )
    twin = save_customer(actor, {"name": "Granite State Brewing Co.", "website": "granite.example"})
    return {
        "twin": twin.pk,
        "order": desk.order.pk,
        "quote": desk.quote.pk,
        "matrix": matrix.pk,
        "bought": bought.pk,
        "form": web_form.open_form(actor),
    }


def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, shop: dict[str, Any]) -> None:
    wrong: list[object] = []
    for page in PAGES:
        answer = desk.open(page.format(**shop))
        assert answer.status == 200, page
        try:
            look(desk, page.format(**shop).replace(shop["form"], "stranger"))
        except AssertionError as found:
            wrong.append(found)
    assert not wrong, wrong


def test_the_sheet_that_merges_two_is_accessible(desk: Any, shop: dict[str, Any]) -> None:
    at(desk, 1440, "light")
    desk.open(f"/customers/{shop['twin']}/")
    desk.get_by_role("button", name="More", exact=True).click()
    desk.get_by_role("menuitem", name="Merge", exact=True).click()
    sheet = desk.locator("#sheet")
    expect(sheet.get_by_role("button", name="Preview")).to_be_visible()
    look(desk, "merge")
    at(desk, 1440, "light")
    sheet.get_by_role("button", name="Preview").click()
    expect(sheet).to_contain_text("goes to the trash")
    look(desk, "merge-preview")
    sheet.get_by_role("button", name="Merge", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Granite State Brewing Co.")
    expect(desk.locator("#toasts")).to_contain_text("merged")


WEIGHT = 200_000  # bytes


@pytest.mark.parametrize("address", ["/", "/orders/{order}/"])
def test_a_first_visit_with_all_that_it_loads_is_light(desk: Any, shop: dict[str, Any], address: str) -> None:
    """As it is transferred: what is text is packed as the server packs it, and nothing comes out of a cache."""
    loaded: list[Any] = []
    desk.on("response", lambda answer: loaded.append(answer))
    desk.open(address.format(**shop))
    desk.wait_for_load_state("networkidle")
    weights = {one.url: _weight(one) for one in loaded if one.status == 200}
    assert {"css", "js"} <= {url.partition("?")[0].rpartition(".")[2] for url in weights}
    assert sum(weights.values()) < WEIGHT, sorted(weights.items(), key=lambda pair: -pair[1])


def _weight(answer: Any) -> int:
    body, head = answer.body(), 300
    text = answer.headers.get("content-type", "").partition(";")[0] not in ("font/woff2", "image/png")
    return head + (len(gzip.compress(body)) if text else len(body))
