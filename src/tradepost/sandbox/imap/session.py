"""One IMAP connection: reading commands, doing them, telling what changed, and waiting in IDLE (RFC 2177)."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tradepost.sandbox.accounts import Account, Directory
from tradepost.sandbox.faults import Faults
from tradepost.sandbox.imap.syntax import Bad, No, Token, parse
from tradepost.sandbox.mailstore import FolderRow, MailStore

log = logging.getLogger(__name__)

CAPABILITIES = (
    "IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN ID IDLE NAMESPACE CHILDREN "
    "SPECIAL-USE UIDPLUS MOVE UNSELECT ENABLE CONDSTORE"
)
LARGEST = 64 * 1024 * 1024  # bytes of one command, literals included
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")


class Dropped(Exception):
    """A fault closes this connection."""


@dataclass(frozen=True, slots=True)
class World:
    """What all connections share."""

    directory: Directory
    store: MailStore
    faults: Faults
    tls: ssl.SSLContext


@dataclass
class Selected:
    """The selected folder as this client knows it: its UIDs in order are the message numbers."""

    folder: FolderRow
    uids: list[int]
    modseq: int
    read_only: bool
    stop_listening: Callable[[], None]


Command = Callable[["Session", list[Token]], Awaitable[str]]


@dataclass
class Session:
    """``account`` is set after LOGIN and ``selected`` after SELECT, as the states of RFC 3501 §3 ask for."""

    world: World
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    commands: dict[str, Command]
    encrypted: bool
    account: Account | None = None
    selected: Selected | None = None
    upgrading: bool = False  # STARTTLS was answered; the next bytes are a handshake
    condstore: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    async def run(self) -> None:
        """Serve until the client leaves, the connection breaks or a fault drops it."""
        try:
            self.say(f"* OK [CAPABILITY {self.capabilities()}] Sandbox ready")
            while not self.ended:
                await self.writer.drain()
                line = await self._read_command()
                if not line:
                    break
                await self._answer(line)
            self.writer.close()
        except (Dropped, ConnectionError, asyncio.IncompleteReadError, ValueError, ssl.SSLError):
            # ValueError: a line longer than the reader's limit.
            self.writer.transport.abort()
        finally:
            self.unselect()

    def say(self, line: str | bytes) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def capabilities(self) -> str:
        offered = CAPABILITIES.split() + ([] if self.encrypted else ["STARTTLS"])
        return " ".join(name for name in offered if name not in self.world.faults.hide)

    def offers(self, capability: str) -> bool:
        return capability not in self.world.faults.hide

    async def _read_command(self) -> bytes:
        """A whole command with its literals inline, or nothing at the end of the stream."""
        line = await self.reader.readline()
        while match := _LITERAL.search(line):
            size = int(match[1])
            if len(line) + size > LARGEST:
                self.say("* BYE Command too long")
                await self.writer.drain()
                raise Dropped
            if not match[2]:
                self.say("+ Go ahead")
                await self.writer.drain()
            line += await self.reader.readexactly(size)
            line += await self.reader.readline()
        return line if line.endswith(b"\n") else b""

    async def _answer(self, line: bytes) -> None:
        tag, _, rest = line.removesuffix(b"\n").removesuffix(b"\r").partition(b" ")
        tag_text = tag.decode("ascii", "replace") or "*"
        try:
            name, args = self._named(parse(rest))
            if name not in self.commands:
                raise Bad(f"Unknown command {name}")
            status = await self._do(name, args)
        except Bad as error:
            status = f"BAD {error}"
        except No as error:
            status = f"NO {error}"
        except (ValueError, LookupError, TypeError) as error:
            # A message that the standard library cannot take apart must not cost the client its connection.
            log.exception("%s failed", rest[:80])
            status = f"NO [SERVERBUG] {type(error).__name__}"
        self.say(f"{tag_text} {status}")
        if self.upgrading:
            await self._start_tls()

    def _named(self, tokens: list[Token]) -> tuple[str, list[Token]]:
        if not tokens or not isinstance(tokens[0], str):
            raise Bad("A command was expected")
        if tokens[0].upper() == "UID" and len(tokens) > 1 and isinstance(tokens[1], str):
            return f"UID {tokens[1].upper()}", tokens[2:]
        return tokens[0].upper(), tokens[1:]

    async def _do(self, name: str, args: list[Token]) -> str:
        faults, plain = self.world.faults, name.removeprefix("UID ")
        if faults.delay:
            await asyncio.sleep(faults.delay)
        if faults.drops_before(plain):
            raise Dropped
        words = await self.commands[name](self, args)
        if faults.drops_after(plain):
            raise Dropped
        # RFC 3501 §5.5: no EXPUNGE while message numbers of a running command could shift.
        self.tell_changes(expunges=name not in {"FETCH", "STORE", "SEARCH"})
        return f"OK {words}"

    async def _start_tls(self) -> None:
        await self.writer.drain()
        await self.writer.start_tls(self.world.tls)
        self.encrypted, self.upgrading = True, False

    # The selected folder

    def select(self, folder: FolderRow, *, read_only: bool) -> Selected:
        self.unselect()
        stop = self.world.store.listen(folder.id, self.changed.set)
        uids = self.world.store.uids(folder.id)
        self.selected = Selected(folder, uids, folder.modseq, read_only, stop)
        return self.selected

    def unselect(self) -> None:
        if self.selected is not None:
            self.selected.stop_listening()
            self.selected = None

    def tell_changes(self, *, expunges: bool = True) -> None:
        """EXPUNGE, EXISTS and FETCH FLAGS for what happened to the selected folder since the last time."""
        selected = self.selected
        if selected is None or not self.changed.is_set():
            return
        store, folder = self.world.store, selected.folder
        fresh = store.folder(folder.address, folder.name)
        if fresh is None or fresh.uidvalidity != folder.uidvalidity:
            self.say("* BYE The folder was rebuilt")
            raise Dropped
        present = store.uids(folder.id)
        if expunges:
            self._tell_expunges(selected, set(present))
            self.changed.clear()
        self._tell_flags(selected, selected.modseq)
        selected.modseq = fresh.modseq
        known = selected.uids[-1] if selected.uids else 0
        new = [uid for uid in present if uid > known]
        if new:
            selected.uids.extend(new)
            self.say(f"* {len(selected.uids)} EXISTS")

    def _tell_expunges(self, selected: Selected, present: set[int]) -> None:
        for number in range(len(selected.uids), 0, -1):
            if selected.uids[number - 1] not in present:
                del selected.uids[number - 1]
                self.say(f"* {number} EXPUNGE")

    def _tell_flags(self, selected: Selected, since: int) -> None:
        known = {uid: number for number, uid in enumerate(selected.uids, 1)}
        for row in self.world.store.changed(selected.folder.id, since):
            if row.uid in known:
                modseq = f" MODSEQ ({row.modseq})" if self.condstore else ""
                self.say(
                    f"* {known[row.uid]} FETCH (UID {row.uid} FLAGS ({' '.join(sorted(row.flags))}){modseq})"
                )

    async def idle(self) -> None:
        """Tell changes as they happen until the client says DONE."""
        self.say("+ idling")
        done = asyncio.ensure_future(self.reader.readline())
        try:
            while not done.done():
                self.tell_changes()
                await self.writer.drain()
                woken = asyncio.ensure_future(self.changed.wait())
                await asyncio.wait({done, woken}, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
        finally:
            done.cancel()
        if done.result().strip().upper() != b"DONE":
            raise Bad("DONE was expected")
