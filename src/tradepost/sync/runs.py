"""One pass over a stream: the lease, the log and the health, so that a runner only reads, decides and
applies.

::

with hold(stream_id, trigger="idle") as run: for page in remote.pages(run.stream.cursor):          # read: no
transaction is open plan = decide(page)                               # pure with
run.commit(cursor=page.cursor):              # rows, log and cursor together, or none apply(plan);
run.log("create", ...)

``commit`` locks the stream and checks that this runner still holds its lease, so that a runner that was
believed dead writes nothing after another took over. A failure moves the health with its cause and cure
and never loses the cursor.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from tradepost.accounts.access import Actor
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.services import notify, settle
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Temper
from tradepost.sync.errors import LeaseLost, RunCancelled, StreamBusy
from tradepost.sync.models import Connection, Health, Run, RunItem, RunState, Stream

LEASE = timedelta(seconds=30)
LONGEST_WAIT = 3600


class Pass:
    """A pass under way. Made by ``hold``. The ``Run`` row is written with its first item, so idle passes
    leave none."""

    def __init__(self, stream: Stream, trigger: str, user_id: int | None) -> None:
        self.stream = stream
        self.trigger = trigger
        self.actor = Actor.system(stream.organisation_id)
        self.counts: Counter[str] = Counter()
        self.seen = 0
        self.run: Run | None = None
        self._user_id = user_id
        self._items: list[RunItem] = []

    def log(
        self,
        action: str,
        label: str = "",
        *,
        reason: str = "",
        cure: str = "",
        kind: str = "",
        record_id: int | None = None,
        remote_id: str = "",
        failed: bool = False,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """What was done to one record and why. Kept with the next commit."""
        self.counts["failed" if failed else action] += 1
        self._items.append(
            RunItem(
                organisation_id=self.stream.organisation_id,
                action=action,
                label=label[:300],
                reason=reason,
                cure=cure,
                kind=kind,
                record_id=record_id,
                remote_id=remote_id[:500],
                failed=failed,
                before=before or {},
                after=after or {},
            )
        )

    @contextmanager
    def commit(self, cursor: dict[str, Any] | None = None) -> Iterator[None]:
        """One transaction for the caller's rows, the log of them and the cursor. Extends the lease."""
        with transaction.atomic():
            self._fence()
            mark = len(self._items)
            try:
                yield
            except BaseException:
                del self._items[mark:]
                raise
            self._write_log()
            fields: dict[str, Any] = {"lease_until": clock.now() + LEASE}
            if cursor is not None:
                fields["cursor"] = cursor
            Stream.objects.filter(pk=self.stream.pk).update(**fields)
        if cursor is not None:
            self.stream.cursor = cursor

    def extend(self) -> None:
        """Keep the lease while something long is read."""
        mine = Stream.objects.filter(pk=self.stream.pk, lease_token=self.stream.lease_token)
        if not mine.update(lease_until=clock.now() + LEASE):
            raise LeaseLost()

    def _fence(self) -> None:
        row = (
            Stream.objects.select_for_update()
            .filter(pk=self.stream.pk)
            .values_list("lease_token", "enabled")
            .first()
        )
        if row is None or row[0] != self.stream.lease_token:
            raise LeaseLost()
        if not row[1] or (self.run and Run.objects.filter(pk=self.run.pk, cancel_requested=True).exists()):
            raise RunCancelled()

    def _write_log(self) -> None:
        if self._items and self.run is None:
            self.run = Run.objects.create(
                organisation_id=self.stream.organisation_id,
                stream=self.stream,
                user_id=self._user_id,
                trigger=self.trigger,
            )
        if self.run is not None:
            for item in self._items:
                item.run = self.run
            RunItem.objects.bulk_create(self._items)
            Run.objects.filter(pk=self.run.pk).update(counts=dict(self.counts), seen=self.seen)
        self._items.clear()


