"""Simulated customers: they answer mail as people with real mail programs do.

``answer`` is pure: the same message to the same person gives the same words. ``Customers`` posts them.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, getaddresses, parseaddr
from hashlib import sha256
from typing import TypeVar

from tradepost.sandbox.accounts import Account, Plays
from tradepost.sandbox.paper import pdf
from tradepost.sandbox.post import Delivered, Post
from tradepost.sandbox.trails import Program, Quoted, write

log = logging.getLogger(__name__)

T = TypeVar("T")

_WORDS = {
    "quote": [
        "Thanks for the quote, it works for us. Please go ahead, purchase order attached.",
        "Thank you. Could you do the second line in packs of 12 instead? Otherwise we are happy with it.",
        "This looks good. Can you hold the prices until the end of the month? One more signature is due here.",
    ],
    "invoice": [
        "Received, thank you. I have passed it on to accounts payable.",
        "Thanks. Our accounts need the purchase order number on it; I attach the order once more.",
    ],
    "order": [
        "Confirmed, thank you. Please ship to our usual dock; it is open from 7 to 3 on weekdays.",
        "Thanks for the update. Could you add the tracking number as soon as you have it?",
        "All correct from our side. I attach the signed purchase order for your records.",
        "Thank you! One change if it is not too late: please leave the delivery until Thursday.",
    ],
    "": [
        "Thanks for getting back to me so quickly. That answers it.",
        "Thank you, noted. I will talk to my colleagues and come back to you this week.",
        "Good to hear. Could you send me your current price list when you have a minute?",
    ],
}


@dataclass(frozen=True, slots=True)
class Persona:
    """A simulated person and the mail program they use."""

    address: str
    name: str
    company: str
    program: Program
    away: bool = False


def persona_of(account: Account) -> Persona:
    """The person behind an account; the program follows from the address, so that it never changes."""
    program = _pick(list(Program), sha256(account.address.encode()).digest(), 0)
    return Persona(account.address, account.name, account.company, program, account.plays is Plays.AWAY)


def answer(raw: bytes, persona: Persona, at: datetime) -> bytes | None:
    """What this person writes back, or None: to machines, lists, themselves, or when they are only copied."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    sender = parseaddr(str(message.get("Reply-To") or message.get("From", "")))[1].lower()
    to = {address.lower() for address in _addresses(message, "To")}
    if not sender or sender == persona.address or persona.address not in to or is_automatic(message):
        return None
    chance = sha256(raw + persona.address.encode()).digest()
    reply = _out_of_office(message, persona, at) if persona.away else _reply(message, persona, at, chance)
    reply["From"] = f'"{persona.name}" <{persona.address}>'
    reply["To"] = str(message.get("Reply-To") or message["From"])
    reply["Message-ID"] = _message_id(persona, chance)
    _thread(reply, message)
    for number, part in enumerate(part for part in reply.walk() if part.is_multipart()):
        part.set_boundary(f"{number:06}{chance.hex()[:22]}")
    return reply.as_bytes(policy=SMTP)


def is_automatic(message: EmailMessage) -> bool:
    """RFC 3834 §2: answers go to no automatic message, list or null return path."""
    return (
        str(message.get("Auto-Submitted", "no")).lower() != "no"
        or str(message.get("Precedence", "")).lower() in {"bulk", "list", "junk", "auto_reply"}
        or "List-Id" in message
        or str(message.get("Return-Path", "")).strip() == "<>"
        or message.get_content_type() == "multipart/report"
    )


def _reply(message: EmailMessage, persona: Persona, at: datetime, chance: bytes) -> EmailMessage:
    subject = str(message.get("Subject", ""))
    words = _pick(_WORDS[_topic(subject)], chance, 0)
    signature = f"{persona.name}\n{persona.company}"
    written = write(persona.program, f"{words}\n\n{signature}", _quoted(message, at))
    prefix = "RE: " if persona.program is Program.OUTLOOK else "Re: "
    reply = EmailMessage()
    reply["Subject"] = prefix + re.sub(r"^(?:(?:re|aw|fw|fwd):\s*)+", "", subject, flags=re.I)
    reply["Date"] = format_datetime(at)
    reply.set_content(written.text)
    if written.html:
        reply.add_alternative(written.html, subtype="html")
    if "attach" in words:
        number = f"PO-{int.from_bytes(chance[1:3], 'big'):05}"
        reply.add_attachment(
            _purchase_order(number, persona, subject),
            maintype="application",
            subtype="pdf",
            filename=f"{number}.pdf",
        )
    return reply


