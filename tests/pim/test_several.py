"""One event in several calendars: of one person, who moves it between them, or of several people who take part."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.pim.series import event
from tests.pim.world import World, beside, second, world
from tradepost.activities.models import ActivityStatus
from tradepost.pim.models import Event
from tradepost.pim.types import Attendee
from tradepost.sync.models import Binding, Run, RunItem
from tradepost.sync.runs import hold

pytestmark = pytest.mark.django_db(transaction=True)
OPEN, CANCELLED = ActivityStatus.OPEN, ActivityStatus.CANCELLED


@pytest.fixture
def w(db: None) -> World:
    return world()


def meeting(organizer: str) -> dict[str, object]:
    guests = (Attendee("erik@shop.test", "", "needs-action"), Attendee("dana@shop.test", "", "accepted"))
    host = Attendee(organizer) if organizer else None
    return {"uid": "meet@x", "start": datetime(2027, 3, 1, 9), "organizer": host, "attendees": guests}  # noqa: DTZ001


@pytest.mark.req("A20")
@pytest.mark.parametrize(
    ("organizer", "deletes", "status"),
    [
        ("dana@shop.test", "erik", OPEN),
        ("boss@x.test", "erik", OPEN),
        ("", "erik", OPEN),
        ("boss@x.test", "dana", OPEN),
        ("dana@shop.test", "dana", CANCELLED),
    ],
)
def test_who_deletes_a_meeting_from_his_calendar_cancels_it_for_nobody_else(
    w: World, organizer: str, deletes: str, status: str
) -> None:
    """Unless he organises it. Whoever is the last to delete it cancels it."""
    erik = beside(w, "erik@shop.test")
    for one in (w, erik):
        one.choose(chosen={"import_external_events": "all"})
        one.put("m", event(**meeting(organizer)))
        one.settle()
    first, last = (erik, w) if deletes == "erik" else (w, erik)
    first.store.remove("m")
    for one in (first, last, first):
        one.settle()
    assert [a.status for a in w.here()] == [status]
    assert list(last.store.bodies) == ["m"] and not first.store.bodies
    last.put("m", title="Later")
    last.settle()
    assert [a.subject for a in w.here()] == ["Later"]
    last.store.remove("m")
    last.settle()
    assert [a.status for a in w.here()] == [CANCELLED]
    assert not RunItem.objects.filter(failed=True).exists()


@pytest.mark.req("A20")
@pytest.mark.parametrize("first", ["left", "entered"])
@pytest.mark.parametrize("imports", ["none", "all"])
def test_an_event_that_is_moved_to_another_calendar_goes_on_there(w: World, first: str, imports: str) -> None:
    other = second(w)
    for one in (w, other):
        one.choose(chosen={"import_external_events": imports})
    rows = [w.add(f"Own {n}") for n in range(8)]
    for one in (w, other):
        one.settle()
    for n, (id, (_, body)) in enumerate(list(w.store.bodies.items())):
        w.store.remove(id)
        other.store.put(f"moved{n}", body)
        if first == "left" and n == 0:
            w.sync()  # one by one, so that nobody asks whether the many deletions are meant
    for one in (other, w, other, w):
        one.sync()
    assert {a.status for a in w.here()} == {OPEN}
    assert (len(w.store.bodies), len(other.store.bodies), Event.objects.count()) == (0, 8, 8)
    other.put("moved0", title="Changed there")
    other.settle()
    assert "Changed there" in {a.subject for a in w.here()}
    other.store.remove("moved0")
    other.settle()
    w.settle()
    assert sorted(a.status for a in w.here()) == sorted([CANCELLED] + [OPEN] * (len(rows) - 1))


def test_two_passes_that_find_it_gone_at_once_do_not_both_leave_it_to_the_other(w: World) -> None:
    """Two people who sync one shared calendar: neither deletion is lost."""
    erik = beside(w, "erik@shop.test")
    erik.store = w.store
    for one in (w, erik):
        one.choose(chosen={"import_external_events": "all"})
    w.put("m", event(uid="meet@x", start=datetime(2027, 3, 1, 9)))  # noqa: DTZ001
    for one in (w, erik):
        one.settle()
    w.store.remove("m")
    with hold(w.stream.pk, "manual") as first, hold(erik.stream.pk, "manual") as second:
        ours, theirs = w.engine(first), erik.engine(second)
        plans = ours.plan(), theirs.plan()
        for one, plan in zip((ours, theirs), plans, strict=True):
            one.apply(plan)
    for one in (w, erik):
        one.settle()
    assert [a.status for a in w.here()] == [CANCELLED]


def test_a_calendar_that_is_no_longer_synced_keeps_nothing_alive(w: World) -> None:
    erik = beside(w, "erik@shop.test")
    for one in (w, erik):
        one.choose(chosen={"import_external_events": "all"})
        one.put("m", event(**meeting("boss@x.test")))
        one.settle()
    erik.stream.enabled = False
    erik.stream.save()
    w.store.remove("m")
    w.settle()
    assert [a.status for a in w.here()] == [CANCELLED]


def test_the_undo_of_the_run_that_revived_an_event_cancels_it_again(w: World) -> None:
    other = second(w)
    w.add()
    w.settle()
    body = w.store.bodies[w.only][1]
    w.store.remove(w.only)
    w.sync()
    assert w.here()[0].status == CANCELLED
    other.store.put("moved", body)
    other.sync()
    assert w.here()[0].status == OPEN
    assert Event.objects.get().stream_id == other.stream.pk
    other.undo(Run.objects.latest("pk"))
    assert w.here()[0].status == CANCELLED
    assert Event.objects.get().deleted_at is None
    for one in (w, other):
        one.settle()
    assert w.here()[0].status == CANCELLED
    assert other.store.bodies["moved"][1] == body
    assert Binding.objects.count() == 2
