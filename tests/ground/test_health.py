from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from tradepost.jobs.health import check, judge_migrations, judge_signs
from tradepost.jobs.models import Heartbeat
from tradepost.jobs.queries import alive
from tradepost.jobs.services import beat, rest
from tradepost.jobs.tables import Tables
from tradepost.kit import clock
from tradepost.mail.watch import whose


@pytest.mark.parametrize(
    ("alive", "silence", "ok", "text"),
    [
        (0, None, False, "No worker has given a sign of life yet."),
        (1, timedelta(seconds=3), True, "1 alive."),
        (2, timedelta(seconds=-1), True, "2 alive."),
        (0, timedelta(seconds=46), False, "The last sign of a worker was 46 seconds ago."),
    ],
)
def test_processes_live_by_their_signs(alive: int, silence: timedelta | None, ok: bool, text: str) -> None:
    part = judge_signs("worker", alive, silence, "worker")
    assert (part.ok, part.text, part.alive) == (ok, text, alive)
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
    living("watcher:one", "watcher:two")
    Heartbeat.objects.create(name="watcher:dead", at=clock.now() - timedelta(minutes=2))
    assert [(part.ok, part.text, part.alive) for part in check()[2:]] == [
        (True, "1 alive.", 1),
        (True, "2 alive.", 2),
    ]
    assert sorted(alive("watcher")) == ["watcher:one", "watcher:two"]
    rest("watcher:one")
    rest("watcher:two")
    watcher = check()[3]
    assert (watcher.ok, watcher.alive, watcher.text[:31]) == (False, 0, "The last sign of a watcher was ")


def living(*watchers: str) -> None:
    """A worker and these watchers have given a sign just now."""
    for name in watchers:
        beat(name)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


@pytest.mark.django_db
def test_healthz_answers_503_with_the_reason_until_all_is_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    parts = json.loads(answer.content)["parts"]
    assert parts["worker"]["cure"].startswith("Start it with 'tradepost worker'")
    living("watcher:one")
    answer = client.get("/healthz").json()
    assert (answer["ok"], answer["parts"]["watcher"]["alive"]) == (True, 1)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_watchers_share_the_mailboxes_and_one_that_goes_moves_only_its_own(count: int) -> None:
    names = [f"watcher:host:{n}" for n in range(count)]
    before = {mailbox: whose(mailbox, names) for mailbox in range(1, 1001)}
    shares = Counter(before.values())
    assert len(shares) == count
    assert min(shares.values()) > 1000 / count * 0.7
    assert before == {mailbox: whose(mailbox, reversed(names)) for mailbox in before}  # whoever asks
    if count > 1:
        moved = {m for m, name in before.items() if whose(m, names[1:]) != name}
        assert moved == {m for m, name in before.items() if name == names[0]}
