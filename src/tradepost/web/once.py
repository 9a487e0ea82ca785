"""What several parts of a page ask of the company, the page reads once: choices, tags, custom fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_read: ContextVar[dict[Any, Any] | None] = ContextVar("read", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """One page that is read. Not one that changes anything: what was read before would be shown after."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def once(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The answer for the same arguments is read once for a page, and must not be changed by who gets it."""

    @wraps(ask)
    def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        read = _read.get()
        if read is None:
            return ask(*args, **kwargs)
        key = (ask, args, tuple(sorted(kwargs.items())))
        if key not in read:
            read[key] = ask(*args, **kwargs)
        answer: Answer = read[key]
        return answer

    return asked
