"""Whether the parts that work together are alive: database, migrations, worker, watcher."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

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


def judge_migrations(missing: int) -> Part:
    if missing:
        return Part("migrations", False, f"{missing} migrations are not applied.", "Run 'tradepost migrate'.")
    return Part("migrations", True, "All applied.")


def check() -> list[Part]:
    """All parts; what cannot be known without the database is missing from the list."""
    from django.db import DatabaseError, connection

    try:
        missing = _missing_migrations()
        parts = [Part("database", True, "Answers."), judge_migrations(missing)]
        if missing:
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


_up_to_date = False  # a process never sees migrations go away


def _missing_migrations() -> int:
    global _up_to_date
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if _up_to_date:
        connection.ensure_connection()
        return 0
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _up_to_date = missing == 0
    return missing
