"""A company with a connected mailbox on a real server, for the tests of the mail loop."""

from __future__ import annotations

import itertools
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

from imapclient import IMAPClient
from procrastinate.contrib.django import app

from tests.servers.dovecot import PASSWORD, Dovecot
from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Actor
from tradepost.accounts.services import register_company
from tradepost.activities.models import Activity, Message
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.catalog.services import save_item
from tradepost.mail import outbox, receive
from tradepost.mail.accounts import save_account
from tradepost.mail.models import MailAccount, Outbox
from tradepost.mail.send import Letter, send_email
from tradepost.people.models import Contact, Customer
from tradepost.people.services import Email, save_contact, save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.sync.models import Stream

_numbers = itertools.count(1)


@dataclass
class World:
    actor: Actor
    customer: Customer
    contact: Contact
    order: Document
    account: MailAccount


def servers(dovecot: Any, address: str, pinned: str = "") -> dict[str, Any]:
    """The account's servers on the test's own Dovecot."""
    side = {"host": "localhost", "username": address, "pinned": pinned}
    return {
        "imap": {**side, "port": dovecot.imaps, "encryption": "tls"},
        "smtp": {**side, "port": dovecot.submission, "encryption": "starttls"},
    }


def company(email: str = "dana@shop.test") -> Actor:
    actor = register_company(company="Marlow & Finch", name="Dana", email=email, password="Correct-horse-9")
    preferences.put(actor, {"mail.active": True})
    return actor


def connect(
    actor: Actor, dovecot: Any, address: str, name: str = "Dana", *, shared: bool = False, **values: Any
) -> MailAccount:
    return save_account(
        actor,
        {"name": name, "sender_name": "Dana Whitfield", "sender_email": address, **values},
        config=servers(dovecot, address, dovecot.certificate.fingerprint),
        secrets={"imap_password": PASSWORD},
        shared=shared,
    )


def world(dovecot: Any, address: str, customer_email: str) -> World:
    actor = company(address)
    customer = save_customer(actor, {"name": "Harbor & Pine"})
    contact = save_contact(
        actor,
        {"first_name": "Renata", "last_name": "Solberg"},
        emails=[Email(customer_email)],
        customer_ids=[customer.pk],
    )
    item = save_item(actor, {"sku": "TNT-4", "name": "Tent", "price": Decimal("199.50")})
    order = save_document(
        actor, Kind.ORDER, {"customer_id": customer.pk, "contact_id": contact.pk}, [LineDraft(item.pk)]
    )
    return World(actor, customer, contact, order, connect(actor, dovecot, address))


def work() -> None:
    """Run every job that waits, here and now, as a worker would."""
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="always")


def letter(sender: str, to: str, subject: str, body: str = "Good morning.", **headers: str) -> EmailMessage:
    """A mail as a customer's program writes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = headers.pop("message_id", "") or make_msgid(domain="customer.test")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def answer(message: Message, body: str, *, sender: str, to: str) -> EmailMessage:
    reference = f"<{message.message_id}>"
    return letter(sender, to, f"Re: {message.subject}", body, In_Reply_To=reference, References=reference)


def with_file(message: EmailMessage, name: str = "ship-to.pdf") -> EmailMessage:
    message.add_attachment(b"%PDF-1.7 " + name.encode(), maintype="application", subtype="pdf", filename=name)
    return message


def deliver(dovecot: Any, message: EmailMessage, *to: str) -> None:
    """By LMTP, as a mail server would; ``to`` one after another, or to whom it is addressed."""
    for one in to or (None,):
        with smtplib.LMTP("127.0.0.1", dovecot.lmtp) as lmtp:
            lmtp.send_message(message, to_addrs=one)


@dataclass
class Desk(World):
    """The world with a customer at a keyboard: ``ours`` and ``theirs`` are mailboxes of this test alone."""

    dovecot: Dovecot
    ours: str
    theirs: str

    @classmethod
    def open(cls, dovecot: Dovecot) -> Desk:
        number = next(_numbers)
        ours, theirs = dovecot.user(f"dana{number}@shop.test"), dovecot.user(f"renata{number}@customer.test")
        desk = cls(**vars(world(dovecot, ours, theirs)), dovecot=dovecot, ours=ours, theirs=theirs)
        desk.read()  # maps the folders
        return desk

    def prefer(self, **values: object) -> None:
        preferences.put(self.actor, {f"mail.{name}": value for name, value in values.items()})

    def write(self, text: str = "Shall we split it?", *, hand_over: bool = True, **values: Any) -> Message:
        """Send Email from the order."""
        records = (Record("document", self.order.pk),)
        facts = {"to": self.theirs, "subject": "Your order", "text": text, "records": records, **values}
        sent = send_email(self.actor, Letter(self.account.pk, **facts))
        if hand_over:
            self.hand_over(sent)
        return sent

    def hand_over(self, message: Message) -> Outbox:
        row = Outbox.objects.get(message=message)
        outbox.send(outbox_id=row.pk)
        message.refresh_from_db()
        row.refresh_from_db()
        return row

    def receive(self, *messages: EmailMessage) -> None:
        for message in messages:
            deliver(self.dovecot, message)
        self.read()

    def reply(self, to: Message, body: str = "Splitting is fine.") -> EmailMessage:
        return answer(to, body, sender=self.theirs, to=self.ours)

    def from_customer(
        self, subject: str = "A question", body: str = "Good morning.", **headers: str
    ) -> EmailMessage:
        return letter(self.theirs, self.ours, subject, body, **headers)

    def stream(self, folder: str = "INBOX") -> Stream:
        return Stream.objects.get(connection=self.account.connection_id, remote_id=folder)

    def read(self) -> None:
        """A pass over each folder."""
        streams = Stream.objects.filter(
            enabled=True, connection__mail_account__organisation_id=self.actor.organisation_id
        )
        for pk in list(streams.order_by("pk").values_list("pk", flat=True)):
            receive.run(pk)
        self.account.refresh_from_db()
        self.account.connection.refresh_from_db()

    def history(self) -> list[Activity]:
        """The order's Activity History, newest first."""
        return timeline(self.actor, "document", self.order.pk)

    def messages(self) -> list[Message]:
        return list(Message.objects.filter(organisation_id=self.actor.organisation_id).order_by("pk"))

    def texts(self) -> list[str]:
        return [message.text.strip() for message in self.messages()]

    @contextmanager
    def phone(self, address: str = "", folder: str = "INBOX") -> Iterator[IMAPClient]:
        """Another program on the mailbox."""
        with IMAPClient("127.0.0.1", self.dovecot.imap, ssl=False) as client:
            client.login(address or self.ours, PASSWORD)
            client.select_folder(folder)
            yield client

    def count(self, folder: str = "INBOX") -> int:
        with self.phone(folder=folder) as client:
            return len(client.search())
