"""The calendar in Chromium: drag, undo, keyboard, create by click, agenda on a telephone, axe."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.desk import Desk, desk_of
from tests.web.looks import at, clean, every_look
from tradepost.accounts import settings as preferences
from tradepost.accounts.models import Membership
from tradepost.activities import services as activities
from tradepost.activities.models import Activity, ActivityKind
from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.pim import services
from tradepost.pim.models import Event
from tradepost.sync.models import Connection, Stream

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
# An entry stands where it stood.
BACK = """([text, y]) => [...document.querySelectorAll(".ec-event")].some(
  (entry) => entry.textContent.includes(text) && Math.abs(entry.getBoundingClientRect().y - y) < 2)"""


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def week(shop: Desk) -> Event:
    """A Wednesday's event at ten, a series, a whole day, a cancelled one, a task."""
    on, wednesday = Record("document", shop.order.pk), _wednesday()
    day = wednesday.strftime("%Y-%m-%d")
    row = services.add_event(
        shop.actor, on, {"title": "Unload the tents", "start": f"{day}T10:00", "end": f"{day}T11:00",
                         "attendees": [{"email": "renata@granite.example", "name": "Renata Solberg"}]},
    )  # fmt: skip
    services.add_event(
        shop.actor, on, {"title": "Stand-up", "start": f"{day}T08:00", "rrule": "FREQ=DAILY;COUNT=3"}
    )
    services.add_event(shop.actor, on, {"title": "Trade fair", "start": day})
    called_off = services.add_event(shop.actor, on, {"title": "Visit", "start": f"{day}T14:00"})
    services.cancel_event(shop.actor, called_off.pk)
    due = {"subject": "Send the quote", "due": wednesday.replace(hour=16)}
    activities.add_activity(shop.actor, ActivityKind.TASK, on, due)
    return row


def _wednesday() -> Any:
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=2 - today.weekday())


@every_look
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    desk: Any, shop: Desk, width: int, theme: str
) -> None:
    row = week(shop)
    account = _account(shop)
    at(desk, width, theme)
    desk.open("/calendar/")
    expect(desk.locator(".ec-event:visible").first).to_be_visible()
    clean(desk, f"calendar-{width}-{theme}")
    if width != 390:
        for view in ("Week", "Day", "Agenda") if width == 1440 else ("Month", "Week"):
            desk.get_by_role("button", name=view, exact=True).click()
            expect(desk.locator(".ec-event:visible, .ec-no-events, .ec-day-view").first).to_be_visible()
            clean(desk, f"calendar-{view}-{theme}")
    desk.open(f"{shop.order_url}?tab=open")
    desk.get_by_role("button", name="Add Event").click()
    expect(desk.locator("#sheet").get_by_label("Title")).to_be_visible()
    clean(desk, f"event-new-{width}-{theme}")
    for name, url in {
        "calendar-accounts": "/calendar-accounts/",
        "calendar-connect": "/calendar-accounts/new/",
        "calendar-account": f"/calendar-accounts/{account.pk}/",
        "calendar-settings": f"/calendars/{account.streams.get().pk}/",
    }.items():
        desk.open(url)
        clean(desk, f"{name}-{width}-{theme}")
    assert row.pk


def _account(shop: Desk) -> Connection:
    preferences.put(shop.actor, {"calendar.active": True})
    here: dict[str, Any] = {"organisation_id": shop.actor.organisation_id}
    account = Connection.objects.create(
        **here, connector="caldav", label="Nextcloud", owner_id=shop.actor.user_id,
        config={"url": "https://127.0.0.1:9/"}, secrets={"password": "x"},
    )  # fmt: skip
    Stream.objects.create(**here, connection=account, kind="pim.calendar", remote_id="x", label="Work",
                          enabled=False, policy={"colour": "#7a4fbf"})  # fmt: skip
    return account


