"""``mail.watch``: what a watched mailbox costs while nothing happens: 200 TLS connections in IDLE on Dovecot."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from bench import Goal, Result
from tests.servers.dovecot import PASSWORD, Dovecot
from tradepost.connectors.imap.config import Server
from tradepost.connectors.imap.idle import Health, Target, Watcher
from tradepost.wire.smtp import Credentials

CONNECTIONS = 200


def run() -> Result:
    if not settings.configured:
        settings.configure()
    settings.PRIVATE_HOSTS = ["127.0.0.0/8"]
    home = Path(tempfile.mkdtemp(prefix="tp-", dir="/tmp"))
    home.chmod(0o755)
    server = Dovecot(home / "dovecot").start()
    try:
        each = asyncio.run(_measure(server))
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    return Result(
        "mail.watch",
        {"connections": CONNECTIONS, "kib_per_connection": round(each, 1)},
        [Goal("KiB per TLS connection", round(each, 1), 50, at_most=True)],
    )


async def _measure(server: Dovecot) -> float:
    """KiB of resident memory for each connection beyond the first ten, which pay for what all share."""
    connected: asyncio.Queue[int] = asyncio.Queue()

    def told(stream_id: int, health: Health) -> None:
        assert health.connected, health
        connected.put_nowait(stream_id)

    watcher = Watcher(lambda stream_id: None, told)
    running = asyncio.create_task(watcher.run())
    pinned = server.certificate.fingerprint
    targets = []
    for number in range(CONNECTIONS + 10):
        address = server.user(f"watch{number}@shop.test")
        there = Server("127.0.0.1", server.imaps, username=address, pinned=pinned)
        targets.append(Target(number, there, Credentials(address, PASSWORD)))
    watcher.set_targets(targets[:10])
    for _ in range(10):
        await connected.get()
    before = _resident()
    watcher.set_targets(targets)
    for _ in range(CONNECTIONS):
        await connected.get()
    after = _resident()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return (after - before) / CONNECTIONS


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    return float(status.partition("VmRSS:")[2].split()[0])
