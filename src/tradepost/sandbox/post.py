"""The post of the simulated world: brings a message to mailboxes, returns what cannot be delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, make_msgid
from hashlib import sha256

from tradepost.sandbox.accounts import Account, Directory, Plays
from tradepost.sandbox.mailstore import MailStore


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that reached a mailbox. ``sender`` is the envelope's, empty for bounces."""

    account: Account
    sender: str
    raw: bytes


class Post:
    def __init__(self, directory: Directory, store: MailStore) -> None:
        self.directory = directory
        self.store = store
        self.on_delivery: list[Callable[[Delivered], None]] = []

    def send(self, sender: str, recipients: Iterable[str], raw: bytes) -> None:
        """Deliver to each mailbox at once. Unknown addresses of our own domains bounce; mail to others
        is swallowed: nothing ever leaves the sandbox."""
        unknown = []
        for address in dict.fromkeys(recipient.lower() for recipient in recipients):
            account = self.directory.find(address)
            if account is not None and account.plays is not Plays.GONE:
                self._deliver(account, sender, raw)
            elif account is not None or address.rpartition("@")[2] in self.directory.domains():
                unknown.append(address)
        if unknown and sender:
            self.send("", [sender], bounce(sender, unknown, raw, datetime.now(UTC)))

    def file_sent(self, account: Account, raw: bytes) -> None:
        """Keep a copy in the account's Sent folder, as a mail program does."""
        self.store.open(account.address)
        folder = self.store.folder(account.address, "Sent")
        assert folder is not None
        self.store.append(folder.id, raw, ["\\Seen"])

    def _deliver(self, account: Account, sender: str, raw: bytes) -> None:
        self.store.open(account.address)
        inbox = self.store.folder(account.address, "INBOX")
        assert inbox is not None
        self.store.append(inbox.id, _trace(account.address, sender) + raw)
        for hook in self.on_delivery:
            hook(Delivered(account, sender, raw))


def _trace(recipient: str, sender: str) -> bytes:
    """The lines a delivering server puts before the header (RFC 5321 §4.4)."""
    now = format_datetime(datetime.now(UTC))
    return (
        f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
        f"Received: from post.sandbox by mail.sandbox for <{recipient}>; {now}\r\n"
    ).encode()


_BOUNCE = """\
From: Mail Delivery System <mailer-daemon@mail.sandbox>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {message_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"

--{mark}
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to:

{words}

--{mark}
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sandbox
Arrival-Date: {date}

{statuses}
--{mark}
Content-Type: text/rfc822-headers

"""


def bounce(sender: str, unknown: Iterable[str], raw: bytes, at: datetime) -> bytes:
    """A delivery status notification (RFC 3464) that encloses the header of the returned message."""
    addresses, mark = list(unknown), f"=_{sha256(raw).hexdigest()[:24]}"
    refusal = "550 5.1.1 No such user here"
    head = _BOUNCE.format(
        sender=sender,
        date=format_datetime(at),
        message_id=make_msgid(domain="mail.sandbox"),
        mark=mark,
        words="\n".join(f"  <{address}>: {refusal}" for address in addresses),
        statuses="".join(
            f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n"
            f"Diagnostic-Code: smtp; {refusal}\n\n"
            for address in addresses
        ),
    )
    header = raw.partition(b"\r\n\r\n")[0]
    return head.replace("\n", "\r\n").encode("utf-8") + header + f"\r\n\r\n--{mark}--\r\n".encode()
