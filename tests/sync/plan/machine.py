"""A machine that does to two sides whatever can happen to them, and then looks whether they came out whole.

Invariants, after the last step and until nothing moves: the sides agree; a further pass, a lost token and a resync do
nothing; links are one to one and cover both sides; a one-way sync wrote nothing to its source; and every value that a
person entered is live, was overwritten or deleted by a person who saw it, or stands in the journal.

``python -m tests.sync.plan.machine EXAMPLES [SEED]`` runs it by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.sync.plan.world import KIND, AppSide, Crash, Engine, RemoteSide
from tradepost.sync.action import Question
from tradepost.sync.policy import (
    BulkLimit,
    Conflicts,
    Direction,
    Imports,
    LocalDelete,
    MultiMatch,
    Policy,
    RemoteDelete,
)
from tradepost.sync.record import Fields, Side

CELLS = ("title", "place", "colour", "note", "start", "end", "overrides/1", "overrides/2")
POLICIES = st.builds(
    Policy,
    direction=st.sampled_from([Direction.BOTH, Direction.BOTH, Direction.TO_REMOTE, Direction.TO_APP]),
    conflicts=st.sampled_from(Conflicts),
    on_remote_delete=st.sampled_from(RemoteDelete),
    on_local_delete=st.sampled_from(LocalDelete),
    multi_match=st.sampled_from(MultiMatch),
    import_external_events=st.just(Imports.ALL),
    bulk_limit=st.sampled_from([None, BulkLimit(count=2, share=0.5)]),
)
INDEX = st.integers(0, 9)
CELL = st.sampled_from(CELLS)
STEP = st.integers(0, 14)


class TwoSides(RuleBasedStateMachine):
    @initialize(policy=POLICIES, etags=st.booleans())
    def begin(self, policy: Policy, etags: bool) -> None:
        self.app, self.remote = AppSide(), RemoteSide(etags=etags)
        self.engine = Engine(self.app, self.remote, policy)
        self.entered: set[str] = set()
        self.superseded: set[str] = set()
        self.time = 0

    # What people do

    def tick(self) -> int:
        self.time += 1
        self.app.clock = self.remote.clock = self.time
        return self.time

    def value(self, side: str) -> str:
        mark = f"{side}{self.tick()}."
        self.entered.add(mark)
        return mark.upper()

    def new(self, side: str, common: bool) -> Fields:
        title = "same" if common else self.value(side) + " "
        only_here = {"colour": "red", "note": self.value(side)} if side == "a" else {}
        return {"title": title, "place": self.value(side), "start": "1", "end": "2", **only_here}

    @rule(common=st.booleans())
    def app_creates(self, common: bool) -> None:
        self.app.put(f"u{self.tick()}", self.new("a", common))

    @rule(common=st.booleans())
    def remote_creates(self, common: bool) -> None:
        self.remote.put(f"x{self.tick()}", self.new("r", common))

    @precondition(lambda self: self.app.living())
    @rule(index=INDEX, cell=CELL, clear=st.booleans())
    def app_edits(self, index: int, cell: str, clear: bool) -> None:
        living = self.app.living()
        id = living[index % len(living)]
        self.app.put(id, self.edited("a", self.app.rows[id].fields, cell, clear))

    @precondition(lambda self: self.remote.rows)
    @rule(index=INDEX, cell=CELL, clear=st.booleans())
    def remote_edits(self, index: int, cell: str, clear: bool) -> None:
        cell = "place" if cell in ("colour", "note") else cell
        id = sorted(self.remote.rows)[index % len(self.remote.rows)]
        row = self.remote.rows[id]
        self.remote.put(id, self.edited("r", row.fields, cell, clear), row.stamp)

    def edited(self, side: str, fields: Fields, cell: str, clear: bool) -> Fields:
        cells = KIND.cells(fields)
        self.overwritten({cell: cells.get(cell)})
        cells[cell] = None if clear and cell.startswith("overrides") else self.value(side)
        return KIND.whole(cells)

    def overwritten(self, fields: Fields) -> None:
        self.superseded |= {mark for mark in self.entered if mark in repr(fields).lower()}

    @precondition(lambda self: self.app.living())
    @rule(index=INDEX)
    def app_deletes(self, index: int) -> None:
        living = self.app.living()
        self.tick()
        self.overwritten(self.app.rows[living[index % len(living)]].fields)
        self.app.mark(living[index % len(living)], alive=False)

    @precondition(lambda self: self.app.rows)
    @rule(index=INDEX, hidden=st.booleans())
    def app_moves_out_of_reach_or_back(self, index: int, hidden: bool) -> None:
        self.tick()
        self.app.mark(sorted(self.app.rows)[index % len(self.app.rows)], hidden=hidden, alive=True)

    @precondition(lambda self: self.remote.rows)
    @rule(index=INDEX)
    def remote_deletes(self, index: int) -> None:
        self.tick()
        id = sorted(self.remote.rows)[index % len(self.remote.rows)]
        self.overwritten(self.remote.rows[id].fields)
        self.remote.remove(id)

    @precondition(lambda self: self.remote.rows)
    @rule(index=INDEX)
    def remote_copies(self, index: int) -> None:
        row = self.remote.rows[sorted(self.remote.rows)[index % len(self.remote.rows)]]
        self.remote.put(f"x{self.tick()}", row.fields, row.stamp)

    # What befalls the machine

    @rule()
    def token_is_lost(self) -> None:
        self.remote.token_lost = True

    @rule(resync=st.sampled_from([False, False, False, True]))
    def sync(self, resync: bool) -> None:
        self.tick()
        self.engine.sync(resync=resync)

    @rule(at=STEP)
    def crash(self, at: int) -> None:
        def die() -> None:
            raise Crash

        self.tick()
        try:
            self.engine.sync(at_step(at, die))
        except Crash:
            pass

    @rule(
        at=STEP,
        index=INDEX,
        cell=CELL,
        what=st.sampled_from(["app_edits", "remote_edits", "app_deletes", "remote_deletes"]),
    )
    def race(self, at: int, index: int, cell: str, what: str) -> None:
        def act() -> None:
            if self.app.living() if what.startswith("app") else self.remote.rows:
                getattr(self, what)(index, *((cell, False) if what.endswith("edits") else ()))

        self.tick()
        self.engine.sync(at_step(at, act))

    @precondition(lambda self: self.engine.live)
    @rule(at=STEP, index=INDEX, ours=CELL, theirs=CELL, later=st.sampled_from(Side), deletes=st.booleans())
    def contend(self, at: int, index: int, ours: str, theirs: str, later: Side, deletes: bool) -> None:
        """Both sides of one record are edited, one of them while the other edit is on its way."""
        link = self.engine.live[index % len(self.engine.live)]
        here, there = self.app.living(), sorted(self.remote.rows)
        if link.app_id not in here or link.remote_id not in there:
            return
        places = {Side.APP: (self.app_edits, here.index(link.app_id), ours, False),
                  Side.REMOTE: (self.remote_edits, there.index(link.remote_id), theirs, False)}  # fmt: skip

        def edit(side: Side) -> None:
            if self.app.living() if side is Side.APP else self.remote.rows:
                act, *arguments = places[side]
                act(*arguments)

        if later is Side.REMOTE and deletes:
            self.app_deletes(places[Side.APP][1])
        else:
            edit(later.other)
        self.engine.sync(at_step(at, partial(edit, later)))

    @precondition(lambda self: self.engine.questions)
    @rule(index=INDEX, choice=INDEX)
    def person_answers(self, index: int, choice: int) -> None:
        question = self.engine.questions[index % len(self.engine.questions)]
        self.engine.answers[question.key] = question.choices[choice % len(question.choices)].answer

    # What must hold

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.settle()
            self.check_quiet()
            self.check_links()
            self.check_agreement()
            self.check_direction()
            self.check_values()

    def settle(self) -> None:
        for _ in range(20):
            self.tick()
            plan = self.engine.sync()
            for question in plan.questions:
                self.engine.answers.setdefault(question.key, last_answer(question))
            if plan.quiet and not plan.questions and all(a.before == a.after for a in plan.actions):
                return
        raise AssertionError(("does not converge", plan))

    def check_quiet(self) -> None:
        before = repr((self.app.rows, self.remote.rows, self.engine.links))
        for lost, resync in ((False, False), (True, False), (False, True), (False, False)):
            self.remote.token_lost = lost
            plan = self.engine.sync(resync=resync)
            assert plan.quiet and not plan.questions, ("not quiet", lost, resync, plan)
            assert repr((self.app.rows, self.remote.rows, self.engine.links)) == before, ("moved", plan)

    def check_links(self) -> None:
        links, direction = self.engine.links.values(), self.engine.policy.direction
        app_ids, remote_ids = [link.app_id for link in links], [link.remote_id for link in links]
        assert len(set(app_ids)) == len(app_ids) and len(set(remote_ids)) == len(remote_ids), links
        for link in self.engine.live:
            assert link.app_id in self.app.living() and link.remote_id in self.remote.rows, link
        if direction is not Direction.TO_APP:
            assert set(self.app.living()) <= set(app_ids), ("never sent", links)
        if direction is not Direction.TO_REMOTE:
            living = self.app.living()
            orphans = {id for id, row in self.remote.rows.items() if row.stamp and row.stamp not in living}
            assert set(self.remote.rows) - orphans <= set(remote_ids), ("never brought in", links)

    def check_agreement(self) -> None:
        both = self.engine.policy.direction is Direction.BOTH
        for link in self.engine.live:
            ours = KIND.cells(self.remote.stored(self.app.rows[link.app_id].fields))
            theirs = KIND.cells(self.remote.rows[link.remote_id].fields)
            differ = {cell for cell in {*ours, *theirs} if ours.get(cell) != theirs.get(cell)}
            assert not (both and link.held), ("held", link)
            assert differ <= set(link.held), ("differ", differ, link, ours, theirs)

    def check_direction(self) -> None:
        direction = self.engine.policy.direction
        for side, verb in self.engine.writes:
            proposed = direction is Direction.TO_APP and verb.removes  # and a person said yes
            assert direction.writes(side) or proposed, ("wrote to its source", side, verb)

    def check_values(self) -> None:
        kept = repr((self.app.rows, self.remote.rows, self.engine.journal)).lower()
        lost = {mark for mark in self.entered - self.superseded if mark not in kept}
        assert not lost, ("lost", lost, self.engine.journal)


def at_step(at: int, act: Callable[[], None]) -> Callable[[], None]:
    steps = iter(range(10**6))
    return lambda: act() if next(steps) == at else None


def last_answer(question: Question) -> str:
    """When the machine winds down, somebody answers whatever is still open."""
    choices = [choice.answer for choice in question.choices]
    return choices[int(question.key, 16) % len(choices)]


def run(examples: int, number: int = 1, steps: int = 25, **more: Any) -> None:
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        **more,
    )
    run_state_machine_as_test(seed(number)(TwoSides), settings=profile)


if __name__ == "__main__":
    shrink = [Phase.generate, Phase.shrink] if "--shrink" in sys.argv else [Phase.generate]
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    run(*numbers, phases=shrink, print_blob=False)
    print("ok", numbers)
