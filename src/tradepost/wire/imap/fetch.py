"""One FETCH response, taken apart (RFC 3501 §7.4.2, RFC 7162 §3.1 MODSEQ, Gmail's X-GM-THRID).

Servers take liberties: items in any order and case, NIL for a missing header, a quoted string where a literal is
usual, items nobody asked for. What we do not know is skipped, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple


class FetchRow(NamedTuple):
    """``uid`` and ``size`` are 0, ``body`` is None, where the server did not say. ``body`` is whichever BODY[…] came.

    ``internal_date`` is UTC. ``cut`` tells that the server sent more bytes than the reader was told to keep.
    """

    uid: int = 0
    size: int = 0
    internal_date: datetime | None = None
    flags: tuple[str, ...] = ()
    body: bytes | None = None
    thread: str = ""
    modseq: int = 0
    cut: bool = False


# The usual row, up to its literal: one pass over the bytes where they lie. Anything else (nested lists, unknown
# items, something after the literal, a row not all there) is walked item by item with the second expression.
_USUAL = re.compile(
    rb"\* \d{1,10} FETCH \((?:UID (\d{1,10})|RFC822\.SIZE (\d{1,19})|FLAGS \(([^()\"]*)\)|INTERNALDATE \"([^\"\\]*)\""
    rb"|MODSEQ \((\d{1,19})\)|X-GM-THRID (\d{1,20})| )+BODY\[[^\]\"]*\](?:<0>)? \{(\d{1,10})\}\r\n"
)
_ITEM = re.compile(
    rb"""\s*([^\s()\["]+(?:\[(?:"[^"]*"|[^\]"])*\])?(?:<\d+>)?)\s*"""
    rb"""(?:\s(\d+)(?=[\s)]|\Z)|\s?"((?:[^"\\]|\\.)*)"|\s?(\{\})|\s?(\()|\s([^\s()"]*))""",
    re.DOTALL,
)
_LIST_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|\{\}|[()]', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_MONTHS = {
    m: f"{n:02}"
    for n, m in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


def usual_row(buffer: bytes, at: int, longest: int) -> tuple[FetchRow, int] | None:
    """The row at ``at`` and where it ends, if it is of the usual form, whole, and no longer than ``longest``."""
    if not (usual := _USUAL.match(buffer, at)):
        return None
    uid, size, flags, date, modseq, thread, length = usual.groups()
    start = usual.end()
    end = start + int(length)
    if buffer[end : end + 3] != b")\r\n" or end - start > longest:
        return None
    row = FetchRow(
        int(uid or 0),
        int(size or 0),
        parse_date(date) if date else None,
        parse_flags(flags) if flags else (),
        buffer[start:end],
        thread.decode() if thread else "",
        int(modseq or 0),
    )
    return row, end + 3


def parse_fetch(text: bytes, literals: Sequence[bytes], cut: bool = False) -> FetchRow:
    """Any row: ``(UID 7 … BODY[] {})``, whose ``{}`` stand for ``literals`` in order."""
    found: dict[str, bytes] = {}
    left = iter(literals)
    at = text.find(b"(") + 1
    while item := _ITEM.match(text, at):
        name, at = item[1].upper(), item.end()
        if item[5]:  # a list
            start, at = at, _close(text, at, left)
            value: bytes | None = text[start : at - 1]
        elif item[4]:
            value = next(left, b"")
        elif item[3] is not None:
            value = _ESCAPE.sub(rb"\1", item[3])
        else:
            value = item[2] or (None if (item[6] or b"").upper() == b"NIL" else item[6])
        if value is not None:
            found["BODY" if name.startswith(b"BODY[") else name.decode("ascii", "replace")] = value
    date = found.get("INTERNALDATE")
    return FetchRow(
        _number(found.get("UID")),
        _number(found.get("RFC822.SIZE")),
        parse_date(date) if date else None,
        parse_flags(found.get("FLAGS", b"")),
        found.get("BODY", found.get("RFC822", found.get("RFC822.HEADER"))),
        found.get("X-GM-THRID", b"").decode("ascii", "replace"),
        _number(found.get("MODSEQ")),
        cut,
    )


def _close(text: bytes, at: int, left: object) -> int:
    """Where the list that opened just before ``at`` ends; literals inside are taken off ``left``."""
    depth = 1
    for token in _LIST_TOKEN.finditer(text, at):
        if token[0] == b"{}":
            next(left, None)  # type: ignore[call-overload]
        elif token[0] in b"()":
            depth += 1 if token[0] == b"(" else -1
            if not depth:
                return token.end()
    return len(text) + 1


def _number(text: bytes | None) -> int:
    return int(text) if text and text.isdigit() else 0


@lru_cache(maxsize=1024)
def parse_flags(text: bytes) -> tuple[str, ...]:
    """``\\Seen $Label`` → a tuple. Cached: a mailbox has few different sets of flags."""
    return tuple(flag.decode("ascii", "replace") for flag in text.split())


def parse_date(text: bytes) -> datetime | None:
    """``17-Jul-1996 02:44:25 -0700`` in UTC; None where it is no date."""
    try:
        s = text.decode("ascii")
        day = s[:2].replace(" ", "0")
        local = datetime.fromisoformat(
            f"{s[7:11]}-{_MONTHS[s[3:6].lower()]}-{day}T{s[12:20]}{s[21:26] or 'Z'}"
        )
        return local.astimezone(UTC) if local.tzinfo else None
    except (KeyError, ValueError, OverflowError):
        return None
