"""What a plan is made of: actions, questions for a person, and records to read again before deciding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tradepost.kit.text import plural
from tradepost.sync.record import Bond, Fields, Link, Side, Value, digest

BATCH = 100  # actions without a remote write that are carried out together


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    TRASH = "trash"
    CANCEL = "cancel"
    RESTORE = "restore"
    LINK = "link"
    UNLINK = "unlink"
    REBASE = "rebase"
    SKIP = "skip"

    @property
    def removes(self) -> bool:
        return self in (Verb.DELETE, Verb.TRASH, Verb.CANCEL)


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write to one side.

    ``expect`` is the version that the record must still have (If-Match, RFC 9110 §13.1.1); for a remote
    CREATE the record must not exist (If-None-Match: *). The ``id`` of a remote CREATE is a name derived
    from ours, so that a retry meets its own first try; an app CREATE has none. ``stamp`` is to be stored
    in a remote CREATE (D25). CANCEL and RESTORE turn a state of the record that is no mapped field;
    RESTORE puts back every mapped field as in ``after``, bringing a deleted record back if need be.
    ``body`` is the remote's own text to put back on RESTORE, where it was kept.
    """

    side: Side
    verb: Verb
    id: str = ""
    expect: str = ""
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    stamp: str = ""
    uid: str = ""
    body: str = ""

    @property
    def patch(self) -> dict[str, Value]:
        """The fields to write; all others are to be left as they are (defaults 12, 13)."""
        names = dict.fromkeys((*self.before, *self.after))
        return {n: self.after.get(n) for n in names if self.before.get(n) != self.after.get(n)}


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that a merge overwrote, for the conflict inbox. To swap it back is to edit the record with
    it."""

    cells: tuple[str, ...]
    winner: Side
    app: tuple[Value, ...]
    remote: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """What is done to one record, both sides and the link together.

    ``before`` and ``after`` are the link before and after; no link after means that it is forgotten.
    ``app_version`` is the version of the app's record that the decision rests on.
    """

    reason: str
    app_id: str = ""
    remote_id: str = ""
    app: Write | None = None
    remote: Write | None = None
    before: Link | None = None
    after: Link | None = None
    app_version: str = ""
    lost: tuple[Lost, ...] = ()

    @property
    def key(self) -> str:
        """Names the action within its plan, the same when the plan is made again."""
        if self.before:
            return f"link:{self.before.key}"
        return f"app:{self.app_id}" if self.app_id else f"remote:{self.remote_id}"

    @property
    def verbs(self) -> tuple[tuple[Side | None, Verb], ...]:
        """What the action counts as: a verb for each side it writes, else what it does to the link."""
        writes = tuple((w.side, w.verb) for w in (self.remote, self.app) if w)
        created = any(verb is Verb.CREATE for _, verb in writes)
        if self.before is None and self.after and not created:
            return ((None, Verb.LINK), *writes)
        return writes or ((None, self._link_verb()),)

    @property
    def verb(self) -> Verb:
        return self.verbs[0][1]

    def label(self, name: str) -> str:
        """What a person calls the record: the value of the field ``name`` on whichever side has one."""
        writes = [w for w in (self.app, self.remote) if w]
        places = [*(w.after for w in writes), *(w.before for w in writes)]
        places += [link.app_base or link.remote_base for link in (self.after, self.before) if link]
        return next((str(place[name]) for place in places if place.get(name)), "")

    def _link_verb(self) -> Verb:
        if self.before and (self.after is None or self.after.bond is not self.before.bond):
            return Verb.LINK if self.after and self.after.bond is Bond.LIVE else Verb.UNLINK
        if self.before == self.after:
            return Verb.SKIP
        return Verb.REBASE

    @property
    def silent(self) -> bool:
        """Whether nothing happens that a person would notice: the record was only seen, or is left alone."""
        return all(verb in (Verb.REBASE, Verb.SKIP) for _, verb in self.verbs)


class Subject(StrEnum):
    CONFLICT = "conflict"
    EDIT_OR_DELETE = "edit_or_delete"
    DELETE = "delete"
    SEVERAL_MATCHES = "several_matches"
    BULK_DELETE = "bulk_delete"
    PURGE = "purge"
    CONTAINER_VANISHED = "container_vanished"


@dataclass(frozen=True, slots=True)
class Choice:
    answer: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only a person can answer. ``key`` covers the values in question: when one of them
    changes it is another question, so that an answer never applies to what its giver has not seen."""

    subject: Subject
    key: str
    sentence: str
    choices: tuple[Choice, ...]
    link: str = ""
    app_id: str = ""
    remote_id: str = ""
    cells: tuple[str, ...] = ()
    app: tuple[Value, ...] = ()
    remote: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """A remote record to read by id, or to find missing, before anything is decided about it."""

    remote_id: str
    reason: str


Step = Action | Question | Fetch


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole decision. ``halted``: nothing may be done, nor the cursor stored, until a question is
    answered. ``partial``: a person picked some of the actions, so the cursor must stay where it is."""

    actions: tuple[Action, ...] = ()
    questions: tuple[Question, ...] = ()
    fetch: tuple[Fetch, ...] = ()
    halted: bool = False
    partial: bool = False

    @property
    def quiet(self) -> bool:
        return not self.fetch and not self.halted and all(action.silent for action in self.actions)

    @property
    def again(self) -> frozenset[str]:
        """The ids of unlinked remote records that a question is about: they must be in the next reading,
        too."""
        return frozenset(q.remote_id for q in self.questions if q.remote_id and not q.link and not q.app_id)

    def pick(self, keys: Collection[str]) -> Plan:
        """Only the actions of these keys, as a person ticked them in the preview."""
        kept = tuple(action for action in self.actions if action.key in keys)
        return replace(self, actions=kept, partial=self.partial or len(kept) < len(self.actions))

    @property
    def preview(self) -> Preview:
        return Preview(
            dict(Counter(v for a in self.actions for v in a.verbs if v[1] is not Verb.REBASE)),
            len(self.questions),
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """How much a plan does. ``counts`` by side and verb; the side of LINK, UNLINK and SKIP is ``None``."""

    counts: Mapping[tuple[Side | None, Verb], int] = field(default_factory=dict)
    questions: int = 0

    def __str__(self) -> str:
        """``"create 2 there, update 1 here, link 40, skip 3; 1 question"``."""
        order = list(Verb)
        ranked = sorted(self.counts.items(), key=lambda item: (order.index(item[0][1]), item[0][0] or ""))
        parts = [f"{verb} {n}" + (f" {side.place}" if side else "") for (side, verb), n in ranked]
        asked = f"; {plural(self.questions, 'question')}" if self.questions else ""
        return (", ".join(parts) or "nothing to do") + asked


def batches(actions: Iterable[Action]) -> Iterator[list[Action]]:
    """The actions in their order: each remote write by itself, what is only written here together."""
    waiting: list[Action] = []
    for action in actions:
        if action.remote:
            if waiting:
                yield waiting
            yield [action]
            waiting = []
            continue
        waiting.append(action)
        if len(waiting) == BATCH:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def name_for(app_id: str, previous: str = "") -> str:
    """The remote name of our record: 32 hexadecimal digits, valid as a CalDAV resource name and as a
    Google event id. ``previous`` is the remote id that it replaces, since some services never give a
    deleted id again."""
    return digest("name", app_id, previous)[:32]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a pass would do to one record, for a person to read, in the words of the log: ``create``, “Tents”, and why.
    ``on`` are the records that it goes on, or may belong to, each a kind and an id."""

    action: str
    label: str
    reason: str
    on: tuple[tuple[str, int], ...] = ()
