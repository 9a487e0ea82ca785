"""Connecting a calendar in the pages, on a real server: test, connect, choose, preview, apply, undo."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.connectors.caldav.scripted import PASSWORD, USER, ScriptedServer
from tests.mail.world import work
from tests.pim.contract import NOW
from tests.pim.series import event
from tests.pim.servers import Radicale
from tests.web.desk import Desk, desk_of
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.pim import calendars, patch, services
from tradepost.sync.models import Connection, Run, Stream
from tradepost.web.calendar_form import CHOSEN, CalendarForm


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8"]


@pytest.fixture
def shop(member: Membership) -> Desk:
    desk = desk_of(member)
    preferences.put(desk.actor, {"calendar.active": True})
    return desk


def text(answer: Any) -> str:
    return str(answer.content.decode())


def soon() -> str:
    """Within every window of history."""
    return f"{clock.now() + timedelta(days=30):%Y-%m-%d}T09:00"


def entered(server: Radicale) -> dict[str, str]:
    return {"url": server.url, "username": "dana", "password": "x"}


def test_before_activation_nothing_can_be_connected(client: Client, radicale: Radicale) -> None:
    assert "not activated" in text(client.get("/calendar-accounts/"))
    answer = client.post("/calendar-accounts/new/", entered(radicale))
    assert "not activated" in text(answer)
    assert not Connection.objects.exists()


def test_test_connection_says_how_far_it_came(client: Client, shop: Desk, radicale: Radicale) -> None:
    radicale.make(name="seen")
    page = text(client.post("/calendar-accounts/test/", entered(radicale)))
    assert "The connection works" in page
    assert "seen" in page
    page = text(client.post("/calendar-accounts/test/", {**entered(radicale), "url": "http://127.0.0.1:9/"}))
    assert "step-failed" in page
    assert "127.0.0.1" in page
    assert "Address" in text(client.post("/calendar-accounts/test/", {"url": ""}))
    assert not Connection.objects.exists()


@pytest.mark.req("A5", "A6", "A7", "A17", "A18", "D21", "D23")
def test_from_connect_to_undo(client: Client, shop: Desk, radicale: Radicale) -> None:
    path = radicale.make(name="pages")
    on = Record("document", shop.order.pk)
    services.add_event(shop.actor, on, {"title": "Unload tents", "start": soon()})
    answer = client.post("/calendar-accounts/new/", entered(radicale))
    account = Connection.objects.get(connector="caldav")
    assert answer["Location"] == f"/calendar-accounts/{account.pk}/"
    assert text(client.get(answer["Location"])).count("Disconnect") >= 1
    assert "pages" in text(client.get(f"/calendar-accounts/{account.pk}/available/"))
    settings = {"preset": "safe", "direction": "both", "import_external_events": "none", "on_calendar_delete": "cancel",
                "on_local_delete": "trash", "conflicts": "ask", "history_days": "30", "interval": "60",
                "default": "on"}  # fmt: skip
    chosen = {"calendar": radicale.url + path, **settings}
    answer = client.post(f"/calendar-accounts/{account.pk}/choose/", chosen)
    stream = Stream.objects.get(kind="pim.calendar")
    assert (stream.enabled, stream.interval, stream.policy["history_days"]) == (False, 60, 30)
    assert answer["Location"] == f"/calendars/{stream.pk}/preview/"
    assert "Nothing is written" in text(client.get(answer["Location"]))
    plan = text(client.get(answer["Location"] + "?plan=1"))
    assert "Unload tents" in plan
    assert "create there" in plan
    with radicale.open(path) as there:
        assert not there.changes("").versions
        client.post(f"/calendars/{stream.pk}/act/", {"verb": "apply"})
        work()
        assert len(there.changes("").versions) == 1
        run = Run.objects.get()
        assert "Undo" in text(client.get(f"/runs/{run.pk}/"))
        assert client.post(f"/runs/{run.pk}/undo/").status_code == 302
        work()
        assert not there.changes("").versions
    run.refresh_from_db()
    assert run.state == "undone"
    client.post(f"/calendars/{stream.pk}/act/", {"verb": "stop"})
    stream.refresh_from_db()
    assert not stream.enabled
    page = text(client.get(f"/calendars/{stream.pk}/"))
    assert 'value="ask" selected' in page
    answer = client.post(f"/calendars/{stream.pk}/", {**settings, "interval": "0"})
    assert answer.status_code == 422
    client.post(f"/calendar-accounts/{account.pk}/disconnect/")
    account.refresh_from_db()
    assert (account.health, bool(account.secrets)) == ("off", False)


@pytest.mark.req("D29", "D33", "D35")
def test_other_rules_bring_their_own_answers(client: Client, shop: Desk, radicale: Radicale) -> None:
    """Oro's, but for what was chosen besides; an answer that is changed later counts, and the way back is the same."""
    path = radicale.make(name="oro")
    client.post("/calendar-accounts/new/", entered(radicale))
    account = Connection.objects.get(connector="caldav")
    known: dict[str, Any] = {**CalendarForm.start(), "default": "on"}
    page = f"/calendar-accounts/{account.pk}/choose/"
    client.post(page, {**known, "calendar": radicale.url + path, "preset": "oro", "conflicts": "ask"})
    stream = Stream.objects.get(kind="pim.calendar")
    assert stream.policy["preset"] == "oro"
    shown = CalendarForm.of(stream)
    assert [shown[name] for name in CHOSEN] == ["all", "recreate", "by_direction", "ask"]
    own = {**stream.policy["chosen"], "merge": "record_overwrite"}  # the form does not show this one
    calendars.configure(shop.actor, stream.pk, chosen={"chosen": own, "event_fields": "minimal"})
    client.post(f"/calendars/{stream.pk}/", {**shown, "default": "on", "on_calendar_delete": "stop"})
    stream.refresh_from_db()
    assert (stream.policy["chosen"]["merge"], stream.policy["event_fields"]) == (
        "record_overwrite",
        "minimal",
    )
    assert [CalendarForm.of(stream)[name] for name in CHOSEN] == ["all", "stop", "by_direction", "ask"]
    client.post(f"/calendars/{stream.pk}/", {**CalendarForm.of(stream), "default": "on", "preset": "safe"})
    stream.refresh_from_db()
    assert [CalendarForm.of(stream)[name] for name in CHOSEN] == ["none", "cancel", "trash", "newest_wins"]
    assert stream.policy["chosen"]["merge"] == "record_overwrite"


