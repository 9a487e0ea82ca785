"""The sample company: believable, the same each time, and written through the verbs."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tradepost.activities.models import Link, Message
from tradepost.catalog.queries import discrepancies
from tradepost.kit.errors import Invalid
from tradepost.mail.models import MailAccount
from tradepost.people.models import Customer, Vendor
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.models import Document, Kind
from tradepost.sandbox.accounts import Directory, Plays
from tradepost.sandbox.company import company
from tradepost.sandbox.seed import fill

PASSWORD, DAY = "outdoor-supply-2026", date(2026, 5, 4)


def test_the_sample_is_the_same_each_time_and_large_enough() -> None:
    sample = company()
    assert sample == company()
    assert (len(sample.buyers), len(sample.wares), len(sample.papers)) == (60, 122, 400)
    statuses = Counter(paper.status for paper in sample.papers)
    assert {"open", "partly_shipped", "shipped", "closed", "cancelled", "sent", "accepted"} <= statuses.keys()
    happened = [one for paper in sample.papers for one in paper.happenings]
    assert {one.kind for one in happened} == {"email", "note", "call", "task", "event"}
    assert any(letter.paper for one in happened for letter in one.letters)
    assert len({buyer.domain for buyer in sample.buyers}) == 60


@pytest.mark.django_db
def test_a_small_company_is_filled() -> None:
    actor = fill(password=PASSWORD, small=True, world={})
    documents = Document.objects.of(actor)
    assert Customer.objects.of(actor).count() == 6
    assert Vendor.objects.of(actor).filter(emails__isnull=False, contacts__isnull=False).exists()
    assert documents.filter(kind__in=("quote", "order")).count() == 40
    assert set(documents.values_list("kind", flat=True)) >= {
        "shipment", "invoice", "purchase_order", "receipt", "bill", "bill_payment", "vendor_credit",
    }  # fmt: skip
    assert discrepancies(actor) == []
    newest = documents.filter(kind=Kind.ORDER).order_by("-date", "-number").first()
    assert newest is not None
    assert newest.customer_name == "Harbor Pine Outfitters"
    assert str(newest.contact) == "Renata Solis"
    assert newest.total == sum(line.amount for line in newest.lines.all()) > Decimal(0)
    answered = Message.objects.of(actor).filter(outgoing=False)
    assert answered.exists()
    assert all(message.references for message in answered)
    assert Link.objects.of(actor).filter(record_kind="contact").exists()
    assert not MailAccount.objects.of(actor).exists()


@pytest.mark.django_db
def test_an_unknown_status_is_refused_and_nothing_is_written() -> None:
    actor = fill(password=PASSWORD, small=True, world={})
    before, buyer = Document.objects.count(), Customer.objects.of(actor).first()
    assert buyer is not None
    good = Past(Kind.ORDER, DAY, {"customer_id": buyer.pk}, (), "closed")
    with pytest.raises(Invalid, match="There is no status “lost”"):
        bring_documents(actor, [good, Past(Kind.ORDER, DAY, {"customer_id": buyer.pk}, (), "lost")])
    assert Document.objects.count() == before


@pytest.mark.django_db
def test_mailboxes_are_opened_in_the_sandbox(tmp_path: Path) -> None:
    world = {
        "host": "127.0.0.1",
        "imaps_port": 1993,
        "smtps_port": 1465,
        "fingerprint": "ab" * 32,
        "accounts": str(tmp_path / "accounts.json"),
    }
    actor = fill(password=PASSWORD, small=True, world=world)
    accounts = MailAccount.objects.of(actor)
    assert {row.sender_email: row.owner_id for row in accounts} == {
        "dana@marlowfinch.example": actor.user_id,
        "sales@marlowfinch.example": None,
    }
    directory = Directory(tmp_path / "accounts.json")
    renata = directory.find("renata@harborpine.example")
    assert renata is not None
    assert (renata.plays, renata.company) == (Plays.CUSTOMER, "Harbor Pine Outfitters")
    assert {account.plays for account in directory.all().values()} >= {Plays.AWAY, Plays.GONE, Plays.USER}
