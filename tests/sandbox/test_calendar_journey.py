"""The calendar of the demo: what Dana plans on an order stands in her calendar, and what she moves there moves here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.mail.world import work
from tests.sandbox.test_program import program
from tradepost.accounts.access import Actor
from tradepost.activities.models import Activity
from tradepost.activities.records import Record
from tradepost.pim import services
from tradepost.pim.calendars import CONNECTOR, STREAM_KIND
from tradepost.pim.ports import Calendar
from tradepost.pim.queries import occurrences
from tradepost.sales.models import Document, Kind
from tradepost.sandbox.accounts import Account, Directory
from tradepost.sandbox.seed import fill
from tradepost.sync import registry
from tradepost.sync.models import RunItem, Stream
from tradepost.sync.tasks import request_run

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Desk:
    actor: Actor
    order: Document
    stream: Stream

    @contextmanager
    def phone(self) -> Iterator[Calendar]:
        """The calendar as Dana's telephone has it."""
        account = self.stream.connection
        with registry.connector(CONNECTOR).calendar(
            account.config, dict(account.secrets), self.stream.remote_id
        ) as there:
            yield there

    def titles(self) -> dict[str, str]:
        with self.phone() as there:
            return {there.read(i.body).title: i.id for i in there.get(list(there.changes("").versions))}

    def sync(self) -> None:
        request_run(self.stream.pk)
        work()


@pytest.fixture
def desk(tmp_path: Path, settings: Any) -> Iterator[Desk]:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8"]
    Directory(tmp_path / "accounts.json").add([Account("nobody@marlowfinch.example", "x")])
    with program(tmp_path) as (_process, line):
        actor = fill(password="outdoor-supply-2026", small=True, world=json.loads(line))
        work()
        order = Document.objects.of(actor).filter(kind=Kind.ORDER, po_number="HP-2207").get()
        yield Desk(actor, order, Stream.objects.select_related("connection").get(kind=STREAM_KIND))


@pytest.mark.req("A17", "A18", "A19", "A20", "X2")
def test_both_sides_of_the_calendar_move(desk: Desk) -> None:
    here = {a.subject for a in Activity.objects.of(desk.actor).filter(kind="event", visibility="owner")}
    assert here == {"Spring range with Renata"}  # what is private on the telephone stays there
    assert {"Yoga", "Dentist", "Spring range with Renata"} <= desk.titles().keys()
    start = (datetime.now(UTC) + timedelta(days=4)).replace(
        hour=17, minute=0, second=0, microsecond=0, tzinfo=None
    )
    values = {"title": "Unload the tents", "start": start.isoformat(), "zone": "America/Los_Angeles"}
    row = services.add_event(desk.actor, Record("document", desk.order.pk), values)
    desk.sync()
    there = desk.titles()
    assert "Unload the tents" in there
    with desk.phone() as phone:
        (item,) = phone.get([there["Unload the tents"]])
        one, later = phone.read(item.body), timedelta(hours=3)
        moved = replace(one, start=one.start + later, end=one.end + later)
        phone.put(item.id, phone.write(moved, datetime.now(UTC), item.body), item.version)
    before = Activity.objects.get(pk=row.activity_id).starts
    desk.sync()
    activity = Activity.objects.get(pk=row.activity_id)
    assert before is not None
    assert activity.starts == before + later
    assert activity.links.filter(record_kind="document", record_id=desk.order.pk, open=True).exists()
    shown = occurrences(desk.actor, before - timedelta(days=1), before + timedelta(days=1))
    assert "Unload the tents" in {one.title for one in shown}
    with desk.phone() as phone:
        (item,) = phone.get([there["Unload the tents"]])
        phone.delete(item.id, item.version)
    desk.sync()
    assert Activity.objects.get(pk=row.activity_id).status == "cancelled"
    assert not RunItem.objects.filter(failed=True, run__stream=desk.stream).exists()
