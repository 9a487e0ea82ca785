"""``mail.headers``: the headers of 20,000 messages from Dovecot over loopback, by us, by peers, and as raw bytes.

All ask for the same fields in pages of 1,000 over plain IMAP, on a warm server cache, in turns; the best of three
counts. The floor is a loop that receives the bytes and looks for the end of the answer only.
"""

from __future__ import annotations

import imaplib
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from imapclient import IMAPClient

from bench import Goal, Result
from tests.servers.dovecot import PASSWORD, Dovecot
from tradepost.connectors.imap.client import HEADER_ITEM as HEADER
from tradepost.connectors.imap.client import ImapMailbox
from tradepost.wire.imap.client import Client

MESSAGES = 20_000
PAGE = 1_000
ROUNDS = 3
ITEMS = f"(UID RFC822.SIZE INTERNALDATE FLAGS {HEADER})"
USER = "bench@shop.test"


def run() -> Result:
    home = Path(tempfile.mkdtemp(prefix="tp-", dir="/tmp"))
    home.chmod(0o755)
    server = Dovecot(home / "dovecot").start()
    try:
        server.user(USER)
        server.seed(USER, MESSAGES)
        rates = _race(server.imap)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    ours, raw = rates.pop("tradepost"), rates.pop("raw socket")
    return Result(
        "mail.headers",
        {"messages_per_second": round(ours), "messages": MESSAGES, "page": PAGE},
        [
            Goal("share of a raw socket read", round(ours / raw, 2), 0.5),
            Goal("times IMAPClient", round(ours / rates["IMAPClient"], 1), 5),
        ],
        peers={name: round(rate) for name, rate in rates.items()},
        floor={"raw socket": round(raw)},
    )


def _race(port: int) -> dict[str, float]:
    racers: dict[str, Callable[[int], int]] = {
        "raw socket": _raw,
        "tradepost": _ours,
        "imaplib": _imaplib,
        "IMAPClient": _imapclient,
    }
    _raw(port)  # fills the server's cache
    best = dict.fromkeys(racers, 0.0)
    for _ in range(ROUNDS):
        for name, racer in racers.items():
            started = time.perf_counter()
            assert racer(port) == MESSAGES, name
            best[name] = max(best[name], MESSAGES / (time.perf_counter() - started))
    return best


def _ours(port: int) -> int:
    client = Client(socket.create_connection(("127.0.0.1", port)), "localhost", timeout=60)
    client.login(USER, PASSWORD)
    with ImapMailbox(client, "localhost") as box:
        return sum(len(page.rows) for page in box.header_pages("INBOX", 1, page=PAGE))


def _raw(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(f"a LOGIN {USER} {PASSWORD}\r\nb EXAMINE INBOX\r\n".encode())
        _until(sock, b"\r\nb OK")
        for first in range(1, MESSAGES, PAGE):
            sock.sendall(f"c UID FETCH {first}:{first + PAGE - 1} {ITEMS}\r\n".encode())
            _until(sock, b"\r\nc OK")
    return MESSAGES


def _until(sock: socket.socket, end: bytes) -> None:
    tail = b""
    while end not in tail or not tail.endswith(b"\n"):
        data = sock.recv(1 << 17)
        assert data
        tail = (tail + data)[-400:]


def _imaplib(port: int) -> int:
    count = 0
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(USER, PASSWORD)
        client.select("INBOX", readonly=True)
        for first in range(1, MESSAGES, PAGE):
            _, data = client.uid("FETCH", f"{first}:{first + PAGE - 1}", ITEMS)
            count += sum(isinstance(part, tuple) for part in data)
    return count


def _imapclient(port: int) -> int:
    items = ["RFC822.SIZE", "INTERNALDATE", "FLAGS", HEADER]
    with IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.login(USER, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        return sum(len(client.fetch(range(first, first + PAGE), items)) for first in range(1, MESSAGES, PAGE))
