"""The journeys of the demo: Dana writes from an order, and what comes back stands on that order. One company goes through all."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import make_msgid
from typing import Any

import pytest
from django.test import override_settings

from tests.emptying import shared
from tests.mail.world import work
from tests.sandbox.conftest import mailbox, tls
from tradepost.accounts.access import Actor
from tradepost.activities.models import Activity, Attachment, DeliveryState, Message
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.jobs.models import Notice
from tradepost.mail.models import MailAccount, Outbox
from tradepost.mail.send import Letter, send_email
from tradepost.pim import services
from tradepost.pim.invite import invite
from tradepost.pim.queries import event
from tradepost.sales.models import Document, Kind
from tradepost.sandbox.customer import Customers
from tradepost.sandbox.mailserver import Running, running
from tradepost.sandbox.seed import MAIL_PASSWORD, fill
from tradepost.sync.models import Stream
from tradepost.sync.tasks import request_run

DANA = "dana@marlowfinch.example"

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Desk:
    """The filled company, its newest order, Dana's mailbox, how many messages she has, and the sandbox they live in."""

    world: Running
    actor: Actor
    order: Document
    account: MailAccount
    had: int = 0

    def write(self, to: str, subject: str, **more: Any) -> Message:
        """Send an e-mail from the order."""
        record = Record("document", self.order.pk)
        sent = send_email(
            self.actor,
            Letter(self.account.pk, to, subject, text="Is Thursday fine?", records=(record,), **more),
        )
        work()
        sent.refresh_from_db()
        return sent

    def receive(self) -> None:
        """Wait until a message more lies in Dana's inbox, then read it."""
        with mailbox(self.world, DANA, password=MAIL_PASSWORD) as client:
            client.idle()
            while (there := self.world.call(lambda server: server.messages(DANA))) <= self.had:
                assert client.idle_check(timeout=20), "nothing arrived"
        self.had = there
        for stream in Stream.objects.filter(enabled=True):
            request_run(stream.pk)
        work()


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("world")
    local = override_settings(PRIVATE_HOSTS=["127.0.0.0/8"])
    with django_db_blocker.unblock(), shared(), local, running(folder) as world:
        world.call(lambda server: Customers(server.post, 0.05))
        actor = fill(password="outdoor-supply-2026", small=True, world=world.server.announcement())
        work()
        order = Document.objects.of(actor).filter(kind=Kind.ORDER, po_number="HP-2207").get()
        account = MailAccount.objects.get(sender_email=DANA)
        yield Desk(world, actor, order, account, world.call(lambda server: server.messages(DANA)))


def messages_on(desk: Desk, activity: Activity) -> list[Message]:
    return list(activity.messages.order_by("at"))


@pytest.mark.req("A12", "A13", "A14", "A15")
def test_a_customer_answers_on_the_order(desk: Desk) -> None:
    sent = desk.write("Renata Solis <renata@harborpine.example>", f"Order {desk.order.number}")
    assert sent.state == DeliveryState.SENT
    desk.receive()
    ours, theirs = messages_on(desk, sent.activity)
    assert (ours.outgoing, theirs.outgoing) == (True, False)
    assert theirs.sender_email == "renata@harborpine.example"
    assert theirs.text.strip()
    assert "Is Thursday fine?" in theirs.text + theirs.quoted
    assert sent.activity in timeline(desk.actor, "document", desk.order.pk)
    with mailbox(desk.world, DANA, "Sent", password=MAIL_PASSWORD) as client:
        assert len(client.search(["HEADER", "Message-ID", sent.message_id])) == 1


@pytest.mark.req("A16")
def test_a_purchase_order_comes_with_an_answer(desk: Desk) -> None:
    for number in range(1, 9):
        desk.write("renata@harborpine.example", f"Quote for {desk.order.number}, part {number}")
        desk.receive()
        if paper := Attachment.objects.filter(
            message__outgoing=False, name__startswith="PO-", message__account_ref=str(desk.account.pk)
        ).first():
            break
    else:
        pytest.fail("none of eight answers brought a purchase order")
    assert paper.content_type == "application/pdf"
    assert paper.activity in timeline(desk.actor, "document", desk.order.pk)


def test_an_absent_customer_sends_a_note_and_the_exchange_ends(desk: Desk) -> None:
    sent = desk.write("theo@harborpine.example", f"Order {desk.order.number}")
    desk.receive()
    _ours, note = messages_on(desk, sent.activity)
    assert note.automatic
    assert desk.world.call(lambda server: server.messages("theo@harborpine.example")) == 1


def test_a_bounce_marks_the_mail_it_returns(desk: Desk) -> None:
    sent = desk.write("bert@harborpine.example", f"Order {desk.order.number}")
    desk.receive()
    sent.refresh_from_db()
    assert sent.state == DeliveryState.BOUNCED
    assert "No such user" in sent.state_reason


@pytest.mark.req("X2")
def test_a_guest_is_invited_by_mail_and_her_answer_stands_on_the_event(desk: Desk) -> None:
    guest = {"email": "renata@harborpine.example", "name": "Renata Solis"}
    values = {
        "title": "Spring range",
        "start": "2027-03-29T09:00",
        "zone": "Europe/Berlin",
        "attendees": [guest],
    }
    before = Outbox.objects.count()
    row = services.add_event(desk.actor, Record("document", desk.order.pk), values)
    work()
    assert Outbox.objects.count() == before
    sent = invite(desk.actor, row.pk, desk.account.pk, [guest["email"]])
    work()
    sent.refresh_from_db()
    assert sent.state == DeliveryState.SENT
    with mailbox(desk.world, guest["email"], password=MAIL_PASSWORD) as client:
        [(_, data)] = client.fetch(
            client.search(["HEADER", "Message-ID", sent.message_id]), ["RFC822"]
        ).items()
    parts = list(message_from_bytes(data[b"RFC822"], policy=default).walk())
    [meeting] = [part for part in parts if part.get_content_type() == "text/calendar"]
    assert meeting["Content-Type"].params["method"] == "REQUEST"
    request = meeting.get_content()
    assert f'ORGANIZER;CN="Dana Whitfield":mailto:{DANA}' in request.replace("\r\n ", "")
    reply = request.replace("METHOD:REQUEST", "METHOD:REPLY").replace("NEEDS-ACTION", "ACCEPTED")
    answer = EmailMessage(policy=SMTP)
    answer["From"], answer["To"], answer["Subject"] = guest["email"], DANA, "Accepted: Spring range"
    answer["Message-ID"] = make_msgid(domain="harborpine.example")
    answer.set_content("Renata accepts.")
    answer.add_alternative(reply.replace("\r\n", "\n"), subtype="calendar", params={"method": "REPLY"})
    submit_as(desk.world, answer.as_bytes(), guest["email"])
    desk.receive()
    (who,) = event(desk.actor, row.pk)[1].attendees
    assert (who.email, who.answer) == (guest["email"], "accepted")
    assert Notice.objects.filter(title__contains="accepted: Spring range").exists()


def submit_as(world: Running, raw: bytes, sender: str) -> None:
    with smtplib.SMTP_SSL("127.0.0.1", world.server.ports.smtps, context=tls(), timeout=10) as client:
        client.login(sender, MAIL_PASSWORD)
        client.sendmail(sender, [DANA], raw)
