"""``python -m bench.mail._catchup STREAM``: one pass over a mailbox's whole history, with its time and memory."""

from __future__ import annotations

import json
import resource
import sys
import time


def peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main(stream: str) -> None:
    from tradepost.cli import home

    home.load()
    from tradepost.activities.models import Activity, Message
    from tradepost.mail import receive
    from tradepost.sync.models import Stream

    Stream.objects.filter(pk=stream).update(cursor={"since": "2020-01-01T00:00:00+00:00"})
    idle, started, cpu = peak(), time.perf_counter(), time.process_time()
    receive.run(int(stream))
    took, used = time.perf_counter() - started, time.process_time() - cpu
    company = Stream.objects.get(pk=stream).organisation_id
    answer = {
        "seconds": round(took, 2),
        "cpu_seconds": round(used, 2),
        "idle_mb": idle,
        "peak_mb": peak(),
        "growth_mb": round(peak() - idle, 1),
        "stored": Message.objects.filter(organisation_id=company).count(),
        "threads": Activity.objects.filter(organisation_id=company).count(),
    }
    print(json.dumps(answer))


main(*sys.argv[1:])
