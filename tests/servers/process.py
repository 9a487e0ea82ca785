"""Starting and stopping a real server for tests: free ports, ready when it accepts, gone when the test run is gone."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nothing listens on. All are held until all are found, so that they differ."""
    with contextlib.ExitStack() as held:
        socks = [held.enter_context(socket.socket()) for _ in range(count)]
        for sock in socks:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in socks]


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
