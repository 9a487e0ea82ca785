"""Verbs on calendar accounts: test, connect, choose calendars by id, set them up, stop, disconnect (A5–A7, D21, D23).

A calendar is a ``Stream`` of kind ``pim.calendar`` on a ``Connection`` of its owner; ``remote_id`` is the calendar's id.
What runs over it stands in ``passes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, NotOnesOwn, Refused
from tradepost.kit.words import gettext_noop
from tradepost.pim import options
from tradepost.pim.errors import CalendarInactive, NotConnected
from tradepost.pim.ports import CalendarConnector
from tradepost.pim.preferences import ACTIVE
from tradepost.pim.types import CalendarInfo
from tradepost.sync import cursors, registry
from tradepost.sync.models import Binding, Connection, Direction, Health, Stream
from tradepost.sync.services import go_on, halt
from tradepost.sync.tasks import request_run

STREAM_KIND, CONNECTOR = "pim.calendar", "caldav"


# -- accounts ----------------------------------------------------------------------------------------------------


def try_connection(
    actor: Actor, *, config: Mapping[str, Any], secrets: Mapping[str, str], connector: str = CONNECTOR
) -> tuple[dict[str, Any], list[CalendarInfo]]:
    """Test Connection: sign in and list the calendars; nothing is stored. What is to be stored, and the calendars.
    Raises ``Invalid``, or ``Remote`` with cause and cure."""
    actor.require(Permission.MAIL_CONNECT)
    if not ACTIVE.value(actor.organisation_id):
        raise CalendarInactive()
    port: CalendarConnector = registry.connector(connector)
    return port.discover(port.clean(config), secrets)


def connect(
    actor: Actor,
    *,
    config: Mapping[str, Any],
    secrets: Mapping[str, str],
    connector: str = CONNECTOR,
    label: str = "",
) -> tuple[Connection, list[CalendarInfo]]:
    """Sign in to a calendar account and store it; the calendars to choose from. Nothing is synced yet. Raises what
    ``try_connection`` raises, and nothing is stored then."""
    found, calendars = try_connection(actor, config=config, secrets=secrets, connector=connector)
    if actor.user_id is None:
        raise Refused(_("a calendar account belongs to a person"))
    with transaction.atomic():
        row = Connection.objects.create(
            organisation_id=actor.organisation_id,
            connector=connector,
            label=(label or str(found.get("username") or found.get("url", "")))[:120],
            owner_id=actor.user_id,
            config=found,
            secrets=dict(secrets),  # type: ignore[misc]  # a sealed mapping
            health=Health.OK,
            checked_at=clock.now(),
        )
        audit.record(actor, "calendar.connect", row)
    return row, calendars


def reconnect(actor: Actor, connection_id: int, secrets: Mapping[str, str]) -> list[CalendarInfo]:
    """New credentials for an account that is there; its calendars go on where they stopped."""
    row = own_account(actor, connection_id)
    found, calendars = try_connection(actor, config=row.config, secrets=secrets, connector=row.connector)
    with transaction.atomic():
        row.config, row.secrets, row.health, row.reason, row.cure = found, dict(secrets), Health.OK, "", ""
        row.save()
        audit.record(actor, "calendar.reconnect", row)
        for stream_id in go_on(row):
            request_run(stream_id, "reconnect", actor.user_id)
    return calendars


def disconnect(actor: Actor, connection_id: int) -> Connection:
    """Stop, and forget the password. Events stay on both sides."""
    with transaction.atomic():
        row = own_account(actor, connection_id)
        row.secrets, row.health, row.reason = {}, Health.OFF, gettext_noop("Disconnected.")
        row.cure = _("Enter the password again to connect.")
        row.save()
        halt(row)
        row.streams.update(lease_token="")
        audit.record(actor, "calendar.disconnect", row)
    return row


def available(actor: Actor, connection_id: int) -> list[CalendarInfo]:
    """The calendars of an account, asked now."""
    row = own_account(actor, connection_id)
    port: CalendarConnector = registry.connector(row.connector)
    return port.discover(row.config, secrets_of(row))[1]


def own_account(actor: Actor, connection_id: int) -> Connection:
    """A calendar account is its owner's alone; administrators see that it is there, and stop what runs over it."""
    actor.require(Permission.MAIL_CONNECT)
    row = Connection.objects.pick(actor, connection_id, connector=CONNECTOR)
    if row.owner_id != actor.user_id or actor.user_id is None:
        raise NotOnesOwn(_("This calendar account belongs to somebody else."))
    return row


