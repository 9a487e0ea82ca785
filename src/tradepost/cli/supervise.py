"""A tree of processes: started together, restarted when one dies, stopped in order, never orphaned."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tradepost.wire.process import tied

STEADY = 60.0  # seconds of life after which earlier failures are forgotten
GRACE = 30.0  # seconds that a child has for an orderly end
_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def pause(failures: int) -> float:
    """Seconds to wait before the start after so many failures in a row: 0.5, 1, 2 … 30."""
    return float(min(30.0, 0.5 * 2 ** max(0, failures - 1)))


@dataclass
class Child:
    """A process to keep alive. ``due`` is when to start it next, on the monotonic clock."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def start(self, now: float) -> None:
        self.started = now
        self.process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=tied(signal.SIGTERM),
        )

    def bury(self, now: float) -> str | None:
        """If it has ended: end what is left of its group, plan the next start and say so."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.kill()
        self.failures = 1 if now - self.started > STEADY else self.failures + 1
        self.due = now + pause(self.failures)
        self.process = None
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"{self.name} {how}; it starts again in {self.due - now:g} s"

    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def terminate(self) -> None:
        if self.process and self.lives():
            self.process.terminate()

    def kill(self) -> None:
        """End the whole group: the child leads a session of its own."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Tree:
    """``run`` returns 0 after SIGINT, SIGTERM or SIGHUP. A second one ends the children at once."""

    children: Sequence[Child]
    say: Callable[[str], None]
    _wakeup: socket.socket = field(init=False)

    def run(self, ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        """Start all; call ``announce`` once when ``ready`` first holds; keep all running until told to stop."""
        self._listen()
        announced = stopping = False
        try:
            while not stopping:
                self._start_due()
                if not announced and ready():
                    announced = True
                    announce()
                stopping = bool(self._wait(0.1 if not announced else self._until_due()) & _STOP)
                self._bury()
        finally:
            self._stop()
            signal.set_wakeup_fd(-1)
        return 0

    def _listen(self) -> None:
        """Signals arrive as bytes on a socket: nothing runs inside a handler."""
        self._wakeup, writer = socket.socketpair()
        for end in (self._wakeup, writer):
            end.setblocking(False)
        for number in (*_STOP, signal.SIGCHLD):
            signal.signal(number, _ignore)
        signal.set_wakeup_fd(writer.detach())

    def _wait(self, timeout: float) -> set[int]:
        if not select.select([self._wakeup], [], [], timeout)[0]:
            return set()
        return set(self._wakeup.recv(4096))

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.due <= now:
                child.start(now)

    def _until_due(self) -> float:
        waiting = [child.due for child in self.children if child.process is None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else 3600.0

    def _bury(self) -> None:
        for child in self.children:
            if notice := child.bury(time.monotonic()):
                self.say(notice)

    def _stop(self) -> None:
        """The last to start is the first to stop. What is left after ``GRACE``, or at a second signal, is ended."""
        deadline = time.monotonic() + GRACE
        hurry = False
        for child in reversed(self.children):
            child.terminate()
            while not hurry and child.lives():
                left = deadline - time.monotonic()
                hurry = left <= 0 or bool(self._wait(left) & _STOP)
        for child in self.children:
            child.kill()
            if child.process:
                child.process.wait()


def _ignore(number: int, frame: object) -> None:
    """The wake-up socket carries the signal."""
