"""Watching many mailboxes in one process: IDLE (RFC 2177), or a look now and then where a server has none.

A watcher only says *that* a folder changed; reading it is a job's work. So it holds no message, and losing an event
costs nothing: each new connection counts as a change.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tradepost.connectors.imap import dial, errors
from tradepost.connectors.imap.config import Encryption, Server
from tradepost.kit.errors import Remote, Temper
from tradepost.wire import tls
from tradepost.wire.imap import Malformed, Untagged, Vanished
from tradepost.wire.imap.aio import Link, lean_tls
from tradepost.wire.imap.client import CommandRefused, Hung, mailbox_name
from tradepost.wire.smtp import Credentials

_TROUBLE = (OSError, EOFError, CommandRefused, Hung, Malformed, ValueError)


@dataclass(frozen=True, slots=True)
class Target:
    """A folder to watch. A target that differs in anything from the one of the same ``stream_id`` replaces it."""

    stream_id: int
    server: Server
    credentials: Credentials
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Health:
    """How a target fares. ``how``: ``idle`` or ``poll`` when connected. ``retry_in``: seconds, when not."""

    connected: bool
    how: str = ""
    cause: str = ""
    cure: str = ""
    temper: Temper | None = None
    retry_in: float = 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. ``renew`` must stay under 29 minutes (RFC 2177 §3) and is shorter for the sake of home routers.

    After a failure the wait doubles from ``first`` to ``longest``; what a person must mend is tried each ``mended``,
    since servers lock accounts out after too many wrong passwords.
    """

    renew: float = 600.0
    poll: float = 60.0
    connect: float = 30.0
    first: float = 2.0
    longest: float = 900.0
    mended: float = 1800.0

    def wait(self, failures: int, temper: Temper, chance: float) -> float:
        """The wait after the ``failures``-th failure in a row; ``chance`` in [0, 1) spreads it over ±50 %."""
        base = self.first * 2 ** min(failures - 1, 30) if temper is Temper.RETRYABLE else self.mended
        return min(base, max(self.longest, self.mended)) * (0.5 + chance)


class Watcher:
    """Give it targets with ``set_targets``, at any time, from the thread of the loop that runs ``run``.

    ``changed(stream_id)`` and ``told(stream_id, health)`` are called in that thread and must not block.
    At most ``opening`` connections are being made at the same time.
    """

    def __init__(
        self,
        changed: Callable[[int], None],
        told: Callable[[int, Health], None],
        *,
        pace: Pace = Pace(),
        opening: int = 20,
    ) -> None:
        self._changed, self._told, self._pace = changed, told, pace
        self._wanted: dict[int, Target] = {}
        self._watched: dict[int, tuple[Target, asyncio.Task[None]]] = {}
        self._news = asyncio.Event()
        self._opening = asyncio.Semaphore(opening)

    def set_targets(self, targets: Iterable[Target]) -> None:
        """All that is to be watched from now on; those that stay the same keep their connection."""
        self._wanted = {target.stream_id: target for target in targets}
        self._news.set()

    async def run(self) -> None:
        """Until cancelled; then every connection is closed."""
        lean_tls()
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                self._settle()
        finally:
            tasks = [task for _, task in self._watched.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._watched.clear()

    def _settle(self) -> None:
        for stream_id, (target, task) in list(self._watched.items()):
            if self._wanted.get(stream_id) != target:
                task.cancel()
                del self._watched[stream_id]
        for stream_id, target in self._wanted.items():
            if stream_id not in self._watched:
                self._watched[stream_id] = target, asyncio.create_task(self._watch(target))

    async def _watch(self, target: Target) -> None:
        """For ever: connect, wait for changes, and after a failure wait and begin again."""
        failures = 0
        while True:
            reached: list[float] = []
            try:
                await self._stay(target, reached)
            except (*_TROUBLE, Remote) as error:
                fault = errors.fault(error, target.server.host, folder=target.folder)
                stood = asyncio.get_running_loop().time() - reached[0] if reached else 0.0
                failures = 1 if stood > self._pace.poll else failures + 1
                wait = self._pace.wait(failures, fault.temper, random.random())  # noqa: S311
                self._told(target.stream_id, Health(False, "", fault.cause, fault.cure, fault.temper, wait))
                await asyncio.sleep(wait)

    async def _stay(self, target: Target, reached: list[float]) -> None:
        async with self._opening:
            link = await self._connect(target)
        try:
            how = "idle" if "IDLE" in link.capabilities else "poll"
            if how == "idle":
                await link.command(f"EXAMINE {mailbox_name(target.folder)}")
            reached.append(asyncio.get_running_loop().time())
            self._told(target.stream_id, Health(True, how))
            self._changed(target.stream_id)
            if how == "idle":
                await self._idle(link, target)
                self._told(target.stream_id, Health(True, "poll"))
                await link.command("CLOSE")  # opened by EXAMINE: it deletes nothing
            await self._poll(link, target)
        finally:
            link.close()

    async def _connect(self, target: Target) -> Link:
        server, known = target.server, target.credentials
        where = await asyncio.to_thread(dial.endpoint, server)
        encrypted = server.encryption is not Encryption.NONE
        link = await Link.open(
            where.addresses,
            where.port,
            server.host,
            tls.context(server.trust) if encrypted else None,
            starttls=server.encryption is Encryption.STARTTLS,
            timeout=self._pace.connect,
        )
        try:
            await link.sign_in(known.username, known.password, known.access_token)
        except CommandRefused as error:
            link.close()
            during = errors.TokenRefused if known.access_token else errors.LoginRefused
            raise errors.fault(error, server.host, during=during) from error
        except BaseException:
            link.close()
            raise
        return link

    async def _idle(self, link: Link, target: Target) -> None:
        """Until the server, which says that it can, refuses to; some end it whenever they like."""
        loop = asyncio.get_running_loop()
        while True:
            renewal: asyncio.TimerHandle | None = None
            try:
                async for answer in link.conversation("IDLE", self._pace.renew + self._pace.connect):
                    if isinstance(answer, Untagged) and answer.name == "+" and renewal is None:
                        renewal = loop.call_later(self._pace.renew, link.write, "DONE")
                    elif isinstance(answer, Vanished) or _is_news(answer):
                        self._changed(target.stream_id)
            except CommandRefused:
                return
            finally:
                if renewal:
                    renewal.cancel()
            if renewal is None:
                return
            if loop.time() < renewal.when():
                await asyncio.sleep(self._pace.first)

    async def _poll(self, link: Link, target: Target) -> None:
        status = f"STATUS {mailbox_name(target.folder)} (UIDVALIDITY UIDNEXT MESSAGES)"
        before = await link.command(status)
        while True:
            await asyncio.sleep(self._pace.poll)
            now = await link.command(status)
            if now != before:
                self._changed(target.stream_id)
            before = now


def _is_news(answer: object) -> bool:
    return isinstance(answer, Untagged) and answer.name in ("EXISTS", "EXPUNGE")