def secrets_of(row: Connection) -> Mapping[str, str]:
    if row.health == Health.OFF:
        raise NotConnected(connection=row.label)
    if not ACTIVE.value(row.organisation_id):
        raise CalendarInactive()
    return dict(row.secrets)


# -- calendars of an account -------------------------------------------------------------------------------------


def choose(
    actor: Actor,
    connection_id: int,
    calendar: CalendarInfo,
    *,
    direction: str = Direction.BOTH,
    interval: int | None = None,
    chosen: Mapping[str, Any] | None = None,
    start: bool = False,
) -> Stream:
    """Sync with the calendar of this id (D21, defaults 15). It is stopped until ``start``, so that a preview can be
    seen before anything is written. ``chosen``: as ``options.parse`` takes it; what it does not say, the calendar's own
    colour and the owner's other calendars do. ``interval``: that of the preset where none is given."""
    row = own_account(actor, connection_id)
    wanted = {**_first_settings(actor, calendar), **(chosen or {})}
    every = options.interval(str(wanted.get("preset", ""))) if interval is None else interval
    values = _settings(calendar, direction, every, wanted)
    try:
        with transaction.atomic():
            stream = Stream.objects.create(
                organisation_id=row.organisation_id,
                connection=row,
                kind=STREAM_KIND,
                remote_id=calendar.id,
                label=calendar.label[:200],
                enabled=start,
                next_run_at=clock.now() if start else None,
                **values,
            )
            audit.record(actor, "calendar.choose", stream)
            _one_takes_new_events(actor, stream)
            if start:
                request_run(stream.pk, "set-up", actor.user_id)
    except IntegrityError:
        raise Conflict(
            _("“{calendar}” is synced already.").format(calendar=calendar.label),
            cure=_("Change its settings, or choose another calendar."),
        ) from None
    return stream


