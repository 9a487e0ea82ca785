"""Receiving: header pages → the pure decision → bodies of what matched → rows, log and cursor.

Rows and the log of them are committed together under the stream's lease, and the cursor with the last of its page. So
a reader that dies at any instruction is followed by another that reads the page again, knows by their Message-IDs what
is here already, and changes nothing twice. Mail that matches nothing is never stored.

The cursor of a folder::

    {"uidvalidity": 17, "next": 4711, "below": 4000, "since": "2026-11-01T00:00:00+00:00", "messages": 3120}

``next``: the first UID not read yet. ``below``: history is read downwards, newest first, below this UID (1 = done).
``since``: nothing that arrived earlier is taken in, unless it answers a mail of ours. ``messages``: how many the folder
held at the last look.

Every pass holds what the server says against it, as a canary (``Cursor.seen_from``). A changed UIDVALIDITY makes every
UID new (RFC 3501 §2.3.1.1): the folder is read again, and what is known by its Message-ID is not stored twice. A server
that counts from a lower UID again (a backup was restored, and UIDVALIDITY stayed) gives UIDs anew, and is read again too, or
mail would be passed over in silence. A folder that was emptied is told in the log, and nothing is deleted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain, islice

from django.db import DatabaseError

from tradepost.accounts.access import Actor
from tradepost.kit.words import gettext_noop
from tradepost.mail import lookup, preferences
from tradepost.mail.accounts import map_folders, open_mailbox
from tradepost.mail.asking import asked
from tradepost.mail.decide import Action, Decision
from tradepost.mail.directory import Account
from tradepost.mail.errors import Renumbered, Unreadable
from tradepost.mail.filing import Batch, Filed, prepare, store
from tradepost.mail.headers import envelope
from tradepost.mail.held import Held
from tradepost.mail.mime import Limits, take_apart
from tradepost.mail.models import MailAccount
from tradepost.mail.names import concerned, named, names, wanted
from tradepost.mail.ports import Mailbox
from tradepost.mail.together import Decided, decide_page, place, provisional
from tradepost.mail.types import Envelope, FolderState, FolderUse, HeaderPage, HeaderRow
from tradepost.sync import registry
from tradepost.sync.action import Foreseen
from tradepost.sync.errors import Spoiled
from tradepost.sync.models import Stream
from tradepost.sync.runs import Pass, hold

PAGE = 2_000  # headers of one FETCH
FORESEEN = 20_000  # headers that a preview looks at: somebody waits for it
STEP = 50  # messages of one transaction, and the most whose words are in memory
LARGEST = Limits().bytes  # bytes of one message; what is beyond is cut and said
EMPTIED = 20  # messages that are missing at once, and more than half, before it is told
MEETING = 2_000_000  # bytes of a mail that may hold an answer to an invitation
# What in a folder is unlike what was left.
_ANEW = gettext_noop("The server numbered the folder anew (UIDVALIDITY changed), so it is read again.")
_RESTORED = gettext_noop(
    "The server counts from {next} again, where {reached} was reached: a backup may have been restored there. "
    "So the folder is read again."
)
_HELD = gettext_noop("The folder held {before} messages at the last look, and holds {now} now.")
_FURTHER = gettext_noop("A preview looks at {most} messages at most. A pass reads what is beyond them too.")
_STAYS = gettext_noop("Nothing is deleted here: what was logged stays.")
LOGGED = {  # what the log calls it; what is known or left out it counts, and does not list
    Action.NEW: "create",
    Action.APPEND: "append",
    Action.REVIEW: "review",
    Action.BOUNCE: "bounce",
}
WHOLE = (Action.NEW, Action.APPEND, Action.BOUNCE)  # what the header alone is not enough for


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a folder was read to; see the module."""

    uidvalidity: int = 0
    next: int = 0
    below: int = 1
    since: str = ""
    messages: int | None = None

    def seen_from(self, state: FolderState) -> tuple[Cursor, str, str]:
        """The cursor for the folder as it is now; and what in it is unlike what we left, as an action of the log and a
        sentence, or both empty."""
        fresh = Cursor(state.uidvalidity, state.uidnext, state.uidnext, self.since, state.messages)
        if self.uidvalidity != state.uidvalidity:
            return (fresh, "reindex", _ANEW) if self.uidvalidity else (fresh, "", "")
        if state.uidnext < self.next:
            return fresh, "reindex", _RESTORED.format(next=state.uidnext, reached=self.next)
        here = replace(self, messages=state.messages)
        if self.messages is not None and _emptied(self.messages, state.messages):
            return here, "emptied", f"{_HELD.format(before=self.messages, now=state.messages)} {_STAYS}"
        return here, "", ""

    @property
    def start(self) -> datetime | None:
        return datetime.fromisoformat(self.since) if self.since else None


