"""The watcher on a real Dovecot: told at once of new mail, through restarts, wrong passwords and changed targets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.connectors.imap.conftest import DovecotAccount
from tests.mail.contract import message
from tests.servers.dovecot import PASSWORD, Dovecot
from tradepost.connectors.imap.config import Encryption, parse
from tradepost.connectors.imap.idle import Health, Pace, Target, Watcher
from tradepost.kit.errors import Temper
from tradepost.wire.smtp import Credentials

pytestmark = pytest.mark.servers

FAST = Pace(renew=600, poll=0.05, first=0.05, longest=0.2, mended=0.3, connect=10)


class Desk:
    """Collects what the watcher says, so that a test can wait for it."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[tuple[int, Health | str]] = asyncio.Queue()

    def changed(self, stream_id: int) -> None:
        self.said.put_nowait((stream_id, "changed"))

    def told(self, stream_id: int, health: Health) -> None:
        self.said.put_nowait((stream_id, health))

    async def until(self, wanted: Callable[[int, Health | str], bool]) -> tuple[int, Health | str]:
        async with asyncio.timeout(30):
            while True:
                said = await self.said.get()
                if wanted(*said):
                    return said

    async def connected(self, stream_id: int) -> Health:
        _, health = await self.until(lambda i, s: i == stream_id and isinstance(s, Health) and s.connected)
        await self.until(lambda i, s: (i, s) == (stream_id, "changed"))
        assert isinstance(health, Health)
        return health

    async def change(self, stream_id: int) -> None:
        await self.until(lambda i, s: (i, s) == (stream_id, "changed"))

    async def failed(self, stream_id: int) -> Health:
        _, health = await self.until(
            lambda i, s: i == stream_id and isinstance(s, Health) and not s.connected
        )
        assert isinstance(health, Health)
        return health


def target(account: DovecotAccount, stream_id: int, encryption: Encryption = Encryption.TLS) -> Target:
    server = parse(account.config(encryption)).imap
    return Target(stream_id, server, Credentials(account.address, PASSWORD))


def watch(test: Callable[[Watcher, Desk], Awaitable[None]], pace: Pace = FAST) -> None:
    async def go() -> None:
        desk = Desk()
        watcher = Watcher(desk.changed, desk.told, pace=pace)
        running = asyncio.create_task(watcher.run())
        try:
            await test(watcher, desk)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(go())


@pytest.mark.parametrize("encryption", list(Encryption))
def test_new_mail_is_told(account: DovecotAccount, encryption: Encryption) -> None:
    async def test(watcher: Watcher, desk: Desk) -> None:
        watcher.set_targets([target(account, 1, encryption)])
        assert (await desk.connected(1)).how == "idle"
        await asyncio.to_thread(account.deliver, message(1))
        await desk.change(1)

    watch(test)


def test_idle_is_renewed_and_still_hears(account: DovecotAccount) -> None:
    async def test(watcher: Watcher, desk: Desk) -> None:
        watcher.set_targets([target(account, 1)])
        await desk.connected(1)
        await asyncio.sleep(0.3)  # several renewals pass
        await asyncio.to_thread(account.deliver, message(1))
        await desk.change(1)

    watch(test, replace(FAST, renew=0.05))


def test_targets_come_and_go(make_account: Callable[[], DovecotAccount]) -> None:
    first, second = make_account(), make_account()

    async def test(watcher: Watcher, desk: Desk) -> None:
        watcher.set_targets([target(first, 1)])
        await desk.connected(1)
        watcher.set_targets([target(first, 1), target(second, 2)])
        await desk.connected(2)
        watcher.set_targets([target(second, 2)])
        await asyncio.to_thread(first.deliver, message(1))
        await asyncio.to_thread(second.deliver, message(2))
        await desk.change(2)
        assert desk.said.empty() or all(i == 2 for i, _ in [desk.said.get_nowait()])

    watch(test)


