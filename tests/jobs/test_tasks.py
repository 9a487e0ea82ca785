"""The queue's own housekeeping: rescue, pruning, sweeping, and errors by e-mail."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.files.storage import default_storage
from django.db import connection
from procrastinate.contrib.django import app

from tradepost.accounts.services import register_company
from tradepost.activities.models import Activity, ActivityKind, Attachment
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_activity, add_files
from tradepost.jobs import tasks
from tradepost.jobs.models import Heartbeat, Job, Notice, NoticeLevel
from tradepost.jobs.post import post
from tradepost.jobs.queue import enqueue
from tradepost.jobs.services import beat, close_job, notify, open_job, read_notices
from tradepost.kit import clock
from tradepost.mail import tasks as _mail  # noqa: F401
from tradepost.people.services import save_customer
from tradepost.settings import _smtp
from tradepost.wire import storage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    """What the tests of others left in the queue, whose tables no flush empties."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def actor() -> Any:
    return register_company(
        company="Marlow", name="Dana", email="dana@marlow.test", password="Correct-horse-9"
    )


def asynchronously(act: Any) -> None:
    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()):
            async with app.open_async():
                await act

    asyncio.run(run())


def queue() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()  # type: ignore[no-any-return]


def kill_its_worker() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE status = 'todo'"
        )


@pytest.mark.req("C46", "X3")
@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_jobs_wait_again() -> None:
    enqueue("sync.run", {"stream_id": 1}, lock="stream:1", single="stream:1")
    kill_its_worker()
    asynchronously(tasks.rescue.func(None, 0))
    assert queue() == [("sync.run", "todo")]


@pytest.mark.req("C46", "X3")
@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_job_makes_room_for_one_that_waits() -> None:
    """Two of them may not wait at once, and the dead one's lock would hold the other up for ever."""
    enqueue("sync.run", {"stream_id": 1}, lock="stream:1", single="stream:1")
    kill_its_worker()
    enqueue("sync.run", {"stream_id": 1}, lock="stream:1", single="stream:1")
    enqueue("mail.send", {"outbox_id": 1})
    kill = "UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'mail.send'"
    with connection.cursor() as cursor:
        cursor.execute(kill)
    asynchronously(tasks.rescue.func(None, 0))
    assert queue() == [("sync.run", "todo"), ("mail.send", "todo")]


def test_what_nobody_reads_any_more_is_pruned(actor: Any) -> None:
    for _ in range(2):
        close_job(open_job(actor, "import", "Import").pk, "done")  # type: ignore[arg-type]
        notify(actor.organisation_id, "key", "Title", user_id=actor.user_id)
        read_notices(actor)
    open_job(actor, "import", "Still running")
    Job.objects.filter(pk=Job.objects.first().pk).update(ended_at=clock.now() - timedelta(days=31))  # type: ignore[union-attr]
    Notice.objects.filter(pk=Notice.objects.first().pk).update(read_at=clock.now() - timedelta(days=91))  # type: ignore[union-attr]
    beat("watcher:gone")
    Heartbeat.objects.update(at=clock.now() - timedelta(days=2))
    for days in (-1, 1):
        Session.objects.create(session_key=str(days), expire_date=clock.now() + timedelta(days=days))
    tasks.prune(0)
    assert (Job.objects.count(), Notice.objects.count(), Heartbeat.objects.count()) == (2, 1, 0)
    assert [row.session_key for row in Session.objects.all()] == ["1"]


def age(key: str, hours: float) -> None:
    at = (clock.now() - timedelta(hours=hours)).timestamp()
    os.utime(default_storage.path(key), (at, at))


def test_only_old_files_that_no_row_names_are_swept(actor: Any) -> None:
    customer = save_customer(actor, {"name": "Harbor"})
    note = add_activity(actor, ActivityKind.NOTE, Record("customer", customer.pk), {"text": "See file"})
    add_files(actor, note.pk, [File("a.txt", b"named")])
    named = Attachment.objects.get().key
    old, young, again = (
        storage.keep(actor.organisation_id, word)[0] for word in (b"old", b"young", b"again")
    )
    for key in (named, old, again):
        age(key, 25)
    storage.keep(actor.organisation_id, b"again")  # its row comes with the next commit
    storage.sweep()
    assert [default_storage.exists(key) for key in (named, old, young, again)] == [True, False, True, True]
    assert storage.read(named) == b"named"
    assert Activity.objects.count() == 1


@pytest.fixture
def posted(settings: Any) -> None:
    settings.SMTP = "smtp://mail.test"
    settings.PUBLIC_URL = "https://desk.example"


@pytest.mark.req("X3")
@pytest.mark.usefixtures("posted")
def test_an_error_is_mailed_once_to_whom_it_concerns(actor: Any) -> None:
    for level in (NoticeLevel.INFO, NoticeLevel.WARNING, NoticeLevel.ERROR, NoticeLevel.ERROR):
        notify(
            actor.organisation_id,
            f"key:{level}",
            f"{level}\nstopped",
            text="Cause. Cure.",
            level=level,
            link="/connections/1/",
        )
    for _ in range(2):
        post(0)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["dana@marlow.test"], "error stopped")
    assert "Cause. Cure." in sent.body
    assert "https://desk.example/connections/1/" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("posted")
def test_a_mail_server_that_is_away_is_asked_again_and_makes_no_notice(actor: Any, settings: Any) -> None:
    notify(actor.organisation_id, "key", "Stopped", level=NoticeLevel.ERROR, user_id=actor.user_id)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    post(0)
    assert Notice.objects.get().emailed_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    post(0)
    assert len(mail.outbox) == 1


def test_nothing_is_mailed_where_no_server_is_named(actor: Any) -> None:
    notify(actor.organisation_id, "key", "Stopped", level=NoticeLevel.ERROR)
    post(0)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("url", "facts"),
    [
        ("smtp://desk%40shop.test:p%2Fw@mail.test", ("mail.test", 587, True, False, "p/w", "desk@shop.test")),
        (
            "smtp://mail.test:2525?tls=none&from=desk@shop.test",
            ("mail.test", 2525, False, False, "", "desk@shop.test"),
        ),
        ("smtp://user:x@mail.test?tls=tls", ("mail.test", 465, False, True, "x", "tradepost@mail.test")),
    ],
)
def test_the_server_in_one_line(url: str, facts: tuple[Any, ...]) -> None:
    names = ("HOST", "PORT", "USE_TLS", "USE_SSL", "HOST_PASSWORD")
    made = _smtp(url)
    assert (*(made[f"EMAIL_{name}"] for name in names), made["DEFAULT_FROM_EMAIL"]) == facts
