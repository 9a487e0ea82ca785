"""Whether the parts that work together are alive: database, migrations, worker, watcher."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from tradepost.jobs import tables
from tradepost.kit.clock import now

WATCHER = "watcher"
SILENCE = timedelta(seconds=45)  # workers and watchers give a sign at least every 10 s


@dataclass(frozen=True)
class Part:
    """One part with its state in a sentence, and the cure when it is not well."""

    name: str
    ok: bool
    text: str
    cure: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge_sign(name: str, last: datetime | None, at: datetime, command: str) -> Part:
    """A process by its last sign of life."""
    cure = f"Start it with 'tradepost {command}', or read its output if it should be running."
    if last is None:
        return Part(name, False, f"No {name} has given a sign of life yet.", cure)
    age = at - last
    if age > SILENCE:
        return Part(
            name, False, f"The last sign of a {name} was {int(age.total_seconds())} seconds ago.", cure
        )
    return Part(name, True, "Alive.")


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
    from django.db import DatabaseError, connection

    try:
        migrations = judge_migrations(_tables())
        parts = [Part("database", True, "Answers."), migrations]
        if not migrations.ok:
            return parts
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
            worker = cursor.fetchone()[0]
            cursor.execute("SELECT max(at) FROM jobs_heartbeat WHERE name LIKE %s", [f"{WATCHER}%"])
            watcher = cursor.fetchone()[0]
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return [
            Part(
                "database",
                False,
                f"The database does not answer: {reason}",
                "Start it, or check DATABASE_URL.",
            )
        ]
    at = now()
    return [*parts, judge_sign("worker", worker, at, "worker"), judge_sign("watcher", watcher, at, "watch")]


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
