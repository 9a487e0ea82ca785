"""The IMAP connection against a server that says what no sound one does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tradepost.wire.imap.client import Client, folder_name, mailbox_name
from tradepost.wire.imap.reader import Malformed


@contextlib.contextmanager
def client(**answers: bytes) -> Iterator[Client]:
    """A connection to a server that answers a command by its name; ``TAG`` is the command's."""
    ours, theirs = socket.socketpair()
    answers["CAPABILITY"] = b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"

    def serve() -> None:
        with contextlib.suppress(OSError), theirs.makefile("rwb") as lines:
            lines.write(b"* PREAUTH ready\r\n")
            lines.flush()
            for line in lines:
                tag, command = line.split()[:2]
                lines.write(answers.get(command.decode(), b"TAG OK done\r\n").replace(b"TAG", tag))
                lines.flush()

    threading.Thread(target=serve, daemon=True).start()
    with ours, theirs:
        yield Client(ours, "imap.test", timeout=5)


def test_a_folder_with_an_impossible_name_does_not_cost_the_others() -> None:
    listed = (
        b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST () "/" "A & B"\r\n* LIST () "/" "Entw\xc3\xbcrfe"\r\n'
        b'* LIST (\\Drafts) "/" "Entw&APw-rfe"\r\n* LIST () "/" 2026\r\n* LIST () NIL NIL\r\nTAG OK done\r\n'
    )
    with client(LIST=listed) as mailbox:
        assert [name for _, _, name in mailbox.folders()] == ["INBOX", "Entwürfe", "2026"]


@pytest.mark.parametrize(
    "raw", [b"INBOX", b"A &- B", b"Entw&APw-rfe", b"&2D3eAA-", b"&", b"&AP-", b"&2D0-", b"a&b-c"]
)
def test_the_name_of_a_folder_is_sent_back_as_it_came(raw: bytes) -> None:
    name = folder_name(raw)
    assert not name or mailbox_name(name) == f'"{raw.decode()}"'


@pytest.mark.parametrize("before", [b"", b"* OK soon\r\n"])
def test_what_comes_with_the_answer_to_starttls_was_not_said_by_the_server(before: bytes) -> None:
    said = before + b"TAG OK begin\r\n* CAPABILITY LOGINDISABLED\r\n"
    with client(STARTTLS=said) as mailbox, pytest.raises(Malformed, match="between STARTTLS"):
        mailbox.upgrade(lambda sock: pytest.fail("no handshake"))
