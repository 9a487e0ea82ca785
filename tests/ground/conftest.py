from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tradepost.wire.postgres import Embedded

Run = Callable[..., subprocess.CompletedProcess[str]]

# The run's own database and keys are not the command's.
OURS = (
    "DATABASE_URL",
    "TRADEPOST_DATA",
    "TRADEPOST_SECRET_KEY",
    "TRADEPOST_SEAL_KEYS",
    "DJANGO_SETTINGS_MODULE",
)
ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """As in a person's shell, with this tree's code."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**clean, "PYTHONPATH": str(ROOT / "src"), **more}


def tradepost(*words: str | Path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    command = [sys.executable, "-m", "tradepost", *map(str, words)]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=environment(**more),
        timeout=300,
    )


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a registered company; tests of one run share it and only add to it."""
    data = tmp_path_factory.mktemp("home") / "data"
    made = tradepost("migrate", "--data", data)
    assert made.returncode == 0, made.stderr
    registered = tradepost(
        *(
            "company",
            "register",
            "--data",
            data,
            "--company",
            "Marlow",
            "--name",
            "Dana",
            "--email",
            "dana@marlow.example",
        ),
        "--password-stdin",
        stdin="correct horse battery\n",
    )
    assert registered.returncode == 0, registered.stderr
    with Embedded(data):  # the commands share it, which is quicker
        yield data
