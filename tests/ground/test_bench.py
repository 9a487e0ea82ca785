"""What a benchmark answers: one JSON object as its last line, and an exit code that says whether its goals are met."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import Goal, Result
from tests.ground.conftest import ROOT

STUB = """
from bench import Goal, Result

def run():
    print("Filling the mailbox …")
    goals = [Goal("mails a second", {value}, 100), Goal("seconds", 2.5, 2.5, at_most=True)]
    return Result("{name}", {{"größte": 1}}, goals)
"""


@pytest.mark.parametrize(
    ("value", "bound", "at_most", "goal", "met"),
    [
        (100, 100, False, "≥ 100", True),
        (99.9, 100, False, "≥ 100", False),
        (2.5, 2.5, True, "≤ 2.5", True),
        (2.6, 2.5, True, "≤ 2.5", False),
    ],
)
def test_a_result_as_json(value: float, bound: float, at_most: bool, goal: str, met: bool) -> None:
    made = Result("a.b", {"mails": 7}, [Goal("x", value, bound, at_most)], {"other": 5}, {"disk": 3})
    assert made.as_json() == {
        "name": "a.b",
        "figures": {"mails": 7},
        "peers": {"other": 5},
        "floor": {"disk": 3},
        "goals": [{"what": "x", "value": value, "goal": goal, "met": met}],
    }


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with our runner and two benchmarks that take no time: the first misses a goal."""
    (tmp_path / "bench" / "stub").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / "bench" / name, tmp_path / "bench")
    for name, value in (("low", 99), ("high", 101)):
        source = STUB.format(name=f"stub.{name}", value=value)
        (tmp_path / "bench" / "stub" / f"{name}.py").write_text(source)
    (tmp_path / "bench" / "stub" / "_hidden.py").write_text("raise SystemExit('this is none')")
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "told", "code"),
    [
        (["stub.high"], {"stub.high": [True, True]}, 0),
        (["stub.low"], {"stub.low": [False, True]}, 1),
        ([], {"stub.high": [True, True], "stub.low": [False, True]}, 1),
    ],
)
def test_the_last_line_of_each_is_one_object(
    elsewhere: Path, asked: list[str], told: dict[str, list[bool]], code: int
) -> None:
    command = [sys.executable, "-m", "bench", *asked]
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()[1::2]]  # each says one line before it
    assert {one["name"]: [goal["met"] for goal in one["goals"]] for one in found} == told
    assert found[0]["figures"] == {"größte": 1}
