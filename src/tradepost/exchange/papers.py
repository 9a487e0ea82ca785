"""Open documents in the columns of their import: what is still to be done of each, or to be paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.exchange.cells import Cells, cells
from tradepost.exchange.shapes import Kind as Columns
from tradepost.kit.money import exponent, quantum
from tradepost.sales.deposits import PAID_BY, TAKES, asked, deposit_of
from tradepost.sales.figures import freight_percent, header_input, line_inputs
from tradepost.sales.following import FULFILMENTS, ancestors, fulfilled, uses
from tradepost.sales.joining import MADE_FROM
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.queries import OPEN
from tradepost.sales.returned import outcomes
from tradepost.sales.rules import totals
from tradepost.sales.settling import CREDITS, MONEY, OWED

CHUNK = 200
_ROUTE = {
    Kind.RMA: ("approved", "partly_received"),
    Kind.SHIPMENT: ("draft",),
}  # what is on its way, by its state
_BEGUN = ("partly_shipped", "partly_received")


def papers(actor: Actor, columns: Columns) -> Iterator[Cells]:
    """A row a line; the head stands in the first row of a document. What is an amount has one row."""
    head_of = replace(columns, fields=tuple(f for f in columns.fields if f.key not in ("amount", "order")))
    members = set(Membership.objects.of(actor).filter(ended_at=None).values_list("user_id", flat=True))
    for row in _open(actor, Kind(columns.key)).iterator(chunk_size=CHUNK):
        whose = {} if row.owner_id in members else {"owner": ""}  # who has left comes along nowhere
        if row.kind in MONEY:
            yield {**cells(row, head_of), **whose, "amount": row.balance}
            continue
        head = {**cells(row, head_of), **_money(row), **_deposit(row), **whose, "order": _order(row)}
        for line in _lines(row):
            yield {**head, **line}
            head = {"number": row.number}


def _money(row: Document) -> Cells:
    """How its totals are reckoned. Whoever owes no tax is written with prices without it."""
    free, freight = _exempt(row), _freight(row)
    percent = freight_percent(row)
    if free and row.prices_include_tax:
        freight = round(freight * 100 / (100 + percent), exponent(row.currency))
    return {
        "freight": freight,
        "freight_tax_rate": percent if percent and freight and not free else None,
        "prices_include_tax": "yes" if row.prices_include_tax and not free else "",
        "exchange_rate": row.exchange_rate,
    }


def _order(row: Document) -> str:
    """Of a ship doc its order, where that comes along; of an RMA that of which its goods were shipped."""
    if row.kind not in MADE_FROM or row.source is None:
        return ""
    orders = Document.objects.filter(pk__in=ancestors(row), kind=Kind.ORDER)
    if row.kind == Kind.SHIPMENT:
        orders = orders.filter(status__in=OPEN[Kind.ORDER])
    elif row.source.kind != MADE_FROM[Kind.RMA]:  # such as an invoice: no import joins it to that
        return ""
    return orders.values_list("number", flat=True).first() or ""


def _deposit(row: Document) -> Cells:
    """What of a deposit is asked still, as an amount; nothing once goods went: then it is the invoices that are paid."""
    if row.kind not in TAKES:
        return {}
    asks = asked(row) and row.status not in _BEGUN
    due = deposit_of(row, CREDITS[PAID_BY[Kind(row.kind)]].states).due if asks else None
    return {"deposit": due or None, "deposit_percent": None}


def _open(actor: Actor, kind: Kind) -> Any:
    """Documents with which somebody has work; of what is owed or to be used, that of which something is left."""
    credits = CREDITS[kind].states if kind in CREDITS else ()
    states = OWED.get(kind) or credits or _ROUTE.get(kind) or OPEN[kind]
    rows = Document.objects.of(actor).filter(kind=kind, status__in=states)
    if kind in OWED or credits:
        rows = rows.exclude(total=F("applied"))
    else:
        rows = rows if kind == Kind.SHIPMENT else rows.exclude(status="draft")
    rows = rows.select_related(
        "customer", "vendor", "tax_code", "owner", "location", "custom_status", "project", "source"
    )
    return rows.prefetch_related("lines", "contact__emails").order_by("date", "pk")


def _freight(row: Document) -> Decimal:
    """Nothing where an invoice or bill has charged it already."""
    charged = row.status in _BEGUN and row.followers.filter(kind__in=OWED, freight__gt=0).exists()
    return Decimal(0) if charged else row.freight


def _exempt(row: Document) -> bool:
    return row.tax_code is not None and not row.tax_code.taxable


def _lines(row: Document) -> Iterator[Cells]:
    free = _exempt(row)
    rest = _rest(row)
    for line in row.lines.all():
        quantity = line.quantity if rest is None or line.reach else rest.get(line.pk, Decimal(0))
        if quantity or line.reach:
            owed = {"tax_rate": Decimal(0)} if free else {}
            yield {**_line(line, quantity, free and row.prices_include_tax), **owed}
    if row.applied and row.discount_percent < 100:
        yield _settled(row)


def _rest(row: Document) -> Mapping[int, Decimal] | None:
    """What is still to be done of each line; None: all of it."""
    if row.kind == Kind.RMA:
        return {one.line.pk: one.expected for one in outcomes(row)}
    if row.status not in _BEGUN:
        return None
    how, lines = FULFILMENTS[Kind(row.kind)], row.lines.all()
    done = fulfilled(Kind(row.kind), uses([line.pk for line in lines], how))
    return {
        line.pk: rest for line in lines if (rest := line.quantity - done.get(line.pk, 0)) * line.quantity > 0
    }


def _settled(row: Document) -> Cells:
    """What the discount of the whole document leaves of it is what was settled: of the amounts that come near it the one that
    leaves what is owed, to the cent."""
    cent = quantum(row.currency)
    near = round(row.applied * 100 / (100 - row.discount_percent), exponent(row.currency))
    amounts = (near + n * cent for n in (0, 1, -1, 2, -2))
    price = next((-amount for amount in amounts if _leaves(row, -amount)), -near)
    none = {"line_discount": Decimal(0), "tax_rate": Decimal(0)}
    return {"description": _("Settled before"), "quantity": Decimal(1), "unit_price": price, **none}


def _leaves(row: Document, price: Decimal) -> bool:
    """Whether the document with such a line comes to what is owed of it."""
    lines = list(row.lines.all())
    one = Line(position=len(lines) + 1, quantity=Decimal(1), unit_price=price)
    return totals(line_inputs([*lines, one]), header_input(row)).total == row.balance


def _line(line: Line, quantity: Decimal, net: bool) -> Cells:
    """A price that includes tax which is not owed is written without it."""
    without = 100 / (100 + line.tax_rate) if net else Decimal(1)
    return {
        "sku": line.sku,
        "description": line.description,
        "quantity": quantity,
        "unit_price": round(line.unit_price * without, 4),
        "line_discount": line.discount_percent,
        "tax_rate": line.tax_rate,
        "unit": line.unit,
        "drop_ship": "yes" if line.drop_ship else "",
    }
