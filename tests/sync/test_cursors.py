"""Whether a server that forgot our token answers with all that it has: by what it tells of what nobody has touched. And
that these tests notice each of the mistakes that can be made there."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from tests.pim.world import world
from tradepost.sync import cursors
from tradepost.sync.models import Binding, Stream
from tradepost.sync.sides import Changes

GIVEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = GIVEN + timedelta(hours=1)
# Told of, deleted, complete, since when nothing is unknown; and whether the server forgot.
ANSWERS: dict[str, tuple[Mapping[str, str], set[str], bool, bool, bool]] = {
    "all but one": ({"a": "1", "c": "3"}, set(), False, True, True),
    "all": ({"a": "1", "b": "2", "c": "3"}, set(), False, True, False),
    "what we wrote a moment ago": ({"c": "3"}, set(), False, True, False),
    "what was changed there": ({"a": "9"}, set(), False, True, False),
    "what is new there": ({"x": "1"}, set(), False, True, False),
    "an entry without an etag": ({"a": "", "c": "3"}, set(), False, True, False),
    "the rest as deleted": ({"a": "1", "c": "3"}, {"b"}, False, True, False),
    "the whole list, asked for": ({"a": "1"}, set(), True, True, False),
    "all but one, to a token of before": ({"a": "1"}, set(), False, False, False),
}
MUTANTS = {
    "never": ("if changes.complete or not since:", "if True:"),
    "our own writes count": (", synced_at__lt=since)", ")"),
    "nothing need be missing": (
        "return held.exclude(remote_id__in=[*changes.versions, *changes.deleted]).exists()",
        "return True",
    ),
    "deletions are forgotten": ("[*changes.versions, *changes.deleted]", "[*changes.versions]"),
    "any version will do": ("if not any(etag and changes.versions[id] == etag", "if not any(True"),
    "always renewed": ('renewed = not busy and known.get("busy", True)', "renewed = True"),
    "never renewed": ('renewed = not busy and known.get("busy", True)', "renewed = False"),
}


@pytest.fixture
def stream(db: None) -> Stream:
    made = world().stream
    for id, etag, minutes in (("a", "1", -1), ("b", "2", -1), ("c", "3", 1)):
        row = Binding.objects.create(
            organisation_id=made.organisation_id,
            stream=made,
            kind="event",
            record_id=ord(id),
            remote_id=id,
            etag=etag,
        )
        Binding.objects.filter(pk=row.pk).update(synced_at=GIVEN + timedelta(minutes=minutes))
    return made


def told(module: Any, stream: Stream) -> list[str]:
    """The answers that are judged wrongly."""
    wrong = []
    for name, (versions, deleted, complete, since, forgot) in ANSWERS.items():
        stream.cursor = {"token": "t", "given": GIVEN.isoformat() if since else ""}
        changes = Changes(versions, frozenset(deleted), "t2", complete)
        if module.tells_anew(stream, changes) is not forgot:
            wrong.append(name)
    return wrong


def given(module: Any) -> list[str]:
    """Since when nothing is unknown, after two passes; an idle one stores nothing."""
    wrong = []
    for first, second, since in (
        (True, True, ""),
        (True, False, "later"),
        (False, True, "first"),
        (False, False, "first"),
    ):
        cursor = module.after({}, Changes(cursor="t"), GIVEN, busy=first)
        after = module.after(cursor, Changes(cursor="t"), LATER, busy=second)
        expected = {"": "", "first": GIVEN.isoformat(), "later": LATER.isoformat()}[since]
        if after["given"] != expected or (not first and not second and after != cursor):
            wrong.append(f"{first}, {second}")
    return wrong


def test_a_server_that_forgot_is_known_by_what_it_tells_of_what_nobody_touched(stream: Stream) -> None:
    assert told(cursors, stream) == []
    assert given(cursors) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mistake_is_noticed(name: str, stream: Stream) -> None:
    right, wrong = MUTANTS[name]
    source = inspect.getsource(cursors)
    assert source.count(right) == 1, f"cursors.py no longer says {right!r}"
    mutant = ModuleType(name)
    exec(compile(source.replace(right, wrong), name, "exec"), mutant.__dict__)  # noqa: S102
    assert told(mutant, stream) or given(mutant)
