"""Answers that are made piece by piece, after the view has returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import Context, copy_context
from typing import TypeVar

Piece = TypeVar("Piece", str, bytes)


def as_asked(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Each piece in the language, the time zone and the figures of whoever asks now: later they hold no more."""
    return _within(copy_context(), iter(pieces))


def _within(asked: Context, pieces: Iterator[Piece]) -> Iterator[Piece]:
    while (piece := asked.run(next, pieces, None)) is not None:
        yield piece
