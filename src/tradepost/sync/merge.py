"""The three-way merge of one record, group by group, over a dual base (defaults 5 to 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tradepost.sync.action import Choice, Lost, Question, Subject
from tradepost.sync.policy import Conflicts, Direction, Invites, Merge, PassOrder, Policy
from tradepost.sync.record import Agreed, Cells, Fields, Kind, Link, Record, Side, Value, digest
from tradepost.sync.words import _

Unit = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """What each side last agreed on, by cell. ``first`` is a pair that was never linked: it agreed on
    nothing."""

    app: Cells = field(default_factory=dict)
    remote: Cells = field(default_factory=dict)
    first: bool = True

    @classmethod
    def of(cls, kind: Kind, link: Link | None) -> Base:
        if link is None:
            return cls()
        app, remote = kind.cells(link.app_base), kind.cells(link.remote_base)
        app |= {cell: agreed.app for cell, agreed in link.held.items()}
        remote |= {cell: agreed.remote for cell, agreed in link.held.items()}
        return cls(app, remote, first=False)

    def side(self, side: Side) -> Cells:
        return self.app if side is Side.APP else self.remote


@dataclass(frozen=True, slots=True)
class Merged:
    """Both sides as they shall be, and what could not travel or was overwritten."""

    app: Fields
    remote: Fields
    to_app: tuple[Unit, ...]
    to_remote: tuple[Unit, ...]
    held: Mapping[str, Agreed]
    lost: tuple[Lost, ...]
    questions: tuple[Question, ...]


def name(unit: Unit) -> str:
    """A group in a sentence."""
    return unit[0].replace("_", " ").replace("/", " of ")


def changed(kind: Kind, link: Link, side: Side, record: Record) -> bool:
    """Whether a record holds anything that the two sides have not agreed on."""
    base, now = Base.of(kind, link).side(side), kind.cells(record.fields)
    return any(now.get(cell) != base.get(cell) for cell in {*now, *base})


def seen(kind: Kind, link: Link, app: Record, remote: Record) -> Link:
    """The link, remembering how both sides look now and agreeing to nothing."""
    base = Base.of(kind, link)
    held: dict[str, Agreed] = {}
    for side, record in ((Side.APP, app), (Side.REMOTE, remote)):
        now, agreed = (
            kind.cells(record.fields) if record.here else kind.cells(link.base(side)),
            base.side(side),
        )
        edited = [cell for cell in {*now, *agreed} if now.get(cell) != agreed.get(cell)]
        held |= {cell: Agreed(base.app.get(cell), base.remote.get(cell)) for cell in edited}
    return replace(
        link.facing(app, remote),
        app_base=app.fields if app.here else link.app_base,
        remote_base=remote.fields if remote.here else link.remote_base,
        held=held,
    )


def carry(kind: Kind, remote: Fields, link: Link | None = None) -> Fields:
    """What the app is to hold of a remote record: what the two last agreed on, and what the remote changed since."""
    base, theirs = Base.of(kind, link), kind.cells(remote)
    rendered = kind.cells(kind.render(kind.whole(base.app)))
    moved = {c for c in {*theirs, *base.remote} if theirs.get(c) not in (base.remote.get(c), rendered.get(c))}
    return kind.whole({**base.app, **{cell: theirs.get(cell) for cell in moved}})


def merge(
    kind: Kind, link: Link | None, app: Record, remote: Record, policy: Policy, answers: Mapping[str, str]
) -> Merged:
    """``answers`` holds what a person said, by the key of the question."""
    return _Merge(kind, link, app, remote, policy, answers).result()


class _Merge:
    """The working state of one merge: each unit is judged once and put where it belongs."""

    def __init__(
        self,
        kind: Kind,
        link: Link | None,
        app: Record,
        remote: Record,
        policy: Policy,
        answers: Mapping[str, str],
    ) -> None:
        self.kind, self.policy, self.answers = kind, policy, answers
        self.pair, self.base = (link.key if link else "", app.id, remote.id), Base.of(kind, link)
        self.newer = Side.APP if _time(app) >= _time(remote) else Side.REMOTE
        self.writable = None if policy.invites is Invites.AS_REGULAR else remote.writable
        self.app, self.remote = kind.cells(app.fields), kind.cells(remote.fields)
        self.rendered = kind.cells(kind.render(kind.whole(self.app)))
        self.new_app, self.new_remote = dict(self.app), dict(self.remote)
        self.travelled: dict[Side, list[Unit]] = {Side.APP: [], Side.REMOTE: []}
        self.held: dict[str, Agreed] = {}
        self.lost: list[Lost] = []
        self.questions: list[Question] = []

    def result(self) -> Merged:
        for unit in self.units():
            self.judge(unit)
        return Merged(
            self.kind.whole(self.new_app),
            self.kind.whole(self.new_remote),
            tuple(self.travelled[Side.APP]),
            tuple(self.travelled[Side.REMOTE]),
            self.held,
            tuple(self.lost),
            tuple(self.questions),
        )

    def units(self) -> list[Unit]:
        groups = list(self.kind.groups)
        plain = {cell for group in groups for cell in group}
        keyed = tuple(sorted({*self.app, *self.remote, *self.base.app, *self.base.remote} - plain))
        if self.policy.merge is Merge.RECORD_OVERWRITE:
            return [(*(cell for group in groups for cell in group), *keyed)]
        anchor = next((group for group in groups if self.kind.anchor in group), ())
        if self.changed(Side.APP, anchor) or self.changed(Side.REMOTE, anchor):
            return [(*group, *keyed) if group is anchor else group for group in groups]
        return [*groups, *((cell,) for cell in keyed)]

    def changed(self, side: Side, unit: Unit) -> bool:
        now, base = self.app if side is Side.APP else self.remote, self.base.side(side)
        return any(now.get(cell) != base.get(cell) for cell in unit)

    def judge(self, unit: Unit) -> None:
        differs = tuple(cell for cell in unit if self.rendered.get(cell) != self.remote.get(cell))
        ours, theirs = self.changed(Side.APP, unit), self.changed(Side.REMOTE, unit)
        if not differs or not (ours or theirs):
            return  # agreed, or a difference that neither side made: a lossy mapping
        winner = self.winner(unit, ours, theirs)
        if winner is None or not self.may_write(winner.other, unit):
            return self.hold(unit)
        if (ours and theirs) or not (ours if winner is Side.APP else theirs):
            self.lost.append(Lost(unit, winner, _values(self.app, unit), _values(self.remote, unit)))
        source, target = (self.app, self.new_remote) if winner is Side.APP else (self.remote, self.new_app)
        target.update({cell: source.get(cell) for cell in differs})
        self.travelled[winner.other].append(unit)

    def winner(self, unit: Unit, ours: bool, theirs: bool) -> Side | None:
        """The side whose value stands; ``None`` if a person must say."""
        policy = self.policy
        if policy.merge is Merge.RECORD_OVERWRITE:
            if policy.direction is Direction.TO_APP:
                return Side.REMOTE  # D33: what changed here is replaced
            if self.base.first or (ours and policy.direction is Direction.TO_REMOTE):
                return Side.APP  # D26, D35: what exists on both sides takes our values
        if not (ours and theirs):
            return Side.APP if ours else Side.REMOTE
        if policy.pass_order is PassOrder.APP_FIRST_BLIND and self.may_write(Side.REMOTE, unit):
            return Side.APP
        return self.conflict(unit)

    def conflict(self, unit: Unit) -> Side | None:
        match self.policy.conflicts:
            case Conflicts.APP_WINS:
                return Side.APP
            case Conflicts.REMOTE_WINS:
                return Side.REMOTE
            case Conflicts.NEWEST_WINS:
                return self.newer
        return self.ask(unit)

    def ask(self, unit: Unit) -> Side | None:
        ours, theirs = _values(self.app, unit), _values(self.remote, unit)
        key = digest(Subject.CONFLICT, self.pair, unit, ours, theirs)
        if (answer := self.answers.get(key)) is not None:
            return Side(answer)
        sentence = _("{field} was changed on both sides.").format(field=name(unit).capitalize())
        choices = (Choice(Side.APP, _("Keep ours")), Choice(Side.REMOTE, _("Keep theirs")))
        self.questions.append(
            Question(Subject.CONFLICT, key, sentence, choices, *self.pair, unit, app=ours, remote=theirs)
        )
        return None

    def may_write(self, side: Side, unit: Unit) -> bool:
        foreign = self.writable is not None and not self.writable.issuperset(
            cell.split("/")[0] for cell in unit
        )
        return self.policy.direction.writes(side) and not (side is Side.REMOTE and foreign)

    def hold(self, unit: Unit) -> None:
        self.held |= {cell: Agreed(self.base.app.get(cell), self.base.remote.get(cell)) for cell in unit}


def _values(cells: Cells, unit: Unit) -> tuple[Value, ...]:
    return tuple(cells.get(cell) for cell in unit)


def _time(record: Record) -> float:
    """A side that does not say when it changed counts as the older one."""
    return record.changed.timestamp() if record.changed else float("-inf")
