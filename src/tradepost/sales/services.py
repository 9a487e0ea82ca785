"""Verbs on documents: write one with its lines. Its states are moved by ``moving``, others are made from it by
``converting``, money is applied by ``payments``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import Item, ItemType, ItemVendor
from tradepost.catalog.prices import PriceBook
from tradepost.custom.marking import mark
from tradepost.custom.models import MARKS
from tradepost.kit.errors import Conflict, Invalid, Missing, unknown_fields
from tradepost.kit.money import exponent
from tradepost.people.models import Customer, Vendor
from tradepost.sales import choices, deposits, goods, statuses, words
from tradepost.sales.addresses import AddressBook
from tradepost.sales.asked import asked
from tradepost.sales.binding import PRICING, check_open
from tradepost.sales.buyers import now_buys
from tradepost.sales.currencies import put_rate
from tradepost.sales.days import as_date, check_days
from tradepost.sales.drafts import LineDraft, make_line
from tradepost.sales.entering import Entries
from tradepost.sales.figures import discounted, key_of, put_taxes, put_totals
from tradepost.sales.following import overdrawn, uses
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import lock, move
from tradepost.sales.numbers import local_day, take_number
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.sales.tax_choice import TaxChooser

__all__ = ["LineDraft", "make_line", "make_lines", "move", "preview", "put_values", "save_document"]

MAX_LINES = 500

DOCUMENT_FIELDS = (
    "customer_id",
    "vendor_id",
    "contact_id",
    "project_id",
    "po_number",
    "channel",
    "date",
    "promised",
    "terms",
    "currency",
    "billing",
    "shipping",
    "discount_percent",
    "freight",
    "freight_taxable",
    "freight_tax_rate",
    "memo",
    "owner_id",
    "due",
    "method",
    "location_id",
    "carrier",
    "tracking",
    "packages",
    "tax_code_id",
    "item_tax_id",
    "prices_include_tax",
    "custom_status_id",
    "exchange_rate",
    "deposit_percent",
    "deposit",
)


def save_document(
    actor: Actor,
    kind: Kind,
    values: dict[str, Any],
    lines: Sequence[LineDraft] | None = None,
    *,
    document_id: int | None = None,
    version: int | None = None,
) -> Document:
    """Create a document, or change the named fields of one; ``lines``, where given, replace all. Totals follow.

    ``values`` are of ``DOCUMENT_FIELDS``; a payment or refund takes its ``amount`` besides and has no lines. ``like`` among them is
    the document that it is made from. What may be named says ``choices``.
    """
    actor.require(MACHINES[kind].edit)
    amount = values.get("amount")
    values = {name: value for name, value in values.items() if name != "amount"}
    _check_names(kind, values, lines, amount)
    with transaction.atomic():
        if document_id is None:
            row, before = _new_document(actor, kind, values), {}
        else:
            row = lock(actor, document_id, version, kind)
            check_open(row, values, entered=lines is not None or amount is not None)
            before = statuses.snapshot(row)
            row.version += 1
        taxed = row.tax_code_id, row.item_tax_id, row.freight_tax_rate
        like = values.get("like")
        _fill(actor, row, mark(actor, row, values, new=document_id is None), like)
        if amount is not None:
            row.subtotal = row.total = checked_amount(amount, row.currency)
        held = list(row.lines.all()) if row.pk else []
        rows = _lines(actor, row, lines, held, like) if lines is not None else held
        priced = values.keys() & PRICING or taxed != (row.tax_code_id, row.item_tax_id, row.freight_tax_rate)
        if kind not in MONEY and (lines is not None or not row.pk or priced):
            put_taxes(row, rows)
            put_totals(row, rows)
        deposits.check(row, values)
        row.save()
        _store(row, held, rows)
        goods.hold(actor, row, gone=[line.pk for line in held])
        now_buys(actor, row)
        audit.record(actor, f"{kind}.save", row, before, statuses.snapshot(row))
    return row


def _check_names(
    kind: Kind, values: dict[str, Any], lines: Sequence[LineDraft] | None, amount: object
) -> None:
    other = "customer_id" if kind in PURCHASES else "vendor_id"
    known = [name for name in (*DOCUMENT_FIELDS, *(("amount",) if kind in MONEY else ())) if name != other]
    if kind not in deposits.TAKES:
        known = [name for name in known if name not in ("deposit", "deposit_percent")]
    unknown = [k for k in values if k not in (*known, *MARKS)]
    if amount is not None and kind not in MONEY:
        unknown.append("amount")
    if unknown:
        raise unknown_fields(unknown, known)
    if lines and kind in MONEY:
        raise Invalid(
            fields={"lines": _("A {kind} is an amount and has no lines.").format(kind=words.kind(kind))}
        )


def checked_amount(value: object, currency: str) -> Decimal:
    """The amount of a payment or refund. Raises ``Invalid``."""
    amount, places = value if isinstance(value, Decimal) else Decimal("NaN"), exponent(currency)
    if not (amount.is_finite() and 0 < amount < 10**15 and amount == round(amount, places)):
        sentence = _("Write an amount above zero, with at most {places} decimals in {currency}.").format(
            places=places, currency=currency
        )
        raise Invalid(fields={"amount": sentence})
    return amount


def _store(row: Document, held: Sequence[Line], rows: Sequence[Line]) -> None:
    """Lines that stay keep their key, and with it their links."""
    kept = {line.pk for line in rows if line.pk}
    row.lines.filter(pk__in=[line.pk for line in held if line.pk not in kept]).delete()
    names = [field.name for field in Line._meta.concrete_fields if not field.primary_key]
    Line.objects.bulk_update([line for line in rows if line.pk], names)
    Line.objects.bulk_create([line for line in rows if not line.pk])
    if short := overdrawn(row):
        line = short[0]
        raise Conflict(
            _("{number} has only {quantity} of “{description}”.").format(
                number=line.document.number,
                quantity=f"{line.quantity.normalize():f}",
                description=line.description,
            ),
            cure=_("Take a smaller quantity, or change that document first."),
        )


def _new_document(actor: Actor, kind: Kind, values: dict[str, Any]) -> Document:
    party = "vendor" if kind in PURCHASES else "customer"
    if values.get(f"{party}_id") is None:
        raise Invalid(
            fields={f"{party}_id": _("Choose a vendor.") if kind in PURCHASES else _("Choose a customer.")}
        )
    row = _blank(actor, kind)
    row.number = take_number(actor, kind)
    row.custom_status = statuses.initial(actor, kind)
    return row


def _blank(actor: Actor, kind: Kind) -> Document:
    return Document(
        organisation_id=actor.organisation_id,
        kind=kind,
        status=MACHINES[kind].initial,
        date=local_day(actor),
        currency=Organisation.objects.get(pk=actor.organisation_id).currency,
        owner_id=actor.user_id,
    )


def _fill(actor: Actor, row: Document, values: dict[str, Any], like: Document | None = None) -> None:
    party = choices.check(actor, row, values, like)
    old = copy(row) if row.pk else None
    put_values(row, values, party)
    book = AddressBook()
    book.begin(row, values, party, old)
    TaxChooser(actor.organisation_id, book).begin(row, values, old)
    put_rate(row, values, old)


def put_values(row: Document, values: dict[str, Any], party: Customer | Vendor | None) -> None:
    """Set and check the named fields; a new customer or vendor brings name, terms and currency. References are the
    caller's to check."""
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    if party is not None:
        row.customer_name = party.name
        row.terms = values.get("terms") or party.terms or row.terms
        row.currency = values.get("currency") or party.currency or row.currency
    try:
        named = {*values, "terms", "currency"}
        row.clean_fields(exclude={field.name for field in row._meta.fields if field.name not in named})
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    check_days(row, values)


