"""A signed-in IMAP mailbox: the ``mail.ports.Mailbox`` of any server that speaks RFC 3501."""

from __future__ import annotations

import contextlib
import re
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from imapclient.exceptions import IMAPClientError

from tradepost.connectors.imap import errors
from tradepost.mail.folders import folder_of
from tradepost.mail.headers import FIELDS, MAX_HEADER
from tradepost.mail.ports import Capabilities
from tradepost.mail.types import Folder, FolderState, HeaderPage, HeaderRow
from tradepost.wire.imap import FetchRow, Malformed, Response, Untagged, Vanished, pack, unpack
from tradepost.wire.imap.client import Client, CommandRefused, Hung, mailbox_name, quoted

_BODIES = 20  # messages asked for at once
_TROUBLE = (OSError, IMAPClientError, CommandRefused, Hung, Malformed)
HEADER_ITEM = f"BODY.PEEK[HEADER.FIELDS ({' '.join(field.upper() for field in FIELDS)})]"
_OK_CODE = re.compile(rb"\[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (\d+)\]", re.IGNORECASE)
_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]", re.IGNORECASE)
_ESEARCH_ALL = re.compile(rb"\bALL ([\d:,]+)", re.IGNORECASE)
_STATUS = ("UIDVALIDITY", "UIDNEXT", "MESSAGES")


@dataclass
class _Coming:
    """Pages of headers of a folder, some of which are asked for before they are read."""

    folder: str
    pages: Iterator[Sequence[int]]
    ask: Callable[[Sequence[int]], Iterable[Response]]
    asked: deque[tuple[Sequence[int], Iterable[Response]]] = field(default_factory=deque)

    def ask_for(self, pages: int) -> None:
        """Have so many asked for."""
        while len(self.asked) < pages and (uids := next(self.pages, None)):
            self.asked.append((uids, self.ask(uids)))

    def next(self) -> tuple[Sequence[int], Iterable[Response] | None] | None:
        if self.asked:
            return self.asked.popleft()
        uids = next(self.pages, None)
        return (uids, None) if uids else None


