"""One pass over a stream: the lease, the log and the health, so that a runner only reads, decides and applies.

::

    with hold(stream_id, trigger="idle") as run:
        for page in remote.pages(run.stream.cursor):          # read: no transaction is open
            plan = decide(page)                               # pure
            with run.commit(cursor=page.cursor):              # rows, log and cursor together, or none
                for action in plan:
                    with run.record(action.label):            # what one record raises is logged; the rest goes on
                        apply(action); run.log("create", ...)

``commit`` locks the stream and checks that this runner still holds its lease, so that a runner that was believed dead
writes nothing after another took over. A failure moves the health with its cause and cure and never loses the cursor.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.services import notify, settle
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Temper
from tradepost.kit.words import gettext_noop
from tradepost.sync.errors import Broke, LeaseLost, NeedsAnswer, RunCancelled, Spoiled, StreamBusy
from tradepost.sync.models import Connection, Health, Run, RunItem, RunState, Stream
from tradepost.wire.outage import outage

LONGEST_WAIT = 3600
log = structlog.get_logger()


class Pass:
    """A pass under way. Made by ``hold``. The ``Run`` row is written with its first item, so idle passes leave none."""

    def __init__(self, stream: Stream, trigger: str, user_id: int | None) -> None:
        self.stream = stream
        self.trigger = trigger
        self.actor = Actor.system(stream.organisation_id)
        self.counts: Counter[str] = Counter()
        self.seen = 0
        self.run: Run | None = None
        self._user_id = user_id
        self._items: list[RunItem] = []
        self._arrived: dict[str, Any] | None = None
        self._extended = clock.now()

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
    ) -> RunItem:
        """What was done to one record and why. Kept with the next commit, which gives the item its key."""
        self.counts["failed" if failed else action] += 1
        item = RunItem(
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
        self._items.append(item)
        return item

    def failed(self, item: RunItem, fault: Fault) -> None:
        """An item that was noted before it was tried did not succeed. Called inside a commit."""
        self.counts[item.action] -= 1
        self.counts["failed"] += 1
        RunItem.objects.filter(pk=item.pk).update(failed=True, reason=fault.cause, cure=fault.cure)

    @contextmanager
    def commit(self, cursor: dict[str, Any] | None = None) -> Iterator[None]:
        """One transaction for the caller's rows, the log of them and the cursor. Extends the lease."""
        self._arrived = cursor
        with self._whole_log(), transaction.atomic():
            self._fence()
            yield
            self._write_log()
            fields: dict[str, Any] = {"lease_until": clock.now() + settings.SYNC_LEASE}
            if (cursor := self._arrived) is not None:
                fields["cursor"] = cursor
            Stream.objects.filter(pk=self.stream.pk).update(**fields)
        if cursor is not None:
            self.stream.cursor = cursor

    def arrive(self, cursor: dict[str, Any]) -> None:
        """Inside a commit that began without knowing whether it is the last of its page: the cursor to go with it."""
        self._arrived = cursor

    @contextmanager
    def record(self, label: str, remote_id: str = "") -> Iterator[None]:
        """One record of a commit, in a savepoint: what goes wrong with it is logged as failed, and the others go on.

        ``remote_id`` is what a retry needs to find the record there. A lost database stops the pass as it must.
        """
        try:
            with self.attempt():
                yield
        except Spoiled as spoiled:
            self.fail(label, spoiled.error, remote_id)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Several records of a commit, in one savepoint. Raises ``Spoiled`` when one of them went wrong: nothing is
        written or logged then, and each can be tried by itself. A lost database stops the pass as it must."""
        try:
            with self._whole_log(), transaction.atomic():
                yield
        except (OperationalError, InterfaceError, LeaseLost, RunCancelled):
            raise
        except Exception as error:
            if outage(error):
                raise
            raise Spoiled(error) from error

    def fail(self, label: str, error: Exception, remote_id: str = "") -> None:
        """Log a record that could not be taken in, in words for a person; what a programmer needs is in the worker's log."""
        fault = error if isinstance(error, Fault) else Broke(_("one record"))
        if fault is not error:
            log.error("sync.record", stream=self.stream.pk, remote_id=remote_id, exc_info=error)
        self.log("fail", label, reason=fault.cause, cure=fault.cure, remote_id=remote_id, failed=True)

    def extend(self) -> None:
        """Keep the lease while something long is read; for a call a record, since most of them do nothing."""
        if clock.now() < self._extended + settings.SYNC_LEASE / 4:
            return
        self._extended = clock.now()
        mine = Stream.objects.filter(pk=self.stream.pk, lease_token=self.stream.lease_token)
        if not mine.update(lease_until=clock.now() + settings.SYNC_LEASE):
            raise LeaseLost()

    @contextmanager
    def _whole_log(self) -> Iterator[None]:
        """What was logged in a block that is rolled back did not happen, and what waited for a commit waits still."""
        items, counts, run = self._items.copy(), self.counts.copy(), self.run
        try:
            yield
        except BaseException:
            self._items, self.counts, self.run = items, counts, run
            raise

    def forget(self) -> None:
        """Drop what was logged and not committed."""
        self._items.clear()

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
            Run.objects.filter(pk=self.run.pk).update(counts=dict(+self.counts), seen=self.seen)
        self._items.clear()


