"""``mail.latency``: from the moment a mail is delivered to the moment its row can be read, with a real watcher and worker.

The floor is what the mail server itself needs to tell a waiting client (it gathers notices for half a second).
"""

from __future__ import annotations

import smtplib
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from imapclient import IMAPClient

from bench import Goal, Result
from bench.mail._desk import Desk, desk
from tests.servers.dovecot import PASSWORD

DELIVERIES = 60
PATIENCE = 20.0  # seconds
USER = "dana@shop.test"


def run() -> Result:
    with desk() as here:
        here.dovecot.user(USER)
        here.ask("bench.mail._company", USER, str(here.dovecot.imap), str(DELIVERIES))
        with _working(here), psycopg.connect(here.environment["DATABASE_URL"], autocommit=True) as database:
            took = [_delivered(here, database, n) for n in range(DELIVERIES)]
        floor = _floor(here)
    p95 = round(statistics.quantiles(took, n=20)[18], 3)
    return Result(
        "mail.latency",
        {
            "deliveries": DELIVERIES,
            "p50": round(statistics.median(took), 3),
            "p95": p95,
            "max": round(max(took), 3),
        },
        [Goal("seconds from delivery to row, p95", p95, 1.0, at_most=True)],
        floor={"server tells a waiting client, p50": floor},
    )


@contextmanager
def _working(here: Desk) -> Iterator[None]:
    processes = [here.start("tradepost", "worker"), here.start("tradepost", "watch")]
    try:
        time.sleep(8)  # both start, and the watcher connects
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def _deliver(here: Desk, number: int) -> None:
    """Each from another contact, since very many from one are taken for two programs that answer each other."""
    mail = (
        f"Message-ID: <{number}@customer.test>\r\nFrom: buyer{number}@customer.test\r\nTo: {USER}\r\n"
        f"Subject: Question {number}\r\n\r\nWhen does it come?\r\n"
    )
    with smtplib.LMTP("127.0.0.1", here.dovecot.lmtp) as lmtp:
        lmtp.sendmail(f"buyer{number}@customer.test", [USER], mail.encode())


def _delivered(here: Desk, database: psycopg.Connection, number: int) -> float:
    _deliver(here, number)
    started = time.perf_counter()
    question = "SELECT 1 FROM activities_message WHERE message_id = %s"
    while not database.execute(question, [f"{number}@customer.test"]).fetchone():
        if time.perf_counter() - started > PATIENCE:
            raise SystemExit(f"the mail {number} did not arrive within {PATIENCE:g} s")
        time.sleep(0.005)
    return time.perf_counter() - started


def _floor(here: Desk) -> float:
    """A bare client that waits with IDLE."""
    took = []
    with IMAPClient("127.0.0.1", here.dovecot.imap, ssl=False) as client:
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        client.idle()
        for n in range(10):
            _deliver(here, DELIVERIES + n)
            started = time.perf_counter()
            while not client.idle_check(timeout=5):
                continue
            took.append(time.perf_counter() - started)
        client.idle_done()
    return round(statistics.median(took), 3)
