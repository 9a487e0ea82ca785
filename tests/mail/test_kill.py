"""Workers that are killed without warning: nothing is lost, nothing happens twice, and another one goes on."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from tests.mail.workers import CALLED, Workers, rescue, workers
from tests.mail.world import Desk, letter, with_file
from tradepost.activities.models import Activity, Attachment, DeliveryState, Message
from tradepost.mail.models import Outbox
from tradepost.people.models import EmailAddress
from tradepost.sync.models import Review, Run, RunItem, RunState
from tradepost.sync.tasks import request_run

pytestmark = pytest.mark.servers

MAILS, KILLS = 500, 60


@pytest.fixture
def start(desk: Desk) -> Iterator[Workers]:
    with workers() as started:
        yield started


def at_work() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'sync.run' AND status = 'doing'"
        )
        return bool(cursor.fetchone()[0])


def lose_the_database() -> None:
    """End every connection to it but those of our own threads."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = %s",
            [CALLED],
        )
        assert cursor.rowcount


def put(desk: Desk, first: int, count: int) -> None:
    """Mail from as many people, since very many from one would be taken for a loop of two programs."""
    numbers = range(first, first + count)
    EmailAddress.objects.bulk_create(
        EmailAddress(
            organisation_id=desk.actor.organisation_id, contact=desk.contact, email=f"buyer{n}@crowd.test"
        )
        for n in numbers
    )
    mails = [letter(f"buyer{n}@crowd.test", desk.ours, f"Question {n}") for n in numbers]
    desk.dovecot.put(
        desk.ours,
        [
            (with_file(m, f"{n}.pdf") if n % 10 == 0 else m).as_bytes()
            for n, m in zip(numbers, mails, strict=True)
        ],
    )


def all_read(desk: Desk, mails: int) -> bool:
    return Message.objects.filter(organisation_id=desk.actor.organisation_id).count() >= mails


@pytest.mark.req("C46", "X3")
def test_fifty_kills_lose_nothing_and_double_nothing(desk: Desk, start: Workers, settings: Any) -> None:
    """Every sixth time of sixty it is the database that goes away under a worker at work, as when it is restarted."""
    chance = random.Random(20261121)
    put(desk, 0, MAILS)
    mails, kills, reached = MAILS, 0, Counter[int]()
    request_run(desk.stream().pk)
    while kills < KILLS:
        worker = start.start()
        goal = Message.objects.count() + chance.randint(0, 20)
        while not worker.ended(within=chance.uniform(0, 0.02)):
            if at_work() and Message.objects.count() >= goal:
                lose_the_database() if kills % 6 == 5 else worker.kill()
                kills += 1
                reached[Message.objects.count()] += 1
        rescue(settings)
        if all_read(desk, mails):  # this machine was quick: go on killing
            put(desk, mails, 100)
            mails += 100
        request_run(desk.stream().pk)
    deadline = time.monotonic() + 60
    while not all_read(desk, mails) and time.monotonic() < deadline:
        start.start().ended(within=90)
        rescue(settings)
        request_run(desk.stream().pk)
    start.start().ended(within=90)
    subjects = Counter(Message.objects.values_list("subject", flat=True))
    assert subjects == Counter(f"Question {n}" for n in range(mails))
    assert Activity.objects.count() == mails
    assert Counter(Attachment.objects.values_list("name", flat=True)) == Counter(
        f"{n}.pdf" for n in range(0, mails, 10)
    )
    assert Counter(RunItem.objects.values_list("action", flat=True)) == {"create": mails}
    assert not Run.objects.filter(state=RunState.RUNNING).exists()
    assert len(reached) > 5, "the kills fell on too few points"


def until(true: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Gate:
    """An SMTP server that stops at a step until the test lets it go on."""

    def __init__(self, at: str) -> None:
        self.at, self.reached, self.mails = at, threading.Event(), 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        await self._stop("rcpt")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails += 1
        await self._stop("data")
        return "250 OK"

    async def _stop(self, step: str) -> None:
        if self.at == step and not self.reached.is_set():
            self.reached.set()
            await asyncio.sleep(3600)


@pytest.mark.req("A14", "X3")
@pytest.mark.parametrize(
    ("step", "state", "asked"), [("rcpt", DeliveryState.SENT, 0), ("data", DeliveryState.FAILED, 1)]
)
def test_killed_while_sending(
    desk: Desk, start: Workers, settings: Any, unused_port: int, step: str, state: str, asked: int
) -> None:
    gate = Gate(step)
    server = Controller(gate, hostname="127.0.0.1", port=unused_port)
    server.start()
    try:
        plain = {"host": "127.0.0.1", "port": unused_port, "encryption": "none", "username": ""}
        account = desk.account.connection
        account.config = {**account.config, "smtp": plain, "match_imap_credentials": False}
        account.save()
        sent = desk.write(hand_over=False)
        worker = start.start()
        assert gate.reached.wait(90)
        worker.kill()
        rescue(settings)
        assert start.start().ended(within=90)
    finally:
        server.stop()
    sent.refresh_from_db()
    assert (sent.state, gate.mails) == (state, 1)
    assert Review.objects.count() == asked
    assert desk.count("Sent") == 1 - asked
    assert Outbox.objects.get().attempts == 2 - asked
