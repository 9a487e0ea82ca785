"""The main journey on real servers: a mail goes out from a sales order, and the answer stands on that order."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest

from tests.mail.world import work, world
from tradepost.activities.models import Attachment, DeliveryState, Message
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.mail.send import Letter, send_email
from tradepost.sync.models import Stream
from tradepost.sync.tasks import request_run

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]


def deliver(dovecot: Any, message: EmailMessage) -> None:
    with smtplib.LMTP("127.0.0.1", dovecot.lmtp) as lmtp:
        lmtp.send_message(message)


def answer(message: Message, body: str, *, sender: str, to: str) -> EmailMessage:
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = sender, to, f"Re: {message.subject}"
    reply["Message-ID"] = make_msgid(domain="customer.test")
    reply["In-Reply-To"] = reply["References"] = f"<{message.message_id}>"
    reply.set_content(body)
    return reply


@pytest.mark.req("A12", "A13", "A14", "A15", "A16")
def test_a_reply_with_its_file_stands_on_the_order(dovecot: Any) -> None:
    ours, theirs = dovecot.user("dana@shop.test"), dovecot.user("renata@customer.test")
    here = world(dovecot, ours, theirs)
    work()
    sent = send_email(
        here.actor,
        Letter(
            here.account.pk,
            f"Renata <{theirs}>",
            "Your order SO-00001",
            text="Shall we split it?",
            records=(Record("document", here.order.pk),),
        ),
    )
    work()
    sent.refresh_from_db()
    assert sent.state == DeliveryState.SENT
    reply = answer(sent, "Splitting is fine.", sender=theirs, to=ours)
    reply.add_attachment(b"%PDF-1.7 ship to", maintype="application", subtype="pdf", filename="ship-to.pdf")
    deliver(dovecot, reply)
    for stream in Stream.objects.filter(enabled=True):
        request_run(stream.pk)
    work()
    [activity] = timeline(here.actor, "document", here.order.pk)
    assert [m.text.strip() for m in activity.messages.all()] == ["Shall we split it?", "Splitting is fine."]
    assert Attachment.objects.get(message__outgoing=False).name == "ship-to.pdf"
    assert [a.pk for a in timeline(here.actor, "contact", here.contact.pk)] == [activity.pk]
