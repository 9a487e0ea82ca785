"""Two sides in memory and the smallest engine that executes plans, as ``tradepost.sync.plan`` describes it.

The remote behaves like a difficult server: it cannot hold a colour, trims titles (its codec says so), stores places in
lower case and drops notes (it does not say so), forgets its token, and may not answer a write with an etag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from tradepost.sync.action import Action, Plan, Question, Verb, Write
from tradepost.sync.plan import Reading, Written, reconcile, settle
from tradepost.sync.policy import Mode, Policy
from tradepost.sync.record import Bond, Fields, Kind, Link, MatchKey, Presence, Record, Side
from tradepost.sync.undo import Done, invert

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Crash(Exception):
    """The process ends here."""


class PreconditionFailed(Exception):
    """HTTP 412."""


def render(fields: Fields) -> Fields:
    """What the remote's codec makes of our fields."""
    title = fields.get("title")
    return {**fields, "colour": None, "title": title.strip() if isinstance(title, str) else title}


KIND = Kind(
    "event",
    ("title", "place", "colour", "note", "start", "end", "overrides"),
    atomic=(("start", "end"),),
    keys=(MatchKey(("title", "start")),),
    keyed="overrides",
    anchor="start",
    render=render,
)


@dataclass
class Row:
    fields: Fields
    version: str
    changed: int
    stamp: str = ""
    alive: bool = True
    hidden: bool = False
    cancelled: bool = False


@dataclass
class AppSide:
    """Our records. A deletion is soft: the row stays and is a tombstone."""

    rows: dict[str, Row] = field(default_factory=dict)
    versions: Iterator[int] = field(default_factory=count)
    clock: int = 0

    def put(self, id: str, fields: Fields, **state: bool) -> None:
        old = self.rows.get(id)
        row = Row(fields, f"A{next(self.versions)}", self.clock)
        if old:
            row.alive, row.hidden, row.cancelled = old.alive, old.hidden, old.cancelled
        for name, value in state.items():
            setattr(row, name, value)
        self.rows[id] = row

    def mark(self, id: str, **state: bool) -> None:
        self.put(id, self.rows[id].fields, **state)

    def record(self, id: str) -> Record:
        if id not in self.rows:
            return Record(id, "", presence=Presence.DELETED)
        row = self.rows[id]
        presence = Presence.ABSENT if row.hidden else Presence.PRESENT if row.alive else Presence.DELETED
        fields = row.fields if presence is Presence.PRESENT else {}
        return Record(id, row.version, fields, presence, EPOCH + timedelta(seconds=row.changed))

    def living(self) -> list[str]:
        return sorted(id for id, row in self.rows.items() if row.alive and not row.hidden)


@dataclass
class RemoteSide:
    rows: dict[str, Row] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    versions: Iterator[int] = field(default_factory=count)
    token_lost: bool = False
    etags: bool = True
    clock: int = 0

    @staticmethod
    def stored(fields: Fields) -> Fields:
        """What the server keeps of what it is given."""
        place = fields.get("place")
        kept = {k: v for k, v in render(fields).items() if v is not None and k != "note"}
        return {**kept, "place": place.lower()} if isinstance(place, str) else kept

    def put(self, id: str, fields: Fields, stamp: str = "") -> str:
        self.rows[id] = Row(self.stored(fields), f"R{next(self.versions)}", self.clock, stamp)
        self.log.append(id)
        return self.rows[id].version if self.etags else ""

    def remove(self, id: str) -> None:
        del self.rows[id]
        self.log.append(id)

    def write(self, write: Write) -> str:
        row = self.rows.get(write.id)
        if write.verb in (Verb.CREATE, Verb.RESTORE):
            if row:
                raise PreconditionFailed
            return self.put(write.id, write.after, write.stamp)
        if row is None or row.version != write.expect:
            raise PreconditionFailed
        if write.verb.removes:
            self.remove(write.id)
            return ""
        return self.put(write.id, {**row.fields, **write.patch}, row.stamp)

    def read(self, id: str) -> Record:
        row = self.rows.get(id)
        if row is None:
            return Record(id, "", presence=Presence.DELETED)
        return Record(
            id, row.version, row.fields, changed=EPOCH + timedelta(seconds=row.changed), stamp=row.stamp
        )

    def changes(self, token: int | None) -> tuple[dict[str, Record], int, bool]:
        """What changed since the token, the next token, and whether it is the complete list."""
        if token is None or self.token_lost:
            self.token_lost = False
            return {id: self.read(id) for id in self.rows}, len(self.log), True
        return {id: self.read(id) for id in self.log[token:]}, len(self.log), False


