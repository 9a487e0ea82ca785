"""Dana's calendar on the sandbox's server: what stands in it before, and its connection to her desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tradepost.accounts import settings
from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.pim import calendars, preferences, services
from tradepost.pim.calendars import CONNECTOR
from tradepost.pim.ports import CalendarConnector
from tradepost.pim.types import Attendee, CalendarEvent, wall
from tradepost.sales.models import Document, Kind
from tradepost.sandbox.company import Person
from tradepost.sync import registry


def open_calendar(actor: Actor, login: str, password: str, world: Mapping[str, Any], guest: Person) -> None:
    """Write a week into the calendar as a phone would have, connect it, and begin to sync both ways."""
    settings.put(actor, {preferences.ACTIVE.key: True})
    config = {"url": world["dav_url"], "username": login, "pinned": world["fingerprint"]}
    account, found = calendars.connect(
        actor, config=config, secrets={"password": password}, label="Dana's calendar"
    )
    chosen = found[0]
    zone = Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)
    today = wall(clock.now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)
    port: CalendarConnector = registry.connector(CONNECTOR)
    with port.calendar(account.config, dict(account.secrets), chosen.id) as there:
        for number, one in enumerate(_week(today, zone, login, guest), 1):
            there.put(f"phone-{number}", there.write(one, clock.now()), "")
    _plan(actor, today, zone)
    policy = {"chosen": {"import_external_events": "with_contacts"}}
    calendars.choose(actor, account.pk, chosen, interval=10, chosen=policy, start=True)


def _week(today: datetime, zone: str, login: str, guest: Person) -> Iterator[CalendarEvent]:
    """A visit with somebody known, which comes in, and what is private, which does not (defaults 16)."""
    monday = today - timedelta(days=today.weekday())
    host = Attendee(login, "Dana Whitfield", "accepted", "chair")
    invited = Attendee(guest.emails[0][0], guest.name, "accepted", "req-participant")
    yield _event(
        1, "Spring range with Renata", today + timedelta(days=1, hours=10), 60, zone, invited, organizer=host
    )
    yield _event(2, "Yoga", monday + timedelta(hours=18), 60, zone, rrule=("RRULE:FREQ=WEEKLY;BYDAY=MO,TH",))
    yield _event(3, "Dentist", today + timedelta(days=2, hours=8), 45, zone)


def _event(
    number: int, title: str, start: datetime, minutes: int, zone: str, *attendees: Attendee, **more: Any
) -> CalendarEvent:
    end = start + timedelta(minutes=minutes)
    return CalendarEvent(
        uid=f"phone-{number}@marlowfinch.example", title=title, start=start, end=end, zone=zone,
        attendees=attendees, **more,
    )  # fmt: skip


def _plan(actor: Actor, today: datetime, zone: str) -> None:
    """What Dana has planned here: it goes out with the first pass."""
    orders = Document.objects.of(actor).filter(kind=Kind.ORDER, status="open").order_by("-date", "-pk")[:3]
    plans = (
        ("Pick-up by the customer", 3, 11),
        ("Check the delivery", 5, 9),
        ("Call about the reorder", 8, 15),
    )
    for order, (title, days, hour) in zip(orders, plans, strict=False):
        start = today + timedelta(days=days, hours=hour)
        values = {
            "title": f"{title}: {order.number}",
            "start": start.isoformat(),
            "zone": zone,
            "reminders": [15],
        }
        services.add_event(actor, Record("document", order.pk), values)
