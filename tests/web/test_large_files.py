"""A file that is too large is refused in the same words at every door, and nothing of the act is left."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import program_of
from tests.web.desk import Desk, desk_of, mailbox
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.activities.models import Activity, ActivityKind, Attachment, Message
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.mail.models import MailAccount, Outbox
from tradepost.pim.services import add_event

SENTENCE = r"“plan\.txt” is larger than \d+ MB\. Send a link instead\."
WHEN = {"start_date": "2026-12-01", "start_time": "10:00", "end_date": "2026-12-01", "end_time": "11:00"}
SMALL, LARGE = b"x" * 1024, b"x" * 1025


@pytest.fixture
def desk(member: Membership, settings: Any) -> Desk:
    settings.ATTACHMENT_MAX_BYTES = 1024
    return desk_of(member)


@pytest.fixture
def account(desk: Desk) -> MailAccount:
    return mailbox(desk.actor)


@pytest.fixture
def call(desk: Desk) -> Activity:
    record = Record("document", desk.order.pk)
    return add_activity(desk.actor, ActivityKind.CALL, record, {"subject": "Rang back"})


def upload(content: bytes = LARGE, name: str = "plan.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def rows() -> list[int]:
    return [table.objects.count() for table in (Activity, Message, Attachment, Outbox, AuditEntry)]


def refused(answer: Any) -> str:
    """The page that it answers with, or the sentence of the API."""
    assert answer.status_code == 422
    said = html.unescape(answer.content.decode())
    said = answer.json()["detail"] if answer["Content-Type"].endswith("json") else said
    assert re.search(SENTENCE, said), said
    return said


@pytest.mark.req("A12")
def test_by_the_composer_which_keeps_the_words_and_the_other_files(
    client: Client, desk: Desk, account: MailAccount
) -> None:
    before = rows()
    typed = {"account": account.pk, "to": "r@granite.example", "subject": "Our plan", "body": "As agreed"}
    url = f"/compose/?on=document:{desk.order.pk}"
    said = refused(client.post(url, {**typed, "files": [upload(SMALL, "small.txt"), upload()]}))
    assert rows() == before
    assert 'value="Our plan"' in said and "As agreed" in said
    held = re.findall(r'name="attached" value="([^"/]+)"', said)
    assert client.post(url, {**typed, "attached": held}).status_code == 204
    assert [file.name for file in Message.objects.get().attachments.all()] == ["small.txt"]


@pytest.mark.req("A16")
def test_by_the_sheet_of_an_activity(client: Client, call: Activity) -> None:
    before = rows()
    typed = {"subject": "Rang twice", "text": "", "visibility": "all", "version": call.version}
    said = refused(client.post(f"/activities/{call.pk}/edit/", {**typed, "files": upload()}))
    assert rows() == before
    assert Activity.objects.get(pk=call.pk).subject == "Rang back"
    assert 'value="Rang twice"' in said
    assert client.post(f"/activities/{call.pk}/edit/", {**typed, "files": upload(SMALL)}).status_code == 204
    assert Attachment.objects.get().size == 1024


@pytest.mark.req("A18")
def test_by_the_sheet_of_an_event(client: Client, desk: Desk) -> None:
    when = {"start": "2026-12-01T10:00", "end": "2026-12-01T11:00"}
    row = add_event(desk.actor, Record("document", desk.order.pk), {"title": "Unload", **when})
    before, typed = rows(), {"title": "Unload tents", "version": row.activity.version, **WHEN}
    refused(client.post(f"/events/{row.activity_id}/", {**typed, "files": upload()}))
    assert rows() == before
    assert Activity.objects.get().subject == "Unload"
    assert client.post(f"/events/{row.activity_id}/", {**typed, "files": upload(SMALL)}).status_code == 204
    assert (Activity.objects.get().subject, Attachment.objects.count()) == ("Unload tents", 1)


@pytest.mark.req("A12", "B25")
def test_by_the_api(desk: Desk, account: MailAccount, call: Activity) -> None:
    program, before = program_of(desk.actor), rows()
    letter = {"account_id": account.pk, "to": "r@granite.example", "subject": "Our plan"}
    file = {"name": "plan.txt", "content": base64.b64encode(LARGE).decode()}
    refused(program.call("post", "emails", {**letter, "files": [file]}))
    for path, fields in (("emails/form", letter), (f"activities/{call.pk}/files", {})):
        refused(
            program.client.post(
                f"/api/v1/{path}",
                {**fields, "files": upload()},
                headers={"Authorization": f"Bearer {program.key}"},
            )
        )
    assert rows() == before
