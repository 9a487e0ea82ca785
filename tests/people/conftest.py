"""A company with its Master Admin, and colleagues by role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tradepost.accounts.access import Actor, Role
from tradepost.accounts.services import accept_invitation, invite, register_company

PASSWORD = "Correct-horse-9"


@pytest.fixture
def dana(db: None) -> Actor:
    return register_company(company="Marlow", name="Dana", email="dana@example.com", password=PASSWORD)


@pytest.fixture
def stranger(db: None) -> Actor:
    return register_company(company="Other", name="Eve", email="eve@example.net", password=PASSWORD)


@pytest.fixture
def colleague(dana: Actor) -> Callable[[Role], Actor]:
    """Somebody of Dana's company with a role."""

    def join(role: Role) -> Actor:
        _row, secret = invite(dana, email=f"{role.value}@example.com", role=role)
        return accept_invitation(secret, name=role.value, password=PASSWORD)

    return join
