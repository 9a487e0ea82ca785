"""An IMAP connection that costs little while nothing happens: asyncio, one of thousands in a process.

A TLS connection of asyncio holds a buffer of 256 KiB; ``lean_tls`` makes it 16 KiB, the size of a TLS record.
"""

from __future__ import annotations

import asyncio
import asyncio.sslproto
import base64
import contextlib
import itertools
import socket
import ssl
from collections.abc import AsyncGenerator, Sequence

from tradepost.wire.imap.client import CommandRefused, Hung, quoted
from tradepost.wire.imap.reader import Done, Reader, Response, Untagged

CHUNK = 1 << 14


def lean_tls() -> None:
    """For all TLS connections of asyncio in this process, those made from now on."""
    asyncio.sslproto.SSLProtocol.max_size = CHUNK


class Link:
    """One connection. Raises ``CommandRefused``, ``Hung``, ``Malformed``, ``OSError`` (also ``TimeoutError``)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float) -> None:
        self._reader, self._writer = reader, writer
        self._timeout = timeout
        self._parser = Reader(max_literal=CHUNK, max_line=1 << 20)
        self._tags = itertools.count(1)
        self.capabilities: frozenset[str] = frozenset()

    @classmethod
    async def open(
        cls,
        addresses: Sequence[str],
        port: int,
        host: str,
        context: ssl.SSLContext | None,
        *,
        starttls: bool,
        timeout: float,
    ) -> Link:
        """Connect to the first address that answers, encrypt, read the greeting, ask for the capabilities."""
        tls = {"ssl": context, "server_hostname": host} if context and not starttls else {}
        async with asyncio.timeout(timeout):
            for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
                try:
                    reader, writer = await asyncio.open_connection(address, port, limit=CHUNK, **tls)  # type: ignore[arg-type]
                    break
                except ssl.SSLError:
                    raise
                except OSError:
                    if not left:
                        raise
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        link = cls(reader, writer, timeout)
        try:
            await link._greet(context if starttls else None, host)
        except BaseException:
            link.close()
            raise
        return link

    async def _greet(self, context: ssl.SSLContext | None, host: str) -> None:
        greeting = (await self.read(self._timeout))[:1]
        if not greeting or not isinstance(greeting[0], Untagged) or greeting[0].name not in ("OK", "PREAUTH"):
            raise Hung("no greeting")
        if context:
            await self.command("STARTTLS")
            await self._writer.start_tls(context, server_hostname=host, ssl_handshake_timeout=self._timeout)
            self._parser = Reader(max_literal=CHUNK, max_line=1 << 20)
        await self.ask_capabilities()

    async def ask_capabilities(self) -> None:
        for answer in await self.command("CAPABILITY"):
            if isinstance(answer, Untagged) and answer.name == "CAPABILITY":
                self.capabilities = frozenset(answer.text.decode("ascii", "replace").upper().split())

    async def sign_in(self, username: str, password: str, access_token: str) -> None:
        if access_token:
            await self._authenticate("XOAUTH2", f"user={username}\1auth=Bearer {access_token}\1\1")
        elif "AUTH=PLAIN" in self.capabilities:
            await self._authenticate("PLAIN", f"\0{username}\0{password}")
        else:
            await self.command(f"LOGIN {quoted(username)} {quoted(password)}")
        await self.ask_capabilities()

    async def _authenticate(self, mechanism: str, initial: str) -> None:
        said = base64.b64encode(initial.encode()).decode()
        async with contextlib.aclosing(
            self.conversation(f"AUTHENTICATE {mechanism}", self._timeout)
        ) as answers:
            async for answer in answers:
                if isinstance(answer, Untagged) and answer.name == "+":
                    self.write(said)
                    said = ""  # a second challenge is a refusal that wants an empty answer

    async def command(self, text: str) -> list[Response]:
        return [answer async for answer in self.conversation(text, self._timeout)]

    async def conversation(self, text: str, timeout: float) -> AsyncGenerator[Response, None]:
        """Send a command; its untagged responses as they come. ``timeout``: seconds of silence that are too many."""
        tag = f"W{next(self._tags)}"
        self.write(f"{tag} {text}")
        while True:
            for answer in await self.read(timeout):
                if isinstance(answer, Done) and answer.tag == tag:
                    if answer.status != "OK":
                        raise CommandRefused(answer.status, answer.code, answer.text)
                    return
                if isinstance(answer, Untagged) and answer.name == "BYE":
                    raise Hung(answer.text.decode("utf-8", "replace"))
                yield answer

    async def read(self, timeout: float) -> list[Response]:
        """What comes next. Raises ``TimeoutError`` after ``timeout`` seconds of silence."""
        if ready := self._parser.feed(b""):
            return ready
        async with asyncio.timeout(timeout):
            while True:
                if not (data := await self._reader.read(CHUNK)):
                    raise Hung("the connection was closed")
                if answers := self._parser.feed(data):
                    return answers

    def write(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())

    def close(self) -> None:
        """At once, without a farewell that could wait for an answer."""
        self._writer.transport.abort()
