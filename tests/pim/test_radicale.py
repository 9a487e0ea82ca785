"""The whole way on a real server: connect, choose, preview, sync, undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.pim.contract import NOW
from tests.pim.series import event, series
from tests.pim.servers import Radicale, Server, Xandikos
from tests.pim.world import ANY_TIME
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Actor
from tradepost.accounts.services import register_company
from tradepost.activities.models import Activity
from tradepost.activities.records import Record as On
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.kit.errors import Invalid
from tradepost.people.services import save_customer
from tradepost.pim import calendars, ical, passes, patch, queries, services
from tradepost.pim.errors import NoCalendars
from tradepost.pim.models import Event
from tradepost.pim.preferences import ACTIVE
from tradepost.sync.models import Connection, Run, RunItem, Stream
from tradepost.wire.faults import Unauthorized

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PRIVATE_HOSTS = LOOPBACK


def register() -> Actor:
    actor = register_company(company="M", name="D", email="dana@shop.test", password="Correct-horse-9")
    preferences.put(actor, {ACTIVE.key: True})
    return actor


def config(server: Server, user: str = "dana") -> dict[str, str]:
    return {"url": server.url, "username": user}


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A17", "A18", "A20")
def test_from_sign_in_to_undo(radicale: Radicale) -> None:
    path = radicale.make(name="work")
    actor = register()
    customer = save_customer(actor, {"name": "Harbor"})
    connection, found = calendars.connect(actor, config=config(radicale), secrets={"password": "x"})
    chosen = next(c for c in found if c.id.endswith(path))
    row = services.add_event(actor, On("customer", customer.pk),
                             {"title": "Tents", "start": "2027-03-29T09:00", "zone": "Europe/Berlin",
                              "rrule": "FREQ=WEEKLY;COUNT=3"})  # fmt: skip
    stream = calendars.choose(actor, connection.pk, chosen, chosen=ANY_TIME)
    assert str(passes.preview(actor, stream.pk).plan.preview) == "create 1 there"
    with radicale.open(path) as there:
        assert not there.changes("").versions
        passes.apply(actor, stream.pk)
        (item,) = there.get(list(there.changes("").versions))
        assert there.read(item.body).title == "Tents"
        changed = replace(there.read(item.body), title="Renamed there", changed=None)
        there.put(item.id, there.write(changed, datetime.now(UTC), item.body), item.version)
        passes.run(stream.pk)
        assert Activity.objects.get(pk=row.activity_id).subject == "Renamed there"
        services.change_event(actor, row.pk, {"title": "Renamed here"})
        (before,) = there.get([item.id])
        passes.run(stream.pk)
        (after,) = there.get([item.id])
        assert there.read(after.body).title == "Renamed here"
        last = Run.objects.latest("pk")
        passes.undo(actor, last.pk)
        passes.run(stream.pk, f"undo:{last.pk}")
        (undone,) = there.get([item.id])
        assert undone.body == before.body
    shown = queries.occurrences(actor, datetime(2027, 4, 1, tzinfo=UTC), datetime(2027, 4, 30, tzinfo=UTC))
    assert [(s.title, s.original) for s in shown] == [("Renamed here", "2027-04-05T09:00:00"),
                                                      ("Renamed here", "2027-04-12T09:00:00")]  # fmt: skip
    assert not RunItem.objects.filter(failed=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_calendar_that_was_deleted_pauses_its_stream(radicale: Radicale) -> None:
    path = radicale.make()
    actor = register()
    connection, found = calendars.connect(actor, config=config(radicale), secrets={"password": "x"})
    stream = calendars.choose(actor, connection.pk, next(c for c in found if c.id.endswith(path)), start=True)
    passes.run(stream.pk)
    radicale.request("DELETE", path)
    passes.run(stream.pk)
    stream = Stream.objects.get()
    assert stream.health == "paused"
    assert "is gone" in stream.reason
    assert queries.questions(actor)[0].facts["subject"] == "container_vanished"


@pytest.mark.django_db(transaction=True)
def test_what_cannot_work_is_said_and_nothing_is_stored(radicale: Radicale, xandikos: Xandikos) -> None:
    actor = register()
    for url, field in (("dav.example.com", "url"), ("https://a:b@dav.example.com", "url")):
        with pytest.raises(Invalid) as caught:
            calendars.connect(actor, config={"url": url}, secrets={})
        assert field in caught.value.fields
    with pytest.raises((NoCalendars, Unauthorized)):
        calendars.connect(actor, config={"url": radicale.url}, secrets={})
    assert not Connection.objects.exists()
    _, found = calendars.connect(actor, config={"url": xandikos.url}, secrets={})
    assert found


@pytest.mark.parametrize("name", ["radicale", "xandikos"])
def test_a_thousand_series_come_back_unchanged(name: str, request: pytest.FixtureRequest) -> None:
    """Put as one file where the server splits it (Radicale); elsewhere one by one into ten calendars, since a commit of
    Xandikos writes the list of its whole calendar."""
    server: Server = request.getfixturevalue(name)
    parts = 1 if name == "radicale" else 10
    for part in range(parts):
        with server.open(server.make()) as calendar:
            made = {f"series-{n}@shop.test": series(n) for n in range(part, 1000, parts)}
            fill(server, [patch.write(one, NOW) for one in made.values()], calendar._path)
            found = list(calendar.get(list(calendar.changes("").versions)))
            assert len(found) == len(made) == 1000 // parts
            for item in found:
                back = calendar.read(item.body)
                assert replace(back, changed=None) == replace(made[back.uid], changed=None)
                assert calendar.write(back, NOW, item.body) == item.body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "size"), [("radicale", 300), ("xandikos", 60)])
def test_the_undo_of_a_run_at_size_gives_the_same_bytes(
    name: str, size: int, request: pytest.FixtureRequest
) -> None:
    """Half of the events were made here, half there; each is edited where it was made, one run carries that over."""
    server: Server = request.getfixturevalue(name)
    path, actor = server.make(), register()
    fill(server, [patch.write(series(n), NOW) for n in range(size // 2)], path)
    on = On("customer", save_customer(actor, {"name": "Harbor"}).pk)
    start = {"start": "2027-03-10T09:00", "zone": "Europe/Berlin", "rrule": "FREQ=WEEKLY;COUNT=5"}
    own = [services.add_event(actor, on, {**start, "title": f"Own {n}"}) for n in range(size // 2)]
    account, found = calendars.connect(actor, config=config(server), secrets={"password": "x"})
    calendar = next(c for c in found if c.id.endswith(path))
    chosen = {**ANY_TIME, "chosen": {"import_external_events": "all"}}
    stream = calendars.choose(actor, account.pk, calendar, chosen=chosen, start=True)
    for _ in range(2):
        passes.run(stream.pk)
    for row in own:
        services.change_event(actor, row.pk, {"title": f"Changed {row.pk}", "location": "Hall 9"})
    with server.open(path) as there:
        theirs = [item for item in there.get(list(there.changes("").versions)) if "series-" in item.body]
        for item in theirs:
            edited = replace(there.read(item.body), title="Edited there", changed=None)
            there.put(item.id, there.write(edited, datetime.now(UTC), item.body), item.version)
        before = state(there)
        passes.run(stream.pk)
        run, after = Run.objects.latest("pk"), state(there)
        assert run.items.filter(failed=False).count() == size
        assert sum(after[0][id] != body for id, body in before[0].items()) == size // 2
        assert sum(one != other for one, other in zip(after[1], before[1], strict=True)) == size // 2
        passes.undo(actor, run.pk)
        passes.run(stream.pk, f"undo:{run.pk}")
        assert state(there) == before
        passes.run(stream.pk)
        assert state(there) == before
    assert not RunItem.objects.filter(failed=True).exists()


def state(there: CalDavCalendar) -> tuple[dict[str, str], list[tuple[object, ...]]]:
    """Both sides to the byte: their texts, and our rows but for the counters of changes."""
    rows = Event.objects.order_by("pk").select_related("activity")
    here = [(r.pk, r.uid, r.zone, r.details, r.recurring, a.subject, a.text, a.starts, a.ends, a.all_day, a.status)
            for r in rows for a in (r.activity,)]  # fmt: skip
    return {item.id: item.body for item in there.get(list(there.changes("").versions))}, here


def fill(server: Server, bodies: list[str], path: str, user: str = "dana") -> None:
    """By one PUT of a whole VCALENDAR to the collection where the server knows that, else one by one."""
    if server.name == "radicale":
        _seed(server, bodies, path, user)
        return
    with server.open(path, user=user) as calendar:
        for n, body in enumerate(bodies):
            calendar.put(f"n{n}", body, "")


def _seed(server: Server, bodies: list[str], path: str, user: str = "dana") -> None:
    """One PUT of a whole VCALENDAR to the collection."""
    parts = [part for body in bodies for part in ical.parse(body).children("VCALENDAR")[0].children("VEVENT")]
    zones = {z.words("TZID"): z for body in bodies
             for z in ical.parse(body).children("VCALENDAR")[0].children("VTIMEZONE")}  # fmt: skip
    whole = ical.component(
        "VCALENDAR", ical.make("VERSION", "2.0"), ical.make("PRODID", "x"), *zones.values(), *parts
    )
    answer = server.request("PUT", path, whole.text.encode(), user=user, **{"Content-Type": "text/calendar"})
    assert answer.status_code == 201, answer.text


def test_a_plain_event_is_read_as_written() -> None:
    one = event()
    assert ical.fingerprint(patch.write(one, NOW)) == ical.fingerprint(
        patch.write(one, NOW).replace("\r\n", "\n")
    )
