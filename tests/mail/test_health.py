"""A mailbox that fails says so, with cause and cure, once; and heals by itself when what ailed it is mended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ground.conftest import no_room
from tests.mail.world import Desk, deliver, with_file
from tests.servers.dovecot import PASSWORD
from tradepost.activities.models import Attachment
from tradepost.jobs.models import Notice
from tradepost.kit import clock
from tradepost.kit.errors import Fault
from tradepost.mail import receive
from tradepost.mail.accounts import disconnect, save_account
from tradepost.mail.models import MailAccount
from tradepost.mail.watch import Watch
from tradepost.sync.errors import LeaseLost, RunCancelled, StreamBusy
from tradepost.sync.models import Connection, Health, Run, RunState, Stream
from tradepost.sync.runs import hold, wait_after
from tradepost.wire import storage

pytestmark = pytest.mark.servers


def fails(desk: Desk, folder: str = "INBOX") -> Stream:
    with pytest.raises(Fault):
        receive.run(desk.stream(folder).pk)
    return desk.stream(folder)


def health(desk: Desk) -> tuple[str, str, str]:
    connection = Connection.objects.get(pk=desk.account.connection_id)
    return connection.health, connection.reason, connection.cure


def password(desk: Desk, word: str) -> None:
    connection = Connection.objects.get(pk=desk.account.connection_id)
    connection.secrets = {"imap_password": word}
    connection.save(update_fields=["secrets"])


@pytest.mark.req("X3", "X4")
def test_a_wrong_password_is_told_once_and_heals_when_it_is_right_again(desk: Desk) -> None:
    password(desk, "mistyped")
    for _ in range(3):
        stream = fails(desk)
    state, cause, cure = health(desk)
    assert (state, stream.health) == (Health.BROKEN, Health.BROKEN)
    assert "password" in f"{cause} {cure}".lower()
    notice = Notice.objects.get()
    assert (notice.level, notice.count, notice.user_id) == ("error", 1, desk.actor.user_id)
    assert cause in notice.text
    assert stream.next_run_at >= clock.now() + timedelta(seconds=250)
    password(desk, PASSWORD)
    desk.receive(desk.from_customer())
    assert health(desk)[0] == Health.OK
    assert len(desk.messages()) == 1
    assert not Notice.objects.filter(read_at=None).exists()


def test_a_new_password_in_the_form_starts_afresh(desk: Desk) -> None:
    password(desk, "mistyped")
    for folder in ("INBOX", "Sent"):
        fails(desk, folder)
    save_account(desk.actor, {}, secrets={"imap_password": PASSWORD}, account_id=desk.account.pk)
    desk.read()
    assert health(desk)[0] == Health.OK
    assert not Notice.objects.filter(read_at=None).exists()


def test_a_server_that_is_down_is_trouble_with_growing_pauses(desk: Desk, unused_port: int) -> None:
    connection = desk.account.connection
    good = connection.config["imap"]["port"]
    connection.config["imap"]["port"] = unused_port
    connection.save()
    first = fails(desk)
    assert first.health == Health.TROUBLE
    assert not Notice.objects.exists()
    for _ in range(4):
        last = fails(desk)
    assert last.next_run_at - clock.now() > timedelta(seconds=200)
    assert health(desk)[0] == Health.BROKEN
    assert Notice.objects.get().count == 1
    connection.config["imap"]["port"] = good
    connection.save()
    receive.run(desk.stream().pk)
    assert desk.stream().failures == 0
    assert health(desk)[0] == Health.OK


@pytest.mark.parametrize(
    ("failures", "asked", "seconds"), [(1, None, 15), (3, None, 60), (99, None, 3600), (1, 90, 90)]
)
def test_pauses_grow_to_an_hour(failures: int, asked: float | None, seconds: float) -> None:
    assert wait_after(failures, asked) == seconds


def test_a_folder_that_vanished_does_not_hide_behind_one_that_works(desk: Desk) -> None:
    with desk.phone() as client:
        client.create_folder("Elsewhere")
    desk.account.folders = {**desk.account.folders, "sent": "Elsewhere"}
    MailAccount.objects.update(folders=desk.account.folders)
    Stream.objects.filter(remote_id="Sent").update(remote_id="Elsewhere")
    desk.read()
    with desk.phone() as client:
        client.delete_folder("Elsewhere")
    fails(desk, "Elsewhere")
    deliver(desk.dovecot, desk.from_customer())
    receive.run(desk.stream().pk)
    assert len(desk.messages()) == 1
    state, cause, cure = health(desk)
    assert state == Health.BROKEN
    assert "Elsewhere" in cause
    assert cure


class During:
    """A mailbox in which something happens between the headers and the bodies."""

    def __init__(self, box: Any, act: Any) -> None:
        self._box, self._act = box, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def messages(self, *args: Any, **options: Any) -> Any:
        self._act()
        return self._box.messages(*args, **options)


def pass_with(desk: Desk, act: Any) -> None:
    deliver(desk.dovecot, desk.from_customer())
    with hold(desk.stream().pk) as work, receive.open_mailbox(desk.account) as box:
        work.log("begin")
        receive.Reader(work, desk.account, During(box, act)).read()


def test_disconnecting_during_a_pass_stops_it_before_it_writes(desk: Desk) -> None:
    with pytest.raises(LeaseLost):
        pass_with(desk, lambda: disconnect(desk.actor, desk.account.pk))
    assert desk.messages() == []
    assert health(desk)[0] == Health.OFF


def test_pausing_a_stream_during_a_pass_stops_it(desk: Desk) -> None:
    pass_with(desk, lambda: Stream.objects.update(enabled=False))
    assert desk.messages() == []
    Stream.objects.update(enabled=True)
    desk.read()
    assert len(desk.messages()) == 1


def test_a_run_that_a_person_stopped_says_so_until_it_is_started_again(desk: Desk) -> None:
    with hold(desk.stream().pk) as work:
        with work.commit():
            work.log("one")
        Run.objects.update(cancel_requested=True)
        with work.commit():
            pytest.fail("it went on")
    assert Run.objects.get().state == RunState.CANCELLED
    assert desk.stream().health == Health.PAUSED
    assert desk.stream().reason == RunCancelled().cause
    desk.read()
    assert health(desk)[0] == Health.OK


def test_a_cursor_that_arrives_in_a_commit_goes_with_it_or_not_at_all(desk: Desk) -> None:
    stream = desk.stream()
    with hold(stream.pk) as work:
        with work.commit():
            work.arrive({"next": 7})
        with pytest.raises(ZeroDivisionError), work.commit():
            work.arrive({"next": 8})
            1 / 0  # noqa: B018
        with work.commit():
            pass
        assert work.stream.cursor == {"next": 7}
    assert desk.stream().cursor == {"next": 7}


@pytest.mark.req("C46", "X3")
def test_a_stream_is_held_by_one_and_taken_over_from_the_dead(desk: Desk) -> None:
    pk = desk.stream().pk
    with pytest.raises(LeaseLost), hold(pk) as first:
        with first.commit():
            first.log("begin")
        with pytest.raises(StreamBusy) as busy:
            receive.run(pk)
        assert 0 < busy.value.retry_after <= 30
        Stream.objects.filter(pk=pk).update(lease_until=clock.now() - timedelta(seconds=1))
        receive.run(pk)  # the first is believed dead
        with first.commit():
            pytest.fail("it wrote after another took over")
    dead = Run.objects.get()
    assert (dead.state, dead.reason) == (RunState.FAILED, "Its worker died; another one went on.")


def test_an_error_of_ours_is_trouble_too(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError), hold(desk.stream().pk):
        1 / 0  # noqa: B018
    assert desk.stream().health == Health.TROUBLE
    assert "inside tradepost" in desk.stream().reason


def test_one_account_that_cannot_be_watched_stops_no_other(desk: Desk) -> None:
    watch = Watch()
    assert len(watch._targets()) == 2
    broken = Connection.objects.get(pk=desk.account.connection_id)
    broken.config = {"imap": {}}
    broken.save()
    assert watch._targets() == []


def test_mail_that_finds_no_room_comes_again(desk: Desk) -> None:
    """A disk that fills up fails the pass, not the mail: nothing of it is kept, and nothing of it is lost."""
    sent = desk.write()
    deliver(desk.dovecot, with_file(desk.reply(sent), "x" * 100))
    with no_room(50), pytest.raises(OSError, match="too large"):
        receive.run(desk.stream().pk)
    assert health(desk)[1] == "There is no room left to store this."
    assert (len(desk.messages()), Attachment.objects.count()) == (1, 0)
    desk.read()
    (file,) = Attachment.objects.all()
    assert storage.read(file.key) == b"%PDF-1.7 " + b"x" * 100
    assert (len(desk.messages()), health(desk)[0]) == (2, Health.OK)
