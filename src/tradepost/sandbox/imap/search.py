"""SEARCH (RFC 3501 §6.4.4): the keys of a query become one test of a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32
from email.utils import parsedate_to_datetime

from tradepost.sandbox.imap.fetch import Source
from tradepost.sandbox.imap.syntax import Bad, Token, chosen, text, word

Test = Callable[[Source], bool]

_FLAGS = {"ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN"}
_HEADERS = {"FROM", "TO", "CC", "BCC", "SUBJECT"}


def compile_query(tokens: Sequence[Token], uids: Sequence[int]) -> Test:
    """``uids`` are those of the selected folder in order, for message numbers and ``*``."""
    rest = list(tokens)
    if rest and isinstance(rest[0], str) and rest[0].upper() == "CHARSET":
        del rest[:2]
    return _all(rest, uids)


def _all(rest: list[Token], uids: Sequence[int]) -> Test:
    tests = []
    while rest:
        tests.append(_key(rest, uids))
    return lambda source: all(test(source) for test in tests)


def _key(rest: list[Token], uids: Sequence[int]) -> Test:
    try:
        token = rest.pop(0)
        if isinstance(token, list):
            return _all(list(token), uids)
        key = word(token)
        if key == "NOT":
            inner = _key(rest, uids)
            return lambda source: not inner(source)
        if key == "OR":
            left, right = _key(rest, uids), _key(rest, uids)
            return lambda source: left(source) or right(source)
        return _simple(key, rest, uids)
    except (IndexError, ValueError) as error:
        raise Bad("Incomplete or wrong search key") from error


def _simple(key: str, rest: list[Token], uids: Sequence[int]) -> Test:
    if key in {"ALL", "OLD"}:
        return lambda source: True
    if key in {"NEW", "RECENT"}:
        return lambda source: False
    if key.removeprefix("UN") in _FLAGS | {"KEYWORD"}:
        return _flag(key, rest)
    if key in _HEADERS or key == "HEADER":
        name = text(rest.pop(0)) if key == "HEADER" else key
        return _header(name, text(rest.pop(0)).casefold())
    if key in {"BODY", "TEXT"}:
        needle = text(rest.pop(0)).encode().lower()
        return lambda source: (
            needle in (source.raw() if key == "TEXT" else source.raw().partition(b"\r\n\r\n")[2]).lower()
        )
    if key in {"LARGER", "SMALLER"}:
        size = int(text(rest.pop(0)))
        return lambda source: source.row.size > size if key == "LARGER" else source.row.size < size
    if key == "MODSEQ":
        modseq = int(text(rest.pop(0)))
        return lambda source: source.row.modseq >= modseq
    if key.removeprefix("SENT") in {"SINCE", "BEFORE", "ON"}:
        return _date(key, datetime.strptime(text(rest.pop(0)), "%d-%b-%Y").replace(tzinfo=UTC).date())
    return _numbers(key, rest, uids)


def _numbers(key: str, rest: list[Token], uids: Sequence[int]) -> Test:
    if key == "UID":
        wanted = set(chosen(text(rest.pop(0)), uids))
    else:
        wanted = {uids[number - 1] for number in chosen(key, range(1, len(uids) + 1))}
    return lambda source: source.row.uid in wanted


def _flag(key: str, rest: list[Token]) -> Test:
    name = key.removeprefix("UN")
    flag = text(rest.pop(0)) if name == "KEYWORD" else f"\\{name.capitalize()}"
    return lambda source: (flag in source.row.flags) != key.startswith("UN")


def _header(name: str, needle: str) -> Test:
    def test(source: Source) -> bool:
        values = message_from_bytes(source.header(), policy=compat32).get_all(name)
        return values is not None and any(needle in _decoded(value).casefold() for value in values)

    return test


def _decoded(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, ValueError):
        return str(value)


def _date(key: str, day: date) -> Test:
    def test(source: Source) -> bool:
        at = source.row.at
        if key.startswith("SENT"):
            try:
                at = parsedate_to_datetime(str(message_from_bytes(source.header(), policy=compat32)["Date"]))
            except ValueError:
                return False
        kind = key.removeprefix("SENT")
        return (
            at.date() < day if kind == "BEFORE" else at.date() >= day if kind == "SINCE" else at.date() == day
        )

    return test
