"""The mailboxes of the simulated world: one SQLite file, so that they survive a restart.

Used from the event loop's thread only. Messages are kept byte for byte.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# RFC 6154; every account starts with these.
FOLDERS = {
    "INBOX": "",
    "Sent": "\\Sent",
    "Drafts": "\\Drafts",
    "Trash": "\\Trash",
    "Junk": "\\Junk",
    "Archive": "\\Archive",
}
CHUNK = 200

_SCHEMA = """
create table if not exists folder (
  id integer primary key, address text not null, name text not null, use text not null default '',
  uidvalidity integer not null, uidnext integer not null default 1, modseq integer not null default 1,
  unique (address, name)
);
create table if not exists message (
  folder integer not null references folder(id) on delete cascade, uid integer not null,
  at real not null, flags text not null, modseq integer not null, head integer not null, raw blob not null,
  primary key (folder, uid)
);
create index if not exists message_by_modseq on message (folder, modseq);
"""


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder with its counters; ``use`` is its SPECIAL-USE attribute or an empty string."""

    id: int
    address: str
    name: str
    use: str
    uidvalidity: int
    uidnext: int
    modseq: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    uid: int
    at: datetime
    flags: frozenset[str]
    modseq: int
    size: int


class MailStore:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            "pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on;" + _SCHEMA
        )
        self._listeners: defaultdict[int, set[Callable[[], None]]] = defaultdict(set)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        with self._db:
            yield

    # Folders

    def open(self, address: str) -> None:
        """Make the standard folders of a mailbox that is new."""
        for name, use in FOLDERS.items():
            if self.folder(address, name) is None:
                self.create(address, name, use)

    def folders(self, address: str) -> list[FolderRow]:
        rows = self._db.execute(f"{_FOLDERS} where address = ? order by id", (address,))
        return [FolderRow(*row) for row in rows]

    def folder(self, address: str, name: str) -> FolderRow | None:
        name = "INBOX" if name.upper() == "INBOX" else name
        row = self._db.execute(f"{_FOLDERS} where address = ? and name = ?", (address, name)).fetchone()
        return FolderRow(*row) if row else None

    def create(self, address: str, name: str, use: str = "") -> None:
        self._db.execute(
            "insert into folder (address, name, use, uidvalidity) values (?, ?, ?, ?)",
            (address, name, use, self._new_uidvalidity()),
        )

    def delete(self, folder: int) -> None:
        self._db.execute("delete from folder where id = ?", (folder,))
        self._tell(folder)

    def rename(self, folder: int, name: str) -> None:
        self._db.execute("update folder set name = ? where id = ?", (name, folder))

    def change_uidvalidity(self, folder: int) -> None:
        """The same messages under new UIDs, as after a restored backup (RFC 3501 §2.3.1.1)."""
        with self._transaction():
            uids = self.uids(folder)
            self._db.executemany(
                "update message set uid = ? where folder = ? and uid = ?",
                [(-number, folder, uid) for number, uid in enumerate(uids, 1)],
            )
            self._db.execute("update message set uid = -uid where folder = ?", (folder,))
            self._db.execute(
                "update folder set uidvalidity = ?, uidnext = ? where id = ?",
                (self._new_uidvalidity(), len(uids) + 1, folder),
            )
        self._tell(folder)

    def _new_uidvalidity(self) -> int:
        (last,) = self._db.execute("select coalesce(max(uidvalidity), 0) from folder").fetchone()
        return max(int(time.time()), int(last) + 1)

    # Messages

    def append(self, folder: int, raw: bytes, flags: Iterable[str] = (), at: datetime | None = None) -> int:
        """Store a message and wake whoever watches the folder; its UID."""
        head = raw.find(b"\r\n\r\n")
        with self._transaction():
            uid, modseq = self._db.execute(
                "update folder set uidnext = uidnext + 1, modseq = modseq + 1 where id = ?"
                " returning uidnext - 1, modseq",
                (folder,),
            ).fetchone()
            self._db.execute(
                "insert into message values (?, ?, ?, ?, ?, ?, ?)",
                (
                    folder,
                    uid,
                    (at or datetime.now(UTC)).timestamp(),
                    _flag_text(flags),
                    modseq,
                    len(raw) if head < 0 else head + 4,
                    raw,
                ),
            )
        self._tell(folder)
        return int(uid)

    def uids(self, folder: int) -> list[int]:
        return [
            uid
            for (uid,) in self._db.execute("select uid from message where folder = ? order by uid", (folder,))
        ]

    def rows(self, folder: int, uids: Sequence[int]) -> Iterator[MessageRow]:
        """The rows of these UIDs, ascending; those that are gone are left out."""
        for start in range(0, len(uids), CHUNK):
            chunk = uids[start : start + CHUNK]
            wanted = set(chunk)
            found = self._db.execute(
                "select uid, at, flags, modseq, length(raw) from message"
                " where folder = ? and uid between ? and ? order by uid",
                (folder, chunk[0], chunk[-1]),
            ).fetchall()
            for uid, at, flags, modseq, size in found:
                if uid in wanted:
                    yield MessageRow(
                        uid, datetime.fromtimestamp(at, UTC), frozenset(flags.split()), modseq, size
                    )

    def changed(self, folder: int, since: int) -> list[MessageRow]:
        """The rows whose modification sequence is above ``since``, ascending."""
        found = self._db.execute(
            "select uid from message where folder = ? and modseq > ? order by uid", (folder, since)
        ).fetchall()
        return list(self.rows(folder, [uid for (uid,) in found]))

    def modseq(self, folder: int) -> int:
        (modseq,) = self._db.execute("select modseq from folder where id = ?", (folder,)).fetchone()
        return int(modseq)

    def unseen(self, folder: int) -> int:
        (count,) = self._db.execute(
            "select count(*) from message where folder = ? and instr(' ' || flags || ' ', ' \\Seen ') = 0",
            (folder,),
        ).fetchone()
        return int(count)

    def raw(self, folder: int, uid: int) -> bytes:
        row = self._db.execute(
            "select raw from message where folder = ? and uid = ?", (folder, uid)
        ).fetchone()
        return bytes(row[0]) if row else b""

    def header(self, folder: int, uid: int) -> bytes:
        """The header with its closing empty line."""
        row = self._db.execute(
            "select substr(raw, 1, head) from message where folder = ? and uid = ?", (folder, uid)
        ).fetchone()
        return bytes(row[0]) if row else b""

    def set_flags(self, folder: int, uid: int, flags: Iterable[str]) -> None:
        with self._transaction():
            self._db.execute(
                "update message set flags = ?, modseq = ? where folder = ? and uid = ?",
                (_flag_text(flags), self._next_modseq(folder), folder, uid),
            )
        self._tell(folder)

    def expunge(self, folder: int, uids: Iterable[int]) -> None:
        with self._transaction():
            self._next_modseq(folder)
            self._db.executemany(
                "delete from message where folder = ? and uid = ?", [(folder, uid) for uid in uids]
            )
        self._tell(folder)

    def copy(self, source: int, uids: Sequence[int], target: int) -> list[tuple[int, int]]:
        """Copies with flags and dates; pairs of old and new UID."""
        return [
            (row.uid, self.append(target, self.raw(source, row.uid), row.flags, row.at))
            for row in self.rows(source, uids)
        ]

    def _next_modseq(self, folder: int) -> int:
        (modseq,) = self._db.execute(
            "update folder set modseq = modseq + 1 where id = ? returning modseq", (folder,)
        ).fetchone()
        return int(modseq)

    # Watching

    def listen(self, folder: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each change of a folder, until the returned function is called."""
        self._listeners[folder].add(wake)
        return lambda: self._listeners[folder].discard(wake)

    def _tell(self, folder: int) -> None:
        for wake in tuple(self._listeners[folder]):
            wake()


_FOLDERS = "select id, address, name, use, uidvalidity, uidnext, modseq from folder"


def _flag_text(flags: Iterable[str]) -> str:
    return " ".join(sorted(set(flags)))
