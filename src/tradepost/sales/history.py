"""Documents that happened before the company came here, brought over from another system."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership, Organisation
from tradepost.catalog.models import Item
from tradepost.catalog.units import ONE, Units
from tradepost.custom.marking import Marker
from tradepost.kit.errors import Invalid, Missing
from tradepost.people.models import Contact, Customer, Vendor
from tradepost.sales import taxes
from tradepost.sales.currencies import put_rate
from tradepost.sales.figures import lay_taxes, put_totals
from tradepost.sales.models import Document, ItemSalesTax, Kind, Line, SalesTaxCode
from tradepost.sales.numbers import take_numbers
from tradepost.sales.packing import Packing
from tradepost.sales.services import LineDraft, make_line, put_values
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.sales.tax import ItemTax, TaxCode
from tradepost.sales.tax_choice import TaxChooser
from tradepost.sales.whose import begin, reps_of
from tradepost.wire import copying


@dataclass(frozen=True, slots=True)
class Past:
    """A document as it was. ``values`` are those of ``save_document``; ``status`` is one of its kind."""

    kind: Kind
    date: date
    values: dict[str, Any]
    lines: tuple[LineDraft, ...]
    status: str
    hold_reason: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the documents refer to, by id."""

    currency: str
    customers: dict[int, Customer]
    vendors: dict[int, Vendor]
    contacts: dict[int, Contact]
    items: dict[int, Item]
    units: Units
    owners: frozenset[int]
    reps: frozenset[int]
    markers: dict[Kind, Marker]
    taxes: TaxChooser
    tax_code: Callable[[SalesTaxCode], TaxCode]
    item_tax: Callable[[ItemSalesTax | None], ItemTax | None]


def bring_documents(actor: Actor, past: Iterable[Past]) -> list[Document]:
    """Write documents down in the state they were in, numbered in the order given, in a few statements. All or none.

    No step between is played again: nothing is shipped, sent or posted by it. Sales begin with the tax of their customer and
    place, at the rates of their day, unless they say otherwise.
    """
    actor.require(Permission.SALES_EDIT)
    rows = list(past)
    with transaction.atomic():
        known = _look_up(actor, rows)
        documents, lines = [], []
        for one in rows:
            document, its_lines = _document(actor, one, known)
            documents.append(document)
            lines += its_lines
        _number(actor, documents)
        copying.store(documents)
        for line in lines:
            line.document_id = line.document.pk
        copying.store(lines)
        audit.record(actor, "document.bring", None, {}, {"count": len(documents)})
    return documents


def _look_up(actor: Actor, rows: Sequence[Past]) -> _Known:
    def ids(field: str) -> set[int]:
        return {row.values[field] for row in rows if row.values.get(field) is not None}

    customers = Customer.objects.of(actor).in_bulk(list(ids("customer_id")))
    named = {line.item_id for row in rows for line in row.lines if line.item_id is not None}
    items = Item.objects.of(actor).in_bulk(list(named))
    return _Known(
        currency=Organisation.objects.get(pk=actor.organisation_id).currency,
        customers=customers,
        vendors=Vendor.objects.of(actor).in_bulk(list(ids("vendor_id"))),
        contacts=Contact.objects.of(actor).in_bulk(list(ids("contact_id"))),
        items=items,
        units=Units(items.values()),
        owners=frozenset(Membership.objects.of(actor).values_list("user_id", flat=True)),
        reps=reps_of(actor, customers.values()),
        markers={kind: Marker(actor, kind) for kind in {row.kind for row in rows}},
        taxes=TaxChooser(actor.organisation_id),
        tax_code=cache(taxes.code),
        item_tax=cache(taxes.item_tax),
    )


def _document(actor: Actor, past: Past, known: _Known) -> tuple[Document, list[Line]]:
    states = MACHINES[past.kind].states
    if past.status not in states:
        raise Invalid(
            fields={
                "status": _("There is no status “{status}”. Known are: {known}.").format(
                    status=past.status, known=", ".join(states)
                )
            }
        )
    _check(past, known)
    row = Document(
        organisation_id=actor.organisation_id,
        kind=past.kind,
        status=past.status,
        hold_reason=past.hold_reason,
        date=past.date,
        currency=known.currency,
        owner_id=actor.user_id,
    )
    values = known.markers[past.kind].mark(row, past.values)
    party = (
        known.vendors[past.values["vendor_id"]]
        if past.kind in PURCHASES
        else known.customers[past.values["customer_id"]]
    )
    put_values(row, values, party)
    setattr(
        row, "vendor" if past.kind in PURCHASES else "customer", party
    )  # read already: the tax asks for it
    begin(row, values, party, known.reps, new=True)
    known.taxes.begin(row, values, None)
    if row.currency != known.currency:
        put_rate(row, values, None)
    packing = Packing(past.lines, known.items, known.units)
    lines = [
        make_line(
            row, n + 1, draft, known.items.get(draft.item_id or 0),
            factor=packing.factor(n) if draft.unit_price is None else ONE,
        )
        for n, draft in enumerate(past.lines)
    ]  # fmt: skip
    if row.tax_code is not None:
        lay_taxes(row, lines, known.tax_code(row.tax_code), known.item_tax(row.item_tax))
    put_totals(row, lines)
    return row, lines


def _check(past: Past, known: _Known) -> None:
    """Every record that the document names is there; ``Missing`` otherwise."""
    named: list[tuple[str, Any, Container[Any]]] = [
        ("vendor", past.values.get("vendor_id"), known.vendors)
        if past.kind in PURCHASES
        else ("customer", past.values.get("customer_id"), known.customers),
        *([("contact", past.values["contact_id"], known.contacts)] if past.values.get("contact_id") else []),
        *([("user", past.values["owner_id"], known.owners)] if past.values.get("owner_id") else []),
        *(("item", line.item_id, known.items) for line in past.lines if line.item_id is not None),
    ]
    for what, pk, there in named:
        if pk not in there:
            raise Missing(f"{_(what)} {pk}")


def _number(actor: Actor, documents: Sequence[Document]) -> None:
    for kind in sorted({document.kind for document in documents}):
        group = [document for document in documents if document.kind == kind]
        for document, number in zip(group, take_numbers(actor, Kind(kind), len(group)), strict=True):
            document.number = number
