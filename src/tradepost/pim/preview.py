"""A plan as a person reads it before anything is done: one line a record, with what, why, and before and after (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradepost.kit.errors import Fault
from tradepost.sync.action import Action, Plan, Verb


@dataclass(frozen=True, slots=True)
class Change:
    """A field of one side, before and after."""

    side: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """``key`` names it for picking; ``what`` is ``create there``, ``link`` …; ``does``: whether anything would happen
    that a person notices."""

    key: str
    title: str
    what: str
    reason: str
    changes: tuple[Change, ...] = ()
    does: bool = True


def lines(
    plan: Plan, titles: Mapping[str, str], problems: Mapping[str, Fault] | None = None
) -> list[PreviewLine]:
    """Every record of the plan, those that something happens to first, then what is skipped and what cannot be read.
    ``titles``: of the records by our id or by theirs."""
    told = [_line(action, titles) for action in plan.actions if action.verbs != ((None, Verb.REBASE),)]
    told += [
        PreviewLine("", id, "set aside", str(fault), does=False) for id, fault in (problems or {}).items()
    ]
    return sorted(told, key=lambda line: not line.does)


def _line(action: Action, titles: Mapping[str, str]) -> PreviewLine:
    what = ", ".join(f"{verb} {side.place}" if side else str(verb) for side, verb in action.verbs)
    title = titles.get(action.app_id) or titles.get(action.remote_id) or action.remote_id
    return PreviewLine(action.key, title, what, action.reason, tuple(_changes(action)), not action.silent)


def _changes(action: Action) -> Iterator[Change]:
    for write in (action.app, action.remote):
        if write is None or write.verb.removes:
            continue
        for name, value in write.patch.items():
            if value or write.before.get(name):
                yield Change(write.side.place, name, write.before.get(name), value)


def counts(plan: Plan) -> dict[str, int]:
    """``{"create there": 2, "link": 40, "skip": 3}``."""
    found = plan.preview.counts.items()
    return {f"{verb} {side.place}" if side else str(verb): n for (side, verb), n in found}
