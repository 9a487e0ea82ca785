"""Writes down what became of the sample company's older orders: ship docs, invoices, payments, what came back, what was
bought for them, and the stock that came and went. ``copying`` writes it, whole copies of many sources in a few statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item, Location
from tradepost.people.models import Vendor
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.models import Document, Kind, Line, Terms
from tradepost.sales.services import LineDraft
from tradepost.sandbox import years
from tradepost.sandbox.copying import Follower, follow, link, look_at, move, receive_back, settle
from tradepost.sandbox.years import Course, Delivery, Known

COST = Decimal("0.55")  # of the price
BROKEN = "Broken in transit"
Sent = tuple[int, Course, Delivery]  # an order, what became of it, and one delivery of it


def cost(item: Item) -> Decimal:
    """What one of it costs in our own money."""
    return round(item.price * COST, 2)


def write(actor: Actor, orders: Sequence[Document], location: Location, today: date) -> None:
    """``orders`` are closed, shipped, or wait for the rest of their goods, and nothing follows them yet; sales at the counter are
    among them. The goods lie at ``location``."""
    look_at()
    sales = [row for row in orders if row.kind == Kind.CASH_SALE]
    sent = list(_sent(actor, [row for row in orders if row.kind == Kind.ORDER], today))
    shipped = follow(actor, Kind.SHIPMENT, [_shipment(order, d) for order, _course, d in sent])
    invoiced = follow(actor, Kind.INVOICE, [_invoice(pk, one) for pk, one in zip(shipped, sent, strict=True)])
    credited = _take_back(actor, location, list(zip(invoiced, sent, strict=True)))
    paid = [
        _payments(pk, one, credited.get(pk)) for pk, (_order, _its, one) in zip(invoiced, sent, strict=True)
    ]
    settle(actor, Kind.PAYMENT, [row for rows in paid for row in rows])
    gone = [*shipped, *(row.pk for row in sales)]
    move(actor, location, _buy(actor, gone, today), "receipt", 1)
    move(actor, location, gone, "shipment", -1)
    look_at()


def _sent(actor: Actor, orders: Sequence[Document], today: date) -> Iterator[Sent]:
    chance = Random(1789)  # noqa: S311 - sample data
    days = {row.name: None if row.type == Terms.Type.CASH else row.days for row in Terms.objects.of(actor)}
    places = Line.objects.filter(document__in=[row.pk for row in orders]).values_list("document", "position")
    lines = dict(places.order_by("document", "position"))
    turn = 0
    for row in orders:
        due, waiting = days.get(row.terms, 30), row.status == "partly_shipped"
        usual = due is None or waiting or lines[row.pk] < 2
        turn += not usual
        known = Known(row.date, row.customer_id or 0, due, 0 if usual else turn, waiting)
        its = years.course(chance, known, today)
        for delivery in its.deliveries:
            yield row.pk, its, delivery


def _shipment(order: int, one: Delivery) -> Follower:
    return Follower(
        order, one.shipped, "delivered", carrier=one.carrier, tracking=one.tracking, part=one.part
    )


def _invoice(shipment: int, sent: Sent) -> Follower:
    _order, its, one = sent
    status = "paid" if one.share == 1 else "partly_paid" if one.share or its.returned else "issued"
    if one.given_up:
        status = "written_off"
    return Follower(shipment, one.invoiced, status, due=one.due, share=one.share)


def _payments(invoice: int, one: Delivery, credited: Decimal | None) -> Iterator[Follower]:
    before = Decimal(0)
    for day, share in one.payments:
        yield Follower(
            invoice, day, "deposited", share=share, method=one.method, less=credited, before=before
        )
        before += share


def _take_back(actor: Actor, location: Location, invoices: Sequence[tuple[int, Sent]]) -> dict[int, Decimal]:
    """One or two pieces that broke come back: RMA, scrap, credit note against the invoice. Returns what was credited of each."""
    back = [(pk, its.returned) for pk, (_order, its, _delivery) in invoices if its.returned]
    returns = follow(actor, Kind.RMA, [Follower(pk, day, "closed", part=3) for pk, day in back])
    receive_back(actor, location, returns, BROKEN)
    rows = [
        Follower(rma, day, "applied", share=Decimal(1)) for rma, (_pk, day) in zip(returns, back, strict=True)
    ]
    credits = follow(actor, Kind.CREDIT_NOTE, rows)
    return link(actor, dict(zip(credits, (pk for pk, _day in back), strict=True)))


# -- buying ------------------------------------------------------------------------------------------------------


def _buy(actor: Actor, gone: Sequence[int], today: date) -> list[int]:
    """Purchase orders of what went out, received, billed and paid; of the last bills some are still owed. Returns the
    receipts."""
    vendors = list(Vendor.objects.of(actor).order_by("pk"))
    items = {item.pk: item for item in Item.objects.of(actor).filter(type="stock").order_by("pk")}
    offered = {pk: n % len(vendors) for n, pk in enumerate(items)}
    lines = Line.objects.filter(document__in=gone, item__in=offered).order_by("pk")
    sold = [
        (day, offered[item], item, quantity)
        for day, item, quantity in lines.values_list("document__date", "item_id", "quantity")
    ]
    plans = years.purchases(sold)
    orders = bring_documents(actor, _orders(plans, vendors, items, today))
    received = follow(
        actor,
        Kind.RECEIPT,
        [Follower(row.pk, p.received, "received") for row, p in zip(orders, plans, strict=True)],
    )
    paid = [_paid(n, one.received) for n, one in enumerate(plans)]
    billed = follow(
        actor,
        Kind.BILL,
        [
            Follower(
                pk, p.received, "paid" if day <= today else "approved", due=p.received + timedelta(days=30),
                share=Decimal(day <= today),
            )
            for pk, p, day in zip(received, plans, paid, strict=True)
        ],
    )  # fmt: skip
    settle(
        actor,
        Kind.BILL_PAYMENT,
        [
            Follower(pk, day, "paid", share=Decimal(1), method="Bank transfer")
            for pk, day in zip(billed, paid, strict=True)
            if day <= today
        ],
    )
    return received


def _paid(number: int, received: date) -> date:
    """On the day it is due; one bill in five some weeks later, for a reason."""
    return received + timedelta(days=30 + (17 + number % 60 if number % 5 == 0 else 0))


def _orders(
    plans: Iterable[years.Purchase], vendors: Sequence[Vendor], items: Mapping[int, Item], today: date
) -> Iterator[Past]:
    rates = {(currency, day): rate for currency, day, rate in years.rates(today)}
    for one in plans:
        vendor = vendors[one.vendor]
        rate = rates.get((vendor.currency, one.ordered.replace(day=1)), Decimal(1))
        yield Past(
            kind=Kind.PURCHASE_ORDER,
            date=one.ordered,
            values={"vendor_id": vendor.pk, "promised": one.received},
            lines=tuple(
                LineDraft(pk, quantity=n, unit_price=round(cost(items[pk]) / rate, 2), tax_rate=Decimal(0))
                for pk, n in one.quantities
            ),
            status="closed",
        )
