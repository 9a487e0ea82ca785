"""Open documents in the columns of their import: what is still to be done of each, or to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.exchange.cells import Cells, cells
from tradepost.exchange.shapes import Kind as Columns
from tradepost.kit.money import exponent
from tradepost.sales.figures import freight_percent
from tradepost.sales.following import left
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.queries import OPEN
from tradepost.sales.settling import CREDITS, OWED

CHUNK = 200
_BEGUN = {"partly_shipped": Kind.SHIPMENT, "partly_received": Kind.RECEIPT}  # by state, what follows


def papers(actor: Actor, columns: Columns) -> Iterator[Cells]:
    """A row a line; the head stands in the first row of a document."""
    for row in _open(actor, Kind(columns.key)).iterator(chunk_size=CHUNK):
        head = {**cells(row, columns), "freight": _freight(row)}
        for line in _lines(row):
            yield {**head, **line}
            head = {"number": row.number}


def _open(actor: Actor, kind: Kind) -> Any:
    """Documents with which somebody has work; of what is owed or to be used, that of which something is left."""
    credits = CREDITS[kind].states if kind in CREDITS else ()
    rows = Document.objects.of(actor).filter(kind=kind, status__in=OWED.get(kind) or credits or OPEN[kind])
    rows = rows.exclude(total=F("applied")) if kind in OWED or credits else rows.exclude(status="draft")
    return (
        rows.select_related("customer", "vendor", "tax_code").prefetch_related("lines").order_by("date", "pk")
    )


def _freight(row: Document) -> Decimal:
    """With the tax that it bears, for which there is no column; nothing where an invoice or bill has charged it already."""
    if row.status in _BEGUN and row.followers.filter(kind__in=OWED, freight__gt=0).exists():
        return Decimal(0)
    owed = Decimal(0) if row.prices_include_tax or _exempt(row) else freight_percent(row)
    return round(row.freight * (100 + owed) / 100, exponent(row.currency))


def _exempt(row: Document) -> bool:
    return row.tax_code is not None and not row.tax_code.taxable


def _lines(row: Document) -> Iterator[Cells]:
    rest = left(row, _BEGUN[row.status]) if row.status in _BEGUN else None
    for line in row.lines.all():
        quantity = line.quantity if rest is None or line.reach else rest.get(line.pk, Decimal(0))
        if quantity or line.reach:
            owed = {"tax_rate": Decimal(0)} if _exempt(row) else {}
            yield {**_line(line, quantity, row.prices_include_tax), **owed}
    if row.applied and row.discount_percent < 100:
        yield _settled(row)


def _settled(row: Document) -> Cells:
    """What the discount of the whole document leaves of it is what was settled."""
    amount = row.applied * 100 / (100 - row.discount_percent)
    none = {"line_discount": Decimal(0), "tax_rate": Decimal(0)}
    return {
        "description": _("Settled before"),
        "quantity": Decimal(1),
        "unit_price": -round(amount, 4),
        **none,
    }


def _line(line: Line, quantity: Decimal, included: bool) -> Cells:
    """A price that includes tax is written without it."""
    without = 100 / (100 + line.tax_rate) if included else Decimal(1)
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
