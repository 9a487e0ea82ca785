"""Answers of programs that drop what others keep: the provider's threads, Outlook's index, the reply address."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from tests.mail.world import Desk, deliver, letter
from tests.servers.gmail import Gmail
from tradepost.activities.models import Message
from tradepost.api.mail import AccountOut
from tradepost.mail import tokens
from tradepost.mail.accounts import describe, save_account
from tradepost.mail.models import MailAccount, Mark

pytestmark = pytest.mark.servers


def on_the_wire(desk: Desk, message: Message) -> Any:
    """What the customer got."""
    with desk.phone(desk.theirs) as client:
        [uid] = client.search(["HEADER", "Message-ID", message.message_id])
        return message_from_bytes(client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"], policy=default)


def test_gmails_thread_brings_an_answer_without_references(desk: Desk) -> None:
    """The copy of our mail in Sent teaches the thread; an answer in it that names nothing else finds its record."""
    gmail = Gmail(desk.dovecot.imap, lambda uid: 1_700_000_000_000_000_000 + min(uid, 1))
    config = desk.account.connection.config
    plain = {**config["imap"], "port": gmail.port, "encryption": "none", "pinned": ""}
    save_account(desk.actor, {}, config={**config, "imap": plain}, account_id=desk.account.pk)
    sent = desk.write()
    desk.read()
    assert Mark.objects.filter(message=sent, key__startswith=f"thread:{desk.account.pk}:17").exists()
    desk.receive(desk.from_customer("Something quite different", "Splitting is fine."))
    [answer] = Message.objects.filter(outgoing=False)
    assert (answer.activity_id, answer.matched_by) == (sent.activity_id, "provider-thread")
    assert gmail.asked
    gmail.close()


def test_a_server_without_threads_is_not_asked_for_them(desk: Desk) -> None:
    plain = Gmail(desk.dovecot.imap, None)
    config = desk.account.connection.config
    side = {**config["imap"], "port": plain.port, "encryption": "none", "pinned": ""}
    save_account(desk.actor, {}, config={**config, "imap": side}, account_id=desk.account.pk)
    desk.receive(desk.from_customer("Tents"))
    assert [one.subject for one in desk.messages()] == ["Tents"]
    assert plain.asked == []
    plain.close()


def test_our_answer_goes_on_in_outlooks_conversation(desk: Desk) -> None:
    """Theirs began it: what we answer, and what we write after that, is of the same conversation in Outlook."""
    theirs = tokens.thread_index(b"theirs", desk.order.created_at)
    desk.receive(desk.from_customer("Tents", Thread_Index=theirs))
    [kept] = desk.messages()
    assert kept.thread_index == theirs
    answer = desk.write("They are here.", subject="Re: Tents", reply_to=kept.pk)
    index = "".join(on_the_wire(desk, answer)["Thread-Index"].split())
    assert index == answer.thread_index
    assert tokens.conversation_of(index) == tokens.conversation_of(theirs)
    assert len(index) > len(theirs)
    further = desk.write("One more thing.", subject="Re: Tents", reply_to=answer.pk)
    assert tokens.conversation_of(further.thread_index) == tokens.conversation_of(theirs)
    assert len(further.thread_index) > len(index)
    later = letter(
        desk.theirs, desk.ours, "Anything", "Fine.", Thread_Index=tokens.thread_index(b"", kept.at, index)
    )
    desk.receive(later)
    [found] = Message.objects.filter(outgoing=False).exclude(pk=kept.pk)
    assert (found.activity_id, found.matched_by) == (kept.activity_id, "outlook-conversation")


def test_our_answer_names_what_it_answers_as_it_stood_there(desk: Desk) -> None:
    """Programs thread by ids letter for letter, and by their order, the oldest first (RFC 5322 §3.6.4)."""
    above = "<Root.A@customer.test> <Middle.B@customer.test>"
    desk.receive(desk.from_customer("Tents", message_id="<CAF+Mixed=Case@customer.test>", References=above))
    [kept] = desk.messages()
    answer = on_the_wire(desk, desk.write("They are here.", reply_to=kept.pk))
    assert answer["In-Reply-To"] == "<CAF+Mixed=Case@customer.test>"
    *named, _ours = answer["References"].split()
    assert named == [*above.split(), "<CAF+Mixed=Case@customer.test>"]


def test_a_reply_address_brings_an_answer_that_dropped_everything_else(desk: Desk) -> None:
    before = desk.write()
    assert on_the_wire(desk, before)["Reply-To"] is None, "Nobody asked for it."
    save_account(desk.actor, {"reply_token": True}, account_id=desk.account.pk)
    desk.account.refresh_from_db()
    sent = desk.write("And now?")
    [address] = on_the_wire(desk, sent)["Reply-To"].addresses
    local, domain = desk.ours.split("@")
    assert address.username.startswith(f"{local}+a-{sent.activity_id}.")
    assert (address.domain, address.display_name) == (domain, "Dana Whitfield")
    deliver(desk.dovecot, letter(desk.theirs, address.addr_spec, "Splitting is fine"))
    desk.read()
    [answer] = Message.objects.filter(outgoing=False)
    assert (answer.activity_id, answer.matched_by) == (sent.activity_id, "reply-address")


def test_a_reply_address_that_would_be_too_long_is_left_out(desk: Desk) -> None:
    MailAccount.objects.update(reply_token=True, sender_email="x" * 50 + "@shop.test")
    desk.account.refresh_from_db()
    assert AccountOut.model_validate(describe(desk.account)).reply_token
    assert on_the_wire(desk, desk.write())["Reply-To"] is None
