"""The two sides of a stream, as the engine needs them. A bridge implements both for each kind of record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tradepost.kit.errors import Fault
from tradepost.sync.action import Write
from tradepost.sync.plan import Written
from tradepost.sync.record import Record


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since a cursor: ``versions`` by id, the ids that are surely ``deleted``, and the next ``cursor``.
    ``complete``: this is the whole list, and says nothing of deletions."""

    versions: Mapping[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    cursor: str = ""
    complete: bool = False


class AppSide(Protocol):
    """Our records. ``write`` and ``lock`` are called inside a transaction; ``write`` asks no permission, since the
    person who set up the stream was asked."""

    def changed(self, everything: bool, uids: Collection[str]) -> dict[str, Record]:
        """As ``Reading.app`` wants it: records whose version is not that of their binding, those in scope without a
        binding, tombstones of bound ones, and unbound records with one of these ``uids``; or every record in scope."""

    def elsewhere(self, app_ids: Collection[str]) -> Collection[str]:
        """Those of these that stand in another place as well, so that they are not deleted with the one there."""

    def lock(self, app_id: str) -> Record | None:
        """The record as it is now, its row locked."""

    def write(self, write: Write) -> Record:
        """Do it; the record afterwards. Raises ``Fault`` where the values cannot be stored."""

    def key(self, app_id: str) -> int:
        """The row's primary key, for the binding and the log."""


class RemoteSide(Protocol):
    def changes(self, cursor: str) -> Changes:
        """Raises ``CursorLost`` or ``ContainerGone``."""

    def read(self, ids: Collection[str]) -> tuple[dict[str, Record], dict[str, Fault]]:
        """The records by id, ``DELETED`` for those that are gone; and why some cannot be read. What is of another
        kind is in neither."""

    def write(self, write: Write) -> Written | None:
        """Write under the condition that ``write.expect`` states and read back; ``None`` after a removal. ``body`` is
        the record's own text before. Raises ``VersionMismatch``, and nothing has changed then."""
