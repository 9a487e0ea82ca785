"""Sending: once, whatever breaks; filed in Sent once; refused and bounced mail says why."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as db
from django.db import transaction

from tests.mail.line import Line
from tests.mail.workers import rescue, workers
from tests.mail.world import Desk, work
from tests.servers.postfix import Postfix
from tradepost.activities.models import DeliveryState, Message
from tradepost.cli.backup import IN_DOUBT
from tradepost.jobs.models import Notice
from tradepost.kit.errors import Conflict, Fault
from tradepost.mail import outbox
from tradepost.mail.errors import InDoubt
from tradepost.mail.models import MailAccount, Outbox
from tradepost.mail.send import send_again, take_back
from tradepost.sync.models import Review, RunItem

pytestmark = pytest.mark.servers


def delivered(desk: Desk) -> int:
    """How many mails the customer's mailbox holds."""
    with desk.phone(desk.theirs) as client:
        return len(client.search())


@pytest.mark.req("A14", "B10")
def test_a_sent_mail_is_filed_once_and_read_back_as_itself(desk: Desk) -> None:
    sent = desk.write()
    assert sent.state == DeliveryState.SENT
    for _ in range(2):
        desk.hand_over(sent)
        desk.read()
    assert (delivered(desk), desk.count("Sent"), len(desk.messages())) == (1, 1, 1)


@pytest.mark.req("A14", "B10")
def test_a_provider_that_files_sent_mail_itself_makes_no_second_copy(desk: Desk) -> None:
    sent = desk.write(hand_over=False)
    raw = outbox.storage.read(Outbox.objects.get().raw_key)
    with desk.phone() as client:
        client.append("Sent", raw)
    desk.hand_over(sent)
    assert desk.count("Sent") == 1
    MailAccount.objects.update(copy_to_sent=False)
    desk.write("Another one.")
    assert desk.count("Sent") == 1


def test_a_copy_to_oneself_is_no_copy_in_sent(desk: Desk) -> None:
    sent = desk.write(hand_over=False, cc=desk.ours)
    with desk.phone() as client:
        client.append("INBOX", outbox.storage.read(Outbox.objects.get().raw_key))
    desk.read()
    desk.hand_over(sent)
    assert desk.count("Sent") == 1
    assert len(desk.messages()) == 1


@contextmanager
def line(desk: Desk, side: str, word: bytes, *, told: Any, then: Any, times: int = 1) -> Iterator[Line]:
    """The account's way to one of its servers leads over a line that breaks; to both without encryption, to be heard."""
    targets = {"imap": desk.dovecot.imap, "smtp": desk.dovecot.relay}
    made = Line(targets[side], word, told=told, then=then, times=times)
    ports = {**targets, side: made.port}
    servers = {
        name: {
            "host": "127.0.0.1",
            "port": port,
            "encryption": "none",
            "username": desk.ours * (name == "imap"),
        }
        for name, port in ports.items()
    }
    connection = desk.account.connection
    connection.config = {**connection.config, **servers, "match_imap_credentials": False}
    connection.save()
    try:
        yield made
    finally:
        made.close()


DELIVERED = b"OK delivered"  # what the relay says once it has the mail

# Where the worker is killed: before the mail is handed over; when the server has it and nobody wrote that down; before it is
# copied to Sent; when it is copied and nobody wrote that down. What is said afterwards, how often it was delivered.
POINTS = [
    ("smtp", b"FROM:<", "by us", DeliveryState.SENT, 1),
    ("smtp", DELIVERED, "to us", DeliveryState.FAILED, 0),
    ("imap", b"APPEND", "by us", DeliveryState.SENT, 1),
    ("imap", b"APPENDUID", "to us", DeliveryState.SENT, 1),
]


