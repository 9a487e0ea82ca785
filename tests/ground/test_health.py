from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from tradepost.jobs.health import SILENCE, check, judge_migrations, judge_sign
from tradepost.jobs.services import beat
from tradepost.jobs.tables import Tables

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "ok", "text"),
    [
        (None, False, "No worker has given a sign of life yet."),
        (NOW, True, "Alive."),
        (NOW - SILENCE, True, "Alive."),
        (NOW - SILENCE - timedelta(seconds=1), False, "The last sign of a worker was 46 seconds ago."),
        (NOW + timedelta(seconds=5), True, "Alive."),  # clocks of two machines differ
    ],
)
def test_a_process_lives_by_its_last_sign(last: datetime | None, ok: bool, text: str) -> None:
    part = judge_sign("worker", last, NOW, "worker")
    assert (part.ok, part.text) == (ok, text)
    assert ok or "tradepost worker" in part.cure


@pytest.mark.parametrize(
    ("found", "ok", "cure"),
    [
        (Tables(), True, ""),
        (Tables(missing=(("sales", "0002_x"),)), False, "tradepost migrate"),
        (Tables(newer=(("sales", "0003_y"),)), False, "Install that release"),
    ],
)
def test_tables_of_another_release_name_the_cure(found: Tables, ok: bool, cure: str) -> None:
    part = judge_migrations(found)
    assert (part.ok, cure in part.cure) == (ok, True)


@pytest.mark.database
@pytest.mark.django_db
def test_every_part_is_read_from_the_database() -> None:
    assert [(part.name, part.ok) for part in check()] == [
        ("database", True),
        ("migrations", True),
        ("worker", False),
        ("watcher", False),
    ]
    beat("watcher")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert all(part.ok for part in check())


@pytest.mark.django_db
def test_healthz_answers_503_with_the_reason_until_all_is_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    parts = json.loads(answer.content)["parts"]
    assert parts["worker"]["cure"].startswith("Start it with 'tradepost worker'")
    beat("watcher")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert client.get("/healthz").json()["ok"] is True
