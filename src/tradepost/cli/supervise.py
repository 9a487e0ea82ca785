"""A tree of processes: started together, restarted when one dies, stopped in order, never orphaned."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from tradepost.kit.errors import Fault
from tradepost.wire.process import call, tied

STEADY = 60.0  # seconds of life after which earlier failures are forgotten
GRACE = 30.0  # seconds that a child has for an orderly end
_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_HEARD = {*_STOP, signal.SIGCHLD}


def pause(failures: int) -> float:
    """Seconds to wait before the start after so many failures in a row: 0.5, 1, 2 … 30."""
    return float(min(30.0, 0.5 * 2 ** max(0, failures - 1)))


class Process(Protocol):
    """What the tree needs of a process: ``subprocess.Popen`` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def wait(self) -> int: ...


def program(command: Sequence[str], *, output: int | None = None) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own; ``output`` as ``stdout`` of ``subprocess.Popen``."""
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        start_new_session=True,
        preexec_fn=tied(signal.SIGTERM),
    )


class Copy:
    """A copy of this process, in a session of its own, that does one piece of work.

    What is loaded here is not loaded again, and its memory is shared until somebody writes to it. Threads and open
    connections do not survive being copied: have none.
    """

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        known = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)  # until the copy has handlers of its own
        tie = tied(signal.SIGTERM)

        def live() -> None:
            os.setsid()
            call(name)
            signal.set_wakeup_fd(-1)
            for number in _HEARD:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            tie()
            signal.pthread_sigmask(signal.SIG_SETMASK, known)
            work()

        self._process = multiprocessing.get_context("fork").Process(target=live)
        self._process.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, known)

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def wait(self) -> int:
        self._process.join()
        return self._process.exitcode or 0


@dataclass
class Child:
    """A process to keep alive. ``due`` is when to start it next, on the monotonic clock."""

    name: str
    launch: Callable[[], Process]
    process: Process | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def start(self, now: float) -> None:
        self.started = now
        self.process = self.launch()

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
    """``run`` returns 0 after SIGINT, SIGTERM or SIGHUP. A second one ends the children at once.

    ``keep`` is called every second; it mends what the children stand on, says so, and raises ``Fault`` where it cannot.
    """

    children: Sequence[Child]
    say: Callable[[str], None]
    keep: Callable[[], str | None] | None = None
    _keep_due: float = 0.0
    _keep_failures: int = 0
    _wakeup: socket.socket = field(init=False)

    def run(self, ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        """Start all; call ``announce`` once when ``ready`` first holds; keep all running until told to stop."""
        self._listen()
        announced = stopping = False
        try:
            while not stopping:
                self._keep()
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
        for number in _HEARD:
            signal.signal(number, _ignore)
        signal.set_wakeup_fd(writer.detach())

    def _wait(self, timeout: float) -> set[int]:
        if not select.select([self._wakeup], [], [], timeout)[0]:
            return set()
        return set(self._wakeup.recv(4096))

    def _keep(self) -> None:
        if self.keep is None or self._keep_due > time.monotonic():
            return
        try:
            notice, self._keep_failures = self.keep(), 0
        except Fault as fault:
            self._keep_failures += 1
            notice = f"{fault.cause} {fault.cure}"
        if notice:
            self.say(notice)
        self._keep_due = time.monotonic() + max(1.0, pause(self._keep_failures))

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None and child.due <= now:
                child.start(now)

    def _until_due(self) -> float:
        waiting = [child.due for child in self.children if child.process is None]
        waiting += [self._keep_due] if self.keep else []
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
