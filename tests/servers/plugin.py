"""Real mail servers as fixtures, started once for a test run. Where one is missing, its tests skip with the reason."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.relay import Relay


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """A directory with a short name: the path of a Unix socket may have 104 bytes at most."""
    home = Path(tempfile.mkdtemp(prefix="tp-", dir="/tmp"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def dovecot(server_home: Path) -> Iterator[Dovecot]:
    """IMAP, submission and LMTP on loopback; what is submitted is delivered through ``Relay`` to its own mailboxes."""
    if reason := Dovecot.missing():
        pytest.skip(reason)
    server = Dovecot(server_home / "dovecot").start()
    relay = Relay(server.relay, server.lmtp)
    yield server
    relay.close()
    server.stop()


@pytest.fixture(scope="session")
def postfix(server_home: Path, dovecot: Dovecot) -> Iterator[Postfix]:
    if reason := Postfix.missing():
        pytest.skip(reason)
    server = Postfix(server_home / "postfix", dovecot).start()
    yield server
    server.stop()
