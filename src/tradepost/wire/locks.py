"""Locks that a process holds over several transactions, and the database lets go when it dies (PostgreSQL, "Advisory Locks")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held(what: str, of: int) -> Iterator[None]:
    """Until the block ends nobody else holds ``what`` ``of`` a record; waits for who does."""
    _ask("pg_advisory_lock", what, of)
    try:
        yield
    finally:
        if connection.is_usable():  # the lock of a connection that is gone is gone too
            _ask("pg_advisory_unlock", what, of)


def is_held(what: str, of: int) -> bool:
    """Whether another process holds it now."""
    if not _ask("pg_try_advisory_lock", what, of):
        return True
    _ask("pg_advisory_unlock", what, of)
    return False


def _ask(function: str, what: str, of: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s), %s)", [what, of % 2**31])
        return bool(cursor.fetchone()[0])
