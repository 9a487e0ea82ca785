"""What a person may choose for a calendar (``Stream.policy``), as the reconciler's policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from django.utils.translation import gettext as _

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
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.I)
# For calendars whose server gives none: told apart by eye, and readable with white letters.
COLOURS = ("#0f7b6c", "#2f5fb3", "#8a4fbf", "#a8480f", "#a3264f", "#5b6b0d", "#1d6f8c", "#6b5344")
MINIMAL = replace(KIND, fields=("title", *_WHEN), atomic=(_WHEN,), keyed="", anchor="")  # D20


@dataclass(frozen=True, slots=True)
class Options:
    """``default``: events that their owner adds live in this calendar. ``history_days``: how far back events without a
    counterpart are sent and brought in. ``colour``: ``#rrggbb``. ``chosen``: single options of the policy, over those of the
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
    problems = _problems(values) | _not_chosen(values.get("chosen") or {})
    if unknown := values.keys() - {field.name for field in fields(Options)}:
        problems |= {name: _("There is no option “{name}”.").format(name=name) for name in unknown}
    if problems:
        raise Invalid(fields=problems)
    return Options(**values)


def _problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with single options, by name."""
    problems: dict[str, str] = {}
    if values.get("preset", "safe") not in ("safe", "oro"):
        problems["preset"] = _("Choose safe or oro.")
    if values.get("event_fields", "all") not in ("all", "minimal"):
        problems["event_fields"] = _("Choose all or minimal.")
    if not isinstance(values.get("default", True), bool):
        problems["default"] = _("Say true or false.")
    days = values.get("history_days", 90)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 36_500:
        problems["history_days"] = _("Enter a whole number of days from 0 to 36500.")
    if (colour := values.get("colour", "")) != "" and not _is_colour(colour):
        problems["colour"] = _("Write a colour like #0f7b6c.")
    return problems


def _not_chosen(chosen: Any) -> dict[str, str]:
    if not isinstance(chosen, Mapping):
        return {"chosen": _("Give options by name.")}
    problems: dict[str, str] = {}
    for name, value in chosen.items():
        known = [choice.value for choice in _CHOICES.get(name, ())]
        if value not in known:
            problems[name] = (
                _("Choose one of: {known}.").format(known=", ".join(known))
                if known
                else _("There is no option “{name}”.").format(name=name)
            )
    return problems


def _is_colour(text: object) -> bool:
    return isinstance(text, str) and bool(_COLOUR.fullmatch(text))


def interval(preset: str) -> int:
    """Seconds between two passes where a person names none."""
    return (ORO if preset == "oro" else SAFE).intervals.both


def colour_of(policy: Mapping[str, Any]) -> str:
    """That of a calendar, empty where what is stored is none."""
    colour = policy.get("colour", "")
    return str(colour) if _is_colour(colour) else ""


def stored(policy: Mapping[str, Any]) -> Options:
    """The options of a stream; ``writable`` beside them is the calendar's own property. A colour that is none, kept before
    colours were checked, counts as none and stops nothing."""
    values = {name: value for name, value in policy.items() if name != "writable"}
    if not _is_colour(values.get("colour", "")):
        values.pop("colour", None)
    return parse(values)


__all__ = ["COLOURS", "MINIMAL", "Options", "check_interval", "colour_of", "interval", "parse", "stored"]