def test_a_wrong_password_is_told_with_its_cure_and_hurts_no_other(account: DovecotAccount) -> None:
    async def test(watcher: Watcher, desk: Desk) -> None:
        wrong = replace(target(account, 1), credentials=Credentials(account.address, "wrong"))
        watcher.set_targets([wrong, target(account, 2)])
        failed = await desk.failed(1)
        assert "password" in failed.cause
        assert "app password" in failed.cure
        assert failed.temper is Temper.MISCONFIGURED
        watcher.set_targets([target(account, 1), target(account, 2)])
        await desk.connected(1)

    watch(test)


def test_an_untrusted_certificate_is_told(account: DovecotAccount) -> None:
    async def test(watcher: Watcher, desk: Desk) -> None:
        good = target(account, 1)
        watcher.set_targets([replace(good, server=replace(good.server, pinned="0" * 64))])
        assert "certificate" in (await desk.failed(1)).cause

    watch(test)


def test_a_restarted_server_is_found_again(account: DovecotAccount) -> None:
    async def test(watcher: Watcher, desk: Desk) -> None:
        watcher.set_targets([target(account, 1)])
        await desk.connected(1)
        account.server.restart()  # in the main thread, see tests.servers.process.spawn
        assert (await desk.failed(1)).temper is Temper.RETRYABLE
        await desk.connected(1)

    watch(test)


def test_a_server_without_idle_is_looked_at_now_and_then(old_server: Dovecot) -> None:
    account = DovecotAccount(old_server, old_server.user("old@shop.test"))

    async def test(watcher: Watcher, desk: Desk) -> None:
        watcher.set_targets([target(account, 1)])
        assert (await desk.connected(1)).how == "poll"
        await asyncio.to_thread(account.deliver, message(1))
        await desk.change(1)

    watch(test)


class Odd:
    """A server that offers IDLE; ``idle`` is what it does when somebody wants it. ``logins`` and ``idles`` are counted."""

    def __init__(self, idle: str) -> None:
        self.idle, self.logins, self.idles = idle, 0, 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, word = line.decode().split()[:2]
            self.logins += word == "LOGIN"
            if word == "CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4rev1 IDLE\r\n")
            elif word == "IDLE":
                self.idles += 1
                if self.idle == "hang up":
                    break
                writer.write({"end": b"+ idling\r\n"}.get(self.idle, b""))
            refused = word == "IDLE" and self.idle == "refuse"
            writer.write(f"{tag} {'NO not now' if refused else 'OK done'}\r\n".encode())
        writer.close()


@pytest.mark.parametrize("idle", ["refuse", "finish", "end", "hang up"])
def test_a_server_whose_idle_is_of_no_use_is_not_besieged(account: DovecotAccount, idle: str) -> None:
    odd = Odd(idle)

    async def test(watcher: Watcher, desk: Desk) -> None:
        server = await asyncio.start_server(odd.talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        known = target(account, 1, Encryption.NONE)
        watcher.set_targets([replace(known, server=replace(known.server, port=port))])
        await desk.connected(1)
        if idle in ("refuse", "finish"):
            await desk.until(lambda _i, said: isinstance(said, Health) and said.how == "poll")
        await asyncio.sleep(1.5)
        server.close()

    watch(test, replace(FAST, poll=0.3, first=0.1, longest=10, mended=10))
    most = {"refuse": (1, 1), "finish": (1, 1), "end": (1, 30), "hang up": (6, 6)}[idle]
    assert odd.logins <= most[0]
    assert odd.idles <= most[1]


def test_waits_grow_and_are_spread() -> None:
    pace = Pace()
    waits = [pace.wait(n, Temper.RETRYABLE, 0.5) for n in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[0] == 2
    assert waits[-1] <= 1800
    assert pace.wait(1, Temper.RETRYABLE, 0.0) == 1
    assert pace.wait(1, Temper.MISCONFIGURED, 0.5) == 1800
