"""The truth tables of the sources row by row, to the letter in the Oro preset, and the same rows in the safe one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sync.plan.scenes import ANNA, LINK, SCENES, Scene, app, as_event, deleted, outcome, remote, titled
from tradepost.sync.action import Subject, Verb
from tradepost.sync.policy import Conflicts, Direction, Imports, Mode, PassOrder
from tradepost.sync.presets import ORDER_TIME, ORO, SAFE

#  What happened              in the Oro preset            in the safe preset (defaults 3, 4, 5, 7, 9)
D29 = [
    ("exists on both sides", "link, update remote", "link"),
    ("absent there", "create remote", "create remote"),
    ("several match", "link, update remote", "ask several_matches, ask several_matches"),
    ("changed here", "update remote", "update remote"),
    ("changed there", "nothing", "nothing"),
    ("deleted there", "create remote", "unlink"),
    ("deleted here", "unlink", "trash remote"),
]
D33 = [
    ("exists on both sides", "link, update app", "link, update app"),
    ("absent here", "create app", "create app"),
    ("changed here", "update app", "nothing"),
    ("changed there", "update app", "update app"),
    ("deleted there", "unlink", "unlink"),
    ("deleted here", "delete remote", "ask delete"),
]
D35 = [
    ("exists on both sides", "link, update remote", "link, update app"),
    ("absent there", "create remote", "create remote"),
    ("absent here", "create app", "create app"),
    ("changed here", "update remote", "update remote"),
    ("changed there", "update app", "update app"),
    ("changed in both", "update remote", "update app"),
    ("deleted there", "create remote", "unlink"),
    ("deleted here", "delete remote", "trash remote"),
]
TABLES = [(Direction.TO_REMOTE, D29), (Direction.TO_APP, D33), (Direction.BOTH, D35)]
ROWS = [(direction, *row) for direction, table in TABLES for row in table]


def test_the_tables_are_whole() -> None:
    assert [len(table) for _, table in TABLES] == [7, 6, 8]


@pytest.mark.req("D29", "D33", "D35")
@pytest.mark.parametrize(("direction", "scene", "oro", "safe"), ROWS)
def test_row(direction: Direction, scene: str, oro: str, safe: str) -> None:
    assert outcome(SCENES[scene].plan(ORO.towards(direction))) == oro
    assert outcome(SCENES[scene].plan(SAFE.towards(direction))) == safe


# Events differ in the safe preset only: those made there stay there (A19), one deleted there is cancelled (defaults 17).
SAFE_EVENTS = {
    ("both", "absent here"): "nothing",
    ("to_app", "absent here"): "nothing",
    ("both", "deleted there"): "cancel app",
    ("to_app", "deleted there"): "cancel app",
}


@pytest.mark.req("D29", "D33", "D35", "T11")
@pytest.mark.parametrize(("direction", "scene", "oro", "safe"), ROWS)
def test_row_of_events(direction: Direction, scene: str, oro: str, safe: str) -> None:
    meeting = as_event(SCENES[scene])
    assert outcome(meeting.plan(ORO.towards(direction))) == oro
    assert outcome(meeting.plan(SAFE.towards(direction))) == SAFE_EVENTS.get((direction, scene), safe)


@pytest.mark.req("D26", "D29", "D33", "D35")
@pytest.mark.parametrize(
    ("direction", "scene", "side", "title"),
    [
        (Direction.TO_REMOTE, "exists on both sides", "remote", "Buyer"),
        (Direction.TO_REMOTE, "changed here", "remote", "CEO"),
        (Direction.TO_APP, "exists on both sides", "app", "Boss"),
        (Direction.TO_APP, "changed here", "app", "Buyer"),
        (Direction.TO_APP, "changed there", "app", "CFO"),
        (Direction.BOTH, "exists on both sides", "remote", "Buyer"),
        (Direction.BOTH, "changed in both", "remote", "CEO"),
    ],
)
def test_whose_values_stand_in_the_oro_preset(
    direction: Direction, scene: str, side: str, title: str
) -> None:
    (action,) = SCENES[scene].plan(ORO.towards(direction)).actions
    write = getattr(action, side)
    assert write.after["job_title"] == title
    assert write.expect in (getattr(SCENES[scene], side) or (LINK.last_seen(write.side),))[0].version


@pytest.mark.req("D35")
@pytest.mark.parametrize(
    ("conflicts", "oro", "safe"),
    [
        (Conflicts.APP_WINS, "update remote", "update remote"),
        (Conflicts.REMOTE_WINS, "update app", "update app"),
        (Conflicts.NEWEST_WINS, "update app", "update app"),
        (Conflicts.ASK, "ask conflict", "ask conflict"),
    ],
)
def test_changed_in_both_is_the_conflict_setting(conflicts: Conflicts, oro: str, safe: str) -> None:
    scene = SCENES["changed in both"]
    assert outcome(scene.plan(ORO.towards(Direction.BOTH, conflicts))) == oro
    assert outcome(scene.plan(SAFE.towards(Direction.BOTH, conflicts))) == safe


@pytest.mark.req("D34")
def test_the_pass_to_the_remote_comes_first_and_blind_only_if_asked_for() -> None:
    scene = Scene(
        (app(fields=titled("CEO")), app("a2", {"first_name": "Bob"})), (remote("r3", {"first_name": "Cleo"}),)
    )
    plan = scene.plan(ORO)
    assert [bool(action.remote) for action in plan.actions] == [True, True, False]
    blind = replace(ORO.policy, conflicts=Conflicts.REMOTE_WINS, pass_order=PassOrder.APP_FIRST_BLIND)
    (action,) = SCENES["changed in both"].plan(replace(ORO, policy=blind)).actions
    assert action.remote and action.remote.after["job_title"] == "CEO"
    assert action.lost[0].remote[action.lost[0].cells.index("job_title")] == "CFO"


@pytest.mark.req("D30")
@pytest.mark.parametrize("direction", [Direction.TO_APP, Direction.BOTH])
def test_what_carries_no_id_of_ours_becomes_a_new_record(direction: Direction) -> None:
    for preset in (SAFE, ORO):
        (action,) = SCENES["absent here"].plan(preset.towards(direction)).actions
        assert action.app and (action.app.verb, action.app.id) == (Verb.CREATE, "")
        assert {name: action.app.after[name] for name in ANNA} == ANNA


@pytest.mark.req("D32")
def test_what_is_absent_here_is_deleted_there_only_in_the_oro_preset() -> None:
    gone = SCENES["out of reach here"]
    orphan = Scene((), (remote(stamp="a9"),), ())
    assert outcome(gone.plan(ORO)) == outcome(orphan.plan(ORO)) == "delete remote"
    assert outcome(gone.plan(SAFE)) == "unlink"
    assert outcome(orphan.plan(SAFE)) == "create app"
    assert outcome(gone.plan(ORO.towards(Direction.TO_REMOTE))) == "unlink"
    known = Scene((deleted(app("a9")),), (remote(stamp="a9"),), ())
    assert outcome(known.plan(SAFE.towards(Direction.TO_APP))) == "ask delete"


@pytest.mark.req("D28", "D31")
@pytest.mark.parametrize("direction", list(Direction))
def test_a_resync_purges_in_the_oro_preset_after_consent(direction: Direction) -> None:
    scene = Scene(
        (app(),), (remote(), remote("r2", stamp="a7"), remote("r3", {"first_name": "X"})), mode=Mode.FIRST
    )
    asked = scene.plan(ORO.towards(direction))
    assert asked.halted and [q.subject for q in asked.questions] == [Subject.PURGE]
    plan = scene.plan(ORO.towards(direction), answers={asked.questions[0].key: "purge"})
    removed = [a.remote_id for a in plan.actions if a.remote and a.remote.verb.removes]
    assert removed == [a.remote_id for a in plan.actions][:2] and set(removed) == {"r1", "r2"}
    created = [a.app_id for a in plan.actions if a.remote and not a.remote.verb.removes]
    assert created == ([] if direction is Direction.TO_APP else ["a1"])


@pytest.mark.req("D28", "D31")
def test_a_resync_in_the_safe_preset_links_again_and_deletes_nothing() -> None:
    lost_links = Scene(
        (app(), app("a2", {"emails": ["b@x"]})),
        (remote(stamp="a1"), remote("r2", {"emails": ["b@x"]})),
        (),
        Mode.FIRST,
    )
    assert outcome(lost_links.plan(SAFE)) == "link, link"
    kept = Scene((app(),), (remote(),), (LINK,), Mode.FIRST)
    assert kept.plan(SAFE).quiet
    gone = Scene((deleted(app()),), (remote(),), (LINK,), Mode.FIRST)
    assert outcome(gone.plan(SAFE)) == "unlink"


EVENTS = {
    "deleted there": Scene((), (deleted(remote()),), kind="event"),
    "edited there": Scene((), (remote(fields={**ANNA, "title": "Moved"}),), kind="event"),
    "edited here": Scene((app(fields={"title": "Moved"}),), kind="event"),
    "deleted here": Scene((deleted(app()),), kind="event"),
}


@pytest.mark.req("A20")
@pytest.mark.parametrize(
    ("scene", "safe", "source"),
    [
        ("edited here", "update remote", "update remote"),
        ("edited there", "update app", "update app"),
        ("deleted here", "trash remote", "trash remote"),
        ("deleted there", "cancel app", "delete app"),
    ],
)
def test_events_move_and_go_both_ways(scene: str, safe: str, source: str) -> None:
    assert outcome(EVENTS[scene].plan(SAFE)) == safe
    assert outcome(EVENTS[scene].plan(ORDER_TIME)) == source


@pytest.mark.req("A19")
@pytest.mark.parametrize(
    ("imports", "stranger", "known"),
    [
        ("none", "nothing", "nothing"),
        ("with_contacts", "nothing", "create app"),
        ("all", "create app", "create app"),
    ],
)
def test_events_made_in_the_calendar_app(imports: str, stranger: str, known: str) -> None:
    preset = replace(SAFE, policy=replace(SAFE.policy, import_external_events=Imports(imports)))
    for known_contact, expected in ((False, stranger), (True, known)):
        scene = Scene((), (remote(known_contact=known_contact),), (), kind="event")
        assert outcome(scene.plan(preset)) == expected