class ImapMailbox:
    """One connection, one thread. Folders are opened read-only (EXAMINE): nothing is marked, nothing expunged."""

    def __init__(self, client: Client, host: str) -> None:
        self._client = client
        self._host = host
        self._open: tuple[str, FolderState] | None = None
        self._coming: _Coming | None = None
        with self._trouble():
            names = {name.decode("ascii", "replace") for name in client.capabilities()}
        self._names = names
        self.capabilities = Capabilities(
            idle="IDLE" in names,
            condstore=bool(names & {"CONDSTORE", "QRESYNC"}),
            special_use=bool(names & {"SPECIAL-USE", "XLIST"}),
            move="MOVE" in names,
            uidplus="UIDPLUS" in names,
            provider_threads="X-GM-EXT-1" in names,
        )
        self._items = "UID RFC822.SIZE INTERNALDATE FLAGS"
        if self.capabilities.provider_threads:
            self._items += " X-GM-THRID"

    def __enter__(self) -> ImapMailbox:
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(*_TROUBLE):
            self._client.logout()
        with contextlib.suppress(OSError):
            self._client.shutdown()

    def folders(self) -> list[Folder]:
        with self._trouble(during=errors.NotPermitted):
            listed = self._client.folders()
            if "XLIST" in self._names and "SPECIAL-USE" not in self._names:
                listed = self._client.folders(xlist=True)
        return [folder_of(flags, delimiter, name) for flags, delimiter, name in listed]

    def state(self, folder: str) -> FolderState:
        if self._open and self._open[0] == folder:  # RFC 3501 §6.3.10: STATUS of the open folder may be stale
            return self._examine(folder)
        what = (*_STATUS, "HIGHESTMODSEQ") if self.capabilities.condstore else _STATUS
        with self._trouble(folder):
            said = self._client.folder_status(folder, what)
        return FolderState(
            uidvalidity=int(said.get(b"UIDVALIDITY", 0)),
            uidnext=int(said.get(b"UIDNEXT", 0)),
            messages=int(said.get(b"MESSAGES", 0)),
            highest_modseq=int(said[b"HIGHESTMODSEQ"]) if said.get(b"HIGHESTMODSEQ") else None,
        )

    def header_pages(
        self,
        folder: str,
        first_uid: int,
        last_uid: int | None = None,
        *,
        page: int = 500,
        newest_first: bool = False,
    ) -> Iterator[HeaderPage]:
        """One round trip a page, and the next page is asked for before one is handed out: the server reads while its
        reader decides. A range wider than a page is first looked through for the UIDs that exist, so that a sparse folder
        costs no more than a dense one."""
        opened = self._examine(folder)
        last = min(last_uid or opened.uidnext - 1, opened.uidnext - 1)
        if last - first_uid < page:
            pages: Iterable[Sequence[int]] = [range(first_uid, last + 1)] if first_uid <= last else []
        else:
            uids = self._search(folder, f"UID {first_uid}:{last}")
            pages = _batches(uids[::-1] if newest_first else uids, page)
        self._coming = coming = _Coming(folder, iter(pages), self._ask)
        try:
            while self._examine(folder, again=False).uidvalidity == opened.uidvalidity:
                if not (asked := coming.next()):
                    return
                found = sorted(self._headers(folder, *asked), key=lambda row: row.uid, reverse=newest_first)
                with self._trouble(folder):
                    coming.ask_for(1)
                yield HeaderPage(folder, opened.uidvalidity, tuple(found))
        finally:
            self._coming = None if self._coming is coming else self._coming
        raise errors.Renumbered(host=self._host, folder=folder)

    def messages(
        self, folder: str, uids: Sequence[int], *, max_bytes: int
    ) -> Iterator[tuple[HeaderRow, bytes]]:
        """Asked for some at a time and handed out as they arrive: one message is in memory at once. Behind the last of them
        the next page of headers is asked for, so that the server is at it while these messages are stored."""
        for some in _batches(sorted(set(uids)), _BODIES):
            self._examine(folder, again=False)
            for uid_set in pack(some):
                yield from self._whole(folder, uid_set, max_bytes)
        if uids and self._coming and self._coming.folder == folder:
            with self._trouble(folder):
                self._coming.ask_for(2)

    def _whole(self, folder: str, uid_set: str, max_bytes: int) -> Iterator[tuple[HeaderRow, bytes]]:
        """Messages that are asked for with one command, and one by one where it is refused: one that is there and that the
        server will not hand out comes without size and bytes, and stops no other."""
        handed: set[int] = set()
        try:
            with self._trouble(folder, passing=(CommandRefused,)):
                fetch = f"UID FETCH {uid_set} ({self._items} BODY.PEEK[]<0.{max_bytes}>)"
                for row in self._client.command(fetch, max_literal=max_bytes):
                    if isinstance(row, FetchRow) and row.uid and (row.body is not None or row.size):
                        handed.add(row.uid)
                        raw = row.body or b""
                        head, blank, _ = raw.partition(b"\r\n\r\n")
                        yield _header_row(row, head + blank), raw
            return
        except CommandRefused as refusal:
            busy = errors.kind_of(refusal.code, refusal.text) is errors.Busy
            if busy and refusal.code != "SERVERBUG":  # its header came well a moment ago
                raise errors.fault(refusal, self._host, folder=folder) from refusal
        left = [uid for run in unpack(uid_set) for uid in run if uid not in handed]
        if uid_set.isdigit():
            yield from ((_unreadable(uid), b"") for uid in left if self._search(folder, f"UID {uid}"))
        else:
            for uid in left:
                yield from self._whole(folder, str(uid), max_bytes)

    def existing(self, folder: str, uids: Sequence[int]) -> set[int]:
        self._examine(folder)
        return {uid for some in pack(uids) for uid in self._search(folder, f"UID {some}")}

    def find(self, folder: str, message_id: str) -> int | None:
        """The newest, should there be several. In angle brackets, for servers search for a part of the field."""
        try:
            criterion = f"HEADER MESSAGE-ID {quoted(f'<{message_id}>')}"
        except ValueError:
            return None
        self._examine(folder)
        return max(self._search(folder, criterion), default=None)

    def append(self, folder: str, raw: bytes, *, seen: bool = True, at: datetime | None = None) -> int | None:
        with self._trouble(folder):
            said = self._client.append(folder, raw, (rb"\Seen",) if seen else (), at)
        uid = _APPENDUID.search(said if isinstance(said, bytes) else str(said).encode())
        return int(uid[1]) if uid else None

    def changes(self, folder: str, since: int) -> tuple[dict[int, tuple[str, ...]], tuple[range, ...]]:
        """Flags of what changed after the modification sequence ``since``, and UIDs that vanished (RFC 7162).

        For servers with ``condstore``; what vanished is known to servers with QRESYNC only.
        """
        flags: dict[int, tuple[str, ...]] = {}
        gone: list[range] = []
        with self._trouble(folder):
            modifier = f"CHANGEDSINCE {since}"
            if "QRESYNC" in self._names:
                self._run("ENABLE QRESYNC")
                modifier += " VANISHED"
            self._examine(folder)
            for answer in self._client.command(f"UID FETCH 1:* (UID FLAGS) ({modifier})"):
                if isinstance(answer, FetchRow) and answer.uid:
                    flags[answer.uid] = answer.flags
                elif isinstance(answer, Vanished):
                    gone += answer.uids
        return flags, tuple(gone)

    def _run(self, command: str) -> None:
        for _ in self._client.command(command):
            pass

    def _examine(self, folder: str, *, again: bool = True) -> FolderState:
        """Open ``folder``, unless it is open and ``again`` is false; what it holds, as of then."""
        if self._open and self._open[0] == folder and not again:
            return self._open[1]
        facts, exists = {}, 0
        with self._trouble(folder):
            self._open = None
            for answer in self._client.command(f"EXAMINE {mailbox_name(folder)}"):
                if isinstance(answer, Untagged):
                    exists = answer.number if answer.name == "EXISTS" else exists
                    if code := _OK_CODE.search(answer.text):
                        facts[code[1].upper()] = int(code[2])
            if b"UIDNEXT" not in facts:  # RFC 3501 §6.3.1 lets a server leave it out
                facts[b"UIDNEXT"] = self._search_max() + 1 if exists else 1
        opened = FolderState(
            facts.get(b"UIDVALIDITY", 0), facts[b"UIDNEXT"], exists, facts.get(b"HIGHESTMODSEQ") or None
        )
        self._open = folder, opened
        return opened

    def _search_max(self) -> int:
        rows = self._client.command("FETCH * (UID)")
        return max((row.uid for row in rows if isinstance(row, FetchRow)), default=0)

    def _search(self, folder: str, criterion: str) -> array[int]:
        """Ascending UIDs; compact on the wire with ESEARCH (RFC 4731), and in memory always."""
        extended = "ESEARCH" in self._names
        found = array("L")
        with self._trouble(folder):
            for answer in self._client.command(
                f"UID SEARCH {'RETURN (ALL) ' if extended else ''}{criterion}"
            ):
                if not isinstance(answer, Untagged):
                    continue
                if answer.name == "SEARCH":
                    found.extend(int(uid) for uid in answer.text.split() if uid.isdigit())
                elif answer.name == "ESEARCH" and (every := _ESEARCH_ALL.search(answer.text)):
                    for run in unpack(every[1].decode()):
                        found.extend(run)
        return found if extended else array("L", sorted(found))

    def _headers(
        self, folder: str, uids: Sequence[int], ahead: Iterable[Response] | None = None
    ) -> list[HeaderRow]:
        """A page, for which ``ahead`` was asked already. A message that the server cannot read must not stop the others: a
        refused page is asked for in halves, and a single one that is there but unreadable comes as a row with an empty
        header."""
        try:
            with self._trouble(folder, passing=(CommandRefused,)):
                # A row with neither is news of another session's flags.
                return [
                    _header_row(row)
                    for row in ahead or self._ask(uids)
                    if isinstance(row, FetchRow) and row.uid and (row.body is not None or row.size)
                ]
        except CommandRefused as refusal:
            if errors.kind_of(refusal.code, refusal.text) is errors.Busy:
                raise errors.fault(refusal, self._host, folder=folder) from refusal
        if len(uids) > 1:
            half = len(uids) // 2
            return self._headers(folder, uids[:half]) + self._headers(folder, uids[half:])
        return [_unreadable(uid) for uid in self._search(folder, f"UID {uids[0]}")]

    def _ask(self, uids: Sequence[int]) -> Iterable[Response]:
        """Ask for headers: at once for those that one command can name, for others when these are read."""
        commands = (f"UID FETCH {uid_set} ({self._items} {HEADER_ITEM})" for uid_set in pack(uids))
        answers = (self._client.ask(command, max_literal=MAX_HEADER) for command in commands)
        return chain(next(answers), chain.from_iterable(answers))

    @contextlib.contextmanager
    def _trouble(
        self,
        folder: str = "",
        *,
        during: type[errors.ImapFault] = errors.ImapFault,
        passing: tuple[type[Exception], ...] = (),
    ) -> Iterator[None]:
        try:
            yield
        except passing:
            raise
        except _TROUBLE as error:
            raise errors.fault(error, self._host, folder=folder, during=during) from error


def _batches(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))


def _unreadable(uid: int) -> HeaderRow:
    """What is there, and cannot be had."""
    return HeaderRow(uid, 0, None, (), b"")


def _header_row(row: FetchRow, header: bytes | None = None) -> HeaderRow:
    body = row.body or b"" if header is None else header
    return HeaderRow(row.uid, row.size, row.internal_date, row.flags, body, row.thread)
