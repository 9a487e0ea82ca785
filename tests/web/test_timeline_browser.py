"""Mail on a timeline as it is read and answered: which way it went, its files, its quotation; and what a list gives away."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of, mail, mailbox
from tradepost.accounts.models import Membership
from tradepost.activities.models import DeliveryState, Message

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
PDF = b"%PDF-1.4 ship to the other dock"


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def test_a_mail_says_which_way_it_went(desk: Any, shop: Desk) -> None:
    mail(shop, "Theirs")
    for subject, state in (("Ours", DeliveryState.SENT), ("Not yet", DeliveryState.QUEUED)):
        mail(shop, subject, outgoing=True, state=state)
    desk.open(f"{shop.order_url}?tab=history")
    for subject, words in (("Theirs", "Received"), ("Ours", "Sent"), ("Not yet", "Queued")):
        entry = desk.locator(".entry", has=desk.get_by_text(subject, exact=True))
        expect(entry.locator(".entry-from").get_by_text(words, exact=True)).to_be_visible()
        assert entry.locator(".entry-from").locator(".badge, .status").count() == 1


def test_files_of_a_mail_are_opened_and_saved(desk: Any, shop: Desk, tmp_path: Path) -> None:
    mail(shop, files=[("ship-to.pdf", PDF, "application/pdf"), ("list.csv", b"a;b\n", "text/csv")])
    desk.open(f"{shop.order_url}?tab=history")
    for name, content in (("ship-to.pdf", PDF), ("list.csv", b"a;b\n")):
        link = desk.locator(".entry .files").get_by_role("link", name=name)
        with desk.expect_download() as saved:
            link.click()
        assert saved.value.suggested_filename == name
        assert Path(saved.value.path()).read_bytes() == content
    expect(desk).to_have_url(f"{desk.url.partition('?')[0]}?tab=history")


@pytest.mark.req("A14")
def test_reply_opens_the_composer_with_what_it_answers(desk: Any, shop: Desk) -> None:
    mailbox(shop.actor)
    asked = mail(shop, text="Shall we split the order?")
    desk.open(f"{shop.order_url}?tab=history")
    desk.get_by_role("button", name="Reply", exact=True).click()
    sheet = desk.locator("#sheet")
    body = sheet.locator(".editor-body")
    expect(sheet.get_by_label("Subject")).to_have_value("Re: SO-00001")
    expect(sheet.get_by_role("button", name="renata@granite.example")).to_be_visible()
    expect(body.locator("blockquote")).to_have_text("Shall we split the order?")
    expect(body).to_contain_text("Renata Solberg wrote:")
    body.click()
    desk.keyboard.press("Control+Home")
    desk.keyboard.type("Yes, please.")
    sheet.get_by_role("button", name="Send").click()
    expect(desk.get_by_text("E-mail is on its way")).to_be_visible()
    sent = Message.objects.get(outgoing=True)
    assert (sent.in_reply_to, sent.activity_id) == (asked.message_id, asked.activity_id)
    assert sent.html.index("Yes, please.") < sent.html.index("<blockquote")


def test_a_list_is_saved_as_it_is_filtered(desk: Any, shop: Desk) -> None:
    desk.open("/orders/?q=PO-38")
    desk.get_by_role("button", name="Export").click()
    with desk.expect_download() as saved:
        desk.get_by_role("menuitem", name="CSV").click()
    rows = list(csv.reader(Path(saved.value.path()).read_text("utf-8-sig").splitlines()))
    assert saved.value.suggested_filename.endswith(".csv")
    assert [cell for row in rows[1:] for cell in row if cell.startswith("SO-")] == ["SO-00001"]
    desk.open("/orders/?q=nowhere")
    desk.get_by_role("button", name="Export").click()
    with desk.expect_download() as saved:
        desk.get_by_role("menuitem", name="CSV").click()
    assert len(Path(saved.value.path()).read_text("utf-8-sig").splitlines()) == 1


MENUS = [  # every kind of menu that there is, with the page that has it
    ("/orders/", ["menu-new", "menu-gear", "menu-export", "save-view"]),
    ("{order}", ["menu-make", "menu-verbs"]),
    ("/customers/{customer}/", ["shelve"]),
]
ITEM = "[role=menuitem]:not([disabled])"


@pytest.mark.parametrize(("path", "menus"), MENUS)
def test_every_menu_is_walked_by_keys_alone(desk: Any, shop: Desk, path: str, menus: list[str]) -> None:
    desk.open(path.format(order=shop.order_url, customer=shop.customer.pk))
    there = desk.locator("drop-menu > [popover]").evaluate_all("all => all.map((one) => one.id)")
    assert set(menus) <= set(there)
    for name in there:
        button, menu = desk.locator(f"[popovertarget={name}]"), desk.locator(f"#{name}")
        button.focus()
        desk.keyboard.press("ArrowDown")
        expect(button).to_have_attribute("aria-expanded", "true")
        items = menu.locator(ITEM)
        if not items.count():
            continue
        expect(items.first).to_be_focused()
        for n in range(1, items.count()):
            desk.keyboard.press("ArrowDown")
            expect(items.nth(n)).to_be_focused()
        desk.keyboard.press("ArrowDown")
        expect(items.first).to_be_focused()
        desk.keyboard.press("ArrowUp")
        expect(items.last).to_be_focused()
        desk.keyboard.press("Home")
        expect(items.first).to_be_focused()
        desk.keyboard.press("End")
        expect(items.last).to_be_focused()
        desk.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(button).to_be_focused()
        desk.keyboard.press("Enter")
        expect(items.first).to_be_focused()
        desk.keyboard.press("Tab")
        expect(menu).to_be_hidden()
        expect(button).to_have_attribute("aria-expanded", "false")


def test_a_view_is_named_and_saved_in_its_menu_by_keys(desk: Any, shop: Desk) -> None:
    """Letters are typed into its field, though an item of the menu begins with one of them."""
    desk.open("/orders/?q=PO-38")
    for name in ("Late ones", "Red ones"):
        desk.locator("[popovertarget=save-view]").focus()
        desk.keyboard.press("Enter")
        expect(desk.get_by_label("Name of this view")).to_be_focused()
        desk.keyboard.type(name)
        desk.keyboard.press("Home")
        expect(desk.get_by_label("Name of this view")).to_have_value(name)
        desk.keyboard.press("Tab")
        expect(desk.locator("#save-view").get_by_role("button", name="Save")).to_be_focused()
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("link", name=name)).to_be_visible()
