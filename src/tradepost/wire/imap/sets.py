"""Sequence sets (RFC 3501 §9 ``sequence-set``): ``1:3,7`` and back, as ranges so that a huge set stays small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def pack(uids: Iterable[int], *, max_bytes: int = 4000) -> Iterator[str]:
    """Ascending runs of ``uids``, as sets of at most ``max_bytes`` characters: servers refuse longer arguments.

    RFC 7162 §4 asks for lines under 8,192 octets; the rest of the command needs its share.
    """
    out: list[str] = []
    length = 0
    for first, last in _runs(sorted(set(uids))):
        run = str(first) if first == last else f"{first}:{last}"
        if out and length + len(run) + 1 > max_bytes:
            yield ",".join(out)
            out, length = [], 0
        out.append(run)
        length += len(run) + 1
    if out:
        yield ",".join(out)


def unpack(text: str) -> tuple[range, ...]:
    """``"1:3,7"`` → ``(range(1, 4), range(7, 8))``. ``5:2`` means ``2:5`` (RFC 3501 §9). Raises ValueError."""
    ranges = []
    for run in filter(None, text.strip().split(",")):
        first, _, last = run.partition(":")
        low, high = sorted((int(first), int(last or first)))
        ranges.append(range(low, high + 1))
    return tuple(ranges)


def _runs(ascending: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = None
    for number in ascending:
        if previous is None or start is None:
            start = number
        elif number != previous + 1:
            yield start, previous
            start = number
        previous = number
    if start is not None and previous is not None:
        yield start, previous
