"""The command in copies of one process that has loaded its libraries: each a process of its own, without their second of imports.

Started as ``python -m tests.ground.warm``, it reads a request a line: the words, the environment and the paths of what the command
reads and writes. For each it makes a copy, in which the command runs as ``python -m tradepost`` does, and answers with the exit code.
Nothing of ours is loaded before the copy, so a command reads environment and settings anew.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIBRARIES = (
    "django.core.management",
    "django.db.backends.postgresql.base",
    "django.contrib.auth.hashers",
    "django.contrib.postgres.fields",
    "django.contrib.postgres.search",
    "django.views.generic",
    "django_filters",
    "psycopg_pool",
    "procrastinate.contrib.django",
    "cryptography.fernet",
    "structlog",
    "click",
)
PATIENCE = 300  # seconds


class Warm:
    """The process to copy, as a test asks it."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def run(
        self, words: list[str], stdin: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """What ``subprocess.run`` would give; a command that takes too long has -14 (SIGALRM) as its code."""
        assert self._server.stdin
        assert self._server.stdout
        with tempfile.TemporaryDirectory() as folder:
            files = [str(Path(folder, name)) for name in ("in", "out", "err")]
            Path(files[0]).write_text(stdin)
            self._server.stdin.write(
                json.dumps({"words": words, "environment": environment, "files": files}) + "\n"
            )
            self._server.stdin.flush()
            code = int(self._server.stdout.readline())
            out, err = (Path(file).read_text() for file in files[1:])
        return subprocess.CompletedProcess(["tradepost", *words], code, out, err)


@contextmanager
def warm(environment: dict[str, str]) -> Iterator[Warm]:
    """A process to copy, for as long as it is needed."""
    command = [sys.executable, "-m", "tests.ground.warm"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    ) as server:
        yield Warm(server)
        assert server.stdin
        server.stdin.close()


def _copies() -> None:
    """Answer requests until there are none; each copy returns from here to run its command."""
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            return _become(**request)
        _child, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit()


def _become(words: list[str], environment: dict[str, str], files: list[str]) -> None:
    """The copy is as a shell starts a command: its words, its environment, its three files."""
    signal.alarm(PATIENCE)
    for number, file in enumerate(files):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, "w" if number else "r", buffering=1, closefd=False) for number in range(3)
    )
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["tradepost", *words]


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    _copies()
    runpy.run_module("tradepost", run_name="__main__", alter_sys=True)