@dataclass
class Engine:
    app: AppSide
    remote: RemoteSide
    policy: Policy
    kind: Kind = KIND
    links: dict[str, Link] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    token: int | None = None
    retry: frozenset[str] = frozenset()
    journal: list[object] = field(default_factory=list)
    writes: list[tuple[Side, Verb]] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    keys: Iterator[int] = field(default_factory=count)
    ids: Iterator[int] = field(default_factory=count)

    def sync(self, point: Callable[[], None] = lambda: None, resync: bool = False) -> Plan:
        """One pass. ``point`` is called wherever the process may die or a person may be quicker."""
        changes, token, complete = self.remote.changes(None if resync else self.token)
        mode = Mode.FIRST if resync else Mode.FULL if complete else Mode.INCREMENTAL
        changes |= {id: self.remote.read(id) for id in self.retry if not complete}
        point()
        plan = self.plan(changes, mode)
        self.questions = plan.questions
        if plan.halted:
            return plan
        failed = set(plan.again)
        for action in plan.actions:
            point()
            try:
                self.apply(action, point)
            except PreconditionFailed:
                failed |= {action.remote_id} if not action.before else self.refused(action)
        point()
        self.token, self.retry = token, frozenset(failed)
        return plan

    def plan(self, changes: dict[str, Record], mode: Mode) -> Plan:
        for _ in range(9):
            reading = Reading(self.present(mode), changes, tuple(self.links.values()), mode, self.answers)
            plan = reconcile(self.kind, reading, self.policy)
            if not plan.fetch:
                return plan
            changes |= {fetch.remote_id: self.remote.read(fetch.remote_id) for fetch in plan.fetch}
        raise AssertionError("asks for the same record again and again")

    def present(self, mode: Mode) -> dict[str, Record]:
        links = {link.app_id: link for link in self.links.values()}
        found: dict[str, Record] = {}
        for id in self.app.rows:
            record, link = self.app.record(id), links.get(id)
            gone = link is not None and (not record.here or link.gone is Side.APP)
            if mode is Mode.FIRST or link is None or gone or record.version != link.app_version:
                found[id] = record
        return found

    def refused(self, action: Action) -> set[str]:
        if action.before and action.before.key in self.links:
            link = self.links[action.before.key]
            self.links[link.key] = replace(link, remote_version="")
        return set()

    def apply(self, action: Action, point: Callable[[], None]) -> None:
        removed = action.remote.before if action.remote and action.remote.verb.removes else {}
        self.journal += [action.lost, removed]
        written = self.write_there(action.remote, point) if action.remote else None
        point()
        self.transaction(action, written)

    def write_there(self, write: Write, point: Callable[[], None]) -> Written | None:
        self.writes.append((Side.REMOTE, write.verb))
        try:
            version = self.remote.write(write)
        except PreconditionFailed:
            if write.verb is not Verb.CREATE:
                raise
            version = ""  # our own earlier try
        if write.verb.removes:
            return None
        point()
        return Written(write.id, version, self.remote.read(write.id))

    def transaction(self, action: Action, written: Written | None) -> None:
        row = self.app.rows.get(action.app_id)
        fresh = not action.app_id or (row is not None and row.version == action.app_version)
        record: Record | None = None
        if fresh:
            id = self.write_here(action.app) if action.app else action.app_id
            record = self.app.record(id)
        link = settle(self.kind, action, record, written)
        if link is None:
            if action.before:
                self.links.pop(action.before.key, None)
        else:
            link = link if link.key else replace(link, key=f"k{next(self.keys):04}")
            self.links[link.key] = link
        app_id, remote_id = (link.app_id, link.remote_id) if link else (action.app_id, action.remote_id)
        here, there = self.app.rows.get(app_id), self.remote.rows.get(remote_id)
        self.done.append(Done(action, link, here.version if here else "", there.version if there else ""))

    def undo(self) -> None:
        """Take back everything done since the log was last emptied."""
        plan, self.done = invert(self.done), []
        for action in plan.actions:
            row = self.app.rows.get(action.app_id)
            if row and row.version != action.app_version:
                continue
            try:
                self.apply(action, lambda: None)
            except PreconditionFailed:
                continue

    def write_here(self, write: Write) -> str:
        self.writes.append((Side.APP, write.verb))
        id = write.id or f"n{next(self.ids)}"
        fields: Mapping[str, object] = self.app.rows[id].fields if write.id else {}
        match write.verb:
            case Verb.CREATE | Verb.UPDATE:
                self.app.put(id, {**fields, **write.patch})
            case Verb.RESTORE:
                self.app.put(id, write.after, alive=True, cancelled=False)
            case Verb.CANCEL:
                self.app.mark(id, cancelled=True)
            case _:
                self.app.mark(id, alive=False)
        return id

    @property
    def live(self) -> list[Link]:
        return [link for link in self.links.values() if link.bond is Bond.LIVE and not link.gone]
