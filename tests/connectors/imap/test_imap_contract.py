"""The contract of a mailbox on a real Dovecot."""

from __future__ import annotations

import pytest
from tests.mail.contract import MailboxContract

pytestmark = pytest.mark.servers


class TestDovecot(MailboxContract):
    """Runs all of the contract."""
