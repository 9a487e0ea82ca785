"""What runs over a calendar: a scheduled or manual pass, the preview before it, and the undo after it (D28–D35)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.models import User
from tradepost.jobs.services import notify, settle
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Missing
from tradepost.kit.words import gettext_noop
from tradepost.pim import options
from tradepost.pim.calendars import STREAM_KIND, managed_stream, own_stream, secrets_of
from tradepost.pim.ports import CalendarConnector
from tradepost.pim.sides import CalendarSide, EventRows
from tradepost.sync import registry
from tradepost.sync.action import Foreseen
from tradepost.sync.engine import Engine, Planned
from tradepost.sync.errors import NeedsAnswer
from tradepost.sync.models import Health, Run, RunState, Stream
from tradepost.sync.plan import Plan
from tradepost.sync.runs import Pass, hold
from tradepost.sync.tasks import request_run

UNDO = timedelta(days=30)
_UNDOING = "undo:"  # with the number of the run that is taken back


def run(
    stream_id: int, trigger: str = "schedule", user_id: int | None = None, only: Sequence[str] = ()
) -> None:
    """One pass over a calendar. Where a person must answer first, the stream pauses and asks. ``only``: remote ids that
    are tried again now, though they were refused a short while ago."""
    with suppress(NeedsAnswer), hold(stream_id, trigger, user_id) as work, _asking(work), engine(work) as one:
        if trigger.startswith(_UNDOING):
            _take_back(work, one, int(trigger.removeprefix(_UNDOING)))
        else:
            one.sync(resync=trigger == "resync", only=only)


@contextmanager
def _asking(work: Pass) -> Iterator[None]:
    """A question that stops the pass is told to the calendar's owner, once; it is settled when a pass goes through."""
    stream = work.stream
    key = f"stream:{stream.pk}:question"
    try:
        yield
    except NeedsAnswer as fault:
        notify(stream.organisation_id, key, gettext_noop("“{stream}” waits for your answer").format(stream=stream), text=fault.cause,
               user_id=stream.connection.owner_id, link="/reviews/")  # fmt: skip
        raise
    if stream.health == Health.PAUSED:
        settle(stream.organisation_id, key)


@contextmanager
def engine(work: Pass) -> Iterator[Engine]:
    """The engine for a pass of a calendar, signed in."""
    stream = work.stream
    row = stream.connection
    chosen = options.stored(stream.policy)
    mine = User.objects.filter(pk=row.owner_id or 0).values_list("email", flat=True)
    port: CalendarConnector = registry.connector(row.connector)
    with port.calendar(row.config, secrets_of(row), stream.remote_id) as calendar:
        me = frozenset(mine) | calendar.addresses
        rows = EventRows(stream, chosen.kind, me, adopts=chosen.default, history_days=chosen.history_days)
        side = CalendarSide(calendar, chosen.kind, stream.organisation_id, me, rows.since)
        yield Engine(work, chosen.kind, chosen.policy(stream.direction), rows, side)


def sync_now(actor: Actor, stream_id: int, *, resync: bool = False) -> None:
    """Ask for a pass; a resync links again by id and key and deletes nothing (defaults 1)."""
    stream = managed_stream(actor, stream_id)
    if not stream.enabled:
        raise Conflict(_("This calendar is stopped."), cure=_("Start it first."))
    request_run(stream.pk, "resync" if resync else "manual", actor.user_id)


def preview(actor: Actor, stream_id: int) -> Planned:
    """What a pass would do, record by record with its reason, and what cannot be read; nothing is written."""
    stream = own_stream(actor, stream_id)
    with hold(stream.pk, "preview", actor.user_id) as work, engine(work) as one:
        return one.plan()
    raise Missing(_("plan"))


def foresee(actor: Actor, stream_id: int) -> list[Foreseen]:
    """The same in words, for every kind of stream alike (``sync.services.preview``)."""
    stream = own_stream(actor, stream_id)
    with hold(stream.pk, "preview", actor.user_id) as work, engine(work) as one:
        return one.foreseen()
    raise Missing(_("plan"))


def apply(actor: Actor, stream_id: int, keys: Collection[str] | None = None) -> Plan:
    """Carry out what the preview showed, or the picked actions of it (``Action.key``). What changed since is planned
    anew, so that nothing is done that does not fit any more. A stopped calendar stays so where some were picked:
    what was not picked is not done behind anybody's back."""
    stream = own_stream(actor, stream_id)
    Stream.objects.filter(pk=stream.pk).update(enabled=True)
    try:
        with hold(stream.pk, "manual", actor.user_id) as work, engine(work) as one:
            planned = one.plan()
            if keys is not None:
                planned = replace(planned, plan=planned.plan.pick(keys))
            one.apply(planned)
            return planned.plan
    finally:
        if keys is not None and not stream.enabled:
            Stream.objects.filter(pk=stream.pk).update(enabled=False, next_run_at=None)
    raise Missing(_("plan"))


def undo(actor: Actor, run_id: int) -> Run:
    """Ask that what a run did is taken back, on both sides, within 30 days. What was changed since stays as it is."""
    run = Run.objects.pick(actor, run_id, stream__kind=STREAM_KIND)
    stream = own_stream(actor, run.stream_id)
    if refusal := _not_undone(run, stream):
        raise refusal
    with transaction.atomic():
        request_run(stream.pk, f"{_UNDOING}{run.pk}", actor.user_id)
        audit.record(actor, "calendar.undo", run)
    return run


def may_undo(run: Run) -> bool:
    return run.stream.kind == STREAM_KIND and _not_undone(run, run.stream) is None


def _not_undone(run: Run, stream: Stream) -> Conflict | None:
    if clock.now() - run.started_at > UNDO:
        return Conflict(_("This run is more than 30 days old."), cure=_("Change the records one by one."))
    if run.state in (RunState.UNDONE, RunState.RUNNING):
        return Conflict(_("This run was undone already, or is still under way."), cure=_("Reload the page."))
    if not stream.enabled:
        return Conflict(_("This calendar is stopped."), cure=_("Start it first."))
    return None


def _take_back(work: Pass, one: Engine, run_id: int) -> None:
    run = Run.objects.filter(pk=run_id, stream=work.stream).exclude(state=RunState.UNDONE).first()
    if run is None:
        return
    items = run.items.filter(failed=False, undone_at=None).order_by("pk")
    one.undo(items)
    with work.commit():
        items.update(undone_at=clock.now())
        Run.objects.filter(pk=run.pk).update(state=RunState.UNDONE)
