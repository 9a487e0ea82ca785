"""The sample company: believable, the same each time, and written through the verbs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.db.models import Count, Q

from tradepost.accounts.access import Actor
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.activities.models import Link, Message
from tradepost.catalog.models import Item, ItemType, PriceBreak, StockLevel
from tradepost.catalog.queries import discrepancies
from tradepost.custom.models import CustomField
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.mail.models import MailAccount
from tradepost.people.models import Customer, Vendor
from tradepost.reports import engine
from tradepost.reports.models import ReorderLevel, SavedReport
from tradepost.reports.reordering import below_level, proposal
from tradepost.reports.rules import Query
from tradepost.sales.following import left, settled_state
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.paying import status_of
from tradepost.sandbox import agreed, sets, wares
from tradepost.sandbox.accounts import Directory, Plays
from tradepost.sandbox.company import company
from tradepost.sandbox.seed import fill
from tradepost.sandbox.years import DAYS, LATE, QUOTES, SMALL, Known, course, papers, purchases, rates

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
    sold = documents.filter(kind__in=("quote", "order")).exclude(lines__drop_ship=True)
    assert sold.count() == 40 + SMALL + int(SMALL * QUOTES) + len(wares.SOLD)
    _check_sets(actor)
    _check_books(documents)
    _check_exceptions(documents)
    _check_agreed(actor)
    assert set(documents.values_list("kind", flat=True)) >= {
        "shipment", "invoice", "purchase_order", "receipt", "bill", "bill_payment", "vendor_credit",
        "purchase_quote", "cash_purchase", "vendor_refund",
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
            assert row.source.kind == source
            assert row.source.date <= row.date
            state = settled_state(kind, row.total, row.applied)
            assert state in (None, row.status) or row.status == "written_off", row
    for kind in WHOLE:
        for row in old.filter(kind=kind).select_related("source"):
            assert row.source is not None
            assert row.source.total == row.total
    for order in old.filter(kind=Kind.ORDER, status="closed"):
        assert not left(order, Kind.SHIPMENT)
        assert not left(order, Kind.INVOICE)
        assert order.total == order.subtotal - order.discount + order.freight + order.tax
        shipped = order.followers.filter(kind=Kind.SHIPMENT).exclude(source__lines__drop_ship=True)
        assert sum(row.total for row in shipped) == order.total
    for row in documents.filter(kind__in=(Kind.INVOICE, Kind.BILL)):
        assert row.applied == sum(one.amount for one in row.settled_by.all()), row
    for row in documents.filter(kind__in=(Kind.PAYMENT, Kind.BILL_PAYMENT, Kind.CREDIT_NOTE)):
        assert row.applied == sum(one.amount for one in row.applications.all()), row
    orders = documents.filter(kind=Kind.ORDER)
    assert {"paid", "unpaid"} <= set(orders.values_list("financial_status", flat=True))
    assert all(row.financial_status == status_of(row) for row in orders)
    assert not documents.filter(date__gt=clock.now().date() + timedelta(days=1)).exists()


def _check_agreed(actor: Actor) -> None:
    """Prices, levels, a field and a report are there to be tried, and do what they say."""
    key = Customer.objects.of(actor).filter(price_level__name="Key accounts")
    assert key.count() == agreed.KEY_ACCOUNTS
    steps = PriceBreak.objects.of(actor)
    assert set(steps.values_list("quantity", flat=True)) == {12, 48}
    assert steps.count() == agreed.PRICED * len(agreed.STEPS)
    short = {(one.item.pk, one.location.pk) for one in proposal(actor)}
    low = ReorderLevel.objects.of(actor).values_list("item_id", "location_id")
    assert below_level(actor) == agreed.LEVELS // 2 <= len(short & set(low))
    field = CustomField.objects.of(actor).get()
    values = Customer.objects.of(actor).exclude(custom={}).values_list(f"custom__{field.key}", flat=True)
    assert set(values) == set(agreed.WINDOWS)
    kept = SavedReport.objects.of(actor).get()
    assert engine.run(actor, Query.of(kept.report, kept.query)).rows


def _check_sets(actor: Actor) -> None:
    """There is an item of every type but non-stock ones, and each was ordered as it is entered."""
    items = Item.objects.of(actor)
    assert set(items.values_list("type", flat=True)) == {*ItemType.values} - {"non_stock"}
    ordered = Document.objects.of(actor).filter(kind=Kind.ORDER).order_by("-date")
    for found in (
        Q(lines__item__type="kit", lines__position=1),
        Q(lines__item__type="assembly"),
        Q(lines__item__parent__sku="SHT"),
        Q(lines__reach="above", discount=0, lines__amount__lt=0),
    ):
        assert ordered.filter(found).exists(), found
    group = [part for sku, *_facts, parts in wares.SETS if sku == "GRP-01" for part, _n in parts]
    assert ordered.filter(lines__item__sku=group[0]).filter(lines__item__sku=group[2]).exists()
    packed = StockLevel.objects.of(actor).get(item__sku="ASM-01")
    assert packed.on_hand == sets.BUILT - 6
    kits = ordered.filter(lines__item__type="kit").distinct()
    assert {order.status for order in kits} == {"shipped", "open"}


def _check_exceptions(documents: ScopedQuerySet[Document]) -> None:
    """Not everything went well, and not everybody is at home."""
    statuses = set(documents.filter(kind=Kind.INVOICE).values_list("status", flat=True))
    assert statuses >= {"issued", "paid", "written_off"}
    split = documents.filter(kind=Kind.ORDER, status="closed").annotate(n=Count("followers")).filter(n=2)
    assert split.exists()
    assert documents.filter(kind=Kind.RMA, status="closed", followers__applications__isnull=False).exists()
    assert documents.filter(kind=Kind.ORDER, source__kind=Kind.QUOTE, source__status="accepted").exists()
    assert documents.filter(kind=Kind.CASH_SALE, date__lt=clock.now().date() - timedelta(days=60)).exists()
    abroad = documents.filter(kind=Kind.INVOICE, currency="CAD", status="paid")
    assert abroad.exists()
    assert not documents.exclude(currency="USD").filter(exchange_rate=None).exists()
    gained = Application.objects.filter(document__in=abroad).values_list("paid_value", "owed_value")
    assert all(paid and owed for paid, owed in gained)
    taxed = documents.filter(kind=Kind.INVOICE, tax__gt=0)
    assert {tuple(t["code"] for t in row.taxes) for row in taxed} <= set(wares.CHARGED.values())
    assert taxed.exists()
    assert documents.filter(kind=Kind.PURCHASE_ORDER, lines__drop_ship=True).exists()


CHAIN = {
    Kind.SHIPMENT: Kind.ORDER,
    Kind.INVOICE: Kind.SHIPMENT,
    Kind.PAYMENT: Kind.INVOICE,
    Kind.RECEIPT: Kind.PURCHASE_ORDER,
    Kind.BILL: Kind.RECEIPT,
    Kind.BILL_PAYMENT: Kind.BILL,
}
WHOLE = (Kind.INVOICE, Kind.RECEIPT, Kind.BILL, Kind.BILL_PAYMENT)


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
    known = [Known(DAY, customer, 30, customer) for customer in range(400)]
    courses = [course(chance, one, DAY + timedelta(days=60)) for one in known]
    sent = [one for its in courses for one in its.deliveries]
    assert all(one.shipped <= one.invoiced <= one.due for one in sent)
    assert {len(its.deliveries) for its in courses} == {1, 2}
    assert all([one.part for one in its.deliveries] in ([0], [1, 2]) for its in courses)
    assert any(its.returned for its in courses)
    assert any(
        one.given_up
        for one in (course(chance, one, DAY + timedelta(days=400)).deliveries[0] for one in known)
    )
    assert all(its.returned is None or its.returned > its.deliveries[0].invoiced for its in courses)
    late = [one for n, its in enumerate(courses) if n % LATE == 0 for one in its.deliveries]
    assert all(day > one.due for one in late for day, _share in one.payments)
    assert {one.share for one in sent} == {Decimal(0), Decimal("0.5"), Decimal(1)}
    assert course(chance, Known(DAY, 1, None), DAY + timedelta(days=60)).deliveries[0].share == 1
    assert course(chance, Known(DAY, 1, 30), DAY + timedelta(days=9)).deliveries[0].share == 0
    assert [one.part for one in course(chance, replace(known[0], waiting=True), DAY).deliveries] == [1]


def test_every_month_of_three_years_has_a_rate() -> None:
    found = list(rates(DAY))
    months = {day for _currency, day, _rate in found}
    assert len(found) == len(months) * 4
    assert max(months) == DAY.replace(day=1)
    assert min(months) < DAY - timedelta(days=DAYS)


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
