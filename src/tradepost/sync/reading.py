"""What the reconciler is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tradepost.sync.policy import LocalDelete, Mode, Policy, RemoteDelete
from tradepost.sync.record import Bond, Kind, Link, Presence, Record, Side


@dataclass(frozen=True, slots=True)
class Reading:
    """Both sides as read, by id, and the links between them.

    ``app`` holds every record whose version is not its link's, every record in scope without a link, and a
    record that is not present for each link whose record is gone, with the version of its tombstone. In
    mode FIRST it holds every record in scope. ``remote`` holds what changed since the cursor, or the
    complete list in the other modes; and whatever was read by id: the plan's ``fetch``, and the ids that
    failed or were asked about last time. ``links`` are those of the records given, of remote ids read by
    id, those with something ``held``, ``gone`` or without a remote version; all of them in the modes FULL
    and FIRST. ``population`` is how many live links exist. ``answers`` maps a question's key to what a
    person chose. ``elsewhere`` names those of ours that are gone there, yet stand in another place as well, so that their
    deletion is none here. ``vanished``: the container itself is gone.
    """

    app: Mapping[str, Record] = field(default_factory=dict)
    remote: Mapping[str, Record] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    mode: Mode = Mode.INCREMENTAL
    answers: Mapping[str, str] = field(default_factory=dict)
    population: int = 0
    elsewhere: Collection[str] = ()
    vanished: bool = False

    @property
    def departed(self) -> set[str]:
        """Our ids of the live links whose record there is gone."""
        gone = {id for id, record in self.remote.items() if not record.here}
        live = (link for link in self.links if link.bond is Bond.LIVE)
        return {link.app_id for link in live if link.remote_id in gone or link.gone is Side.REMOTE}

    def canonical(self, kind: Kind) -> Reading:
        """The same with every record's fields in their one form."""
        app, remote = (
            {id: replace(record, fields=kind.canonical(record.fields)) for id, record in side.items()}
            for side in (self.app, self.remote)
        )
        return replace(self, app=app, remote=remote)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a single decision may look at. ``bulk`` is what a person said of many deletions on a
    side."""

    kind: Kind
    policy: Policy
    reading: Reading
    bulk: Mapping[Side, str] = field(default_factory=dict)

    def app(self, link: Link) -> Record:
        return self.reading.app.get(link.app_id) or link.last_seen(Side.APP)

    def remote(self, link: Link) -> Record:
        return self.reading.remote.get(link.remote_id) or link.last_seen(Side.REMOTE)

    def unread(self, link: Link) -> bool:
        """Whether the remote must be read by id: our knowledge is stale; or a complete list lacks it,
        which alone proves no deletion (a window moved, a list was cut short); or nobody looked at it while
        our record was out of reach, and now that is back."""
        if link.remote_id in self.reading.remote or link.gone is Side.REMOTE:
            return False
        if link.bond is not Bond.LIVE:
            return link.gone is Side.APP and self.app(link).here
        return not link.remote_version or self.reading.mode is not Mode.INCREMENTAL

    def remote_rule(self) -> RemoteDelete:
        said = {"keep": RemoteDelete.STOP, "recreate": RemoteDelete.RECREATE}
        rule = said.get(
            self.bulk.get(Side.REMOTE, ""), self.policy.remote_delete(self.kind, self.reading.mode)
        )
        if rule is RemoteDelete.RECREATE:
            return rule if self.policy.direction.writes(Side.REMOTE) else RemoteDelete.STOP
        return rule if self.policy.direction.writes(Side.APP) else RemoteDelete.STOP

    def local_rule(self, presence: Presence) -> LocalDelete:
        if self.bulk.get(Side.APP) == "keep":
            return LocalDelete.KEEP
        if presence is Presence.ABSENT:
            return LocalDelete.DELETE if self.deletes_orphans else LocalDelete.KEEP
        return self.policy.local_delete(self.reading.mode)

    @property
    def deletes_orphans(self) -> bool:
        """D32: what is no longer here is deleted there, when anything is read from there at all."""
        return self.policy.delete_orphans_in_source and self.policy.direction.writes(Side.APP)
