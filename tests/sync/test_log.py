"""The log of a pass says what was committed and nothing else, wherever the database goes away."""

from __future__ import annotations

import os
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from tradepost.accounts.models import Membership, User
from tradepost.accounts.services import actor_of, register_company
from tradepost.kit.errors import Conflict
from tradepost.sync import services
from tradepost.sync.models import Connection, Run, RunItem, Stream
from tradepost.sync.runs import hold


@pytest.fixture
def stream(transactional_db: None) -> Stream:
    dana = register_company(
        company="Marlow", name="Dana", email="dana@example.com", password="Correct-horse-9"
    )
    here: dict[str, Any] = {"organisation_id": dana.organisation_id}
    made = Connection.objects.create(**here, connector="imap", label="Dana", owner_id=dana.user_id)
    return Stream.objects.create(**here, connection=made, kind="mail.folder", remote_id="INBOX")


def test_a_run_of_a_kind_without_undo_is_shown_and_not_taken_back(stream: Stream) -> None:
    Stream.objects.update(kind="shop.orders")
    with hold(stream.pk) as work, work.commit():
        work.log("create", "An order")
    run, dana = Run.objects.get(), User.objects.get()
    browser = Client()
    browser.force_login(dana, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert "An order" in browser.get(f"/runs/{run.pk}/").content.decode()
    actor = actor_of(Membership.objects.get())
    assert not services.may_undo(actor, run)
    with pytest.raises(Conflict, match="is not taken back"):
        services.undo(actor, run.pk)


def lose_the_database() -> None:
    """As when the server is restarted: it ends our connection between two statements."""
    pid = connection.connection.info.backend_pid
    url = os.environ["TEST_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])


@pytest.mark.req("X3")
@pytest.mark.parametrize("begun", [False, True])
def test_what_was_rolled_back_is_not_logged_and_what_waited_is(stream: Stream, begun: bool) -> None:
    with pytest.raises(OperationalError), hold(stream.pk) as work:
        if begun:  # the run has its row already
            with work.commit():
                work.log("create", "Before")
        work.fail("Unreadable", ValueError())
        with work.commit({"next": 7}):
            work.log("create", "Lost")
            lose_the_database()
    before = ["Before"] if begun else []
    assert list(RunItem.objects.order_by("pk").values_list("label", flat=True)) == [*before, "Unreadable"]
    assert Run.objects.get().counts == {**({"create": 1} if begun else {}), "failed": 1}
    stream.refresh_from_db()
    assert (stream.cursor, stream.lease_token) == ({}, "")
