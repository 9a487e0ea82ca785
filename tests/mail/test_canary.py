"""What the server says of a folder, held against what we know of it: nothing stops in silence, nothing is deleted here."""
# ruff: noqa: E501 - one row a line is how a table is read

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.mail.world import Desk
from tradepost.accounts.models import Membership
from tradepost.activities.models import Attachment
from tradepost.kit import clock
from tradepost.kit.errors import Remote
from tradepost.mail.models import Sighting
from tradepost.mail.receive import Cursor, Reader
from tradepost.mail.types import FolderState, HeaderPage
from tradepost.sync.models import Health, RunItem, Stream
from tradepost.sync.runs import hold
from tradepost.sync.services import connections

LEFT = Cursor(17, 101, 1, "2026-11-01T00:00:00+00:00", 100)


@pytest.mark.parametrize(
    ("there", "next_uid", "below", "told"),
    [
        (FolderState(17, 101, 100), 101, 1, ""),
        (FolderState(17, 120, 119), 101, 1, ""),  # new mail, which the pass reads
        (FolderState(17, 101, 81), 101, 1, ""),  # somebody tidied up
        (FolderState(17, 101, 49), 101, 1, "held 100 messages at the last look, and holds 49 now"),
        (FolderState(17, 101, 0), 101, 1, "holds 0 now"),
        (FolderState(17, 61, 60), 61, 61, "counts from 61 again, where 101 was reached"),
        (FolderState(18, 101, 100), 101, 101, "UIDVALIDITY changed"),
        (FolderState(18, 1, 0), 1, 1, "UIDVALIDITY changed"),
    ],
)
def test_what_a_look_at_a_folder_tells(there: FolderState, next_uid: int, below: int, told: str) -> None:
    found, action, words = LEFT.seen_from(there)
    assert (found.uidvalidity, found.next, found.below) == (there.uidvalidity, next_uid, below)
    assert (found.since, found.messages) == (LEFT.since, there.messages)
    assert told in words
    assert bool(words) is bool(action) is bool(told)
    assert found.seen_from(there)[1:] == ("", "")  # told once


class Emptying:
    """A mailbox whose newest page was emptied by somebody else while it was read, and which hangs up then."""

    def state(self, folder: str) -> FolderState:
        return FolderState(17, 5001, 5000)

    def header_pages(self, folder: str, *_: object, **__: object) -> Iterator[HeaderPage]:
        yield HeaderPage(folder, 17, ())
        raise Remote()


@pytest.mark.servers
def test_history_goes_on_below_a_page_of_which_nothing_is_left(desk: Desk) -> None:
    cursor = Cursor(17, 5001, 5001, "2026-11-01T00:00:00+00:00", 5000)
    Stream.objects.filter(pk=desk.stream().pk).update(cursor=asdict(cursor))
    with pytest.raises(Remote), hold(desk.stream().pk) as work:
        box: Any = Emptying()
        Reader(work, desk.account, box).read()
    assert Cursor(**desk.stream().cursor) == cursor


def test_a_small_folder_and_the_first_look_tell_nothing() -> None:
    for left in (Cursor(17, 20, 1, "", 19), Cursor(17, 101, 1, "", None), Cursor()):
        assert left.seen_from(FolderState(17, 101, 0))[1:] == ("", "")


@pytest.mark.servers
@pytest.mark.req("X3", "X4")
def test_a_wiped_mailbox_deletes_nothing_here_and_is_named_within_two_cycles(desk: Desk) -> None:
    sent = desk.write()
    desk.receive(*(desk.reply(sent, f"Answer {n}") for n in range(25)))
    desk.read()
    before = (desk.texts(), [a.pk for a in desk.history()], Attachment.objects.count())
    for folder in ("INBOX", "Sent"):
        with desk.phone(folder=folder) as client:
            client.delete_messages(client.search())
            client.expunge()
    for _cycle in range(2):
        desk.read()
    assert (desk.texts(), [a.pk for a in desk.history()], Attachment.objects.count()) == before
    [item] = RunItem.objects.filter(action="emptied")
    assert "The folder held 25 messages at the last look, and holds 0 now" in item.reason
    assert desk.account.connection.health == Health.OK
    assert desk.stream().cursor["messages"] == 0
    desk.receive(desk.reply(sent, "And life goes on."))
    assert desk.texts()[-1] == "And life goes on."


@pytest.mark.servers
def test_a_mailbox_restored_from_a_backup_is_read_on_and_not_passed_over(desk: Desk, tmp_path: Path) -> None:
    """The server gives UIDs anew that we had passed, under the same UIDVALIDITY."""
    sent = desk.write()
    desk.receive(desk.reply(sent, "Before"))
    kept = desk.dovecot.back_up(desk.ours, tmp_path / "kept")
    desk.receive(desk.reply(sent, "Lost there 1"), desk.reply(sent, "Lost there 2"))
    reached = desk.stream().cursor["next"]
    desk.dovecot.restore(desk.ours, kept)
    desk.receive(desk.reply(sent, "After"))
    assert desk.stream().cursor["next"] < reached
    assert desk.texts()[-4:] == ["Before", "Lost there 1", "Lost there 2", "After"]
    assert "a backup may have been restored" in RunItem.objects.get(action="reindex").reason
    desk.read()
    assert len(desk.messages()) == 5
    [after] = Sighting.objects.filter(message__text__contains="After")
    assert after.uid < reached


@pytest.mark.servers
@pytest.mark.req("X4")
def test_a_mailbox_that_no_worker_reads_says_so_on_every_page(desk: Desk, client: Client) -> None:
    client.force_login(Membership.objects.get(user_id=desk.actor.user_id).user)
    home, page = "/", f"/connections/{desk.account.connection_id}/"
    assert "Nothing has been read for a while" not in client.get(home).content.decode()
    late = clock.now() - timedelta(minutes=11)
    Stream.objects.update(next_run_at=late)
    for silence in ({}, {"next_run_at": None, "last_success_at": late}):
        Stream.objects.update(**silence)
        assert desk.account.connection.health == Health.OK
        assert "Nothing has been read for a while: Dana." in client.get(home).content.decode()
        shown = client.get(page).content.decode()
        assert "It has not been read for a while." in shown
        assert "No worker seems to be running" in shown
        assert "message" in shown
        assert connections(desk.actor).get().silent
    Stream.objects.update(lease_until=clock.now())  # a worker is at it
    assert not connections(desk.actor).get().silent
    Stream.objects.update(lease_until=None, health=Health.BROKEN)  # that is told in its own words
    assert not connections(desk.actor).get().silent
