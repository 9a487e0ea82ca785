"""How values are written in the other side's words: statuses, names and phones (D16 to D19, defaults 10 to
12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

REMOTE_STATUS = {"open": "Not Started", "in_progress": "In Progress", "closed": "Completed"}
"""D18 sends Open, In progress and Closed "unchanged"; Outlook's own names for them (defaults 11)."""

APP_STATUS = {
    "Not Started": "open",
    "In Progress": "in_progress",
    "Completed": "closed",
    "Waiting on someone else": "in_progress",
    "Deferred": "in_progress",
}
"""D19; several of theirs are one of ours."""


@dataclass(frozen=True, slots=True)
class StatusMap:
    """Both tables may be edited. With ``shadow``, the remote's own status outlives a round trip: it is
    written only if ours left the group that theirs belongs to."""

    to_remote: Mapping[str, str] = field(default_factory=lambda: dict(REMOTE_STATUS))
    to_app: Mapping[str, str] = field(default_factory=lambda: dict(APP_STATUS))
    shadow: bool = True

    def app(self, remote: str, fallback: str = "open") -> str:
        """Our status for theirs; a status that no table knows leaves ours at ``fallback``."""
        return self.to_app.get(remote, fallback)

    def remote(self, app: str, shadow: str = "") -> str:
        """Their status for ours, given the one that they have now."""
        if self.shadow and shadow and self.to_app.get(shadow) == app:
            return shadow
        return self.to_remote.get(app, app)


class NameFallback(StrEnum):
    """A contact with one name: leave the other ``BLANK`` (defaults 10), or ``DUPLICATE`` it into both
    (D17)."""

    BLANK = "blank"
    DUPLICATE = "duplicate"


class Phones(StrEnum):
    """``ALL`` typed numbers (defaults 12) or the primary phone alone (D16)."""

    ALL = "all"
    FIRST_ONLY = "first_only"


@dataclass(frozen=True, slots=True)
class Translation:
    status_map: StatusMap = StatusMap()
    name_fallback: NameFallback = NameFallback.BLANK
    phones: Phones = Phones.ALL

    def names(self, first: str, last: str) -> tuple[str, str]:
        """First and last name as they are to be stored here."""
        if self.name_fallback is NameFallback.DUPLICATE:
            return first or last, last or first
        return first, last

    def phones_to_remote(self, ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
        """The numbers to write, the primary one first. Theirs that we do not map are kept."""
        if self.phones is Phones.FIRST_ONLY:
            return [*ours[:1], *theirs[1:]]
        return list(ours)

    def phones_to_app(self, theirs: Sequence[str], ours: Sequence[str]) -> list[str]:
        """The numbers to store here. Ours that the remote is not shown are kept."""
        if self.phones is Phones.FIRST_ONLY:
            return [*theirs[:1], *ours[1:]]
        return list(theirs)
