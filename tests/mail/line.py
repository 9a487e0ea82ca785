"""A telephone line to a server that can go dead at a chosen word: the tests' way to break a connection where it hurts."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal

_WORD = 64  # bytes of what went before that a word may begin in


class Line:
    """Passes bytes both ways to ``target``, until ``word`` is about to pass in the direction ``told``.

    Then the first ``times`` connections are cut (``cut``), or stay silent until ``free`` (``hold``). ``reached`` says
    that it happened, ``waiting`` how many are held.
    """

    def __init__(
        self,
        target: int,
        word: bytes,
        *,
        told: Literal["by us", "to us"],
        then: Literal["cut", "hold"],
        times: int = 1,
    ) -> None:
        self.target, self.word, self.told, self.then, self.left = target, word, told, then, times
        self.reached, self.free = threading.Semaphore(0), threading.Event()
        self._lock, self._sockets = threading.Lock(), list[socket.socket]()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()

    def close(self) -> None:
        self.free.set()
        self._server.close()
        for one in self._sockets:
            one.close()

    def hang_up(self) -> None:
        """Cut all that goes over it now."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def wait(self) -> None:
        assert self.reached.acquire(timeout=90), f"nobody said {self.word!r}"

    def _answer(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self._sockets += [near, far]
                for source, sink, told in ((near, far, "by us"), (far, near, "to us")):
                    threading.Thread(target=self._pass, args=(source, sink, told), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, told: str) -> None:
        before = b""
        with suppress(OSError):
            while data := source.recv(65536):
                if told == self.told and self.word in before + data and self._mine():
                    self.reached.release()
                    if self.then == "cut":
                        break
                    self.free.wait()
                before = (before + data)[-_WORD:]
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _mine(self) -> bool:
        with self._lock:
            self.left -= 1
            return self.left >= 0
