from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ground.conftest import ROOT, environment

BIN = Path("/usr/lib/postgresql/15/bin")


@pytest.mark.servers
def test_the_tests_near_the_database_pass_on_postgresql_15() -> None:
    """The oldest server that we support; the rest of the run is on the embedded one."""
    if not BIN.is_dir():
        pytest.skip("PostgreSQL 15 is not installed")
    own = environment(TEST_POSTGRES_BIN=str(BIN))
    own = {k: v for k, v in own.items() if not k.startswith(("TEST_DATABASE", "TRADEPOST_TEST", "PYTEST"))}
    near = [str(file) for file in (ROOT / "tests").rglob("test_*.py") if "mark.database" in file.read_text()]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "database", *near]
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
