"""Rough weather: renumbered and vanishing mail, giants, broken messages, and what cannot be stored at all."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.mail.world import Desk, connect, deliver, letter, with_file
from tests.servers.gmail import Gmail
from tests.shared import shared
from tradepost.activities.models import Attachment, Message
from tradepost.jobs.models import Notice
from tradepost.kit import clock
from tradepost.mail import receive
from tradepost.mail.accounts import save_account
from tradepost.mail.models import Sighting
from tradepost.sync.models import Health, Run, RunItem, RunState, Stream
from tradepost.sync.services import retry_item
from tradepost.sync.tasks import run
from tradepost.wire.imap import unpack

pytestmark = pytest.mark.servers


def test_a_renumbered_folder_doubles_nothing(desk: Desk) -> None:
    sent = desk.write()
    desk.receive(desk.reply(sent), with_file(desk.from_customer("Another")))
    before = [desk.texts(), Attachment.objects.count(), Notice.objects.count()]
    seen = desk.stream().cursor["uidvalidity"]
    desk.dovecot.forget_uids(desk.ours)
    desk.read()
    assert desk.stream().cursor["uidvalidity"] != seen
    assert [desk.texts(), Attachment.objects.count(), Notice.objects.count()] == before
    assert RunItem.objects.filter(action="reindex").exists()
    desk.receive(desk.reply(sent, "And one more."))
    assert desk.texts()[-1] == "And one more."


def test_moved_mail_is_one_message_in_two_places(desk: Desk) -> None:
    desk.receive(desk.from_customer())
    with desk.phone() as client:
        client.copy(client.search(), "Sent")
    desk.read()
    assert len(desk.messages()) == 1
    assert Sighting.objects.count() == 2


class Vanishing:
    """A mailbox out of which another program deletes a message after its header was read."""

    def __init__(self, box: Any, desk: Desk) -> None:
        self._box, self._desk = box, desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def messages(self, folder: str, uids: list[int], *, max_bytes: int) -> Any:
        with self._desk.phone() as client:
            client.delete_messages(min(uids))
            client.expunge()
        return self._box.messages(folder, uids, max_bytes=max_bytes)


def test_mail_deleted_while_it_is_read_is_skipped_with_a_reason(desk: Desk) -> None:
    for name in ("gone", "stays"):
        deliver(desk.dovecot, desk.from_customer(name, name))
    with receive.hold(desk.stream().pk) as work, receive.open_mailbox(desk.account) as box:
        receive.Reader(work, desk.account, Vanishing(box, desk)).read()
    assert desk.texts() == ["stays"]
    assert RunItem.objects.get(action="skip").label == "gone"
    desk.read()
    assert desk.texts() == ["stays"]


class Overtaken(Vanishing):
    """A mailbox beside which another one with the same mail is read, between the headers and the messages."""

    def messages(self, folder: str, uids: Sequence[int], *, max_bytes: int) -> Any:
        receive.run(Stream.objects.get(connection__label="Sam", remote_id="INBOX").pk)
        return self._box.messages(folder, uids, max_bytes=max_bytes)


def test_mail_that_another_mailbox_stores_at_this_moment_is_one_message(desk: Desk) -> None:
    connect(desk.actor, desk.dovecot, desk.dovecot.user(f"sam-{desk.ours}"), "Sam")
    desk.read()
    for name in ("mine", "ours"):
        to = (desk.ours, f"sam-{desk.ours}") if name == "ours" else (desk.ours,)
        deliver(desk.dovecot, desk.from_customer(name, name), *to)
    with receive.hold(desk.stream().pk) as work, receive.open_mailbox(desk.account) as box:
        receive.Reader(work, desk.account, Overtaken(box, desk)).read()
    assert sorted(desk.texts()) == ["mine", "ours"]
    assert Sighting.objects.filter(message__subject="ours").count() == 2
    assert not RunItem.objects.filter(failed=True).exists()


def test_a_message_more_of_a_conversation_costs_no_query_more(desk: Desk) -> None:
    counts = []
    for mails in (3, 12):
        first = desk.from_customer(f"Beginning {mails}")
        answers = [
            desk.from_customer(f"Re: {n} of {mails}", References=str(first["Message-ID"]))
            for n in range(mails)
        ]
        with desk.phone() as client:  # each a second after the one before: the activity moves up its timeline
            for n, message in enumerate((first, *answers)):
                client.append("INBOX", message.as_bytes(), msg_time=clock.now() + timedelta(seconds=n))
        with CaptureQueriesContext(connection) as queries:
            receive.run(desk.stream().pk)
        counts.append(len(queries))
    assert len(desk.messages()) == 3 + 12 + 2
    assert counts[0] == counts[1]


def refuse(word: str) -> None:
    """From now on the database refuses messages with this word in their subject, as it does what it cannot hold."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE activities_message ADD CONSTRAINT poison CHECK (subject NOT LIKE '%%{word}%%')"
        )


def allow() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE activities_message DROP CONSTRAINT IF EXISTS poison")