def _out_of_office(message: EmailMessage, persona: Persona, at: datetime) -> EmailMessage:
    reply = EmailMessage()
    reply["Subject"] = f"Automatic reply: {message.get('Subject', '')}"
    reply["Date"] = format_datetime(at)
    reply["Auto-Submitted"] = "auto-replied"
    reply["X-Auto-Response-Suppress"] = "All"
    words = "Thank you for your message. I am out of the office and will read it when I am back on Monday."
    reply.set_content(f"{words}\n\n{persona.name}\n")
    return reply


def _thread(reply: EmailMessage, message: EmailMessage) -> None:
    """In-Reply-To and References as RFC 5322 §3.6.4 builds them."""
    parent = str(message.get("Message-ID", "")).strip()
    if parent:
        earlier = str(message.get("References") or message.get("In-Reply-To") or "").split()
        reply["In-Reply-To"] = parent
        reply["References"] = " ".join([*earlier, parent])


def _quoted(message: EmailMessage, at: datetime) -> Quoted:
    name, address = parseaddr(str(message.get("From", "")))
    return Quoted(
        sender_name=name or address,
        sender=address,
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        at=getattr(message["Date"], "datetime", None) or at,
        text=_text(message, "plain") or re.sub(r"<[^>]+>", "", _text(message, "html")),
        html=_text(message, "html"),
    )


def _text(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    try:
        return str(part.get_content()).replace("\r\n", "\n") if part else ""
    except (LookupError, ValueError):
        return ""


def _topic(subject: str) -> str:
    return next((topic for topic in _WORDS if topic and topic in subject.lower()), "")


def _purchase_order(number: str, persona: Persona, subject: str) -> bytes:
    return pdf(
        f"Purchase order {number}",
        [
            persona.company,
            f"Ordered by {persona.name}, {persona.address}",
            "",
            f"Reference: {subject}",
            "",
            "Signed.",
        ],
    )


def _message_id(persona: Persona, chance: bytes) -> str:
    local, domain = chance.hex()[:32], persona.address.rpartition("@")[2]
    shapes = {
        Program.GMAIL: f"<CA+{local}@mail.gmail.com>",
        Program.OUTLOOK: f"<{local[:20].upper()}@{local[20:28].upper()}.namprd01.prod.outlook.com>",
        Program.APPLE: f"<{local[:8]}-{local[8:12]}-{local[12:16]}-{local[16:]}@{domain}>".upper(),
        Program.PLAIN: f"<{local}@{domain}>",
    }
    return shapes[persona.program]


def _addresses(message: EmailMessage, name: str) -> list[str]:
    header = message.get(name)
    return [address.addr_spec for address in header.addresses] if header is not None else []


def _pick(options: Sequence[T], chance: bytes, byte: int) -> T:
    return options[chance[byte] % len(options)]


class Customers:
    """Watches the post and lets each customer answer ``delay`` to twice ``delay`` seconds after delivery."""

    def __init__(self, post: Post, delay: float = 1.0) -> None:
        self.post = post
        self.delay = delay
        post.on_delivery.append(self.arrived)

    def arrived(self, delivered: Delivered) -> None:
        if delivered.account.plays not in {Plays.CUSTOMER, Plays.AWAY} or not delivered.sender:
            return
        sender = self.post.directory.find(delivered.sender)
        if sender is not None and sender.plays is not Plays.USER:
            return
        pause = self.delay * (1 + sha256(delivered.raw).digest()[-1] / 255)
        asyncio.get_running_loop().call_later(pause, self._answer, delivered)

    def _answer(self, delivered: Delivered) -> None:
        account = delivered.account
        try:
            reply = answer(delivered.raw, persona_of(account), datetime.now(UTC))
        except Exception:
            # A customer who cannot read a message stays silent; the server must not stop for it.
            log.exception("no answer from %s", account.address)
            return
        if reply is not None:
            automatic = account.plays is Plays.AWAY
            to = getaddresses([str(message_from_bytes(reply)["To"])])
            self.post.send("" if automatic else account.address, [address for _, address in to], reply)
            self.post.file_sent(account, reply)
