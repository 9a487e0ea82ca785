"""The main journey on real servers: a mail goes out from a sales order, and the answer stands on that order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mail.world import answer, deliver, with_file, work, world
from tradepost.activities.models import Attachment, DeliveryState
from tradepost.activities.queries import timeline
from tradepost.activities.records import Record
from tradepost.mail.send import Letter, send_email
from tradepost.sync.models import Stream
from tradepost.sync.tasks import request_run

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("loopback"),
]


@pytest.mark.req("A12", "A13", "A14", "A15", "A16")
def test_a_reply_with_its_file_stands_on_the_order(dovecot: Any) -> None:
    ours, theirs = dovecot.user("dana@shop.test"), dovecot.user("renata@customer.test")
    here = world(dovecot, ours, theirs)
    work()
    sent = send_email(
        here.actor,
        Letter(
            here.account.pk,
            f"Renata <{theirs}>",
            "Your order SO-00001",
            text="Shall we split it?",
            records=(Record("document", here.order.pk),),
        ),
    )
    work()
    sent.refresh_from_db()
    assert sent.state == DeliveryState.SENT
    reply = answer(sent, "Splitting is fine.", sender=theirs, to=ours)
    deliver(dovecot, with_file(reply))
    for stream in Stream.objects.filter(enabled=True):
        request_run(stream.pk)
    work()
    [activity] = timeline(here.actor, "document", here.order.pk)
    assert [m.text.strip() for m in activity.messages.all()] == ["Shall we split it?", "Splitting is fine."]
    assert Attachment.objects.get(message__outgoing=False).name == "ship-to.pdf"
    assert [a.pk for a in timeline(here.actor, "contact", here.contact.pk)] == [activity.pk]