def _lines(
    actor: Actor,
    row: Document,
    drafts: Sequence[LineDraft],
    held: Sequence[Line] = (),
    like: Document | None = None,
) -> list[Line]:
    wanted = {d.item_id for d in drafts if d.item_id is not None}
    entries = Entries(actor, wanted, {line.item_id for line in held} | choices.held_items(like))
    if missing := wanted - entries.items.keys():
        raise Missing(_("item {missing}").format(missing=missing.pop()))
    drafts = entries.entered(drafts)
    if row.kind in PURCHASES:
        drafts = bought(actor, row, drafts)
    rows = make_lines(actor, row, drafts, entries.items)
    for line, draft, old in zip(rows, drafts, match_lines(held, drafts, rows), strict=True):
        if old is not None:
            _keep(line, draft, old)
    _check_used(held, rows)
    return rows


def make_lines(
    actor: Actor,
    row: Document,
    drafts: Sequence[LineDraft],
    items: Mapping[int, Item],
    book: PriceBook | None = None,
) -> list[Line]:
    """The lines of a document, checked and not stored yet. Of a sale, what nobody typed a price for is priced."""
    if len(drafts) > MAX_LINES:
        raise Invalid(
            fields={
                "lines": _("A document holds {most} lines at most. Split it into several.").format(
                    most=MAX_LINES
                )
            }
        )
    named = [(d, items.get(d.item_id or 0)) for d in drafts]
    open_ = {n for n, (d, item) in enumerate(named) if item and d.unit_price is None and _has_price(d, item)}
    wanted = [(item.pk, d.quantity) for d, item in named if item]
    offers = asked(actor, row, wanted if open_ else [], book)
    rows = []
    for n, (draft, item) in enumerate(named):
        priced = offers.of(item.pk, n + 1, item.name) if item and n in open_ else None
        rows.append(make_line(row, n + 1, draft, item, priced))
    for line in rows:
        if line.reach and not discounted(rows)[key_of(line)]:
            sentence = _("Line {n}: a discount needs a line above it.").format(n=line.position)
            raise Invalid(fields={f"lines.{line.position}": sentence})
    return rows


