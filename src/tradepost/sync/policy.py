"""Every choice a person has about a two-way sync. ``presets.py`` has the two sets of choices that we ship.

Each option names the rule of the sources that it keeps, and the number of the safe default that replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tradepost.sync.record import Kind, Side


class Direction(StrEnum):
    BOTH = "both"
    TO_REMOTE = "to_remote"
    TO_APP = "to_app"

    def writes(self, side: Side) -> bool:
        """Whether records of ``side`` may be written. A one-way sync never writes to its source."""
        return self is Direction.BOTH or (self is Direction.TO_APP) == (side is Side.APP)


class Mode(StrEnum):
    """``INCREMENTAL``: what changed since the cursor. ``FULL``: the complete remote list (a lost token).
    ``FIRST``: the first sync or a resync asked for by a person; both sides are listed completely."""

    INCREMENTAL = "incremental"
    FULL = "full"
    FIRST = "first"


class Conflicts(StrEnum):
    """Both sides changed the same group. Newest wins by default, and the other value is listed (defaults
    7, D35)."""

    NEWEST_WINS = "newest_wins"
    APP_WINS = "app_wins"
    REMOTE_WINS = "remote_wins"
    ASK = "ask"


class Merge(StrEnum):
    """``BY_FIELD``: only what changed travels (defaults 5). ``RECORD_OVERWRITE``: the whole record (D26,
    D33)."""

    BY_FIELD = "by_field"
    RECORD_OVERWRITE = "record_overwrite"


class PassOrder(StrEnum):
    """``READ_BOTH_FIRST``: conflicts are seen before anything is written (defaults 6).
    ``APP_FIRST_BLIND``: the pass to the remote overwrites before conflicts are looked at (D34 taken
    literally)."""

    READ_BOTH_FIRST = "read_both_first"
    APP_FIRST_BLIND = "app_first_blind"


class Resync(StrEnum):
    """``RELINK``: by stored id, then by key, deleting nothing (defaults 1). ``PURGE_FIRST``: stamped
    remote records are deleted first, after a typed confirmation (D28, D31)."""

    RELINK = "relink"
    PURGE_FIRST = "purge_first"


class RemoteDelete(StrEnum):
    """A record was deleted there. ``STOP``: it stays here and is not synced any more (defaults 3).
    ``RECREATE``: it is added there again (D29, D35). ``CANCEL``: it is cancelled here (defaults 17).
    ``TRASH``, ``DELETE``: so here (A20).
    """

    STOP = "stop"
    RECREATE = "recreate"
    CANCEL = "cancel"
    TRASH = "trash"
    DELETE = "delete"


class LocalDelete(StrEnum):
    """A record was deleted here (defaults 4). ``BY_DIRECTION``: it is kept there when syncing one way and
    deleted when syncing both (D29, D35)."""

    TRASH = "trash"
    DELETE = "delete"
    KEEP = "keep"
    ASK = "ask"
    BY_DIRECTION = "by_direction"


class MultiMatch(StrEnum):
    """Several records match at first sight: ``REVIEW`` asks (defaults 9), ``FIRST_BY_ID`` takes one (D29)."""

    REVIEW = "review"
    FIRST_BY_ID = "first_by_id"


class Imports(StrEnum):
    """Which events made in the calendar app come in (A19, defaults 16)."""

    NONE = "none"
    WITH_CONTACTS = "with_contacts"
    ALL = "all"


class Invites(StrEnum):
    """A meeting that somebody else organises: only the own answer is written (defaults 14), or everything
    (D22)."""

    ORGANIZER_WRITES = "organizer_writes"
    AS_REGULAR = "as_regular"


@dataclass(frozen=True, slots=True)
class BulkLimit:
    """More deletions than ``count``, or than ``share`` of the linked records, pause the stream and ask
    (defaults 3). A single deletion is never bulk."""

    count: int = 5
    share: float = 0.10

    def exceeded(self, deleted: int, linked: int) -> bool:
        return deleted > self.count or (deleted > 1 and deleted > self.share * linked)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a stream does where two sides differ. The defaults are the safe ones."""

    direction: Direction = Direction.BOTH
    conflicts: Conflicts = Conflicts.NEWEST_WINS
    merge: Merge = Merge.BY_FIELD
    pass_order: PassOrder = PassOrder.READ_BOTH_FIRST
    resync_mode: Resync = Resync.RELINK
    on_remote_delete: RemoteDelete = RemoteDelete.STOP
    on_calendar_delete: RemoteDelete | None = RemoteDelete.CANCEL
    on_local_delete: LocalDelete = LocalDelete.TRASH
    delete_orphans_in_source: bool = False
    multi_match: MultiMatch = MultiMatch.REVIEW
    import_external_events: Imports = Imports.NONE
    invites: Invites = Invites.ORGANIZER_WRITES
    bulk_limit: BulkLimit | None = BulkLimit()

    def remote_delete(self, kind: Kind, mode: Mode) -> RemoteDelete:
        """What a deletion there does here. A resync deletes nothing."""
        rule = (self.on_calendar_delete if kind.calendar else None) or self.on_remote_delete
        return RemoteDelete.STOP if mode is Mode.FIRST and rule is not RemoteDelete.RECREATE else rule

    def local_delete(self, mode: Mode) -> LocalDelete:
        """What a deletion here does there; never ``BY_DIRECTION``."""
        if mode is Mode.FIRST and self.resync_mode is Resync.RELINK:
            return LocalDelete.KEEP
        if self.direction is Direction.TO_APP:
            return LocalDelete.DELETE if self.delete_orphans_in_source else LocalDelete.ASK
        if self.on_local_delete is LocalDelete.BY_DIRECTION:
            return LocalDelete.DELETE if self.direction is Direction.BOTH else LocalDelete.KEEP
        return self.on_local_delete
