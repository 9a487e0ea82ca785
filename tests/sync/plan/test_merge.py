"""Three-way merge by group over a dual base."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sync.plan.scenes import ANNA, LATE, LINK, MEETING, Scene, app, outcome, remote, titled
from tradepost.sync.action import Action, Subject
from tradepost.sync.policy import Conflicts, Direction, Invites
from tradepost.sync.presets import CONTACT, EVENT, SAFE
from tradepost.sync.record import Agreed, Fields, Link, Side

MEETING_LINK = Link("k1", "a1", "r1", MEETING, MEETING, "A1", "R1")
ASK = SAFE.towards(Direction.BOTH, Conflicts.ASK)


def one(scene: Scene, preset: object = SAFE, **more: object) -> Action:
    (action,) = scene.plan(preset, **more).actions  # type: ignore[arg-type]
    return action


def meeting(ours: Fields, theirs: Fields) -> Scene:
    left, right = app(fields={**MEETING, **ours}), remote(fields={**MEETING, **theirs})
    return Scene((left,), (right,), (MEETING_LINK,), kind="event")


def test_disjoint_edits_both_travel_and_nothing_is_lost() -> None:
    action = one(Scene((app(fields=titled("CEO")),), (remote(fields={**ANNA, "suffix": "PhD"}),)))
    assert action.app and action.app.patch == {"suffix": "PhD"} and action.app.expect == "a1-now"
    assert action.remote and action.remote.patch == {"job_title": "CEO"} and action.remote.expect == "r1-now"
    assert action.lost == () and action.reason == "Job title changed here; suffix changed there."


@pytest.mark.parametrize(
    ("conflicts", "later", "winner"),
    [
        (Conflicts.APP_WINS, Side.REMOTE, Side.APP),
        (Conflicts.REMOTE_WINS, Side.APP, Side.REMOTE),
        (Conflicts.NEWEST_WINS, Side.REMOTE, Side.REMOTE),
        (Conflicts.NEWEST_WINS, Side.APP, Side.APP),
    ],
)
def test_the_losing_value_is_listed(conflicts: Conflicts, later: Side, winner: Side) -> None:
    left, right = app(fields=titled("CEO")), remote(fields=titled("CFO"))
    left = replace(left, changed=LATE.replace(hour=11)) if later is Side.APP else left
    action = one(Scene((left,), (right,)), SAFE.towards(Direction.BOTH, conflicts))
    (lost,) = action.lost
    assert (lost.cells, lost.winner, lost.app, lost.remote) == (("job_title",), winner, ("CEO",), ("CFO",))
    write = action.remote if winner is Side.APP else action.app
    assert write and write.after["job_title"] == ("CEO" if winner is Side.APP else "CFO")


def test_ask_parks_the_group_alone_until_it_is_answered_for_exactly_these_values() -> None:
    left, right = app(fields=titled("CEO")), remote(fields={**titled("CFO"), "suffix": "PhD"})
    plan = Scene((left,), (right,)).plan(ASK)
    (question,), (action,) = plan.questions, plan.actions
    assert question.subject is Subject.CONFLICT and (question.app, question.remote) == (("CEO",), ("CFO",))
    assert action.app and action.app.patch == {"suffix": "PhD"} and action.remote is None
    assert action.after and action.after.held == {"job_title": Agreed("Buyer", "Buyer")}
    # Nothing new is read, and still it is the same question, and its answer is carried out.
    parked = Scene((), (), (action.after,))
    assert parked.plan(ASK).questions == plan.questions and not parked.plan(ASK).actions
    answered = one(parked, ASK, answers={question.key: "remote"})
    assert (
        answered.app
        and answered.app.patch == {"job_title": "CFO"}
        and answered.after
        and not answered.after.held
    )
    moved = Scene((app(fields=titled("CTO")),), (), (action.after,))
    assert [q.app for q in moved.plan(ASK, answers={question.key: "remote"}).questions] == [("CTO",)]


def test_an_edit_against_the_direction_is_held_and_travels_when_the_direction_allows_it() -> None:
    one_way = SAFE.towards(Direction.TO_REMOTE)
    held = one(Scene((), (remote(fields=titled("CFO")),)), one_way)
    assert held.silent and held.after
    later = Scene((), (), (held.after,))
    assert later.plan(one_way).quiet
    assert one(later).app and outcome(later.plan(SAFE)) == "update app"


def test_start_end_and_zone_are_one_group() -> None:
    plan = meeting({"start": "2026-03-02T08:00"}, {"end": "2026-03-02T12:00"}).plan(ASK)
    assert [question.cells[:5] for question in plan.questions] == [
        ("start", "end", "all_day", "zone", "rrule")
    ]


def test_overrides_of_different_instances_merge() -> None:
    first, second = "2026-03-16T09:00", "2026-03-23T09:00"
    ours = {**MEETING["overrides"], first: {"title": "Ours"}}  # type: ignore[dict-item]
    action = one(meeting({"overrides": ours}, {"overrides": {second: {"cancelled": True}}}))
    assert action.app and action.app.after["overrides"] == {
        first: {"title": "Ours"},
        second: {"cancelled": True},
    }
    assert action.remote and action.remote.after["overrides"] == action.app.after["overrides"]


def test_overrides_go_with_the_series_when_it_moved() -> None:
    moved = {
        "start": "2026-03-02T10:00",
        "end": "2026-03-02T11:00",
        "overrides": {"2026-03-09T10:00": {"title": "Moved"}},
    }
    ours = {"overrides": {"2026-03-09T09:00": {"title": "Ours"}}}
    action = one(meeting(ours, moved))
    assert action.app and action.app.after["overrides"] == moved["overrides"] and not action.remote
    assert "overrides/2026-03-09T09:00" in action.lost[0].cells and {"title": "Ours"} in action.lost[0].app


def test_a_lossy_mapping_is_no_edit() -> None:
    def render(fields: Fields) -> Fields:
        return {**fields, "gender": None, "first_name": str(fields.get("first_name")).strip()}

    kinds = {"contact": replace(CONTACT, render=render)}
    ours, theirs = {**ANNA, "gender": "female", "first_name": "Anna "}, ANNA
    link = replace(LINK, app_base=ours, remote_base=theirs)
    preset = replace(SAFE, kinds=kinds)
    assert Scene((app(fields=ours),), (remote(fields=theirs),), (link,)).plan(preset).quiet
    assert outcome(Scene((app(fields=ours),), (remote(fields=theirs),), ()).plan(preset)) == "link"
    action = one(Scene((app(fields=ours),), (remote(fields=titled("CFO")),), (link,)), preset)
    assert action.app and action.app.patch == {"job_title": "CFO"}


def test_an_echo_only_moves_the_version() -> None:
    echo = remote(version="R2")
    assert CONTACT.is_echo(LINK, Side.REMOTE, echo) and not CONTACT.is_echo(
        LINK, Side.REMOTE, remote(fields={})
    )
    action = one(Scene((), (echo,)))
    assert action.silent and action.after and action.after.remote_version == "R2"
    again = Scene((), (echo,), (action.after,))
    assert again.plan(SAFE).actions == ()


@pytest.mark.parametrize(
    ("invites", "expected"),
    [
        (Invites.ORGANIZER_WRITES, {"answer": "ACCEPTED"}),
        (Invites.AS_REGULAR, {"answer": "ACCEPTED", "title": "Mine"}),
    ],
)
def test_only_the_own_answer_is_written_to_a_foreign_meeting(invites: Invites, expected: Fields) -> None:
    scene = meeting({"title": "Mine", "answer": "ACCEPTED"}, {})
    scene = replace(scene, remote=(replace(scene.remote[0], writable=frozenset({"answer"})),))
    preset = replace(SAFE, policy=replace(SAFE.policy, invites=invites))
    action = one(scene, preset)
    assert action.remote and action.remote.patch == expected


def test_blank_text_lists_and_absent_fields_are_one() -> None:
    blank = {**MEETING, "location": "", "attendees": [], "description": None}
    assert EVENT.digest(blank) == EVENT.digest(MEETING)
    assert EVENT.digest({**MEETING, "attendees": ("a", "b")}) == EVENT.digest(
        {**MEETING, "attendees": ["a", "b"]}
    )
