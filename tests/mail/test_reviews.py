"""What a person decides about mail, on a real server."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any
from zlib import crc32

import pytest

from tests.mail.world import World, letter, work, world
from tradepost.accounts.settings import put
from tradepost.activities.models import Activity, Attachment, DeliveryState, Message
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.jobs.models import Notice
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.mail.models import Outbox
from tradepost.mail.send import Letter, send_email
from tradepost.sync.models import Review
from tradepost.sync.services import pause, resolve, resume, switch_off
from tradepost.sync.tasks import request_run

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(dovecot: Any, settings: Any, request: pytest.FixtureRequest) -> World:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]
    address = dovecot.user(f"review{crc32(request.node.name.encode())}@shop.test")
    made = world(dovecot, address, "renata@customer.test")
    work()
    return made


def question(desk: World, dovecot: Any) -> Review:
    """A message in the mailbox that somebody must place."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "stranger@else.test", desk.account.sender_email
    mail["Subject"], mail["Message-ID"] = "About that order", "<triage@else.test>"
    mail.set_content("Where is it?")
    mail.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="po.pdf")
    dovecot.deliver(desk.account.sender_email, mail.as_bytes())
    stream = desk.account.connection.streams.get(remote_id="INBOX")
    return Review.objects.create(
        organisation_id=desk.actor.organisation_id,
        stream=stream,
        kind="mail.triage",
        key="triage@else.test",
        title="About that order",
        owner_id=desk.actor.user_id,
        facts={"message_id": "triage@else.test", "uid": 1, "candidates": []},
        options=["file", "ignore"],
    )


def test_a_message_is_filed_where_a_person_says(desk: World, dovecot: Any) -> None:
    review = question(desk, dovecot)
    order = Record("document", desk.order.pk)
    resolve(desk.actor, review.pk, "file", {"record": order})
    work()
    message = Message.objects.get(message_id="triage@else.test")
    assert message.text == "Where is it?"
    assert message.reason == "Dana filed it here."
    assert Attachment.objects.get(message=message).name == "po.pdf"
    assert [a.pk for a in timeline(desk.actor, "document", desk.order.pk)] == [message.activity_id]
    with pytest.raises(Conflict):
        resolve(desk.actor, review.pk, "ignore")
    request_run(review.stream_id)
    work()
    assert Message.objects.filter(message_id="triage@else.test").count() == 1


def test_without_a_record_or_with_a_strange_one_nothing_is_decided(desk: World, dovecot: Any) -> None:
    review = question(desk, dovecot)
    with pytest.raises(Invalid):
        resolve(desk.actor, review.pk, "file")
    with pytest.raises(Missing):
        resolve(desk.actor, review.pk, "file", {"record": Record("document", 10**9)})
    review.refresh_from_db()
    assert review.resolved_at is None


def test_a_message_that_is_gone_is_told(desk: World, dovecot: Any) -> None:
    review = question(desk, dovecot)
    Review.objects.update(facts={**review.facts, "message_id": "gone@else.test"})
    resolve(desk.actor, review.pk, "file", {"record": Record("customer", desk.customer.pk)})
    work()
    assert "could not be filed" in Notice.objects.get(key=f"unfiled:{review.pk}").title
    assert not Activity.objects.filter(subject="About that order").exists()


@pytest.mark.parametrize("stopped", [pause, switch_off])
def test_an_answer_about_a_mailbox_that_was_stopped_is_told_and_asked_again(
    desk: World, dovecot: Any, stopped: Any
) -> None:
    review = question(desk, dovecot)
    order = Record("document", desk.order.pk)
    if stopped is pause:
        pause(desk.actor, desk.account.connection_id)
    else:
        switch_off(desk.account.connection, "Disconnected.", "Connect it again.")
    resolve(desk.actor, review.pk, "file", {"record": order})
    work()
    assert "could not be filed" in Notice.objects.get(key=f"unfiled:{review.pk}").title
    review.refresh_from_db()
    assert (review.resolved_at, review.choice) == (None, "")
    if stopped is pause:
        resume(desk.actor, desk.account.connection_id)
        resolve(desk.actor, review.pk, "file", {"record": order})
        work()
        assert Message.objects.filter(message_id="triage@else.test").count() == 1


@pytest.mark.parametrize("choice", ["send", "sent"])
def test_a_mail_in_doubt_is_sent_again_or_known_to_be_sent(desk: World, dovecot: Any, choice: str) -> None:
    dovecot.user("renata@customer.test")
    message = send_email(desk.actor, Letter(desk.account.pk, "renata@customer.test", "Hello", text="Hi"))
    row = Outbox.objects.get(message=message)
    Outbox.objects.update(sending_since=row.created_at, gave_up_at=row.created_at)
    work()
    review = Review.objects.create(
        organisation_id=desk.actor.organisation_id,
        kind="mail.doubt",
        key=str(row.pk),
        title="Was it sent?",
        owner_id=desk.actor.user_id,
        facts={"outbox": row.pk},
        options=["send", "sent"],
    )
    resolve(desk.actor, review.pk, choice)
    work()
    row.refresh_from_db()
    message.refresh_from_db()
    assert row.accepted_at is not None
    assert row.attempts == (1 if choice == "send" else 0)
    assert message.state == DeliveryState.SENT


def test_a_flood_of_one_sender_is_one_question_that_one_click_decides(desk: World, dovecot: Any) -> None:
    put(desk.actor, {"mail.log_visibility": "all"})
    seed(dovecot, desk, "First", 20)
    read(desk)
    assert Message.objects.count() == 20
    seed(dovecot, desk, "More", 30)
    read(desk)
    seed(dovecot, desk, "Yet more", 5)
    read(desk)
    review = Review.objects.get()
    assert review.title == "35 mails of renata@customer.test wait"
    assert [m["subject"] for m in review.facts["messages"]][-1] == "Yet more 4"
    assert Message.objects.count() == 20

    resolve(desk.actor, review.pk, "keep_all")
    work()
    assert Message.objects.count() == 55
    assert len(timeline(desk.actor, "contact", desk.contact.pk, limit=100)) == 55
    dovecot.forget_uids(desk.account.sender_email)
    read(desk)
    assert (Message.objects.count(), Review.objects.count()) == (55, 1)


def test_a_flood_that_is_ignored_is_not_asked_about_again(desk: World, dovecot: Any) -> None:
    seed(dovecot, desk, "First", 20)
    read(desk)
    seed(dovecot, desk, "More", 3)
    read(desk)
    resolve(desk.actor, Review.objects.get().pk, "ignore_all")
    work()
    dovecot.forget_uids(desk.account.sender_email)
    read(desk)
    assert (Message.objects.count(), Review.objects.count()) == (20, 1)


def seed(dovecot: Any, desk: World, subject: str, count: int) -> None:
    ours = desk.account.sender_email
    mails = [letter("renata@customer.test", ours, f"{subject} {n}") for n in range(count)]
    dovecot.put(ours, [mail.as_bytes() for mail in mails])


def read(desk: World) -> None:
    for pk in desk.account.connection.streams.values_list("pk", flat=True):
        request_run(pk)
    work()
