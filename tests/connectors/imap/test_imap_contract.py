"""The contract of a mailbox on a real Dovecot."""

from __future__ import annotations

import itertools

import pytest

from tests.connectors.imap.conftest import DovecotAccount
from tests.mail.contract import MailboxContract
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.servers

_numbers = itertools.count(1)


class TestDovecot(MailboxContract):
    """Runs all of the contract."""


class TestOldServer(MailboxContract):
    """Without ESEARCH, CONDSTORE, SPECIAL-USE and UIDPLUS."""

    @pytest.fixture
    def account(self, old_server: Dovecot) -> DovecotAccount:
        return DovecotAccount(old_server, old_server.user(f"old{next(_numbers)}@shop.test"))