@pytest.mark.req("A18", "A20")
def test_drag_undo_and_the_sheet_by_keyboard(desk: Any, shop: Desk) -> None:
    row = week(shop)
    before = row.activity.starts
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.open("/calendar/")
    desk.get_by_role("button", name="Week", exact=True).click()
    entry = desk.locator(".ec-event").filter(has_text="Unload the tents").first
    expect(entry).to_be_visible()
    box = entry.bounding_box()
    desk.mouse.move(box["x"] + 20, box["y"] + 8)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 20, box["y"] + 40, steps=6)
    desk.mouse.move(box["x"] + 20, box["y"] + 8 + 2 * box["height"], steps=6)
    desk.mouse.up()
    note = desk.locator(".toast-note").filter(has_text="moved to")
    expect(note).to_be_visible()
    moved = Activity.objects.get(pk=row.activity_id).starts
    assert moved > before
    with desk.expect_response(lambda answer: answer.url.endswith("/move/")):
        note.get_by_role("button", name="Undo").click()
    assert Activity.objects.get(pk=row.activity_id).starts == before
    desk.wait_for_function(BACK, arg=["Unload the tents", box["y"]])  # the entries were drawn anew
    expect(entry.get_by_role("button")).to_be_focused()  # and the keyboard goes on where it was
    desk.keyboard.press("Enter")
    expect(desk.locator("#sheet").get_by_label("Title")).to_have_value("Unload the tents")
    desk.locator("#sheet").get_by_label("Title").fill("Unload everything")
    desk.locator("#sheet").get_by_role("button", name="Save").press("Enter")
    renamed = desk.locator(".ec-event").filter(has_text="Unload everything").first
    expect(renamed).to_be_visible()
    expect(renamed.get_by_role("button")).to_be_focused()
    desk.locator(".ec-time-grid .ec-body .ec-day").first.click(position={"x": 40, "y": 100})
    expect(desk.locator("#sheet").get_by_label("Title")).to_have_value("New meeting")


def test_a_refused_drag_goes_back(desk: Any, shop: Desk, console: list[str]) -> None:
    """Deleted elsewhere after the page was opened: the entry returns to its place, and the page says so."""
    row = week(shop)
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.open("/calendar/")
    desk.get_by_role("button", name="Week", exact=True).click()
    entry = desk.locator(".ec-event").filter(has_text="Unload the tents").first
    expect(entry).to_be_visible()
    services.delete_event(shop.actor, row.pk)
    box = entry.bounding_box()
    desk.mouse.move(box["x"] + 20, box["y"] + 8)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 20, box["y"] + 40, steps=6)
    desk.mouse.move(box["x"] + 20, box["y"] + 8 + 2 * box["height"], steps=6)
    with desk.expect_response(lambda answer: answer.url.endswith("/move/")) as answer:
        desk.mouse.up()
    assert answer.value.status == 409
    expect(desk.locator(".toast-note").filter(has_text="is back where it was")).to_be_visible()
    assert entry.bounding_box() == box
    assert Activity.objects.get(pk=row.activity_id).starts == row.activity.starts
    (said,) = [text for text in console if "status of 409" in text]
    console.remove(said)


@pytest.mark.req("A20")
def test_the_lower_edge_resizes(desk: Any, shop: Desk) -> None:
    row = week(shop)
    desk.set_viewport_size({"width": 1440, "height": 900})
    desk.open("/calendar/")
    desk.get_by_role("button", name="Week", exact=True).click()
    entry = desk.locator(".ec-event").filter(has_text="Unload the tents").first
    expect(entry).to_be_visible()
    box = entry.bounding_box()

    desk.mouse.move(box["x"] + 20, box["y"] + box["height"] - 2)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 20, box["y"] + 1.5 * box["height"], steps=4)
    desk.mouse.move(box["x"] + 20, box["y"] + 2 * box["height"] - 2, steps=4)
    with desk.expect_response(lambda answer: answer.url.endswith("/move/")):
        desk.mouse.up()
    activity = Activity.objects.get(pk=row.activity_id)
    assert activity.ends - activity.starts > timedelta(hours=1)
    assert activity.starts == row.activity.starts
