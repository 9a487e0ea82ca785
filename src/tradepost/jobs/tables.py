"""The tables of the database against those of this release, by the names of migrations alone.

Django's own answer loads every migration, which takes two seconds and their memory in each process; this is one query.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db import connection

Migration = tuple[str, str]
"""Label of the app, name."""


@dataclass(frozen=True)
class Tables:
    """``missing``: this release brings them and they are not applied. ``newer``: applied, and unknown to it."""

    missing: tuple[Migration, ...] = ()
    newer: tuple[Migration, ...] = ()


def compare(known: set[Migration], applied: set[Migration], own: set[str]) -> Tables:
    """Only of ``own`` apps is an unknown migration a newer one: libraries drop those that they have merged."""
    newer = {one for one in applied - known if one[0] in own}
    return Tables(tuple(sorted(known - applied)), tuple(sorted(newer)))


def read() -> Tables:
    """What the database lacks or has too much. Raises ``DatabaseError``."""
    configs = list(apps.get_app_configs())
    known = {
        (config.label, file.stem)
        for config in configs
        for file in Path(config.path, "migrations").glob("[!_~]*.py")
    }
    return compare(known, _applied(), {c.label for c in configs if c.name.startswith("tradepost.")})


def _applied() -> set[Migration]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())
