"""The weeks behind the company, and Dana's calendar on the sandbox's server with its connection to her desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tradepost.accounts import settings
from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.activities.history import PastActivity, bring_activities
from tradepost.activities.models import ActivityKind, ActivityStatus
from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.pim import calendars, preferences, services
from tradepost.pim.calendars import CONNECTOR
from tradepost.pim.ports import CalendarConnector
from tradepost.pim.types import Attendee, CalendarEvent, instant, wall
from tradepost.sales.models import Document, Kind
from tradepost.sandbox.company import Person
from tradepost.sync import registry

WEEKS = 6
# Of each week: a weekday (Monday is 0), the hour and minute, how many minutes (none: a task or call that is due then), and
# in which of the weeks; the more the hour says, the less it looks like a machine's.
_ROUTINE = (
    (ActivityKind.EVENT, 0, (9, 15), 30, "Open orders of the week", range(WEEKS)),
    (ActivityKind.EVENT, 1, (10, 0), 60, "Store visit", (0, 2, 4)),
    (ActivityKind.EVENT, 1, (14, 30), 45, "Season planning by video", (1, 3, 5)),
    (ActivityKind.EVENT, 2, (11, 0), 30, "Call about the delivery window", (0, 1, 3, 4)),
    (ActivityKind.EVENT, 3, (15, 45), 60, "Contract renewal", (2, 5)),
    (ActivityKind.EVENT, 3, (8, 30), 90, "Stock count with the warehouse", (1, 4)),
    (ActivityKind.EVENT, 4, (13, 0), 45, "Samples for the next season", (0, 3)),
    (ActivityKind.TASK, 2, (16, 30), 0, "Send the new price list", (0, 1)),
    (ActivityKind.TASK, 4, (12, 0), 0, "Check the freight bill", (0, 2)),
    (ActivityKind.CALL, 3, (10, 20), 0, "Ring back about the pallet sizes", (0, 1)),
)


def look_back(actor: Actor, members: Sequence[int], now: datetime) -> None:
    """Meetings of the weeks before this day, and the few tasks and calls of them that nobody has done yet."""
    zone = Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)
    orders = list(
        Document.objects.of(actor).filter(kind=Kind.ORDER).order_by("-date", "-pk")[: len(_ROUTINE)]
    )
    bring_activities(actor, _before(orders, members, wall(now, zone), zone))


def _before(
    orders: Sequence[Document], members: Sequence[int], now: datetime, zone: str
) -> Iterator[PastActivity]:
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    for number, (kind, weekday, (hour, minute), minutes, subject, weeks) in enumerate(_ROUTINE):
        for week in weeks:
            start = monday + timedelta(days=weekday - 7 * week, hours=hour, minutes=minute)
            if start + timedelta(minutes=minutes) > now:
                continue
            order = orders[(number + week) % len(orders)]
            at, end = instant(start, zone), instant(start + timedelta(minutes=minutes), zone)
            yield PastActivity(
                kind=kind,
                record=Record("document", order.pk),
                owner_id=members[(number + week) % len(members)],
                at=at,
                subject=f"{subject}: {order.customer_name}",
                status=ActivityStatus.DONE if minutes else ActivityStatus.OPEN,
                times={"starts": at, "ends": end} if minutes else {"due": at},
            )


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
