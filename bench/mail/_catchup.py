"""``python -m bench.mail._catchup STREAM``: one pass over a mailbox's whole history, with its time and memory.

The reader is a copy of this process, as ``tradepost up`` makes its worker of itself. ``resume`` after the stream: go on
where a pass was that was killed, without the patience for its lease.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

LOOK = 0.05  # seconds between two looks at the reader's memory


def memory(pid: int) -> Counter[str]:
    """MB of a process (``proc_pid_smaps(5)``): ``resident`` is all of it, with what others use too; in ``share`` what
    several use counts to each in part (PSS); ``own`` is nobody else's. Empty once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return Counter()
    kb = {name: int(size.split()[0]) for name, size in (line.split(":") for line in lines)}
    parts = {
        "resident_mb": kb["Rss"],
        "share_mb": kb["Pss"],
        "own_mb": kb["Private_Clean"] + kb["Private_Dirty"],
    }
    return Counter({name: round(size / 1024, 1) for name, size in parts.items()})


def main(stream: str, resume: str = "") -> None:
    from tradepost.cli import home
    from tradepost.cli.supervise import Copy

    home.load()
    home.settle()
    here, there = Pipe()
    reader, peak = Copy("reader", lambda: there.send(read(stream, resume))), Counter[str]()
    while not here.poll(LOOK) and reader.poll() is None:
        peak |= memory(reader.pid)  # the greater of each
    if code := reader.wait():
        sys.exit(f"the reader ended with {code}")
    print(json.dumps(here.recv() | peak))


def read(stream: str, resume: str) -> dict[str, Any]:
    """The pass itself, and what it left."""
    from tradepost.activities.models import Activity, Message
    from tradepost.mail import receive
    from tradepost.sync.models import Stream

    begin = (
        {"lease_until": None, "lease_token": ""}
        if resume
        else {"cursor": {"since": "2020-01-01T00:00:00+00:00"}}
    )
    Stream.objects.filter(pk=stream).update(**begin)
    started, cpu = time.perf_counter(), time.process_time()
    receive.run(int(stream))
    took, used = time.perf_counter() - started, time.process_time() - cpu
    company = Stream.objects.get(pk=stream).organisation_id
    return {
        "seconds": round(took, 2),
        "cpu_seconds": round(used, 2),
        "stored": Message.objects.filter(organisation_id=company).count(),
        "threads": Activity.objects.filter(organisation_id=company).count(),
    }


main(*sys.argv[1:])
