from __future__ import annotations
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any
from tradepost.mail.types import Address


@dataclass(frozen=True)
class Draft:
    message_id: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str
    at: datetime
    in_reply_to: str
    references: tuple[str, ...]
    thread_index: str
    hop: str
    files: tuple[Any, ...]


def compose(d: Draft) -> bytes:
    m = EmailMessage(policy=SMTP)
    m["Message-ID"] = f"<{d.message_id}>"
    m["From"] = formataddr((d.sender.name, d.sender.email))
    m["To"] = ", ".join(formataddr((a.name, a.email)) for a in d.to)
    m["Subject"] = d.subject
    m["Date"] = format_datetime(d.at)
    m["X-Tradepost-Hop"] = d.hop
    m.set_content(d.text or d.html)
    return m.as_bytes()
