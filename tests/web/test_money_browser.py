"""The pages of taxes, numbers, statuses and rates in Chromium: readable, usable and nothing scrolls sideways."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of, work_as
from tests.web.looks import at, clean, look
from tests.web.test_desk_day_browser import make, press
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.sales import lists, taxes
from tradepost.sales.converting import convert
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import CustomStatus, Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.services import LineDraft, save_document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
D = Decimal


@pytest.fixture
def shop(member: Membership) -> Desk:
    """A desk with taxes of two towns, and statuses of its own."""
    shop = desk_of(member)
    taxes.save_tax(
        shop.actor, "NH", {date(2025, 1, 1): D("8.5"), date(2026, 1, 1): D("9")}, name="New Hampshire"
    )
    taxes.save_tax(shop.actor, "Concord", {date(2026, 1, 1): D("0.625")}, name="City of Concord")
    row = taxes.save_item_tax(shop.actor, "NH + Concord", ["NH", "Concord"])
    taxes.save_region(shop.actor, "US", "New Hampshire", row.pk)
    taxes.save_item_tax(shop.actor, "Elsewhere", ["NH"], is_default=True)
    for name, colour in (("To be checked by the bookkeeper", "orange"), ("Checked", "green")):
        lists.save(shop.actor, "statuses-order", {"name": name, "colour": colour})
    chosen = {"custom_status_id": CustomStatus.objects.get(name="To be checked by the bookkeeper").pk}
    save_document(shop.actor, Kind.ORDER, chosen, document_id=shop.order.pk)
    save_rate(shop.actor, "EUR", date(2026, 1, 1), D("1.0825"))
    head = {"customer_id": shop.customer.pk, "currency": "EUR"}
    line = LineDraft(description="Work", unit_price=D(100))
    row = save_document(shop.actor, Kind.INVOICE, head, [line])
    move(shop.actor, row.pk, "issue")
    payment = save_document(shop.actor, Kind.PAYMENT, {**head, "amount": D(60), "exchange_rate": D("1.2")})
    move(shop.actor, payment.pk, "receive")
    apply_credit(shop.actor, payment.pk, {row.pk: D(60)})
    taxes.save_tax_code(shop.actor, "Tax", taxable=True, is_default=True)
    taxes.save_tax_code(shop.actor, "Exempt", taxable=False, is_default=True)
    return shop


def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, shop: Desk) -> None:
    tax = taxes.TaxComponent.objects.get(code="NH").pk
    asked = f"customer={shop.customer.pk}&item={shop.item.pk}&day=2026-11-03"
    for name, url in {
        "taxes": "/taxes/",
        "tax": f"/taxes/rates/{tax}/",
        "item-tax": "/taxes/items/new/",
        "tax-trial": f"/taxes/try/?{asked}",
        "numbering": "/numbering/",
        "statuses": "/lists/statuses-order/",
        "status": "/lists/statuses-order/new/",
        "lists": "/lists/",
        "rates": "/exchange-rates/",
        "foreign": f"/invoices/{Document.objects.get(currency='EUR', kind='invoice').pk}/",
        "orders": "/orders/",
        "order": shop.order_url,
        "numbering-edit": "/numbering/orders/",
    }.items():
        desk.open(url)
        look(desk, name)


@pytest.mark.req("C27", "C29")
def test_a_rate_is_added_and_tried(desk: Any, shop: Desk) -> None:
    desk.open("/")
    desk.get_by_role("button", name="Settings of Harbor & Pine").click()
    desk.get_by_role("menuitem", name="Taxes").click()
    desk.get_by_role("link", name="Edit NH", exact=True).click()
    desk.get_by_role("button", name="Add rate").click()
    desk.get_by_label("From").last.fill("2027-01-01")
    desk.get_by_label("Percent").last.fill("9.5")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("9.5 % from Jan 1, 2027")).to_be_visible()
    desk.get_by_role("link", name="What would be charged").click()
    desk.open(f"/taxes/try/?customer={shop.customer.pk}&item={shop.item.pk}&day=2026-11-03")
    desk.get_by_label("Date").fill("2027-02-01")
    desk.get_by_role("button", name="Try", exact=True).click()
    expect(desk.get_by_text("NH 9.5 %")).to_be_visible()
    expect(desk.get_by_text("Concord 0.625 %")).to_be_visible()
    expect(desk.get_by_text("by the billing address")).to_be_visible()


@pytest.mark.req("B26")
def test_the_next_numbers_follow_what_is_typed(desk: Any, shop: Desk) -> None:
    desk.open("/numbering/orders/")
    desk.get_by_label("Pattern").fill("SO-{yyyy}-{n:04}")
    expect(desk.locator("#upcoming")).to_contain_text("-0002")
    desk.get_by_label("Pattern").fill("SO-{yyyy}")
    expect(desk.locator("#upcoming")).to_contain_text("is not a numbering pattern")
    desk.get_by_label("Pattern").fill("A{n:04}")
    desk.get_by_label("Next number").fill("12")
    expect(desk.locator("#upcoming")).to_contain_text("A0012, A0013, A0014")
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.get_by_text("The next one is A0012")).to_be_visible()


@pytest.mark.req("B21")
def test_a_bookkeepers_day_comes_to_the_cent(desk: Any, shop: Desk) -> None:
    """One payment over two invoices with a rest, a credit note paid back, a statement, what is owed, and tax by state."""
    head = {"customer_id": shop.customer.pk, "billing": {"region": "NH"}}
    order = save_document(shop.actor, Kind.ORDER, head, [LineDraft(shop.item.pk, quantity=D(2))])
    assert order.total == D("437.40")  # 399, 9 % and 0.625 %
    for _half in range(2):
        half = convert(shop.actor, order.pk, Kind.INVOICE, {order.lines.get().pk: D(1)})
        move(shop.actor, half.pk, "issue")
    move(
        shop.actor, convert(shop.actor, shop.order.pk, Kind.INVOICE).pk, "issue"
    )  # 399, before there were taxes
    work_as(shop, Role.BOOKKEEPER)
    desk.open(f"/payments/new/?customer={shop.customer.pk}")
    desk.get_by_label("Amount").fill("500")
    desk.get_by_role("button", name="Save", exact=True).click()
    press(desk, "Receive", "Received")
    desk.get_by_role("button", name="Apply to invoices").click()
    sheet = desk.locator("#sheet")
    expect(sheet.get_by_label("INV-00002")).to_have_value("218.71")
    expect(sheet.get_by_label("INV-00003")).to_have_value("218.69")
    sheet.get_by_label("INV-00004").fill("0")
    sheet.get_by_role("button", name="Apply", exact=True).click()
    expect(desk.locator("main")).to_contain_text("$62.60")  # is left as credit
    desk.get_by_role("link", name="INV-00003").first.click()
    make(desk, "Credit note", **{"Tent for four": "0.5"})
    press(desk, "Issue", "Issued")
    expect(desk.locator("#tabs")).to_contain_text("$109.35")  # 99.75 with 8.98 and 0.62
    make(desk, "Refund")
    press(desk, "Pay", "Paid")
    desk.open(f"/customers/{shop.customer.pk}/")
    desk.get_by_role("link", name="Statement").click()
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator("#tabs")).to_contain_text("$336.40")  # 399 less the credit
    desk.open(f"/statements/new/?customer={shop.customer.pk}")
    desk.get_by_label("Balance forward from").fill(str(Document.objects.latest("date").date))
    desk.get_by_role("button", name="Save", exact=True).click()
    rows = desk.locator("#tabs tbody tr")
    expect(rows.last).to_contain_text("$336.40")  # the balance has run to what is open
    expect(rows.filter(has_text="PAY-00002")).to_contain_text("−$500.00")
    look(desk, "day-statement")
    at(desk, 1440, "light")
    desk.open("/reports/receivables/?currency=own")
    expect(desk.locator("tfoot")).to_contain_text("$399.00")
    expect(desk.locator("tfoot")).to_contain_text("€40.00")
    desk.open("/reports/receivables/")
    expect(desk.locator("tfoot")).to_contain_text("$442.30")  # and 40 at 1.0825
    desk.open("/reports/tax/?period=all&currency=own")
    row = desk.locator("tbody tr").filter(has_text="NH").filter(has_text="$")
    expect(row).to_contain_text("$698.25")  # with 399 from before there were taxes
    expect(row).to_contain_text("$299.25")
    expect(row).to_contain_text("$28.80")
    clean(desk, "day-tax")
    files = {name: desk.get_by_role("link", name=name, exact=True) for name in ("CSV", "XLSX")}
    read = {
        name: desk.request.get(urljoin(desk.url, link.get_attribute("href"))).body()
        for name, link in files.items()
    }
    assert "NH,4,698.25,299.25,28.80,USD" in read["CSV"].decode("utf-8-sig")
    with ZipFile(BytesIO(read["XLSX"])) as book:
        assert "28.80" in book.read("xl/worksheets/sheet1.xml").decode()
