"""A company whose calendar is connected to one in memory, and passes over it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.pim.memory import MemoryCalendar, Store
from tests.pim.series import event
from tradepost.accounts.access import Actor
from tradepost.accounts.services import register_company
from tradepost.activities.models import Activity
from tradepost.activities.records import Record as On
from tradepost.kit.errors import Fault
from tradepost.people.models import Customer
from tradepost.people.services import save_customer
from tradepost.pim import calendars, options, services
from tradepost.pim.models import Event
from tradepost.pim.sides import CalendarSide, EventRows
from tradepost.pim.types import CalendarEvent
from tradepost.sync.engine import Engine
from tradepost.sync.models import Connection, Run, Stream
from tradepost.sync.plan import Plan
from tradepost.sync.runs import hold

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOON = datetime(2027, 3, 10, 9, tzinfo=UTC)
ANY_TIME = {"history_days": 36_500}  # so that no date of a test is ever too old


@dataclass
class World:
    actor: Actor
    customer: Customer
    stream: Stream
    store: Store = field(default_factory=Store)
    address: str = "dana@shop.test"
    notifies: bool = False

    def engine(self, work: Any) -> Engine:
        chosen = options.parse(work.stream.policy)
        calendar = MemoryCalendar(self.store, self.address, self.notifies)
        me, days = {self.address}, chosen.history_days
        rows = EventRows(work.stream, chosen.kind, me, adopts=chosen.default, history_days=days)
        side = CalendarSide(calendar, chosen.kind, work.stream.organisation_id, me, rows.since)
        return Engine(work, chosen.kind, chosen.policy(work.stream.direction), rows, side)

    def sync(self, resync: bool = False) -> Plan:
        with hold(self.stream.pk, "manual") as work:
            return self.engine(work).sync(resync=resync)
        raise AssertionError("stopped")

    def try_sync(self) -> None:
        with suppress(Fault):
            self.sync()

    def settle(self) -> None:
        for _ in range(3):
            self.sync()

    def undo(self, run: Run) -> None:
        with hold(self.stream.pk, "undo") as work:
            self.engine(work).undo(run.items.filter(failed=False).order_by("pk"))

    def choose(self, **chosen: Any) -> None:
        parsed = {**self.stream.policy, **chosen}
        options.parse(parsed)
        Stream.objects.filter(pk=self.stream.pk).update(policy=parsed)

    def add(self, title: str = "Tents", **values: Any) -> Event:
        given = {"title": title, "start": "2027-03-10T09:00", "end": "2027-03-10T10:00", **values}
        return services.add_event(self.actor, On("customer", self.customer.pk), given)

    def put(self, id: str, one: CalendarEvent | None = None, **values: Any) -> str:
        """Somebody writes into the calendar with another program."""
        known = self.store.bodies.get(id, ("", ""))[1]
        made = one or replace(self.there(id), **values) if known else one or event(uid=f"{id}@x", **values)
        return self.store.put(id, MemoryCalendar(self.store).write(made, NOW, known))

    def there(self, id: str = "") -> CalendarEvent:
        (one,) = [b for i, (_, b) in self.store.bodies.items() if not id or i == id]
        return MemoryCalendar(self.store).read(one)

    @property
    def only(self) -> str:
        (id,) = self.store.bodies
        return id

    def here(self) -> list[Activity]:
        return list(Activity.objects.filter(kind="event").order_by("pk"))


def world(email: str = "dana@shop.test", company: Actor | None = None) -> World:
    actor = company or register_company(
        company="Marlow", name="Dana", email=email, password="Correct-horse-9"
    )
    customer = save_customer(actor, {"name": f"Harbor & Pine {email}"})
    connection = Connection.objects.create(
        organisation_id=actor.organisation_id, connector="caldav", label="Dana", owner_id=actor.user_id
    )
    stream = Stream.objects.create(
        organisation_id=actor.organisation_id,
        connection=connection,
        kind=calendars.STREAM_KIND,
        remote_id=f"https://dav.test/{email}/work/",
        direction="both",
        policy=ANY_TIME,
    )
    return World(actor, customer, stream, address=email)


def beside(w: World, email: str) -> World:
    """The calendar of a colleague."""
    other = world(email)
    other.actor = replace(other.actor, organisation_id=w.actor.organisation_id)
    for row in (other.stream, other.stream.connection):
        row.organisation_id = w.actor.organisation_id
        row.save()
    return other


def second(w: World) -> World:
    """Another calendar of the same account."""
    stream = Stream.objects.create(
        organisation_id=w.actor.organisation_id,
        connection=w.stream.connection,
        kind=calendars.STREAM_KIND,
        remote_id="https://dav.test/dana/home/",
        direction="both",
        policy={**ANY_TIME, "default": False},
    )
    return replace(w, stream=stream, store=Store())
