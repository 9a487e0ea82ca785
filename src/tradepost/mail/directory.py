"""What the decision about mail may know: the frozen answer of one bulk lookup, and the company's preferences.

``names.wanted`` says what to look up for a page of headers; the caller reads it in a handful of queries and hands back a
``Directory``. Keys are folded: Message-IDs by ``headers.fold_id``, addresses by ``kit.text.fold_email``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tradepost.activities.records import Record
from tradepost.mail import tokens
from tradepost.mail.headers import fold_id
from tradepost.mail.types import Envelope, FolderUse


class Response(StrEnum):
    """A8: what becomes of an answer to a mail that originated in the system."""

    APPEND = "append"
    OWN = "own"
    DISREGARD = "disregard"


class ContactMail(StrEnum):
    """A9: what becomes of mail exchanged with a contact outside the system."""

    LOG = "log"
    DISREGARD = "disregard"


class Files(StrEnum):
    """A10: what becomes of the files of a logged mail."""

    ADD = "add"
    DISREGARD = "disregard"


class FilesGoTo(StrEnum):
    """With A8 = own: the mail that brought them (and shown on the original), or the source's own rule."""

    MAIL = "mail"
    ORIGINAL = "original"


class Visibility(StrEnum):
    """Who sees a logged mail."""

    OWNER = "owner"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The company-wide choices A8–A11. ``never_log`` holds addresses and domains (a domain covers those
    below), ``internal`` the company's own domains."""

    response: Response = Response.APPEND
    contact_mail: ContactMail = ContactMail.LOG
    files: Files = Files.ADD
    files_go_to: FilesGoTo = FilesGoTo.MAIL
    log_visibility: Visibility = Visibility.OWNER
    never_log: frozenset[str] = frozenset()
    internal: frozenset[str] = frozenset()
    flood: int = 20  # messages of one sender within ``FLOOD_WINDOW`` after which a person is asked


FLOOD_WINDOW = timedelta(minutes=120)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact behind an address, with the companies he belongs to (a company's own address: ``id`` 0)."""

    id: int
    customers: frozenset[int] = frozenset()
    vendors: frozenset[int] = frozenset()
    leads: frozenset[int] = frozenset()

    @property
    def records(self) -> tuple[Record, ...]:
        own = (Record("contact", self.id),) if self.id else ()
        companies = {"customer": self.customers, "vendor": self.vendors, "lead": self.leads}
        return own + tuple(Record(kind, pk) for kind, ids in companies.items() for pk in sorted(ids))


@dataclass(frozen=True, slots=True)
class Origin:
    """What a mark leads to. ``activity`` is None where a mark names a record alone (an order by its number).

    ``ours``: the message originated in the system (A8); otherwise it was logged from a mailbox (A9).
    ``participants`` are the addresses that belong there; a thread id is valid in ``account`` only. ``owner`` is whose it is, if
    it is a person's, and ``reaches`` are the addresses whose mail he gets.
    """

    activity: int | None
    records: tuple[Record, ...]
    participants: frozenset[str] = frozenset()
    customers: frozenset[int] = frozenset()
    account: int | None = None
    ours: bool = True
    visibility: Visibility = Visibility.ALL
    vendors: frozenset[int] = frozenset()
    owner: int | None = None
    reaches: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    """The mail account and folder a page was read from. ``addresses`` are all that its owner sends as; a shared one has no
    ``owner``."""

    id: int
    folder: FolderUse | None = FolderUse.INBOX
    addresses: frozenset[str] = frozenset()
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look up for a page."""

    message_ids: frozenset[str]
    ours: frozenset[str]  # of these, those with a mark of the company
    tokens: frozenset[tokens.Token]
    emails: frozenset[str]
    threads: frozenset[str]
    conversations: frozenset[str]
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Directory:
    """The answer, for one organisation whose mark key is ``key``.

    Of the Message-IDs asked for ``ours`` are those that the organisation made, ``seen`` those already stored, and ``taken_back``
    those that somebody took back. ``messages``: from a known Message-ID to its activity. ``tokens``: by kind and id.
    ``activities``: by their key. ``numbers``: by document number, upper case. ``own``: the addresses of all users;
    ``internal``: the company's domains. ``rate``: messages of a sender since ``lately``, by ``FLOOD_WINDOW``. ``awaited``: who was invited
    to something and may answer.
    """

    key: bytes = b""
    ours: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    taken_back: frozenset[str] = frozenset()
    messages: Mapping[str, Origin] = field(default_factory=dict)
    tokens: Mapping[tuple[str, int], Origin] = field(default_factory=dict)
    activities: Mapping[int, Origin] = field(default_factory=dict)
    threads: Mapping[str, Origin] = field(default_factory=dict)
    conversations: Mapping[str, Origin] = field(default_factory=dict)
    numbers: Mapping[str, Origin] = field(default_factory=dict)
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    internal: frozenset[str] = frozenset()
    rate: Mapping[str, int] = field(default_factory=dict)
    lately: datetime | None = None
    awaited: frozenset[str] = frozenset()

    def learned(self, envelope: Envelope, origin: Origin) -> Directory:
        """The same, with a message that is kept on ``origin``'s activity: what comes after it may answer it."""
        assert origin.activity is not None
        message_id = fold_id(envelope.message_id)
        threads = {envelope.thread: origin} if envelope.thread else {}
        conversations = {envelope.conversation: origin} if envelope.conversation else {}
        sender, at = envelope.sender.email, envelope.received
        late = self.lately is not None and at is not None and at >= self.lately
        return replace(
            self,
            seen=self.seen | {message_id},
            messages={**self.messages, message_id: origin},
            activities={**self.activities, origin.activity: origin},
            threads={**self.threads, **threads},
            conversations={**self.conversations, **conversations},
            rate={**self.rate, sender: self.rate.get(sender, 0) + 1} if late else self.rate,
        )

    def is_own(self, email: str, account: Account) -> bool:
        """Whether an address is ours (a user's, the account's, of a company domain). It is never a
        contact."""
        if email in self.own or email in account.addresses:
            return True
        if "+" in email and ((plain := _without_plus(email)) in self.own or plain in account.addresses):
            return True
        return email.rpartition("@")[2] in self.internal


def _without_plus(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
