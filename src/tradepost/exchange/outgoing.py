"""Records of a kind in the columns of its import: what one company takes away, another brings in as it is (B25).

What lies in the trash is left out, and what no column says is not there; docs/import.md names it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Item, ItemVendor, Location, PriceBreak, StockMove
from tradepost.exchange.cells import Cells, cells, titled
from tradepost.exchange.columns import columns_of
from tradepost.exchange.kinds import kind_of
from tradepost.exchange.papers import papers
from tradepost.exchange.shapes import Field, Kind, Type
from tradepost.kit import xlsx
from tradepost.kit.text import safe
from tradepost.people.models import Case, Contact, Customer, Lead, Opportunity, Project, Vendor
from tradepost.reports.models import ReorderLevel

CHUNK = 500


def table(actor: Actor, key: str) -> Iterator[list[object]]:
    """The heading of a kind and its rows, each read as it is asked for. Raises ``Missing`` and ``Refused`` at once."""
    actor.require(Permission.EXPORT)
    kind = columns_of(actor.organisation_id, key)
    actor.require(kind.permission)
    return _rows(actor, kind)


def file(actor: Actor, key: str, form: str) -> Iterator[bytes]:
    """:func:`table` piece by piece as ``csv`` or ``xlsx``."""
    rows = table(actor, key)
    return xlsx.stream(kind_of(key).plural, rows) if form == "xlsx" else _csv(rows)


def _csv(rows: Iterator[list[object]]) -> Iterator[bytes]:
    held = io.StringIO("\ufeff")
    held.seek(0, io.SEEK_END)
    writer = csv.writer(held)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        yield held.getvalue().encode()
        held.seek(0)
        held.truncate()


def _rows(actor: Actor, kind: Kind) -> Iterator[list[object]]:
    yield [field.label for field in kind.fields]
    for found in (RECORDS.get(kind.key) or papers)(actor, kind):
        yield [_text(found.get(field.key), field) for field in kind.fields]


def _text(value: Any, field: Field) -> object:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("_", " ") if field.type is Type.CHOICE else str(value)


Source = Callable[[Actor, Kind], Iterator[Cells]]


def _records(model: Any, *read: str, **away: Any) -> Source:
    """All records of a model in the order of their keys, with what their cells ``read``; ``away`` says which are left out."""

    def found(actor: Actor, kind: Kind) -> Iterator[Cells]:
        rows = model.objects.of(actor).exclude(**away) if away else model.objects.of(actor)
        for row in rows.prefetch_related(*read).order_by("pk").iterator(chunk_size=CHUNK):
            yield cells(row, kind)

    return found


_REACH = ("emails", "addresses")
_CONCERNED = ("customer", "contact__emails", "owner")


def _customers(actor: Actor, kind: Kind) -> Iterator[Cells]:
    """Parents before what is under them, as an import wants them."""
    rows = Customer.objects.of(actor).filter(trashed_at=None).order_by("pk")
    rows = rows.select_related("parent", "price_level", "rep").prefetch_related(*_REACH)
    path, level = "parent", rows.filter(parent=None)
    while level.exists():
        for row in level.iterator(chunk_size=CHUNK):
            yield cells(row, kind)
        level = rows.filter(**{f"{path}__isnull": False, f"{path}__parent": None})
        path += "__parent"


# --- what is said of items and places -------------------------------------------------------------------------------


def _places(actor: Actor, kind: Kind) -> Iterator[Cells]:
    """A location without bins has a row of its own, another one for each bin."""
    for place in Location.objects.of(actor).filter(archived_at=None).prefetch_related("bins").order_by("pk"):
        for name in [bin.name for bin in place.bins.all()] or [""]:
            yield {"location": place.name, "bin": name}


def _stock(actor: Actor, kind: Kind) -> Iterator[Cells]:
    moves = StockMove.objects.of(actor).order_by("item", "location", "bin")
    names = ("item__sku", "location__name", "bin__name")
    lying = (
        moves.values_list("item", "location", "bin", *names).annotate(there=Sum("on_hand")).exclude(there=0)
    )
    for *_keys, sku, location, bin, there in lying.iterator(chunk_size=CHUNK):
        yield {"sku": sku, "location": location, "bin": bin, "quantity": there}


def _levels(actor: Actor, kind: Kind) -> Iterator[Cells]:
    rows = ReorderLevel.objects.of(actor).select_related("item", "location").order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        figures = {name: getattr(row, name) for name in ("minimum", "maximum", "multiple")}
        yield {"sku": row.item.sku, "location": row.location.name, **figures}


def _prices(actor: Actor, kind: Kind) -> Iterator[Cells]:
    rows = PriceBreak.objects.of(actor).filter(list__archived_at=None)
    for row in rows.select_related("list__level", "item").order_by("list", "pk").iterator(chunk_size=CHUNK):
        head = {name: getattr(row.list, name) for name in ("currency", "starts", "ends")}
        at = {"list": row.list.name, "sku": row.item.sku, "quantity": row.quantity, "price": row.price}
        yield {**at, **head, "level": titled(row.list.level)}


def _offers(actor: Actor, kind: Kind) -> Iterator[Cells]:
    numbers = dict(Vendor.objects.of(actor).filter(trashed_at=None).values_list("pk", "number"))
    rows = ItemVendor.objects.of(actor).select_related("item").order_by("item", "position")
    for row in rows.iterator(chunk_size=CHUNK):
        said = {
            name: getattr(row, name) for name in ("vendor_sku", "price", "currency", "lead_days", "quantity")
        }
        vendor = numbers.get(row.vendor_id or 0, row.vendor)
        yield {
            "sku": row.item.sku,
            "vendor": vendor,
            **said,
            "preferred": "yes" if row.position == 1 else "no",
        }


RECORDS: Mapping[str, Source] = {
    "customer": _customers,
    "vendor": _records(Vendor, *_REACH, trashed_at__isnull=False),
    "contact": _records(Contact, "emails", "customers", "vendors", trashed_at__isnull=False),
    "lead": _records(Lead, *_REACH, "owner", trashed_at__isnull=False),
    "opportunity": _records(Opportunity, *_CONCERNED, trashed_at__isnull=False),
    "case": _records(Case, *_CONCERNED, "assignee", trashed_at__isnull=False),
    "project": _records(Project, *_CONCERNED, trashed_at__isnull=False),
    "item": _records(Item, "category", "barcodes"),
    "location": _places,
    "stock": _stock,
    "level": _levels,
    "price": _prices,
    "offer": _offers,
}
