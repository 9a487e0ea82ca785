"""Unticking Mail stops mailboxes that are connected already; ticking it goes on with them."""

from __future__ import annotations

import pytest

from tests.mail.world import Desk, company, connect
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.settings import Level, put
from tradepost.kit.errors import Conflict
from tradepost.mail.accounts import save_account
from tradepost.mail.errors import MailInactive
from tradepost.mail.models import Outbox
from tradepost.sync import services
from tradepost.sync.models import Health, Stream

pytestmark = pytest.mark.servers


def running(desk: Desk) -> int:
    return Stream.objects.filter(connection=desk.account.connection, enabled=True).count()


@pytest.mark.req("A3", "A4", "A5")
def test_unticking_mail_stops_connected_mailboxes_and_ticking_it_goes_on(desk: Desk) -> None:
    before = running(desk)
    queued = desk.write(hand_over=False)
    desk.prefer(active=False)
    connection = desk.account.connection
    connection.refresh_from_db()
    assert (running(desk), connection.health) == (0, Health.INACTIVE)
    assert "not activated" in connection.reason
    assert "Master Admin" in connection.cure
    assert connection.secrets
    for act in (services.resume, services.sync_now, services.pause):
        with pytest.raises(Conflict, match="not activated"):
            act(desk.actor, connection.pk)
    with pytest.raises(MailInactive):
        desk.write()
    with pytest.raises(MailInactive):
        desk.hand_over(queued)
    assert Outbox.objects.get().accepted_at is None

    desk.receive(desk.from_customer("While mail was off"))
    assert len(desk.messages()) == 1
    desk.prefer(active=True)
    desk.read()
    assert (running(desk), len(desk.messages())) == (before, 2)
    assert desk.account.connection.health == Health.OK


def test_what_a_person_paused_stays_paused(desk: Desk) -> None:
    services.pause(desk.actor, desk.account.connection_id)
    desk.prefer(active=False)
    desk.prefer(active=True)
    desk.account.connection.refresh_from_db()
    assert (desk.account.connection.health, running(desk)) == (Health.PAUSED, 0)
    services.resume(desk.actor, desk.account.connection_id)
    assert running(desk) > 0


def test_what_was_stopped_by_itself_does_not_go_on_with_its_mailbox(desk: Desk) -> None:
    def mapped(sent: str) -> None:
        save_account(
            desk.actor, {"folders": {**desk.account.folders, "sent": sent}}, account_id=desk.account.pk
        )

    def read_on() -> set[str]:
        services.resume(desk.actor, desk.account.connection_id)
        streams = Stream.objects.filter(connection=desk.account.connection)
        return set(streams.filter(enabled=True).values_list("remote_id", flat=True))

    mapped("Archive")
    services.pause(desk.actor, desk.account.connection_id)
    assert read_on() == {"INBOX", "Archive"}
    services.pause(desk.actor, desk.account.connection_id)
    mapped("Sent")  # while it is paused
    assert running(desk) == 0
    assert read_on() == {"INBOX", "Sent"}


def test_a_default_for_all_companies_stops_those_without_a_value_of_their_own(desk: Desk) -> None:
    other = company("else@shop.test")
    account = connect(other, desk.dovecot, desk.dovecot.user("else@shop.test"))
    put(other, {"mail.active": None})
    account.connection.refresh_from_db()
    assert account.connection.health == Health.INACTIVE
    machine = Actor(other.organisation_id, other.user_id, Role.MASTER_ADMIN, via="cli")
    put(machine, {"mail.active": True}, Level.SYSTEM)
    account.connection.refresh_from_db()
    assert account.connection.health == Health.NEW
    assert running(desk) > 0
