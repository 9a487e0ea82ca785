"""Migrations: an empty database takes the short way, an older one goes on where it stands, and both end alike."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.migrations import RunSQL
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

OURS = sorted(config.label for config in apps.get_app_configs() if config.name.startswith("tradepost."))


@pytest.fixture(scope="module")
def short() -> MigrationLoader:
    """What an empty database is given: one migration a room, and what came after it."""
    return MigrationLoader(None)


@pytest.fixture(scope="module")
def long() -> MigrationLoader:
    """What a database that has only the first migrations goes through."""
    return MigrationLoader(None, replace_migrations=False)


def test_both_ways_end_with_the_same_tables(short: MigrationLoader, long: MigrationLoader) -> None:
    assert len(short.graph.nodes) < len(long.graph.nodes)
    there, here = long.project_state(), short.project_state()
    assert here.models.keys() == there.models.keys()
    for one, other in ((there, here), (here, there)):
        changes = MigrationAutodetector(one, other).changes(graph=short.graph)
        assert {app: [found.operations for found in migrations] for app, migrations in changes.items()} == {}


def test_what_the_ledger_refuses_is_on_both_ways(short: MigrationLoader, long: MigrationLoader) -> None:
    """A migration in SQL is unknown to the state of the models: what makes something is repeated, what changes rows has none to change."""

    def made(loader: MigrationLoader) -> set[str]:
        operations = [
            one
            for key, migration in loader.graph.nodes.items()
            if key[0] in OURS
            for one in migration.operations
        ]
        return {str(one.sql) for one in operations if isinstance(one, RunSQL) and "CREATE" in str(one.sql)}

    assert made(long)
    assert made(short) == made(long)


def test_each_short_way_replaces_a_whole_beginning(long: MigrationLoader, short: MigrationLoader) -> None:
    """None is left out between: a database that stopped anywhere still finds the rest."""
    for (app, _name), migration in short.replacements.items():
        chain = sorted(
            name for label, name in long.disk_migrations if label == app and "squashed" not in name
        )
        replaced = [name for _app, name in migration.replaces]
        assert replaced == chain[: len(replaced)]
