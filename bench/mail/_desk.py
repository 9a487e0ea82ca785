"""A company on an embedded PostgreSQL and a Dovecot, for benchmarks; work on it runs in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.dovecot import Dovecot
from tradepost.wire.postgres import Embedded

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Desk:
    """``environment`` is what a process needs to be one of this installation."""

    home: Path
    dovecot: Dovecot
    environment: dict[str, str]

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", *words]

    def ask(self, *words: str) -> dict[str, Any]:
        """Run a module of the benchmarks to its end; its last line is JSON."""
        done = subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*words), env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL
        )


def _as_installed(bytecode: Path) -> dict[str, str]:
    """The environment, with bytecode kept as an installer does: to compile modules at every start costs memory and time."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}


@contextmanager
def desk() -> Iterator[Desk]:
    home = Path(tempfile.mkdtemp(prefix="tp-", dir="/tmp"))
    home.chmod(0o755)
    data = home / "data"
    data.mkdir()
    server = Dovecot(home / "dovecot").start()
    try:
        with Embedded(data) as url:
            environment = {
                **_as_installed(home / "bytecode"),
                "DATABASE_URL": url,
                "TRADEPOST_DATA": str(data),
                "TRADEPOST_SECRET_KEY": "benchmarks-" * 5,
                "TRADEPOST_SEAL_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
                "TRADEPOST_PRIVATE_HOSTS": "127.0.0.0/8,::1/128",
                "DJANGO_SETTINGS_MODULE": "tradepost.settings",
                "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            }
            made = Desk(home, server, environment)
            subprocess.run(
                made.command("tradepost", "migrate"), env=environment, check=True, stdout=subprocess.DEVNULL
            )
            yield made
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
