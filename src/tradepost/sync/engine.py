"""The only code that executes plans: read both sides → ``reconcile`` → write → ONE transaction for each record.

A pass that dies anywhere is followed by one that reads from the last cursor; planning the same thing twice does
nothing twice. What fails is logged with its reason and read again; it never stops the rest. See ``sync.plan``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Fault, Remote, Temper
from tradepost.kit.words import gettext_noop
from tradepost.sync import cursors, journal, reviews
from tradepost.sync.action import Foreseen, batches
from tradepost.sync.errors import (
    ContainerGone,
    CursorLost,
    IdentityTaken,
    LeaseLost,
    NeedsAnswer,
    RunCancelled,
    VersionMismatch,
)
from tradepost.sync.models import Binding, RunItem
from tradepost.sync.plan import Action, Plan, Reading, Verb, Written, reconcile, settle
from tradepost.sync.policy import Conflicts, Mode, Policy
from tradepost.sync.record import Bond, Kind, Link, Presence, Record, Side
from tradepost.sync.runs import Pass
from tradepost.sync.sides import AppSide, Changes, RemoteSide
from tradepost.sync.undo import Done, invert

REST, LONGEST_REST = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the cursor that is stored once it was applied. ``titles``: what people call the records that were
    read, by our id and by theirs."""

    plan: Plan
    cursor: dict[str, Any]
    problems: dict[str, Fault]
    titles: Mapping[str, str] = field(default_factory=dict)


