"""Deletions: what is verified, what is many, what a person is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sync.plan.scenes import ANNA, LINK, Scene, absent, app, deleted, outcome, remote, titled
from tradepost.sync.action import Subject, Verb, name_for
from tradepost.sync.policy import BulkLimit, Conflicts, Direction, LocalDelete, Mode, RemoteDelete
from tradepost.sync.presets import SAFE, Preset
from tradepost.sync.record import Bond, Link, Record, Side


def with_policy(**more: object) -> Preset:
    return replace(SAFE, policy=replace(SAFE.policy, **more))  # type: ignore[arg-type]


def many(count: int) -> tuple[Link, ...]:
    return tuple(replace(LINK, key=f"k{n}", app_id=f"a{n}", remote_id=f"r{n}") for n in range(count))


def gone(count: int, make: type[Record] | None = None) -> tuple[Record, ...]:
    return tuple(deleted(remote(f"r{n}")) for n in range(count))


@pytest.mark.parametrize(
    ("deletions", "linked", "halts"),
    [(1, 3, False), (2, 20, False), (3, 20, True), (5, 60, False), (6, 60, True), (6, 600, True)],
)
def test_more_than_five_or_ten_per_cent_pause_and_ask(deletions: int, linked: int, halts: bool) -> None:
    plan = Scene((), gone(deletions), many(linked)).plan(SAFE)
    assert plan.halted is halts
    assert [q.subject for q in plan.questions] == ([Subject.BULK_DELETE] if halts else [])
    assert len(plan.actions) == (0 if halts else deletions)


def test_the_population_counts_where_only_some_links_are_given() -> None:
    assert not Scene((), gone(3), many(3)).plan(SAFE, population=100).halted
    assert not Scene((), gone(60), many(60)).plan(with_policy(bulk_limit=None)).halted
    assert Scene((), gone(2), many(9)).plan(with_policy(bulk_limit=BulkLimit(1, 1.0))).halted


@pytest.mark.parametrize(
    ("side", "answer", "expected"),
    [
        (Side.REMOTE, "apply", "cancel app"),
        (Side.REMOTE, "keep", "unlink"),
        (Side.REMOTE, "recreate", "create remote"),
        (Side.APP, "apply", "trash remote"),
        (Side.APP, "keep", "unlink"),
    ],
)
def test_the_answer_to_a_bulk_deletion(side: Side, answer: str, expected: str) -> None:
    dead = tuple(deleted(app(f"a{n}")) for n in range(8))
    scene = Scene(
        dead if side is Side.APP else (), gone(8) if side is Side.REMOTE else (), many(9), kind="event"
    )
    (question,) = scene.plan(SAFE).questions
    plan = scene.plan(SAFE, answers={question.key: answer})
    assert outcome(plan) == ", ".join([expected] * 8)
    more = (
        replace(scene, app=(*scene.app, deleted(app("a8"))))
        if side is Side.APP
        else replace(scene, remote=gone(9))
    )
    assert more.plan(SAFE, answers={question.key: answer}).halted


@pytest.mark.parametrize("rule", RemoteDelete)
def test_what_stands_elsewhere_is_not_deleted_with_one_of_its_places(rule: RemoteDelete) -> None:
    """Nor does anybody ask, however many they are; what is to be recreated there is (D29)."""
    preset = with_policy(on_calendar_delete=rule, on_remote_delete=rule)
    plan = Scene((), gone(8), many(9), kind="event").plan(preset, elsewhere={f"a{n}" for n in range(8)})
    assert not plan.questions
    expected = "create remote" if rule is RemoteDelete.RECREATE else "unlink"
    assert outcome(plan) == ", ".join([expected] * 8)


def test_an_emptied_calendar_deletes_nothing_without_consent() -> None:
    plan = Scene((), (), many(500), Mode.FULL).plan(SAFE)
    assert len(plan.fetch) == 500 and not plan.actions and not plan.questions
    read = Scene((), gone(500), many(500), Mode.FULL).plan(SAFE)
    assert read.halted and not read.actions and not read.fetch


def test_a_list_that_was_cut_short_asks_nobody() -> None:
    there = tuple(remote(f"r{n}", version="R1") for n in range(500))
    plan = Scene((), there, many(500), Mode.FULL).plan(SAFE)
    assert plan.quiet and not plan.questions and not plan.fetch


def test_absence_from_a_complete_list_is_verified_first() -> None:
    scene = Scene((), (), (LINK,), Mode.FULL)
    plan = scene.plan(SAFE)
    assert [fetch.remote_id for fetch in plan.fetch] == ["r1"] and not plan.actions and not plan.quiet
    assert outcome(replace(scene, remote=(deleted(remote()),)).plan(SAFE)) == "unlink"
    assert replace(scene, remote=(remote(version="R1"),)).plan(SAFE).fetch == ()


def test_what_left_the_window_is_kept_and_comes_back() -> None:
    (action,) = Scene((), (absent(remote()),), kind="event").plan(SAFE).actions
    assert (
        action.after
        and action.after.bond is Bond.KEPT
        and action.after.gone is Side.REMOTE
        and not action.app
    )
    (back,) = Scene((app(fields=titled("CEO")),), (remote(),), (action.after,)).plan(SAFE).actions
    assert (
        back.after
        and back.after.bond is Bond.LIVE
        and back.remote
        and back.remote.patch == {"job_title": "CEO"}
    )


def test_a_record_out_of_reach_is_read_again_there_when_it_is_back() -> None:
    (action,) = Scene((absent(app()),), ()).plan(SAFE).actions
    assert action.after
    plan = Scene((app(),), (), (action.after,)).plan(SAFE)
    assert [fetch.remote_id for fetch in plan.fetch] == ["r1"]


def test_a_deleted_record_that_returns_is_restored() -> None:
    (cancel,) = Scene((), (deleted(remote()),), kind="event").plan(SAFE).actions
    assert (
        cancel.app and cancel.app.verb is Verb.CANCEL and cancel.after and cancel.after.bond is Bond.CANCELLED
    )
    (restore,) = Scene((), (remote(),), (cancel.after,), kind="event").plan(SAFE).actions
    assert (
        restore.app and restore.app.verb is Verb.RESTORE and restore.after and restore.after.bond is Bond.LIVE
    )


@pytest.mark.parametrize(
    ("conflicts", "here", "there"),
    [
        (Conflicts.NEWEST_WINS, "restore app", "create remote"),
        (Conflicts.APP_WINS, "trash remote", "create remote"),
        (Conflicts.REMOTE_WINS, "restore app", "trash app"),
        (Conflicts.ASK, "ask edit_or_delete", "ask edit_or_delete"),
    ],
)
def test_deleted_on_one_side_and_changed_on_the_other(conflicts: Conflicts, here: str, there: str) -> None:
    preset = with_policy(conflicts=conflicts, on_remote_delete=RemoteDelete.TRASH)
    deleted_here = Scene((deleted(app()),), (remote(fields=titled("CFO")),))
    deleted_there = Scene((app(fields=titled("CEO")),), (deleted(remote()),))
    assert outcome(deleted_here.plan(preset)) == here
    assert outcome(deleted_there.plan(preset)) == there
    for action in (*deleted_here.plan(preset).actions, *deleted_there.plan(preset).actions):
        assert bool(action.lost) is any(verb is Verb.TRASH for _, verb in action.verbs)


def test_an_open_question_about_a_deletion_is_remembered() -> None:
    preset = with_policy(on_local_delete=LocalDelete.ASK)
    plan = Scene((deleted(app()),)).plan(preset)
    (question,), (action,) = plan.questions, plan.actions
    assert action.silent and action.after and action.after.gone is Side.APP
    later = Scene((), (), (action.after,))
    assert later.plan(preset).questions == plan.questions and later.plan(preset).actions == ()
    assert outcome(later.plan(preset, answers={question.key: "delete"})) == "trash remote"
    assert outcome(later.plan(preset, answers={question.key: "keep"})) == "unlink"


def test_what_both_deleted_is_forgotten_and_a_foreign_meeting_is_left() -> None:
    (action,) = Scene((deleted(app()),), (deleted(remote()),)).plan(SAFE).actions
    assert action.after is None and not action.app and not action.remote
    foreign = Scene((deleted(app()),), (remote(writable=frozenset({"answer"})),), kind="event")
    assert outcome(foreign.plan(SAFE)) == "unlink"


def test_only_what_we_named_ourselves_is_removed_by_its_stamp() -> None:
    tombstone = (deleted(app("a9")),)
    ours, copy = remote(name_for("a9"), stamp="a9"), remote("r9", stamp="a9")
    assert outcome(Scene(tombstone, (ours,), ()).plan(SAFE)) == "trash remote"
    assert outcome(Scene(tombstone, (copy,), ()).plan(SAFE)) == "ask delete"
    assert outcome(Scene(tombstone, (copy,), ()).plan(SAFE.towards(Direction.TO_REMOTE))) == "nothing"


def test_a_vanished_container_stops_everything() -> None:
    plan = Scene((app(fields=ANNA),), gone(1)).plan(SAFE, vanished=True)
    assert (
        plan.halted
        and not plan.actions
        and [q.subject for q in plan.questions] == [Subject.CONTAINER_VANISHED]
    )


def test_an_unknown_remote_version_is_read_before_anything_is_written() -> None:
    stale = replace(LINK, remote_version="")
    scene = Scene((app(fields=titled("CEO")),), (), (stale,))
    assert [f.remote_id for f in scene.plan(SAFE).fetch] == ["r1"] and not scene.plan(SAFE).actions
