"""Running streams: on request, when they are due, and one failed record again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from tradepost.jobs.queue import enqueue, periodic, task
from tradepost.kit import clock
from tradepost.kit.errors import Fault
from tradepost.sync import registry
from tradepost.sync.errors import StreamBusy
from tradepost.sync.models import Run, Stream

KEPT = timedelta(days=90)
log = structlog.get_logger()


def request_run(
    stream_id: int,
    trigger: str = "manual",
    user_id: int | None = None,
    *,
    only: Sequence[str] = (),
    at: datetime | None = None,
) -> None:
    """Ask for a pass. One waits at most; passes of one stream run one after another (C46).

    ``only``: the remote ids of records that are to be taken in again, and nothing else. A ``trigger`` with a colon names
    a task of its own, such as ``undo:17``, which does not merge with a pass that waits.
    """
    name = f"stream:{stream_id}"
    task = only[0] if only else trigger if ":" in trigger else ""
    enqueue(
        "sync.run",
        {"stream_id": stream_id, "trigger": trigger, "user_id": user_id, "only": list(only)},
        lock=name,
        single=f"{name}:{task}" if task else name,
        at=at,
    )


@task("sync.run", tries=1)
def run(
    stream_id: int, trigger: str = "schedule", user_id: int | None = None, only: Sequence[str] = ()
) -> None:
    """One pass. The runner of the stream's kind stands in ``wiring``.

    The queue tries nothing again here: a failure has moved the stream's health and the time of its next pass.
    """
    stream = Stream.objects.filter(pk=stream_id, enabled=True).first()
    if stream is None:
        return
    try:
        registry.runner(stream.kind)(stream_id, trigger, user_id, tuple(only))
    except StreamBusy as busy:  # by one that died, since passes wait for each other in the queue
        when = clock.now() + timedelta(seconds=busy.retry_after)
        request_run(stream_id, trigger, user_id, only=only, at=when)
    except Fault as fault:
        log.warning("sync.run", stream=stream_id, code=fault.code, cause=fault.cause)


@periodic("sync.start_due", "* * * * * */5")
def start_due(timestamp: int) -> None:
    """Start every enabled stream whose time has come, and those whose holder died."""
    due = Stream.objects.filter(enabled=True, next_run_at__lte=clock.now()).order_by("next_run_at")
    for stream_id in due.values_list("pk", flat=True)[:500]:
        request_run(stream_id, "schedule")


@periodic("sync.prune", "29 3 * * *")
def prune(timestamp: int) -> None:
    """Once a night: the log of passes that nobody will undo or look into any more."""
    Run.objects.filter(ended_at__lt=clock.now() - KEPT).delete()
