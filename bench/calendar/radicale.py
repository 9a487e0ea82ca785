"""``calendar.radicale``: 10,000 events on a default Radicale: first pull, no change, and 1 % changed on either side.

Ours goes through the calendar port, every event read into its canonical form. The peer is vdirsyncer into a folder, in the
same run: the program that ``VDIRSYNCER`` names, else one in an environment of its own under ``var/bench``. Requests and
client CPU count; wall time is the machine's, and the server does not flush to the disk.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import Goal, Result
from tests.pim.series import event
from tests.pim.servers import Radicale
from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.pim import patch
from tradepost.pim.types import CalendarEvent

EVENTS = 10_000
CHANGED = EVENTS // 100
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PEER = "vdirsyncer==0.21.0"


def run() -> Result:
    home = Path(tempfile.mkdtemp(prefix="tp-", dir="/tmp"))
    server = Radicale(home / "radicale")
    try:
        path = server.make()
        _seed(server, path)
        ours, peer = _ours(server, path), _vdirsyncer(server, path, home / "vdir")
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    pull, idle = ours["first pull"], ours["no change"]
    return Result(
        "calendar.radicale",
        {"events": EVENTS, **ours},
        [
            Goal("requests, no change", idle["requests"], 1, at_most=True),
            Goal("bytes, no change", idle["bytes"], 1000, at_most=True),
            Goal("CPU seconds, no change", idle["cpu"], 0.15, at_most=True),
            Goal("requests, first pull", pull["requests"], 55, at_most=True),
            Goal("CPU seconds, first pull", pull["cpu"], 1.0, at_most=True),
        ],
        peers={"vdirsyncer": peer},
    )


def _seed(server: Radicale, path: str) -> None:
    """Write Radicale's files as it keeps them, and let it read them once: by PUT it would flush each to the disk."""
    folder = server.home / "store" / "collection-root" / path.strip("/")
    for n in range(EVENTS):
        (folder / f"{n}.ics").write_text(patch.write(_event(n), NOW), newline="")
    body = xml.sync_collection("")
    answer = server.request("REPORT", path, body, Depth="0", **{"Content-Type": "application/xml"})
    assert answer.status_code == 207, answer.text


def _event(n: int) -> CalendarEvent:
    start = datetime(2026, 1, 1, 9) + timedelta(hours=n)  # noqa: DTZ001  (a wall clock)
    rule = ("RRULE:FREQ=WEEKLY;COUNT=10",) if n % 20 == 0 else ()
    return event(uid=f"{n}@shop.test", title=f"Meeting {n}", start=start, rrule=rule, location="Hall 4",
                 description="Bring the samples.\nThey lie in the store.", zone="Europe/Berlin")  # fmt: skip


def _ours(server: Radicale, path: str) -> dict[str, Any]:
    with server.open(path) as calendar:
        found: dict[str, Any] = {}
        cursor, bodies = "", dict[str, tuple[str, str]]()

        def pull() -> None:
            nonlocal cursor
            changes = calendar.changes(cursor)
            for item in calendar.get(list(changes.versions)):
                calendar.read(item.body)
                bodies[item.id] = (item.version, item.body)
            cursor = changes.cursor

        found["first pull"] = _measured(calendar, pull)
        assert len(bodies) == EVENTS
        found["no change"] = _measured(calendar, pull)
        with server.open(path) as other:
            _edit(other, bodies, "there")
        found["1 % changed there"] = _measured(calendar, pull)
        found["1 % changed here"] = _measured(calendar, lambda: _edit(calendar, bodies, "here"))
        found["memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return found


def _edit(calendar: CalDavCalendar, bodies: dict[str, tuple[str, str]], word: str) -> None:
    for id in sorted(bodies)[:CHANGED]:
        version, body = bodies[id]
        if word == "there":
            ((version, body),) = [(item.version, item.body) for item in calendar.get([id])]
        changed = calendar.write(replace(calendar.read(body), title=f"Changed {word}"), NOW, body)
        bodies[id] = (calendar.put(id, changed, version), changed)


def _measured(calendar: CalDavCalendar, act: Callable[[], None]) -> dict[str, float]:
    client = calendar._client
    requests, size, cpu, wall = client.requests, client.bytes_in, time.process_time(), time.perf_counter()
    act()
    return {
        "requests": client.requests - requests,
        "bytes": client.bytes_in - size,
        "cpu": round(time.process_time() - cpu, 3),
        "wall": round(time.perf_counter() - wall, 2),
    }


def _installed() -> str:
    """The peer's program, in an environment of its own so that its packages are not ours. Empty without a registry."""
    if named := os.environ.get("VDIRSYNCER"):
        return named
    home = Path("var/bench/vdirsyncer").absolute()
    program = home / "bin" / "vdirsyncer"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", PEER]
        subprocess.run(pip, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return str(program) if program.exists() else ""


def _vdirsyncer(server: Radicale, path: str, home: Path) -> dict[str, Any]:
    program = _installed()
    if not program:
        return {"absent": f"pip cannot fetch {PEER}; VDIRSYNCER names the program where there is one"}
    home.mkdir()
    config = home / "config"
    config.write_text(
        f'[general]\nstatus_path = "{home}/status/"\n[pair p]\na = "l"\nb = "r"\ncollections = null\n'
        f'[storage l]\ntype = "filesystem"\npath = "{home}/files/"\nfileext = ".ics"\n'
        f'[storage r]\ntype = "caldav"\nurl = "{server.url}{path}"\nusername = "dana"\npassword = "x"\n'
    )
    (home / "files").mkdir()

    def call(*arguments: str) -> dict[str, Any]:
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [program, "-c", str(config), *arguments], input="y\n", capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        ok: dict[str, Any] = {} if done.returncode == 0 else {"failed": done.stderr.strip()[-200:]}
        return {"cpu": round(cpu, 2), "wall": round(time.perf_counter() - wall, 2), **ok}

    call("discover", "p")
    found = {"first pull": call("sync"), "files": len(list((home / "files").glob("*.ics")))}
    found["no change"] = call("sync")
    for file in sorted((home / "files").glob("*.ics"))[:CHANGED]:
        file.write_text(re.sub(r"SUMMARY:.*", "SUMMARY:Changed here", file.read_text()))
    return found | {"1 % changed here": call("sync")}
