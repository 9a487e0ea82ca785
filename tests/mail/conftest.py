"""What the tests of the mail loop share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mail.world import Desk
from tests.servers.process import free_ports


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def desk(dovecot: Any, loopback: None, transactional_db: None) -> Desk:
    """A company with an order, a customer and a connected mailbox on Dovecot."""
    return Desk.open(dovecot)


@pytest.fixture
def unused_port() -> int:
    return free_ports(1)[0]
