"""A database that was migrated once, kept for the runs that follow: migrating an empty one takes some seconds.

What is kept is a dump in ``build/migrated``, named by what it depends on: every migration and every package. A fresh clone has none
and migrates; so does a run on another PostgreSQL than the embedded one. Tests of migrations make databases of their own.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

from tradepost.wire.postgres import MAJOR, programs

_ROOT = Path(__file__).parents[1]


def kept() -> Path | None:
    """Where the dump of this state of the migrations stands, or would; None where none is kept."""
    if connection.pg_version // 10_000 != MAJOR:
        return None
    told = hashlib.sha256()
    for path in [_ROOT / "requirements" / "dev.txt", *sorted(_ROOT.glob("src/tradepost/*/migrations/*.py"))]:
        told.update(path.read_bytes())
    return _ROOT / "build" / "migrated" / f"{told.hexdigest()[:32]}.sql"


def offer(dump: Path) -> None:
    """Make a database of the dump, of which Django then copies the one for tests."""
    name = f"migrated_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    fill(dump, _url(name))
    settings.DATABASES["default"]["TEST"]["TEMPLATE"] = name
    connection.settings_dict["TEST"]["TEMPLATE"] = name


def fill(dump: Path, url: str) -> None:
    """Write what was kept into an empty database."""
    _run("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--file={dump}", url=url)


def keep(dump: Path) -> None:
    """Dump the database for tests, as it is now."""
    dump.parent.mkdir(parents=True, exist_ok=True)
    passing = dump.with_suffix(f".{os.getpid()}")
    _run("pg_dump", "--no-owner", f"--file={passing}", url=_url(connection.settings_dict["NAME"]))
    passing.replace(dump)


def _run(program: str, *arguments: str, url: str) -> None:
    command = [str(programs() / program), *arguments, f"--dbname={url}"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _url(name: str) -> str:
    """The address of a database on the run's server."""
    address, _bar, query = os.environ["TEST_DATABASE_URL"].partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
