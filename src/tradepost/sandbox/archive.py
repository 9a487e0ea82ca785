"""Writes down what became of the sample company's older orders: ship docs, invoices, payments, what was bought for
them, and the stock that came and went.

A follower is a whole copy of its source in a few statements, so that amounts agree to the cent without a second sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item, Location
from tradepost.people.models import Vendor
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.models import Application, Document, Kind, Line, Terms
from tradepost.sales.numbers import take_numbers
from tradepost.sales.services import LineDraft
from tradepost.sandbox import years
from tradepost.sandbox.years import Course

COST = Decimal("0.55")  # of the price
RATES = {"SEK": Decimal(10)}  # about what a dollar is worth


@dataclass(frozen=True, slots=True)
class _Follower:
    """What differs from the source. ``applied``: whether all of it is paid, or used up."""

    source: int
    day: date
    status: str
    due: date | None = None
    applied: bool = False
    method: str = ""
    carrier: str = ""
    tracking: str = ""


def write(actor: Actor, orders: Sequence[Document], location: Location, today: date) -> None:
    """``orders`` are closed, or shipped in full, and nothing follows them yet; the goods lie at ``location``."""
    chance = Random(1789)  # noqa: S311 - sample data
    days = {row.name: None if row.type == Terms.Type.CASH else row.days for row in Terms.objects.of(actor)}
    courses = [
        years.course(chance, row.date, row.customer_id or 0, days.get(row.terms, 30), today) for row in orders
    ]
    shipped = _follow(
        actor, Kind.SHIPMENT, [_shipment(row.pk, c) for row, c in zip(orders, courses, strict=True)]
    )
    invoiced = _follow(actor, Kind.INVOICE, [_invoice(pk, c) for pk, c in zip(shipped, courses, strict=True)])
    paid = [(pk, c.paid, c.method) for pk, c in zip(invoiced, courses, strict=True) if c.paid]
    _settle(actor, Kind.PAYMENT, [_Follower(pk, day, "deposited", None, True, how) for pk, day, how in paid])
    bought = _buy(actor, shipped)
    _move(actor, location, shipped, "shipment", -1)
    _move(actor, location, bought, "receipt", 1)


def _shipment(order: int, course: Course) -> _Follower:
    return _Follower(order, course.shipped, "delivered", carrier=course.carrier, tracking=course.tracking)


def _invoice(shipment: int, course: Course) -> _Follower:
    paid = course.paid is not None
    return _Follower(shipment, course.invoiced, "paid" if paid else "issued", course.due, paid)


def _buy(actor: Actor, shipped: Sequence[int]) -> list[int]:
    """Purchase orders of what was shipped, received, billed and paid. Returns the receipts."""
    vendors = list(Vendor.objects.of(actor).order_by("pk"))
    items = list(Item.objects.of(actor).filter(type="stock").order_by("pk"))
    offered = {item.pk: n % len(vendors) for n, item in enumerate(items)}
    costs = {item.pk: item.price * COST for item in items}
    lines = Line.objects.filter(document__in=shipped, item__in=offered).order_by("pk")
    sold = [
        (day, offered[item], item, quantity)
        for day, item, quantity in lines.values_list("document__date", "item_id", "quantity")
    ]
    plans = years.purchases(sold)
    orders = bring_documents(actor, (_order(one, vendors[one.vendor], costs) for one in plans))
    received = _follow(
        actor,
        Kind.RECEIPT,
        [_Follower(row.pk, p.received, "received") for row, p in zip(orders, plans, strict=True)],
    )
    due = [one.received + timedelta(days=30) for one in plans]
    bills = [
        _Follower(pk, p.received, "paid", day, True) for pk, p, day in zip(received, plans, due, strict=True)
    ]
    billed = _follow(actor, Kind.BILL, bills)
    _settle(
        actor,
        Kind.BILL_PAYMENT,
        [
            _Follower(pk, day, "paid", None, True, "Bank transfer")
            for pk, day in zip(billed, due, strict=True)
        ],
    )
    return received


def _order(one: years.Purchase, vendor: Vendor, costs: dict[int, Decimal]) -> Past:
    rate = RATES.get(vendor.currency, Decimal(1))
    return Past(
        kind=Kind.PURCHASE_ORDER,
        date=one.ordered,
        values={"vendor_id": vendor.pk, "promised": one.received},
        lines=tuple(
            LineDraft(pk, quantity=quantity, unit_price=round(costs[pk] * rate, 2), tax_rate=Decimal(0))
            for pk, quantity in one.quantities
        ),
        status="closed",
    )


# -- in bulk -----------------------------------------------------------------------------------------------------

_GIVEN = """unnest(%s::bigint[], %s::date[], %s::text[], %s::date[], %s::boolean[], %s::text[], %s::text[],
    %s::text[], %s::text[]) AS f(source_id, date, status, due, applied, method, carrier, tracking, number)"""
_AMOUNT_ONLY = {  # a payment is an amount: it has no lines, taxes or freight
    "subtotal": "d.total",
    **dict.fromkeys(("freight", "discount", "discount_percent", "tax"), "0"),
    "taxes": "'[]'",
    **dict.fromkeys(("tax_code_id", "item_tax_id", "location_id", "promised"), "NULL"),
    **dict.fromkeys(("po_number", "channel"), "''"),
}


def _columns(model: type[Document] | type[Line]) -> list[str]:
    fields = model._meta.concrete_fields
    return [str(field.column) for field in fields if not (field.primary_key or field.generated)]


def _follow(actor: Actor, kind: Kind, rows: Sequence[_Follower], *, whole: bool = True) -> list[int]:
    """Write the followers down with their lines, numbered in the order of their days. Returns ids as ``rows``."""
    in_turn = sorted(rows, key=lambda row: (row.day, row.source))
    numbers = take_numbers(actor, kind, len(in_turn))
    given = [list(column) for column in zip(*(astuple(row) for row in in_turn), strict=True)] or [[]] * 8
    changed = {
        **{
            name: f"f.{name}"
            for name in ("source_id", "date", "status", "due", "method", "carrier", "tracking")
        },
        "number": "f.number",
        "applied": "CASE WHEN f.applied THEN d.total ELSE 0 END",
        "kind": f"'{kind.value}'",
        **({} if whole else _AMOUNT_ONLY),
    }
    names = _columns(Document)
    values = ", ".join(changed.get(name, f'd."{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO sales_document ({_quoted(names)}) SELECT {values} FROM {_GIVEN}"  # noqa: S608 - our own names
            " JOIN sales_document d ON d.id = f.source_id ORDER BY f.number RETURNING source_id, id",
            [*given, numbers],
        )
        ids: dict[int, int] = dict(cursor.fetchall())
        if whole:
            _copy_lines(cursor, list(ids.values()))
    return [ids[row.source] for row in rows]


def _copy_lines(cursor: CursorWrapper, documents: list[int]) -> None:
    names = _columns(Line)
    changed = {"document_id": "d.id", "source_id": "l.id"}
    values = ", ".join(changed.get(name, f'l."{name}"') for name in names)
    cursor.execute(
        f"INSERT INTO sales_line ({_quoted(names)}) SELECT {values} FROM sales_document d"  # noqa: S608 - our own names
        " JOIN sales_line l ON l.document_id = d.source_id WHERE d.id = ANY(%s) ORDER BY d.id, l.position",
        [documents],
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _settle(actor: Actor, kind: Kind, rows: Sequence[_Follower]) -> None:
    """Payments of the whole of an invoice or bill each."""
    ids = _follow(actor, kind, rows, whole=False)
    amounts = dict(Document.objects.filter(pk__in=ids).values_list("pk", "total"))
    Application.objects.bulk_create(
        Application(
            organisation_id=actor.organisation_id, payment_id=pk, document_id=row.source, amount=amounts[pk]
        )
        for pk, row in zip(ids, rows, strict=True)
    )


def _move(actor: Actor, location: Location, documents: Sequence[int], kind: str, sign: int) -> None:
    """The ledger's lines of ship docs or receipts. Both together come to nothing, so no kept sum changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO catalog_stockmove (organisation_id, posting, kind, at, item_id, location_id, on_hand,
                 allocated, on_order, reason, ref_kind, ref_id, user_id, created_at)
               SELECT d.organisation_id, d.posting, %s, d.date + time '15:00', l.item_id, %s, %s * l.quantity, 0, 0,
                 '', 'line', l.id, %s, now()
               FROM (SELECT *, gen_random_uuid() AS posting FROM sales_document WHERE id = ANY(%s) OFFSET 0) d
               JOIN sales_line l ON l.document_id = d.id JOIN catalog_item i ON i.id = l.item_id
               WHERE i.type = 'stock' ORDER BY d.date, l.id""",
            [kind, location.pk, sign, actor.user_id, list(documents)],
        )
