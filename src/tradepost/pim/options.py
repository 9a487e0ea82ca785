"""What a person may choose for a calendar (``Stream.policy``), as the reconciler's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tradepost.kit.errors import Invalid
from tradepost.pim.records import KIND
from tradepost.sync.policy import (
    Conflicts,
    Direction,
    Imports,
    Invites,
    LocalDelete,
    Merge,
    MultiMatch,
    PassOrder,
    Policy,
    RemoteDelete,
    Resync,
)
from tradepost.sync.presets import ORO, SAFE, check_interval
from tradepost.sync.record import Kind

_CHOICES: dict[str, Any] = {
    "conflicts": Conflicts,
    "merge": Merge,
    "pass_order": PassOrder,
    "resync_mode": Resync,
    "on_remote_delete": RemoteDelete,
    "on_calendar_delete": RemoteDelete,
    "on_local_delete": LocalDelete,
    "multi_match": MultiMatch,
    "import_external_events": Imports,
    "invites": Invites,
}
_WHEN = ("start", "end", "all_day", "zone")
MINIMAL = replace(KIND, fields=("title", *_WHEN), atomic=(_WHEN,), keyed="", anchor="")  # D20


@dataclass(frozen=True, slots=True)
class Options:
    """``default``: events that their owner adds live in this calendar. ``history_days``: how far back events without a
    counterpart are sent. ``colour``: ``#rrggbb``. ``chosen``: single options of the policy, over those of the
    ``preset`` (``safe`` or ``oro``)."""

    preset: str = "safe"
    event_fields: str = "all"
    default: bool = True
    history_days: int = 90
    colour: str = ""
    chosen: Mapping[str, str] | None = None

    def policy(self, direction: str) -> Policy:
        preset = ORO if self.preset == "oro" else SAFE
        chosen = {name: _CHOICES[name](value) for name, value in (self.chosen or {}).items()}
        return replace(preset.policy, **chosen, direction=Direction(direction))

    @property
    def kind(self) -> Kind:
        return MINIMAL if self.preset == "oro" or self.event_fields == "minimal" else KIND


def parse(values: Mapping[str, Any]) -> Options:
    """The options of a stream, or those that a person entered. Raises ``Invalid``, which names the field."""
    problems: dict[str, str] = {}
    for name, value in (values.get("chosen") or {}).items():
        known = [choice.value for choice in _CHOICES.get(name, ())]
        if value not in known:
            problems[name] = (
                f"Choose one of: {', '.join(known)}." if known else f"There is no option “{name}”."
            )
    if values.get("preset", "safe") not in ("safe", "oro"):
        problems["preset"] = "Choose safe or oro."
    if values.get("event_fields", "all") not in ("all", "minimal"):
        problems["event_fields"] = "Choose all or minimal."
    days = values.get("history_days", 90)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 36_500:
        problems["history_days"] = "Enter a whole number of days from 0 to 36500."
    if unknown := values.keys() - {field.name for field in fields(Options)}:
        problems |= {name: f"There is no option “{name}”." for name in unknown}
    if problems:
        raise Invalid(fields=problems)
    return Options(**values)


def stored(policy: Mapping[str, Any]) -> Options:
    """The options of a stream; ``writable`` beside them is the calendar's own property."""
    return parse({name: value for name, value in policy.items() if name != "writable"})


__all__ = ["MINIMAL", "Options", "check_interval", "parse", "stored"]
