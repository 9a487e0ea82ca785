"""``mail.catchup``: a mailbox of 20,000 messages is connected; 2 % are with contacts and end stored and threaded.

The peer is mbsync, which pulls the same mailbox into a Maildir. Both talk plain IMAP to the same Dovecot over loopback, in
turns; the best of three counts. We read a box first, so its headers are in no cache of the server yet. mbsync flushes
every file to the disk, as is its default and as our database does with what it commits; its time without that is given too.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from bench import Goal, Result
from bench.mail._desk import Desk, desk
from tests.servers.dovecot import PASSWORD, Dovecot, plain_message

MESSAGES = 20_000
EACH = 50  # one message in so many is with a contact: 2 %
THREAD = 10  # messages of a conversation
ROUNDS = 3


def run() -> Result:
    with desk() as here:
        boxes = [here.dovecot.user(f"bench{n}@shop.test") for n in range(ROUNDS)]
        for box in boxes:
            here.dovecot.seed(box, MESSAGES, make=mail)
        ours, theirs, unsynced = [], [], []
        for n, box in enumerate(boxes):
            ours.append(_ours(here, box))
            theirs.append(_mbsync(here.dovecot, here.home / f"pulled{n}", box))
            unsynced.append(_mbsync(here.dovecot, here.home / f"unsynced{n}", box, fsync="no"))
    best = min(ours, key=lambda one: one["seconds"])
    assert best["stored"] == MESSAGES // EACH, best
    assert best["threads"] == MESSAGES // EACH // THREAD, best
    return Result(
        "mail.catchup",
        {"messages": MESSAGES, "messages_per_second": round(MESSAGES / best["seconds"]), **best},
        [
            Goal("times mbsync", round(min(theirs) / best["seconds"], 1), 5),
            Goal("peak MB of the reading process (PSS)", best["share_mb"], 60, at_most=True),
        ],
        peers={
            "mbsync_seconds": round(min(theirs), 2),
            "mbsync_without_fsync_seconds": round(min(unsynced), 2),
        },
    )


def mail(number: int, to: str) -> bytes:
    """Every fiftieth is of a customer, and continues a conversation of ten."""
    raw = plain_message(number, to)
    if number % EACH:
        return raw.replace(b"customer.test", b"elsewhere.test")
    turn = number // EACH - 1
    buyer, above = turn // THREAD, number - EACH
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [
        line
        for line in head.split(b"\r\n")
        if not line.startswith((b"From:", b"In-Reply-To:", b"References:"))
    ]
    lines.append(f"From: Buyer <buyer{buyer}@customer.test>".encode())
    if turn % THREAD:
        lines.append(f"References: <{above}.mail@customer.test>".encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _ours(here: Desk, box: str) -> dict[str, float]:
    customers = MESSAGES // EACH // THREAD
    made = here.ask("bench.mail._company", box, str(here.dovecot.imap), str(customers))
    return here.ask("bench.mail._catchup", str(made["stream"]))


def _mbsync(dovecot: Dovecot, folder: Path, box: str, *, fsync: str = "yes") -> float:
    folder.mkdir()
    rc = folder.parent / f"{folder.name}.rc"
    rc.write_text(
        f"FSync {fsync}\n\nIMAPStore far\nHost 127.0.0.1\nPort {dovecot.imap}\nUser {box}\nPass {PASSWORD}\nSSLType None\nAuthMechs LOGIN\n\n"
        f"MaildirStore near\nPath {folder}/\nInbox {folder}/inbox\n\n"
        "Channel pull\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n"
    )
    program = shutil.which("mbsync")
    if not program:
        raise SystemExit("mbsync is not installed (apt-get install isync)")
    started = time.perf_counter()
    subprocess.run([program, "-q", "-c", str(rc), "pull"], check=True)
    took = time.perf_counter() - started
    assert sum(1 for _ in folder.rglob("*,U=*")) == MESSAGES
    return took
