"""The Home calendar and the sheet of an event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation
from tradepost.activities import services as activities
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus
from tradepost.activities.records import Record
from tradepost.pim import queries, services, store
from tradepost.pim.models import Event
from tradepost.pim.types import CalendarEvent

WHEN = {"start_date": "2026-12-01", "start_time": "10:00", "end_date": "2026-12-01", "end_time": "11:00"}
DECEMBER = {"start": "2026-12-01T00:00:00", "end": "2027-01-01T00:00:00"}


@pytest.fixture
def shop(member: Membership) -> Desk:
    Organisation.objects.update(time_zone="America/Los_Angeles")
    return desk_of(member)


def entries(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/calendar/feed/", {**DECEMBER, **query})
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()
    return found


def event(row: Event) -> CalendarEvent:
    return store.load(Event.objects.select_related("activity").get(pk=row.pk), "America/Los_Angeles")


def add(shop: Desk, title: str = "Unload", **values: Any) -> Event:
    given = {"title": title, "start": "2026-12-01T10:00", "end": "2026-12-01T11:00", **values}
    return services.add_event(shop.actor, Record("document", shop.order.pk), given)


@pytest.mark.req("A17", "A18")
def test_an_event_with_everything_is_added_on_an_order(client: Client, shop: Desk) -> None:
    page = client.get(f"/events/new/?on=document:{shop.order.pk}").content.decode()
    assert "New meeting" in page
    values = {
        "title": "Unload the tents",
        "location": "Dock 4",
        "repeat": "WEEKLY",
        "every": "2",
        "times": "3",
        "reminders": ["15", "1440"],
        "attendees": "Renata Solberg <renata@granite.example>, bob@oak.example",
        "visibility": "all",
        **WHEN,
    }
    answer = client.post(f"/events/new/?on=document:{shop.order.pk}", values)
    assert answer.status_code == 204, answer.content.decode()
    row = Event.objects.get()
    one = event(row)
    assert one.rrule == ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3",)
    assert (one.start, one.zone, one.location) == (datetime(2026, 12, 1, 10), "America/Los_Angeles", "Dock 4")
    assert one.reminders == (15, 1440)
    assert [(a.email, a.name) for a in one.attendees] == [
        ("renata@granite.example", "Renata Solberg"),
        ("bob@oak.example", ""),
    ]
    assert "Unload the tents" in client.get(f"{shop.order_url}?tab=open").content.decode()
    assert [e["start"] for e in entries(client)] == [
        "2026-12-01T10:00:00",
        "2026-12-15T10:00:00",
        "2026-12-29T10:00:00",
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": ""}, "This field is required"),
        ({"end_date": "2026-11-30"}, "ends before it starts"),
        ({"attendees": "nobody"}, "is not an e-mail address"),
        ({"repeat": "RULE", "rule": "SOMETIMES"}, "is no rule"),
        ({"zone": "Mars/Base"}, "is not a time zone"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Client, shop: Desk, values: dict[str, str], sentence: str
) -> None:
    answer = client.post("/events/new/", {"title": "x", "visibility": "all", **WHEN, **values})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Event.objects.exists()


def test_an_event_of_whole_days_without_a_record(client: Client, shop: Desk) -> None:
    values = {"title": "Fair", "all_day": "on", "start_date": "2026-12-03", "end_date": "2026-12-04"}
    assert client.post("/events/new/", {**values, "visibility": "all"}).status_code == 204
    (entry,) = entries(client)
    assert (entry["allDay"], entry["start"], entry["end"]) == (
        True,
        "2026-12-03T00:00:00",
        "2026-12-05T00:00:00",
    )
    sheet = client.get(f"/events/{Event.objects.get().activity_id}/").content.decode()
    assert 'value="2026-12-04"' in sheet


@pytest.mark.req("A18", "A20")
def test_a_drag_moves_and_its_undo_takes_it_back(client: Client, shop: Desk) -> None:
    row = add(shop, zone="Europe/Berlin", start="2026-12-01T19:00", end="2026-12-01T20:00")
    (entry,) = entries(client)
    assert entry["start"] == "2026-12-01T10:00:00"
    moved = {"start": "2026-12-02T12:00:00", "end": "2026-12-02T14:00:00", "was_start": entry["start"],
             "was_end": entry["end"], "original": ""}  # fmt: skip
    answer = client.post(entry["extendedProps"]["move"], moved)
    assert answer.status_code == 204
    one = event(row)
    assert (one.start, one.end, one.zone) == (
        datetime(2026, 12, 2, 21),
        datetime(2026, 12, 2, 23),
        "Europe/Berlin",
    )
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo"]
    client.post(undo["url"], undo["values"])
    assert event(row).start == datetime(2026, 12, 1, 19)
    client.post(entry["extendedProps"]["move"], {"start": "2026-12-05", "end": "2026-12-06"})
    assert event(row).all_day
    assert client.post(entry["extendedProps"]["move"], {"start": "soon"}).status_code == 422


def test_a_date_of_a_series_moves_alone(client: Client, shop: Desk) -> None:
    row = add(shop, rrule="FREQ=DAILY;COUNT=3")
    second = entries(client)[1]
    assert second["extendedProps"]["original"] == "2026-12-02T10:00:00"
    client.post(
        second["extendedProps"]["move"],
        {"start": "2026-12-02T15:00:00", "end": "2026-12-02T16:00:00", "original": "2026-12-02T10:00:00"},
    )
    assert [e["start"][8:13] for e in entries(client)] == ["01T10", "02T15", "03T10"]
    sheet = client.get(second["extendedProps"]["url"]).content.decode()
    assert "This date only" in sheet
    assert 'value="15:00"' in sheet
    assert row.recurring


@pytest.mark.parametrize(
    ("scope", "starts"),
    [
        ("date", ["01T10", "02T12", "03T10"]),
        ("following", ["01T10", "02T12", "03T12"]),
        ("all", ["01T12", "02T12", "03T12"]),
    ],
)
def test_a_series_is_changed_as_far_as_was_chosen(
    client: Client, shop: Desk, scope: str, starts: list[str]
) -> None:
    row = add(shop, rrule="FREQ=DAILY;COUNT=3")
    values = {"title": "Later", "scope": scope, "original": "2026-12-02T10:00:00", "repeat": "DAILY", "every": "1",
              "times": "3", "start_date": "2026-12-02", "start_time": "12:00", "end_date": "2026-12-02",
              "end_time": "13:00", "version": str(row.activity.version)}  # fmt: skip
    answer = client.post(f"/events/{row.activity_id}/", values)
    assert answer.status_code == 204, answer.content.decode()
    shown = entries(client)
    assert [e["start"][8:13] for e in shown] == starts
    assert sum(e["title"] == "Later" for e in shown) == sum("T12" in s for s in starts)


def test_a_stale_sheet_is_refused_and_said(client: Client, shop: Desk) -> None:
    row = add(shop)
    services.change_event(shop.actor, row.pk, {"title": "Meanwhile"})
    answer = client.post(f"/events/{row.activity_id}/", {"title": "Mine", **WHEN, "version": "1"})
    assert answer.status_code == 422
    assert "changed by someone else" in answer.content.decode()


@pytest.mark.req("A18", "X2")
def test_tasks_and_calls_stand_beside_events_and_filters_choose(client: Client, shop: Desk) -> None:
    on = Record("document", shop.order.pk)
    due = datetime(2026, 12, 7, 18, tzinfo=UTC)
    activities.add_activity(shop.actor, ActivityKind.TASK, on, {"subject": "Quote", "due": due})
    call = activities.add_activity(shop.actor, ActivityKind.CALL, on, {"subject": "Ring Bob", "due": due})
    assert call.status == ActivityStatus.OPEN
    add(shop)
    assert {e["title"] for e in entries(client)} == {"Unload", "Quote", "Ring Bob"}
    assert {e["title"] for e in entries(client, kind=["task", "call"])} == {"Quote", "Ring Bob"}
    assert entries(client, who="999999") == []
    assert {e["title"] for e in entries(client, who="all", calendar="0", kind="event")} == {"Unload"}
    (task,) = entries(client, kind="task")
    client.post(task["extendedProps"]["move"], {"start": "2026-12-09T11:00:00", "end": ""})
    assert Activity.objects.get(subject="Quote").due == datetime(2026, 12, 9, 19, tzinfo=UTC)
    assert client.get("/calendar/feed/?start=x&end=y").status_code == 422
    assert client.get("/calendar/feed/?start=2026-01-01&end=2036-01-01").status_code == 422


def test_acts_of_the_sheet(client: Client, shop: Desk) -> None:
    row = add(shop, rrule="FREQ=DAILY;COUNT=3")
    url = f"/events/{row.activity_id}/act/"
    client.post(url, {"verb": "leave_out", "original": "2026-12-02T10:00:00"})
    assert len(entries(client)) == 2
    client.post(url, {"verb": "cancel"})
    assert event(row).status == "cancelled"
    assert "cal-cancelled" in entries(client)[0]["classNames"]
    assert client.post(url, {"verb": "explode"}).status_code == 422
    client.post(url, {"verb": "delete"})
    assert entries(client) == []


def test_who_may_only_read_moves_nothing(client: Client, shop: Desk, member: Membership) -> None:
    row = add(shop)
    Membership.objects.filter(pk=member.pk).update(role=Role.READ_ONLY)
    (entry,) = entries(client, who="all")
    assert not entry["startEditable"]
    assert client.post(entry["extendedProps"]["move"], {"start": "2026-12-05"}).status_code == 403
    assert client.get("/events/new/").status_code == 403
    assert "disabled" in client.get(f"/events/{row.activity_id}/").content.decode()
    assert queries.occurrences(
        shop.actor, datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)
    )
