"""A mailbox on Dovecot for every test, connected as a person would have set it up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from tests.servers.dovecot import PASSWORD, Dovecot
from tradepost.connectors.imap.client import ImapMailbox
from tradepost.connectors.imap.config import Config, Encryption, Server, dump
from tradepost.connectors.imap.connector import ImapConnector

_numbers = itertools.count(1)


@dataclass
class DovecotAccount:
    """An account of its own on the shared server."""

    server: Dovecot
    address: str
    secrets: dict[str, str] = field(default_factory=lambda: {"imap_password": PASSWORD})

    def config(self, encryption: Encryption = Encryption.TLS, pinned: str | None = None) -> dict[str, Any]:
        trusted = self.server.certificate.fingerprint if pinned is None else pinned
        imap = self.server.imaps if encryption is Encryption.TLS else self.server.imap
        smtp = self.server.submissions if encryption is Encryption.TLS else self.server.submission
        return dump(
            Config(
                Server("localhost", imap, encryption, self.address, trusted),
                Server("localhost", smtp, encryption, self.address, trusted),
            )
        )

    def open(self) -> ImapMailbox:
        return ImapConnector().mailbox(self.config(), self.secrets)

    def deliver(self, raw: bytes) -> None:
        self.server.deliver(self.address, raw)

    def other_client(self) -> IMAPClient:
        """Another mail program on the same mailbox."""
        client = IMAPClient("127.0.0.1", self.server.imap, ssl=False)
        client.login(self.address, PASSWORD)
        return client

    def expunge(self, folder: str, uids: list[int]) -> None:
        with self.other_client() as client:
            client.select_folder(folder)
            client.delete_messages(uids)
            client.expunge()

    def move(self, folder: str, uid: int, target: str) -> None:
        with self.other_client() as client:
            client.select_folder(folder)
            client.copy([uid], target)
            client.delete_messages([uid])
            client.expunge()

    def create_folder(self, name: str) -> None:
        with self.other_client() as client:
            client.create_folder(name)


@pytest.fixture(autouse=True)
def _loopback_allowed(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def make_account(dovecot: Dovecot) -> Callable[[], DovecotAccount]:
    return lambda: DovecotAccount(dovecot, dovecot.user(f"user{next(_numbers)}@shop.test"))


@pytest.fixture
def account(make_account: Callable[[], DovecotAccount]) -> DovecotAccount:
    return make_account()


@pytest.fixture(scope="session")
def old_server(server_home: Path, dovecot: Dovecot) -> Iterator[Dovecot]:
    """A server that says it can do no more than RFC 3501."""
    server = Dovecot(server_home / "old", capability="IMAP4rev1").start()
    yield server
    server.stop()
