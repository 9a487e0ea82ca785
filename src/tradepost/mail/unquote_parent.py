"""The tail of an answer that repeats the mail we sent, however the customer's program introduced it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

_PARENT = 40_000  # characters of the mail that is answered
_REPEATED = 4_000  # characters of a line that are compared with it
_LINES = 300  # at the end of the answer
_SHORT = 11  # characters of a line that may be the same by chance
_ENOUGH = 40, 4_000  # characters that must be repeated: half of what we sent, but within these bounds


def repeats_from(lines: Sequence[str], parent: str) -> int:
    """The index of the first line of that tail; ``len(lines)`` where there is none. Programs quote all of a mail, people
    copy a few lines of it into their order."""
    sent = _squeeze(parent[:_PARENT])
    first = max(0, len(lines) - _LINES)
    known = [_squeeze(line[:_REPEATED]) for line in lines[first:]]
    repeated = [len(k) > _SHORT and k in sent for k in known]
    start = next((i for i, r in enumerate(repeated) if r and _mostly(repeated[i:], known[i:])), len(known))
    least, most = _ENOUGH
    size = sum(len(k) for k, r in zip(known[start:], repeated[start:], strict=True) if r)
    return first + start if size >= max(least, min(len(sent) // 2, most)) else len(lines)


def _mostly(repeated: list[bool], known: list[str]) -> bool:
    full = sum(1 for k in known if len(k) > _SHORT)
    return sum(repeated) >= 0.8 * full


def _squeeze(text: str) -> str:
    return " ".join(text.replace(">", " ").split()).casefold()
