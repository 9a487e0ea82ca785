"""What every mailbox must do, whatever it is made of. Inherit, and give the fixture ``account``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from tradepost.kit.errors import Remote
from tradepost.mail.headers import envelope
from tradepost.mail.ports import Mailbox


class Account(Protocol):
    """An empty mailbox on a server, as the tests reach it."""

    address: str

    def open(self) -> Mailbox:
        """A new signed-in connection."""

    def deliver(self, raw: bytes) -> None:
        """Into the INBOX, as a mail server would."""

    def expunge(self, folder: str, uids: list[int]) -> None: ...

    def move(self, folder: str, uid: int, target: str) -> None: ...

    def create_folder(self, name: str) -> None: ...


def message(number: int, *, to: str = "dana@shop.test", size: int = 0) -> bytes:
    head = (
        f"Message-ID: <{number}.contract@customer.test>\r\nFrom: Buyer <buyer@customer.test>\r\nTo: {to}\r\n"
        f"Subject: Message {number}\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\nX-Not-Asked: for\r\n\r\n"
    ).encode()
    return head + b"Hello\r\n" + b"x" * 76 * (size // 76)


class MailboxContract:
    """Tests of ``mail.ports.Mailbox``."""

    def test_lists_folders_with_their_use(self, account: Account) -> None:
        with account.open() as box:
            uses = {folder.use for folder in box.folders()}
        assert {"inbox", "sent", "drafts", "trash", "junk"} <= uses

    def test_state_tells_of_new_mail_without_opening(self, account: Account) -> None:
        with account.open() as box:
            before = box.state("INBOX")
            account.deliver(message(1))
            after = box.state("INBOX")
        assert after.uidvalidity == before.uidvalidity
        assert (after.messages, after.uidnext) == (before.messages + 1, before.uidnext + 1)

    def test_header_page(self, account: Account) -> None:
        account.deliver(message(1))
        with account.open() as box:
            (page,) = box.header_pages("INBOX", 1)
            assert page.uidvalidity == box.state("INBOX").uidvalidity
        (row,) = page.rows
        read = envelope(row)
        assert (read.message_id, read.subject) == ("1.contract@customer.test", "Message 1")
        assert b"X-Not-Asked" not in row.header
        assert row.size >= len(message(1))
        assert row.internal_date is not None
        assert abs((datetime.now(UTC) - row.internal_date).total_seconds()) < 86_400

    def test_reading_marks_nothing_as_read(self, account: Account) -> None:
        account.deliver(message(1))
        with account.open() as box:
            (page,) = box.header_pages("INBOX", 1)
            list(box.messages("INBOX", [page.rows[0].uid], max_bytes=100))
            (again,) = box.header_pages("INBOX", 1)
        assert "\\Seen" not in again.rows[0].flags

    def test_an_empty_folder_and_a_range_beyond_the_end_have_no_pages(self, account: Account) -> None:
        with account.open() as box:
            assert list(box.header_pages("INBOX", 1)) == []
            account.deliver(message(1))
            assert list(box.header_pages("INBOX", box.state("INBOX").uidnext)) == []

    @pytest.mark.parametrize("newest_first", [False, True])
    def test_pages_are_of_the_size_asked_and_skip_gaps(self, account: Account, newest_first: bool) -> None:
        for number in range(1, 13):
            account.deliver(message(number))
        with account.open() as box:
            uids = [row.uid for page in box.header_pages("INBOX", 1) for row in page.rows]
        account.expunge("INBOX", uids[2:8])
        left = uids[:2] + uids[8:]
        with account.open() as box:
            pages = list(box.header_pages("INBOX", uids[0], uids[-2], page=2, newest_first=newest_first))
        seen = [row.uid for page in pages for row in page.rows]
        assert seen == (left[:-1][::-1] if newest_first else left[:-1])
        assert max(len(page.rows) for page in pages) == 2

    def test_other_work_between_pages(self, account: Account) -> None:
        for number in range(1, 8):
            account.deliver(message(number))
        with account.open() as box:
            seen = []
            for page in box.header_pages("INBOX", 1, page=2):
                seen += [row.uid for row in page.rows]
                (body,) = box.messages("INBOX", seen[-1:], max_bytes=100_000)
                assert body[0].uid == seen[-1]
                assert box.existing("INBOX", seen) == set(seen)
                assert box.find("Sent", "1.contract@customer.test") is None
            assert len(seen) == len(set(seen)) == 7
            pages = box.header_pages("INBOX", 1, page=2)
            next(pages)
            pages.close()
            assert box.find("INBOX", "1.contract@customer.test") == seen[0]

    def test_expunged_between_pages(self, account: Account) -> None:
        for number in range(1, 7):
            account.deliver(message(number))
        with account.open() as box:
            pages = box.header_pages("INBOX", 1, page=2)
            first, second = (row.uid for row in next(pages).rows)
            gone = second + 1
            account.expunge("INBOX", [gone])
            seen = {row.uid for page in pages for row in page.rows}
            # A server may still show what this session has not been told of (RFC 2180 §4.1).
            assert seen - {gone} == set(range(second + 2, second + 5))
            assert box.existing("INBOX", [first, second, gone, *seen, 4_000_000]) == {
                first,
                second,
                *seen,
            } - {gone}

    def test_moved(self, account: Account) -> None:
        account.deliver(message(1))
        with account.open() as box:
            uid = box.find("INBOX", "1.contract@customer.test")
            assert uid
            account.move("INBOX", uid, "Trash")
            assert box.existing("INBOX", [uid]) == set()
            assert box.find("INBOX", "1.contract@customer.test") is None
            assert box.find("Trash", "1.contract@customer.test")

    def test_find_takes_no_part_for_the_whole(self, account: Account) -> None:
        account.deliver(message(11))
        with account.open() as box:
            assert box.find("INBOX", "1.contract@customer.test") is None
            assert box.find("INBOX", "11.contract@customer.test")
            assert box.find("INBOX", 'nasty"\r\nid@example.test') is None

    def test_bodies_whole_and_cut(self, account: Account) -> None:
        account.deliver(message(1, size=200_000))
        account.deliver(message(2))
        with account.open() as box:
            (page,) = box.header_pages("INBOX", 1)
            uids = [row.uid for row in page.rows]
            (cut, raw), (whole, small) = box.messages("INBOX", uids, max_bytes=50_000)
        assert (cut.uid, whole.uid) == tuple(uids)
        assert len(raw) == 50_000
        assert cut.size >= 200_000
        assert small.endswith(b"Hello\r\n")

    def test_bodies_may_be_left_unread(self, account: Account) -> None:
        for number in range(1, 5):
            account.deliver(message(number, size=300_000))
        with account.open() as box:
            (page,) = box.header_pages("INBOX", 1)
            for _ in box.messages("INBOX", [row.uid for row in page.rows], max_bytes=1_000_000):
                break
            assert box.state("INBOX").messages == 4
            assert len(list(box.header_pages("INBOX", 1))) == 1

    def test_append_and_find_again(self, account: Account) -> None:
        at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
        with account.open() as box:
            uid = box.append("Sent", message(5), at=at)
            found = box.find("Sent", "5.contract@customer.test")
            assert found
            assert uid in (None, found)
            (page,) = box.header_pages("Sent", found, found)
        assert "\\Seen" in page.rows[0].flags
        assert page.rows[0].internal_date == at

    @pytest.mark.parametrize("name", ["Aufträge & Rückfragen", 'Say "hi"', "Kunde\\alt", "日本語", "&"])
    def test_folder_names(self, account: Account, name: str) -> None:
        account.create_folder(name)
        with account.open() as box:
            assert name in {folder.name for folder in box.folders()}
            box.append(name, message(1))
            assert box.state(name).messages == 1
            (page,) = box.header_pages(name, 1)
            assert len(page.rows) == 1

    def test_a_folder_that_is_not_there(self, account: Account) -> None:
        with account.open() as box:
            for act in (
                lambda: box.state("Nowhere"),
                lambda: list(box.header_pages("Nowhere", 1)),
                lambda: box.find("Nowhere", "x@y"),
            ):
                with pytest.raises(Remote) as caught:
                    act()
                assert "Nowhere" in caught.value.cause
                assert caught.value.cure
            assert box.state("INBOX").messages == 0
