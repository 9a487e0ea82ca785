"""What many people fear of a sync, at the size of a real company: mails to everybody, doubles, a wiped side, an undo."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.pim.series import event, series
from tests.pim.servers import Radicale
from tests.pim.test_radicale import _seed
from tests.pim.world import NOW, World, world
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.services import accept_invitation, invite, register_company
from tradepost.activities.models import Activity, ActivityStatus
from tradepost.mail.models import Outbox
from tradepost.pim import calendars, passes, patch, services
from tradepost.pim.models import Event
from tradepost.pim.preferences import ACTIVE
from tradepost.pim.types import Attendee
from tradepost.sync.errors import NeedsAnswer
from tradepost.sync.models import Binding, Review, Run, RunItem, Stream

pytestmark = pytest.mark.django_db(transaction=True)
MEETINGS, TEAM = 500, ("dana", "erik", "ines")


@pytest.fixture
def w(db: None) -> World:
    return world()


def team() -> list[Actor]:
    """Three users of one company."""
    boss = register_company(company="M", name="dana", email="dana@shop.test", password="Correct-horse-9")
    preferences.put(boss, {ACTIVE.key: True})
    people = [boss]
    for name in TEAM[1:]:
        _row, secret = invite(boss, email=f"{name}@shop.test", role=Role.SALES)
        people.append(accept_invitation(secret, name=name, password="Correct-horse-9"))
    return people


def meetings() -> list[str]:
    """The same for each of the three: past and future, organised by one of them or by a customer, with guests."""
    guests = [Attendee(f"{name}@shop.test", name, "accepted") for name in TEAM]
    hosts = [Attendee("dana@shop.test"), Attendee("boss@customer.test"), None]
    start = datetime(2026, 10, 1, 9)  # noqa: DTZ001
    return [
        patch.write(
            event(
                uid=f"meet-{n}@customer.test", title=f"Meeting {n}", start=start + timedelta(hours=7 * n),
                attendees=(*guests, Attendee(f"guest{n}@customer.test", "", "needs-action")), organizer=hosts[n % 3],
            ),
            NOW,
        )
        for n in range(MEETINGS)
    ]  # fmt: skip


@pytest.mark.req("A19", "T3")
def test_the_first_sync_of_three_users_tells_nobody_and_makes_one_event_of_a_meeting(
    radicale: Radicale, settings: Any
) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8"]
    bodies = meetings()
    streams, paths, jobs = [], [], _mail_jobs()
    for actor, name in zip(team(), TEAM, strict=True):
        paths.append(radicale.make(name, "team"))
        _seed(radicale, bodies, paths[-1], name)
        config = {"url": radicale.url, "username": name}
        account, found = calendars.connect(actor, config=config, secrets={"password": "x"})
        chosen = {"chosen": {"import_external_events": "all"}, "history_days": 36_500}
        one = next(c for c in found if c.id.endswith(paths[-1]))
        streams.append(calendars.choose(actor, account.pk, one, chosen=chosen, start=True))
    before = [_versions(radicale, path, name) for path, name in zip(paths, TEAM, strict=True)]
    for stream in streams:
        passes.run(stream.pk)
    assert Event.objects.count() == MEETINGS
    assert Binding.objects.count() == 3 * MEETINGS
    items = RunItem.objects.count()
    for stream in (*streams, *[streams[0]] * 18):
        passes.run(stream.pk)
    assert before == [_versions(radicale, path, name) for path, name in zip(paths, TEAM, strict=True)]
    assert (RunItem.objects.count(), Event.objects.count()) == (items, MEETINGS)
    assert not RunItem.objects.filter(failed=True).exists()
    assert not Outbox.objects.exists()
    assert _mail_jobs() == jobs


def _mail_jobs() -> set[int]:
    """The queue outlives a test."""
    rows = ProcrastinateJob.objects.filter(task_name__startswith="mail.")
    return set(rows.values_list("id", flat=True))


def _versions(server: Radicale, path: str, name: str) -> dict[str, str]:
    with server.open(path, user=name) as there:
        return dict(there.changes("").versions)


def test_what_we_add_with_guests_is_nobodys_to_invite(w: World) -> None:
    for n in range(50):
        guest = {"email": f"guest{n}@customer.test"}
        day = f"2027-03-{n % 28 + 1:02}"
        w.add(f"Meeting {n}", attendees=[guest], start=f"{day}T09:00", end=f"{day}T10:00")
    w.sync()
    lines = re.findall(r"^ATTENDEE.*?(?=^\S)", "".join(b for _, b in w.store.bodies.values()), re.M | re.S)
    assert len(lines) == 50
    assert all("SCHEDULE-AGENT=CLIENT" in line.replace("\r\n ", "") for line in lines)
    assert not any("ORGANIZER" in body for _, body in w.store.bodies.values())
    assert not Outbox.objects.exists()


@pytest.mark.parametrize("resync", [False, True])
@pytest.mark.parametrize("side", ["here", "there"])
def test_a_wiped_side_wipes_nothing_without_consent(w: World, side: str, resync: bool) -> None:
    rows = [w.add(f"Own {n}") for n in range(30)]
    w.sync()
    if side == "there":
        for id in list(w.store.bodies):
            w.store.remove(id)
    else:
        for row in rows:
            services.delete_event(w.actor, row.pk)
    asks = not (side == "here" and resync)  # a resync deletes nothing there, so there is nothing to ask
    for _ in range(3):
        with pytest.raises(NeedsAnswer) if asks else nullcontext():
            w.sync(resync=resync)
    if side == "there":
        assert set(Activity.objects.values_list("status", flat=True)) == {ActivityStatus.OPEN}
    else:
        assert len(w.store.bodies) == 30
    if not asks:
        return
    assert Review.objects.filter(resolved_at=None).count() == 1
    assert Stream.objects.get().health == "paused"


def test_the_undo_of_a_run_gives_the_same_bytes_on_both_sides(w: World) -> None:
    w.choose(chosen={"import_external_events": "all"})
    for n in range(20):
        w.put(f"x{n}", series(n))
    rows = [w.add(f"Own {n}", rrule="FREQ=WEEKLY;COUNT=5" if n % 3 else "") for n in range(20)]
    w.settle()
    there = {id: body for id, (_, body) in w.store.bodies.items()}
    here = _here()
    for row in rows[:8]:
        services.change_event(w.actor, row.pk, {"title": f"Changed {row.pk}", "location": "Hall 9"})
    changed_here = _here()
    w.sync()
    run = Run.objects.latest("pk")
    assert {id: body for id, (_, body) in w.store.bodies.items()} != there
    w.undo(run)
    assert {id: body for id, (_, body) in w.store.bodies.items()} == there
    assert _here() in (here, changed_here)
    w.settle()
    assert len(w.store.bodies) == 40


def _here() -> list[tuple[Any, ...]]:
    rows = Event.objects.order_by("pk").select_related("activity")
    return [(r.pk, r.activity.subject, r.activity.starts, r.zone, r.details) for r in rows]
