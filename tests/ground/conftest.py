from __future__ import annotations

import atexit
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.ground.warm import Warm, warm
from tests.migrated import fill
from tradepost.cli.home import SEAL_KEYS, SECRET_KEY, make
from tradepost.wire.postgres import Embedded
from tradepost.wire.secrets import new_key_file

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


@cache
def _warm() -> Warm:
    """One for the run: it is there from the first command on."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(warm(environment()))


def tradepost(*words: str | Path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    return _warm().run([str(word) for word in words], stdin, environment(**more))


@pytest.fixture(scope="session")
def home(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, dump: Path | None
) -> Iterator[Path]:
    """A data folder with a registered company; tests of one run share it and only add to it. Its tables are those that the run
    keeps, where it does: ``test_up`` makes them anew."""
    data = tmp_path_factory.mktemp("home") / "data"
    if dump is not None:
        make(data)
        for name in (SECRET_KEY, SEAL_KEYS):
            new_key_file(data / name)
        with Embedded(data) as url:
            fill(dump, url)
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
    subprocess.run(["cp", "-a", data, data.with_name("rested")], check=True)
    with Embedded(data):  # the commands share it, which is quicker
        yield data


@pytest.fixture
def rested(home: Path) -> Path:
    """A data folder like that of ``home`` that no process uses; for one test alone."""
    return home.with_name("rested")


@dataclass(frozen=True)
class Copied:
    """A database like that of ``home``, at ``url``, beside it on its server; ``home`` has its keys."""

    home: Path
    url: str
    server: str

    def ask(self, question: str, *values: object) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(question, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def answers(self, answering: bool) -> None:
        """Let it take connections again, or end those there are, wait until they have ended, and take no more."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE copied ALLOW_CONNECTIONS {answering}")
            if not answering:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'copied'"
                )


@pytest.fixture
def copied(home: Path) -> Iterator[Copied]:
    with Embedded(home) as url:
        server = url.replace("/tradepost?", "/postgres?")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE copied TEMPLATE tradepost")
        yield Copied(home, url.replace("/tradepost?", "/copied?"), server)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE copied WITH (FORCE)")


@contextmanager
def no_room(left: int) -> Iterator[None]:
    """As on a full disk: no file of this process grows beyond ``left`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
