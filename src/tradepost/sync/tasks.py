"""Tasks of the engine: run a stream, and start those that are due."""

from __future__ import annotations

from tradepost.jobs.queue import enqueue, periodic, task
from tradepost.kit import clock
from tradepost.sync import registry
from tradepost.sync.errors import LeaseLost
from tradepost.sync.models import Stream


def request_run(stream_id: int, trigger: str = "manual", user_id: int | None = None) -> None:
    """Ask for a pass. One waits at most; passes of one stream run one after another (C46)."""
    enqueue(
        "sync.run",
        {"stream_id": stream_id, "trigger": trigger, "user_id": user_id},
        lock=f"stream:{stream_id}",
        single=f"stream:{stream_id}",
    )


@task("sync.run", tries=3)
def run(stream_id: int, trigger: str = "schedule", user_id: int | None = None) -> None:
    """One pass. The runner of the stream's kind stands in ``wiring``. A lost lease is no failure: another
    one goes on."""
    stream = Stream.objects.filter(pk=stream_id, enabled=True).first()
    if stream is None:
        return
    try:
        registry.runner(stream.kind)(stream_id, trigger, user_id)
    except LeaseLost:
        return


@periodic("sync.start_due", "* * * * * */5")
def start_due(timestamp: int) -> None:
    """Start every enabled stream whose time has come, and those whose holder died."""
    due = Stream.objects.filter(enabled=True, next_run_at__lte=clock.now()).order_by("next_run_at")
    for stream_id in due.values_list("pk", flat=True)[:500]:
        request_run(stream_id, "schedule")
