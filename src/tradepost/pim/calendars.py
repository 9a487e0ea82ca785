"""Verbs on connected calendars: connect, choose by id, preview, sync, undo, disconnect (A5–A7, D20–D35).

A calendar is a ``Stream`` of kind ``pim.calendar`` on a ``Connection`` of its owner; ``remote_id`` is the calendar's id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import User
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Missing, Refused
from tradepost.pim import options
from tradepost.pim.errors import NotConnected
from tradepost.pim.ports import CalendarConnector
from tradepost.pim.sides import CalendarSide, EventRows
from tradepost.pim.types import CalendarInfo
from tradepost.sync import registry
from tradepost.sync.action import Foreseen
from tradepost.sync.engine import Engine, Planned
from tradepost.sync.errors import NeedsAnswer
from tradepost.sync.models import Connection, Direction, Health, Run, RunState, Stream
from tradepost.sync.plan import Plan
from tradepost.sync.runs import Pass, hold
from tradepost.sync.tasks import request_run

STREAM_KIND = "pim.calendar"
UNDO = timedelta(days=30)


# -- connecting --------------------------------------------------------------------------------------------------


def connect(
    actor: Actor,
    *,
    config: Mapping[str, Any],
    secrets: Mapping[str, str],
    connector: str = "caldav",
    label: str = "",
) -> tuple[Connection, list[CalendarInfo]]:
    """Sign in to a calendar account and store it; the calendars to choose from. Nothing is synced yet. Raises
    ``Remote`` with cause and cure where it does not work, and nothing is stored then."""
    actor.require(Permission.MAIL_CONNECT)
    port: CalendarConnector = registry.connector(connector)
    found, calendars = port.discover(port.clean(config), secrets)
    with transaction.atomic():
        row = Connection.objects.create(
            organisation_id=actor.organisation_id,
            connector=connector,
            label=label or str(found.get("username") or found.get("url", "")),
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
    row = _mine(actor, connection_id)
    found, calendars = registry.connector(row.connector).discover(row.config, secrets)
    with transaction.atomic():
        row.config, row.secrets, row.health, row.reason, row.cure = found, dict(secrets), Health.OK, "", ""
        row.save()
        streams = row.streams.filter(kind=STREAM_KIND)
        streams.update(enabled=True, next_run_at=clock.now())
        audit.record(actor, "calendar.reconnect", row)
    for stream_id in streams.values_list("pk", flat=True):
        request_run(stream_id, "reconnect", actor.user_id)
    return list(calendars)


def available(actor: Actor, connection_id: int) -> list[CalendarInfo]:
    """The calendars of an account, asked now."""
    row = _mine(actor, connection_id)
    return registry.connector(row.connector).discover(row.config, _secrets(row))[1]  # type: ignore[no-any-return]


def choose(
    actor: Actor,
    connection_id: int,
    calendar: CalendarInfo,
    *,
    direction: str = Direction.BOTH,
    interval: int = 120,
    chosen: Mapping[str, Any] | None = None,
    start: bool = False,
) -> Stream:
    """Sync with the calendar of this id (defaults 15). It is stopped until ``start``, so that a preview can be seen
    before anything is written."""
    row = _mine(actor, connection_id)
    parsed = options.parse({"colour": calendar.colour, **(chosen or {})})
    options.check_interval("interval", interval)
    parsed.policy(direction)
    with transaction.atomic():
        stream, _made = Stream.objects.update_or_create(
            connection=row,
            kind=STREAM_KIND,
            remote_id=calendar.id,
            defaults={
                "organisation_id": row.organisation_id,
                "label": calendar.label[:200],
                "direction": direction if calendar.writable else Direction.TO_APP,
                "interval": interval,
                "policy": {k: v for k, v in asdict(parsed).items() if v is not None},
                "enabled": start,
                "next_run_at": clock.now() if start else None,
            },
        )
        audit.record(actor, "calendar.choose", stream)
        if start:
            request_run(stream.pk, "set-up", actor.user_id)
    return stream


def start(actor: Actor, stream_id: int) -> Stream:
    """Begin, or go on, to sync."""
    return _switch(actor, stream_id, on=True)


def stop(actor: Actor, stream_id: int) -> Stream:
    """Stop syncing a calendar. Nothing is removed on either side."""
    return _switch(actor, stream_id, on=False)


def _switch(actor: Actor, stream_id: int, *, on: bool) -> Stream:
    with transaction.atomic():
        stream = Stream.objects.pick_for_change(actor, _stream(actor, stream_id).pk)
        stream.enabled, stream.next_run_at = on, clock.now() if on else None
        stream.save(update_fields=["enabled", "next_run_at"])
        audit.record(actor, "calendar.start" if on else "calendar.stop", stream)
        if on:
            request_run(stream.pk, "manual", actor.user_id)
    return stream


def disconnect(actor: Actor, connection_id: int) -> Connection:
    """Stop, and forget the password. Events stay on both sides."""
    with transaction.atomic():
        row = _mine(actor, connection_id)
        row.secrets, row.health, row.reason = {}, Health.OFF, "Disconnected."
        row.cure = "Enter the password again to connect."
        row.save()
        row.streams.update(enabled=False, lease_token="", next_run_at=None)
        audit.record(actor, "calendar.disconnect", row)
    return row


def _mine(actor: Actor, connection_id: int) -> Connection:
    """A calendar is its owner's alone; administrators see that it is there, and stop it by its stream."""
    actor.require(Permission.MAIL_CONNECT)
    row = Connection.objects.pick(actor, connection_id)
    if row.owner_id != actor.user_id or actor.user_id is None:
        raise Refused("this calendar account belongs to somebody else")
    return row


