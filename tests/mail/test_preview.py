"""What a pass over a mailbox would do is told in advance, by API and by command, and nothing is done."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests.api.conftest import program_of
from tests.mail.workers import ROOT, environment
from tests.mail.world import Desk, deliver, letter
from tests.web.looks import look
from tradepost.accounts.models import AuditEntry, User
from tradepost.activities.models import Activity, Attachment, Message
from tradepost.mail.accounts import open_mailbox
from tradepost.mail.models import Sighting
from tradepost.mail.receive import Reader
from tradepost.sync.models import Review, Run, RunItem, Stream
from tradepost.sync.runs import Pass
from tradepost.web.sentences import told

pytestmark = pytest.mark.servers


def kept(desk: Desk) -> list[Any]:
    """The cursor and health of each folder, and how many rows there are of all that a pass writes."""
    tables = (Activity, Message, Attachment, Sighting, Review, Run, RunItem, AuditEntry)
    streams = Stream.objects.filter(connection=desk.account.connection_id).order_by("pk")
    return [*streams.values(), *(table.objects.count() for table in tables)]


def by_command(desk: Desk) -> list[dict[str, Any]]:
    words = ["sync", "preview", str(desk.stream().pk), "--by", desk.ours]
    command = [sys.executable, "-m", "tradepost", *words]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = []
    for line in done.stdout.splitlines():
        *told, on = line.split("\t")
        records = [{"kind": kind, "id": int(pk)} for kind, pk in (one.split(":") for one in on.split())]
        found.append({**dict(zip(("action", "label", "reason"), told, strict=True)), "records": records})
    return found


def on(kind: str, pk: int) -> dict[str, Any]:
    return {"kind": kind, "id": pk}


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
    preview = f"streams/{desk.stream().pk}/preview"
    told = program.get(preview)
    assert told == [
        {
            "action": "append",
            "label": "Re: Your order",
            "reason": "It answers a mail that is on this record.",
            "records": [
                on("document", desk.order.pk),
                on("customer", desk.customer.pk),
                on("contact", desk.contact.pk),
            ],
        },
        {
            "action": "create",
            "label": "Tents",
            "reason": "A contact wrote it.",
            "records": [on("contact", desk.contact.pk), on("customer", desk.customer.pk)],
        },
    ]
    assert by_command(desk) == told
    assert kept(desk) == before
    desk.read()
    done = RunItem.objects.order_by("pk").values("action", "label", "reason")
    assert list(done) == [{name: one[name] for name in ("action", "label", "reason")} for one in told]
    assert program.get(preview) == []


def test_beyond_what_somebody_would_wait_for_a_preview_says_that_there_is_more(desk: Desk) -> None:
    deliver(desk.dovecot, desk.from_customer("Tents"))
    stream = desk.stream()
    with open_mailbox(desk.account) as box:
        reader = Reader(Pass(stream, "preview", None), desk.account, box)
        assert [one.action for one in reader.foreseen(most=1)] == ["create"]
        [further] = Reader(Pass(stream, "preview", None), desk.account, box).foreseen(most=0)
    assert (further.action, further.label) == ("further", "INBOX")
    assert (
        told(further.reason) == "A preview looks at 0 messages at most. A pass reads what is beyond them too."
    )


@pytest.mark.req("X3")
def test_what_is_known_or_asked_about_already_is_told_as_the_log_tells_it(desk: Desk) -> None:
    """Read anew, as after UIDVALIDITY changed: the log lists nothing, and so does the preview; what is asked, both."""
    sent = desk.write()
    deliver(desk.dovecot, desk.reply(sent))
    desk.read()
    deliver(desk.dovecot, letter("stranger@else.test", desk.ours, f"About {desk.order.number}"))
    stream = desk.stream()
    preview = f"streams/{stream.pk}/preview"
    Stream.objects.filter(pk=stream.pk).update(cursor={**stream.cursor, "next": 1})
    told = [one["action"] for one in program_of(desk.actor).get(preview)]
    assert told == ["review"]
    already = RunItem.objects.count()
    desk.read()
    assert [item.action for item in RunItem.objects.order_by("pk")[already:]] == told
    assert Run.objects.latest("pk").counts["known"] == 1
    Stream.objects.filter(pk=stream.pk).update(cursor={**stream.cursor, "next": 1})
    assert program_of(desk.actor).get(preview) == []


@pytest.mark.browser
@pytest.mark.req("X3")
def test_the_page_tells_the_same_and_links_to_what_it_goes_on(
    desk: Desk, page: Any, client: Client, live_server: Any
) -> None:
    sent = desk.write()
    for mail in (
        desk.reply(sent),
        desk.from_customer("Tents"),
        letter("stranger@else.test", desk.ours, f"About {desk.order.number}"),
    ):
        deliver(desk.dovecot, mail)
    client.force_login(User.objects.get(pk=desk.actor.user_id))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    before = kept(desk)
    page.open(reverse("connection", args=[desk.account.connection_id]))
    look(page, "connection-with-previews")
    page.get_by_role("link", name="Preview: Dana › INBOX").click()
    expect(page.locator(".preview-lines li")).to_have_count(3)
    look(page, "stream-preview")
    answer = page.locator(".preview-lines li").filter(has_text="Re: Your order")
    expect(answer).to_contain_text("add to its conversation")
    expect(answer).to_contain_text("It answers a mail that is on this record.")
    expect(page.locator(".preview-lines li").filter(has_text="About")).to_contain_text("ask")
    expect(answer.get_by_role("link", name=desk.order.number)).to_have_attribute(
        "href", reverse("order", args=[desk.order.pk])
    )
    assert kept(desk) == before
    desk.read()
    page.reload()
    expect(page.get_by_text("Nothing would be stored")).to_be_visible()
