"""Connectors and runners by key. The keys stand in ``tradepost.wiring``, which is loaded here by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from tradepost.accounts.access import Actor
from tradepost.kit.errors import Missing
from tradepost.sync.action import Foreseen


def _load(table: str, key: str) -> Any:
    path = getattr(import_module("tradepost.wiring"), table).get(key)
    if path is None:
        raise Missing(f"{table[:-1].lower()} “{key}”")
    module, _, name = path.partition(":")
    return getattr(import_module(module), name) if name else import_module(module)


@cache
def connector(key: str) -> Any:
    """The connector behind a key; its ports are typed where it is used (``mail.ports`` and its like)."""
    return _load("CONNECTORS", key)


@cache
def runner(kind: str) -> Callable[[int, str, int | None, tuple[str, ...]], None]:
    """What runs a pass of a kind of stream: ``runner(stream_id, trigger, user_id, only)``, see ``sync.tasks``."""
    return _load("RUNNERS", kind)  # type: ignore[no-any-return]


@cache
def resolver(kind: str) -> Callable[..., None]:
    """What acts on the answer to a kind of review: ``resolver(actor, review, choice, answer)``."""
    return _load("RESOLVERS", kind)  # type: ignore[no-any-return]


@cache
def undoer(kind: str) -> Any:
    """What takes back the runs of a kind of stream: a module with ``may_undo(run)`` and ``undo(actor, run_id)``; None for a
    kind whose runs are not taken back."""
    return _load("UNDOERS", kind) if kind in import_module("tradepost.wiring").UNDOERS else None


@cache
def hook(key: str) -> Callable[..., Any]:
    """What one bridge does for another, which may not import it; ``wiring`` says what each takes and gives."""
    return _load("HOOKS", key)  # type: ignore[no-any-return]


@cache
def previewer(kind: str) -> Callable[[Actor, int], list[Foreseen]]:
    """What foresees a pass of a kind of stream: ``previewer(actor, stream_id)``; it writes nothing."""
    return _load("PREVIEWERS", kind)  # type: ignore[no-any-return]
