"""The sample company: believable, the same each time, and written through the verbs."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.activities.models import Link, Message
from tradepost.catalog.queries import discrepancies
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.mail.models import MailAccount
from tradepost.people.models import Customer, Vendor
from tradepost.sales.following import left, settled_state
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.models import Document, Kind
from tradepost.sandbox.accounts import Directory, Plays
from tradepost.sandbox.company import company
from tradepost.sandbox.seed import fill
from tradepost.sandbox.years import LATE, QUOTES, SMALL, course, papers, purchases

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
def test_a_small_company_is_filled_with_its_history() -> None:
    actor = fill(password=PASSWORD, small=True, history=True, world={})
    documents = Document.objects.of(actor)
    assert Customer.objects.of(actor).count() == 6
    assert Vendor.objects.of(actor).filter(emails__isnull=False, contacts__isnull=False).exists()
    assert documents.filter(kind__in=("quote", "order")).count() == 40 + SMALL + int(SMALL * QUOTES)
    _check_books(documents)
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


def _check_books(documents: ScopedQuerySet[Document]) -> None:
    """Every document of the past agrees with what it was made from, what settles it and where it stands."""
    old = documents.filter(date__lt=clock.now().date() - timedelta(days=90))
    for kind, source in CHAIN.items():
        rows = list(old.filter(kind=kind).select_related("source"))
        assert rows, kind
        for row in rows:
            assert row.source is not None
            assert (row.source.kind, row.source.total) == (source, row.total), row
            assert row.source.date <= row.date
            state = settled_state(kind, row.total, row.applied)
            assert state in (None, row.status)
    for order in old.filter(kind=Kind.ORDER, status="closed"):
        assert not left(order, Kind.SHIPMENT)
        assert not left(order, Kind.INVOICE)
        assert order.total == order.subtotal - order.discount + order.freight + order.tax
    for row in documents.filter(kind__in=(Kind.INVOICE, Kind.BILL)):
        assert row.applied == sum(one.amount for one in row.settled_by.all())
    for row in documents.filter(kind__in=(Kind.PAYMENT, Kind.BILL_PAYMENT)):
        assert row.applied == sum(one.amount for one in row.applications.all())


CHAIN = {
    Kind.SHIPMENT: Kind.ORDER,
    Kind.INVOICE: Kind.SHIPMENT,
    Kind.PAYMENT: Kind.INVOICE,
    Kind.RECEIPT: Kind.PURCHASE_ORDER,
    Kind.BILL: Kind.RECEIPT,
    Kind.BILL_PAYMENT: Kind.BILL,
}


def test_three_years_grow_have_seasons_and_make_ten_thousand_orders() -> None:
    sample = company()
    older = papers(sample, DAY)
    assert older == papers(sample, DAY)
    orders = [one for one in (*older, *sample.papers) if one.kind == "order"]
    assert len(orders) == 10_000
    years = Counter(one.age // 365 for one in orders)
    assert years[2] < years[1] < years[0]
    months = Counter((DAY - timedelta(days=one.age)).month for one in older)
    assert months[5] > 1.2 * months[1]


def test_a_course_ends_with_payment_unless_that_day_is_to_come() -> None:
    chance = Random(1)
    paid = [course(chance, DAY, customer, 30, DAY + timedelta(days=60)) for customer in range(200)]
    assert all(one.shipped <= one.invoiced <= one.due for one in paid)
    late = [one for n, one in enumerate(paid) if n % LATE == 0]
    assert all(one.paid is None or one.paid > one.due for one in late)
    assert any(one.paid is None for one in late)
    assert course(chance, DAY, 1, None, DAY + timedelta(days=60)).paid
    assert course(chance, DAY, 1, 30, DAY + timedelta(days=9)).paid is None


def test_what_is_bought_is_what_is_sold_and_comes_before() -> None:
    sold = [(DAY, 0, 7, Decimal(4)), (DAY + timedelta(days=9), 0, 7, Decimal(6)), (DAY, 1, 8, Decimal(1))]
    first, second = purchases(sold)
    assert (first.vendor, first.quantities, second.quantities) == (0, ((7, Decimal(10)),), ((8, Decimal(1)),))
    assert first.ordered < first.received < DAY


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
