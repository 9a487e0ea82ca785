"""The contract of a mailbox, on the sandbox's own server: what the demo runs on is what the connectors were made for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from imapclient import IMAPClient

from tests.mail.contract import MailboxContract
from tests.sandbox.conftest import SELLER, mailbox
from tradepost.connectors.imap.client import ImapMailbox
from tradepost.connectors.imap.config import Config, Encryption, Server, dump
from tradepost.connectors.imap.connector import ImapConnector
from tradepost.sandbox.mailserver import Running


@dataclass
class SandboxAccount:
    world: Running
    address: str = SELLER

    def open(self) -> ImapMailbox:
        server, ports = self.world.server, self.world.server.ports
        sides = [
            Server("127.0.0.1", port, Encryption.TLS, self.address, server.fingerprint)
            for port in (ports.imaps, ports.smtps)
        ]
        return ImapConnector().mailbox(dump(Config(*sides)), {"imap_password": "secret"})

    def deliver(self, raw: bytes) -> None:
        self.world.call(lambda server: server.post.send("buyer@customer.test", [self.address], raw))

    def expunge(self, folder: str, uids: list[int]) -> None:
        with self._other_client(folder) as client:
            client.delete_messages(uids)
            client.expunge()

    def move(self, folder: str, uid: int, target: str) -> None:
        with self._other_client(folder) as client:
            client.move([uid], target)

    def create_folder(self, name: str) -> None:
        with self._other_client("INBOX") as client:
            client.create_folder(name)

    @contextmanager
    def _other_client(self, folder: str) -> Iterator[IMAPClient]:
        with mailbox(self.world, self.address, folder) as client:
            yield client


@pytest.fixture(autouse=True)
def _loopback_allowed(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8"]


class TestSandbox(MailboxContract):
    """Runs all of the contract."""

    @pytest.fixture
    def account(self, world: Running) -> SandboxAccount:
        return SandboxAccount(world)
