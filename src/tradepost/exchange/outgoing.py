"""Records of a kind in the columns of its import: what one company takes away, another brings in as it is (B25).

What lies in the trash is left out, and what no column says is not there; docs/import.md names it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Sum

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.categories import tree
from tradepost.catalog.models import (
    Barcode,
    Item,
    ItemPart,
    ItemUnit,
    ItemVendor,
    Location,
    PriceBreak,
    StockMove,
)
from tradepost.catalog.posting import currency_of
from tradepost.exchange import basics_out
from tradepost.exchange.basics_out import Source
from tradepost.exchange.belonging import HOLDERS
from tradepost.exchange.cells import Cells, cells, first_email, titled
from tradepost.exchange.columns import columns_of
from tradepost.exchange.kinds import kind_of
from tradepost.exchange.papers import papers
from tradepost.exchange.shapes import Field, Kind, Type
from tradepost.kit import xlsx
from tradepost.kit.money import exponent
from tradepost.kit.text import safe
from tradepost.people.models import Case, Contact, Customer, Lead, Opportunity, Project, Vendor
from tradepost.people.saving import ADDRESS_FIELDS
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
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("_", " ") if field.type is Type.CHOICE else str(value)


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


def _items(actor: Actor, kind: Kind) -> Iterator[Cells]:
    """What has variants before them, as an import wants it; a category by its way."""
    ways = {branch.row.pk: branch.path for branch in tree(actor)}
    rows = (
        Item.objects.of(actor)
        .select_related("category", "parent")
        .prefetch_related("barcodes")
        .order_by("pk")
    )
    for variants in (False, True):
        for row in rows.filter(parent__isnull=not variants).iterator(chunk_size=CHUNK):
            yield {**cells(row, kind), "category": ways.get(row.category_id or 0)}


def _details(model: Any, whole: str, **columns: str) -> Source:
    """Rows that belong to items, by the names of their fields."""

    def found(actor: Actor, kind: Kind) -> Iterator[Cells]:
        rows = model.objects.of(actor).order_by(whole, "pk").values_list(*columns.values())
        for row in rows.iterator(chunk_size=CHUNK):
            yield dict(zip(columns, row, strict=True))

    return found


def _stock(actor: Actor, kind: Kind) -> Iterator[Cells]:
    """What lies in each bin, with its share of what all of it there is worth, to the cent."""
    moves = StockMove.objects.of(actor).order_by("item", "location", "bin")
    names = ("item__sku", "location__name", "bin__name")
    lying = moves.values_list("item", "location", "bin", *names).annotate(
        there=Sum("on_hand"), worth=Sum("value")
    )
    costs = actor.may(Permission.COST_VIEW)
    currency = currency_of(actor)
    for _level, several in groupby(lying.iterator(chunk_size=CHUNK), key=lambda row: row[:2]):
        places = list(several)
        worth, there = sum(row[-1] for row in places), sum(row[-2] for row in places)
        said, shared = Decimal(0), Decimal(0)
        for *_keys, sku, location, bin, quantity, _worth in places:
            said += quantity
            share = round(worth * said / there, exponent(currency)) - shared if there > 0 else Decimal(0)
            shared += share
            if quantity:
                value = (
                    {"worth": share, "cost": round(worth / there, 6)} if costs and there > 0 and worth else {}
                )
                yield {"sku": sku, "location": location, "bin": bin, "quantity": quantity, **value}


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
    costs = actor.may(Permission.COST_VIEW)
    names = ("vendor_sku", "currency", "lead_days", "quantity", *(("price",) if costs else ()))
    for row in rows.iterator(chunk_size=CHUNK):
        said = {name: getattr(row, name) for name in names}
        vendor = numbers.get(row.vendor_id or 0, row.vendor)
        yield {
            "sku": row.item.sku,
            "vendor": vendor,
            **said,
            "preferred": "yes" if row.position == 1 else "no",
        }
        for start, price in row.breaks if costs else ():
            yield {"sku": row.item.sku, "vendor": vendor, "from": Decimal(start), "price": Decimal(price)}


# --- what is said of parties ----------------------------------------------------------------------------------------


def _held(actor: Actor) -> Iterator[tuple[str, str, Any]]:
    """Kind, name and record of all parties that an import finds again: a contact has to have an e-mail address."""
    for kind, model in HOLDERS.items():
        if kind == "item":
            continue
        rows = model.objects.of(actor).filter(trashed_at=None).order_by("pk")
        for row in rows.prefetch_related("emails", "phones", "addresses").iterator(chunk_size=CHUNK):
            if name := first_email(row) if kind == "contact" else row.number:
                yield kind, name, row


def _reach(actor: Actor, kind: Kind) -> Iterator[Cells]:
    for of, name, row in _held(actor):
        at = {"of": of, "record": name}
        for one in sorted(row.emails.all(), key=lambda one: (not one.primary, one.pk)):
            yield {**at, "email": one.email, "label": one.label, "primary": "yes" if one.primary else "no"}
        for one in sorted(row.phones.all(), key=lambda one: one.pk):
            yield {**at, "phone": one.number, "label": one.label}


def _addresses(actor: Actor, kind: Kind) -> Iterator[Cells]:
    for of, name, row in _held(actor):
        for one in sorted(row.addresses.all(), key=lambda one: (one.kind, not one.primary, one.pk)):
            said = {field: getattr(one, field) for field in ADDRESS_FIELDS}
            yield {"of": of, "record": name, **said, "primary": "yes" if one.primary else "no"}


RECORDS: Mapping[str, Source] = {
    "customer": _customers,
    "vendor": _records(Vendor, *_REACH, trashed_at__isnull=False),
    "contact": _records(Contact, "emails", "customers", "vendors", trashed_at__isnull=False),
    "lead": _records(Lead, *_REACH, "owner", trashed_at__isnull=False),
    "opportunity": _records(Opportunity, *_CONCERNED, trashed_at__isnull=False),
    "case": _records(Case, *_CONCERNED, "assignee", trashed_at__isnull=False),
    "project": _records(Project, *_CONCERNED, trashed_at__isnull=False),
    "reach": _reach,
    "address": _addresses,
    "item": _items,
    "part": _details(ItemPart, "whole", sku="whole__sku", part="part__sku", quantity="quantity"),
    "unit": _details(ItemUnit, "item", sku="item__sku", name="name", factor="factor"),
    "barcode": _details(Barcode, "item", sku="item__sku", code="code", unit="unit"),
    "location": _places,
    "stock": _stock,
    "level": _levels,
    "price": _prices,
    "offer": _offers,
    **basics_out.RECORDS,
}
