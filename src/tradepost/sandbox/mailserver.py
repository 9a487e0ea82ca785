"""The mail server of the sandbox: IMAP and submission over the same mailboxes, in one event loop.

Each protocol listens twice on the loopback: with TLS, and with STARTTLS that takes plain text as well.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from weakref import WeakSet

from aiosmtpd.smtp import SMTP

from tradepost.kit.errors import Fault
from tradepost.sandbox import certificate
from tradepost.sandbox.accounts import Directory
from tradepost.sandbox.faults import Faults
from tradepost.sandbox.imap.selected import COMMANDS
from tradepost.sandbox.imap.session import Session, World
from tradepost.sandbox.mailstore import MailStore
from tradepost.sandbox.post import Post
from tradepost.sandbox.smtp import LARGEST, Submission

HOST = "127.0.0.1"
_LINE = 1024 * 1024  # longest line of an IMAP command; clients send thousands of UIDs in one

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0 is any free port. ``imaps`` and ``smtps`` speak TLS, the others STARTTLS."""

    imaps: int = 0
    imap: int = 0
    smtps: int = 0
    smtp: int = 0


ANY = Ports()


class PortTaken(Fault):
    """Another program listens where this server must."""

    code = "port-taken"
    cause_text = "Port {port} is in use by another program."
    cure_text = "End that program, or choose another port."


@contextmanager
def naming(port: int) -> Iterator[None]:
    """Say which port it was that could not be had."""
    try:
        yield
    except OSError as error:
        raise PortTaken(port=port) from error


class MailServer:
    """Start and stop it in one event loop; ``store``, ``post`` and ``faults`` belong to that loop's thread.

    ``data`` keeps ``accounts.json``, ``mail.sqlite3``, the certificate, and the ports of the last time: mail accounts
    were set up with them, so they are taken again.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.directory = Directory(data / "accounts.json")
        self.faults = Faults()
        self.tls = certificate.context(data)
        self.fingerprint = certificate.fingerprint(data)
        self.store = MailStore(data / "mail.sqlite3")
        self.post = Post(self.directory, self.store)
        self.ports = Ports()
        self._servers: list[asyncio.Server] = []
        self._sessions: dict[asyncio.Task[None], Session] = {}
        self._submissions: WeakSet[SMTP] = WeakSet()

    async def start(self, ports: Ports = ANY) -> None:
        """Listen. Raises ``PortTaken``."""
        wanted = {name: port or self._last_ports().get(name, 0) for name, port in asdict(ports).items()}
        self.ports = Ports(
            await self._listen_imap(wanted["imaps"], self.tls),
            await self._listen_imap(wanted["imap"], None),
            await self._listen_smtp(wanted["smtps"], self.tls),
            await self._listen_smtp(wanted["smtp"], None),
        )
        (self.data / "ports.json").write_text(json.dumps(asdict(self.ports)))

    def _last_ports(self) -> dict[str, int]:
        file = self.data / "ports.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for session in self._sessions.values():
            session.writer.transport.abort()
        for protocol in self._submissions:
            if isinstance(protocol.transport, asyncio.WriteTransport):
                protocol.transport.abort()
        await asyncio.gather(*self._sessions)
        self.store.close()

    def announcement(self) -> dict[str, Any]:
        """Where everything is, for whoever sets up mail accounts."""
        return {
            "host": HOST,
            **{f"{name}_port": port for name, port in asdict(self.ports).items()},
            "fingerprint": self.fingerprint,
            "certificate": str(self.data / "certificate.pem"),
            "accounts": str(self.directory.path),
        }

    def messages(self, address: str, name: str = "INBOX") -> int:
        """How many messages a folder holds; 0 as long as nobody has opened the mailbox."""
        folder = self.store.folder(address, name)
        return len(self.store.uids(folder.id)) if folder is not None else 0

    def change_uidvalidity(self, address: str, name: str = "INBOX") -> None:
        """A fault: the folder comes back with other UIDs, as after a restored backup."""
        folder = self.store.folder(address, name)
        if folder is not None:
            self.store.change_uidvalidity(folder.id)

    async def _listen_imap(self, port: int, tls: ssl.SSLContext | None) -> int:
        world = World(self.directory, self.store, self.faults, self.tls)

        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            session = self._sessions[task] = Session(
                world, reader, writer, COMMANDS, encrypted=tls is not None
            )
            try:
                await session.run()
            finally:
                del self._sessions[task]

        with naming(port):
            return self._listening(await asyncio.start_server(serve, HOST, port, ssl=tls, limit=_LINE))

    async def _listen_smtp(self, port: int, tls: ssl.SSLContext | None) -> int:
        loop = asyncio.get_running_loop()
        handler = Submission(self.directory, self.post, self.faults)

        def protocol() -> SMTP:
            made = SMTP(
                handler,
                loop=loop,
                hostname="mail.sandbox",
                data_size_limit=LARGEST,
                enable_SMTPUTF8=True,
                tls_context=None if tls else self.tls,
                auth_require_tls=False,
                authenticator=handler.authenticate,
            )
            self._submissions.add(made)
            return made

        with naming(port):
            return self._listening(await loop.create_server(protocol, HOST, port, ssl=tls))

    def _listening(self, server: asyncio.Server) -> int:
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


@dataclass(frozen=True, slots=True)
class Running:
    """A server in a thread of its own, for callers that are not asynchronous."""

    server: MailServer
    loop: asyncio.AbstractEventLoop

    def call(self, act: Callable[[MailServer], T]) -> T:
        """Do something to the server in its thread: set a fault, deliver a message, look into a mailbox."""

        async def within() -> T:
            return act(self.server)

        return asyncio.run_coroutine_threadsafe(within(), self.loop).result(30)


@contextmanager
def running(data: Path, ports: Ports = ANY) -> Iterator[Running]:
    """The mail server, running while the block does."""
    started: Future[Running] = Future()
    end = asyncio.Event()

    async def serve() -> None:
        server = MailServer(data)
        try:
            await server.start(ports)
            started.set_result(Running(server, asyncio.get_running_loop()))
            await end.wait()
        except PortTaken as error:
            started.set_exception(error)
        finally:
            await server.stop()

    thread = Thread(target=asyncio.run, args=(serve(),), name="sandbox mail", daemon=True)
    thread.start()
    world = started.result(30)
    try:
        yield world
    finally:
        world.loop.call_soon_threadsafe(end.set)
        thread.join(10)
