"""``python -m bench.mail._catchup STREAM``: one pass over a mailbox's whole history, with its time and memory.

``resume`` after it: go on where a pass was that was killed, without the patience for its lease.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def peak() -> float:
    """Most MB that were resident, of this program alone: what ``getrusage`` says begins with what started it."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return round(int(line.split()[1]) / 1024, 1)


def main(stream: str, resume: str = "") -> None:
    from tradepost.cli import home

    home.load()
    from tradepost.activities.models import Activity, Message
    from tradepost.mail import receive
    from tradepost.sync.models import Stream

    begin = (
        {"lease_until": None, "lease_token": ""}
        if resume
        else {"cursor": {"since": "2020-01-01T00:00:00+00:00"}}
    )
    Stream.objects.filter(pk=stream).update(**begin)
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
