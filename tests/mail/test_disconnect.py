"""Disconnect, and the day somebody leaves: secrets go, history stays, running jobs stop, queued mail says why (A7)."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import program_of
from tests.mail.test_receive import colleague_of
from tests.mail.world import Desk, connect, letter, with_file
from tests.servers.dovecot import PASSWORD
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.activities.models import Attachment, DeliveryState
from tradepost.activities.queries import timeline
from tradepost.jobs.models import Notice
from tradepost.kit.errors import Conflict
from tradepost.mail.access import grant, reachable
from tradepost.mail.accounts import disconnect, save_account
from tradepost.mail.errors import NotConnected
from tradepost.mail.models import MailAccess, MailAccount
from tradepost.mail.watch import Watch
from tradepost.pim.calendars import CONNECTOR as CALENDAR
from tradepost.sync import services
from tradepost.sync.models import Connection, Health, Stream

pytestmark = pytest.mark.servers


@pytest.mark.req("A7")
def test_after_disconnect_the_secrets_are_gone_and_the_history_is_here(desk: Desk) -> None:
    sent = desk.write()
    desk.receive(with_file(desk.reply(sent)))
    before = desk.texts()
    disconnect(desk.actor, desk.account.pk)
    connection = Connection.objects.get(pk=desk.account.connection_id)
    assert (connection.health, dict(connection.secrets)) == (Health.OFF, {})
    assert Watch()._targets() == []
    for act in (services.sync_now, services.resume):
        with pytest.raises(Conflict, match="disconnected"):
            act(desk.actor, connection.pk)
    with pytest.raises(NotConnected):
        desk.write()
    assert desk.texts() == before
    assert [len(a.messages.all()) for a in desk.history()] == [2]
    assert Attachment.objects.count() == 1
    assert (desk.count(), desk.count("Sent")) == (1, 1)  # the mailbox is as it was
    assert AuditEntry.objects.filter(verb="mail_account.disconnect").count() == 1
    assert PASSWORD not in str(list(AuditEntry.objects.values_list("before", "after")))


@pytest.mark.req("A7")
def test_mail_that_was_queued_when_one_disconnects_is_not_sent_and_says_so(desk: Desk) -> None:
    queued = desk.write(hand_over=False)
    disconnect(desk.actor, desk.account.pk)
    with pytest.raises(NotConnected):
        desk.hand_over(queued)
    queued.refresh_from_db()
    assert queued.state == DeliveryState.FAILED
    assert "is not connected" in queued.state_reason
    assert "was not sent" in Notice.objects.get().title


@pytest.mark.req("A7", "A6")
def test_who_connects_again_misses_nothing_of_the_meantime(desk: Desk) -> None:
    sent = desk.write()
    disconnect(desk.actor, desk.account.pk)
    desk.receive(desk.reply(sent), desk.from_customer("Are you there?"))
    assert len(desk.messages()) == 1
    save_account(desk.actor, {}, secrets={"imap_password": PASSWORD}, account_id=desk.account.pk)
    desk.read()
    assert [m.subject for m in desk.messages()] == ["Your order", "Re: Your order", "Are you there?"]
    assert desk.account.connection.health == Health.OK
    assert desk.account.disconnected_at is None


@pytest.mark.req("A7", "B22")
@pytest.mark.parametrize("door", ["page", "api"])
def test_who_leaves_is_disconnected_everywhere_and_his_history_stays(
    desk: Desk, client: Client, door: str
) -> None:
    noor = colleague_of(desk, "noor@shop.test")
    hers = connect(noor, desk.dovecot, desk.dovecot.user("noor@shop.test"), name="Noor")
    desk.prefer(log_visibility="all")
    desk.receive(letter(desk.theirs, "noor@shop.test", "To Noor"))
    shared = connect(
        desk.actor, desk.dovecot, desk.dovecot.user("sales@shop.test"), name="Sales", shared=True
    )
    grant(desk.actor, shared.pk, user_id=noor.user_id)
    calendar = Connection.objects.create(
        organisation_id=noor.organisation_id,
        connector=CALENDAR,
        label="Noor's calendar",
        owner_id=noor.user_id,
        secrets={"password": "hers"},
        health=Health.OK,
    )
    client.force_login(Membership.objects.get(user_id=desk.actor.user_id).user)
    member = Membership.objects.get(user_id=noor.user_id)
    if door == "page":
        foreseen = client.get(f"/users/{member.pk}/end/").content.decode()
        assert "Noor</b>, <b>Noor&#x27;s calendar" in foreseen
        assert client.post(f"/users/{member.pk}/end/").status_code == 302
    else:
        program_of(desk.actor).delete(f"members/{member.pk}")
    for connection in (hers.connection, calendar):
        connection.refresh_from_db()
        assert (connection.health, dict(connection.secrets)) == (Health.OFF, {})
        assert "left the company" in connection.reason
    hers.refresh_from_db()
    assert hers.disconnected_at
    assert not Stream.objects.filter(connection=hers.connection, enabled=True).exists()
    assert not MailAccess.objects.exists()
    assert not reachable(noor).exclude(pk=hers.pk).exists()
    assert MailAccount.objects.get(pk=shared.pk).connection.health == Health.NEW
    assert AuditEntry.objects.filter(verb="connection.owner_left").count() == 2
    assert [a.subject for a in timeline(desk.actor, "contact", desk.contact.pk)] == ["To Noor"]
