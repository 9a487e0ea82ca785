"""The database between tests that commit: only what holds rows is emptied.

Django's own way truncates every table, which makes some hundreds of files anew, and then asks for the permissions of every
model: a quarter of a second for each of many hundred tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT = {"django_migrations", "django_content_type", "auth_permission"}  # the same after every test


def empty() -> None:
    """Delete all rows. No trigger fires: the ledger refuses deletions, and keys are checked of what is there no more."""
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    tables = [connection.ops.quote_name(name) for name in sorted(names)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE"
        )  # a page may still be at its answer
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in tables))
        if held := [name for (name,) in cursor.fetchall()]:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {name}" for name in held))


_shared: list[bool] = []


@contextmanager
def shared() -> Iterator[None]:
    """What a test leaves is there for the next one, as in a fixture for all tests of a file. Emptied at the end."""
    _shared.append(True)
    try:
        yield
    finally:
        _shared.pop()
        empty()


def install() -> None:
    """For every test that commits; a TestCase rolls back and has a way of its own."""
    TransactionTestCase._fixture_teardown = lambda self: None if _shared else empty()  # type: ignore[method-assign]
