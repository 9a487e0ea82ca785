"""Real worker processes on the test's database: forked from one that has everything loaded, so that starting one is cheap.

``python -m tests.mail.workers`` reads a line for each worker to start and answers with its process id. A worker ends
by itself when no job is left that may run now.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


CALLED = "started-by-a-test"
"""What the database knows the connections of such processes by."""


def environment() -> dict[str, str]:
    """For a process of the product on the test's own database."""
    facts = connection.settings_dict
    where = f"host={facts['HOST']}" + (f"&port={facts['PORT']}" if facts["PORT"] else "")
    return {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "DATABASE_URL": f"postgresql://{facts['USER']}@/{facts['NAME']}?{where}",
        "TRADEPOST_DATA": str(settings.DATA_DIR),
        "TRADEPOST_PRIVATE_HOSTS": "127.0.0.0/8,::1/128",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "PGAPPNAME": CALLED,
    }


class Workers:
    """Starts and kills workers."""

    def __init__(self, loaded: subprocess.Popen[str]) -> None:
        self._loaded = loaded

    def start(self) -> Worker:
        assert self._loaded.stdin and self._loaded.stdout
        print("start", file=self._loaded.stdin, flush=True)
        return Worker(int(self._loaded.stdout.readline()))


class Worker:
    def __init__(self, pid: int) -> None:
        self._pid, self._end = pid, os.pidfd_open(pid)

    def ended(self, within: float) -> bool:
        """Wait for its end, so many seconds at most."""
        return bool(select.select([self._end], [], [], within)[0])

    def __del__(self) -> None:
        os.close(self._end)

    def kill(self) -> None:
        signal.pidfd_send_signal(self._end, signal.SIGKILL)
        self.ended(within=10)


@contextmanager
def workers() -> Iterator[Workers]:
    command = [sys.executable, "-m", "tests.mail.workers"]
    with subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as loaded:
        yield Workers(loaded)
        assert loaded.stdin
        loaded.stdin.close()


def rescue(settings: Any) -> None:
    """The product's own rescue, without its patience."""
    from procrastinate.contrib.django import app

    from tradepost.jobs import tasks

    settings.JOB_STALLED_AFTER = 0

    async def act() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):
            async with app.open_async():
                await tasks.rescue.func(None, 0)

    asyncio.run(act())


def main() -> None:
    from tradepost.cli import home

    home.load()
    from procrastinate.contrib.django import app

    from tradepost.mail import receive

    receive.STEP = 5  # many commits, so that a kill may fall between any two of them
    settings.SYNC_LEASE /= 100
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            with app.replace_connector(app.connector.get_worker_connector()):
                app.run_worker(wait=False, concurrency=2, delete_jobs="successful", listen_notify=False)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
