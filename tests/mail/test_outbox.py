"""Sending: once, whatever breaks; filed in Sent once; refused and bounced mail says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.mail.world import Desk
from tests.servers.postfix import Postfix
from tradepost.activities.models import DeliveryState, Message
from tradepost.jobs.models import Notice
from tradepost.kit.errors import Fault
from tradepost.mail import outbox
from tradepost.mail.models import MailAccount, Outbox
from tradepost.mail.send import send_again
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


class Killed(BaseException):
    """The process ends here: nothing after it runs, as with SIGKILL."""


def fault_point(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool = False) -> Callable[[], None]:
    """Die once at a step of the job, before it or after it."""
    real = getattr(outbox, name)

    def die(*args: Any) -> Any:
        if after:
            real(*args)
        raise Killed

    monkeypatch.setattr(outbox, name, die)
    return lambda: monkeypatch.setattr(outbox, name, real)


# Where it dies: what is said afterwards, how often it was delivered.
POINTS = [
    ("open_outgoing", False, DeliveryState.SENT, 1),  # before the connection
    ("accept", False, DeliveryState.FAILED, 1),  # the server took it, and we did not write it down
    ("accept", True, DeliveryState.SENT, 1),  # written down, not copied to Sent
    ("_file_copy", True, DeliveryState.SENT, 1),
    ("_filed", False, DeliveryState.SENT, 1),  # copied, and not written down
]


@pytest.mark.req("A14", "X3")
@pytest.mark.parametrize(("point", "after", "state", "copies"), POINTS)
def test_dying_at_any_step_never_sends_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, point: str, after: bool, state: str, copies: int
) -> None:
    sent = desk.write(hand_over=False)
    mend = fault_point(monkeypatch, point, after=after)
    with pytest.raises(Killed):
        desk.hand_over(sent)
    mend()
    for _ in range(2):
        desk.hand_over(sent)
    sent.refresh_from_db()
    assert (sent.state, delivered(desk)) == (state, copies)
    asked = Review.objects.filter(kind="mail.doubt").count()
    assert asked == (1 if state == DeliveryState.FAILED else 0)
    assert desk.count("Sent") == (0 if asked else 1)


def test_in_doubt_the_sent_folder_knows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = desk.write(hand_over=False)
    mend = fault_point(monkeypatch, "accept")
    with pytest.raises(Killed):
        desk.hand_over(sent)
    mend()
    with desk.phone() as client:  # as Gmail and Microsoft 365 do by themselves
        client.append("Sent", outbox.storage.read(Outbox.objects.get().raw_key))
    desk.hand_over(sent)
    assert (sent.state, delivered(desk), desk.count("Sent")) == (DeliveryState.SENT, 1, 1)
    assert not Review.objects.exists()


def test_a_person_settles_the_doubt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = desk.write(hand_over=False)
    mend = fault_point(monkeypatch, "open_outgoing")
    Outbox.objects.update(sending_since=sent.at)
    desk.hand_over(sent)
    assert sent.state == DeliveryState.FAILED
    mend()
    send_again(desk.actor, sent.pk)
    desk.hand_over(sent)
    assert (sent.state, delivered(desk)) == (DeliveryState.SENT, 1)


def test_two_workers_with_one_mail_send_it_once(desk: Desk) -> None:
    sent = desk.write(hand_over=False)
    row = Outbox.objects.get()
    Outbox.objects.filter(pk=row.pk).update(sending_since=sent.at)
    outbox._hand_over(row)  # read before the other one passed
    assert delivered(desk) == 0


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