def test_a_picked_line_is_done_and_the_rest_waits(client: Client, shop: Desk, radicale: Radicale) -> None:
    path = radicale.make(name="picked")
    on = Record("document", shop.order.pk)
    one, two = (services.add_event(shop.actor, on, {"title": t, "start": soon()}) for t in "ab")
    client.post("/calendar-accounts/new/", entered(radicale))
    account = Connection.objects.get(connector="caldav")
    settings = {"preset": "safe", "direction": "both", "import_external_events": "none", "on_calendar_delete": "cancel",
                "on_local_delete": "trash", "conflicts": "ask", "history_days": "30", "interval": "60"}  # fmt: skip
    client.post(
        f"/calendar-accounts/{account.pk}/choose/",
        {"calendar": radicale.url + path, "default": "on", **settings},
    )
    stream = Stream.objects.get(kind="pim.calendar")
    client.post(f"/calendars/{stream.pk}/act/", {"verb": "pick", "key": [f"app:{two.key.hex}"]})
    with radicale.open(path) as there:
        (item,) = there.get(list(there.changes("").versions))
        assert there.read(item.body).title == "b"
    stream.refresh_from_db()
    assert not stream.enabled
    assert one.key.hex in text(client.get(f"/calendars/{stream.pk}/preview/?plan=1"))


def test_a_colleague_sees_no_content(
    client: Client, shop: Desk, member: Membership, radicale: Radicale
) -> None:
    radicale.make(name="mine")
    client.post("/calendar-accounts/new/", entered(radicale))
    account = Connection.objects.get(connector="caldav")
    Connection.objects.filter(pk=account.pk).update(owner=None)
    Membership.objects.filter(pk=member.pk).update(role=Role.ADMIN)
    refused = client.get(f"/calendar-accounts/{account.pk}/")
    assert (refused.status_code, "Your role" in text(refused)) == (403, False)
    assert "This calendar account belongs to somebody else." in text(refused)
    assert client.get(f"/calendar-accounts/{account.pk}/available/").status_code == 403


def test_every_record_of_a_preview_is_shown_page_by_page(client: Client, shop: Desk) -> None:
    server = ScriptedServer()
    try:
        path = server.make("work")
        for n in range(510):
            server.put(path, f"{n}.ics", patch.write(event(uid=f"{n}@x", title=f"Meeting {n:03}."), NOW))
        client.post("/calendar-accounts/new/", {"url": server.url, "username": USER, "password": PASSWORD})
        account = Connection.objects.get(connector="caldav")
        chosen = {**CalendarForm.start(), "calendar": server.address(path)}
        client.post(f"/calendar-accounts/{account.pk}/choose/", chosen)
        page = f"/calendars/{Stream.objects.get(kind='pim.calendar').pk}/preview/?plan=1"
        first, second = text(client.get(page)), text(client.get(f"{page}&from=500"))
    finally:
        server.stop()
    assert "1 to 500 of 510" in first and "501 to 510 of 510" in second
    shown = [re.findall(r"Meeting \d+\.", part) for part in (first, second)]
    assert [len(set(titles)) for titles in shown] == [500, 10]
    assert len({*shown[0], *shown[1]}) == 510
