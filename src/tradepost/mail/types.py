"""What a mailbox is to the desk: the canonical, frozen model that connectors fill and the decision reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class FolderUse(StrEnum):
    """What a folder is for; RFC 6154 (SPECIAL-USE) and INBOX."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    JUNK = "junk"
    ARCHIVE = "archive"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the server lists it. ``name`` is decoded text; ``use`` is what SPECIAL-USE says, if anything."""

    name: str
    use: FolderUse | None = None
    selectable: bool = True
    delimiter: str = "/"


@dataclass(frozen=True, slots=True)
class FolderState:
    """RFC 3501 §2.3.1.1 and RFC 7162: what identifies a folder's content at a moment."""

    uidvalidity: int
    uidnext: int
    messages: int
    highest_modseq: int | None = None


class HeaderRow(NamedTuple):
    """One message of a header page, as read off the wire. ``header`` is the raw bytes of the asked fields (CRLF).

    A tuple, since there is one for every message of a mailbox: it is made in a fifth of a frozen dataclass's time.
    """

    uid: int
    size: int
    internal_date: datetime | None
    flags: tuple[str, ...]
    header: bytes
    provider_thread: str = ""  # X-GM-THRID where the server has it


@dataclass(frozen=True, slots=True)
class HeaderPage:
    """Rows of one FETCH, and how many UIDs of the asked range the server did not return (expunged)."""

    folder: str
    uidvalidity: int
    rows: tuple[HeaderRow, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """``email`` is folded (kit.text.fold_email); ``name`` is decoded for people."""

    email: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


class Envelope(NamedTuple):
    """A message's header, parsed for matching only; a tuple as ``HeaderRow`` is. Message ids are without angle brackets.

    ``references`` holds References then In-Reply-To, newest first, without doubles, 32 at most.
    ``automatic`` is why the message counts as automatic ("auto-submitted", "list", "precedence", …) or "".
    ``report`` is true for multipart/report (RFC 3464 delivery status) or a null return path.
    ``bcc`` stands in what somebody sent, as his own copy of it has it. ``hop`` is our own X- header, if the message went through tradepost. ``thread`` is the provider's own
    thread id, ``conversation`` Outlook's (the GUID of ``thread_index``, hex). ``reply_tokens`` are not verified yet.
    """

    uid: int
    message_id: str
    references: tuple[str, ...]
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    received: datetime | None
    size: int
    automatic: str = ""
    report: bool = False
    hop: str = ""
    thread: str = ""
    reply_tokens: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    in_reply_to: str = ""
    conversation: str = ""
    thread_index: str = ""
    bcc: tuple[Address, ...] = ()

    @property
    def recipients(self) -> tuple[Address, ...]:
        return self.to + self.cc + self.bcc


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment or inline file of a message. ``content_id`` is without brackets and set for inline images."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A message taken apart by ``mail.mime``. ``html`` is raw (never shown unsanitised); ``problems`` are sentences;
    ``reply_to`` is where its sender wants answers (RFC 5322 §3.6.2), if he says so."""

    text: str
    html: str
    parts: tuple[Part, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    reply_to: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message handed to the outgoing server. ``refused`` maps an address to the server's words."""

    accepted: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""  # as the provider rewrote it, if it said so


class Step(StrEnum):
    """The steps of Test Connection, in the order they are walked."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    LOGIN = "login"
    FOLDERS = "folders"
    SMTP_NAME = "smtp-name"
    SMTP_CONNECT = "smtp-connect"
    SMTP_TLS = "smtp-tls"
    SMTP_LOGIN = "smtp-login"


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of Test Connection. ``took`` in seconds; ``fingerprint`` is the SHA-256 of a certificate that failed."""

    step: Step
    ok: bool
    cause: str = ""
    cure: str = ""
    took: float = 0.0
    fingerprint: str = ""
