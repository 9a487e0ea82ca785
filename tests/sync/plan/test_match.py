"""First sight: stamp, then global identity, then keys; only what is unique on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sync.plan.scenes import LINK, Scene, app, deleted, outcome, remote
from tradepost.sync.action import Subject
from tradepost.sync.policy import MultiMatch
from tradepost.sync.presets import ORO, SAFE, Preset
from tradepost.sync.record import Fields

FIRST = replace(SAFE, policy=replace(SAFE.policy, multi_match=MultiMatch.FIRST_BY_ID))
JOHN = {"first_name": "John", "last_name": "Smith"}


def linked(scene: Scene, preset: Preset = SAFE, **more: object) -> list[tuple[str, str]]:
    return [
        (a.app_id, a.remote_id)
        for a in scene.plan(preset, **more).actions
        if a.before is None and a.app_id and a.remote_id and (None, "link") in a.verbs
    ]


@pytest.mark.req("D25", "D27")
def test_the_stamp_goes_before_the_identity_and_that_before_the_key() -> None:
    ours = (app("a1", {}, uid="u"), app("a2", {"emails": ["x@y"]}), app("a3", {"emails": ["z@y"]}))
    theirs = (remote("r1", {"emails": ["x@y"]}, stamp="a3"), remote("r2", {"emails": ["z@y"]}, uid="u"))
    assert linked(Scene(ours, theirs, ())) == [("a1", "r2"), ("a3", "r1")]


@pytest.mark.req("D24")
@pytest.mark.parametrize(
    ("preset", "kind", "ours", "theirs", "same"),
    [
        (SAFE, "contact", {"emails": ["a@x", "J@Smith.example"]}, {"emails": ["j@smith.example"]}, True),
        (SAFE, "contact", JOHN, JOHN, False),
        (
            SAFE,
            "contact",
            {**JOHN, "phones": ["+49 170 1234567"]},
            {**JOHN, "phones": ["0170/123 45 67"]},
            True,
        ),
        (ORO, "contact", JOHN, {**JOHN, "gender": "male"}, True),
        (ORO, "contact", {**JOHN, "gender": "female"}, {**JOHN, "gender": "male"}, False),
        (ORO, "contact", {**JOHN, "birthday": "1970-01-01"}, {**JOHN, "birthday": "1980-01-01"}, False),
        (
            SAFE,
            "event",
            {"title": "A", "start": "1", "end": "2"},
            {"title": "a", "start": "1", "end": "2"},
            True,
        ),
        (
            SAFE,
            "event",
            {"title": "A", "start": "1", "end": "2"},
            {"title": "A", "start": "1", "end": "3"},
            False,
        ),
        (ORO, "task", {"subject": "Call", "priority": "high"}, {"subject": "call", "priority": "high"}, True),
        (
            SAFE,
            "task",
            {"subject": "Call", "priority": "high"},
            {"subject": "Call", "priority": "high"},
            False,
        ),
        (
            SAFE,
            "task",
            {"subject": "Call", "due": "2026-03-01"},
            {"subject": "call", "due": "2026-03-01"},
            True,
        ),
    ],
)
def test_keys(preset: Preset, kind: str, ours: Fields, theirs: Fields, same: bool) -> None:
    scene = Scene((app(fields=ours),), (remote(fields=theirs),), (), kind=kind)
    assert bool(linked(scene, preset)) is same


def test_several_matches_write_nothing_and_ask_until_a_person_chooses() -> None:
    scene = Scene((app("a1"), app("a2")), (remote("r1"),), ())
    plan = scene.plan(SAFE)
    (question,) = plan.questions
    assert plan.actions == () and plan.again == {"r1"} and question.subject is Subject.SEVERAL_MATCHES
    assert [choice.answer for choice in question.choices] == ["a1", "a2", "new"]
    assert linked(scene, answers={question.key: "a2"}) == [("a2", "r1")]
    assert (
        outcome(scene.plan(SAFE, answers={question.key: "new"})) == "create remote, create remote, create app"
    )


def test_two_of_theirs_for_one_of_ours_are_asked_about_too() -> None:
    scene = Scene((app(),), (remote("r1"), remote("r2")), ())
    questions = scene.plan(SAFE).questions
    assert [q.remote_id for q in questions] == ["r1", "r2"] and scene.plan(SAFE).again == {"r1", "r2"}
    assert linked(scene, answers={questions[1].key: "a1"}) == [("a1", "r2")]
    both = scene.plan(SAFE, answers={q.key: "a1" for q in questions})
    assert [a.remote_id for a in both.actions] == ["r1"] and [q.remote_id for q in both.questions] == ["r2"]


def test_the_first_by_id_is_taken_where_the_policy_says_so() -> None:
    assert linked(Scene((app("a2"), app("a1")), (remote("r2"), remote("r1")), ()), FIRST) == [
        ("a1", "r1"),
        ("a2", "r2"),
    ]


def test_a_copy_of_a_linked_record_is_a_record_of_its_own() -> None:
    assert outcome(Scene((), (remote("r2", stamp="a1"),)).plan(SAFE)) == "create app"


def test_our_unfinished_re_creation_is_linked_again() -> None:
    scene = Scene((app(),), (deleted(remote()), remote("r2", stamp="a1")), (LINK,))
    (action,) = scene.plan(SAFE).actions
    assert action.before == LINK and action.after and action.after.remote_id == "r2" and not action.remote
