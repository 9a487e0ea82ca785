"""What servers do to a client that believes in standards: each row is a behaviour that somebody met somewhere."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest

from tests.connectors.caldav.desk import Desk
from tests.connectors.caldav.manners import Manners
from tests.pim.contract import NOW, one
from tests.pim.series import event
from tradepost.activities.models import Activity, ActivityStatus
from tradepost.connectors.caldav import xml
from tradepost.kit.errors import Fault
from tradepost.pim import mapping, patch, services
from tradepost.pim.errors import Malformed, NoCalendars
from tradepost.pim.models import Event
from tradepost.sync.models import Binding, RunItem, Stream
from tradepost.wire import faults

SOON = datetime(2027, 3, 10, 9)  # noqa: DTZ001


# --- reading and writing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ["weak", "bare", "packed"])
def test_an_etag_is_used_in_whatever_form_it_came(etag: str, serve: Any) -> None:
    """From a list, from an entry read by itself (no multiget), and from the answer to a write."""
    server = serve(Manners(etag=etag, multiget=1, refuses=501))
    path = server.make()
    with server.open(path) as calendar:
        told = calendar.put("a", calendar.write(event(uid="a"), NOW), "")
        written = calendar.put("a", calendar.write(event(uid="a", title="B"), NOW), told)
        listed = calendar.changes("").versions["a"]
        assert calendar.put("a", calendar.write(event(uid="a", title="C"), NOW), listed) != written
        calendar.delete("a", next(iter(calendar.get(["a", "b"]))).version)
        assert not server.calendars[path].entries


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize("multiget", [0, 1])
def test_entries_that_are_not_handed_out_hide_no_other(status: int, multiget: int, serve: Any) -> None:
    server = serve(Manners(multiget=multiget, refuses=501))
    path = server.make()
    for n in range(12):
        server.put(path, f"{n}.ics", patch.write(event(uid=str(n)), NOW))
    server.spoilt = {"3.ics": status, "7.ics": status}
    with server.open(path) as calendar:
        found = {item.id: item.body for item in calendar.get(list(calendar.changes("").versions))}
        assert {id for id, body in found.items() if body} == {str(n) for n in range(12)} - {"3", "7"}
        with pytest.raises(Malformed, match="hand it out"):
            calendar.read(found["3"])


def test_a_server_that_fails_at_everything_is_in_trouble(serve: Any) -> None:
    server = serve(Manners())
    path = server.make()
    for n in range(12):
        server.put(path, f"{n}.ics", patch.write(event(uid=str(n)), NOW))
    server.spoilt = {f"{n}.ics": 500 for n in range(12)}
    with server.open(path) as calendar, pytest.raises(faults.ServerFailure):
        list(calendar.get([str(n) for n in range(12)]))


@pytest.mark.parametrize(
    "manners", [{"together": True}, {"noise": "\r\n \n"}, {"silent_start": True}, {"absolute": True}]
)
def test_lists_are_understood_however_they_are_written(manners: dict[str, Any], serve: Any) -> None:
    server = serve(Manners(**manners))
    path = server.make()
    for name in "abc":
        server.put(path, f"{name}.ics", patch.write(event(uid=name), NOW))
    with server.open(path) as calendar:
        first = calendar.changes("")
        assert set(first.versions) == {"a", "b", "c"}
        for name in "ab":
            calendar.delete(name, one(calendar, name)[0])
        assert calendar.changes(first.cursor).deleted == {"a", "b"}


def test_a_login_page_is_no_calendar(serve: Any) -> None:
    server = serve(Manners())
    with server.open(server.make()) as calendar:
        cursor = calendar.changes("").cursor
        server.portal = True
        for told in ("", cursor):
            with pytest.raises((faults.Unreadable, Fault)):
                calendar.changes(told)
    with pytest.raises((NoCalendars, faults.Unreadable)):
        server.discover()


@pytest.mark.parametrize(
    ("said", "colour"),
    [("#FF2968FF", "#ff2968"), ("#44a703", "#44a703"), ("#FFF", ""), ("blue", ""), ("#ff2968;color:red", "")],
)
def test_a_colour_is_six_hexadecimal_digits_or_none(said: str, colour: str, serve: Any) -> None:
    server = serve(Manners(colour=said))
    server.make("work")
    assert next(found.colour for found in server.discover()[1] if found.label == "work") == colour


def test_several_resources_share_a_response() -> None:
    text = (
        '<multistatus xmlns="DAV:"><response><href>/a</href><href>/b</href><status>HTTP/1.1 404 No</status>'
        "</response></multistatus>"
    )
    assert [(a.href, a.status) for a in xml.answers(xml.multistatus(text.encode(), ""))] == [
        ("/a", 404),
        ("/b", 404),
    ]


# --- whole passes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(serve: Any, db: None) -> Desk:
    return Desk(serve(Manners()))


def try_sync(desk: Desk, times: int = 1) -> None:
    for _ in range(times):
        with suppress(Fault):
            desk.sync()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("manners", [{"renames": True}, {"stale": True}, {"renames": True, "rewrites": True}])
def test_an_entry_that_is_kept_under_another_name_or_reads_late_is_linked_once(
    manners: dict[str, Any], serve: Any
) -> None:
    """Our name for it is gone right after the write: no deletion, and no reason to write it again."""
    server = serve(Manners(**manners))
    desk = Desk(server)
    rows = [desk.add(f"Own {n}") for n in range(3)]
    try_sync(desk, 4)
    assert desk.titles() == desk.here() == ["Own 0", "Own 1", "Own 2"]
    assert set(Binding.objects.values_list("remote_id", flat=True)) == {n[:-4] for n in desk.bodies}
    services.change_event(desk.actor, rows[0].pk, {"title": "Changed here"})
    name = next(n for n, body in desk.bodies.items() if mapping.read(body).title == "Own 1")
    desk.edit_there(name, "Changed there")
    services.delete_event(desk.actor, rows[2].pk)
    try_sync(desk, 4)
    assert desk.titles() == ["Changed here", "Changed there"]
    assert set(desk.here()) >= set(desk.titles())
    assert not Activity.objects.filter(status=ActivityStatus.CANCELLED).exclude(subject="Own 2").exists()
    items = RunItem.objects.count()
    desk.sync(3)
    assert RunItem.objects.count() == items


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "condition"),
    [
        (403, "valid-calendar-data"),
        (403, "max-resource-size"),
        (403, "max-attendees-per-instance"),
        (403, "supported-calendar-component"),
        (409, ""),
        (412, ""),
        (415, ""),
        (500, ""),
        (507, ""),
    ],
)
def test_an_entry_that_is_never_taken_stops_no_other(status: int, condition: str, desk: Desk) -> None:
    rows = [desk.add(f"Own {n}") for n in range(3)]
    desk.server.hated = {rows[0].uid: (status, condition)}
    try_sync(desk)  # where it came last, the pass ends with its trouble
    assert desk.titles() == ["Own 1", "Own 2"]
    item = RunItem.objects.get(failed=True)
    assert item.label == "Own 0" and item.reason
    assert condition in item.reason
    try_sync(desk, 3)
    assert Stream.objects.get().health == "ok"
    tries = len([r for r in desk.server.requests if r[0] == "PUT"]) - 2
    assert tries <= 2 * 4  # it rests from the second pass on; the HTTP client tries a failure four times
    desk.server.hated = {}
    Stream.objects.update(cursor={**Stream.objects.get().cursor, "resting": {}})
    desk.sync(2)
    assert desk.titles() == ["Own 0", "Own 1", "Own 2"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "status", "health"),
    [("PUT", 401, "broken"), ("REPORT", 401, "broken"), ("PUT", 503, "trouble"), ("REPORT", 503, "trouble")],
)
def test_what_stops_a_pass_in_the_middle_is_named_and_nothing_is_done_twice(
    method: str, status: int, health: str, desk: Desk
) -> None:
    """A password that expired, a server under maintenance."""
    desk.sync()
    for n in range(3):
        desk.add(f"Own {n}")
    desk.server.faults = [(method, status, {"Retry-After": "900"}, False)]
    with pytest.raises(Fault) as caught:
        desk.sync()
    stream = Stream.objects.get()
    assert (stream.health, stream.reason) == (health, caught.value.cause)
    assert stream.cure
    desk.sync(2)
    assert desk.titles() == ["Own 0", "Own 1", "Own 2"]
    assert Stream.objects.get().health == "ok"


@pytest.mark.django_db(transaction=True)
def test_a_login_page_in_the_middle_deletes_nothing(desk: Desk) -> None:
    rows = [desk.add(f"Own {n}") for n in range(3)]
    desk.sync(2)
    services.change_event(desk.actor, rows[0].pk, {"title": "Changed here"})
    desk.server.portal = True
    with pytest.raises(Fault):
        desk.sync()
    assert Stream.objects.get().health in ("trouble", "broken")
    desk.server.portal = False
    desk.sync()
    assert desk.titles() == desk.here() == ["Changed here", "Own 1", "Own 2"]
    assert not Activity.objects.filter(status=ActivityStatus.CANCELLED).exists()


@pytest.mark.django_db(transaction=True)
def test_a_calendar_that_may_only_be_read_any_more_keeps_its_entries_and_says_why(desk: Desk) -> None:
    row = desk.add("Own")
    desk.sync(2)
    before = desk.bodies
    desk.server.hated = {row.uid: (403, "need-privileges")}
    services.change_event(desk.actor, row.pk, {"title": "Changed here"})
    desk.sync()
    assert desk.bodies == before
    item = RunItem.objects.get(failed=True)
    assert "need-privileges" in item.reason and "right to write" in item.cure
    assert desk.here() == ["Changed here"]


@pytest.mark.django_db(transaction=True)
def test_copies_with_one_uid_are_one_event_and_the_others_say_so_once(serve: Any) -> None:
    desk = Desk(serve(Manners(same_uid=201)), import_external_events="all")
    for name in ("a", "b", "c"):
        desk.server.put(
            desk.path, f"{name}.ics", patch.write(event(uid="u@x", title="Twin", start=SOON), NOW)
        )
    desk.server.put(desk.path, "d.ics", patch.write(event(uid="d@x", title="Other", start=SOON), NOW))
    desk.sync(4)
    assert desk.here() == ["Other", "Twin"]
    assert Event.objects.count() == Binding.objects.count() == 2
    failed = RunItem.objects.filter(failed=True)
    assert failed.count() <= 4 and all(item.reason and item.cure for item in failed)
    assert len(desk.bodies) == 4


@pytest.mark.django_db(transaction=True)
def test_a_server_with_scheduling_is_never_made_to_write_mail(serve: Any) -> None:
    """Our own meetings go out as nobody's to invite; what the server is responsible for stays as it is."""
    server = serve(Manners(schedules=True))
    desk = Desk(server, import_external_events="all")
    theirs = patch.write(event(uid="m@x", title="Theirs", start=SOON), NOW).replace(
        "END:VEVENT",
        "ORGANIZER:mailto:dana@shop.test\r\nATTENDEE:mailto:guest@x.test\r\nEND:VEVENT",
    )
    server.put(desk.path, "m.ics", theirs)
    own = desk.add("Own", attendees=[{"email": "guest@x.test"}])
    desk.sync(2)
    services.change_event(desk.actor, own.pk, {"title": "Own again"})
    meeting = Event.objects.get(uid="m@x")
    services.change_event(desk.actor, meeting.pk, {"title": "Moved"})
    desk.sync(2)
    services.delete_event(desk.actor, meeting.pk)
    desk.sync(2)
    assert desk.bodies["m.ics"] == theirs
    (mine,) = [body.replace("\r\n ", "") for name, body in desk.bodies.items() if name != "m.ics"]
    assert "ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:guest@x.test" in mine
    assert "ORGANIZER" not in mine
    assert not [header for r in server.requests for header in r[2] if "schedul" in header]
