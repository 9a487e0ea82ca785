"""Whole passes over servers with manners: both sides agree, nothing moves any more, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.caldav.desk import Desk
from tests.connectors.caldav.manners import Manners
from tests.connectors.caldav.personalities import PERSONALITIES
from tests.connectors.caldav.scripted import ScriptedServer
from tests.pim.contract import NOW
from tests.pim.series import event, series
from tradepost.activities.models import Activity, ActivityStatus
from tradepost.pim import mapping, patch, services
from tradepost.pim.models import Event
from tradepost.sync.models import Binding, RunItem, Stream

pytestmark = pytest.mark.django_db(transaction=True)


ALL = {**PERSONALITIES, "frozen": Manners(frozen_token=True)}


@pytest.mark.req("A20")
@pytest.mark.parametrize("name", ALL)
def test_both_sides_follow_each_other_and_then_rest(name: str, serve: Any) -> None:
    server = serve(ALL[name])
    desk = Desk(server, import_external_events="all")
    for n in range(4):
        server.put(desk.path, f"x{n}.ics", patch.write(series(n), NOW))
    rows = [desk.add(f"Own {n}") for n in range(4)]
    desk.sync(3)
    assert len(desk.bodies) == 8 and desk.titles() == desk.here()
    services.change_event(desk.actor, rows[0].pk, {"title": "Changed here"})
    mine = next(n for n, body in desk.bodies.items() if mapping.read(body).title == "Own 1")
    desk.edit_there(mine, "Changed there")
    services.delete_event(desk.actor, rows[2].pk)
    desk.sync(3)
    assert {"Changed here", "Changed there"} <= set(desk.titles())
    assert len(desk.bodies) == 7
    assert set(desk.titles()) <= set(desk.here())
    bodies, items = desk.bodies, RunItem.objects.count()
    writes = [r for r in server.requests if r[0] in ("PUT", "DELETE")]
    desk.sync(20)
    assert (desk.bodies, RunItem.objects.count()) == (bodies, items)
    assert [r for r in server.requests if r[0] in ("PUT", "DELETE")] == writes
    assert not RunItem.objects.filter(failed=True).exists()
    assert Stream.objects.get().health == "ok"


@pytest.mark.parametrize("name", ["plain", "rewriting", "bare", "tagless"])
def test_a_deletion_there_cancels_here(name: str, serve: Any) -> None:
    server = serve(ALL[name])
    desk = Desk(server)
    desk.add("Tents")
    desk.add("Stays")
    desk.sync(2)
    gone = next(n for n, body in desk.bodies.items() if "Tents" in body)
    there = server.calendars[desk.path]
    del there.entries[gone]
    there.log.append(gone)
    desk.sync(2)
    assert Activity.objects.get(subject="Tents").status == ActivityStatus.CANCELLED
    assert Activity.objects.get(subject="Stays").status == ActivityStatus.OPEN


class Forgetful:
    """A desk with ten events whose server answers a token that it forgot as DAViCal does: with all that there is, 207,
    and no word of what was deleted."""

    def __init__(self, server: ScriptedServer) -> None:
        self.desk = Desk(server)
        self.titles = [f"Own {n}" for n in range(10)]
        for title in self.titles:
            self.desk.add(title)
        self.desk.sync(3)
        self.names = {mapping.read(body).title: name for name, body in self.desk.bodies.items()}
        self.there = server.calendars[self.desk.path]

    def lose(self, *titles: str) -> None:
        """Somebody deletes these, and the server forgets."""
        for title in titles:
            del self.there.entries[self.names[title]]
        self.there.log[:] = [name for name in self.there.log if name in self.there.entries]
        self.desk.stream.refresh_from_db()
        self.desk.stream.cursor["token"] = "of-another-world"
        self.desk.stream.save()

    def hide(self, title: str) -> None:
        """Lists no longer tell of it, though it is there."""
        self.there.log[:] = [name for name in self.there.log if name != self.names[title]]

    def requests(self) -> int:
        """How many a pass takes."""
        before = len(self.desk.server.requests)
        self.desk.sync()
        return len(self.desk.server.requests) - before

    def open_here(self) -> list[str]:
        rows = Activity.objects.filter(kind="event", status=ActivityStatus.OPEN).order_by("subject")
        return list(rows.values_list("subject", flat=True))


@pytest.mark.parametrize("cut", [0, 3])
def test_a_whole_list_for_a_forgotten_token_tells_at_once_what_is_gone(cut: int, serve: Any) -> None:
    """What the list lacks although it is there stays."""
    server = serve(Manners(lost_token=207, tombstones=False, page=cut))
    world = Forgetful(server)
    world.hide("Own 3")
    world.lose("Own 7")
    world.desk.sync()
    assert world.open_here() == [title for title in world.titles if title != "Own 7"]
    assert len(world.desk.bodies) == 9


def test_a_second_list_is_asked_for_only_where_the_first_may_hide_something(serve: Any) -> None:
    """Not for what we wrote a moment ago, nor where everything that we hold is told of; an idle pass stores nothing."""
    server = serve(Manners(lost_token=207, tombstones=False))
    world = Forgetful(server)
    services.change_event(world.desk.actor, Event.objects.earliest("pk").pk, {"location": "Hall 4"})
    world.desk.sync()
    assert world.requests() == 1  # its echo
    assert world.requests() == 1
    cursor = Stream.objects.get().cursor
    assert world.requests() == 1
    assert Stream.objects.get().cursor == cursor
    world.lose()
    assert world.requests() == 1
    world.lose("Own 7")
    assert world.requests() > 1


def test_many_that_are_gone_from_a_whole_list_pause_and_ask(serve: Any) -> None:
    server = serve(Manners(lost_token=207, tombstones=False))
    world = Forgetful(server)
    world.lose(*world.titles[:9])
    world.desk.sync()
    assert world.open_here() == world.titles
    assert Stream.objects.get().health == "paused"
    assert "9 of 10" in Stream.objects.get().reason


def test_a_list_that_was_cut_short_deletes_nothing_and_asks_nobody(serve: Any) -> None:
    server = serve(Manners(lost_token=207, tombstones=False))
    world = Forgetful(server)
    for title in world.titles[:9]:
        world.hide(title)
    world.lose()
    world.desk.sync()
    assert world.open_here() == world.titles
    assert Stream.objects.get().health == "ok"


def test_an_entry_that_can_no_longer_be_read_ends_the_pass_all_the_same(serve: Any) -> None:
    """Edited here, and spoilt there at the same time: set aside with its reason, and not asked for without end."""
    server = serve(Manners())
    desk = Desk(server)
    row = desk.add("Tents")
    desk.sync(3)
    (name,) = desk.bodies
    spoilt = desk.bodies[name].replace("DTSTART:2", "DTSTART:x")
    for n in range(3):
        server.put(desk.path, name, spoilt)
        services.change_event(desk.actor, row.pk, {"title": f"Boats {n}"})
        desk.sync()
    assert desk.bodies[name] == spoilt
    assert RunItem.objects.filter(failed=True, reason__contains="is no date").exists()


@pytest.mark.parametrize("name", ["plain", "rewriting", "aliased"])
@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_that_is_lost_makes_no_double(name: str, status: int, serve: Any) -> None:
    server = serve(ALL[name])
    desk = Desk(server)
    row = desk.add("Tents")
    server.faults = [("PUT", status, {"Retry-After": "0"}, True)]
    desk.sync(3)
    assert desk.titles() == ["Tents"] and Binding.objects.count() == 1
    services.change_event(desk.actor, row.pk, {"title": "Boats"})
    server.faults = [("PUT", status, {"Retry-After": "0"}, True)]
    desk.sync(3)
    assert desk.titles() == desk.here() == ["Boats"]
    assert not server.faults


def test_a_uid_that_is_there_under_another_name_is_linked(serve: Any) -> None:
    """The entry was seen before ours existed, so no list of changes tells of it."""
    server = serve(Manners())
    desk = Desk(server)
    server.put(desk.path, "theirs.ics", patch.write(event(uid="u@x", title="Tents"), NOW))
    desk.sync()
    row = desk.add("Tents")
    Event.objects.filter(pk=row.pk).update(uid="u@x")
    desk.sync(2)
    assert list(desk.bodies) == ["theirs.ics"]
    assert Binding.objects.get().remote_id == "theirs"


@pytest.mark.parametrize("status", [403, 413, 415, 423])
def test_an_entry_that_is_refused_stops_no_other(status: int, serve: Any) -> None:
    server = serve(Manners())
    desk = Desk(server)
    for n in range(3):
        desk.add(f"Own {n}")
    server.faults = [("PUT", status, {}, False)]
    desk.sync()
    assert len(desk.bodies) == 2
    assert RunItem.objects.get(failed=True).reason
    desk.sync()
    assert len(desk.bodies) == 3
