"""What goes wrong on real servers: broken connections, renumbered folders, huge mails and huge mailboxes."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.connectors.imap.conftest import DovecotAccount
from tests.mail.contract import message
from tests.servers.dovecot import PASSWORD, Dovecot
from tradepost.connectors.imap import errors
from tradepost.connectors.imap.config import Encryption, parse
from tradepost.connectors.imap.connector import ImapConnector
from tradepost.kit.errors import Invalid, Temper

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def big(dovecot: Dovecot) -> DovecotAccount:
    account = DovecotAccount(dovecot, dovecot.user("big@shop.test"))
    dovecot.seed(account.address, 20_000, make=lambda number, to: message(number, to=to))
    return account


def test_twenty_thousand_messages_in_bounded_memory(big: DovecotAccount) -> None:
    with big.open() as box:
        tracemalloc.start()
        seen = [
            row.uid
            for page in box.header_pages("INBOX", 1, page=1000, newest_first=True)
            for row in page.rows
        ]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert seen == list(range(20_000, 0, -1))
    assert peak < 16 << 20


def test_a_sparse_folder_costs_no_round_trip_for_a_gap(big: DovecotAccount) -> None:
    with big.other_client() as client:
        client.select_folder("INBOX")
        client.delete_messages("1001:19990", silent=True)
        client.expunge()
    with big.open() as box:
        pages = list(box.header_pages("INBOX", 1, page=500))
        assert [len(page.rows) for page in pages] == [500, 500, 10]
        state = box.state("INBOX")
    assert (state.messages, state.uidnext) == (1010, 20_001)


def test_fifty_megabytes_are_cut(account: DovecotAccount) -> None:
    account.server.seed(account.address, 1, make=lambda number, to: message(number, to=to, size=50_000_000))
    with account.open() as box:
        tracemalloc.start()
        ((row, raw),) = box.messages("INBOX", [1], max_bytes=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(raw) == 1_000_000
        assert row.size > 49_000_000
        assert row.header.endswith(b"\r\n\r\n")
        assert peak < 8 << 20
        assert box.state("INBOX").messages == 1


def test_five_thousand_recipients(account: DovecotAccount) -> None:
    to = ",\r\n ".join(f"Guest {n} <guest{n}@customer.test>" for n in range(5000))
    account.deliver(message(1, to=to))
    with account.open() as box:
        (page,) = box.header_pages("INBOX", 1)
    assert page.rows[0].header.count(b"@customer.test>") >= 5000


def test_a_server_that_dies_between_pages_is_retryable(account: DovecotAccount) -> None:
    account.server.seed(account.address, 50)
    box = account.open()
    pages = box.header_pages("INBOX", 1, page=10)
    assert len(next(pages).rows) == 10
    account.server.cut(account.address)
    with pytest.raises(errors.Dropped) as caught:
        list(pages)
    assert caught.value.temper is Temper.RETRYABLE
    box.__exit__()
    with account.open() as again:
        assert sum(len(page.rows) for page in again.header_pages("INBOX", 11, page=10)) == 40


def test_a_server_that_dies_within_a_body_is_retryable(account: DovecotAccount) -> None:
    account.server.seed(account.address, 2, make=lambda number, to: message(number, to=to, size=30_000_000))
    box = account.open()
    bodies = box.messages("INBOX", [1, 2], max_bytes=40_000_000)
    next(bodies)
    account.server.cut(account.address)
    with pytest.raises(errors.Dropped):
        list(bodies)


def test_a_lost_uid_list_shows_as_another_uidvalidity(account: DovecotAccount) -> None:
    account.server.seed(account.address, 3)
    with account.open() as box:
        before = box.state("INBOX")
    account.server.forget_uids(account.address)
    with account.open() as box:
        assert box.state("INBOX").uidvalidity != before.uidvalidity
        (page,) = box.header_pages("INBOX", 1)
    assert page.uidvalidity != before.uidvalidity
    assert len(page.rows) == 3


def test_renumbered_between_pages(account: DovecotAccount) -> None:
    account.server.seed(account.address, 30)
    with account.open() as box:
        pages = box.header_pages("INBOX", 1, page=10)
        next(pages)
        box.state("Sent")
        list(box.header_pages("Sent", 1))  # leaves INBOX, so that it is opened anew
        account.server.forget_uids(account.address)
        with pytest.raises(errors.Renumbered):
            list(pages)


def test_changes_since(account: DovecotAccount) -> None:
    account.server.seed(account.address, 5)
    with account.open() as box:
        since = box.state("INBOX").highest_modseq
        assert since
        with account.other_client() as client:
            client.select_folder("INBOX")
            client.add_flags([2], [b"\\Flagged"])
        account.expunge("INBOX", [4])
        flags, gone = box.changes("INBOX", since)
    assert list(flags) == [2]
    assert "\\Flagged" in flags[2]
    assert [uid for run in gone for uid in run] == [4]


def test_a_full_mailbox(dovecot: Dovecot) -> None:
    full = DovecotAccount(dovecot, dovecot.user("full@shop.test", quota="1M"))
    with full.open() as box, pytest.raises(errors.MailboxFull) as caught:
        box.append("Sent", message(1, size=3_000_000))
    assert "full" in caught.value.cause


def test_sign_in_with_a_token(account: DovecotAccount) -> None:
    with ImapConnector().mailbox(account.config(), {"access_token": f"tok-{account.address}"}) as box:
        assert box.folders()
    with pytest.raises(errors.TokenRefused) as caught:
        ImapConnector().mailbox(account.config(), {"access_token": "expired"})
    assert "Connect the account again" in caught.value.cure


def test_a_password_with_any_characters(dovecot: Dovecot) -> None:
    odd = 'p"ä\\ß €'
    account = DovecotAccount(dovecot, dovecot.user("odd@shop.test", odd), {"imap_password": odd})
    with account.open() as box:
        assert box.folders()


@pytest.mark.parametrize("encryption", list(Encryption))
def test_each_encryption(account: DovecotAccount, encryption: Encryption) -> None:
    with ImapConnector().mailbox(account.config(encryption), {"imap_password": PASSWORD}) as box:
        assert box.capabilities.idle


def test_settings_that_are_wrong_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        parse({"imap": {"host": "x", "port": "many"}, "smtp": {"host": "x", "port": 1}})
    assert "imap.port" in str(caught.value)
    with pytest.raises(Invalid) as caught:
        parse({"imap": {"host": " ", "port": 993}, "smtp": {"host": "x", "port": 465}})
    assert list(caught.value.fields) == ["imap.host"]
