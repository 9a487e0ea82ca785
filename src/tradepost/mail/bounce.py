"""Delivery reports (RFC 3464, RFC 3462) and the older ways of saying that a mail came back. Never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tradepost.kit.text import fold_email
from tradepost.mail.bounce_prose import read_prose
from tradepost.mail.headers import message_ids, split
from tradepost.mail.mime import take_apart

_READ = 512_000  # bytes of a report that are looked at
_GROUPS = 1_000  # recipients that one report tells of


class Outcome(StrEnum):
    """RFC 3464 §2.3.3 Action."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """What became of a recipient. ``status`` is RFC 3463 (``5.1.1``), ``diagnostic`` the server's own
    words."""

    recipient: str
    outcome: Outcome
    status: str = ""
    diagnostic: str = ""

    @property
    def permanent(self) -> bool:
        """Whether sending again is of no use (class 5, or failed without a class)."""
        return self.outcome is Outcome.FAILED and not self.status.startswith("4.")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report: the Message-ID of the mail it is about, without brackets ("" where it does not say)."""

    message_id: str
    recipients: tuple[Undelivered, ...]

    @property
    def outcome(self) -> Outcome | None:
        """The worst that happened to anyone."""
        happened = {r.outcome for r in self.recipients}
        return next((o for o in Outcome if o in happened), None)


_PART = re.compile(rb"^content-type:[ \t]*(message/(?:global-)?delivery-status|message/rfc822|message/global|"
                   rb"text/(?:rfc822|global)-headers?|message/global-headers)", re.I | re.M)  # fmt: skip
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_ID_LINE = re.compile(rb"^[>| \t]*message-id:\s*(<[^<>\s]{3,990}>)", re.I | re.M)


def read_bounce(raw: bytes) -> Bounce | None:
    """The report in a message flagged as one (``Envelope.report``); None where nothing was reported."""
    raw = raw[:_READ]
    standard = tuple(_standard(raw))
    about = _original_id(raw)
    if standard:
        return Bounce(about, standard)
    told = tuple(_told(raw))
    return Bounce(about, told) if told else None


def _sections(raw: bytes, *kinds: bytes) -> Iterator[bytes]:
    end = 0
    for found in _PART.finditer(raw):
        if found[1].lower() in kinds and found.start() >= end:  # not within the one before
            blank = _BLANK.search(raw, found.end())
            start = blank.end() if blank else found.end()
            end = raw.find(b"\n--", start)
            end = end if end >= 0 else len(raw)
            yield raw[start:end]


def _standard(raw: bytes) -> Iterator[Undelivered]:
    for section in _sections(raw, b"message/delivery-status", b"message/global-delivery-status"):
        for group in _BLANK.split(section, _GROUPS):
            fields = split(group)
            asked, last = (
                _typed(fields.get("original-recipient", "")),
                _typed(fields.get("final-recipient", "")),
            )
            recipient = asked if "@" in asked else last
            if not recipient or not fields.keys() & {"action", "status"}:
                continue
            word = fields.get("action", "failed").split()[:1]
            status = _STATUS.search(fields.get("status", ""))
            outcome = Outcome(word[0].lower()) if word and word[0].lower() in set(Outcome) else Outcome.FAILED
            diagnostic = _typed(fields.get("diagnostic-code", ""))[:1000]
            yield Undelivered(fold_email(recipient), outcome, status[1] if status else "", diagnostic)


def _typed(value: str) -> str:
    """``rfc822; bob@customer.example`` → ``bob@customer.example`` (RFC 3464 §2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon else kind).strip()


def _original_id(raw: bytes) -> str:
    enclosed = _sections(
        raw, b"message/rfc822", b"message/global", b"text/rfc822-headers", b"text/rfc822-header",
        b"text/global-headers", b"message/global-headers",
    )  # fmt: skip
    for section in enclosed:
        if ids := message_ids(split(section.lstrip()).get("message-id", "")):
            return ids[0]
    body = _BLANK.search(raw)
    quoted = _ID_LINE.search(raw, body.end()) if body else None
    return quoted[1].decode("utf-8", "replace").strip("<>") if quoted else ""


def _told(raw: bytes) -> Iterator[Undelivered]:
    """Exim's X-Failed-Recipients, and what servers tell in prose."""
    prose = read_prose(split(raw), take_apart(raw).text)
    if prose is None:
        return
    outcome = Outcome.DELAYED if prose.later else Outcome.FAILED
    for recipient in prose.recipients:
        yield Undelivered(recipient, outcome, prose.status, prose.words)
