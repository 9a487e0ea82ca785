"""What the sample company's warehouse, bookkeeper and buyer did lately: stock, ship docs, invoices, payments, purchases.

Every step is played through the verb that pages and API use; only the days are set back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from tradepost.accounts.access import Actor
from tradepost.catalog import stock
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Item, ItemVendor, Location, StockLevel
from tradepost.catalog.services import save_bin, save_item, save_location
from tradepost.people.models import Customer, Vendor
from tradepost.people.services import save_customer
from tradepost.sales import goods
from tradepost.sales.buying import buy_dropped
from tradepost.sales.converting import convert
from tradepost.sales.currencies import rate_on
from tradepost.sales.following import left
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.statements import make_statement
from tradepost.sandbox import archive, asking, sets
from tradepost.sandbox.company import Paper
from tradepost.sandbox.wares import CARRIERS

LATELY = 30  # days back
SHOP = "Factory shop"
METHODS = ("Cheque", "Bank transfer", "Card")


@dataclass(frozen=True, slots=True)
class _Clerk:
    """Who plays, with what chance, from which day on."""

    actor: Actor
    chance: Random
    today: date

    def back(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def dated(self, row: Document, day: date) -> Document:
        return save_document(self.actor, Kind(row.kind), {"date": day}, document_id=row.pk)


def is_played(paper: Paper) -> bool:
    """Whether the order comes to its state here, and is brought as open."""
    return paper.kind == "order" and paper.age <= LATELY and paper.status in ("shipped", "partly_shipped")


def play(actor: Actor, papers: Sequence[Paper], documents: Sequence[Document], now: datetime) -> None:
    """Everything, in the order in which it happened. ``documents`` are those of ``papers``."""
    clerk = _Clerk(actor, Random(4711), now.date())  # noqa: S311 - sample data
    played = [(p, d) for p, d in zip(papers, documents, strict=True) if is_played(p)]
    opened = now - timedelta(days=max(paper.age for paper in papers) + 45)
    waiting = [d for p, d in zip(papers, documents, strict=True) if _waits(p)]
    warehouse = _shelves(clerk, [document for _paper, document in played], waiting, opened)
    done = [d for p, d in zip(papers, documents, strict=True) if _is_done(p)]
    archive.write(actor, done, warehouse, clerk.today)
    for paper, order in played:
        _ship(clerk, paper, order)
        _charge(clerk, paper, order)
    kept = [d for p, d in zip(papers, documents, strict=True) if p.kind == "order" and not is_played(p)]
    _open_orders(clerk, [d for d in kept if d.status in ("partly_shipped", "open")])
    _afterwards(clerk)
    _buy(clerk)
    _drop_ship(clerk)
    asking.write(actor, Location.objects.of(actor).filter(name=SHOP).first(), clerk.back)
    sets.write(actor, warehouse, clerk.back)
    _judge(clerk)


def _is_done(paper: Paper) -> bool:
    """Whether the order went its way before the time that is played."""
    if paper.kind == "cash_sale":
        return True
    gone = ("shipped", "closed", "partly_shipped")
    return paper.kind == "order" and paper.status in gone and not is_played(paper)


def _waits(paper: Paper) -> bool:
    """Whether a part of the order has been waiting for its goods since before the time that is played."""
    return paper.kind == "order" and paper.status == "partly_shipped" and not is_played(paper)


def _shelves(
    clerk: _Clerk, orders: Sequence[Document], waiting: Sequence[Document], opened: datetime
) -> Location:
    """A warehouse with what was shipped since and some more; one item in six is short, and so is what old orders wait for;
    a shop with a little."""
    main = save_location(clerk.actor, {"name": "Portland warehouse"})
    shop = save_location(clerk.actor, {"name": SHOP})
    for name in ("A-01", "A-02", "B-01", "B-02"):
        save_bin(clerk.actor, {"name": name, "location_id": main.pk})
    need: Counter[int] = Counter()
    for order in orders:
        for item, quantity in order.lines.values_list("item", "quantity"):
            need[item] += int(quantity)
    items = list(Item.objects.of(clerk.actor).filter(type="stock").order_by("pk"))
    short = set(Line.objects.filter(document__in=[row.pk for row in waiting]).values_list("item", flat=True))
    free = {item.pk: clerk.chance.choice((0, 60, 120, 240, 360, 480)) for item in items}
    lay = {item: need[item.pk] + (0 if item.pk in short else free[item.pk]) for item in items}
    lines = [_laid(item, main, quantity) for item, quantity in lay.items() if quantity]
    lines += [_laid(item, shop, clerk.chance.randint(1, 6)) for item in items[::5]]
    stock.adjust(clerk.actor, lines, reason="Opening stock", at=opened)
    return main


def _laid(item: Item, place: Location, quantity: int) -> StockLine:
    return StockLine(item.pk, place.pk, Decimal(quantity), cost=quantity * archive.cost(item))


# -- selling -----------------------------------------------------------------------------------------------------


def _ship(clerk: _Clerk, paper: Paper, order: Document) -> None:
    """All of it, or the first half of its lines; those of last week by way of a pick list."""
    lines = [line for line in order.lines.all() if line.quantity]
    some = lines if paper.status == "shipped" or len(lines) == 1 else lines[: (len(lines) + 1) // 2]
    half = paper.status == "partly_shipped" and len(lines) == 1
    wanted = {line.pk: line.quantity / 2 if half else line.quantity for line in some}
    source = order.pk
    if paper.age < 20:
        pick = convert(clerk.actor, order.pk, Kind.PICK, wanted)
        source = move(clerk.actor, pick.pk, "finish").pk
    row = convert(clerk.actor, source, Kind.SHIPMENT, None if source != order.pk else wanted)
    carrier, prefix = clerk.chance.choice(CARRIERS)
    sent = {"carrier": carrier, "tracking": f"{prefix}{clerk.chance.randrange(10**9):09}"}
    sent_on = {"date": max(order.date, clerk.back(paper.age - 3)), "packages": clerk.chance.randint(1, 4)}
    save_document(clerk.actor, Kind.SHIPMENT, {**sent, **sent_on}, document_id=row.pk)
    move(clerk.actor, row.pk, "ship")
    if paper.age > 15:
        move(clerk.actor, row.pk, "deliver")


def _charge(clerk: _Clerk, paper: Paper, order: Document) -> None:
    """An invoice of what was shipped; most of the older ones are paid, some in part."""
    shipment = Document.objects.filter(lines__source__document=order, kind=Kind.SHIPMENT).first()
    picked = Document.objects.filter(kind=Kind.SHIPMENT, source__source=order).first()
    source = shipment or picked
    if source is None or clerk.chance.random() < 0.15:
        return
    row = clerk.dated(convert(clerk.actor, source.pk, Kind.INVOICE), clerk.back(max(paper.age - 4, 0)))
    if clerk.chance.random() < 0.1:
        return
    row = move(clerk.actor, row.pk, "issue")
    if paper.age > 18 and clerk.chance.random() < 0.7:
        part = clerk.chance.random() < 0.25
        amount = (row.total / 2).quantize(Decimal("0.01")) if part else row.total
        payment = convert(clerk.actor, row.pk, Kind.PAYMENT, amount=amount)
        save_document(
            clerk.actor,
            Kind.PAYMENT,
            {"method": clerk.chance.choice(METHODS), "date": clerk.back(clerk.chance.randint(0, 10))},
            document_id=payment.pk,
        )
        move(clerk.actor, payment.pk, "receive")


def _open_orders(clerk: _Clerk, orders: Sequence[Document]) -> None:
    """They hold what there is; the warehouse has begun with three of them."""
    for order in orders:
        goods.hold(clerk.actor, order)
    free = [order for order in orders if not order.hold_reason and order.status == "open"]
    for order, verbs in zip(free, ((), ("start",), ("start", "finish")), strict=False):
        pick = convert(clerk.actor, order.pk, Kind.PICK)
        for verb in verbs:
            move(clerk.actor, pick.pk, verb)


def _afterwards(clerk: _Clerk) -> None:
    """A return with its credit and refund, another on its way, and a sale at the counter."""
    actor = clerk.actor
    paid = list(Document.objects.of(actor).filter(kind=Kind.INVOICE, status="paid").order_by("pk")[:2])
    for invoice, verbs in zip(paid, (("approve", "receive"), ("approve",)), strict=False):
        line = invoice.lines.exclude(quantity__lte=1).first()
        if line is None:
            continue
        rma = convert(actor, invoice.pk, Kind.RMA, {line.pk: Decimal(1)})
        for verb in verbs:
            move(actor, rma.pk, verb)
        if "receive" in verbs:
            credit = move(actor, convert(actor, rma.pk, Kind.CREDIT_NOTE).pk, "issue")
            move(actor, convert(actor, credit.pk, Kind.REFUND).pk, "pay")
    buyer = Document.objects.of(actor).filter(kind=Kind.ORDER).order_by("pk")[0].customer_id
    level = StockLevel.objects.of(actor).filter(location__name=SHOP, on_hand__gt=0).order_by("item").first()
    if level is not None:
        head = {"customer_id": buyer, "method": "Cash", "location_id": level.location_id}
        sale = save_document(actor, Kind.CASH_SALE, head, [LineDraft(level.item_id)])
        move(actor, sale.pk, "complete")


_DROPPED = (("draft", 0), ("sent", 3), ("confirmed", 6), ("received", 9), ("invoiced", 12))


def _drop_ship(clerk: _Clerk) -> None:
    """Orders whose goods a vendor sends to the customer, as far as the stage goes."""
    actor = clerk.actor
    active = Vendor.objects.of(actor).filter(status="active").values("pk")
    offers = ItemVendor.objects.of(actor).filter(position=1, vendor_id__in=active).order_by("pk")
    buyers = list(Customer.objects.of(actor).filter(currency="").order_by("pk").values_list("pk", flat=True))
    for n, ((stage, age), offer) in enumerate(zip(_DROPPED, offers[3::7], strict=False)):
        head = {"customer_id": buyers[(n * 7 + 2) % len(buyers)], "date": clerk.back(age + 1)}
        draft = LineDraft(offer.item_id, quantity=Decimal(24), drop_ship=True)
        order = save_document(actor, Kind.ORDER, head, [draft])
        for bought in buy_dropped(actor, order.pk).orders:
            clerk.dated(bought, clerk.back(age))
            for verb in () if stage == "draft" else ("send",) if stage == "sent" else ("send", "confirm"):
                move(actor, bought.pk, verb)
            if stage in ("received", "invoiced"):
                move(actor, convert(actor, bought.pk, Kind.RECEIPT).pk, "receive")
        if stage == "invoiced":
            move(actor, convert(actor, order.pk, Kind.INVOICE).pk, "issue")


def _judge(clerk: _Clerk) -> None:
    """What the bookkeeper decides at the end: who owes too much for too long gets nothing on account, and statements go out."""
    owed = Document.objects.of(clerk.actor).filter(kind=Kind.INVOICE, status__in=("issued", "partly_paid"))
    old = owed.filter(due__lt=clerk.back(60), currency="USD").order_by("due", "pk")
    debtors = list(dict.fromkeys(old.values_list("customer", flat=True)))[:4]
    for n, customer in enumerate(debtors):
        if n == 0:
            values = {"credit_hold": True, "credit_reason": "Invoices overdue by more than 60 days"}
            save_customer(clerk.actor, values, customer_id=customer)
        statement = make_statement(clerk.actor, customer)
        if n % 2 == 0:
            move(clerk.actor, statement.pk, "send")
    for pk in Customer.objects.of(clerk.actor).filter(class_name="A").values_list("pk", flat=True):
        save_customer(clerk.actor, {"credit_limit": Decimal(60_000)}, customer_id=pk)


# -- buying ------------------------------------------------------------------------------------------------------

# Days since it was ordered, days until it was promised, and how far it came.
_ORDERS = (
    (58, 20, "paid"),
    (44, 14, "billed"),
    (37, 12, "overdue"),
    (30, 15, "credited"),
    (24, 18, "part"),
    (21, 12, "late"),
    (9, 14, "confirmed"),
    (6, 20, "confirmed"),
    (3, 21, "sent"),
    (0, 30, "draft"),
)


def _buy(clerk: _Clerk) -> None:
    """Each vendor offers a range of the items; purchase orders at every stage."""
    vendors = list(Vendor.objects.of(clerk.actor).order_by("pk"))
    items = list(Item.objects.of(clerk.actor).filter(type="stock").order_by("pk"))
    ranges = {vendor.pk: items[n :: len(vendors)] for n, vendor in enumerate(vendors)}
    for vendor in vendors:
        for item in ranges[vendor.pk]:
            _offer(clerk, vendor, item)
    active = [vendor for vendor in vendors if vendor.status == "active"]
    for n, (age, days, stage) in enumerate(_ORDERS):
        vendor = active[n % len(active)]
        chosen = clerk.chance.sample(ranges[vendor.pk], 4)
        drafts = [LineDraft(item.pk, quantity=Decimal(clerk.chance.choice((24, 48, 96)))) for item in chosen]
        head = {"vendor_id": vendor.pk, "date": clerk.back(age), "promised": clerk.back(age - days)}
        order = save_document(clerk.actor, Kind.PURCHASE_ORDER, head, drafts)
        for verb in _verbs(stage):
            move(clerk.actor, order.pk, verb)
        _deliver(clerk, order, stage, clerk.back(max(age - days, 0)))


def _offer(clerk: _Clerk, vendor: Vendor, item: Item) -> None:
    rate = rate_on(clerk.actor.organisation_id, vendor.currency, clerk.today) or Decimal(1)
    price = (item.price * Decimal(clerk.chance.randint(50, 58)) / 100 / rate).quantize(Decimal("0.01"))
    offer = Offer(
        vendor.name,
        price,
        currency=vendor.currency,
        lead_days=clerk.chance.choice((7, 14, 21)),
        quantity=Decimal(clerk.chance.choice((0, 50, 200))),
        vendor_sku=f"{vendor.name[:2].upper()}{item.pk % 1000:03}",
        vendor_id=vendor.pk,
    )
    save_item(clerk.actor, {}, item_id=item.pk, details=Details(vendors=[offer]))


def _verbs(stage: str) -> Iterator[str]:
    if stage != "draft":
        yield "send"
    if stage not in ("draft", "sent"):
        yield "confirm"


def _deliver(clerk: _Clerk, order: Document, stage: str, day: date) -> None:
    """Receipt, bill and what was paid of it, as far as the stage goes."""
    if stage not in ("paid", "billed", "overdue", "credited", "part"):
        return
    rest = left(order, Kind.RECEIPT)
    some = dict(list(rest.items())[:2]) if stage == "part" else rest
    receipt = clerk.dated(convert(clerk.actor, order.pk, Kind.RECEIPT, some), day)
    receipt = move(clerk.actor, receipt.pk, "receive")
    if stage == "part":
        return
    bill = clerk.dated(convert(clerk.actor, receipt.pk, Kind.BILL), day)
    values: dict[str, object] = {"po_number": f"R-{clerk.chance.randint(10000, 99999)}"}
    if stage == "overdue":
        values["due"] = clerk.back(6)
    save_document(clerk.actor, Kind.BILL, values, document_id=bill.pk)
    bill = move(clerk.actor, bill.pk, "approve")
    if stage == "paid":
        payment = convert(clerk.actor, bill.pk, Kind.BILL_PAYMENT)
        save_document(clerk.actor, Kind.BILL_PAYMENT, {"method": "Bank transfer"}, document_id=payment.pk)
        move(clerk.actor, payment.pk, "pay")
    if stage == "credited":
        line = bill.lines.exclude(quantity__lte=2).first()
        if line is not None:
            credit = convert(clerk.actor, bill.pk, Kind.VENDOR_CREDIT, {line.pk: Decimal(2)})
            move(clerk.actor, credit.pk, "approve")