def _has_price(draft: LineDraft, item: Item) -> bool:
    """A discount in percent has none."""
    return item.type != ItemType.DISCOUNT or not (draft.discount_percent or item.discount_percent)


def offers_of(actor: Actor, vendor: Vendor, currency: str, item_ids: Iterable[int]) -> dict[int, ItemVendor]:
    """What a vendor offers of these items in this currency, by item."""
    company = Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
    named = Q(vendor_id=vendor.pk) | Q(vendor_id=None, vendor__iexact=vendor.name)
    rows = ItemVendor.objects.of(actor).filter(named, item_id__in=item_ids)
    return {row.item_id: row for row in rows if (row.currency or company) == currency}


def bought(actor: Actor, row: Document, drafts: Sequence[LineDraft]) -> list[LineDraft]:
    """Lines of a purchase, at the vendor's prices for so many where they do not say their own. Lines of one item count
    together. A new order is expected when the slowest of its items can be there, unless it says when."""
    quantities: dict[int, Decimal] = {}
    for d in drafts:
        if d.item_id is not None:
            quantities[d.item_id] = quantities.get(d.item_id, Decimal(0)) + d.quantity
    offers = offers_of(actor, row.vendor, row.currency, quantities) if row.vendor and quantities else {}
    slowest = max((offer.lead_days or 0 for offer in offers.values()), default=0)
    if row.kind == Kind.PURCHASE_ORDER and not row.pk and not row.promised and slowest:
        row.promised = as_date(row.date) + timedelta(days=slowest)
    costs = {pk: offer.price_of(quantities[pk]) or Decimal(0) for pk, offer in offers.items()}
    return [_bought(draft, costs) for draft in drafts]


