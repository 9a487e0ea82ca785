"""What a monitoring server reads, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tradepost.accounts.models import Membership
from tradepost.sync.models import Connection, Health

ASKED = {"HTTP_AUTHORIZATION": "Bearer let-me-read"}


@pytest.fixture
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = "let-me-read"


@pytest.mark.django_db
def test_without_a_token_of_the_installation_there_is_no_such_page() -> None:
    assert Client().get("/metrics", **ASKED).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", [{}, {"HTTP_AUTHORIZATION": "Bearer "}, {"HTTP_AUTHORIZATION": "Bearer let-me-in"}]
)
def test_a_wrong_token_reads_nothing(token: None, header: dict[str, str]) -> None:
    answer = Client().get("/metrics", **header)
    assert (answer.status_code, answer.content) == (401, b"")


def test_the_figures_are_those_of_the_database(token: None, member: Membership) -> None:
    for state in (Health.OK, Health.OK, Health.BROKEN):
        Connection.objects.create(
            organisation=member.organisation, connector="imap", label="Shop", health=state
        )
    lines = Client().get("/metrics", **ASKED).content.decode().splitlines()
    assert 'tradepost_connections{state="ok"} 2.0' in lines
    assert 'tradepost_connections{state="broken"} 1.0' in lines
    assert 'tradepost_part_up{part="database"} 1.0' in lines
    assert 'tradepost_part_up{part="worker"} 0.0' in lines  # none runs in this test
    assert member.organisation.name not in "\n".join(lines)