def configure(
    actor: Actor,
    stream_id: int,
    *,
    direction: str | None = None,
    interval: int | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> Stream:
    """Change how a calendar is synced; what is not given stays. It counts from the next pass on, which compares both
    sides as a whole, since what was passed over by the former settings may count now."""
    with transaction.atomic():
        stream = Stream.objects.pick_for_change(actor, own_stream(actor, stream_id).pk)
        before = audit.snapshot(stream)
        calendar = CalendarInfo(stream.remote_id, stream.label, writable=stream.policy.get("writable", True))
        wanted = {k: v for k, v in stream.policy.items() if k != "writable"} | dict(chosen or {})
        every = stream.interval if interval is None else interval
        values = _settings(calendar, direction or stream.direction, every, wanted)
        if stream.cursor:
            values["cursor"] = cursors.compare_next(stream.cursor)
        for name, value in values.items():
            setattr(stream, name, value)
        stream.save(update_fields=[*values])
        audit.record(actor, "calendar.configure", stream, before)
        _one_takes_new_events(actor, stream)
    return stream


def _settings(
    calendar: CalendarInfo, direction: str, interval: int, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """The columns of a stream. Raises ``Invalid``, which names the field."""
    if direction not in Direction.values:
        raise Invalid(
            fields={"direction": _("Choose one of: {known}.").format(known=", ".join(Direction.values))}
        )
    parsed = options.parse(chosen)
    options.check_interval("interval", interval)
    policy = {name: value for name, value in asdict(parsed).items() if value is not None}
    if not calendar.writable:
        policy |= {"writable": False, "default": False}
        direction = Direction.TO_APP
    return {"direction": direction, "interval": interval, "policy": policy}


def _first_settings(actor: Actor, calendar: CalendarInfo) -> dict[str, Any]:
    """New events go into the first calendar; one without a colour of its own gets one that the others do not have."""
    others = [stream.policy for stream in Stream.objects.of(actor).filter(**_own_calendars(actor))]
    used = {str(policy.get("colour")) for policy in others}
    free = [colour for colour in options.COLOURS if colour not in used] or list(options.COLOURS)
    return {"colour": calendar.colour or free[0], "default": not any(p.get("default", True) for p in others)}


def _own_calendars(actor: Actor) -> dict[str, Any]:
    return {"kind": STREAM_KIND, "connection__owner_id": actor.user_id or 0}


def _one_takes_new_events(actor: Actor, stream: Stream) -> None:
    """Events that a person adds live in one of his calendars: the one of which that was said last."""
    if not stream.policy.get("default", True):
        return
    others = Stream.objects.of(actor).filter(**_own_calendars(actor)).exclude(pk=stream.pk)
    for other in others.select_for_update(of=("self",)):
        if other.policy.get("default", True):
            before = audit.snapshot(other)
            other.policy = {**other.policy, "default": False}
            other.save(update_fields=["policy"])
            audit.record(actor, "calendar.configure", other, before)


def rebind(actor: Actor, stream_id: int, calendar: CalendarInfo) -> Stream:
    """Another calendar instead of one that vanished (defaults 15). Nothing is deleted here: the events are matched
    with what is there, and the rest goes out, after a preview and ``start``."""
    with transaction.atomic():
        stream = Stream.objects.pick_for_change(actor, own_stream(actor, stream_id).pk)
        before = audit.snapshot(stream)
        if stream.connection.streams.filter(kind=STREAM_KIND, remote_id=calendar.id).exists():
            raise Conflict(
                _("“{calendar}” is synced already.").format(calendar=calendar.label),
                cure=_("Choose another calendar."),
            )
        Binding.objects.filter(stream=stream).delete()
        stream.reviews.filter(resolved_at=None).update(resolved_at=clock.now())
        stream.remote_id, stream.label, stream.cursor = calendar.id, calendar.label[:200], {}
        stream.enabled, stream.paused, stream.next_run_at, stream.lease_token = False, False, None, ""
        stream.health, stream.reason, stream.cure, stream.failures = Health.NEW, "", "", 0
        stream.last_success_at = None
        stream.save()
        audit.record(actor, "calendar.rebind", stream, before)
    return stream


def start(actor: Actor, stream_id: int) -> Stream:
    """Begin, or go on, to sync."""
    return _switch(actor, own_stream(actor, stream_id), on=True)


def stop(actor: Actor, stream_id: int) -> Stream:
    """Stop syncing a calendar. Nothing is removed on either side."""
    return _switch(actor, managed_stream(actor, stream_id), on=False)


def _switch(actor: Actor, stream: Stream, *, on: bool) -> Stream:
    with transaction.atomic():
        secrets_of(stream.connection)
        stream = Stream.objects.pick_for_change(actor, stream.pk)
        stream.enabled, stream.paused, stream.next_run_at = on, False, clock.now() if on else None
        stream.save(update_fields=["enabled", "paused", "next_run_at"])
        audit.record(actor, "calendar.start" if on else "calendar.stop", stream)
        if on:
            request_run(stream.pk, "manual", actor.user_id)
    return stream


def own_stream(actor: Actor, stream_id: int) -> Stream:
    """A calendar of the actor's own: only its owner sees what is in it."""
    actor.require(Permission.MAIL_CONNECT)
    stream = _stream(actor, stream_id)
    if stream.connection.owner_id != actor.user_id or actor.user_id is None:
        raise NotOnesOwn(_("This calendar belongs to somebody else."))
    return stream


def managed_stream(actor: Actor, stream_id: int) -> Stream:
    """A calendar of the actor's own, or any for who manages syncs."""
    stream = _stream(actor, stream_id)
    if stream.connection.owner_id != actor.user_id or actor.user_id is None:
        actor.require(Permission.SYNC_MANAGE)
    return stream


def _stream(actor: Actor, stream_id: int) -> Stream:
    rows = Stream.objects.select_related("connection", "organisation")
    return rows.pick(actor, stream_id, kind=STREAM_KIND)
