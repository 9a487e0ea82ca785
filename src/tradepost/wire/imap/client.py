"""An IMAP connection on a socket that is open already: IMAPClient for control, our reader for what is large.

IMAPClient 4.1 parses eleven thousand header rows a second and refuses ranges with CHANGEDSINCE; imaplib beneath it
gives up on lines over a megabyte. ``command`` goes around both, on the same socket, between their commands.
"""

from __future__ import annotations

import imaplib
import itertools
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from imapclient import IMAPClient, SocketTimeout
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7

from tradepost.kit.words import gettext as _
from tradepost.wire.imap.reader import Done, Malformed, Reader, Response, Untagged

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

CHUNK = 1 << 17


class CommandRefused(Exception):
    """The server answered NO or BAD. ``code`` is the response code (RFC 5530) without brackets, upper case."""

    def __init__(self, status: str, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text
        self.code = code.partition(" ")[0].upper()


class Hung(Exception):
    """The server closed the connection, with a BYE or without a word."""


class Stream:
    """A socket read ahead, whose bytes can be given back: what imaplib and our reader share."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.ahead = b""

    def some(self) -> bytes:
        """What is there, at least a byte; empty at the end."""
        if data := self.ahead:
            self.ahead = b""
            return data
        return self._sock.recv(CHUNK)

    def readline(self, limit: int) -> bytes:
        parts, size = [], 0
        while data := self.some():
            end = data.find(b"\n") + 1
            parts.append(data[:end] if end else data)
            size += len(parts[-1])
            if end or size >= limit:
                self.ahead = data[end:] if end else b""
                break
        return b"".join(parts)

    def read(self, size: int) -> bytes:
        parts = []
        while size and (data := self.some()):
            parts.append(data[:size])
            self.ahead = data[size:]
            size -= len(parts[-1])
        return b"".join(parts)


class Ahead:
    """The answer to a command that was sent ahead. It is read when it is wanted, or when something else is to be sent,
    and is kept in memory from then on. What went wrong with it is raised to who reads it."""

    def __init__(self, answers: Iterator[Response]) -> None:
        self._answers = answers
        self._kept: deque[Response] = deque()
        self._error: Exception | None = None

    def settle(self) -> None:
        try:
            self._kept.extend(self._answers)
        except (CommandRefused, Hung, Malformed, OSError) as error:
            self._error = error

    def __iter__(self) -> Iterator[Response]:
        while self._kept:
            yield self._kept.popleft()
        if self._error:
            raise self._error
        yield from self._answers


class _Imap4(imaplib.IMAP4):
    """imaplib on a given socket, reading through ``Stream``. Nothing is sent before an answer under way is read."""

    def __init__(self, sock: socket.socket) -> None:
        self._given = sock
        self.ahead: Ahead | None = None
        super().__init__()

    def send(self, data: Buffer) -> None:
        ahead, self.ahead = self.ahead, None
        if ahead:
            ahead.settle()
        super().send(data)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.use(self._given)

    def use(self, sock: socket.socket) -> None:
        self.sock = sock
        self.stream = Stream(sock)

    def read(self, size: int) -> bytes:
        return self.stream.read(size)

    def readline(self) -> bytes:
        line = self.stream.readline(imaplib._MAXLINE + 1)  # type: ignore[attr-defined]
        if len(line) > imaplib._MAXLINE:  # type: ignore[attr-defined]
            raise self.error("got a line of more than a megabyte")
        return line

    def shutdown(self) -> None:
        self.sock.close()


class Client(IMAPClient):
    """``sock`` is connected and, for implicit TLS, secured; ``host`` is for messages. Reads the greeting.

    Beside what IMAPClient raises: ``CommandRefused``, ``Hung``, ``Malformed``, ``OSError``. Not thread-safe.
    """

    def __init__(self, sock: socket.socket, host: str, *, timeout: float) -> None:
        self._given = sock
        self._tags = itertools.count(1)
        sock.settimeout(timeout)
        super().__init__(host, ssl=False, timeout=SocketTimeout(timeout, timeout))
        self._imap.debug = 0  # IMAPClient turns on a log of every line

    def _create_IMAP4(self) -> _Imap4:
        return _Imap4(self._given)

    def upgrade(self, secure: Callable[[socket.socket], ssl.SSLSocket]) -> None:
        """STARTTLS (RFC 3501 §6.2.1). What the server said in the clear counts for nothing afterwards."""
        for _answer in self.command("STARTTLS"):
            pass
        if self._imap.stream.ahead:
            raise Malformed(_("bytes between STARTTLS and the handshake"))
        self._imap.use(secure(self._imap.sock))
        self._starttls_done = True
        self._cached_capabilities = None

    def folders(self, *, xlist: bool = False) -> list[tuple[tuple[bytes, ...], bytes | None, str]]:
        """Flags, delimiter and name of each folder. Those whose name could not be sent back are left out."""
        self.folder_encode = False  # one name that is no modified UTF-7 must not cost the list
        try:
            listed = self.xlist_folders() if xlist else self.list_folders()
        finally:
            self.folder_encode = True
        named = [(flags, delimiter, folder_name(name)) for flags, delimiter, name in listed]
        return [(flags, delimiter, name) for flags, delimiter, name in named if name]

    def command(self, text: str, *, max_literal: int = 1 << 20) -> Iterator[Response]:
        """Send a command and yield its untagged responses as they come; a literal is cut at ``max_literal`` bytes.

        Left early, the rest of the answer is read and dropped, so that the connection stays usable.
        """
        answers = self._send(text, max_literal)
        try:
            # Not "yield from", which would end ``answers`` together with us.
            for answer in answers:
                yield answer
        except GeneratorExit:
            for _ in answers:
                pass
            raise

    def ask(self, text: str, *, max_literal: int = 1 << 20) -> Ahead:
        """Send a command now and read its answer later: the server works at it meanwhile. One at a time, though RFC 3501
        §5.5 allows more: Dovecot sends the rows of a second FETCH before it ends the first, and they look alike."""
        self._imap.ahead = ahead = Ahead(self._send(text, max_literal))
        return ahead

    def _send(self, text: str, max_literal: int) -> Iterator[Response]:
        tag = f"P{next(self._tags)}"
        self._imap.send(f"{tag} {text}\r\n".encode())
        return self._answers(tag, max_literal)

    def _answers(self, tag: str, max_literal: int) -> Iterator[Response]:
        reader, stream = Reader(max_literal=max_literal), self._imap.stream
        while True:
            if not (data := stream.some()):
                raise Hung("the connection was closed")
            for response in reader.feed(data):
                if isinstance(response, Done) and response.tag == tag:
                    stream.ahead = reader.rest
                    if response.status != "OK":
                        raise CommandRefused(response.status, response.code, response.text)
                    return
                if isinstance(response, Untagged) and response.name == "BYE":
                    raise Hung(response.text.decode("utf-8", "replace"))
                yield response


def folder_name(raw: bytes | str | None) -> str:
    """The name of a folder in a server's list; "" where it is not as RFC 3501 §5.1.3 wants it."""
    if not isinstance(raw, bytes):
        return raw or ""
    try:
        name = decode_utf7(raw)
        return name if encode_utf7(name) == raw else ""
    except UnicodeError:
        return ""


def mailbox_name(name: str) -> str:
    """A folder's name as a quoted string in modified UTF-7 (RFC 3501 §5.1.3)."""
    encoded = encode_utf7(name).decode("ascii")
    return quoted(encoded)


def quoted(text: str) -> str:
    """An RFC 3501 ``quoted`` string. Raises ``ValueError`` for what cannot stand in one."""
    if not text.isascii() or any(c in text for c in "\r\n\0"):
        raise ValueError("not a quotable string")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