@pytest.mark.req("A14", "X3")
@pytest.mark.parametrize(("side", "word", "told", "state", "filed"), POINTS)
def test_a_worker_killed_at_any_step_never_sends_twice(
    desk: Desk, settings: Any, side: str, word: bytes, told: str, state: str, filed: int
) -> None:
    with workers() as start, line(desk, side, word, told=told, then="hold") as held:
        sent = desk.write(hand_over=False)
        worker = start.start()
        held.wait()
        worker.kill()
        held.free.set()
        for _ in range(2):
            rescue(settings)
            assert start.start().ended(within=90)
    sent.refresh_from_db()
    assert (sent.state, delivered(desk), desk.count("Sent")) == (state, 1, filed)
    asked = Review.objects.filter(kind="mail.doubt").count()
    assert asked == (1 if state == DeliveryState.FAILED else 0)


def test_in_doubt_the_sent_folder_knows(desk: Desk) -> None:
    with line(desk, "smtp", DELIVERED, told="to us", then="cut"):
        sent = desk.write(hand_over=False)
        with pytest.raises(InDoubt):
            desk.hand_over(sent)
        with desk.phone() as client:  # as Gmail and Microsoft 365 do by themselves
            client.append("Sent", outbox.storage.read(Outbox.objects.get().raw_key))
        desk.hand_over(sent)
    assert (sent.state, delivered(desk), desk.count("Sent")) == (DeliveryState.SENT, 1, 1)
    assert not Review.objects.exists()


def test_what_a_restored_backup_brings_back_is_not_sent_by_itself(desk: Desk) -> None:
    """The one went out after the backup was made, the other did not: only of the other a person is asked."""
    gone, waiting = desk.write("gone"), desk.write("waiting", hand_over=False)
    Outbox.objects.filter(message=gone).update(accepted_at=None, filed_at=None, attempts=0)
    with db.cursor() as cursor:
        cursor.execute(IN_DOUBT.decode())
    desk.hand_over(gone)
    desk.hand_over(waiting)
    assert delivered(desk) == 1
    found = [Outbox.objects.get(message=one) for one in (gone, waiting)]
    assert [row.accepted_at is not None for row in found] == [True, False]
    assert "backup" in Review.objects.get().reason


def test_a_sent_folder_that_is_slow_settles_the_doubt_when_it_shows_the_mail(desk: Desk) -> None:
    MailAccount.objects.update(copy_to_sent=False)
    with line(desk, "smtp", DELIVERED, told="to us", then="cut"):
        sent = desk.write(hand_over=False)
        with pytest.raises(InDoubt):
            desk.hand_over(sent)
        desk.hand_over(sent)
        assert Review.objects.filter(kind="mail.doubt", resolved_at=None).count() == 1
        with desk.phone() as client:  # the provider has filed it at last
            client.append("Sent", outbox.storage.read(Outbox.objects.get().raw_key))
        desk.read()
        sent.refresh_from_db()
        assert (sent.state, sent.state_reason) == (DeliveryState.SENT, "")
        assert not Review.objects.filter(resolved_at=None).exists()
        with pytest.raises(Conflict):
            send_again(desk.actor, sent.pk)
    assert delivered(desk) == 1


def test_a_person_settles_the_doubt(desk: Desk) -> None:
    with line(desk, "smtp", b"\r\n.\r\n", told="by us", then="cut"):  # the last of the mail never arrives
        sent = desk.write(hand_over=False)
        with pytest.raises(InDoubt):
            desk.hand_over(sent)
        desk.hand_over(sent)
        assert (sent.state, delivered(desk)) == (DeliveryState.FAILED, 0)
        assert Review.objects.get().kind == "mail.doubt"
        send_again(desk.actor, sent.pk)
        desk.hand_over(sent)
    assert (sent.state, delivered(desk)) == (DeliveryState.SENT, 1)


def test_two_workers_with_one_mail_send_it_once(desk: Desk) -> None:
    with line(desk, "smtp", b"FROM:<", told="by us", then="hold", times=2) as held:
        sent = desk.write(hand_over=False)
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(send_on_its_own, sent.outbox.pk) for _ in range(2)]
            held.wait()
            held.wait()  # both have the mail, and neither has passed the point of no return
            held.free.set()
            for one in both:
                one.result(timeout=90)
    sent.refresh_from_db()
    assert (sent.state, delivered(desk), desk.count("Sent")) == (DeliveryState.SENT, 1, 1)


