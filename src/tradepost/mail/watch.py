"""The watcher process: one connection to every mailbox, and a job as soon as one says that something changed.

It reads no mail and holds no cursor, and a lost event is made up for by the schedule. What it watches is read again
every few seconds: an account connected in a page is watched within them.

Of several watchers, on whatever machines, each takes its share of the mailboxes. Nobody hands them out: whoever gives
signs of life is known from the database, and ``whose`` says the same to all. When one falls silent, the others have its
mailboxes within the silence and a look; for a look two may hold one, which does no harm.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from tradepost.jobs.health import WATCHER
from tradepost.jobs.queries import alive
from tradepost.jobs.services import beat, rest
from tradepost.kit.errors import Fault
from tradepost.mail.accounts import CONNECTOR, STREAM_KIND
from tradepost.sync import registry
from tradepost.sync.models import Health, Stream
from tradepost.sync.tasks import request_run

REFRESH = 3.0  # seconds
log = structlog.get_logger()


def whose(connection_id: int, watchers: Iterable[str]) -> str:
    """Which of the watchers holds the mailbox: the highest of a hash over both (rendezvous hashing, Thaler and
    Ravishankar 1996). One that comes or goes moves its own share of the mailboxes and no other."""
    return max(watchers, key=lambda name: sha256(f"{name} {connection_id}".encode()).digest())


def new_name() -> str:
    """No two processes have the same: in containers host name and process id may well agree."""
    return f"{WATCHER}:{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"


class Watch:
    """Feeds the connector's watcher with the folders to watch, and turns its news into jobs."""

    def __init__(self) -> None:
        self._name = new_name()
        self._news: asyncio.Queue[int] = asyncio.Queue()
        self._connector = registry.connector(CONNECTOR)
        self._watcher = self._connector.watcher(self._news.put_nowait, self._told)
        self._connected: set[int] = set()
        self._known: dict[tuple[Any, ...], Any] = {}

    async def run(self) -> None:
        """Until cancelled. A part that fails ends all of it: the supervisor starts the process anew."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watcher.run())
                group.create_task(self._refresh())
                group.create_task(self._enqueue())
        finally:
            with suppress(DatabaseError):
                await sync_to_async(rest)(self._name)

    async def _refresh(self) -> None:
        while True:
            try:
                targets = await sync_to_async(self._targets)(sorted(self._connected))
                self._watcher.set_targets(targets)
                self._connected &= {target.stream_id for target in targets}
            except DatabaseError as error:  # a restarted database: keep watching, look again in a moment
                log.warning("watch.database", error=str(error))
            await asyncio.sleep(REFRESH)

    def _targets(self, connected: Sequence[int] = ()) -> list[Any]:
        """What to watch; ``connected``, the streams of which a connection stands, goes with the sign of life. Secrets are unsealed only when the connection changed since the last look."""
        close_old_connections()
        beat(self._name, streams=list(connected))
        watchers = {self._name, *alive(WATCHER)}
        rows = Stream.objects.filter(kind=STREAM_KIND, enabled=True, connection__connector=CONNECTOR)
        rows = rows.exclude(connection__health=Health.OFF)
        facts = rows.values_list("pk", "remote_id", "connection_id", "connection__updated_at")
        mine = [fact for fact in facts if whose(fact[2], watchers) == self._name]
        made = {fact: self._known[fact] for fact in mine if fact in self._known}
        new = [fact[0] for fact in mine if fact not in made]
        for stream in Stream.objects.filter(pk__in=new).select_related("connection"):
            fact = (stream.pk, stream.remote_id, stream.connection_id, stream.connection.updated_at)
            made[fact] = self._target(stream)
        self._known = made
        return [target for target in made.values() if target is not None]

    def _target(self, stream: Stream) -> Any:
        """None for an account that cannot be watched; its own pass tells why."""
        connection = stream.connection
        try:
            return self._connector.target(stream.pk, connection.config, connection.secrets, stream.remote_id)
        except Fault as fault:
            log.warning("watch.account", stream=stream.pk, cause=fault.cause)
            return None

    async def _enqueue(self) -> None:
        while True:
            stream_id = await self._news.get()
            try:
                await sync_to_async(self._request)(stream_id)
            except DatabaseError as error:
                log.warning("watch.database", error=str(error))

    @staticmethod
    def _request(stream_id: int) -> None:
        close_old_connections()
        request_run(stream_id, "idle")

    def _told(self, stream_id: int, health: Any) -> None:
        (self._connected.add if health.connected else self._connected.discard)(stream_id)
        if not health.connected:
            log.info("watch.lost", stream=stream_id, cause=health.cause, retry_in=health.retry_in)


def main() -> None:
    """Run until SIGINT or SIGTERM."""

    async def watch() -> None:
        task = asyncio.ensure_future(Watch().run())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return

    asyncio.run(watch())