@pytest.mark.req("X3")
def test_what_cannot_be_stored_is_set_aside_and_can_be_tried_again(desk: Desk) -> None:
    refuse("poison")
    try:
        desk.receive(*(desk.from_customer(name, name) for name in ("one", "poison", "three")))
        assert desk.texts() == ["one", "three"]
        item = RunItem.objects.get(failed=True)
        assert item.label == "poison"
        assert item.reason
        assert item.cure
        assert Run.objects.get(pk=item.run_id).state == RunState.DONE
        assert desk.account.connection.health == Health.OK
    finally:
        allow()
    retry_item(desk.actor, item.pk)
    run(stream_id=desk.stream().pk, trigger="retry", only=[item.remote_id])
    assert desk.texts() == ["one", "three", "poison"]
    desk.read()
    assert len(desk.messages()) == 3


class Choosy(Gmail):
    """A server that hands out the header of a message and refuses the whole of it, together with what was asked for beside it."""

    def __init__(self, behind: int, refused: int) -> None:
        super().__init__(behind, None)
        self.refused = refused

    def _command(self, line: bytes) -> bytes:
        asked = re.search(rb"UID FETCH ([\d:,]+) .*BODY\.PEEK\[\]", line)
        if asked and any(self.refused in run for run in unpack(asked[1].decode())):
            return line.split()[0] + b" SEARCH CHARSET X-NONE ALL\r\n"  # NO, and the folder stays open
        return line


@pytest.mark.req("X3")
def test_a_message_that_the_server_will_not_hand_out_holds_up_no_other(desk: Desk) -> None:
    choosy = Choosy(desk.dovecot.imap, 2)
    config = desk.account.connection.config
    plain = {**config["imap"], "port": choosy.port, "encryption": "none", "pinned": ""}
    save_account(desk.actor, {}, config={**config, "imap": plain}, account_id=desk.account.pk)
    desk.receive(*(desk.from_customer(word, word) for word in ("one", "two", "three")))
    assert desk.texts() == ["one", "three"]
    failed = RunItem.objects.get(failed=True)
    assert failed.label == "two"
    assert "could not hand this message out" in failed.reason
    assert desk.stream().health == Health.OK
    choosy.refused = 0  # it was mended there
    run(stream_id=desk.stream().pk, trigger="retry", only=[failed.remote_id])
    assert desk.texts() == ["one", "three", "two"]
    choosy.close()


def test_nul_bytes_and_endless_fields_are_stored_as_far_as_they_can_be(desk: Desk) -> None:
    raw = (
        f"From: {desk.theirs}\r\nTo: {desk.ours}\r\nMessage-ID: <nul@customer.test>\r\n"
        f"Subject: {'long ' * 2000}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/html; charset=utf-7\r\n\r\na\0b+2AA-\r\n"
        f'--b\r\nContent-Type: image/x-{"y" * 300}; name="{"n" * 400}.png"\r\nContent-ID: <a\0{"c" * 300}>\r\n'
        "Content-Disposition: attachment\r\n\r\nxx\r\n--b--\r\n"
    )
    desk.dovecot.deliver(desk.ours, raw.encode())
    desk.read()
    [message] = desk.messages()
    assert "\0" not in message.html
    assert Attachment.objects.count() == 1


@pytest.mark.req("X3")
def test_every_broken_message_goes_through(desk: Desk) -> None:
    files = sorted(path for path in shared("corpora/mime").rglob("*") if path.is_file())
    sent = desk.write()
    head = f"In-Reply-To: <{sent.message_id}>\r\nMessage-ID: <broken-%d@customer.test>\r\n"
    raws = [(head % number).encode() + path.read_bytes() for number, path in enumerate(files)]
    desk.dovecot.put(desk.ours, raws)
    for _ in range(2):
        desk.read()
        assert desk.stream().health == Health.OK
        assert not RunItem.objects.filter(failed=True).exists()
    reached = Message.objects.filter(outgoing=False).count()
    assert reached > len(files) // 2
    assert desk.stream().cursor["below"] == 1
    desk.receive(desk.reply(sent, "The last."))
    assert desk.texts()[-1] == "The last."


def test_a_mail_with_a_file_of_fifty_megabytes(desk: Desk) -> None:
    giant = desk.from_customer("Drawings")
    content = secrets.token_bytes(2**20) * 50
    giant.add_attachment(content, maintype="application", subtype="octet-stream", filename="drawings.bin")
    desk.dovecot.deliver(desk.ours, giant.as_bytes())
    desk.receive(desk.from_customer("After it", "after it"))
    assert Attachment.objects.get().size == len(content)
    assert desk.texts()[-1] == "after it"


def test_a_mail_beyond_what_is_read_is_cut_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "LARGEST", 20_000)
    desk.receive(with_file(desk.from_customer("Long", "word " * 10_000)))
    [message] = desk.messages()
    assert any("larger than tradepost reads" in problem for problem in message.problems)


def test_a_mail_to_five_thousand_recipients(desk: Desk) -> None:
    crowd = ", ".join(f"buyer{n}@crowd.test" for n in range(4_999))
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = desk.theirs, f"{desk.ours}, {crowd}", "To all"
    mail["Message-ID"] = "<crowd@customer.test>"
    mail.set_content("Hello, all.")
    desk.dovecot.deliver(desk.ours, mail.as_bytes())
    desk.read()
    [message] = desk.messages()
    assert len(message.to) == 5_000


def test_an_empty_message_holds_up_no_other(desk: Desk) -> None:
    deliver(desk.dovecot, desk.from_customer("one", "one"))
    desk.dovecot.put(desk.ours, [b""])
    desk.receive(letter(desk.theirs, desk.ours, "two", "two"))
    assert desk.texts() == ["one", "two"]
