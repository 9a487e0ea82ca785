"""What is typed into the form of a page survives a reload, a closed tab and a session that ended, in Chromium."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.accounts.settings import put
from tradepost.catalog.details import Details, Unit, Vendor
from tradepost.catalog.services import save_item, save_location
from tradepost.people.models import Customer
from tradepost.people.services import save_customer
from tradepost.reports.reordering import set_level
from tradepost.sales.models import Document, Kind

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

RESTORED = "What you typed was restored."
LINES = 30


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def kept(page: Any) -> dict[str, Any]:
    """The drafts of this browser, by the address that their key names."""
    held = page.evaluate(
        "Object.fromEntries(Object.entries(localStorage).filter(([k]) => k.startsWith('draft:')))"
    )
    return {name.split(":", 3)[3]: json.loads(text) for name, text in held.items()}


def again(page: Any, address: str) -> Any:
    """The tab is closed, as when a browser ends, and nobody is asked; the address is opened in a new one."""
    tab = page.context.new_page()
    base = page.url.split("/", 3)
    page.close(run_before_unload=False)
    tab.goto("/".join(base[:3]) + address)
    return tab


class TestOrder:
    def test_thirty_lines_survive_a_reload_and_are_saved(self, desk: Any, shop: Desk) -> None:
        desk.open("/orders/new/")
        desk.locator(".ts-control input").first.press_sequentially("Granite")
        desk.get_by_role("option", name="Granite State Brewing").click()
        desk.get_by_label("Customer PO").fill("PO-7")
        grid = desk.locator("line-grid")
        grid.locator(".line-sku").first.press_sequentially("TNT-4")
        grid.locator("li[role=option]").first.click()
        grid.get_by_label("Quantity").first.fill("3")
        for n in range(1, LINES):
            if grid.locator("tbody tr").count() <= n:
                grid.get_by_role("button", name="Add line").click()
            row = grid.locator("tbody tr").nth(n)
            row.get_by_label("Description").fill(f"Line {n}")
            row.get_by_label("Quantity").fill(str(n))
            row.get_by_label("Price").fill("2")
        desk.on("dialog", lambda dialog: dialog.accept())
        desk.reload()
        expect(desk.get_by_text(RESTORED)).to_be_visible()
        expect(desk.get_by_text("Unsaved changes")).to_be_visible()
        expect(desk.locator(".ts-control").first).to_contain_text("Granite State Brewing")
        expect(desk.get_by_label("Customer PO")).to_have_value("PO-7")
        rows = grid.locator("tbody tr")
        expect(rows).to_have_count(LINES)
        expect(rows.first.locator(".line-sku")).to_have_value("TNT-4")
        expect(rows.last.get_by_label("Description")).to_have_value(f"Line {LINES - 1}")
        expect(rows.last.locator("output")).to_contain_text("58.00")
        look(desk, "orders-new-restored")
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(re.compile(r"/orders/\d+/$"))
        made = Document.objects.filter(kind=Kind.ORDER).latest("pk")
        assert (made.customer, made.po_number, made.lines.count()) == (shop.customer, "PO-7", LINES)
        assert kept(desk) == {}
        desk.open("/orders/new/")
        expect(desk.get_by_label("Customer PO")).to_have_value("")
        expect(desk.get_by_text(RESTORED)).to_have_count(0)

    def test_a_unit_is_offered_again(self, desk: Any, shop: Desk) -> None:
        save_item(shop.actor, {}, item_id=shop.item.pk, details=Details(units=[Unit("carton", Decimal(12))]))
        desk.open("/orders/new/")
        grid = desk.locator("line-grid")
        grid.locator(".line-sku").first.press_sequentially("TNT-4")
        grid.locator("li[role=option]").first.click()
        grid.get_by_label("Unit", exact=True).first.select_option("carton")
        desk = again(desk, "/orders/new/")
        unit = desk.locator("line-grid").get_by_label("Unit", exact=True).first
        expect(unit).to_be_visible()
        expect(unit).to_have_value("carton")
        expect(unit.locator("option")).to_have_count(2)

    def test_lines_of_an_existing_order_survive_a_closed_tab(self, desk: Any, shop: Desk) -> None:
        address = f"{shop.order_url}edit/"
        desk.open(address)
        grid = desk.locator("line-grid")
        grid.get_by_label("Description").first.fill("Tent, green")
        grid.get_by_role("button", name="Add line").click()
        grid.get_by_label("Description").last.fill("Gift wrap")
        grid.get_by_label("Quantity").last.fill("1")
        grid.get_by_label("Price").last.fill("5")
        desk = again(desk, address)
        grid = desk.locator("line-grid")
        expect(desk.get_by_text(RESTORED)).to_be_visible()
        expect(grid.get_by_label("Description").first).to_have_value("Tent, green")
        expect(grid.get_by_label("Description").last).to_have_value("Gift wrap")
        desk.get_by_role("button", name="Discard", exact=True).click()
        expect(grid.get_by_label("Description").first).to_have_value("Tent for four")
        expect(desk.get_by_text("Unsaved changes")).to_have_count(0)
        assert kept(desk) == {}
        desk.get_by_role("button", name="Undo").click()
        expect(grid.get_by_label("Description").last).to_have_value("Gift wrap")
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(re.compile(f"{shop.order_url}$"))
        assert {"Tent, green", "Gift wrap"} <= {line.description for line in shop.order.lines.all()}
        assert kept(desk) == {}


class TestCustomer:
    def test_what_was_not_typed_is_as_the_record_is_now(self, desk: Any, shop: Desk) -> None:
        address = f"/customers/{shop.customer.pk}/edit/"
        desk.open(address)
        desk.get_by_label("Website").fill("granite.example")
        desk.get_by_role("button", name="Add e-mail address").click()
        desk.get_by_label("E-mail", exact=True).last.fill("desk@granite.example")
        save_customer(shop.actor, {"name": "Granite & Sons"}, customer_id=shop.customer.pk)
        desk = again(desk, address)
        expect(desk.get_by_text(RESTORED)).to_be_visible()
        expect(desk.get_by_text("The record was changed since: compare before you save.")).to_be_visible()
        expect(desk.locator("#id_name")).to_have_value("Granite & Sons")
        expect(desk.get_by_label("Website")).to_have_value("granite.example")
        expect(desk.get_by_label("E-mail", exact=True).last).to_have_value("desk@granite.example")
        look(desk, "customer-restored")
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(re.compile(r"/customers/\d+/$"))
        shop.customer.refresh_from_db()
        assert (shop.customer.name, shop.customer.website) == ("Granite & Sons", "granite.example")

    def test_what_was_taken_away_stays_away(self, desk: Any, shop: Desk) -> None:
        address = f"/customers/{shop.customer.pk}/edit/"
        desk.open(address)
        desk.get_by_role("button", name="Remove this address").click()
        desk = again(desk, address)
        expect(desk.get_by_text(RESTORED)).to_be_visible()
        expect(desk.get_by_label("Street")).to_have_count(0)
        desk.get_by_role("button", name="Discard", exact=True).click()
        expect(desk.get_by_label("Street")).to_have_value("4 Mill Road")

    def test_a_session_that_ended_leads_back_to_what_was_typed(self, desk: Any, shop: Desk) -> None:
        desk.open("/customers/new/")
        desk.locator("#id_name").fill("Harbor Lights")
        desk.get_by_label("Website").fill("lights.example")
        desk.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        desk.get_by_role("button", name="Save", exact=True).click()
        desk.get_by_label("Email").fill("dana@example.com")
        desk.get_by_label("Password").fill("correct horse battery")
        desk.get_by_role("button", name="Sign in", exact=True).click()
        expect(desk).to_have_url(re.compile(r"/customers/new/$"))
        expect(desk.get_by_text(RESTORED)).to_be_visible()
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(re.compile(r"/customers/\d+/$"))
        assert Customer.objects.get(name="Harbor Lights").website == "lights.example"
        assert kept(desk) == {}

    def test_a_form_older_than_the_session_leads_back_to_what_was_typed(self, desk: Any, shop: Desk) -> None:
        desk.open("/customers/new/")
        desk.locator("#id_name").fill("Harbor Lights")
        desk.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        tab = desk.context.new_page()
        tab.goto(desk.url)
        tab.get_by_label("Email").fill("dana@example.com")
        tab.get_by_label("Password").fill("correct horse battery")
        tab.get_by_role("button", name="Sign in", exact=True).click()
        expect(tab.locator("#id_name")).to_have_value("")  # the other tab shows what is kept
        tab.close()
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk.get_by_text("Nothing was saved yet: save it again.")).to_be_visible()
        expect(desk.get_by_text(RESTORED)).to_be_visible()
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(re.compile(r"/customers/\d+/$"))
        assert Customer.objects.filter(name="Harbor Lights").count() == 1

    def test_what_is_refused_is_kept_until_it_is_saved(self, desk: Any, shop: Desk) -> None:
        desk.open("/customers/new/")
        desk.get_by_label("Website").fill("lights.example")
        desk.get_by_role("button", name="Save", exact=True).click()  # without a name
        expect(desk.locator(".error-list")).to_be_visible()
        expect(desk.get_by_text(RESTORED)).to_have_count(0)
        desk.get_by_label("Phone", exact=True).fill("603 555 0100")
        desk = again(desk, "/customers/new/")
        expect(desk.get_by_label("Website")).to_have_value("lights.example")
        expect(desk.get_by_label("Phone", exact=True)).to_have_value("603 555 0100")

    def test_two_forms_do_not_mix(self, desk: Any, shop: Desk) -> None:
        twin = save_customer(shop.actor, {"name": "Twin"})
        pages = [f"/customers/{shop.customer.pk}/edit/", f"/customers/{twin.pk}/edit/", "/customers/new/"]
        desk.on("dialog", lambda dialog: dialog.accept())
        for address in pages[:2]:
            desk.open(address)
            desk.get_by_label("Website").fill(f"{address.strip('/').replace('/', '-')}.example")
        desk.open(pages[2])
        expect(desk.get_by_label("Website")).to_have_value("")
        assert {key.partition("#")[0]: held["values"] for key, held in kept(desk).items()} == {
            address: {"website": [f"{address.strip('/').replace('/', '-')}.example"]} for address in pages[:2]
        }
        desk.open(pages[0])
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(re.compile(r"/customers/\d+/$"))
        assert [key.partition("#")[0] for key in kept(desk)] == [pages[1]]

    def test_two_tabs_of_one_form_keep_one_each(self, desk: Any, shop: Desk) -> None:
        address, saved = "/customers/new/", re.compile(r"/customers/\d+/$")
        desk.on("dialog", lambda dialog: dialog.accept())
        desk.open(address)
        desk.locator("#id_name").fill("Harbor Lights")
        expect(desk.get_by_text("Unsaved changes")).to_be_visible()
        other = desk.context.new_page()
        other.on("dialog", lambda dialog: dialog.accept())
        other.goto(desk.url)
        expect(other.locator("#id_name")).to_have_value("")
        other.locator("#id_name").fill("Twin Pines")
        for tab, name in ((desk, "Harbor Lights"), (other, "Twin Pines")):
            tab.reload()
            expect(tab.get_by_text(RESTORED)).to_be_visible()
            expect(tab.locator("#id_name")).to_have_value(name)
        other.get_by_role("button", name="Save", exact=True).click()
        expect(other).to_have_url(saved)
        assert [held["values"] for held in kept(other).values()] == [{"name": ["Harbor Lights"]}]
        desk = again(desk, address)
        expect(desk.locator("#id_name")).to_have_value("Harbor Lights")
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk).to_have_url(saved)
        assert kept(desk) == {}

    def test_it_is_of_one_user_in_one_company_for_fourteen_days(
        self, desk: Any, shop: Desk, member: Membership
    ) -> None:
        user, company, day = member.user_id, member.organisation_id, 86400_000
        held = {"values": {"name": ["Harbor Lights"]}, "lists": {}, "version": ""}
        put = """([key, held, age]) => {
            localStorage.clear();
            localStorage.setItem(key, JSON.stringify({...held, at: Date.now() - age}));
        }"""
        for whose, where, age, there in (
            (user, company, 13 * day, True),
            (user, company, 15 * day, False),
            (user, company + 1, 0, False),
            (user + 1, company, 0, False),
        ):
            desk.open("/customers/")
            desk.evaluate(put, [f"draft:{whose}:{where}:/customers/new/#form@closed", held, age])
            desk.open("/customers/new/")
            expect(desk.locator("#id_name")).to_have_value("Harbor Lights" if there else "")
            desk.once("dialog", lambda dialog: dialog.accept())

    def test_cancel_and_signing_out_forget_it(self, desk: Any, shop: Desk) -> None:
        desk.on("dialog", lambda dialog: dialog.accept())
        desk.open("/customers/new/")
        desk.locator("#id_name").fill("Never mind")
        desk.get_by_role("link", name="Cancel").click()
        expect(desk).to_have_url(re.compile("/customers/$"))
        assert kept(desk) == {}
        desk.open("/contacts/new/")
        desk.get_by_label("First name").fill("Never")
        desk.open("/")
        assert len(kept(desk)) == 1
        desk.get_by_role("button", name="Settings of Harbor & Pine").click()
        desk.get_by_role("menuitem", name="Sign out").click()
        expect(desk.get_by_label("Password")).to_be_visible()
        assert kept(desk) == {}


def test_no_secret_is_kept(desk: Any, shop: Desk) -> None:
    put(shop.actor, {"mail.active": True})
    desk.open("/mail-accounts/new/")
    desk.get_by_label("Account Name").fill("My mailbox")
    desk.locator("#id_imap_password").fill("otter lantern")
    desk.once("dialog", lambda dialog: dialog.accept())
    desk.reload()
    expect(desk.get_by_label("Account Name")).to_have_value("My mailbox")
    expect(desk.locator("#id_imap_password")).to_have_value("")
    desk.locator("#id_imap_password").fill("otter lantern")
    (held,) = kept(desk).values()
    assert "otter" not in json.dumps(held)
    assert held["values"]["name"] == ["My mailbox"]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/roles/new/?base=sales", "#id_name"),
        ("/users/", "#invite [name=email]"),
        ("/api-keys/", "[name=name]"),
        ("/import/", "[type=file]"),
        ("/reorder/", "[name^=quantity-]"),
    ],
)
def test_small_forms_ask_before_they_are_left(
    desk: Any, shop: Desk, tmp_path: Path, address: str, field: str
) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    offer = Vendor(shop.vendor.name, Decimal(90), vendor_id=shop.vendor.pk)
    save_item(shop.actor, {}, item_id=shop.item.pk, details=Details(vendors=[offer]))
    set_level(shop.actor, shop.item.pk, place.pk, Decimal(5), Decimal(20))
    desk.open(address)
    box = desk.locator(field).first
    if field == "[type=file]":
        (tmp_path / "rows.csv").write_text("SKU\n")
        box.set_input_files(tmp_path / "rows.csv")
    else:
        box.fill("7")
    expect(desk.get_by_text("Unsaved changes")).to_be_visible()
    asked: list[str] = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.open("/customers/")
    assert asked == ["beforeunload"]
