"""What a pass over a mailbox would do is told in advance, by API and by command, and nothing is done."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.api.conftest import program_of
from tests.mail.workers import ROOT, environment
from tests.mail.world import Desk, deliver, letter
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import Activity, Attachment, Message
from tradepost.mail.models import Sighting
from tradepost.sync.models import Review, Run, RunItem, Stream

pytestmark = pytest.mark.servers


def kept(desk: Desk) -> list[Any]:
    """The cursor and health of each folder, and how many rows there are of all that a pass writes."""
    tables = (Activity, Message, Attachment, Sighting, Review, Run, RunItem, AuditEntry)
    streams = Stream.objects.filter(connection=desk.account.connection_id).order_by("pk")
    return [*streams.values(), *(table.objects.count() for table in tables)]


def by_command(desk: Desk) -> list[dict[str, str]]:
    words = ["sync", "preview", str(desk.stream().pk), "--by", desk.ours]
    command = [sys.executable, "-m", "tradepost", *words]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = ("action", "label", "reason")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]


def test_an_answer_a_contacts_mail_and_a_strangers(desk: Desk) -> None:
    sent = desk.write()
    for mail in (
        desk.reply(sent),
        desk.from_customer("Tents"),
        letter("stranger@else.test", desk.ours, "Nobody we know"),
    ):
        deliver(desk.dovecot, mail)
    program = program_of(desk.actor)
    before = kept(desk)
    told = program.get(f"streams/{desk.stream().pk}/preview")
    assert told == [
        {
            "action": "append",
            "label": "Re: Your order",
            "reason": "It answers a mail that is on this record.",
        },
        {"action": "create", "label": "Tents", "reason": "A contact wrote it."},
    ]
    assert by_command(desk) == told
    assert kept(desk) == before
    desk.read()
    done = RunItem.objects.order_by("pk").values("action", "label", "reason")
    assert list(done) == told
    assert program.get(f"streams/{desk.stream().pk}/preview") == []
