"""Server responses out of a stream of bytes, incrementally and in bounded memory (RFC 3501 §7, 7162, 7888, 3516).

Feed what the socket gives, take what came out; the tagged ``Done`` ends a command and a feed. A literal beyond
``max_literal`` is cut, and its tail read past, so that one monstrous header costs neither memory nor the page.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tradepost.kit.words import gettext as _
from tradepost.wire.imap.fetch import FetchRow, parse_fetch, usual_row
from tradepost.wire.imap.sets import unpack


class Malformed(Exception):
    """The bytes are no IMAP. The connection is beyond repair; a new one may be fine."""


class Done(NamedTuple):
    """The tagged end of a command. ``status`` is OK, NO or BAD; ``code`` what stood in brackets, e.g. OVERQUOTA."""

    tag: str
    status: str
    code: str
    text: str


class Vanished(NamedTuple):
    """UIDs that were expunged (RFC 7162 §3.2.10). ``earlier``: before this session, so no message numbers shift."""

    uids: tuple[range, ...]
    earlier: bool


class Untagged(NamedTuple):
    """Any other response: ``* 23 EXISTS``, ``* OK [UIDNEXT 5] …``, ``* ESEARCH …``, ``+ go ahead``."""

    name: str
    number: int
    text: bytes


Response = FetchRow | Done | Vanished | Untagged

_FETCH = re.compile(rb"\* (\d+) FETCH\s*", re.IGNORECASE)
_LITERAL = re.compile(rb"~?\{(\d{1,15})\+?\}\Z")
_UNTAGGED = re.compile(rb"\* (?:(\d+) )?([^\s\[]+) ?(.*)\Z", re.DOTALL)
_DONE = re.compile(rb"(\S+) (OK|NO|BAD)\b ?(?:\[([^\]]*)\])? ?(.*)\Z", re.IGNORECASE | re.DOTALL)
_VANISHED = re.compile(rb"\s*(\(EARLIER\))?\s*(\S*)", re.IGNORECASE)
# Text of these is for people and may end in anything, also in what looks like a literal.
_SPEECH = re.compile(rb"(?:\+|\S+ (?:OK|NO|BAD|BYE|PREAUTH)\b)", re.IGNORECASE)


class Reader:
    """``feed`` bytes, get responses. ``rest`` is what was read beyond the last ``Done``."""

    def __init__(self, *, max_literal: int = 1 << 20, max_line: int = 8 << 20) -> None:
        self._max_literal = max_literal
        self._max_line = max_line
        self._buffer = b""
        self._text: list[
            bytes
        ] = []  # the lines of the response under way, each but the last ended by a literal
        self._literals: list[bytes] = []
        self._kept: list[bytes] = []  # chunks of the literal under way
        self._room = 0  # bytes of it still to keep
        self._due = 0  # bytes of it still to come
        self._cut = False

    @property
    def rest(self) -> bytes:
        return self._buffer

    def feed(self, data: bytes) -> list[Response]:
        """The responses that became complete, up to a ``Done``; ``feed(b"")`` goes on after it.

        Raises ``Malformed``.
        """
        out: list[Response] = []
        buffer, at = self._buffer + data if self._buffer else data, 0
        while True:
            if self._due:
                at = self._take(buffer, at)
                if self._due:
                    break
            if not self._text and (usual := usual_row(buffer, at, self._max_literal)):
                row, at = usual
                out.append(row)
                continue
            end = buffer.find(b"\n", at)
            if end < 0:
                break
            line = buffer[at : end - 1 if buffer[end - 1 : end] == b"\r" and end > at else end]
            at = end + 1
            if line.endswith(b"}") and self._opens_literal(line):
                continue
            if self._text:
                self._text.append(line)
                line = b"{}".join(self._text)
            elif not line:
                continue
            try:
                response = self._response(line)
            except ValueError as error:
                raise Malformed(_("no IMAP response: {line}").format(line=f"{line[:80]!r}")) from error
            out.append(response)
            self._text, self._literals, self._cut = [], [], False
            if isinstance(response, Done):
                break
        self._buffer = buffer[at:]
        if len(self._buffer) > self._max_line:
            raise Malformed(_("a line of more than {most} bytes").format(most=self._max_line))
        return out

    def _opens_literal(self, line: bytes) -> bool:
        """Notes the literal that ``line`` announces. A line of speech announces none."""
        literal = _LITERAL.search(line, line.rfind(b"{") - 1 if len(line) > 2 else 0)
        if literal is None or (not self._text and _SPEECH.match(line)):
            return False
        self._text.append(line[: literal.start()])
        self._due = int(literal[1])
        self._room = self._max_literal
        if not self._due:
            self._literals.append(b"")
        return True

    def _take(self, buffer: bytes, at: int) -> int:
        """Take of ``buffer`` what belongs to the literal under way; returns where it goes on."""
        chunk = buffer[at : at + self._due]
        self._due -= len(chunk)
        if len(chunk) > self._room:
            self._cut = True
        if not self._due and not self._kept:  # the usual case: all of it in one piece
            self._literals.append(chunk[: self._room])
            return at + len(chunk)
        self._kept.append(chunk[: self._room])
        self._room = max(0, self._room - len(chunk))
        if not self._due:
            self._literals.append(b"".join(self._kept))
            self._kept = []
        return at + len(chunk)

    def _response(self, text: bytes) -> Response:
        if fetch := _FETCH.match(text):
            return parse_fetch(text[fetch.end() :], self._literals, self._cut)
        if text.startswith(b"+"):
            return Untagged("+", 0, text[1:].strip())
        if not text.startswith(b"* "):
            if not (done := _DONE.match(text)):
                raise Malformed(_("no IMAP response: {text}").format(text=f"{text[:80]!r}"))
            tag, status, code, words = (part or b"" for part in done.groups())
            return Done(tag.decode(errors="replace"), status.decode().upper(), _words(code), _words(words))
        return self._untagged(text)

    @staticmethod
    def _untagged(text: bytes) -> Response:
        if not (m := _UNTAGGED.match(text)):
            raise Malformed(_("no IMAP response: {text}").format(text=f"{text[:80]!r}"))
        name = m[2].decode(errors="replace").upper()
        if name == "VANISHED" and (vanished := _VANISHED.match(m[3])):
            return Vanished(unpack(vanished[2].decode()), bool(vanished[1]))
        return Untagged(name, int(m[1] or 0), m[3])


def _words(text: bytes) -> str:
    return text.decode("utf-8", "replace").strip()