class Engine:
    """One pass of one stream. Use it once."""

    def __init__(self, work: Pass, kind: Kind, policy: Policy, app: AppSide, remote: RemoteSide) -> None:
        self.work, self.kind, self.policy, self.app, self.remote = work, kind, policy, app, remote
        self.stream, self.name = work.stream, kind.fields[0]  # the first field names a record
        self.again: set[str] = set()
        self.compare = False  # the whole list in the next pass, not only once a day
        self.trouble: Remote | None = None  # the last write there failed, in a way that may pass
        self.resting: dict[str, list[Any]] = dict(self.stream.cursor.get("resting", {}))
        self.seen: dict[str, Record] = {}  # the remote, as this pass read it
        self.limits: dict[str, list[str] | None] = {}  # what may be written of a remote record, as last seen
        self.elsewhere: Collection[str] = ()  # our ids that are gone there and stand elsewhere as well

    def sync(self, *, resync: bool = False, only: Collection[str] = ()) -> Plan:
        """Read, decide, apply. ``only``: remote ids to be tried again without a rest. Raises ``NeedsAnswer`` where
        nothing may be done before a person has answered."""
        if only:
            self.resting.clear()
            again = {*self.stream.cursor.get("again", ()), *only}
            self.stream.cursor = self.stream.cursor | {"again": sorted(again)}
        planned = self.plan(resync=resync)
        self.apply(planned)
        return planned.plan

    # Read and decide

    def plan(self, *, resync: bool = False) -> Planned:
        """The plan alone: a preview."""
        known = dict(self.stream.cursor)
        try:
            changes, lost = self._changes(
                "" if resync or cursors.audit_due(known) else known.get("token", "")
            )
        except ContainerGone:
            return Planned(reconcile(self.kind, Reading(vanished=True), self.policy), known, {})
        listed = clock.now()
        mode = Mode.FULL if changes.complete or lost else Mode.INCREMENTAL
        if resync or "token" not in known:
            mode = Mode.FIRST
        reading, problems = self._reading(changes, mode, known.get("again", ()))
        plan, asked = self._decide(reading), set[str]()
        while wanted := {fetch.remote_id for fetch in plan.fetch} - reading.remote.keys() - asked:
            asked |= wanted  # what cannot be read is not asked for again in this pass
            reading = replace(reading, remote={**reading.remote, **self._read(wanted, problems)})
            plan = self._decide(reading)
        read = {**reading.app, **reading.remote}.items()
        titles = {id: str(record.fields[self.name]) for id, record in read if record.fields.get(self.name)}
        cursor = cursors.after(known, changes, listed, busy=bool(plan.actions))
        return Planned(plan, cursor, problems, titles)

    def _decide(self, reading: Reading) -> Plan:
        departed = reading.departed
        self.elsewhere = self.app.elsewhere(departed) if departed else ()
        return reconcile(self.kind, replace(reading, elsewhere=self.elsewhere), self.policy)

    def _changes(self, token: str) -> tuple[Changes, bool]:
        try:
            changes = self.remote.changes(token)
        except CursorLost:
            return self.remote.changes(""), True
        if token and cursors.tells_anew(self.stream, changes):
            return self.remote.changes(""), True
        return changes, False

    def _reading(
        self, changes: Changes, mode: Mode, again: Iterable[str]
    ) -> tuple[Reading, dict[str, Fault]]:
        problems: dict[str, Fault] = {}
        remote = {id: Record(id, "", presence=Presence.DELETED) for id in changes.deleted}
        ids = {*changes.versions, *changes.deleted, *again}
        known = {link.remote_id: link for link in self._links(mode, ids, ())}
        stale = {id for id, version in changes.versions.items() if not self._is_known(known, id, version)}
        remote |= self._read(stale | set(again), problems)
        unlinked = {r.uid for r in remote.values() if r.uid and r.id not in known}
        app = self.app.changed(mode is Mode.FIRST, unlinked)
        links = self._links(mode, ids, app)
        for link in links:  # seen before and unchanged since: as it was
            listed = mode is not Mode.INCREMENTAL and link.remote_id in changes.versions
            if link.remote_id not in remote and (
                listed or (link.held and link.remote_version and not link.gone)
            ):
                remote[link.remote_id] = self._remembered(link)
        touched = {link.remote_id for link in links if link.app_id in app and link.bond is Bond.LIVE}
        remote |= self._read(
            {id for id in touched if id not in self.seen and self._is_here(remote, id)}, problems
        )
        self.work.seen += len(changes.versions) + len(changes.deleted)
        population = Binding.objects.filter(stream=self.stream, tombstone="").count() if remote or app else 0
        return Reading(app, remote, links, mode, reviews.answers(self.stream), population), problems

    @staticmethod
    def _is_here(remote: dict[str, Record], id: str) -> bool:
        return id not in remote or remote[id].here

    def _remembered(self, link: Link) -> Record:
        limit = self.limits.get(link.remote_id)
        writable = None if limit is None else frozenset(limit)
        return replace(link.last_seen(Side.REMOTE), presence=Presence.PRESENT, writable=writable)

    @staticmethod
    def _is_known(known: dict[str, Link], id: str, version: str) -> bool:
        """Whether a version is the one that was last seen, so that it need not be read: often our own write."""
        link = known.get(id)
        return bool(link and version and link.remote_version == version and not link.gone and not link.held)

    def _links(self, mode: Mode, remote_ids: Iterable[str], app_ids: Iterable[str]) -> tuple[Link, ...]:
        rows = Binding.objects.filter(stream=self.stream).order_by("pk")
        if mode is Mode.INCREMENTAL:
            wanted = Q(remote_id__in=list(remote_ids)) | journal.open_links()
            rows = rows.filter(wanted | Q(record_id__in=[self.app.key(id) for id in app_ids]))
        self.limits |= {row.remote_id: row.shadow.get("writable") for row in rows}
        return tuple(journal.link_of(row) for row in rows)

    def _read(self, ids: set[str], problems: dict[str, Fault]) -> dict[str, Record]:
        if not ids:
            return {}
        records, faults = self.remote.read(sorted(ids))
        self.work.extend()
        problems |= faults
        self.seen |= records
        return records

    # Apply

    def apply(self, planned: Planned) -> None:
        """Carry a plan out, the cursor last."""
        plan = planned.plan
        if plan.questions or self._has_open_questions():
            with self.work.commit():
                reviews.ask(self.stream, plan.questions, planned.titles)
        if plan.halted:
            raise NeedsAnswer(plan.questions[0].sentence)
        for id, fault in planned.problems.items():
            self.work.log("set_aside", id, remote_id=id, reason=fault.cause, cure=fault.cure, failed=True)
        for batch in batches(action for action in plan.actions if self._is_due(action)):
            self._carry_out(batch)
        cursor = planned.cursor | {"again": sorted(self.again | plan.again), "resting": self.resting}
        if self.compare:
            cursor = cursors.compare_next(cursor)
        if plan.partial:  # what was not picked is to be seen again
            cursor = dict(self.stream.cursor)
        if cursor != self.stream.cursor or planned.problems:
            with self.work.commit(cursor=cursor):
                pass
        self._tell_trouble()

    def _is_due(self, action: Action) -> bool:
        """Whether there is anything to do, and it was not refused a short while ago."""
        _, until = self.resting.get(action.key, (0, ""))
        if until and clock.now() < datetime.fromisoformat(until):
            self.again |= {action.remote_id} - {""}
            return False
        return bool(action.app or action.remote or action.before != action.after)

    def _rest(self, action: Action) -> None:
        tries = self.resting.get(action.key, [0])[0] + 1
        wait = min(REST * 2 ** min(tries - 2, 10), LONGEST_REST) if tries > 1 else timedelta()
        until = clock.now() + wait
        self.resting[action.key] = [tries, until.isoformat()]

    def _has_open_questions(self) -> bool:
        return self.stream.reviews.filter(kind=reviews.QUESTION, resolved_at=None).exists()

    def _carry_out(self, batch: list[Action]) -> None:
        """A batch is one action with a remote write, or several without, which are done singly where one fails."""
        if batch[0].remote:
            self._write_both(batch[0])
            return
        try:
            with self.work.commit():
                for action in batch:
                    self._finish(action, None, None)
        except (Fault, IntegrityError) as error:
            if isinstance(error, LeaseLost | RunCancelled):
                raise
            if len(batch) == 1:
                self._set_aside(batch[0], error)
            else:
                for action in batch:
                    self._carry_out([action])

    def _write_both(self, action: Action) -> None:
        write = action.remote
        assert write is not None
        current = self.seen.get(write.id)
        if current and current.here and not write.body:
            action = replace(action, remote=replace(write, body=current.body))
        with self.work.commit():
            item = self._note(action)
        try:
            written = self._write_there(action)
        except Remote as fault:
            self._refused(action, item, fault)
            if fault.temper is not Temper.PERMANENT and not isinstance(fault, VersionMismatch):
                self._stumble(fault)
            return
        self.trouble = None
        try:
            with self.work.commit():
                self._finish(action, written, item)
        except IntegrityError as error:
            self._set_aside(action, error)

    def _stumble(self, fault: Remote) -> None:
        """A server may fail at one record for ever, which must stop no other. Two in a row are the server's own trouble;
        so is what it asks us to wait for, and what only a person can mend."""
        if fault.temper is not Temper.RETRYABLE or fault.retry_after or self.trouble:
            raise fault
        self.trouble = fault

    def _tell_trouble(self) -> None:
        if self.trouble:
            raise self.trouble

    def _write_there(self, action: Action) -> Written | None:
        write = action.remote
        assert write is not None
        try:
            return self.remote.write(write)
        except VersionMismatch as mismatch:
            if write.verb is not Verb.CREATE:
                raise
            records, _ = self.remote.read([write.id])
            found = records.get(write.id)
            if found is None or not found.here:
                raise IdentityTaken() from mismatch
            if found.stamp != write.stamp:
                raise  # not our own earlier try: somebody else's record has the name
            return Written(write.id, "", found)

    def _refused(self, action: Action, item: RunItem, fault: Remote) -> None:
        with self.work.commit():
            self.work.failed(item, fault)
            if action.before:  # what we know of the remote is stale
                Binding.objects.filter(pk=int(action.before.key)).update(etag="")
                self.again.add(action.before.remote_id)
        self.again.add(action.remote_id)
        self.compare = self.compare or isinstance(fault, IdentityTaken)
        if not isinstance(fault, VersionMismatch) or (action.remote and action.remote.verb is Verb.CREATE):
            self._rest(action)

    def _set_aside(self, action: Action, error: Fault | IntegrityError) -> None:
        fault = error if isinstance(error, Fault) else Conflict(
            _("Another record here is linked with it already."), cure=_("Remove the duplicate on one of the sides.")
        )  # fmt: skip
        self.again |= {action.remote_id} - {""}
        self._rest(action)
        with self.work.commit():
            self.work.log(action.verb.value, action.label(self.name), kind=self.kind.name, remote_id=action.remote_id,
                          reason=fault.cause, cure=fault.cure, failed=True)  # fmt: skip

    def _finish(self, action: Action, written: Written | None, item: RunItem | None) -> None:
        """The app's half of an action, its binding and its log. Inside a commit."""
        current = self.app.lock(action.app_id) if action.app_id else None
        if self._is_gone_everywhere(action):
            self.again.add(action.remote_id)
            return
        fresh = not action.app_id or (current is not None and current.version == action.app_version)
        record: Record | None = None
        if fresh:
            record = self.app.write(action.app) if action.app else current or Record("", "")
        link = settle(self.kind, action, record, written)
        row = self.app.key(link.app_id) if link else 0
        link = journal.store(
            self.stream, self.kind.name, action.before, link, row, self._limit(link, written)
        )
        self.resting.pop(action.key, None)
        if action.silent:
            return
        version = written.read.version if written and written.read else ""
        seen = record or current
        done = Done(action, link, seen.version if seen else "", (link and link.remote_version) or version)
        item = item or self._note(action)
        after = journal.done_json(done)
        record_id = row or item.record_id
        if item.pk:
            RunItem.objects.filter(pk=item.pk).update(after=after, record_id=record_id)
        else:
            item.after, item.record_id = after, record_id
        if action.lost and self.policy.conflicts is not Conflicts.ASK:  # else a person has just decided it
            app_id = link.app_id if link else action.app_id
            reviews.list_overwritten(self.stream, app_id, action.label(self.name), action.lost)

    def _is_gone_everywhere(self, action: Action) -> bool:
        """Whether another pass found the record gone in its place, too, while this one left it to that. Decided anew."""
        kept = action.app_id in self.elsewhere and action.after and action.after.bond is Bond.KEPT
        return bool(kept) and action.app_id not in self.app.elsewhere([action.app_id])

    def _limit(self, link: Link | None, written: Written | None) -> list[str] | None:
        if link is None:
            return None
        record = (written.read if written else None) or self.seen.get(link.remote_id)
        if record is None:
            return self.limits.get(link.remote_id)
        return None if record.writable is None else sorted(record.writable)

    def _note(self, action: Action) -> RunItem:
        sides = {
            w.side.value: {"fields": dict(w.before), "body": w.body} for w in (action.app, action.remote) if w
        }
        return self.work.log(
            action.verb.value,
            action.label(self.name),
            reason=action.reason,
            kind=self.kind.name,
            record_id=self.app.key(action.app_id) if action.app_id else None,
            remote_id=action.remote_id,
            before=sides,
        )

    def foreseen(self) -> list[Foreseen]:
        """The plan in words: what a person would notice of a pass, and what it would ask."""
        planned = self.plan()
        plan, titles = planned.plan, planned.titles
        done = [a for a in plan.actions if not a.silent]
        named = [Foreseen(a.verb.value, a.label(self.name) or a.remote_id, a.reason) for a in done]
        asked = [
            (titles.get(q.app_id) or titles.get(q.remote_id) or q.app_id or q.remote_id, q)
            for q in plan.questions
        ]
        return named + [Foreseen("review", label, question.sentence) for label, question in asked]

    # Undo

    def undo(self, items: Iterable[RunItem]) -> Plan:
        """Take back what was done; what somebody changed since is left alone and logged."""
        plan = invert(journal.done_from(item.after) for item in items if item.after.get("reason"))
        for action in plan.actions:
            self._undo(action)
        self._tell_trouble()
        return plan

    def _undo(self, action: Action) -> None:
        with self.work.commit():
            record = self.app.lock(action.app_id) if action.app_id else None
            moved = record is not None and record.version != action.app_version
            if moved:
                self.work.log("skip", action.label(self.name), kind=self.kind.name, remote_id=action.remote_id,
                              reason=gettext_noop("It was changed since, so it was left as it is."))  # fmt: skip
        if not moved:
            self._carry_out([action])
