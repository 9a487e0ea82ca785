"""One FETCH response, taken apart (RFC 3501 §7.4.2, RFC 7162 §3.1 MODSEQ, Gmail's X-GM-THRID).

Servers take liberties: items in any order and case, NIL for a missing header, a quoted string where a literal is
usual, items nobody asked for. What we do not know is skipped, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
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


# The reader writes {} where a literal stood. The usual row needs one pass of the first expression; anything else
# (nested lists, unknown items) is walked item by item with the second.
_USUAL = re.compile(
    rb"\((?:UID (\d+)|RFC822\.SIZE (\d+)|FLAGS \(([^()\"]*)\)|INTERNALDATE \"([^\"\\]*)\"|MODSEQ \((\d+)\)"
    rb"|X-GM-THRID (\d+)|BODY\[[^\]]*\](?:<\d+>)? (\{\})| )+\)\s*\Z",
    re.IGNORECASE,
)
_ITEM = re.compile(
    rb"""\s*([^\s()\["]+(?:\[(?:"[^"]*"|[^\]"])*\])?(?:<\d+>)?)\s*"""
    rb"""(?:\s(\d+)(?=[\s)]|\Z)|\s?"((?:[^"\\]|\\.)*)"|\s?(\{\})|\s?(\()|\s([^\s()"]*))""",
    re.DOTALL,
)
_LIST_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|\{\}|[()]', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_DATE = re.compile(rb"\s*(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d)(?: ([+-])(\d\d)(\d\d))?")
_MONTHS = {m: n for n, m in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}


def parse_fetch(text: bytes, literals: Sequence[bytes], cut: bool = False) -> FetchRow:
    """A row of ``(UID 7 … BODY[] {})``, whose ``{}`` stand for ``literals`` in order."""
    if (usual := _USUAL.match(text)) and len(literals) <= 1:
        uid, size, flags, date, modseq, thread, body = usual.groups()
        return FetchRow(
            int(uid or 0),
            int(size or 0),
            parse_date(date) if date else None,
            parse_flags(flags) if flags else (),
            literals[0] if body else None,
            thread.decode() if thread else "",
            int(modseq or 0),
            cut,
        )
    return _walk(text, literals, cut)


def _walk(text: bytes, literals: Sequence[bytes], cut: bool) -> FetchRow:
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


@lru_cache(maxsize=64)
def _offset(sign: bytes, hours: bytes, minutes: bytes) -> timedelta:
    east = timedelta(hours=int(hours), minutes=int(minutes))
    return -east if sign == b"-" else east


def parse_date(text: bytes) -> datetime | None:
    """``17-Jul-1996 02:44:25 -0700`` in UTC; None where it is no date."""
    if not (m := _DATE.match(text)):
        return None
    day, month, year, hour, minute, second, *zone = m.groups()
    try:
        local = datetime(
            int(year),
            _MONTHS[month.lower()],
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=UTC,
        )
        return local - _offset(*zone) if zone[0] else local
    except (KeyError, ValueError, OverflowError):
        return None