def test_a_worker_that_fails_leaves_the_mark_of_one_that_went_on(desk: Desk) -> None:
    """Both had the mail, such as after a machine was asleep: what the other may have sent is not sent again."""
    with line(desk, "smtp", b"FROM:<", told="by us", then="hold") as held:
        sent = desk.write(hand_over=False)
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(send_on_its_own, sent.outbox.pk)
            held.wait()
            Outbox.objects.update(sending_since=sent.at)
            held.hang_up()
            with pytest.raises(Fault):
                slow.result(timeout=90)
    row = Outbox.objects.get()
    assert (row.sending_since, row.gave_up_at, row.last_error) == (sent.at, None, "")
    with pytest.raises(Conflict, match="on its way already"):
        send_again(desk.actor, sent.pk)


def send_on_its_own(outbox_id: int) -> None:
    """The job, in a thread with its own connection to the database."""
    try:
        outbox.send(outbox_id=outbox_id)
    finally:
        db.close()


def test_a_server_that_is_down_is_tried_again(desk: Desk, unused_port: int) -> None:
    sent = desk.write(hand_over=False)
    connection = desk.account.connection
    good = connection.config["smtp"]["port"]
    connection.config["smtp"]["port"] = unused_port
    connection.save()
    with pytest.raises(Fault):
        desk.hand_over(sent)
    sent.refresh_from_db()
    assert sent.state == DeliveryState.QUEUED
    assert sent.state_reason
    connection.config["smtp"]["port"] = good
    connection.save()
    desk.hand_over(sent)
    assert sent.state == DeliveryState.SENT
    assert sent.state_reason == ""


