"""The pages of the trade in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, colleague, desk_of, mail, mailbox
from tests.web.looks import look
from tradepost.accounts.models import Membership
from tradepost.catalog.details import Details, Unit
from tradepost.catalog.models import Item
from tradepost.catalog.prices import Break, save_price_list
from tradepost.catalog.services import save_item
from tradepost.people.services import archive, save_customer, trash
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import save_document

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
# Answers come late, and not in the order of what was asked.
LATE = """
const ask = window.fetch;
let asked = 0;
window.fetch = async (...facts) => {
  const wait = [700, 50, 400, 0, 900, 200][asked++ % 6];
  const answer = await ask(...facts);
  await new Promise((go) => setTimeout(go, wait));
  return answer;
};
"""


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, shop: Desk) -> None:
    mailbox(shop.actor)
    mail(shop, files=[("ship-to.pdf", b"%PDF-1.4", "application/pdf")], quoted="> Shall we split the order?")
    order, customer = shop.order_url, f"/customers/{shop.customer.pk}/"
    for name, url in {
        "home": "/",
        "items": "/items/",
        "item": f"/items/{shop.item.pk}/",
        "orders": "/orders/",
        "nothing": "/quotes/?q=zzz",
        "order": order,
        "history": f"{order}?tab=history",
        "open": f"{order}?tab=open",
        "edit": f"{order}edit/",
        "customers": "/customers/",
        "customer": customer,
        "customer-orders": f"{customer}?tab=orders",
        "customer-edit": f"{customer}edit/",
        "contacts": "/contacts/",
        "contact": f"/contacts/{shop.contact.pk}/",
    }.items():
        desk.open(url)
        look(desk, name)
    desk.open(f"{order}?tab=history")
    desk.get_by_role("button", name="Send Email").click()
    expect(desk.locator(".editor-body")).to_be_visible()
    look(desk, "compose")
    desk.open(f"{order}?tab=open")
    desk.get_by_role("button", name="Add Event").click()
    expect(desk.locator("#sheet").get_by_role("textbox", name="Starts")).to_be_visible()
    look(desk, "event")


class TestLines:
    def test_an_order_by_keys_alone(self, desk: Any, shop: Desk) -> None:
        desk.open(f"/orders/new/?customer={shop.customer.pk}")
        grid = desk.locator("line-grid")
        grid.get_by_role("combobox", name="Item").first.focus()
        desk.keyboard.type("stov")
        expect(grid.get_by_role("option", name="STV-1 Stove")).to_be_visible()
        desk.keyboard.press("Enter")
        expect(grid.get_by_label("Quantity").first).to_be_focused()
        desk.keyboard.type("3")
        desk.keyboard.press("Enter")
        expect(grid.get_by_role("combobox", name="Item").nth(1)).to_be_focused()
        desk.keyboard.type("tent")  # faster than the list arrives
        desk.keyboard.press("Enter")
        expect(grid.get_by_label("Quantity").nth(1)).to_be_focused()
        expect(desk.locator("#totals")).to_contain_text("$357.90")  # 3 × 48 + 10 % + 199.50
        desk.keyboard.press("Control+Enter")
        expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()
        expect(desk.locator(".sums")).to_contain_text("$357.90")

    def test_thirty_lines_and_no_lost_keystroke(self, desk: Any, shop: Desk) -> None:
        desk.open(f"{shop.order_url}edit/")
        grid = desk.locator("line-grid")
        for _n in range(30):
            grid.get_by_role("button", name="Add line").click()
        words = "Assembled by hand, packed in straw, and counted twice"
        last = grid.get_by_label("Description").last
        last.press_sequentially(words, delay=5)
        grid.get_by_label("Price", exact=True).last.fill("12.5")
        expect(grid.locator("output").last).to_have_text("$12.50")
        expect(last).to_have_value(words)
        expect(desk.locator("#totals")).to_contain_text("$411.50")

    def test_thirty_lines_are_typed_faster_than_the_server_answers(self, desk: Any, shop: Desk) -> None:
        desk.add_init_script(LATE)
        desk.open(f"/orders/new/?customer={shop.customer.pk}")
        grid = desk.locator("line-grid")
        grid.get_by_role("combobox", name="Item").first.focus()
        for n in range(1, 31):
            desk.keyboard.type("stv-1" if n % 2 else "tnt-4", delay=20)
            desk.keyboard.press("Enter" if n % 3 else "Tab")
            desk.keyboard.type(str(n), delay=20)
            desk.keyboard.press("Enter")
        expect(desk.locator("#totals")).to_contain_text("$59,760.00")  # 225 × 48 + 10 %, and 240 × 199.50
        read = "rows => rows.map(row => row.value).filter(Boolean)"
        assert grid.locator("[name=line-quantity]").evaluate_all(read) == [str(n) for n in range(1, 31)]
        assert grid.locator("[name=line-sku], .line-sku").evaluate_all(read) == ["STV-1", "TNT-4"] * 15

    def test_rows_of_a_spreadsheet_are_pasted_and_none_is_lost(self, desk: Any, shop: Desk) -> None:
        rows = [f"{'STV-1' if n % 2 else 'stv-1'}\t{n}" for n in range(1, 30)] + [
            "NO-SUCH\tA lantern\t2\t7.50",
            "\t\t437",
        ]
        desk.open(f"/orders/new/?customer={shop.customer.pk}")
        grid = desk.locator("line-grid")
        first = grid.get_by_role("combobox", name="Item").first
        first.focus()
        first.evaluate(
            "(input, text) => { const data = new DataTransfer(); data.setData('text/plain', text);"
            " input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }",
            "\r\n".join(rows),
        )
        expect(
            desk.get_by_text("30 lines were pasted. 1 row without an item or words was left out.")
        ).to_be_visible()
        expect(grid.get_by_text("No item has the SKU or barcode “NO-SUCH”.")).to_be_visible()
        expect(grid.get_by_label("Description").nth(29)).to_have_value("A lantern")
        expect(grid.get_by_label("Price", exact=True).nth(0)).to_have_attribute("placeholder", "48")
        expect(desk.locator("#totals")).to_contain_text("$22,983.00")  # 435 × 48 + 10 %, and 15
        assert grid.locator("tbody tr").count() == 29 + 3
        desk.get_by_role("button", name="Undo").click()
        expect(grid.locator("tbody tr")).to_have_count(3)

    def test_a_price_that_nobody_typed_follows_the_quantity(self, desk: Any, shop: Desk) -> None:
        stove = Item.objects.get(sku="STV-1").pk
        save_price_list(shop.actor, {"name": "Season"}, breaks=[Break(stove, Decimal(40), Decimal(10))])
        desk.open(f"/orders/new/?customer={shop.customer.pk}")
        grid = desk.locator("line-grid")
        grid.get_by_role("combobox", name="Item").first.focus()
        desk.keyboard.type("stv-1")
        expect(grid.get_by_role("option", name="STV-1 Stove")).to_be_visible()
        desk.keyboard.press("Enter")
        price = grid.get_by_label("Price", exact=True).first
        expect(price).to_have_attribute("placeholder", "48")
        expect(desk.get_by_label("Terms")).to_have_attribute("placeholder", "Net 15")  # the customer's
        grid.get_by_label("Quantity").first.fill("10")
        expect(price).to_have_attribute("placeholder", "40")
        expect(price).to_have_attribute("title", "Season ≥ 10")
        desk.keyboard.press("Control+Enter")
        expect(desk.get_by_text("Season ≥ 10")).to_be_visible()

    def test_a_changed_line_is_not_left_unasked(self, desk: Any, shop: Desk) -> None:
        desk.open(f"{shop.order_url}edit/")
        desk.locator("line-grid").get_by_label("Description").first.fill("Changed")
        expect(desk.get_by_text("Unsaved changes")).to_be_visible()

    @pytest.mark.parametrize("width", [1280, 1024, 800])
    def test_the_words_of_a_line_are_read_beside_its_unit(self, desk: Any, shop: Desk, width: int) -> None:
        save_item(shop.actor, {}, item_id=shop.item.pk, details=Details(units=[Unit("carton", Decimal(12))]))
        desk.set_viewport_size({"width": width, "height": 800})
        desk.open(f"{shop.order_url}edit/")
        grid = desk.locator("line-grid")
        expect(grid.get_by_label("Unit", exact=True).first).to_be_visible()
        assert grid.get_by_label("Description").first.bounding_box()["width"] >= 120
        assert desk.evaluate("document.documentElement.scrollWidth") <= width


class TestTimeline:
    def test_a_reply_appears_by_itself_and_disturbs_nothing(self, desk: Any, shop: Desk) -> None:
        mailbox(shop.actor)
        mail(shop, "First", quoted="> Shall we split?", html="<p>x</p>")
        desk.open(f"{shop.order_url}?tab=history")
        desk.get_by_text("Show quoted text").click()
        expect(desk.get_by_text("Shall we split?")).to_be_visible()
        desk.get_by_role("button", name="Send Email").click()
        sheet = desk.locator("#sheet")
        sheet.get_by_label("Subject").fill("Half written")
        mail(shop, "Second", text="Here is the answer.")
        expect(desk.get_by_text("Here is the answer.")).to_be_attached(timeout=8000)
        expect(sheet.get_by_label("Subject")).to_have_value("Half written")
        expect(sheet.get_by_label("Subject")).to_be_focused()
        expect(desk.get_by_text("> Shall we split?")).to_be_attached()
        assert desk.locator(".quote[open]").count() == 1
        expect(desk.locator(".tab-row .active .count")).to_have_text("2")

    def test_send_from_the_order_and_see_it_there(self, desk: Any, shop: Desk) -> None:
        mailbox(shop.actor)
        desk.open(f"{shop.order_url}?tab=history")
        desk.get_by_role("button", name="Send Email").click()
        sheet = desk.locator("#sheet")
        expect(sheet.get_by_label("Subject")).to_have_value("SO-00001 – ")
        sheet.get_by_label("Subject").fill("SO-00001 – split?")
        sheet.locator(".editor-body").click()
        desk.keyboard.type("Shall we split the order?")
        expect(sheet.get_by_label("Attach SO-00001.pdf")).to_be_checked()
        sheet.get_by_role("button", name="Send").click()
        expect(desk.get_by_text("E-mail is on its way")).to_be_visible()
        expect(sheet).not_to_be_visible()
        entry = desk.locator(".entry").first
        expect(entry).to_contain_text("SO-00001.pdf")
        expect(entry.frame_locator("iframe").get_by_text("Shall we split the order?")).to_be_visible()
        expect(entry.locator(".status")).to_have_text(re.compile("Queued"))

    def test_a_note_is_written_and_a_task_is_done_and_undone(self, desk: Any, shop: Desk) -> None:
        desk.open(f"{shop.order_url}?tab=open")
        desk.get_by_role("button", name="Add task").click()
        sheet = desk.locator("#sheet")
        sheet.get_by_label("Subject").fill("Call the carrier")
        sheet.get_by_role("button", name="Save").click()
        expect(desk.locator(".entry")).to_contain_text("Call the carrier")
        desk.get_by_role("button", name="Complete").click()
        expect(desk.locator(".entry")).to_have_count(0)
        desk.get_by_role("button", name="Undo").click()
        expect(desk.locator(".entry")).to_contain_text("Call the carrier")

    def test_why_it_is_here_and_move_it(self, desk: Any, shop: Desk) -> None:
        mail(shop)
        desk.open(f"{shop.order_url}?tab=history")
        desk.get_by_text("Why is this here?").click()
        expect(desk.get_by_text("It answers a message that was sent from this order.")).to_be_visible()
        desk.get_by_role("button", name="Move to another record").click()
        box = desk.locator("#sheet .ts-control input")
        box.click()
        box.press_sequentially(shop.quote.number)
        desk.locator("#sheet .ts-dropdown .option", has_text=shop.quote.number).click()
        desk.locator("#sheet").get_by_role("button", name="Move").click()
        expect(desk.get_by_text(f"Moved to {shop.quote.number}")).to_be_visible()
        expect(desk.locator(".entry")).to_have_count(0)
        desk.get_by_role("button", name="Undo").click()
        expect(desk.locator(".entry")).to_have_count(1)

    def test_an_answer_that_comes_after_the_choice_does_not_open_the_list_again(
        self, desk: Any, shop: Desk
    ) -> None:
        mail(shop)
        desk.open(f"{shop.order_url}?tab=history")
        desk.get_by_text("Why is this here?").click()
        desk.get_by_role("button", name="Move to another record").click()
        sheet, number = desk.locator("#sheet"), shop.quote.number
        sheet.locator(".ts-control input").press_sequentially(number[:-1])
        expect(sheet.locator(".option", has_text=number)).to_be_visible()
        late: list[Any] = []
        desk.route(lambda url: f"q={number}" in url, lambda route: late.append(route))  # noqa: PLW0108
        with desk.expect_request(lambda request: f"q={number}" in request.url):
            sheet.locator(".ts-control input").press(number[-1])
        sheet.locator(".option", has_text=number).click()
        with desk.expect_response(lambda response: f"q={number}" in response.url):
            late[0].continue_()
        expect(sheet.locator(".ts-wrapper.loading")).to_have_count(0)
        expect(sheet.locator(".ts-dropdown")).to_be_hidden()

    def test_html_mail_is_shown_in_a_frame_without_scripts(self, desk: Any, shop: Desk) -> None:
        mail(shop, html="<h1>Quote</h1><script>parent.document.title = 'taken'</script>")
        desk.open(f"{shop.order_url}?tab=history")
        frame = desk.frame_locator("mail-frame iframe")
        expect(frame.get_by_role("heading", name="Quote")).to_be_visible()
        assert "taken" not in desk.title()
        assert "allow-scripts" not in desk.locator("mail-frame iframe").get_attribute("sandbox")


class TestLists:
    def test_filter_lives_in_the_url_and_the_export_follows_it(self, desk: Any, shop: Desk) -> None:
        desk.open("/orders/")
        desk.get_by_role("searchbox", name="Number, customer or PO").fill("zzz")
        expect(desk.get_by_text("Nothing matches")).to_be_visible()
        expect(desk).to_have_url(re.compile("q=zzz"))
        desk.get_by_role("searchbox", name="Number, customer or PO").fill("PO-38")
        expect(desk.get_by_role("link", name="SO-00001")).to_be_visible()
        desk.reload()
        expect(desk.get_by_role("link", name="SO-00001")).to_be_visible()

    def test_a_list_that_waits_for_its_answer_shows_it(self, desk: Any, shop: Desk) -> None:
        desk.open("/orders/")
        held: list[Any] = []
        desk.route(lambda url: "q=PO-38" in url, lambda route: held.append(route))  # noqa: PLW0108
        with desk.expect_request(lambda request: "q=PO-38" in request.url):
            desk.get_by_role("searchbox", name="Number, customer or PO").fill("PO-38")
        expect(desk.locator("#rows")).to_have_css("opacity", "0.55")
        held[0].continue_()
        expect(desk.locator("#rows")).to_have_css("opacity", "1")

    def test_bulk_assigns_an_owner(self, desk: Any, shop: Desk) -> None:
        desk.open("/orders/")
        desk.get_by_label("Select SO-00001").check()
        desk.get_by_role("button", name="Assign owner").click()
        expect(desk.get_by_text("1 changed")).to_be_visible()

    def test_a_question_is_answered_by_yes_or_no_even_where_it_asks_to_cancel(
        self, desk: Any, shop: Desk
    ) -> None:
        desk.open(shop.order_url)
        for answer, state in (("No", "Open"), ("Yes", "Cancelled")):
            desk.get_by_role("button", name="More").click()
            desk.get_by_role("menuitem", name="Cancel").click()
            question = desk.get_by_role("dialog", name="Cancel SO-00001?")
            expect(question.get_by_role("button")).to_have_text(["No", "Yes"])
            question.get_by_role("button", name=answer, exact=True).click()
            expect(question).not_to_be_visible()
            expect(desk.locator("h1 .status").first).to_have_text(state)

    def test_an_inline_edit_of_a_fact_is_undone(self, desk: Any, shop: Desk) -> None:
        desk.open(shop.order_url)
        desk.get_by_role("button", name="Edit Customer PO: PO-38214").click()
        desk.get_by_role("textbox", name="Customer PO").fill("PO-9")
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("button", name="Edit Customer PO: PO-9")).to_be_visible()
        desk.get_by_role("button", name="Undo").click()
        expect(desk.get_by_role("button", name="Edit Customer PO: PO-38214")).to_be_visible()

    def test_two_who_edit_one_record_lose_nothing(self, desk: Any, shop: Desk, console: list[str]) -> None:
        desk.open(shop.order_url)
        desk.get_by_role("button", name="Edit Customer PO: PO-38214").click()
        box = desk.get_by_role("textbox", name="Customer PO")
        box.fill("PO-MINE")
        lee = colleague(shop)
        save_document(
            lee, Kind.ORDER, {"po_number": "PO-LEE", "memo": "Ring first"}, document_id=shop.order.pk
        )
        desk.keyboard.press("Enter")
        expect(desk.get_by_text("Lee changed")).to_contain_text("“PO-38214” → “PO-LEE”")
        expect(box).to_have_value("PO-MINE")
        assert console.pop().endswith("409 (Conflict)")
        shop.order.refresh_from_db()
        assert shop.order.po_number == "PO-LEE"
        box.press("Enter")
        expect(desk.get_by_role("button", name="Edit Customer PO: PO-MINE")).to_be_visible()
        save_document(lee, Kind.ORDER, {"po_number": "PO-LEE"}, document_id=shop.order.pk)
        desk.get_by_role("button", name="Undo").click()
        expect(desk.get_by_text("Lee changed")).to_be_visible()  # taking back would have overwritten it
        assert console.pop().endswith("409 (Conflict)")

    def test_hold_asks_why_and_archive_is_undone(self, desk: Any, shop: Desk) -> None:
        desk.open(shop.order_url)
        desk.get_by_role("button", name="More").click()
        desk.get_by_role("menuitem", name="Hold").click()
        desk.get_by_label("Why?").fill("Credit limit")
        desk.locator("#sheet").get_by_role("button", name="Hold").click()
        expect(desk.get_by_text("Credit limit")).to_be_visible()
        desk.get_by_role("button", name="Release").click()
        expect(desk.get_by_text("Credit limit")).not_to_be_visible()
        desk.open(f"/customers/{shop.customer.pk}/")
        desk.locator("#archive").get_by_role("button", name="More").click()
        desk.get_by_role("menuitem", name="Archive").click()
        expect(desk.get_by_role("button", name="Take back")).to_be_visible()
        desk.get_by_role("button", name="Undo").click()
        expect(desk.locator("#archive").get_by_role("button", name="More")).to_be_visible()

    @pytest.mark.parametrize(("put_away", "said"), [(archive, "is archived"), (trash, "lies in the trash")])
    def test_who_was_put_away_is_restored_on_the_form_that_was_refused(
        self, desk: Any, shop: Desk, put_away: Callable[..., Any], said: str
    ) -> None:
        whom = save_customer(shop.actor, {"name": "Cedar Mills"})
        desk.open(f"/orders/new/?customer={whom.pk}")
        expect(desk.get_by_role("combobox", name="Item").first).to_be_focused()
        put_away(shop.actor, whom)
        desk.keyboard.type("TNT-4")
        desk.keyboard.press("Tab")
        desk.keyboard.type("7")
        desk.get_by_label("Memo").fill("Ring first")
        desk.keyboard.press("Control+Enter")
        restore = desk.get_by_role("button", name="Restore Cedar Mills")
        expect(restore).to_be_visible()
        expect(desk.get_by_text(said).first).to_be_visible()
        look(desk, "restore")
        named = desk.locator(".ts-wrapper.is-invalid .ts-control")
        room = named.evaluate("box => parseFloat(getComputedStyle(box).paddingRight)")
        assert room >= 36 + 16  # a long name ends before the red mark, which stands left of the arrow
        restore.click()
        expect(desk.get_by_text("Cedar Mills is back")).to_be_visible()
        expect(restore).to_have_count(0)
        expect(desk.get_by_text(said)).to_have_count(0)
        expect(desk.locator("#id_customer_id-ts-control")).to_be_focused()
        look(desk, "restored")
        desk.get_by_role("button", name="Undo").click()
        restore.click()
        expect(restore).to_have_count(0)
        desk.keyboard.press("Control+Enter")
        expect(desk.get_by_role("heading", name="SO-00002")).to_be_visible()
        order = Document.objects.get(number="SO-00002")
        assert (order.customer_id, order.memo) == (whom.pk, "Ring first")
        assert [(line.sku, line.quantity) for line in order.lines.all()] == [("TNT-4", 7)]

    def test_a_contact_gets_a_second_address(self, desk: Any, shop: Desk) -> None:
        desk.open(f"/contacts/{shop.contact.pk}/edit/")
        desk.get_by_role("button", name="Add e-mail address").click()
        desk.get_by_label("E-mail", exact=True).last.fill("renata@home.example")
        desk.get_by_role("button", name="Save").click()
        expect(desk.get_by_role("link", name="renata@home.example")).to_be_visible()
