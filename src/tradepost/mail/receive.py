"""Receiving: header pages → the pure decision → bodies of what matched → one transaction a page.

A page's rows, its log and the cursor are committed together under the stream's lease, so a reader that dies at any
instruction is followed by another that goes on after the last committed page, and changes nothing twice. Mail that
matches nothing is never stored.

The cursor of a folder::

    {"uidvalidity": 17, "next": 4711, "below": 4000, "since": "2026-11-01T00:00:00+00:00"}

``next``: the first UID not read yet. ``below``: history is read downwards, newest first, below this UID (1 = done).
``since``: nothing that arrived earlier is taken in, unless it answers a mail of ours. A changed UIDVALIDITY makes every
UID new (RFC 3501 §2.3.1.1): the folder is read again, and what is known by its Message-ID is not stored twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from tradepost.mail import lookup, preferences
from tradepost.mail.accounts import map_folders, open_mailbox
from tradepost.mail.decide import Action, Decision, Mark, decide
from tradepost.mail.directory import Account, wanted
from tradepost.mail.filing import Filed, prepare, store
from tradepost.mail.headers import envelope
from tradepost.mail.models import MailAccount
from tradepost.mail.ports import Mailbox
from tradepost.mail.types import Envelope, FolderUse, HeaderPage
from tradepost.sync.runs import Pass, hold

PAGE = 500
LARGEST = 60 * 2**20  # bytes of one message; what is beyond is cut and said


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a folder was read to; see the module."""

    uidvalidity: int = 0
    next: int = 0
    below: int = 1
    since: str = ""

    def moved(self, uidvalidity: int, uidnext: int) -> Cursor:
        """The cursor for the folder as it is now: itself, or the start of a new reading."""
        if self.uidvalidity == uidvalidity:
            return self
        return Cursor(uidvalidity, uidnext, uidnext, self.since)

    @property
    def start(self) -> datetime | None:
        return datetime.fromisoformat(self.since) if self.since else None


def run(stream_id: int, trigger: str = "schedule", user_id: int | None = None) -> None:
    """One pass over a folder: what is new first, then history."""
    with hold(stream_id, trigger, user_id) as work:
        account = MailAccount.objects.select_related("connection", "organisation").get(
            connection_id=work.stream.connection_id
        )
        with open_mailbox(account) as box:
            map_folders(account, box)
            Reader(work, account, box).read()


class Reader:
    """A pass over one folder of one account."""

    def __init__(self, work: Pass, account: MailAccount, box: Mailbox) -> None:
        self.work = work
        self.account = account
        self.box = box
        self.folder = work.stream.remote_id
        self.cursor = Cursor(**work.stream.cursor)
        self.place = Account(
            account.pk, _use(account, self.folder), frozenset({account.sender_email.lower()})
        )

    def read(self) -> None:
        state = self.box.state(self.folder)
        if self.cursor.uidvalidity not in (0, state.uidvalidity):
            self.work.log(
                "reindex",
                self.folder,
                reason="The server numbered the folder anew (UIDVALIDITY changed), so it is read again.",
            )
        self.cursor = self.cursor.moved(state.uidvalidity, state.uidnext)
        if state.uidnext > self.cursor.next:
            for page in self.box.header_pages(self.folder, self.cursor.next, page=PAGE):
                top = max((r.uid for r in page.rows), default=0)
                self._take(page, replace(self.cursor, next=max(self.cursor.next, top + 1)))
        self._commit_cursor(replace(self.cursor, next=max(self.cursor.next, state.uidnext)))
        if self.cursor.below > 1:
            self._history()

    def _history(self) -> None:
        """Downwards from where it was left, until a whole page is older than ``since``."""
        start = self.cursor.start
        pages = self.box.header_pages(self.folder, 1, self.cursor.below - 1, page=PAGE, newest_first=True)
        for page in pages:
            low = min((r.uid for r in page.rows), default=1)
            self._take(page, replace(self.cursor, below=low))
            dates = [r.internal_date for r in page.rows if r.internal_date]
            if start and dates and max(dates) < start:
                break
        self._commit_cursor(replace(self.cursor, below=1))

    def _commit_cursor(self, cursor: Cursor) -> None:
        if cursor != self.cursor or asdict(cursor) != self.work.stream.cursor:
            with self.work.commit(asdict(cursor)):
                self.cursor = cursor

    def _take(self, page: HeaderPage, cursor: Cursor) -> None:
        """Decide and store a page, in as many steps as answers within it need: a message that refers to one of its own
        page is decided after that one is stored. The cursor moves with the last step."""
        waiting = sorted((envelope(row) for row in page.rows), key=lambda one: one.uid)
        while True:
            step, waiting = _independent(waiting)
            filed = list(self._prepare(self._decide(step)))
            with self.work.commit(None if waiting else asdict(cursor)):
                self.work.seen += len(step)
                for one in filed:
                    store(self.work, self.account, cursor.uidvalidity, one)
            if not waiting:
                break
        self.cursor = cursor

    def _decide(self, envelopes: list[Envelope]) -> Iterator[tuple[Envelope, Decision]]:
        organisation = self.account.organisation
        chosen = preferences.of_company(organisation.pk)
        directory = lookup.look_up(
            organisation, self.account, wanted(envelopes, bytes(organisation.token_key))
        )
        start = self.cursor.start
        for one in envelopes:
            decision = decide(one, directory, chosen, self.place)
            old = start is not None and one.received is not None and one.received < start
            if decision.action is Action.IGNORE or (old and decision.matched_by is Mark.CONTACT):
                self.work.counts["ignored"] += 1
                continue
            yield one, decision

    def _prepare(self, decided: Iterable[tuple[Envelope, Decision]]) -> Iterator[Filed]:
        """Whole messages of what is kept, one in memory at a time: files go to the storage, only words are held."""
        known = {e.uid: (e, d) for e, d in decided}
        fetched = [
            uid for uid, (_, d) in known.items() if d.action in (Action.NEW, Action.APPEND, Action.BOUNCE)
        ]
        if fetched:
            for row, raw in self.box.messages(self.folder, sorted(fetched), max_bytes=LARGEST):
                yield prepare(self.account, *known.pop(row.uid), raw)
                self.work.extend()
        for uid, (one, decision) in known.items():
            if uid in fetched:
                self.work.log(
                    "skip", one.subject, reason="It was deleted in the mailbox before it could be read."
                )
            else:
                yield Filed(one, decision)


def _independent(envelopes: list[Envelope]) -> tuple[list[Envelope], list[Envelope]]:
    """The messages up to the first that refers to an earlier one of the list, and the rest."""
    ids: set[str] = set()
    for n, one in enumerate(envelopes):
        if not ids.isdisjoint(one.references):
            return envelopes[:n], envelopes[n:]
        ids.add(one.message_id)
    return envelopes, []


def _use(account: MailAccount, folder: str) -> FolderUse | None:
    return next((FolderUse(use) for use, name in account.folders.items() if name == folder), None)