@contextmanager
def hold(stream_id: int, trigger: str = "schedule", user_id: int | None = None) -> Iterator[Pass]:
    """Take the lease of a stream, yield the pass, and settle its run and health.

    Raises ``StreamBusy`` where another runner holds it. A ``Fault`` of the body is recorded and raised again.
    """
    run = Pass(_take(stream_id), trigger, user_id)
    try:
        yield run
    except LeaseLost as fault:
        run.forget()
        _end(run, RunState.CANCELLED, fault)
        raise  # the stream is another runner's now: its row is not touched
    except RunCancelled as fault:
        _end(run, RunState.CANCELLED, fault)
        _stop(run.stream, fault)
    except Exception as error:
        failure = error if isinstance(error, Fault) else outage(error) or Broke(_("this pass"))
        _end(run, RunState.FAILED, failure)
        _fail(run.stream, failure)
        raise
    except BaseException:  # the worker is told to stop: the next one goes on at once
        _release(run.stream, clock.now())
        raise
    else:
        _end(run, RunState.DONE, None)
        _succeed(run.stream)


def _take(stream_id: int) -> Stream:
    now, token = clock.now(), str(uuid.uuid4())
    free = Q(lease_token="") | Q(lease_until__lt=now)
    taken = Stream.objects.filter(free, pk=stream_id).update(
        lease_token=token, lease_until=now + settings.SYNC_LEASE
    )
    stream = Stream.objects.select_related("connection", "organisation").get(pk=stream_id)
    if not taken:
        raise StreamBusy(max(1.0, ((stream.lease_until or now) - now).total_seconds()))
    died = Run.objects.filter(stream=stream, state=RunState.RUNNING)
    died.update(
        state=RunState.FAILED, ended_at=now, reason=gettext_noop("Its worker died; another one went on.")
    )
    return stream


def _end(run: Pass, state: RunState, fault: Fault | None) -> None:
    with transaction.atomic():
        run._write_log()
        if run.run is not None:
            Run.objects.filter(pk=run.run.pk, state=RunState.RUNNING).update(
                state=state,
                ended_at=clock.now(),
                counts=dict(+run.counts),
                seen=run.seen,
                reason=fault.cause if fault else "",
                cure=fault.cure if fault else "",
            )


def _release(stream: Stream, next_run: datetime | None, **fields: Any) -> None:
    mine = Stream.objects.filter(pk=stream.pk, lease_token=stream.lease_token)
    mine.update(lease_token="", lease_until=None, next_run_at=next_run, **fields)


def _stop(stream: Stream, fault: Fault) -> None:
    """A person stopped it. It stays so, and says so, until somebody starts it again."""
    with _reflected(stream):
        _release(stream, None, health=Health.PAUSED, reason=fault.cause, cure=fault.cure)


def _succeed(stream: Stream) -> None:
    now = clock.now()
    with _reflected(stream):
        _release(
            stream,
            now + timedelta(seconds=stream.interval),
            health=Health.OK,
            reason="",
            cure="",
            failures=0,
            last_success_at=now,
        )
        if stream.failures:  # what ailed it probably ailed its neighbours, and has passed
            sick = Stream.objects.filter(connection_id=stream.connection_id, enabled=True, failures__gt=0)
            sick.update(next_run_at=now)


def wait_after(failures: int, asked: float | None) -> float:
    """Seconds to the next try after so many failures in a row: 15 s doubling to an hour, or what the other side asked."""
    return max(asked or 0.0, min(15.0 * 2.0 ** max(0, min(failures, 20) - 1), LONGEST_WAIT))


def _fail(stream: Stream, fault: Fault) -> None:
    """A failure is tried again later: even a wrong password may be mended over there."""
    failures = stream.failures + 1
    wait = wait_after(failures, getattr(fault, "retry_after", None))
    if fault.temper is not Temper.RETRYABLE:
        wait = max(wait, 300.0)  # a refused login repeated every few seconds locks people out
    broken = fault.temper is not Temper.RETRYABLE or failures >= 5
    health = Health.BROKEN if broken else Health.TROUBLE
    with _reflected(stream):
        _release(
            stream,
            clock.now() + timedelta(seconds=wait),
            health=Health.PAUSED if isinstance(fault, NeedsAnswer) else health,
            reason=fault.cause,
            cure=fault.cure,
            failures=failures,
        )


_SEVERITY = [Health.BROKEN, Health.TROUBLE, Health.PAUSED, Health.OK, Health.NEW]


@contextmanager
def _reflected(stream: Stream) -> Iterator[None]:
    """After the block changed a stream, its connection is as well as the worst of its streams. That it broke is told
    once, with cause and cure; that it healed settles the matter."""
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=stream.connection_id)
        yield
        streams = list(connection.streams.filter(enabled=True))
        if connection.health == Health.OFF or not streams:  # disconnected or paused: the verb has said so
            return
        worst = min(streams, key=lambda one: _SEVERITY.index(Health(one.health)))
        before, connection.health = connection.health, worst.health
        connection.reason, connection.cure, connection.failures = worst.reason, worst.cure, worst.failures
        connection.checked_at = clock.now()
        successes = [one.last_success_at for one in streams if one.last_success_at]
        connection.last_success_at = max(successes, default=connection.last_success_at)
        connection.save(
            update_fields=["health", "reason", "cure", "failures", "checked_at", "last_success_at"]
        )
        if worst.health == Health.BROKEN and before != Health.BROKEN:
            _tell(connection)
        elif worst.health == Health.OK and before != Health.OK:
            settle(connection.organisation_id, f"connection:{connection.pk}")


def _tell(connection: Connection) -> None:
    notify(
        connection.organisation_id,
        f"connection:{connection.pk}",
        gettext_noop("{label} stopped syncing").format(label=connection.label),
        text=f"{connection.reason} {connection.cure}".strip(),
        level=NoticeLevel.ERROR,
        user_id=connection.owner_id,
        link=f"/connections/{connection.pk}/",
    )