def jobs(message: Message) -> list[tuple[str, int, bool]]:
    """The jobs that wait to send a mail: state, former tries, and whether each waits for a later time."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT status, attempts, coalesce(scheduled_at > now(), false) FROM procrastinate_jobs "
            "WHERE task_name = 'mail.send' AND args @> jsonb_build_object('outbox_id', %s::bigint)",
            [message.outbox.pk],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


@pytest.mark.req("X3")
def test_the_queue_itself_tries_again_when_the_server_is_back(desk: Desk, unused_port: int) -> None:
    sent = desk.write(hand_over=False)
    connection = desk.account.connection
    good, connection.config["smtp"]["port"] = connection.config["smtp"]["port"], unused_port
    connection.save()
    assert jobs(sent) == [("todo", 0, False)]
    for _ in range(2):  # the second time finds nothing that is due
        work()
        assert jobs(sent) == [("todo", 1, True)]
    connection.config["smtp"]["port"] = good
    connection.save()
    with db.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'mail.send'")
    work()
    sent.refresh_from_db()
    assert (sent.state, jobs(sent), delivered(desk)) == (DeliveryState.SENT, [], 1)


@pytest.mark.req("A14")
def test_a_mail_that_was_taken_back_goes_to_nobody(desk: Desk) -> None:
    sent = desk.write(hand_over=False)
    row = Outbox.objects.get(message=sent)
    take_back(desk.actor, sent.pk)
    outbox.send(outbox_id=row.pk)
    assert (delivered(desk), desk.messages(), Outbox.objects.count()) == (0, [], 0)
    gone = desk.write()
    with pytest.raises(Conflict, match="on its way already"):
        take_back(desk.actor, gone.pk)
    assert delivered(desk) == 1


@pytest.mark.req("A14", "X3")
def test_a_mail_whose_act_is_rolled_back_leaves_nothing_to_send(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        lost = desk.write(hand_over=False)
        assert jobs(lost) == [("todo", 0, False)]
        raise ZeroDivisionError
    assert jobs(lost) == []
    assert not Outbox.objects.exists()
    assert desk.messages() == []
    with transaction.atomic():
        kept = desk.write(hand_over=False)
    assert jobs(kept) == [("todo", 0, False)]
    assert Outbox.objects.get().message == kept


@pytest.mark.req("B11")
def test_a_refused_mail_says_so_and_is_tried_no_more(desk: Desk) -> None:
    desk.account.connection.secrets = {"imap_password": "secret", "smtp_password": "wrong"}
    desk.account.connection.save()
    sent = desk.write(hand_over=False)
    with pytest.raises(Fault):
        desk.hand_over(sent)
    sent.refresh_from_db()
    assert sent.state == DeliveryState.FAILED
    notice = Notice.objects.get()
    assert (notice.level, notice.user_id) == ("error", desk.actor.user_id)
    desk.hand_over(sent)
    assert delivered(desk) == 0


def test_whom_a_mail_did_not_reach_is_told(desk: Desk) -> None:
    sent = desk.write(hand_over=False, cc="gone@customer.test")
    refused = {"gone@customer.test": "550 5.1.1 No such user"}
    outbox.accept(Outbox.objects.get(), [desk.theirs], refused)
    sent.refresh_from_db()
    notice = Notice.objects.get()
    assert sent.state == DeliveryState.PARTLY
    assert sent.state_reason == notice.text == "gone@customer.test: 550 5.1.1 No such user"
    assert (notice.level, notice.user_id) == ("warning", desk.actor.user_id)


def test_what_no_try_could_settle_is_told(desk: Desk) -> None:
    """Its job was lost, or fails in a way that nobody foresaw."""
    queued, doubtful = desk.write(hand_over=False), desk.write(hand_over=False)
    Outbox.objects.filter(message=doubtful).update(sending_since=doubtful.at)
    for row in Outbox.objects.all():
        Outbox.objects.filter(pk=row.pk).update(
            created_at=row.created_at - outbox.GIVE_UP_AFTER - timedelta(hours=1)
        )
    for _ in range(2):
        outbox.give_up(0)
    assert set(Message.objects.values_list("state", flat=True)) == {DeliveryState.FAILED}
    assert Notice.objects.get().key == f"outbox:{queued.outbox.pk}"
    assert Review.objects.get().kind == "mail.doubt"


def test_a_sent_folder_that_vanished_is_told_and_the_mail_stays_sent(desk: Desk) -> None:
    MailAccount.objects.update(folders={**desk.account.folders, "sent": "Gone"})
    sent = desk.write()
    assert (sent.state, delivered(desk)) == (DeliveryState.SENT, 1)
    assert "not copied" in Notice.objects.get().title


def through(desk: Desk, postfix: Postfix) -> None:
    connection = desk.account.connection
    connection.config["smtp"]["port"] = postfix.submission
    connection.save()


@pytest.mark.req("A14")
def test_a_bounce_of_a_real_server_marks_the_mail(desk: Desk, postfix: Postfix) -> None:
    through(desk, postfix)
    sent = desk.write(to="nobody@gone.test")
    assert sent.state == DeliveryState.SENT
    bounced(desk, sent)
    assert sent.state == DeliveryState.BOUNCED
    assert "nobody@gone.test" in sent.state_reason
    assert "doesn't exist" in sent.state_reason
    notices = Notice.objects.get().count
    desk.dovecot.forget_uids(desk.ours)
    desk.read()
    assert Notice.objects.get().count == notices
    assert RunItem.objects.filter(action="bounce").count() == 1
    assert len(desk.messages()) == 1


def test_five_thousand_recipients_by_a_real_server(desk: Desk, postfix: Postfix) -> None:
    through(desk, postfix)
    crowd = ", ".join(f"buyer{n}@gone.test" for n in range(4_999))
    sent = desk.write(to=desk.theirs, bcc=crowd)
    assert sent.state == DeliveryState.SENT
    assert len(Outbox.objects.get().accepted) == 5_000
    with desk.phone(desk.theirs) as client:
        arrived(client)
        [raw] = client.fetch(client.search(), ["RFC822"]).values()
    assert b"buyer1@gone.test" not in raw[b"RFC822"]
    bounced(desk, sent)


def arrived(client: Any) -> None:
    """Wait for the next mail."""
    if not client.search():
        client.idle()
        client.idle_check(timeout=60)
        client.idle_done()
    assert client.search()


def bounced(desk: Desk, sent: Message) -> None:
    with desk.phone() as client:
        arrived(client)
    desk.read()
    sent.refresh_from_db()
