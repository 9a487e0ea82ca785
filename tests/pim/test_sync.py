"""Events both ways, against a calendar in memory with faults on order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.pim.memory import MemoryCalendar, Silence
from tests.pim.series import event, series
from tests.pim.world import NOW, World, beside, world
from tradepost.activities import services as activities
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus
from tradepost.activities.records import Record as On
from tradepost.kit.errors import NotOnesOwn
from tradepost.people.services import Email, save_contact
from tradepost.pim import services
from tradepost.pim.models import Event
from tradepost.pim.types import Attendee
from tradepost.sync.errors import NeedsAnswer
from tradepost.sync.models import Binding, Review, Run, RunItem
from tradepost.sync.services import resolve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def w(db: None) -> World:
    return world()


@pytest.mark.req("A17", "A18", "A20", "D20")
def test_an_event_goes_out_and_edits_travel_both_ways(w: World) -> None:
    row = w.add(location="Hall 1", rrule="FREQ=WEEKLY;COUNT=5", zone="Europe/Berlin")
    w.sync()
    there = w.there()
    assert (there.title, there.location, there.zone) == ("Tents", "Hall 1", "Europe/Berlin")
    assert (there.stamp, there.uid) == (row.key.hex, row.uid)
    services.change_event(w.actor, row.pk, {"title": "More tents"})
    w.put(w.only, location="Hall 2")
    w.sync()
    assert (w.there().title, w.there().location) == ("More tents", "Hall 2")
    activity = Activity.objects.get(pk=row.activity_id)
    assert (activity.subject, Event.objects.get(pk=row.pk).details["location"]) == ("More tents", "Hall 2")
    assert activity.links.filter(record_kind="customer", open=True).exists()


@pytest.mark.req("A17")
def test_an_event_that_a_page_added_goes_out_too(w: World) -> None:
    activities.add_activity(
        w.actor, ActivityKind.EVENT, On("customer", w.customer.pk),
        {"subject": "Call", "starts": datetime.fromisoformat("2027-05-01T08:00:00+00:00"),
         "ends": datetime.fromisoformat("2027-05-01T09:00:00+00:00")},
    )  # fmt: skip
    w.sync()
    assert (w.there().title, w.there().start) == ("Call", datetime(2027, 5, 1, 8))
    activities.change_activity(w.actor, w.here()[0].pk, {"subject": "Call back"})
    w.sync()
    assert w.there().title == "Call back"


@pytest.mark.req("A19", "T3")
@pytest.mark.parametrize(
    ("chosen", "known", "comes"),
    [
        ("none", True, False),
        ("with_contacts", False, False),
        ("with_contacts", True, True),
        ("all", False, True),
    ],
)
def test_which_events_of_the_calendar_app_come_in(w: World, chosen: str, known: bool, comes: bool) -> None:
    if known:
        save_contact(w.actor, {"first_name": "Renata"}, emails=[Email("renata@pine.test")])
    w.choose(chosen={"import_external_events": chosen})
    w.put("x1", event(uid="x1", start=datetime(2027, 3, 1, 9), attendees=(Attendee("renata@pine.test"),)))
    w.settle()
    assert [a.subject for a in w.here()] == (["Tents"] if comes else [])
    if comes and known:
        assert w.here()[0].links.filter(record_kind="contact").exists()


@pytest.mark.req("A20")
def test_a_deletion_there_cancels_here_and_undo_opens_it_again(w: World) -> None:
    w.add()
    w.sync()
    w.store.remove(w.only)
    w.sync()
    assert w.here()[0].status == ActivityStatus.CANCELLED
    assert not w.store.bodies
    w.undo(Run.objects.order_by("pk").last())
    assert w.here()[0].status == ActivityStatus.OPEN


@pytest.mark.req("A20", "D35")
def test_a_deletion_here_is_one_there_and_undo_restores_its_bytes(w: World) -> None:
    row = w.add()
    w.sync()
    id, body = w.only, w.store.bodies[w.only][1].replace("END:VEVENT", "X-STRANGE:1\r\nEND:VEVENT")
    w.store.put(id, body)
    w.sync()
    services.delete_event(w.actor, row.pk)
    w.sync()
    assert not w.store.bodies
    w.undo(Run.objects.order_by("pk").last())
    assert w.store.bodies[id][1] == body


def test_undo_of_a_change_gives_the_same_bytes(w: World) -> None:
    row = w.add()
    w.settle()
    body = w.store.bodies[w.only][1]
    services.change_event(w.actor, row.pk, {"title": "Other", "location": "There"})
    w.sync()
    assert w.there().title == "Other"
    w.undo(Run.objects.order_by("pk").last())
    assert w.store.bodies[w.only][1] == body


@pytest.mark.req("D26", "D35")
def test_both_changed_the_newest_wins_and_the_other_is_listed(w: World) -> None:
    row = w.add()
    w.sync()
    w.put(w.only, title="Theirs")  # LAST-MODIFIED lies in the past
    services.change_event(w.actor, row.pk, {"title": "Ours"})
    w.sync()
    assert w.there().title == "Ours"
    review = Review.objects.get(kind="sync.overwritten")
    assert review.facts["remote"] == ["Theirs"]
    resolve(w.actor, review.pk, "swap")
    w.sync()
    assert w.there().title == "Theirs"
    assert w.here()[0].subject == "Theirs"


def test_a_conflict_can_wait_for_a_person(w: World) -> None:
    w.choose(chosen={"conflicts": "ask"})
    row = w.add()
    w.sync()
    w.put(w.only, title="Theirs", location="Hall 9")
    services.change_event(w.actor, row.pk, {"title": "Ours"})
    w.settle()
    assert (w.there().title, w.here()[0].subject) == ("Theirs", "Ours")
    assert Event.objects.get().details["location"] == "Hall 9"  # the rest went on
    resolve(w.actor, Review.objects.get(kind="sync.question", resolved_at=None).pk, "remote")
    w.settle()
    assert (w.there().title, w.here()[0].subject) == ("Theirs", "Theirs")


def test_twenty_times_the_same_sync_changes_nothing(w: World) -> None:
    w.choose(chosen={"import_external_events": "all"})
    for n in range(6):
        w.put(f"x{n}", replace(series(n), stamp=""))
        w.add(f"Own {n}")
    w.sync()
    w.sync()
    before = (
        dict(w.store.bodies),
        RunItem.objects.count(),
        Activity.objects.count(),
        Binding.objects.count(),
    )
    assert before[2:] == (12, 12)
    for n in range(20):
        w.store.faults = ["cursor_lost"] if n % 5 == 4 else []
        w.sync(resync=n == 9)
    assert before == (
        dict(w.store.bodies),
        RunItem.objects.count(),
        Activity.objects.count(),
        Binding.objects.count(),
    )


@pytest.mark.req("X3")
@pytest.mark.parametrize("fault", ["lost_answer", "mismatch", "busy", "cursor_lost", "cut_list"])
def test_a_fault_heals_by_itself_and_doubles_nothing(w: World, fault: str) -> None:
    row = w.add()
    w.store.faults = [fault]
    w.try_sync()
    w.settle()
    assert len(w.store.bodies) == 1
    services.change_event(w.actor, row.pk, {"title": "Changed"})
    w.store.faults = [fault]
    w.try_sync()
    w.settle()
    assert w.there().title == "Changed"
    assert (len(w.store.bodies), len(w.here())) == (1, 1)


def test_a_lost_answer_is_told_as_trouble(w: World) -> None:
    w.add()
    w.store.faults = ["lost_answer"]
    with pytest.raises(Silence):
        w.sync()
    w.stream.refresh_from_db()
    assert (w.stream.health, w.stream.reason) == ("trouble", "No answer.")


def test_many_deletions_pause_and_ask(w: World) -> None:
    for n in range(8):
        w.add(f"Own {n}")
    w.sync()
    for id in list(w.store.bodies):
        w.store.remove(id)
    with pytest.raises(NeedsAnswer):
        w.sync()
    assert {a.status for a in w.here()} == {ActivityStatus.OPEN}
    resolve(w.actor, Review.objects.get(resolved_at=None).pk, "recreate")
    w.settle()
    assert len(w.store.bodies) == 8
    assert {a.status for a in w.here()} == {ActivityStatus.OPEN}


def test_a_calendar_that_vanished_pauses_and_asks(w: World) -> None:
    w.add()
    w.sync()
    w.store.faults = ["gone"]
    with pytest.raises(NeedsAnswer):
        w.sync()
    assert Review.objects.get(resolved_at=None).facts["subject"] == "container_vanished"
    assert w.here()[0].status == ActivityStatus.OPEN


def test_one_bad_record_stops_nothing(w: World) -> None:
    w.choose(chosen={"import_external_events": "all"})
    w.store.put("bad", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:b\r\nDTSTART;TZID=Nowhere/Land:20270101T090000\r\n"
                "END:VEVENT\r\nEND:VCALENDAR\r\n")  # fmt: skip
    w.put("good", event(uid="good", start=datetime(2027, 3, 1, 9)))
    w.sync()
    assert [a.subject for a in w.here()] == ["Tents"]
    item = RunItem.objects.get(failed=True)
    assert "Nowhere/Land" in item.reason
    w.sync()
    assert RunItem.objects.filter(failed=True).count() == 1


def test_two_users_of_one_meeting_have_one_event(w: World) -> None:
    second = beside(w, "erik@shop.test")
    meeting = event(uid="meet@x", start=datetime(2027, 3, 1, 9), organizer=Attendee("dana@shop.test"),
                    attendees=(Attendee("erik@shop.test", "", "needs-action"), Attendee("dana@shop.test", "", "accepted")))  # fmt: skip
    for one in (w, second):
        one.choose(chosen={"import_external_events": "all"})
        one.put("m", meeting)
        one.settle()
    assert len(w.here()) == 1
    assert Binding.objects.count() == 2
    # Erik answers in his calendar; Dana sees it in hers.
    said = (Attendee("erik@shop.test", "", "accepted"), Attendee("dana@shop.test", "", "accepted"))
    second.put("m", attendees=said)
    second.settle()
    w.settle()
    assert {a.email: a.answer for a in w.there().attendees}["erik@shop.test"] == "accepted"


def test_who_is_invited_to_one_date_of_a_series_shares_that_date_and_leaves_the_series_alone(
    w: World,
) -> None:
    """The same meeting is known by its iCalUID and, for single dates, the recurrence id."""
    others = [beside(w, f"{name}@shop.test") for name in ("erik", "ines")]
    series = event(uid="meet@x", title="Weekly", start=datetime(2027, 3, 1, 9), rrule=("RRULE:FREQ=WEEKLY;COUNT=9",),
                   organizer=Attendee("dana@shop.test"), attendees=(Attendee("guest@x.test"),))  # fmt: skip
    date = (
        MemoryCalendar(w.store)
        .write(replace(series, rrule=(), title="This once"), NOW)
        .replace("UID:meet@x\r\n", "UID:meet@x\r\nRECURRENCE-ID;TZID=Europe/Berlin:20270308T090000\r\n")
    )
    w.put("m", series)
    for one in (w, *others):
        one.choose(chosen={"import_external_events": "all"})
        if one is not w:
            one.store.put("d", date)
        one.settle()
    for one in (w, *others, w):
        one.settle()
    assert [(row.uid, row.recurring) for row in Event.objects.order_by("pk")] == [
        ("meet@x", True),
        ("meet@x/2027-03-08T09:00:00", False),
    ]
    assert Binding.objects.count() == 3
    assert w.there().rrule == series.rrule and w.there().title == "Weekly"
    assert all(one.store.bodies["d"][1] == date for one in others)


@pytest.mark.req("D22")
def test_a_meeting_of_somebody_else_is_theirs_but_for_the_answer(w: World) -> None:
    w.choose(chosen={"import_external_events": "all"})
    w.put("m", event(uid="m", organizer=Attendee("boss@x.test"), start=datetime(2027, 3, 1, 9),
                     attendees=(Attendee("dana@shop.test", "", "needs-action"), Attendee("o@x.test", "", "accepted"))))  # fmt: skip
    w.settle()
    row = Event.objects.get()
    with pytest.raises(NotOnesOwn, match="^boss@x.test organises this meeting. Ask"):
        services.change_event(w.actor, row.pk, {"title": "Mine now"})
    activities.change_activity(w.actor, row.activity_id, {"subject": "Renamed here"})
    services.answer(w.actor, row.pk, "accepted")
    w.settle()
    there = w.there()
    assert there.title == "Tents"
    assert {a.email: a.answer for a in there.attendees} == {
        "dana@shop.test": "accepted",
        "o@x.test": "accepted",
    }


def test_a_server_that_writes_mail_is_not_made_to(w: World) -> None:
    w.choose(chosen={"import_external_events": "all"})
    w.notifies = True
    w.put("m", event(uid="m", start=datetime(2027, 3, 1, 9)))
    scheduled = w.store.bodies["m"][1].replace(
        "END:VEVENT", "ORGANIZER:mailto:dana@shop.test\r\nATTENDEE:mailto:guest@x.test\r\nEND:VEVENT"
    )
    w.store.put("m", scheduled)
    w.settle()
    row = Event.objects.get()
    services.change_event(
        w.actor, row.pk, {"title": "Moved", "start": "2027-03-02T09:00", "end": "2027-03-02T10:00"}
    )
    w.settle()
    services.delete_event(w.actor, row.pk)
    w.settle()
    assert w.store.bodies["m"][1] == scheduled


def test_single_dates_of_a_series_travel_one_by_one(w: World) -> None:
    row = w.add(
        zone="Europe/Berlin", start="2027-03-22T09:00", end="2027-03-22T10:00", rrule="FREQ=WEEKLY;COUNT=6"
    )
    w.settle()
    services.change_date(
        w.actor, row.pk, "2027-03-29T09:00:00", {"start": "2027-03-29T11:00", "end": "2027-03-29T12:00"}
    )
    w.put(w.only, overrides={"2027-04-05T09:00:00": None})
    w.settle()
    there = w.there()
    assert there.overrides["2027-04-05T09:00:00"] is None
    moved = there.overrides["2027-03-29T09:00:00"]
    assert moved and moved.start == datetime(2027, 3, 29, 11)
    following = services.change_following(w.actor, row.pk, "2027-04-12T09:00:00", {"title": "New series"})
    w.settle()
    titles = {w.there(id).title: w.there(id).rrule for id in w.store.bodies}
    assert titles == {"Tents": ("RRULE:FREQ=WEEKLY;COUNT=3",), "New series": ("RRULE:FREQ=WEEKLY;COUNT=3",)}
    services.move_event(w.actor, following.pk, "2027-04-13T10:00")
    w.settle()
    assert {w.there(id).start for id in w.store.bodies} == {
        datetime(2027, 3, 22, 9),
        datetime(2027, 4, 13, 10),
    }


def test_a_first_sync_of_meetings_of_three_users_writes_nothing_there(w: World) -> None:
    w.choose(chosen={"import_external_events": "all"}, history_days=36_500)
    start = datetime(2026, 1, 1, 9)
    for n in range(60):
        guests = (Attendee("guest@x.test", "", "needs-action"), Attendee("dana@shop.test"))
        w.put(f"m{n}", event(uid=f"m{n}", title=f"Meeting {n}", start=start + timedelta(days=9 * n),
                             organizer=Attendee("dana@shop.test"), attendees=guests))  # fmt: skip
    before = dict(w.store.bodies)
    w.store.calls.clear()
    w.settle()
    assert w.store.bodies == before
    assert not {"put", "delete"} & set(w.store.calls)
    assert len(w.here()) == 60
