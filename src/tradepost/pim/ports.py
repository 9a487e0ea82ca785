"""What a calendar connector must offer. Implemented in ``connectors/``, proved by one contract suite in ``tests/pim``.

A connector moves bodies and knows how to read and write them; it decides nothing and stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tradepost.pim.types import CalendarEvent, CalendarInfo
from tradepost.sync.sides import Changes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """``notifies``: the server writes mail to attendees by itself when a meeting is changed through us (RFC 6638), so
    meetings that it is responsible for are not written. ``incremental``: it lists changes since a cursor."""

    notifies: bool = False
    incremental: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One record as the server has it. ``version`` is its etag; ``body`` its own text, opaque but to the connector."""

    id: str
    version: str
    body: str


class Calendar(Protocol):
    """One calendar of a signed-in account. Use as a context manager. Every method may raise ``Remote``; those that
    touch the calendar raise ``CalendarGone`` where it is no longer there."""

    capabilities: Capabilities
    addresses: frozenset[str]  # the user's own, in lower case: how it is known whether a meeting is his

    def __enter__(self) -> Calendar: ...
    def __exit__(self, *exc: object) -> None: ...

    def changes(self, cursor: str) -> Changes:
        """Everything, where ``cursor`` is empty. Raises ``CursorLost`` for a cursor that the server has forgotten."""

    def get(self, ids: Sequence[str]) -> Iterator[Item]:
        """Those that exist; a missing id is left out, which is how a deletion is made sure of."""

    def put(self, id: str, body: str, version: str) -> str:
        """Write if the record still has ``version``, or does not exist where that is empty. Returns the new version,
        empty if the server does not say. Raises ``VersionMismatch``, after which nothing has changed."""

    def delete(self, id: str, version: str) -> None:
        """Delete if the record still has ``version``. Raises ``VersionMismatch``; one that is gone already is fine."""

    def read(self, body: str) -> CalendarEvent:
        """Raises ``pim.errors.Malformed``, also for what is no event."""

    def write(self, event: CalendarEvent, now: datetime, body: str = "") -> str:
        """``body`` with the event's values and all else as it was; a new body where there is none."""


class CalendarConnector(Protocol):
    """A folder of ``connectors/``: makes calendars from a connection's config and its unsealed secrets."""

    key: str
    label: str

    def clean(self, config: Mapping[str, object]) -> dict[str, object]:
        """A person's entries as they are stored. Raises ``Invalid``, which names the field."""

    def discover(
        self, config: Mapping[str, object], secrets: Mapping[str, str]
    ) -> tuple[dict[str, object], list[CalendarInfo]]:
        """Sign in: what is to be stored with the config, and the calendars to choose from. Raises ``Remote``."""

    def calendar(self, config: Mapping[str, object], secrets: Mapping[str, str], id: str) -> Calendar:
        """The calendar with this id. Asks nothing yet."""
