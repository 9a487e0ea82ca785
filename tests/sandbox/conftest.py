"""A mail server of the sandbox with a seller, a buyer and an address that bounces."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from imapclient import IMAPClient

from tradepost.sandbox.accounts import Account, Directory, Plays
from tradepost.sandbox.mailserver import Running, running

SELLER, BUYER, GONE = "dana@marlowfinch.example", "renata@harborpine.example", "bert@harborpine.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Running]:
    Directory(tmp_path / "accounts.json").add(
        [
            Account(SELLER, "secret", "Dana Whitfield"),
            Account(BUYER, "secret", "Renata Solis"),
            Account(GONE, "", "Bert Olsen", Plays.GONE),
        ]
    )
    with running(tmp_path) as world:
        yield world


def tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def mailbox(
    world: Running, address: str = SELLER, folder: str = "INBOX", *, password: str = "secret"
) -> Iterator[IMAPClient]:
    """A signed-in client with a folder selected."""
    client = IMAPClient("127.0.0.1", world.server.ports.imaps, ssl_context=tls(), timeout=10)
    try:
        client.login(address, password)
        client.select_folder(folder)
        yield client
    finally:
        client.shutdown()


def submit(world: Running, raw: bytes, to: list[str], sender: str = SELLER) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP_SSL("127.0.0.1", world.server.ports.smtps, context=tls(), timeout=10) as client:
        client.login(sender, "secret")
        return client.sendmail(sender, to, raw)
