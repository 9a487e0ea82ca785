"""What a person sets of a calendar has its effect: the window of history, colours, intervals, and which one takes new events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.pim.series import event
from tests.pim.world import World, second, world
from tradepost.accounts import settings as preferences
from tradepost.activities.models import Activity, ActivityStatus
from tradepost.activities.records import Record as On
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.pim import calendars, options, passes, queries, services
from tradepost.pim.models import Event
from tradepost.pim.preferences import ACTIVE
from tradepost.pim.types import CalendarInfo
from tradepost.sync.models import Binding, Connection, Health, Run, Stream
from tradepost.sync.services import pause, resume

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def w(db: None) -> World:
    made = world()
    preferences.put(made.actor, {ACTIVE.key: True})
    connection = made.stream.connection
    connection.secrets = {"password": "x"}  # type: ignore[assignment]
    connection.save()
    return made


# -- several calendars of one user -------------------------------------------------------------------------------


@pytest.mark.req("D21")
def test_each_event_lives_in_the_calendar_that_it_belongs_to(w: World) -> None:
    home = second(w)
    w.add("Tents")
    home.choose(chosen={"import_external_events": "all"})
    home.put("x", event(uid="x", title="Dentist", start=datetime(2027, 3, 1, 9)))
    for one in (w, home, w, home):
        one.settle()
    assert [w.there(id).title for id in w.store.bodies] == ["Tents"]
    assert [home.there(id).title for id in home.store.bodies] == ["Dentist"]
    assert {row.activity.subject: row.stream_id for row in Event.objects.select_related("activity")} == {
        "Tents": w.stream.pk,
        "Dentist": home.stream.pk,
    }
    services.change_event(w.actor, Event.objects.get(uid="x").pk, {"title": "Doctor"})
    for one in (w, home):
        one.settle()
    assert home.there().title == "Doctor" and len(w.store.bodies) == 1


@pytest.mark.req("D21")
def test_a_calendar_that_was_stopped_does_not_go_on_with_its_account(w: World) -> None:
    calendars.stop(w.actor, second(w).stream.pk)
    connection = w.stream.connection_id
    for halt in (pause, calendars.disconnect):
        halt(w.actor, connection)
        assert not Stream.objects.filter(enabled=True).exists()
        Connection.objects.update(secrets={"password": "x"}, health=Health.PAUSED)
        resume(w.actor, connection)
        assert list(Stream.objects.filter(enabled=True)) == [w.stream]


def test_the_same_meeting_in_two_calendars_of_one_user_is_one_event(w: World) -> None:
    home = second(w)
    for one in (w, home):
        one.choose(chosen={"import_external_events": "all"})
        one.put("m", event(uid="meet@x", title="Meeting", start=datetime(2027, 3, 1, 9)))
        one.settle()
    assert Event.objects.count() == 1
    assert Binding.objects.count() == 2
    services.change_event(w.actor, Event.objects.get().pk, {"title": "Moved"})
    for one in (w, home, w):
        one.settle()
    assert (w.there().title, home.there().title) == ("Moved", "Moved")
    assert len(w.store.bodies) == len(home.store.bodies) == 1


def test_new_events_go_into_one_calendar_the_one_of_which_it_was_said_last(w: World) -> None:
    account = w.stream.connection_id
    home = calendars.choose(w.actor, account, CalendarInfo("https://dav.test/home/", "Home"))
    assert home.policy["default"] is False
    calendars.configure(w.actor, home.pk, chosen={"default": True})
    team = calendars.choose(w.actor, account, CalendarInfo("https://dav.test/team/", "Team", writable=False))
    taking = [s.pk for s in queries.own_streams(w.actor) if s.policy.get("default", True)]
    assert taking == [home.pk]
    assert (team.policy["default"], team.direction) == (False, "to_app")


# -- the window of history ---------------------------------------------------------------------------------------


def on(days: int) -> datetime:
    """Nine o'clock so many days from now."""
    day = clock.now() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 9)  # noqa: DTZ001


def add(w: World, title: str, days: int, **values: Any) -> Event:
    given = {"title": title, "start": on(days).isoformat()[:16], **values}
    return services.add_event(w.actor, On("customer", w.customer.pk), given)


def fill(w: World) -> None:
    """Here and there, an event and a series of each age; a series that has not ended is never old."""
    ends = f"{on(-45):%Y%m%dT%H%M%SZ}"
    for n, days in enumerate((-50, -20, 20)):
        add(w, f"Own {days}", days)
        w.put(f"x{n}", event(uid=f"x{n}", title=f"Theirs {days}", start=on(days)))
    add(w, "Own weekly", -300, rrule="FREQ=WEEKLY")
    add(w, "Own ended", -300, rrule=f"FREQ=WEEKLY;UNTIL={ends}")
    weekly, ended = ("RRULE:FREQ=WEEKLY",), (f"RRULE:FREQ=WEEKLY;UNTIL={ends}",)
    w.put("w", event(uid="w", title="Theirs weekly", start=on(-300), rrule=weekly))
    w.put("e", event(uid="e", title="Theirs ended", start=on(-300), rrule=ended))


def test_what_is_older_than_the_window_is_neither_sent_nor_brought_in(w: World) -> None:
    fill(w)
    w.choose(chosen={"import_external_events": "all"}, history_days=30)
    w.settle()
    there = sorted(w.there(id).title for id in w.store.bodies)
    here = sorted(Activity.objects.values_list("subject", flat=True))
    both = ["Own -20", "Own 20", "Own weekly", "Theirs -20", "Theirs 20", "Theirs weekly"]
    assert sorted({*there} & {*here}) == both
    assert sorted({*here} - {*there}) == ["Own -50", "Own ended"]
    assert sorted({*there} - {*here}) == ["Theirs -50", "Theirs ended"]


