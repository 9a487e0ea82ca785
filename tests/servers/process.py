"""Starting and stopping a real server for tests: free ports, ready when it accepts, gone when the test run is gone."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path


def _ports() -> Iterator[int]:
    """Those of this worker of the run, again and again: below the ones that the kernel gives to whoever asks for any, and in
    another order in each process, so that what starts slowly still finds its port free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = [*range(20_000 + 1500 * (worker % 8), 21_500 + 1500 * (worker % 8))]
    random.Random(os.getpid()).shuffle(ports)
    return itertools.cycle(ports)


_PORTS = _ports()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nothing listens on; no other call in this run gets them."""
    return [*itertools.islice(filter(_is_free, _PORTS), count)]


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Run a server. It is told to end should this process die before it could stop it.

    Call it in the main thread: the kernel watches the thread that started a process, not its process.
    """
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    with log.open("ab") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)


def wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 20) -> None:
    """Return when ``port`` accepts; raise with the log's tail if the server ended or the time is up."""
    deadline = time.monotonic() + seconds
    for pause in _growing_pauses():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args} is not ready:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(pause)


def _growing_pauses() -> Iterator[float]:
    pause = 0.01
    while True:
        yield pause
        pause = min(pause * 1.5, 0.25)


def stop(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
