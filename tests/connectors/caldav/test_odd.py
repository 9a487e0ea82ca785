"""What servers do to entries that are written, and whom they would write a mail: pain 1 by the rules of RFC 6638."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.connectors.caldav.desk import Desk
from tests.connectors.caldav.manners import Manners
from tests.connectors.caldav.odd import OddServer, mails
from tests.connectors.caldav.scripted import USER
from tests.pim.contract import NOW
from tests.pim.series import event
from tradepost.kit import clock
from tradepost.pim import mapping, passes, patch, services
from tradepost.pim.models import Event
from tradepost.pim.types import Attendee, CalendarEvent
from tradepost.sync.models import Binding, Run, RunItem

ME, BOSS, GUEST = Attendee(USER, "", "needs-action"), Attendee("boss@x.test"), Attendee("guest@x.test")


@contextmanager
def served(manners: Manners | None = None, **odd: Any) -> Iterator[OddServer]:
    server = OddServer(manners, **odd)
    try:
        yield server
    finally:
        server.stop()


# --- discovery ------------------------------------------------------------------------------------------------------


def test_the_home_may_be_on_another_host() -> None:
    """As iCloud's partitions are: the principal names them, and the password goes there."""
    with served() as partition, served(homes_at=partition.url) as front:
        path = partition.make("work")
        _, found = front.discover()
        assert partition.address(path) in [one.id for one in found]
        assert not [request for request in front.requests if "/calendars/" in request[1]]


def test_a_principal_without_a_home_leaves_the_calendar_that_was_typed() -> None:
    with served(Manners(homes=0)) as server:
        path = server.make("work")
        _, found = server.discover(server.url + path)
        assert [one.label for one in found] == ["work"]


@pytest.mark.parametrize(
    ("says", "schedules"),
    [
        ("1, 3, calendar-access", False),
        ("1, calendar-access, calendar-auto-schedule", True),
        ("1, 2, access-control, calendar-access, calendar-schedule", True),
    ],
)
def test_whether_a_server_sends_invitations_is_known(says: str, schedules: bool) -> None:
    with served(says=says) as server:
        server.make("work")
        assert server.discover()[0]["schedules"] is schedules


# --- what becomes of an entry ---------------------------------------------------------------------------------------


def put_in(place: str, *lines: str) -> Any:
    """A server that writes these lines behind ``BEGIN:place``, unless they are there."""

    def adds(body: str) -> str:
        block = "".join(f"{line}\r\n" for line in lines)
        return body if block in body else body.replace(f"BEGIN:{place}\r\n", f"BEGIN:{place}\r\n{block}", 1)

    return adds