def _bought(draft: LineDraft, costs: Mapping[int, Decimal]) -> LineDraft:
    """A line that is bought bears the vendor's price and no tax, unless it says otherwise."""
    if draft.unit_price is None:
        draft = replace(draft, unit_price=costs.get(draft.item_id or 0, Decimal(0)))
    return draft if draft.tax_rate is not None else replace(draft, tax_rate=Decimal(0))


def _keep(line: Line, draft: LineDraft, old: Line) -> None:
    """The line stays itself, with its links; what the draft does not say and the item cannot know stays too."""
    line.pk, line.source_id, line._state.adding = old.pk, old.source_id, False
    if draft.taxable is None:
        line.taxable = old.taxable
    if draft.drop_ship is None:
        line.drop_ship = old.drop_ship
    if draft.unit is None and line.item_id == old.item_id:
        line.unit = old.unit
    if not line.auto_price and line.item_id == old.item_id and line.unit_price == old.unit_price:
        line.auto_price, line.price_source = old.auto_price, old.price_source


def match_lines(held: Sequence[Line], drafts: Sequence[LineDraft], rows: Sequence[Line]) -> list[Line | None]:
    """Which held line each draft changes: by ``line_id``, else the first free one of its item and description."""
    free = {line.pk: line for line in held}
    named = [free.pop(draft.line_id, None) if draft.line_id else None for draft in drafts]
    by_text: dict[tuple[int | None, str], list[Line]] = {}
    for line in free.values():
        by_text.setdefault((line.item_id, line.description), []).append(line)
    found: list[Line | None] = []
    for old, row in zip(named, rows, strict=True):
        same = by_text.get((row.item_id, row.description)) if old is None else None
        found.append(same.pop(0) if same else old)
    return found


_ON_ITS_WAY = frozenset({Kind.PICK, Kind.SHIPMENT, Kind.PURCHASE_ORDER})


def _check_used(held: Sequence[Line], rows: Sequence[Line]) -> None:
    """No line falls below what was made from it; and what is picked, shipped or bought goes on as it began, or the same
    goods would be sent twice, by us and by the vendor."""
    wanted = {line.pk: line.quantity for line in rows if line.pk}
    dropped = {line.pk: line.drop_ship for line in rows if line.pk}
    used: dict[tuple[int, Kind], Decimal] = {}
    for use in uses([line.pk for line in held]):
        used[use.root, use.kind] = used.get((use.root, use.kind), Decimal(0)) + use.quantity
    on_its_way = {root for root, kind in used if kind in _ON_ITS_WAY}
    for line in held:
        if line.pk in on_its_way and dropped.get(line.pk, line.drop_ship) != line.drop_ship:
            raise Conflict(
                _("“{description}” is picked, shipped or bought already, and goes on as it began.").format(
                    description=line.description
                ),
                cure=_("Cancel or void the documents made from it first."),
            )
        most = max((abs(q) for (root, _kind), q in used.items() if root == line.pk), default=None)
        if most is not None and (line.pk not in wanted or abs(wanted[line.pk]) < most):
            raise Conflict(
                _("{most} of “{description}” are in documents made from this one.").format(
                    most=f"{most.normalize():f}", description=line.description
                ),
                cure=_("Keep that quantity, or cancel those documents first."),
            )


def preview(
    actor: Actor,
    values: dict[str, Any],
    lines: Sequence[LineDraft],
    kind: Kind = Kind.ORDER,
    old: Document | None = None,
) -> tuple[Document, list[Line]]:
    """The totals that a document with these ``values`` and ``lines`` would have; nothing is stored. ``old`` is the document that is
    being edited: what it holds it may go on holding."""
    actor.require(Permission.SALES_VIEW)
    row = _blank(actor, kind)
    _fill(actor, row, {name: value for name, value in values.items() if name not in MARKS}, old)
    rows = _lines(actor, row, lines, like=old)
    put_taxes(row, rows)
    put_totals(row, rows)
    return row, rows
