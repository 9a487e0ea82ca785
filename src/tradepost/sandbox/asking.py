"""What the sample company's buyer did besides ordering: asked two vendors for the same, bought at a counter, was paid back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item, Location
from tradepost.people.models import Vendor
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sandbox import archive

# Days since two were asked, and how far it came.
ASKED = ((16, "ordered"), (5, "answered"), (1, "sent"))
SHARES = (Decimal("0.96"), Decimal("1.04"))  # what each asks, of the usual cost


def write(actor: Actor, shop: Location | None, back: Callable[[int], date]) -> None:
    """``back`` is the day so many days ago; ``shop`` is where goods from the counter go."""
    vendors = list(Vendor.objects.of(actor).filter(status="active", currency="USD").order_by("pk")[:2])
    items = list(Item.objects.of(actor).filter(type="stock").order_by("pk")[:9])
    if len(vendors) < 2 or len(items) < 9:
        return
    for n, (age, stage) in enumerate(ASKED):
        _ask(actor, vendors, items[n * 2 : n * 2 + 2], back(age), stage)
    _buy_for_cash(actor, vendors[0], items[6:8], shop, back(8))
    _be_paid_back(actor)


def _ask(actor: Actor, vendors: Sequence[Vendor], items: Sequence[Item], day: date, stage: str) -> None:
    """Both are asked; where they have answered, the cheaper gets the order."""
    first = save_document(
        actor,
        Kind.PURCHASE_QUOTE,
        {"vendor_id": vendors[0].pk, "date": day, "memo": "Please quote by the end of the week."},
        [LineDraft(item.pk, quantity=Decimal(120)) for item in items],
    )
    second = convert(actor, first.pk, Kind.PURCHASE_QUOTE, vendor_id=vendors[1].pk)
    save_document(actor, Kind.PURCHASE_QUOTE, {"date": day}, document_id=second.pk)
    for quote, share in zip((first, second), SHARES, strict=True):
        move(actor, quote.pk, "send")
        if stage != "sent":
            _answer(actor, quote, {item.pk: round(archive.cost(item) * share, 2) for item in items})
    if stage == "ordered":
        move(actor, convert(actor, first.pk, Kind.PURCHASE_ORDER).pk, "send")
        move(actor, second.pk, "decline")


def _answer(actor: Actor, quote: Document, prices: dict[int, Decimal]) -> None:
    move(actor, quote.pk, "answer")
    drafts = [
        LineDraft(line.item_id, quantity=line.quantity, unit_price=prices[line.item_id or 0], line_id=line.pk)
        for line in quote.lines.all()
    ]
    save_document(actor, Kind.PURCHASE_QUOTE, {}, drafts, document_id=quote.pk)


def _buy_for_cash(
    actor: Actor, vendor: Vendor, items: Sequence[Item], shop: Location | None, day: date
) -> None:
    head = {"vendor_id": vendor.pk, "date": day, "method": "Cash", "location_id": shop.pk if shop else None}
    drafts = [LineDraft(item.pk, quantity=Decimal(6), unit_price=archive.cost(item)) for item in items]
    move(actor, save_document(actor, Kind.CASH_PURCHASE, head, drafts).pk, "complete")


def _be_paid_back(actor: Actor) -> None:
    """For one piece of a bill that was paid already."""
    bill = (
        Document.objects.of(actor).filter(kind=Kind.BILL, status="paid", currency="USD").order_by("pk").last()
    )
    line = bill.lines.filter(quantity__gt=1).first() if bill else None
    if bill is None or line is None:
        return
    credit = move(actor, convert(actor, bill.pk, Kind.VENDOR_CREDIT, {line.pk: Decimal(1)}).pk, "approve")
    refund = convert(actor, credit.pk, Kind.VENDOR_REFUND)
    save_document(actor, Kind.VENDOR_REFUND, {"method": "Bank transfer"}, document_id=refund.pk)
    move(actor, refund.pk, "receive")