def _stream(actor: Actor, stream_id: int) -> Stream:
    rows = Stream.objects.select_related("connection", "organisation")
    stream = rows.pick(actor, stream_id, kind=STREAM_KIND)
    if stream.connection.owner_id != actor.user_id or actor.user_id is None:
        actor.require(Permission.SYNC_MANAGE)
    return stream


def _secrets(row: Connection) -> Mapping[str, str]:
    if row.health == Health.OFF:
        raise NotConnected(connection=row.label)
    return dict(row.secrets)


# -- passes ------------------------------------------------------------------------------------------------------


def run(
    stream_id: int, trigger: str = "schedule", user_id: int | None = None, only: Sequence[str] = ()
) -> None:
    """One pass over a calendar. Where a person must answer first, the stream pauses and asks. ``only``: remote ids that
    are tried again now, though they were refused a short while ago."""
    try:
        with hold(stream_id, trigger, user_id) as work, engine(work) as one:
            one.sync(resync=trigger == "resync", only=only)
    except NeedsAnswer as fault:
        Stream.objects.filter(pk=stream_id).update(health=Health.PAUSED, reason=fault.cause, cure=fault.cure)


@contextmanager
def engine(work: Pass) -> Iterator[Engine]:
    """The engine for a pass of a calendar, signed in."""
    stream = work.stream
    row = stream.connection
    chosen = options.parse(stream.policy)
    mine = User.objects.filter(pk=row.owner_id or 0).values_list("email", flat=True)
    port: CalendarConnector = registry.connector(row.connector)
    with port.calendar(row.config, _secrets(row), stream.remote_id) as calendar:
        me = frozenset(mine) | calendar.addresses
        rows = EventRows(stream, chosen.kind, me, adopts=chosen.default, history_days=chosen.history_days)
        side = CalendarSide(calendar, chosen.kind, stream.organisation_id, me)
        yield Engine(work, chosen.kind, chosen.policy(stream.direction), rows, side)


def sync_now(actor: Actor, stream_id: int, *, resync: bool = False) -> None:
    """Ask for a pass; a resync links again by id and key and deletes nothing (defaults 1)."""
    stream = _stream(actor, stream_id)
    if not stream.enabled:
        raise Conflict("This calendar is stopped.", cure="Start it first.")
    request_run(stream.pk, "resync" if resync else "manual", actor.user_id)


def preview(actor: Actor, stream_id: int) -> Plan:
    """What a pass would do, record by record with its reason; nothing is written (``Plan.preview`` counts it)."""
    stream = _stream(actor, stream_id)
    with hold(stream.pk, "preview", actor.user_id) as work, engine(work) as one:
        return one.plan().plan
    raise Missing("plan")


def foresee(actor: Actor, stream_id: int) -> list[Foreseen]:
    """The same in words, for every kind of stream alike (``sync.services.preview``)."""
    stream = _stream(actor, stream_id)
    with hold(stream.pk, "preview", actor.user_id) as work, engine(work) as one:
        return one.foreseen()
    raise Missing("plan")


def apply(actor: Actor, stream_id: int, keys: list[str] | None = None) -> Plan:
    """Carry out what the preview showed, or the picked actions of it (``Action.key``). What changed since is planned
    anew, so that nothing is done that does not fit any more."""
    stream = _stream(actor, stream_id)
    Stream.objects.filter(pk=stream.pk).update(enabled=True)
    with hold(stream.pk, "manual", actor.user_id) as work, engine(work) as one:
        planned = one.plan()
        if keys is not None:
            planned = replace(planned, plan=planned.plan.pick(keys))
        one.apply(planned)
        return planned.plan
    raise Missing("plan")


def undo(actor: Actor, run_id: int) -> Plan:
    """Take back what a run did, on both sides, within 30 days. What was changed since stays as it is."""
    run = Run.objects.pick(actor, run_id)
    stream = _stream(actor, run.stream_id)
    if clock.now() - run.started_at > UNDO:
        raise Conflict("This run is more than 30 days old.", cure="Change the records one by one.")
    if run.state == RunState.UNDONE:
        raise Conflict("This run was undone already.", cure="Nothing is left to do.")
    if not stream.enabled:
        raise Conflict("This calendar is stopped.", cure="Start it first.")
    items = run.items.filter(failed=False, undone_at=None).order_by("pk")
    with hold(stream.pk, "undo", actor.user_id) as work, engine(work) as one:
        plan = one.undo(items)
        with work.commit():
            items.update(undone_at=clock.now())
            Run.objects.filter(pk=run.pk).update(state=RunState.UNDONE)
            audit.record(actor, "calendar.undo", run)
        return plan
    raise Missing("plan")


__all__ = ["Planned", "apply", "available", "choose", "connect", "disconnect", "foresee", "preview", "reconnect", "run",
           "start", "stop", "sync_now", "undo"]  # fmt: skip
