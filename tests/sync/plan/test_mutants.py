"""The machine is only as good as what it catches: each of these mistakes, put into the source, must make it fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SYNC, WORLD = "src/tradepost/sync", "tests/sync/plan/world.py"

MUTANTS = {
    "no If-Match": (WORLD, "row is None or row.version != write.expect", "row is None"),
    "token stored early": (WORLD, "        failed = set(plan.again)\n", "        failed = set(plan.again)\n        self.token = token\n"),
    "single base": (f"{SYNC}/merge.py", "kind.cells(link.app_base), kind.cells(link.remote_base)", "kind.cells(link.app_base), kind.cells(link.app_base)"),
    "no stamp match": (f"{SYNC}/match.py", "    return stamped | {name: {id} for name, id in named.items()}", "    return {}"),
    "no relink": (f"{SYNC}/plan.py", "        if link and remote.here", "        if False and link"),
    "hard delete": (WORLD, "self.app.mark(id, alive=False)", "del self.app.rows[id]"),
    "dropped retry": (WORLD, "token, frozenset(failed)", "token, frozenset()"),
    "unchecked app version": (WORLD, "row is not None and row.version == action.app_version", "row is not None"),
    "no journal": (f"{SYNC}/merge.py", "self.lost.append(", "print("),
    "a held group is forgotten": (f"{SYNC}/merge.py", "        self.held |= {", "        _ = {"),
    "a left-out write is agreed": (f"{SYNC}/settle.py", "held={**action.after.held, **held}", "held=action.after.held"),
    "read back means agreed": (f"{SYNC}/settle.py", "written.version and written.version == written.read.version", "True"),
    "an edit under a deletion is not remembered": (f"{SYNC}/merge.py", "        held=held,\n", "        held={},\n"),
}  # fmt: skip


# Where the mistake shows soonest; elsewhere the first.
SEEDS = {
    "no If-Match": 3,
    "no stamp match": 2,
    "no relink": 2,
    "hard delete": 2,
    "dropped retry": 2,
    "read back means agreed": 2,
    "an edit under a deletion is not remembered": 2,
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_machine_catches(name: str, tmp_path: Path) -> None:
    path, right, wrong = MUTANTS[name]
    for part in ("src/tradepost/kit", SYNC, "tests/sync/plan"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    for package in ("src/tradepost", "tests", "tests/sync"):
        (tmp_path / package / "__init__.py").touch()
    source = (tmp_path / path).read_text()
    assert source.count(right) == 1, f"{path} no longer says {right!r}"
    (tmp_path / path).write_text(source.replace(right, wrong))
    tried = dict.fromkeys((SEEDS.get(name, 1), *range(1, 9)))
    assert any(caught(tmp_path, number) for number in tried), f"nothing came of it with the seeds {[*tried]}"


def caught(home: Path, number: int) -> bool:
    """Whether the machine fails as it should, begun with a number. Hypothesis draws from the constants of the code, too,
    so that any edit of it may show a mistake sooner or later than before."""
    soak = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.sync.plan.machine", "8000" if soak else "1000", str(number)],
        cwd=home,
        env={**os.environ, "PYTHONPATH": f"{home / 'src'}{os.pathsep}{home}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0 or "AssertionError" in ran.stderr, ran.stdout + ran.stderr
    return ran.returncode == 1
