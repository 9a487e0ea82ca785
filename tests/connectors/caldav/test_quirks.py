"""What single servers do that is odd: discovery, writing and reading, each by one switch of the scripted server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.connectors.caldav.manners import Manners
from tests.connectors.caldav.scripted import PASSWORD, USER, ScriptedServer
from tests.pim.contract import NOW, one
from tests.pim.series import event
from tests.pim.servers import transport
from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.connector import CalDavConnector
from tradepost.kit.errors import Remote
from tradepost.pim import patch
from tradepost.pim.errors import CalendarGone, EntryRefused, NoCalendars
from tradepost.sync.errors import CursorLost, VersionMismatch
from tradepost.web.calendar_accounts import walk
from tradepost.wire import faults, net


@contextmanager
def served(**manners: Any) -> Iterator[ScriptedServer]:
    server = ScriptedServer(Manners(**manners))
    try:
        yield server
    finally:
        server.stop()


# --- discovery ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("well_known", [301, 302, 307, 308])
@pytest.mark.parametrize("names", ["d", "default", "odd"])
def test_discovery_follows_the_well_known_address_and_any_prefix(well_known: int, names: str) -> None:
    with served(well_known=well_known, names=names, absolute=well_known == 307) as server:
        path = server.make("work")
        _, found = server.discover()
        assert server.address(path) in [one.id for one in found]


def test_discovery_begins_at_a_principal_a_home_or_a_calendar() -> None:
    with served(well_known=0) as server:
        path = server.make("work")
        for start in ("/dav/", f"/dav/principals/{USER}/", f"/dav/calendars/{USER}/", path):
            _, found = server.discover(server.url + start)
            assert server.address(path) in [one.id for one in found]


@pytest.mark.parametrize("quoting", ["must", "lower", "all", "few"])
def test_a_calendar_has_one_id_however_its_address_is_written(quoting: str) -> None:
    with served(quoting=quoting, slash=quoting == "must", absolute=quoting == "all") as server:
        server.make("team ü 50%")
        _, found = server.discover()
        chosen = next(one for one in found if one.label.startswith("team"))
        assert chosen.id == f"{server.url}/dav/calendars/dana%40shop.test/team%20%C3%BC%2050%25/"
        connector = CalDavConnector(lambda: transport())
        with connector.calendar(server.config(), {"password": "s3cret"}, chosen.id) as calendar:
            assert calendar.changes("").complete


def test_a_home_that_cannot_be_read_hides_no_other() -> None:
    with served(homes=2) as server:
        server.make("work", home=1)
        server.make("own")
        server.refused = f"/dav/calendars/{USER}/"
        labels = [one.label for one in server.discover()[1]]
        assert "work" in labels
        assert "own" not in labels


def test_what_was_encrypted_stays_so() -> None:
    base = "https://dav.test:8443/dav/"
    assert xml.address(base, "http://dav.test/cal/a%40b/") == "https://dav.test:8443/cal/a%40b/"
    assert xml.address(base, "http://other.test/cal/") == "https://other.test/cal/"
    assert xml.address(base, "../c%c3%a4/") == "https://dav.test:8443/c%C3%A4/"


def test_the_password_follows_to_the_server_that_the_typed_one_names() -> None:
    with served() as there, served() as typed:
        path = there.make("work")
        typed.moved_to = there.url
        _, found = typed.discover()
        assert there.address(path) in [one.id for one in found]


def test_digest_is_found_out_and_kept() -> None:
    with served(auth="digest") as server:
        server.make("work")
        stored, found = server.discover()
        assert stored["digest"] is True
        assert found


@pytest.mark.parametrize(
    ("manners", "password", "step", "kind"),
    [
        ({}, "wrong", 2, faults.Unauthorized),
        ({"auth": "digest"}, "wrong", 2, faults.Unauthorized),
        ({"homes": 0, "well_known": 0}, "s3cret", 3, NoCalendars),
    ],
)
def test_the_step_that_fails_is_named_with_a_cure(
    manners: dict[str, Any], password: str, step: int, kind: type[Remote]
) -> None:
    with served(**manners) as server, pytest.raises(kind) as caught:
        server.discover(password=password)
    steps = walk(caught.value)
    assert [one.state for one in steps].index("failed") == step
    assert steps[step].cure


def test_a_server_that_is_not_there_fails_at_the_first_step() -> None:
    with served() as server:
        gone = server.url
    with pytest.raises(net.ConnectionRefused) as caught:
        CalDavConnector(lambda: transport()).discover({"url": gone}, {})
    first = walk(caught.value)[0]
    assert (first.state, bool(first.cure)) == ("failed", True)


@pytest.mark.parametrize("quoting", ["must", "lower", "all", "few"])
@pytest.mark.parametrize("picky", [True, False])
def test_an_entry_has_one_name_however_it_is_encoded_and_is_asked_for_as_it_was_told(
    quoting: str, picky: bool
) -> None:
    """An encoded slash is part of a name; also where the entry was told of long ago, and in another form since."""
    names = {
        "a%2Fb.ics": "a/b",
        "x@y (1).ics": "x@y (1)",
        "ä+b&c.ics": "ä+b&c",
        "100%.ics": "100%",
        "k": "=k",
    }
    with served(quoting=quoting, picky=picky) as server:
        path = server.make()
        for n, name in enumerate(names):
            server.put(path, name, patch.write(event(uid=str(n)), NOW))
        with server.open(path) as calendar:
            assert set(calendar.changes("").versions) == set(names.values())
        with server.open(path) as calendar:
            found = {item.id: item for item in calendar.get([*names.values(), "not (there)"])}
            assert set(found) == set(names.values())
            for id, item in found.items():
                changed = calendar.write(event(uid=calendar.read(item.body).uid, title="New"), NOW, item.body)
                calendar.put(id, changed, item.version)
            assert {calendar.read(item.body).title for item in calendar.get(list(found))} == {"New"}
            for item in list(calendar.get(list(found))):
                calendar.delete(item.id, item.version)
        assert not server.calendars[path].entries


def test_a_calendar_with_an_encoded_slash_in_its_address_is_reached() -> None:
    with served() as server:
        path = server.make("a%2Fb")
        server.put(path, "x.ics", patch.write(event(uid="x"), NOW))
        one = next(c for c in server.discover()[1] if c.id.endswith("/a%2Fb/"))
        connector = CalDavConnector(lambda: transport())
        with connector.calendar(server.config(), {"password": PASSWORD}, one.id) as calendar:
            assert [item.id for item in calendar.get(list(calendar.changes("").versions))] == ["x"]


# --- changes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 409, 410, 412, 422, 500, 507])
@pytest.mark.parametrize("condition", [True, False])
def test_a_lost_token_is_known(status: int, condition: bool) -> None:
    with (
        served(lost_token=status, lost_condition=condition) as server,
        server.open(server.make()) as calendar,
        pytest.raises(CursorLost),
    ):
        calendar.changes("of-another-world")


@pytest.mark.parametrize("sync", [400, 403, 404, 405, 409, 415, 422, 501])
@pytest.mark.parametrize("ctag", [True, False])
def test_without_sync_collection_etags_are_compared(sync: int, ctag: bool) -> None:
    with served(sync=sync, ctag=ctag) as server:
        path = server.make()
        server.put(path, "a.ics", patch.write(event(uid="a"), NOW))
        with server.open(path) as calendar:
            first = calendar.changes("")
            assert (set(first.versions), first.complete) == ({"a"}, True)
            assert not calendar.changes(first.cursor).versions
            server.put(path, "a.ics", patch.write(event(uid="a", title="B"), NOW))
            assert set(calendar.changes(first.cursor).versions) == {"a"}


@pytest.mark.parametrize("frozen", [True, False])
def test_a_list_in_pages_is_read_to_its_end(frozen: bool) -> None:
    """A token that stands still under a cut list would hide the rest for ever: then the etags are listed."""
    with served(page=2, frozen_token=frozen) as server:
        path = server.make()
        for n in range(5):
            server.put(path, f"{n}.ics", patch.write(event(uid=str(n)), NOW))
        with server.open(path) as calendar:
            assert set(calendar.changes("").versions) == {"0", "1", "2", "3", "4"}


def test_a_calendar_that_is_gone_is_not_a_lost_token() -> None:
    with served(lost_token=404, lost_condition=False) as server, server.open(server.make()) as calendar:
        with pytest.raises(CursorLost):
            calendar.changes("x")
        server.calendars.clear()
        with pytest.raises(CalendarGone):
            calendar.changes("x")


# --- entries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refuses", [403, 413, 507, 400, 501, "short"])
def test_no_entry_is_missed_where_multigets_are_small(refuses: int | str) -> None:
    with served(multiget=3, refuses=refuses) as server:
        path = server.make()
        for n in range(10):
            server.put(path, f"{n}.ics", patch.write(event(uid=str(n)), NOW))
        with server.open(path) as calendar:
            found = [item.id for item in calendar.get([*map(str, range(10)), "gone"])]
    assert sorted(found) == [str(n) for n in range(10)]


def test_one_unreadable_entry_stops_no_other() -> None:
    with served() as server:
        path = server.make()
        for name, title in (("a", "A"), ("b", "b\x0b"), ("c", "C")):
            server.put(path, f"{name}.ics", patch.write(event(uid=name, title=title), NOW))
        with server.open(path) as calendar:
            read = {item.id: calendar.read(item.body).title for item in calendar.get(["a", "b", "c"])}
    assert read == {"a": "A", "b": "b\x0b", "c": "C"}


@pytest.mark.parametrize(
    ("status", "kind"), [(423, faults.HttpFault), (403, EntryRefused), (409, faults.Conflicting)]
)
def test_an_entry_that_is_refused_is_no_failure_of_the_account(status: int, kind: type[Remote]) -> None:
    with served() as server, server.open(server.make()) as calendar:
        calendar.put("a", calendar.write(event(uid="a"), NOW), "")
        version, body = one(calendar, "a")
        server.faults = [("PUT", status, {}, False)]
        with pytest.raises(kind) as caught:
            calendar.put("a", body, version)
    assert caught.value.temper == "permanent"


@pytest.mark.parametrize(
    ("same_uid", "twin"),
    [
        (403, "no-uid-conflict"),
        (403, "unique-scheduling-object-resource"),
        (409, "no-uid-conflict"),
        (412, "no-uid-conflict"),
    ],
)
def test_a_uid_that_stands_elsewhere_is_a_mismatch(same_uid: int, twin: str) -> None:
    with served(same_uid=same_uid, twin=twin) as server, server.open(server.make()) as calendar:
        calendar.put("a", calendar.write(event(uid="u"), NOW), "")
        with pytest.raises(VersionMismatch):
            calendar.put("b", calendar.write(event(uid="u"), NOW), "")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_waited_for(status: int) -> None:
    with served() as server, server.open(server.make()) as calendar:
        server.faults = [
            ("PUT", status, {"Retry-After": "0"}, False),
            ("REPORT", status, {"Retry-After": "0"}, False),
        ]
        calendar.put("a", calendar.write(event(uid="a"), NOW), "")
        assert set(calendar.changes("").versions) == {"a"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_failure_after_the_write_took_effect_is_no_second_write(method: str) -> None:
    with served() as server, server.open(server.make()) as calendar:
        if method == "DELETE":
            calendar.put("a", calendar.write(event(uid="a"), NOW), "")
        server.faults = [(method, 500, {"Retry-After": "0"}, True)]
        if method == "DELETE":
            calendar.delete("a", one(calendar, "a")[0])
            assert not list(calendar.get(["a"]))
        else:
            with pytest.raises(VersionMismatch):
                calendar.put("a", calendar.write(event(uid="a"), NOW), "")
            assert len(list(calendar.get(["a"]))) == 1


@pytest.mark.parametrize("etag", ["weak", "none"])
def test_an_edit_there_is_never_overwritten_whatever_the_etags(etag: str) -> None:
    with served(etag=etag) as server:
        path = server.make()
        with server.open(path) as calendar:
            calendar.put("a", calendar.write(event(uid="a"), NOW), "")
            version, body = one(calendar, "a")
            server.put(path, "a.ics", patch.write(event(uid="a", title="Theirs"), NOW))
            with pytest.raises(VersionMismatch):
                calendar.put("a", body, version)
            with pytest.raises(VersionMismatch):
                calendar.delete("a", version)
            assert calendar.read(one(calendar, "a")[1]).title == "Theirs"
