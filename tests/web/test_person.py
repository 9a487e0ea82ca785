"""A person asks what is kept about them, and to be forgotten."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.api.conftest import program_of
from tests.web.desk import Desk, colleague, desk_of
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.activities.history import PastActivity, PastMessage, bring_activities
from tradepost.activities.models import Activity, ActivityKind, Attachment, Message
from tradepost.activities.records import Record
from tradepost.activities.services import File
from tradepost.exchange.erasing import NO_ADDRESS, NOBODY, blackener
from tradepost.people.models import Contact, EmailAddress
from tradepost.people.services import save_contact
from tradepost.sales.models import Document

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
RENATA = {"email": "renata@granite.example", "name": "Renata Solberg"}
WORDS = ("Renata", "Solberg", "renata@granite.example")


@pytest.mark.parametrize(
    ("text", "black"),
    [
        ("Dear Ann, Ann-Marie Lee wrote to a.lee@x.example.", f"Dear {NOBODY}, {NOBODY} wrote to {NO_ADDRESS}."),
        ("ANNEX to the planning of A.LEE@X.EXAMPLE", f"ANNEX to the planning of {NO_ADDRESS}"),
        ("Lee, Ann-Marie; +1 555 0100; Bo", f"{NOBODY}; {NOBODY}; Bo"),
        ("annual", "annual"),
    ],
)  # fmt: skip
def test_names_are_blackened_as_whole_words_and_addresses_in_any_case(text: str, black: str) -> None:
    names = {"Ann", "Lee", "Ann-Marie Lee", "Lee, Ann-Marie", "Bo"}
    assert blackener(names, ("a.lee@x.example",), {"+1 555 0100", "12"})(text) == black


def _mail(desk: Desk, record: Record, word: str, file: bytes) -> PastActivity:
    ours = {"email": "dana@example.com", "name": "Dana"}
    letter = PastMessage(
        False, f"{word}@granite.example", RENATA, [ours], f"{word} for Renata", AT,
        f"{word}: call me, Renata Solberg <renata@granite.example>", files=(File(f"{word}.txt", file),),
    )  # fmt: skip
    return PastActivity(
        ActivityKind.EMAIL, record, desk.actor.user_id or 0, AT, letter.subject, messages=(letter,)
    )


def _told(desk: Desk) -> None:
    """One mail on the order, one on the contact alone, a note, and a double that was merged."""
    bring_activities(
        desk.actor,
        [
            _mail(desk, Record("document", desk.order.pk), "order", b"signed order"),
            _mail(desk, Record("contact", desk.contact.pk), "private", b"holiday"),
            PastActivity(
                ActivityKind.NOTE, Record("contact", desk.contact.pk), desk.actor.user_id or 0, AT, text="Likes tea"
            ),
        ],
    )  # fmt: skip
    save_contact(desk.actor, {"job_title": "Head of buying"}, contact_id=desk.contact.pk)


def test_all_that_is_kept_comes_as_one_archive(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    _told(desk)
    shown = client.get(f"/contacts/{desk.contact.pk}/kept/").content.decode()
    assert "2 activities" in shown and ">1 document<" in shown
    answer = client.post(f"/contacts/{desk.contact.pk}/kept/archive/")
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as pack:
        about = json.loads(pack.read("person.json"))
        told = [json.loads(line) for line in pack.read("activities.jsonl").splitlines()]
        files = {pack.read(name) for name in pack.namelist() if name.startswith("files/")}
    assert [one["job_title"] for one in about["contacts"]] == ["Head of buying"]
    assert [one["email"] for one in about["emails"]] == ["renata@granite.example"]
    assert [one["number"] for one in about["documents"]] == [desk.order.number]
    assert about["companies"] == [{"name": "Granite State Brewing", "main": False}]
    assert {one["verb"] for one in about["audit trail"]} >= {"contact.save"}
    assert sorted(one["subject"] or one["text"] for one in told) == ["Likes tea", "order for Renata", "private for Renata"]  # fmt: skip
    assert files == {b"signed order", b"holiday"}
    kept = AuditEntry.objects.get(verb="contact.pack")
    assert kept.after["counts"]["activities"] == 3


def test_an_erased_person_is_nowhere_and_the_books_stay(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    _told(desk)
    pk, before = desk.contact.pk, (desk.order.total, desk.order.number)
    assert client.post(f"/contacts/{pk}/kept/", {"confirm": "Renata"}).status_code == 422
    assert Contact.objects.filter(pk=pk).exists()
    plan = program_of(desk.actor).get(f"contacts/{pk}/kept")
    assert plan["deleted"] == {"contacts": 1, "activities": 2, "messages": 1, "attachments": 1}
    assert (plan["kept"]["activities"], plan["kept"]["documents"]) == (1, 1)
    assert client.post(f"/contacts/{pk}/kept/", {"confirm": " Renata Solberg "}).status_code == 302
    assert not Contact.objects.filter(pk=pk).exists()
    assert not EmailAddress.objects.filter(email="renata@granite.example").exists()
    order = Document.objects.get(pk=desk.order.pk)
    assert ((order.total, order.number), order.contact_id) == (before, None)
    letter = Message.objects.get()
    assert letter.sender == {"email": NO_ADDRESS, "name": NOBODY}
    assert letter.text == f"order: call me, {NOBODY} <{NO_ADDRESS}>"
    assert Attachment.objects.get().name == "order.txt"
    rows = [
        *Activity.objects.values(),
        *Message.objects.exclude(message_id="").values("subject", "text", "to", "html"),
    ]
    kept = repr([*rows, *AuditEntry.objects.values("label", "before", "after")])
    assert not [word for word in WORDS if word in kept]
    log = AuditEntry.objects.get(verb="contact.erase")
    assert (log.user_id, log.after["contact"], log.after["deleted"]["messages"]) == (
        desk.actor.user_id,
        pk,
        1,
    )


def test_only_who_sets_up_the_company_may(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    seller = program_of(colleague(desk))
    for method, path in (("get", "kept"), ("post", "export"), ("post", "erase")):
        body = {"confirm": str(desk.contact)} if path == "erase" else None
        assert seller.call(method, f"contacts/{desk.contact.pk}/{path}", body).status_code == 403
    assert Contact.objects.filter(pk=desk.contact.pk).exists()
    program = program_of(desk.actor)
    assert program.call("post", f"contacts/{desk.contact.pk}/export")["Content-Type"] == "application/zip"
    assert program.call("post", f"contacts/{desk.contact.pk}/erase", {"confirm": "x"}).status_code == 422
    erased = program.call("post", f"contacts/{desk.contact.pk}/erase", {"confirm": str(desk.contact)})
    assert erased.json()["deleted"]["contacts"] == 1
