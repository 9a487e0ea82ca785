"""The process tree, with real processes. Every child inherits the supervisor's standard output: its end of file is
the proof that nobody is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ground.conftest import environment
from tradepost.cli.supervise import pause

TREE = """
import os, sys
from pathlib import Path
from functools import partial
from tradepost.cli.supervise import Child, Copy, Tree, program
def launch(name, code):
    if os.environ["COPIES"]:
        return partial(Copy, name, lambda: exec(code, {}))
    return partial(program, [sys.executable, "-c", code])
children = [Child(str(n), launch(str(n), code)) for n, code in enumerate(sys.argv[2:])]
flag = Path(sys.argv[1])
sys.exit(Tree(children, say=lambda text: print("say", text, flush=True)).run(
    flag.exists, lambda: print("announced", flush=True)))
"""
# A line goes out in one piece, so that two who speak at once do not mix theirs.
SLEEP = "import time; print('up\\n', end='', flush=True); time.sleep(600)"
POLITE = """
import signal, sys, time
def stop(*_):
    print('bye\\n', end='', flush=True); sys.exit()
signal.signal(signal.SIGTERM, stop)
print('up\\n', end='', flush=True); time.sleep(600)
"""
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up\\n', end='', flush=True); time.sleep(600)"
PARENT = """
import subprocess, sys
print('up\\n', end='', flush=True)
subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])
"""
ONCE = """
import pathlib, sys, time
mark = pathlib.Path({mark!r})
if mark.exists():
    print('again\\n', end='', flush=True); time.sleep(600)
mark.touch(); sys.exit(3)
"""


@pytest.fixture(params=[False, True], ids=["programs", "copies"], autouse=True)
def copies(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test twice: with programs of their own, and with copies of the supervisor."""
    monkeypatch.setenv("COPIES", "1" if request.param else "")


def start(flag: Path, *codes: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TREE, str(flag), *codes]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())


def line(tree: subprocess.Popen[str]) -> str:
    assert tree.stdout
    return tree.stdout.readline().strip()


def rest(tree: subprocess.Popen[str]) -> list[str]:
    """What is still said until the last process of the tree has ended."""
    assert tree.stdout
    return tree.stdout.read().split("\n")[:-1]


@pytest.mark.parametrize(("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (1000, 30)])
def test_each_failure_in_a_row_doubles_the_pause(failures: int, seconds: float) -> None:
    assert pause(failures) == seconds


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_order_and_says_so_by_code_zero(tmp_path: Path, number: signal.Signals) -> None:
    tree = start(tmp_path / "flag", POLITE, POLITE)
    assert [line(tree), line(tree)] == ["up", "up"]
    tree.send_signal(number)
    assert rest(tree) == ["bye", "bye"]
    assert tree.wait() == 0


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    tree = start(tmp_path / "flag", ONCE.format(mark=str(tmp_path / "mark")))
    assert line(tree) == "say 0 ended with code 3; it starts again in 0.5 s"
    assert line(tree) == "again"
    tree.terminate()
    rest(tree)
    assert tree.wait() == 0


def test_readiness_is_announced_once(tmp_path: Path) -> None:
    tree = start(tmp_path / "flag", SLEEP)
    assert line(tree) == "up"
    (tmp_path / "flag").touch()
    assert line(tree) == "announced"
    tree.terminate()
    assert rest(tree) == []


def test_a_killed_supervisor_leaves_nobody(tmp_path: Path) -> None:
    tree = start(tmp_path / "flag", SLEEP, SLEEP)
    assert [line(tree), line(tree)] == ["up", "up"]
    tree.kill()
    assert rest(tree) == []


def test_children_of_children_end_too(tmp_path: Path) -> None:
    tree = start(tmp_path / "flag", PARENT)
    assert line(tree) == "up"
    tree.terminate()
    assert rest(tree) == []


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    tree = start(tmp_path / "flag", STUBBORN, POLITE)
    assert [line(tree), line(tree)] == ["up", "up"]
    tree.terminate()
    assert line(tree) == "bye"
    tree.terminate()
    assert rest(tree) == []
    assert tree.wait() == 0
