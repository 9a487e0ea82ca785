"""Gmail's extension of IMAP in front of a plain server: what it offers, takes and tells (X-GM-EXT-1), on the wire."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from typing import BinaryIO

_ASKED = b" X-GM-THRID"
_TOLD = re.compile(rb"^(\* \d+ FETCH \()(UID (\d+))")


class Gmail:
    """Listens on ``port``. ``thread_of`` maps a UID to its thread; without it, the extension is not offered. ``asked`` are
    the commands that asked for threads."""

    def __init__(self, behind: int, thread_of: Callable[[int], int] | None) -> None:
        self.asked: list[bytes] = []
        self._behind, self._thread_of = behind, thread_of
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                far = socket.create_connection(("127.0.0.1", self._behind))
                for ends in ((near, far, self._command), (far, near, self._response)):
                    threading.Thread(target=_pass_on, args=ends, daemon=True).start()

    def _command(self, line: bytes) -> bytes:
        if _ASKED in line:
            self.asked.append(line)
        return line.replace(_ASKED, b"")

    def _response(self, line: bytes) -> bytes:
        if self._thread_of is None:
            return line
        line = re.sub(rb"\bIMAP4rev1\b", b"IMAP4rev1 X-GM-EXT-1", line, count=1)
        told = _TOLD.match(line)
        if not told or not self.asked:
            return line
        thread = str(self._thread_of(int(told[3]))).encode()
        return told[1] + b"X-GM-THRID " + thread + b" " + line[len(told[1]) :]


def _pass_on(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with contextlib.suppress(OSError), source, target:
        lines: BinaryIO = source.makefile("rb")
        for line in lines:
            target.sendall(change(line))
        target.shutdown(socket.SHUT_WR)
