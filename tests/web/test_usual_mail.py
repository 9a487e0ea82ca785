"""A document is mailed in one click where it is clear how, and taken back while it waits."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.api.conftest import program_of
from tests.web.desk import Desk, desk_of, mailbox, work_as
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.activities.models import Activity, Attachment, Message
from tradepost.catalog.models import Item
from tradepost.kit import clock
from tradepost.mail.accounts import disconnect
from tradepost.mail.models import MailAccount, Outbox, Template
from tradepost.mail.templates import archive_template, save_template, usual_template
from tradepost.people.models import EmailAddress
from tradepost.sales.links import share
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db
TEMPLATE = {
    "name": "New invoice",
    "kind": "invoice",
    "subject": "Invoice {{ document.number }}",
    "html": "<p>Dear {{ contact.first_name }}, <script>x</script>please pay {{ document.total }}.</p>",
}


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


@pytest.fixture
def invoice(desk: Desk) -> Document:
    """Issued, with all that makes it clear how it is mailed."""
    mailbox(desk.actor)
    save_template(desk.actor, TEMPLATE)
    return issued(desk)


def issued(desk: Desk) -> Document:
    head = {"customer_id": desk.customer.pk, "contact_id": desk.contact.pk}
    item = Item.objects.get(sku="TNT-4")
    return move(desk.actor, save_document(desk.actor, Kind.INVOICE, head, [LineDraft(item.pk)]).pk, "issue")


def toast(answer: Any) -> dict[str, Any]:
    return dict(json.loads(answer["HX-Trigger"])["toast"])


def offered(client: Client, row: Document) -> bool:
    page = html.unescape(client.get(f"/invoices/{row.pk}/").content.decode())
    return f"/documents/{row.pk}/mail/" in page


def waits() -> timedelta:
    """How long the newest mail waits."""
    newest = (
        "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'mail.send' ORDER BY id DESC LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(newest)
        at: datetime = cursor.fetchone()[0]
    return at - clock.now()


@pytest.mark.req("B23")
def test_one_click_sends_with_template_and_paper_and_is_taken_back(
    client: Client, desk: Desk, invoice: Document
) -> None:
    assert offered(client, invoice)
    answer = client.post(f"/documents/{invoice.pk}/mail/")
    assert "renata@granite.example" in toast(answer)["text"]
    message = Message.objects.get()
    assert (message.subject, message.to[0]["email"]) == ("Invoice INV-00001", "renata@granite.example")
    assert message.text == "Dear Renata, please pay $199.50."
    assert "script" not in message.html
    assert [file.name for file in message.attachments.all()] == ["INV-00001.pdf"]
    assert timedelta(seconds=10) < waits() <= timedelta(seconds=20)
    assert client.post(toast(answer)["undo"]["url"]).status_code == 204
    assert [table.objects.count() for table in (Message, Outbox, Activity, Attachment)] == [0, 0, 0, 0]
    assert AuditEntry.objects.get(verb="mail.take_back").before["subject"] == "Invoice INV-00001"


def test_what_is_being_handed_over_is_not_taken_back(client: Client, invoice: Document) -> None:
    undo = toast(client.post(f"/documents/{invoice.pk}/mail/"))["undo"]["url"]
    Outbox.objects.update(sending_since=clock.now())
    assert client.post(undo).status_code == 409
    assert Message.objects.count() == 1


def _two_templates(desk: Desk) -> None:
    save_template(desk.actor, {**TEMPLATE, "name": "Another"})


UNCLEAR: dict[str, Callable[[Desk], object]] = {
    "no template": lambda desk: Template.objects.update(archived_at=clock.now()),
    "a template for anything": lambda desk: Template.objects.update(kind=""),
    "two templates": _two_templates,
    "no address": lambda desk: EmailAddress.objects.all().delete(),
    "no mailbox": lambda desk: disconnect(desk.actor, MailAccount.objects.get().pk),
    "a draft": lambda desk: Document.objects.filter(kind=Kind.INVOICE).update(status="draft"),
    "called off": lambda desk: Document.objects.filter(kind=Kind.INVOICE).update(status="voided"),
}


def test_of_several_templates_the_usual_one_is_sent(client: Client, desk: Desk, invoice: Document) -> None:
    first, wanted = Template.objects.get(), save_template(desk.actor, {**TEMPLATE, "name": "Short"})
    save_template(desk.actor, {"subject": "Bill {{ document.number }}", "usual": True}, template_id=wanted.pk)
    assert offered(client, invoice)
    client.post(f"/documents/{invoice.pk}/mail/")
    assert Message.objects.get().subject == f"Bill {invoice.number}"
    archive_template(desk.actor, wanted.pk)  # then the other is the only one
    save_template(desk.actor, {"usual": True}, template_id=first.pk)
    archive_template(desk.actor, wanted.pk, undo=True)
    assert usual_template(desk.actor, "invoice") == first


def test_what_is_taken_back_was_seen_by_nobody(client: Client, desk: Desk, invoice: Document) -> None:
    def mailed() -> str:
        undo: str = toast(client.post(f"/documents/{invoice.pk}/mail/"))["undo"]["url"]
        return undo

    def seen() -> bool:
        return Document.objects.get(pk=invoice.pk).left_house

    first = mailed()
    assert seen()
    client.post(first)
    assert not seen()
    for shown in (mailed, lambda: share(desk.actor, invoice.pk)):
        before = mailed()
        shown()  # by another mail, or by a link
        client.post(before)
        assert seen()
        Document.objects.update(left_house=False, seen_in_mail=None)
    share(desk.actor, invoice.pk)
    client.post(mailed())
    assert seen()  # it was before


@pytest.mark.parametrize("lacking", UNCLEAR)
def test_where_it_is_not_clear_somebody_looks_first(
    client: Client, desk: Desk, invoice: Document, lacking: str
) -> None:
    UNCLEAR[lacking](desk)
    assert not offered(client, invoice)
    assert client.post(f"/documents/{invoice.pk}/mail/").status_code == 409
    assert not Message.objects.exists()


def test_who_may_not_send_is_refused(client: Client, desk: Desk, invoice: Document) -> None:
    work_as(desk, Role.READ_ONLY)
    assert not offered(client, invoice)
    for url in (f"/documents/{invoice.pk}/mail/", "/messages/take-back/?pk=1"):
        assert client.post(url).status_code == 403, url


def test_many_are_mailed_from_the_list(client: Client, desk: Desk, invoice: Document) -> None:
    draft = save_document(
        desk.actor, Kind.INVOICE, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)]
    )
    second = issued(desk)
    chosen = [invoice.pk, draft.pk, second.pk]
    page = html.unescape(
        client.post("/invoices/bulk/", {"act": "mail", "pk": chosen}, follow=True).content.decode()
    )
    assert "2 e-mails go out in 20 seconds" in page
    assert f"1 were not changed: {draft.number} has no usual e-mail." in page
    assert {m.subject for m in Message.objects.all()} == {
        f"Invoice {row.number}" for row in (invoice, second)
    }


def test_a_program_has_a_mail_wait(desk: Desk, invoice: Document) -> None:
    program = program_of(desk.actor)
    letter = {"to": "renata@granite.example", "subject": "Hello", "text": "Hi"}
    sent = program.post("emails", {**letter, "wait": 60})
    assert waits() > timedelta(seconds=50)
    assert program.call("post", f"messages/{sent['id']}/take-back").status_code == 204
    assert not Message.objects.exists()
    assert program.call("post", f"messages/{sent['id']}/take-back").status_code == 404
    assert program.call("post", "emails", {**letter, "wait": 601}).status_code == 422
