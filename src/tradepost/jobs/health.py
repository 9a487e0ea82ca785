"""Whether the parts that work together are alive: database, migrations, worker, watcher."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from tradepost.jobs import tables

WATCHER = "watcher"


@dataclass(frozen=True)
class Part:
    """One part with its state in a sentence, and the cure when it is not well."""

    name: str
    ok: bool
    text: str
    cure: str = ""
    alive: int | None = None  # of processes: how many are

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def judge_signs(name: str, alive: int, silence: timedelta | None, command: str) -> Part:
    """Processes of one kind, on whatever machine, by their signs of life: how many live, and how old the last sign is."""
    if alive:
        return Part(name, True, f"{alive} alive.", alive=alive)
    text = f"No {name} has given a sign of life yet."
    if silence is not None:
        text = f"The last sign of a {name} was {int(silence.total_seconds())} seconds ago."
    cure = f"Start it with 'tradepost {command}', or read its output if it should be running."
    return Part(name, False, text, cure, alive=0)


def judge_migrations(found: tables.Tables) -> Part:
    if found.newer:
        text = f"{len(found.newer)} migrations are of a newer release, such as {'.'.join(found.newer[0])}."
        return Part("migrations", False, text, "Install that release on this machine too.")
    if found.missing:
        text = f"{len(found.missing)} migrations are not applied."
        return Part("migrations", False, text, "Run 'tradepost migrate'.")
    return Part("migrations", True, "All applied.")


def check() -> list[Part]:
    """All parts; what cannot be known without the database is missing from the list."""
    from django.db import DatabaseError

    try:
        migrations = judge_migrations(_tables())
        parts = [Part("database", True, "Answers."), migrations]
        if not migrations.ok:
            return parts
        return [
            *parts,
            judge_signs("worker", *_signs("last_heartbeat", "procrastinate_workers"), "worker"),
            judge_signs(WATCHER, *_signs("at", "jobs_heartbeat", f"name LIKE '{WATCHER}:%%'"), "watch"),
        ]
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        text, cure = f"The database does not answer: {reason}", "Start it, or check DATABASE_URL."
        return [Part("database", False, text, cure)]


def _signs(column: str, table: str, which: str = "true") -> tuple[int, timedelta | None]:
    """How many live, and the age of the last sign. By the clock of the database: those of the machines may differ."""
    from django.conf import settings
    from django.db import connection

    ages = f"SELECT clock_timestamp() - {column} AS age FROM {table} WHERE {which}"  # noqa: S608  # names of ours
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE age <= make_interval(secs => %s)), min(age) FROM ({ages}) AS signs",  # noqa: S608
            [settings.JOB_STALLED_AFTER],
        )
        alive, silence = cursor.fetchone()
    return alive, silence


_up_to_date = False  # a process never sees migrations go away, and serves on while a newer release comes


def _tables() -> tables.Tables:
    global _up_to_date
    from django.db import connection

    if _up_to_date:
        connection.ensure_connection()
        return tables.Tables()
    found = tables.read()
    _up_to_date = found == tables.Tables()
    return found