ADDITIONS = {
    "nothing": str,
    "a method and names": put_in(
        "VCALENDAR", "METHOD:PUBLISH", "X-WR-CALNAME:Work", "X-WR-TIMEZONE:Asia/Tokyo"
    ),
    "a default alarm": put_in("VEVENT", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "END:VALARM"),
    "its owner as organiser": put_in("VEVENT", f"ORGANIZER;CN=Dana:mailto:{USER}"),
    "a sequence of its own": lambda body: body.replace("SEQUENCE:", "X-WAS:").replace(
        "BEGIN:VEVENT\r\n", "BEGIN:VEVENT\r\nSEQUENCE:7\r\n", 1
    ),
    "capitals and folds": lambda body: body.replace("SUMMARY:", "summary;LANGUAGE=en:\r\n "),
    "no end but a length": lambda body: "".join(
        "DURATION:PT1H\r\n" if line.startswith("DTEND") else line for line in body.splitlines(keepends=True)
    ),
    "utc": lambda body: body.replace(";TZID=Europe/Berlin:20270310T090000", ":20270310T080000Z").replace(
        ";TZID=Europe/Berlin:20270310T100000", ":20270310T090000Z"
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("touches", [False, True])
@pytest.mark.parametrize("name", ADDITIONS)
def test_what_a_server_makes_of_an_entry_is_no_edit(name: str, touches: bool) -> None:
    """Also where its etag is another one by the time that it is read again. Edits travel both ways all the same."""
    with served(adds=ADDITIONS[name], touches=touches) as server:
        desk = Desk(server)
        row = desk.add("Tents", zone="Europe/Berlin")
        desk.sync(3)
        services.change_event(desk.actor, row.pk, {"title": "Changed here"})
        desk.sync(3)
        assert desk.titles() == desk.here() == ["Changed here"]
        (entry,) = desk.bodies
        desk.edit_there(entry, "Changed there")
        desk.sync(2)
        assert desk.titles() == desk.here() == ["Changed there"]
        writes = len([r for r in server.requests if r[0] in ("PUT", "DELETE")])
        assert writes <= 3  # a server that answers with a stale etag is written to twice at most
        desk.sync(3)
        assert len([r for r in server.requests if r[0] in ("PUT", "DELETE")]) == writes
        assert not RunItem.objects.filter(failed=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_uid_that_sabre_says_is_taken_is_linked() -> None:
    with served(Manners(same_uid=400)) as server:
        desk = Desk(server)
        server.put(desk.path, "theirs.ics", patch.write(event(uid="u@x", title="Tents"), NOW))
        desk.sync()
        row = desk.add("Tents")
        Event.objects.filter(pk=row.pk).update(uid="u@x")
        desk.sync(2)
        assert list(desk.bodies) == ["theirs.ics"]
        assert Binding.objects.get().remote_id == "theirs"


# --- whom it writes -------------------------------------------------------------------------------------------------


def meetings() -> list[CalendarEvent]:
    """Past and to come, of everybody's making."""
    start = clock.now().replace(tzinfo=None, microsecond=0, second=0) - timedelta(days=40)
    hosts = [ME, BOSS, None]
    return [event(uid=f"m{n}@x", title=f"Meeting {n}", start=start + timedelta(days=5 * n), organizer=hosts[n % 3],
                  attendees=(ME, GUEST)) for n in range(18)]  # fmt: skip


def as_another_program_writes(one: CalendarEvent) -> str:
    """Without our word for servers: it leaves the guests to them."""
    text = patch.write(one, NOW).replace("\r\n ", "").replace(";SCHEDULE-AGENT=CLIENT", "")
    return text.replace("\r\nEND:VEVENT", "\r\nX-KEPT:1\r\nEND:VEVENT")


@pytest.mark.parametrize(
    ("host", "change", "told"),
    [
        (ME, ("SUMMARY:Tents", "SUMMARY:Boats"), [("request", "guest@x.test")]),
        (ME, ("ATTENDEE:mailto:guest@x.test\r\n", ""), [("cancel", "guest@x.test")]),
        (BOSS, ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED"), [("reply", "boss@x.test")]),
        (BOSS, ("SUMMARY:Tents", "SUMMARY:Boats"), []),
        (ME, ("X-KEPT:1\r\n", "X-KEPT:1\r\nBEGIN:VALARM\r\nEND:VALARM\r\n"), []),
    ],
)
def test_the_server_would_write_indeed(host: Attendee, change: tuple[str, str], told: list[object]) -> None:
    """Else that it writes nobody says nothing."""
    body = as_another_program_writes(event(organizer=host, attendees=(ME, GUEST)))
    assert body.replace(*change) != body
    assert mails(body, body.replace(*change)) == told
    assert bool(mails(body, ""))


@pytest.mark.django_db(transaction=True)
def test_a_sync_makes_a_server_with_scheduling_write_nobody() -> None:
    """First sync, edits, moves and deletions here, a resync and undo: not one mail. An answer that is pressed is one."""
    with served(Manners(schedules=True)) as server:
        desk = Desk(server, import_external_events="all")
        for n, one in enumerate(meetings()):
            server.put(desk.path, f"m{n}.ics", as_another_program_writes(one))
        theirs = dict(desk.bodies)
        own = [
            desk.add(f"Own {n}", attendees=[{"email": GUEST.email}], rrule="FREQ=WEEKLY;COUNT=3")
            for n in range(4)
        ]
        desk.sync(3)
        rows = list(Event.objects.filter(uid__endswith="@x").order_by("pk"))
        assert len(rows) == 18
        for row in rows:
            if host(row) != BOSS.email:
                services.change_event(desk.actor, row.pk, {"title": "Changed", "location": "Hall 9"})
        services.change_event(
            desk.actor, own[0].pk, {"attendees": [{"email": "new@x.test"}], "title": "Changed"}
        )
        services.move_event(desk.actor, own[1].pk, "2027-04-01T09:00")
        services.leave_out(desk.actor, own[2].pk, "2027-03-17T09:00:00")
        services.delete_event(desk.actor, own[3].pk)
        desk.sync(2)
        edits = Run.objects.filter(items__isnull=False).latest("pk")
        passes.run(desk.stream.pk, f"undo:{edits.pk}")
        passes.run(desk.stream.pk, "resync")
        assert {host(row) for row in rows[:2]} == {ME.email, BOSS.email}
        for row in rows[:2]:  # more would be asked about first
            services.delete_event(desk.actor, row.pk)
        desk.sync(2)
        assert server.mails == []
        assert {n: b for n, b in desk.bodies.items() if n in theirs} == theirs
        boss = next(row for row in rows[2:] if host(row) == BOSS.email)
        services.answer(desk.actor, boss.pk, "accepted")
        desk.sync(2)
        assert server.mails == [("reply", BOSS.email)]
        answers = [a.answer for a in mapping.read(desk.bodies[f"{boss.uid.partition('@')[0]}.ics"]).attendees]
        assert answers == ["accepted", ""]
        assert not [header for r in server.requests for header in r[2] if "schedul" in header]


def host(row: Event) -> str:
    return str((row.details.get("organizer") or {}).get("email", ""))
