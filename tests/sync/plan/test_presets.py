"""Options that are no rule of the reconciler: statuses, names, phones, intervals; and that every option is shipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tradepost.kit.errors import Invalid
from tradepost.sync.presets import EVENT, MINIMAL_EVENT, ORO, SAFE, Intervals
from tradepost.sync.translate import StatusMap

STATUSES = SAFE.translation.status_map


@pytest.mark.req("D18")
@pytest.mark.parametrize(
    ("ours", "theirs"), [("open", "Not Started"), ("in_progress", "In Progress"), ("closed", "Completed")]
)
def test_our_status_there_and_back(ours: str, theirs: str) -> None:
    for preset in (SAFE, ORO):
        assert preset.translation.status_map.remote(ours) == theirs
        assert preset.translation.status_map.app(theirs) == ours


@pytest.mark.req("D19")
@pytest.mark.parametrize(
    ("theirs", "ours", "oro"),
    [
        ("Not Started", "open", "Not Started"),
        ("Completed", "closed", "Completed"),
        ("Waiting on someone else", "in_progress", "In Progress"),
        ("Deferred", "in_progress", "In Progress"),
    ],
)
def test_their_status_here_and_back(theirs: str, ours: str, oro: str) -> None:
    for preset, back in ((SAFE, theirs), (ORO, oro)):
        status_map = preset.translation.status_map
        assert status_map.app(theirs) == ours
        assert status_map.remote(ours, shadow=theirs) == back
        assert status_map.remote("closed", shadow=theirs) == "Completed"


def test_an_edited_status_map_is_used() -> None:
    edited = StatusMap(to_remote={"open": "Deferred"}, to_app={"Deferred": "open"})
    assert (
        edited.remote("open") == "Deferred"
        and edited.app("Deferred") == "open"
        and edited.app("Odd", "closed") == "closed"
    )


@pytest.mark.req("D17")
@pytest.mark.parametrize(
    ("first", "last", "oro"),
    [("", "Smith", ("Smith", "Smith")), ("Jo", "", ("Jo", "Jo")), ("Jo", "Smith", ("Jo", "Smith"))],
)
def test_a_missing_name(first: str, last: str, oro: tuple[str, str]) -> None:
    assert SAFE.translation.names(first, last) == (first, last)
    assert ORO.translation.names(first, last) == oro


@pytest.mark.req("D16")
def test_the_first_phone_only_and_no_other_number_wiped() -> None:
    assert ORO.translation.phones_to_remote(["1", "2"], ["8", "9"]) == ["1", "9"]
    assert ORO.translation.phones_to_app(["8", "9"], ["1", "2"]) == ["8", "2"]
    assert SAFE.translation.phones_to_remote(["1", "2"], ["8"]) == ["1", "2"]


@pytest.mark.req("T13")
@pytest.mark.parametrize("seconds", [1, 30, 86_399])
def test_intervals_that_are_taken(seconds: int) -> None:
    assert Intervals(seconds, seconds).app == seconds


@pytest.mark.req("T13")
@pytest.mark.parametrize("seconds", [0, -1, 86_400, True])
def test_intervals_that_are_refused(seconds: int) -> None:
    with pytest.raises(Invalid) as refused:
        Intervals(app=seconds)
    assert "app" in refused.value.fields and refused.value.cure


@pytest.mark.req("T13")
def test_the_default_intervals() -> None:
    assert (ORO.intervals.app, ORO.intervals.remote) == (120, 30)


@pytest.mark.req("D24")
def test_the_keys_of_the_source() -> None:
    assert {name: kind.keys[0].fields for name, kind in ORO.kinds.items()} == {
        "contact": ("first_name", "last_name", "gender", "birthday"),
        "event": ("title", "start", "end", "all_day"),
        "task": ("subject", "priority"),
    }


@pytest.mark.req("D20")
def test_the_fields_of_an_event() -> None:
    assert ORO.kinds["event"] is MINIMAL_EVENT and MINIMAL_EVENT.fields == (
        "title",
        "start",
        "end",
        "all_day",
    )
    assert SAFE.kinds["event"] is EVENT and {"rrule", "overrides", "location", "attendees"} < set(
        EVENT.fields
    )


def test_presets_differ_in_every_option_that_a_source_rule_has() -> None:
    differing = [n for n in SAFE.policy.__slots__ if getattr(SAFE.policy, n) != getattr(ORO.policy, n)]
    assert set(SAFE.policy.__slots__) - set(differing) == {"direction", "pass_order"}
    assert replace(SAFE, policy=ORO.policy).policy is ORO.policy