def run(
    stream_id: int, trigger: str = "schedule", user_id: int | None = None, only: tuple[str, ...] = ()
) -> None:
    """One pass over a folder: what is new first, then history; or ``only`` some messages, each ``UIDVALIDITY/UID``."""
    with hold(stream_id, trigger, user_id) as work:
        account = MailAccount.objects.select_related("connection", "organisation").get(
            connection_id=work.stream.connection_id
        )
        with open_mailbox(account) as box:
            map_folders(account, box)
            reader = Reader(work, account, box)
            reader.again(only) if only else reader.read()


def preview(actor: Actor, stream_id: int) -> list[Foreseen]:
    """What a pass would keep, by the headers alone. An answer to mail of an earlier page is not seen as one yet."""
    stream = Stream.objects.select_related("connection").pick(actor, stream_id)
    rows = MailAccount.objects.select_related("connection", "organisation")
    account = rows.get(connection_id=stream.connection_id)
    with open_mailbox(account) as box:
        return list(Reader(Pass(stream, "preview", actor.user_id), account, box).foreseen())


class Reader:
    """A pass over one folder of one account."""

    def __init__(self, work: Pass, account: MailAccount, box: Mailbox) -> None:
        self.work = work
        self.account = account
        self.box = box
        self.folder = work.stream.remote_id
        self.cursor = Cursor(**work.stream.cursor)
        self.backwards = False
        own = frozenset({account.sender_email.lower()})
        self.place = Account(account.pk, _use(account, self.folder), own, account.owner_id)

    def read(self) -> None:
        state = self.box.state(self.folder)
        found, action, words = self.cursor.seen_from(state)
        if action:
            with self.work.commit(asdict(found)):
                self.work.log(action, self.folder, reason=words)
        self.cursor = found
        if state.uidnext > self.cursor.next:
            for page in self.box.header_pages(self.folder, self.cursor.next, page=PAGE):
                top = max((r.uid for r in page.rows), default=0)
                self._take(page, replace(self.cursor, next=max(self.cursor.next, top + 1)))
        self._commit_cursor(replace(self.cursor, next=max(self.cursor.next, state.uidnext)))
        if self.cursor.below > 1:
            self._history()

    def foreseen(self, most: int = FORESEEN) -> Iterator[Foreseen]:
        """The decisions about what is new and about history, not carried out, and beyond ``most`` messages a word that there
        are more. The cursor stays where it is."""
        state = self.box.state(self.folder)
        self.cursor, _action, _words = self.cursor.seen_from(state)
        new = self.box.header_pages(self.folder, self.cursor.next, page=PAGE)
        for page in chain(new if state.uidnext > self.cursor.next else (), self._downwards()):
            if self.work.seen >= most:
                yield Foreseen("further", self.folder, _FURTHER.format(most=most))
                return
            self.work.seen += len(page.rows)
            decided, _awaited = self._decide(self._readable(page))
            for one, decision in decided:
                if decision.action is not Action.REVIEW or not asked(self.account, one):
                    yield from _told(one, decision)

    def again(self, places: Iterable[str]) -> None:
        """Messages that failed before, once more. The cursor stays where it is."""
        for spot in places:
            uidvalidity, _, uid = spot.partition("/")
            pages = self.box.header_pages(self.folder, int(uid), int(uid))
            page = next((p for p in pages if p.rows and str(p.uidvalidity) == uidvalidity), None)
            if page is None:
                with self.work.commit():
                    self.work.log(
                        "skip", spot, reason=gettext_noop("It is no longer in this folder of the mailbox.")
                    )
            else:
                self._take(page, self.cursor)

    def _history(self) -> None:
        self.backwards = True  # nothing of it is news
        for page in self._downwards():
            below = min((row.uid for row in page.rows), default=self.cursor.below)
            self._take(page, replace(self.cursor, below=below))
        self._commit_cursor(replace(self.cursor, below=1))

    def _downwards(self) -> Iterator[HeaderPage]:
        """History from where it was left, newest first, until a whole page is older than ``since``."""
        if self.cursor.below <= 1:
            return
        start = self.cursor.start
        for page in self.box.header_pages(
            self.folder, 1, self.cursor.below - 1, page=PAGE, newest_first=True
        ):
            yield page
            dates = [r.internal_date for r in page.rows if r.internal_date]
            if start and dates and max(dates) < start:
                return

    def _commit_cursor(self, cursor: Cursor) -> None:
        if cursor != self.cursor or asdict(cursor) != self.work.stream.cursor:
            with self.work.commit(asdict(cursor)):
                self.cursor = cursor

    def _take(self, page: HeaderPage, cursor: Cursor) -> None:
        """Decide a page and store what is kept. The cursor moves with the last commit."""
        if page.uidvalidity != cursor.uidvalidity:
            raise Renumbered(folder=self.folder)
        self.work.seen += len(page.rows)
        waiting = self._readable(page)
        while waiting:
            decided, awaited = self._decide(waiting)
            self.work.counts["ignored"] += len(waiting) - len(decided)
            self._answers(page.uidvalidity, decided, awaited)
            orphans = {one.uid for one in self._file(page.uidvalidity, decided, cursor)}
            waiting = [row for row in waiting if row.uid in orphans]
        self._commit_cursor(cursor)

    def _answers(self, uidvalidity: int, decided: list[Decided], awaited: frozenset[str]) -> None:
        """What invited people answer changes the meeting, whatever becomes of the mail itself (RFC 6047). Read before the
        mail is stored: a reader that dies in between reads it again."""
        new = [one for one, decision in decided if decision.action not in (Action.DUPLICATE, Action.BOUNCE)]
        mails = {one.uid: one for one in new if one.sender.email in awaited and one.size < MEETING}
        for row, raw in self.box.messages(self.folder, sorted(mails), max_bytes=MEETING) if mails else ():
            one = mails.get(row.uid)
            for part in take_apart(raw).parts if one else ():
                if one and part.content_type == "text/calendar":
                    with self.work.commit(), self.work.record(one.subject, f"{uidvalidity}/{one.uid}"):
                        told = registry.hook("calendar.answered")(
                            self.account.organisation_id, one.sender.email, part.content
                        )
                        for title in told:
                            self.work.log(
                                "answer",
                                title,
                                reason=gettext_noop("An answer to an invitation came by mail."),
                            )

    def _file(self, uidvalidity: int, decided: list[Decided], cursor: Cursor) -> list[Envelope]:
        """Store what is kept, some at a time, and the cursor with the last of them. Returns what is to be decided anew,
        for what it answers was not stored; then the page is not done."""
        kept = [(one, decision) for one, decision in decided if decision.action is not Action.IGNORE]
        self.work.counts["ignored"] += len(decided) - len(kept)
        filed, places, orphans = self._prepare(uidvalidity, kept), dict[int, int](), list[Envelope]()
        while some := list(islice(filed, STEP)):
            with self.work.commit():
                orphans += self._store(uidvalidity, some, places)
                if done := len(some) < STEP and not orphans:
                    self.work.arrive(asdict(cursor))
            self.cursor = cursor if done else self.cursor
        return orphans

    def _store(self, uidvalidity: int, some: list[Filed], places: dict[int, int]) -> list[Envelope]:
        """Write messages at once; where one of them spoils that, each by itself. ``places`` learns the activities that
        they are on. Returns those that answer what could not be stored."""
        try:
            with self.work.attempt():
                found = dict(places)
                orphans = self._together(uidvalidity, some, found)
        except Spoiled:
            return self._singly(uidvalidity, some, places)
        places |= found
        return orphans

    def _together(self, uidvalidity: int, some: list[Filed], places: dict[int, int]) -> list[Envelope]:
        held, orphans = self._held(some, places), list[Envelope]()
        batch = Batch(self.work, self.account, uidvalidity, held, not self.backwards)
        for one in some:
            if decision := place(one.decision, places):
                if activity := batch.add(replace(one, decision=decision)):
                    places[provisional(one.envelope)] = activity
            else:
                orphans.append(one.envelope)
        batch.write()
        return orphans

    def _singly(self, uidvalidity: int, some: list[Filed], places: dict[int, int]) -> list[Envelope]:
        orphans, news = list[Envelope](), not self.backwards
        for one in some:
            if decision := place(one.decision, places):
                with self.work.record(one.envelope.subject, f"{uidvalidity}/{one.envelope.uid}"):
                    filed = replace(one, decision=decision)
                    if activity := store(self.work, self.account, uidvalidity, filed, news=news):
                        places[provisional(one.envelope)] = activity
            else:
                orphans.append(one.envelope)
        return orphans

    def _held(self, some: list[Filed], places: dict[int, int]) -> Held:
        """What they are appended to."""
        answered = (one.decision.activity for one in some if one.decision.action is Action.APPEND)
        known = {places.get(pk, pk) for pk in answered if pk is not None}
        return Held(self.account.organisation_id, (pk for pk in known if pk > 0))

    def _readable(self, page: HeaderPage) -> list[HeaderRow]:
        """The page's headers by UID. One that the server cannot hand out is logged, and holds up no other."""
        found = []
        for row in page.rows:
            if row.size or row.header:
                found.append(row)
            else:
                self.work.fail(f"UID {row.uid}", Unreadable(), f"{page.uidvalidity}/{row.uid}")
        return sorted(found, key=lambda row: row.uid)

    def _decide(self, rows: Iterable[HeaderRow]) -> tuple[list[Decided], frozenset[str]]:
        """The decisions about those that name something known, for all others are to be ignored; and who of their people was
        invited to something."""
        organisation, page = self.account.organisation, [names(row) for row in rows]
        chosen = preferences.of_company(organisation.pk)
        asked_for = wanted(page, bytes(organisation.token_key))
        directory = lookup.look_up(organisation, self.account, asked_for, chosen)
        mails = [named(envelope(row)) for row in concerned(page, directory)]
        return decide_page(mails, directory, chosen, self.place, self.cursor.start), directory.awaited

    def _prepare(self, uidvalidity: int, kept: list[Decided]) -> Iterator[Filed]:
        """With the whole message where it is needed, one in memory at a time: files go to the storage, words are kept."""
        known = {one.uid: (one, decision) for one, decision in kept}
        whole = {uid for uid, (_, decision) in known.items() if decision.action in WHOLE}
        for row, raw in self.box.messages(self.folder, sorted(whole), max_bytes=LARGEST) if whole else ():
            if row.uid not in known:
                continue
            one, decision = known.pop(row.uid)
            self.work.extend()
            if not (row.size or raw):
                self.work.fail(one.subject, Unreadable(), f"{uidvalidity}/{one.uid}")
                continue
            try:
                filed = prepare(self.account, one, decision, raw)
            except (OSError, DatabaseError):  # the ground failed, not the message: it comes again
                raise
            except Exception as error:
                self.work.fail(one.subject, error, f"{uidvalidity}/{one.uid}")
            else:
                yield filed
        for uid, (one, decision) in known.items():
            if uid in whole:
                reason = gettext_noop("It was deleted in the mailbox before it could be read.")
                self.work.log("skip", one.subject, reason=reason)
            else:
                yield Filed(one, decision)


def _told(one: Envelope, decision: Decision) -> Iterator[Foreseen]:
    if word := LOGGED.get(decision.action):
        on = decision.records or decision.candidates
        yield Foreseen(word, one.subject, decision.reason, tuple((record.kind, record.id) for record in on))


def _emptied(before: int, now: int) -> bool:
    return before - now >= EMPTIED and now * 2 < before


def _use(account: MailAccount, folder: str) -> FolderUse | None:
    return next((FolderUse(use) for use, name in account.folders.items() if name == folder), None)
