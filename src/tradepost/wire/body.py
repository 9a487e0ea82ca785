"""The body of a request, read whole before work on it begins; a client that stops in the middle of it is let go.

A server with threads gives one to each request. Somebody who sends the headers of a POST, and then nothing, would hold it
for ever, and eight of them the whole server, since granian 2.8 waits for a body without end. Its wait cannot be broken off
from within, but it ends with the connection. So a guard in each process looks after bodies that are overdue, and ends
as many of the connections that have been silent for longest while it is their turn to speak (Linux, ``tcp(7)``: ``TCP_INFO``). A client
that drips a byte now and then is a reverse proxy's to hold off: it passes a request on when it has all of it.

A body that ends before its announced length (RFC 9112 §8) is refused rather than taken for the whole: half a form must
not be saved.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from tradepost.kit.errors import Fault
from tradepost.kit.problem import CONTENT_TYPE, problem
from tradepost.kit.words import gettext_noop

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 1024 * 1024  # bytes; more is kept in a temporary file
PIECE = 64 * 1024
_TCP_INFO = struct.Struct("8B12I")  # up to tcpi_last_data_recv
_LAST_SENT, _LAST_RECEIVED = 17, 19  # milliseconds since
_STATE, _ESTABLISHED = 0, 1  # one that was ended is in another state until the other side ends it too


class WholeBody:
    """WSGI middleware. ``threads``: of the server. ``limit``: bytes; a longer body is left to the application, which
    refuses it unread. ``patience``: seconds of silence; ``hurry``: the same while every thread waits for a body."""

    def __init__(
        self, app: App, *, threads: int = 4, limit: int, patience: float = 20.0, hurry: float = 2.0
    ) -> None:
        self.threads = threads
        self._app, self._limit, self._patience, self._hurry = app, limit, patience, hurry
        self._since: dict[int, float] = {}  # by thread, when it began to wait
        self._guard: threading.Thread | None = None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or not 0 < int(length) <= self._limit:
            return self._app(environ, start_response)
        body = self._arrived(environ, int(length))
        if body.tell() != int(length):
            return _refuse(environ, start_response)
        body.seek(0)
        return self._app({**environ, "wsgi.input": body}, start_response)

    def _arrived(self, environ: Environ, length: int) -> IO[bytes]:
        """What came of the body, up to its end or the end of the connection."""
        held: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the application reads it
        me = threading.get_ident()
        self._since[me] = time.monotonic()
        if self._guard is None:  # in this process: a thread does not survive a fork
            self._guard = threading.Thread(
                target=self._watch, args=(environ.get("SERVER_PORT"),), daemon=True
            )
            self._guard.start()
        try:
            while held.tell() < length and (
                piece := environ["wsgi.input"].read(min(PIECE, length - held.tell()))
            ):
                held.write(piece)
        except OSError:  # the other side is gone: what came is not the whole
            pass
        finally:
            del self._since[me]
        return held

    def _watch(self, port: object) -> None:
        spared: set[tuple[int, float]] = set()  # their connections were just ended; they may not know it yet
        while True:
            time.sleep(min(1.0, self._hurry))
            waiting = set(self._since.items())
            patience = self._hurry if len(waiting) >= self.threads else self._patience
            overdue = {one for one in waiting - spared if time.monotonic() - one[1] > patience}
            if overdue:
                end_silent(int(str(port)), patience, len(overdue))
            spared = overdue  # once: what was ended may have been another's, whose request waits for a thread


def end_silent(port: int, seconds: float, most: int) -> int:
    """End those of this process's connections to ``port`` whose other side spoke last, as long ago as that: the ``most`` that
    have been silent for longest, since a request that waits for a thread looks alike. How many were ended."""
    silent: list[tuple[int, socket.socket]] = []
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        with suppress(OSError, ValueError):
            copy = os.dup(int(name))
            try:
                one = socket.socket(fileno=copy)
            except OSError:  # a file, a pipe
                os.close(copy)
            else:
                silent.append((_silence(one, port), one))
    silent.sort(key=lambda pair: pair[0], reverse=True)
    ended = 0
    for place, (milliseconds, one) in enumerate(silent):
        with suppress(OSError), closing(one):
            if place < most and milliseconds >= seconds * 1000:
                one.shutdown(socket.SHUT_RDWR)
                ended += 1
    return ended


def _silence(one: socket.socket, port: int) -> int:
    """Milliseconds since the other side spoke, if it is its turn to go on; else -1."""
    try:
        if one.family not in (socket.AF_INET, socket.AF_INET6) or one.getsockname()[1] != port:
            return -1
        one.getpeername()  # raises for one that listens
        facts = _TCP_INFO.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size))
    except OSError:
        return -1
    theirs = facts[_STATE] == _ESTABLISHED and facts[_LAST_RECEIVED] <= facts[_LAST_SENT]
    return int(facts[_LAST_RECEIVED]) if theirs else -1


class CutOff(Fault):
    code = "cut-off"
    status = 400
    cause_text = gettext_noop("The request ended before it was whole.")
    cure_text = gettext_noop("Send it again.")


def _refuse(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    """Before the application, which alone knows who reads it: so in English."""
    text, form = f"{CutOff()}\n", "text/plain; charset=utf-8"
    if str(environ.get("PATH_INFO")).startswith("/api/"):
        text, form = json.dumps(problem(CutOff())), CONTENT_TYPE
    headers = [("Content-Type", form), ("Content-Length", str(len(text)))]
    start_response("400 Bad Request", [*headers, ("Connection", "close")])
    return [text.encode()]