@pytest.mark.parametrize("resync", [False, True])
def test_a_window_that_moves_deletes_nothing_and_one_that_widens_brings_the_rest(
    w: World, resync: bool
) -> None:
    fill(w)
    w.choose(chosen={"import_external_events": "all"}, history_days=365)
    w.settle()
    assert len(w.store.bodies) == Activity.objects.count() == 10
    for days in (30, 0):
        calendars.configure(w.actor, w.stream.pk, chosen={"history_days": days})
        w.store.faults = ["cursor_lost"]
        w.sync(resync=resync)
        w.settle()
    assert len(w.store.bodies) == Activity.objects.filter(status=ActivityStatus.OPEN).count() == 10
    assert Binding.objects.filter(tombstone="").count() == 10


def test_settings_that_let_more_in_count_from_the_next_pass_on(w: World) -> None:
    w.put("x", event(uid="x", title="Theirs", start=on(-50)))
    w.settle()
    assert not w.here()
    calendars.configure(
        w.actor, w.stream.pk, chosen={"chosen": {"import_external_events": "all"}, "history_days": 30}
    )
    w.sync()
    assert not w.here()
    calendars.configure(w.actor, w.stream.pk, chosen={"history_days": 90})
    w.sync()
    assert [a.subject for a in w.here()] == ["Theirs"]


# -- colours -----------------------------------------------------------------------------------------------------


def test_every_calendar_has_a_colour_its_own_or_one_that_no_other_has(w: World) -> None:
    account = w.stream.connection_id
    own = calendars.choose(w.actor, account, CalendarInfo("https://dav.test/a/", "A", "#ff2968"))
    made = [
        calendars.choose(w.actor, account, CalendarInfo(f"https://dav.test/{n}/", str(n))) for n in range(8)
    ]
    assert own.policy["colour"] == "#ff2968"
    assert [one.policy["colour"] for one in made] == list(options.COLOURS)
    calendars.configure(w.actor, w.stream.pk, chosen={"colour": "#0f7b6c"})
    add(w, "Tents", 30)
    w.sync()
    now = clock.now()
    shown = queries.occurrences(w.actor, now, now + timedelta(days=400))
    assert [one.colour for one in shown] == ["#0f7b6c"]


def test_a_colour_kept_before_colours_were_checked_stops_no_pass() -> None:
    kept = {"colour": "#fff", "history_days": 30, "writable": False}
    assert options.stored(kept) == options.Options(history_days=30)


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#0f7b6c;background:url(//x.test)", 7, None])
def test_a_colour_that_is_none_is_refused_at_its_field(w: World, colour: Any) -> None:
    with pytest.raises(Invalid) as caught:
        calendars.configure(w.actor, w.stream.pk, chosen={"colour": colour})
    assert "colour" in caught.value.fields


# -- intervals ---------------------------------------------------------------------------------------------------


@pytest.mark.req("T13")
@pytest.mark.parametrize(("preset", "seconds"), [("safe", 120), ("oro", 30)])
def test_the_interval_is_the_presets_where_none_is_named(w: World, preset: str, seconds: int) -> None:
    one = CalendarInfo("https://dav.test/a/", "A")
    stream = calendars.choose(w.actor, w.stream.connection_id, one, chosen={"preset": preset})
    assert stream.interval == seconds
    assert calendars.configure(w.actor, stream.pk, chosen={"preset": "safe"}).interval == seconds


@pytest.mark.req("T13")
@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, False), (-1, False), (1, True), (86_399, True), (86_400, False)]
)
def test_an_interval_lies_between_a_second_and_a_day(w: World, seconds: int, taken: bool) -> None:
    one = CalendarInfo("https://dav.test/a/", "A")
    for act in (
        lambda: calendars.choose(w.actor, w.stream.connection_id, one, interval=seconds),
        lambda: calendars.configure(w.actor, w.stream.pk, interval=seconds),
    ):
        if taken:
            assert act().interval == seconds
            continue
        with pytest.raises(Invalid) as caught:
            act()
        assert "interval" in caught.value.fields and "1 to 86399" in caught.value.cure


@pytest.mark.parametrize(
    ("policy", "field"),
    [({"chosen": "all"}, "chosen"), ({"chosen": {"conflicts": ["ask"]}}, "conflicts"), ({"default": "no"}, "default"),
     ({"history_days": "30"}, "history_days"), ({"history_days": True}, "history_days"), ({"preset": []}, "preset"),
     ({"nonsense": 1}, "nonsense")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused_at_their_field(w: World, policy: Any, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        calendars.configure(w.actor, w.stream.pk, chosen=policy)
    assert field in caught.value.fields


# -- undo --------------------------------------------------------------------------------------------------------


def test_a_run_is_undone_within_thirty_days_and_not_later(w: World) -> None:
    w.add()
    w.sync()
    run = Run.objects.get()
    Run.objects.update(started_at=clock.now() - timedelta(days=29, hours=23))
    run.refresh_from_db()
    assert passes.may_undo(run)
    Run.objects.update(started_at=clock.now() - timedelta(days=30, minutes=1))
    run.refresh_from_db()
    assert not passes.may_undo(run)
    with pytest.raises(Conflict, match="more than 30 days old") as caught:
        passes.undo(w.actor, run.pk)
    assert caught.value.cure
    assert len(w.store.bodies) == 1


@pytest.mark.parametrize(
    ("kept", "shown"),
    [("#0f7b6c", "#0f7b6c"), ("", ""), ("red;background:url(//x)", ""), (7, ""), (None, "")],
)
def test_a_stored_colour_that_is_none_is_not_shown(kept: object, shown: str) -> None:
    assert options.colour_of({"colour": kept}) == shown
