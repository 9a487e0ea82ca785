"""The grammar of IMAP commands and of its answers (RFC 3501 §4 and §9). Pure: bytes in, values out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from imapclient import imap_utf7

# An atom is ``str``, a quoted string or literal is ``bytes``, a parenthesised list is ``list``.
Token = str | bytes | list["Token"]

_TOKEN = re.compile(
    rb' +|(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\\r\n]|\\.)*)"|\{(?P<literal>\d+)\+?\}\r\n'
    rb'|(?P<atom>(?:[^\s()"\[{]|\[[^\]]*\])+)'
)


class Bad(Exception):
    """The command cannot be understood: a ``BAD`` answer."""


class No(Exception):
    """The command is understood and not done: a ``NO`` answer; the text may begin with a response code."""


def parse(line: bytes) -> list[Token]:
    """The tokens of a command whose literals follow their ``{n}`` inline."""
    stack: list[list[Token]] = [[]]
    at = 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise Bad("Syntax error")
        at = match.end()
        kind = match.lastgroup
        if kind == "open":
            stack.append([])
        elif kind == "close":
            if len(stack) == 1:
                raise Bad("Unmatched parenthesis")
            closed = stack.pop()
            stack[-1].append(closed)
        elif kind == "quoted":
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", match["quoted"]))
        elif kind == "literal":
            size = int(match["literal"])
            stack[-1].append(line[at : at + size])
            at += size
        elif kind == "atom":
            stack[-1].append(match["atom"].decode("utf-8", "replace"))
    if len(stack) != 1:
        raise Bad("Unmatched parenthesis")
    return stack[0]


def text(token: Token) -> str:
    """An astring, decoded."""
    if isinstance(token, list):
        raise Bad("A string was expected")
    return token if isinstance(token, str) else token.decode("utf-8", "replace")


def word(token: Token) -> str:
    """An atom in upper case."""
    return text(token).upper()


def atoms(token: Token) -> list[str]:
    """The atoms of a list, or the one atom."""
    return [text(item) for item in token] if isinstance(token, list) else [text(token)]


def mailbox(token: Token) -> str:
    """A folder's name out of modified UTF-7 (RFC 3501 §5.1.3)."""
    raw = token.encode() if isinstance(token, str) else token
    if isinstance(raw, list):
        raise Bad("A mailbox name was expected")
    return str(imap_utf7.decode(raw))


def mailbox_bytes(name: str) -> bytes:
    return quoted(bytes(imap_utf7.encode(name)))


def chosen(number_set: str, present: Sequence[int]) -> list[int]:
    """The members of ascending ``present`` that a set such as ``1,3:5,9:*`` names; ``*`` is the last one."""
    found: set[int] = set()
    for part in number_set.split(","):
        low, high = _bounds(part, present[-1] if present else 0)
        found.update(present[bisect_left(present, low) : bisect_right(present, high)])
    return sorted(found)


def _bounds(part: str, last: int) -> tuple[int, int]:
    if not re.fullmatch(r"(\d+|\*)(:(\d+|\*))?", part):
        raise Bad(f"Not a number set: {part}")
    ends = [last if end == "*" else int(end) for end in part.split(":")]
    return min(ends), max(ends)


def number_set(numbers: Iterable[int]) -> str:
    """``1:3,7`` for 1, 2, 3, 7; the order given is kept, as COPYUID needs it."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in runs)


def quoted(raw: bytes) -> bytes:
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", raw) + b'"'


def string(value: bytes | str | None) -> bytes:
    """An nstring: quoted where that is allowed, else a literal."""
    if value is None:
        return b"NIL"
    raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    if len(raw) < 500 and not re.search(rb"[\r\n\x00\x80-\xff]", raw):
        return quoted(raw)
    return literal(raw)


def literal(raw: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(raw), raw)