@contextmanager
def hold(stream_id: int, trigger: str = "schedule", user_id: int | None = None) -> Iterator[Pass]:
    """Take the lease of a stream, yield the pass, and settle its run and health.

    Raises ``StreamBusy`` where another runner holds it. A ``Fault`` of the body is recorded and raised again.
    """
    run = Pass(_take(stream_id), trigger, user_id)
    try:
        yield run
    except LeaseLost:
        raise  # the stream is another runner's now: touch nothing
    except RunCancelled as fault:
        _end(run, RunState.CANCELLED, fault)
    except Fault as fault:
        _end(run, RunState.FAILED, fault)
        _fail(run.stream, fault)
        raise
    except BaseException:
        _end(
            run,
            RunState.FAILED,
            Fault("An error inside tradepost stopped this pass. It is in the log of the worker."),
        )
        _release(run.stream, clock.now() + timedelta(seconds=60))
        raise
    else:
        _end(run, RunState.DONE, None)
        _succeed(run.stream)


def _take(stream_id: int) -> Stream:
    now, token = clock.now(), str(uuid.uuid4())
    free = Q(lease_token="") | Q(lease_until__lt=now)
    taken = Stream.objects.filter(free, pk=stream_id).update(lease_token=token, lease_until=now + LEASE)
    stream = Stream.objects.select_related("connection", "organisation").get(pk=stream_id)
    if not taken:
        raise StreamBusy(max(1.0, ((stream.lease_until or now) - now).total_seconds()))
    return stream


def _end(run: Pass, state: RunState, fault: Fault | None) -> None:
    with transaction.atomic():
        run._write_log()
        if run.run is not None:
            Run.objects.filter(pk=run.run.pk).update(
                state=state,
                ended_at=clock.now(),
                counts=dict(run.counts),
                seen=run.seen,
                reason=fault.cause if fault else "",
                cure=fault.cure if fault else "",
            )
        if state is RunState.CANCELLED:
            _release(run.stream, None)


def _release(stream: Stream, next_run: datetime | None, **fields: Any) -> None:
    mine = Stream.objects.filter(pk=stream.pk, lease_token=stream.lease_token)
    mine.update(lease_token="", lease_until=None, next_run_at=next_run, **fields)


def _succeed(stream: Stream) -> None:
    now = clock.now()
    ok = {"health": Health.OK, "reason": "", "cure": "", "failures": 0, "last_success_at": now}
    with transaction.atomic():
        _release(stream, now + timedelta(seconds=stream.interval), **ok)
        Connection.objects.filter(pk=stream.connection_id).exclude(health=Health.OFF).update(
            **ok, checked_at=now
        )
        if stream.connection.health in (Health.BROKEN, Health.TROUBLE):
            settle(stream.organisation_id, f"connection:{stream.connection_id}")


def wait_after(failures: int, asked: float | None) -> float:
    """Seconds to the next try after so many failures in a row: 15 s doubling to an hour, or what the other
    side asked."""
    return max(asked or 0.0, min(15.0 * 2 ** max(0, failures - 1), LONGEST_WAIT))


def _fail(stream: Stream, fault: Fault) -> None:
    """A failure is told once, with cause and cure, and tried again later: even a wrong password may be
    mended there."""
    failures = stream.failures + 1
    broken = fault.temper is not Temper.RETRYABLE or failures >= 5
    state = {
        "health": Health.BROKEN if broken else Health.TROUBLE,
        "reason": fault.cause,
        "cure": fault.cure,
        "failures": failures,
    }
    wait = wait_after(failures, getattr(fault, "retry_after", None))
    if fault.temper is not Temper.RETRYABLE:
        wait = max(wait, 300.0)  # a refused login repeated every few seconds locks people out
    now = clock.now()
    with transaction.atomic():
        _release(stream, now + timedelta(seconds=wait), **state)
        Connection.objects.filter(pk=stream.connection_id).exclude(health=Health.OFF).update(
            **state, checked_at=now
        )
        if broken:
            notify(
                stream.organisation_id,
                f"connection:{stream.connection_id}",
                f"{stream.connection.label} stopped syncing",
                text=str(fault),
                level=NoticeLevel.ERROR,
                user_id=stream.connection.owner_id,
                link=f"/connections/{stream.connection_id}/",
            )
