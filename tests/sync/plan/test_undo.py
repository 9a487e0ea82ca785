"""Preview, picking and undo."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.plan.machine import POLICIES
from tests.sync.plan.scenes import Scene, app, remote, titled
from tests.sync.plan.world import AppSide, Engine, RemoteSide
from tradepost.sync.action import Plan, Verb
from tradepost.sync.policy import BulkLimit, Policy, RemoteDelete
from tradepost.sync.presets import SAFE
from tradepost.sync.record import Fields, Side

EVENT: Fields = {"title": "Review", "place": "Room 1", "colour": "red", "start": "1", "end": "2"}
MIXED = Scene(
    (app(fields=titled("CEO")), app("a2", {"emails": ["b@x"]}), app("a3", {"emails": ["c@x"]})),
    (
        remote(fields={**titled("Buyer"), "suffix": "PhD"}),
        remote("r3", {"emails": ["c@x"]}),
        remote("r4", {"emails": ["d@x"]}),
    ),
)


def test_a_preview_counts_every_write_and_link() -> None:
    preview = MIXED.plan(SAFE).preview
    assert str(preview) == "create 1 here, create 1 there, update 1 here, update 1 there, link 1"
    assert preview.counts[Side.APP, Verb.UPDATE] == 1 and preview.questions == 0
    assert str(Plan().preview) == "nothing to do"
    asked = Scene((app(),), (remote("r1"), remote("r2")), ()).plan(SAFE).preview
    assert str(asked) == "nothing to do; 2 questions"


def test_every_action_says_why() -> None:
    assert all(action.reason.endswith(".") for action in MIXED.plan(SAFE).actions)


def test_a_picked_plan_is_partial_and_made_again_without_what_was_done() -> None:
    plan = MIXED.plan(SAFE)
    picked = plan.pick({"app:a2"})
    assert [action.app_id for action in picked.actions] == ["a2"] and picked.partial and not plan.partial
    assert plan.pick([action.key for action in plan.actions]) == plan


def test_what_changed_since_is_not_undone() -> None:
    engine = Engine(AppSide(), RemoteSide(), Policy())
    engine.app.put("u1", EVENT)
    engine.sync()
    (name,) = engine.remote.rows
    engine.remote.put(name, {**EVENT, "place": "room 2"}, "u1")
    engine.undo()
    assert engine.remote.rows[name].fields["place"] == "room 2"


def test_an_undone_deletion_stays_undone() -> None:
    engine = Engine(AppSide(), RemoteSide(), Policy(on_remote_delete=RemoteDelete.TRASH))
    engine.app.put("u1", EVENT)
    engine.sync()
    engine.done.clear()
    engine.remote.remove(*engine.remote.rows)
    engine.sync()
    assert not engine.app.living()
    engine.undo()
    assert engine.app.rows["u1"].fields == EVENT and engine.app.living() == ["u1"]
    assert not engine.sync().preview.counts and engine.app.living() == ["u1"]


ACTS = st.lists(
    st.tuples(st.sampled_from(["create", "edit", "delete"]), st.sampled_from(Side), st.integers(0, 9)),
    max_size=8,
)


@settings(deadline=None, max_examples=150)
@given(before=ACTS, after=ACTS, policy=POLICIES)
def test_an_undone_run_leaves_both_sides_as_they_were(before: list, after: list, policy: Policy) -> None:
    """The records are equal field by field, whatever the run did; and the next pass does not do it again."""
    engine = Engine(AppSide(), RemoteSide(), replace(policy, bulk_limit=BulkLimit(99, 1.0)))
    act(engine, before, "before")
    engine.sync(), engine.sync()
    act(engine, after, "after")
    engine.done.clear()
    state = whole(engine)
    engine.sync()
    engine.undo()
    assert whole(engine) == state
    engine.sync()
    assert whole(engine) == state


def act(engine: Engine, acts: list[tuple[str, Side, int]], when: str) -> None:
    for number, (what, side, index) in enumerate(acts):
        engine.app.clock = engine.remote.clock = engine.app.clock + 1
        value, name = f"{when}{number}", f"{when}{number}"
        ids = engine.app.living() if side is Side.APP else sorted(engine.remote.rows)
        if what == "create" or not ids:
            engine.app.put(name, {**EVENT, "title": value}) if side is Side.APP else engine.remote.put(
                name, {**EVENT, "title": value}
            )
        elif what == "edit":
            id = ids[index % len(ids)]
            row = engine.app.rows[id] if side is Side.APP else engine.remote.rows[id]
            fields = {**row.fields, "title" if index % 2 else "place": value}
            engine.app.put(id, fields) if side is Side.APP else engine.remote.put(id, fields, row.stamp)
        else:
            id = ids[index % len(ids)]
            engine.app.mark(id, alive=False) if side is Side.APP else engine.remote.remove(id)


def whole(engine: Engine) -> object:
    """What a person sees: living records, their fields and whether they are cancelled."""
    here = {id: (engine.app.rows[id].fields, engine.app.rows[id].cancelled) for id in engine.app.living()}
    return deepcopy((here, {id: row.fields for id, row in engine.remote.rows.items()}))
