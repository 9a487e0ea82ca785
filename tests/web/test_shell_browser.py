"""The shell and the parts in Chromium: keyboard, drafts, inline edits, lists, access."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.looks import at, clean, every_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.usefixtures("style_page")]


@pytest.fixture
def parts_page(desk: Any) -> Any:
    desk.open("/_parts/")
    return desk


def compose(page: Any) -> Any:
    page.get_by_role("button", name="Send Email").click()
    expect(page.locator(".editor-body")).to_be_visible()
    return page.locator("#sheet")


class TestKeyboard:
    def test_palette_by_keys_alone(self, parts_page: Any) -> None:
        parts_page.keyboard.press("Control+k")
        parts_page.keyboard.type("mail and")
        first = parts_page.locator("#palette-list [role=option]").first
        expect(first).to_contain_text("Mail and Calendar Integration")
        expect(first).to_have_attribute("aria-selected", "true")
        parts_page.keyboard.press("Escape")
        expect(parts_page.locator("#palette")).not_to_be_visible()

    def test_enter_before_the_results_arrive_is_remembered(self, parts_page: Any) -> None:
        parts_page.keyboard.press("Control+k")
        parts_page.keyboard.type("items")
        parts_page.keyboard.press("Enter")
        expect(parts_page).to_have_url(re.compile("/items/$"))

    def test_chords_survive_fast_typing(self, parts_page: Any) -> None:
        parts_page.open("/_parts/items/")
        parts_page.keyboard.type("go")
        expect(parts_page).to_have_url(re.compile(r"/orders/$"))

    def test_help_lists_the_shortcuts_of_this_page(self, parts_page: Any) -> None:
        parts_page.keyboard.press("?")
        listed = parts_page.locator("#help [data-listed]")
        expect(listed.filter(has_text="Send Email")).to_be_visible()
        expect(listed.filter(has_text="Parts")).to_be_visible()

    def test_menus_move_with_the_arrows(self, parts_page: Any) -> None:
        gear = parts_page.get_by_role("button", name="Settings of Harbor & Pine")
        gear.focus()
        parts_page.keyboard.press("ArrowDown")
        expect(parts_page.get_by_role("menuitem", name="Company Preferences")).to_be_focused()
        expect(gear).to_have_attribute("aria-expanded", "true")
        parts_page.keyboard.press("ArrowDown")
        expect(parts_page.locator("#menu-gear [role=menuitem]").nth(1)).to_be_focused()
        parts_page.keyboard.press("k")
        expect(parts_page.get_by_role("menuitem", name="Keyboard shortcuts")).to_be_focused()
        parts_page.keyboard.press("Escape")
        expect(gear).to_be_focused()

    def test_the_drawer_on_a_phone(self, desk: Any) -> None:
        desk.set_viewport_size({"width": 390, "height": 800})
        desk.open("/_parts/")
        desk.get_by_role("button", name="Open menu").click()
        customers = desk.get_by_role("link", name="Customers", exact=True)
        expect(customers).to_be_visible()
        desk.keyboard.press("Escape")
        expect(customers).not_to_be_visible()


class TestDraft:
    def test_outside_click_and_esc_lose_nothing_and_a_reload_restores(self, parts_page: Any) -> None:
        sheet = compose(parts_page)
        sheet.get_by_label("Subject").fill("Kept subject")
        sheet.locator(".editor-body").click()
        parts_page.keyboard.type("Kept words. ")
        parts_page.mouse.click(5, 5)
        expect(sheet).to_be_visible()
        parts_page.keyboard.press("Escape")
        expect(parts_page.get_by_text("Discard this draft?")).to_be_visible()
        parts_page.get_by_role("button", name="Keep editing").click()
        parts_page.reload()
        sheet = compose(parts_page)
        expect(sheet.get_by_text("Your draft was restored.")).to_be_visible()
        expect(sheet.get_by_label("Subject")).to_have_value("Kept subject")
        expect(sheet.locator(".editor-body")).to_contain_text("Kept words.")

    def test_what_arrives_elsewhere_does_not_open_the_sheet_again(self, parts_page: Any) -> None:
        """The browser tells of a closed dialog later; until then a swap on the page finds the sheet closed, and empty."""
        sheet = compose(parts_page)
        parts_page.evaluate(
            """['sheet-close', 'htmx:after:swap'].forEach((name) => {
                 document.dispatchEvent(new CustomEvent(name, { detail: { ctx: { target: document.body } } })); })"""
        )
        expect(sheet).not_to_be_visible()
        expect(compose(parts_page).get_by_label("Subject")).to_be_visible()

    def test_discard_and_send_forget_it(self, parts_page: Any) -> None:
        sheet = compose(parts_page)
        sheet.get_by_label("Subject").fill("First")
        sheet.get_by_role("button", name="Close").click()
        parts_page.get_by_role("button", name="Discard").click()
        expect(sheet).not_to_be_visible()
        expect(parts_page.get_by_text("Draft discarded")).to_be_visible()
        parts_page.get_by_role("button", name="Undo").click()
        expect(sheet.get_by_label("Subject")).to_have_value("First")
        sheet.get_by_role("button", name="Close").click()
        parts_page.get_by_role("button", name="Discard").click()
        expect(sheet).not_to_be_visible()
        sheet = compose(parts_page)
        expect(sheet.get_by_label("Subject")).to_have_value("SO-10482 – ")
        sheet.get_by_label("Subject").fill("Second")
        sheet.get_by_role("button", name="Send").click()
        expect(parts_page.get_by_text("E-mail sent")).to_be_visible()
        expect(sheet).not_to_be_visible()
        assert parts_page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('draft:'))") == []

    def test_recipients_are_chips_with_completion(self, parts_page: Any) -> None:
        sheet = compose(parts_page)
        to = sheet.get_by_label("To", exact=True)
        to.press_sequentially("priy")
        expect(sheet.get_by_role("option", name="Priya Raman")).to_be_visible()
        to.press("Enter")
        to.press_sequentially('"Doe, Jane" <jane@example.com>, nonsense,')
        expect(sheet.locator("recipients-input").first.locator(".chip")).to_have_count(4)
        expect(sheet.locator(".chip-wrong")).to_have_text(re.compile("nonsense"))
        held = sheet.locator("input[name=to]")
        expect(held).to_have_value(
            'renata@example.com, "Priya Raman" <priya@example.com>, "Doe, Jane" <jane@example.com>, nonsense'
        )
        to.press("Backspace")
        expect(sheet.locator(".chip-wrong")).to_have_count(0)

    def test_refused_send_keeps_everything(self, parts_page: Any) -> None:
        sheet = compose(parts_page)
        sheet.get_by_role("button", name="Remove renata@example.com").click()
        sheet.get_by_label("To", exact=True).fill("nobody")
        sheet.get_by_label("Subject").fill("Still here")
        sheet.get_by_role("button", name="Send").click()
        expect(sheet.get_by_text("Give an e-mail address.")).to_be_visible()
        expect(sheet.get_by_label("Subject")).to_have_value("Still here")

    def test_attachments_show_size_and_go(self, parts_page: Any, tmp_path: Path) -> None:
        label = tmp_path / "label.txt"
        label.write_bytes(b"x" * 3000)
        sheet = compose(parts_page)
        sheet.locator("input[type=file]").set_input_files(str(label))
        expect(sheet.locator(".chip", has_text="label.txt · 3 KB")).to_be_visible()
        sheet.get_by_role("button", name="Remove label.txt").click()
        assert sheet.locator("input[type=file]").evaluate("e => e.files.length") == 0

    def test_editor_formats_and_cleans(self, parts_page: Any, console: list[str]) -> None:
        sheet = compose(parts_page)
        body = sheet.locator(".editor-body")
        body.click()
        parts_page.keyboard.press("Control+a")
        sheet.get_by_role("button", name="Bold").click()
        area = sheet.locator("textarea[name=body]")
        expect(area).to_have_value(re.compile("<b>"))
        editor = sheet.locator("email-editor")
        editor.evaluate(
            "e => e.restore('<p onclick=alert(1)>x<script>alert(2)</script><style>p{}</style></p>')"
        )
        expect(body).to_have_text("x")
        assert not re.search("onclick|script|style", body.inner_html())
        # The policy blocks handler and style even while they are parsed to be thrown away.
        console[:] = [text for text in console if "Content Security Policy" not in text]

    def test_a_changed_form_is_not_left_unasked(self, parts_page: Any) -> None:
        parts_page.get_by_role("link", name="Details").click()
        form = parts_page.locator("#tabs form")
        form.get_by_label("Name").fill("Changed")
        expect(form.get_by_text("Unsaved changes")).to_be_visible()
        parts_page.get_by_role("link", name="Open Activities").click()
        parts_page.get_by_role("button", name="Keep editing").click()
        expect(form.get_by_label("Name")).to_have_value("Changed")
        parts_page.get_by_role("link", name="Open Activities").click()
        parts_page.get_by_role("button", name="Discard").click()
        expect(parts_page.get_by_text("Nothing to do")).to_be_visible()


class TestSending:
    def test_a_form_on_its_way_is_sent_once_and_shows_it(self, desk: Any) -> None:
        desk.open("/preferences/")
        desk.locator("#form").get_by_label("Company").fill("Harbor & Oak")
        three = """save => {
            let sent = 0;
            addEventListener("submit", event => { sent += !event.defaultPrevented; });
            for (let n = 0; n < 3; n++) save.click();
            return [sent, save.form.ariaBusy];
        }"""
        assert desk.get_by_role("button", name="Save").first.evaluate(three) == [1, "true"]
        expect(desk.get_by_text("Company saved")).to_be_visible()
        expect(desk.locator("#form")).not_to_have_attribute("aria-busy", "true")

    def test_a_button_is_asked_once_however_often_it_is_pressed(self, parts_page: Any) -> None:
        sent: list[str] = []
        parts_page.on(
            "request", lambda request: sent.append(request.url) if request.method == "POST" else None
        )
        parts_page.get_by_role("button", name=re.compile("Edit Customer PO")).click()
        parts_page.get_by_role("textbox", name="Customer PO").fill("PO-9")
        parts_page.locator("#field-po").get_by_role("button", name="Save").dblclick()
        expect(parts_page.get_by_role("button", name="Edit Customer PO: PO-9")).to_be_visible()
        parts_page.wait_for_timeout(300)  # a second one would have been queued until then
        assert len(sent) == 1
        parts_page.get_by_role("button", name="Undo").click()
        expect(parts_page.get_by_role("button", name="Edit Customer PO: PO-38214")).to_be_visible()


class TestEdits:
    def test_inline_edit_is_explicit_and_undone(self, parts_page: Any) -> None:
        parts_page.get_by_role("button", name=re.compile("Edit Customer PO")).click()
        box = parts_page.get_by_role("textbox", name="Customer PO")
        expect(box).to_be_focused()
        box.fill("never")
        parts_page.locator("#field-po").get_by_role("button", name="Save").click()
        expect(parts_page.get_by_text("Give a value.")).to_be_visible()
        expect(box).to_have_value("never")
        box.fill("PO-9")
        box.press("Enter")
        saved = parts_page.get_by_role("button", name="Edit Customer PO: PO-9")
        expect(saved).to_be_visible()
        expect(saved).to_be_focused()
        parts_page.get_by_role("button", name="Undo").click()
        expect(parts_page.get_by_role("button", name="Edit Customer PO: PO-38214")).to_be_visible()

    def test_esc_cancels_an_inline_edit(self, parts_page: Any) -> None:
        parts_page.get_by_role("button", name=re.compile("Edit Promised")).click()
        parts_page.locator("#edit-promised").press("Escape")
        expect(parts_page.get_by_role("button", name=re.compile("Edit Promised"))).to_be_focused()

    def test_a_fault_is_said_and_the_page_stays(self, parts_page: Any, console: list[str]) -> None:
        parts_page.get_by_role("button", name="Fails").click()
        expect(parts_page.get_by_text("Ship all of it?")).to_be_visible()
        parts_page.get_by_role("button", name="Yes").click()
        expect(parts_page.get_by_text("The order is shipped already. Make a return instead.")).to_be_visible()
        expect(parts_page.get_by_role("heading", name="SO-10482")).to_be_visible()
        console[:] = [text for text in console if "status of 409" not in text]

    def test_tabs_and_back(self, parts_page: Any) -> None:
        parts_page.get_by_role("link", name="Open Activities").click()
        expect(parts_page.get_by_text("Nothing to do")).to_be_visible()
        parts_page.go_back()
        expect(parts_page.get_by_text("Splitting is fine.")).to_be_visible()
        expect(parts_page.locator(".side")).to_be_visible()


class TestLists:
    def test_sort_and_page_live_in_the_url(self, parts_page: Any) -> None:
        parts_page.get_by_role("link", name="Total").click()
        expect(parts_page).to_have_url(re.compile("sort=total"))
        expect(parts_page.locator("th[aria-sort=ascending]")).to_have_text("Total")
        parts_page.get_by_role("link", name="Next page").click()
        expect(parts_page.get_by_text("9–16 of 60")).to_be_visible()
        parts_page.reload()
        expect(parts_page.get_by_text("9–16 of 60")).to_be_visible()
        parts_page.go_back()
        expect(parts_page.get_by_text("1–8 of 60")).to_be_visible()

    def test_bulk_bar_counts_with_ranges(self, parts_page: Any) -> None:
        boxes = parts_page.locator("input[name=pk]")
        boxes.nth(1).check()
        boxes.nth(4).click(modifiers=["Shift"])
        expect(parts_page.locator(".bulk")).to_contain_text("4 selected")
        parts_page.get_by_label("Select all rows of this page").check()
        expect(parts_page.locator(".bulk")).to_contain_text("8 selected")
        parts_page.get_by_role("button", name="Clear selection").click()
        expect(parts_page.locator(".bulk")).not_to_be_visible()


@every_look
def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, width: int, theme: str) -> None:
    at(desk, width, theme)
    desk.open("/_parts/")
    expect(desk.locator(".ts-control")).to_be_visible()
    desk.get_by_role("button", name="Settings of Harbor & Pine").click()
    expect(desk.get_by_role("menuitem", name="Company Preferences")).to_be_visible()
    clean(desk)
    desk.keyboard.press("Escape")
    compose(desk)
    clean(desk)
