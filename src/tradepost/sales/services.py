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
from tradepost.catalog.units import ONE
from tradepost.custom.marking import mark
from tradepost.custom.models import MARKS
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.money import exponent
from tradepost.people.models import Customer, Vendor
from tradepost.sales import choices, deposits, goods, paying, sights, statuses
from tradepost.sales.addresses import AddressBook
from tradepost.sales.asked import asked
from tradepost.sales.binding import PRICING, check_open
from tradepost.sales.buyers import now_buys
from tradepost.sales.currencies import put_rate
from tradepost.sales.days import as_date, check_days
from tradepost.sales.drafts import LineDraft, described, make_line
from tradepost.sales.entering import Entries
from tradepost.sales.fields import check_names
from tradepost.sales.figures import discounted, key_of, put_taxes, put_totals
from tradepost.sales.following import overdrawn
from tradepost.sales.last_costs import FREE, Cost, last_costs
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.moving import lock, move
from tradepost.sales.numbers import local_day, take_number
from tradepost.sales.packing import Packing
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.sales.tax_choice import TaxChooser
from tradepost.sales.used import check_used, unit_of
from tradepost.sales.whose import begin, reps_of
from tradepost.sales.wrong import WrongLine

__all__ = ["LineDraft", "make_line", "make_lines", "move", "preview", "put_values", "save_document"]

MAX_LINES = 500


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

    ``values`` are of ``fields.DOCUMENT_FIELDS``; a payment or refund takes its ``amount`` besides and has no lines. ``like`` among them is
    the document that it is made from. What may be named says ``choices``.
    """
    actor.require(MACHINES[kind].edit)
    amount = values.get("amount")
    values = {name: value for name, value in values.items() if name != "amount"}
    check_names(kind, values, lines, amount)
    with transaction.atomic():
        if document_id is None:
            row, before = _new_document(actor, kind, values), {}
        else:
            row = lock(actor, document_id, version, kind)
            check_open(row, values, entered=lines is not None or amount is not None)
            before = statuses.snapshot(row)
            row.version += 1
        held = list(row.lines.all()) if row.pk else []
        was = sights.stand(row, held, paper=row.left_house)
        taxed = row.tax_code_id, row.item_tax_id, row.freight_tax_rate
        like = values.get("like")
        _fill(actor, row, mark(actor, row, values, new=document_id is None), like)
        if amount is not None:
            row.subtotal = row.total = checked_amount(amount, row.currency)
        rows = _lines(actor, row, lines, held, like) if lines is not None else held
        priced = values.keys() & PRICING or taxed != (row.tax_code_id, row.item_tax_id, row.freight_tax_rate)
        if kind not in MONEY and (lines is not None or not row.pk or priced):
            put_taxes(row, rows)
            put_totals(row, rows)
        if kind == Kind.ORDER and row.pk and row.total != Decimal(was.head["total"]):
            row.financial_status = paying.status_of(row)
        deposits.check(row, values)
        lines_before, lines_after = sights.change(actor, row, rows, was)
        row.save()
        _store(row, held, rows)
        goods.hold(actor, row, gone=[line.pk for line in held])
        now_buys(actor, row)
        after = statuses.snapshot(row) | lines_after
        audit.record(actor, f"{kind}.save", row, before | lines_before, after)
    return row


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
    if party is not None and (
        old is None or (old.customer_id, old.vendor_id) != (row.customer_id, row.vendor_id)
    ):
        begin(row, values, party, reps_of(actor, [party]), new=old is None)
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
    olds = match_lines(held, drafts, entries)
    drafts = [_in_its_unit(draft, old) for draft, old in zip(drafts, olds, strict=True)]
    if row.kind in PURCHASES:
        drafts = bought(actor, row, drafts, entries)
    rows = make_lines(actor, row, drafts, entries)
    for line, draft, old in zip(rows, drafts, olds, strict=True):
        if old is not None:
            _keep(line, draft, old)
    check_used(held, rows)
    return rows


def _in_its_unit(draft: LineDraft, old: Line | None) -> LineDraft:
    """A line that is changed stays in its unit, unless it says another: its price is one of that."""
    stays = old is not None and draft.unit is None and draft.item_id == old.item_id
    return replace(draft, unit=old.unit) if old is not None and stays else draft


def make_lines(
    actor: Actor,
    row: Document,
    drafts: Sequence[LineDraft],
    entries: Entries,
    book: PriceBook | None = None,
) -> list[Line]:
    """The lines of a document, checked and not stored yet. Of a sale, what nobody typed a price for is priced: at what a piece
    costs when so many pieces are bought, times the pieces of its unit."""
    if len(drafts) > MAX_LINES:
        raise Invalid(
            fields={
                "lines": _("A document holds {most} lines at most. Split it into several.").format(
                    most=MAX_LINES
                )
            }
        )
    named = [(d, entries.items.get(d.item_id or 0)) for d in drafts]
    open_ = {n for n, (d, item) in enumerate(named) if item and d.unit_price is None and _has_price(d, item)}
    packing = Packing(drafts, entries.items, entries.units)
    offers = asked(actor, row, packing.quantities if open_ else {}, book)
    rows = []
    for n, (draft, item) in enumerate(named):
        priced = offers.of(item.pk, n + 1, item.name) if item and n in open_ else None
        rows.append(make_line(row, n + 1, draft, item, priced, packing.factor(n) if priced else ONE))
    for line in rows:
        if line.reach and not discounted(rows)[key_of(line)]:
            sentence = _("Line {n}: a discount needs a line above it.").format(n=line.position)
            raise WrongLine(line.position, {"item": sentence})
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


def bought(actor: Actor, row: Document, drafts: Sequence[LineDraft], entries: Entries) -> list[LineDraft]:
    """Lines of a purchase, at the vendor's prices for so many where they do not say their own; a vendor's price is of one piece. What
    the vendor names no price for costs what it cost last.
    Lines of one item count together. A new order is expected when the slowest of its items can be there, unless it says when."""
    packing = Packing(drafts, entries.items, entries.units)
    quantities = packing.quantities
    offers = offers_of(actor, row.vendor, row.currency, quantities) if row.vendor and quantities else {}
    slowest = max((offer.lead_days or 0 for offer in offers.values()), default=0)
    if row.kind == Kind.PURCHASE_ORDER and not row.pk and not row.promised and slowest:
        row.promised = as_date(row.date) + timedelta(days=slowest)
    costs: dict[int, Cost] = {}
    if row.kind != Kind.PURCHASE_QUOTE:  # there the vendor's answer says the prices
        prices = {pk: offer.price_of(quantities[pk]) for pk, offer in offers.items()}
        costs = {pk: Cost(price) for pk, price in prices.items() if price is not None}
        open_ = {d.item_id for d in drafts if d.item_id and d.unit_price is None} - costs.keys()
        costs |= last_costs(actor, row, open_, entries.units)
    return [_bought(draft, n, costs, packing) for n, draft in enumerate(drafts)]


def _bought(draft: LineDraft, n: int, costs: Mapping[int, Cost], packing: Packing) -> LineDraft:
    """A line that is bought bears the vendor's price, or what it cost last, and no tax, unless it says otherwise."""
    if draft.unit_price is None:
        cost = costs.get(draft.item_id or 0, FREE)
        draft = replace(draft, unit_price=cost.of(packing.factor(n)), price_source=cost.source)
    return draft if draft.tax_rate is not None else replace(draft, tax_rate=Decimal(0))


def _keep(line: Line, draft: LineDraft, old: Line) -> None:
    """The line stays itself, with its links; what the draft does not say and the item cannot know stays too."""
    line.pk, line.source_id, line._state.adding = old.pk, old.source_id, False
    if draft.taxable is None:
        line.taxable = old.taxable
    if draft.drop_ship is None:
        line.drop_ship = old.drop_ship
    same = line.item_id == old.item_id and unit_of(line) == unit_of(old)
    if same and not line.auto_price and line.unit_price == old.unit_price:
        line.auto_price, line.price_source = old.auto_price, old.price_source


def match_lines(held: Sequence[Line], drafts: Sequence[LineDraft], entries: Entries) -> list[Line | None]:
    """Which held line each draft changes: by ``line_id``, else the first free one of its item, description and unit, else the
    first of its item and description."""
    free = {line.pk: line for line in held}
    found = [free.pop(draft.line_id, None) if draft.line_id else None for draft in drafts]
    texts = [described(draft, entries.items.get(draft.item_id or 0)) for draft in drafts]
    for exactly in (True, False):
        same: dict[tuple[int | None, str, str | None], list[Line]] = {}
        for line in free.values():
            unit = unit_of(line) if exactly else None
            same.setdefault((line.item_id, line.description, unit), []).append(line)
        for n, draft in enumerate(drafts):
            rows = same.get((draft.item_id, texts[n], draft.unit if exactly else None))
            if found[n] is None and rows:
                found[n] = line = rows.pop(0)
                del free[line.pk]
    return found


def preview(
    actor: Actor,
    values: dict[str, Any],
    lines: Sequence[LineDraft],
    kind: Kind = Kind.ORDER,
    old: Document | None = None,
) -> tuple[Document, list[Line]]:
    """The totals that a document with these ``values`` and ``lines`` would have; nothing is stored. ``old`` is the document that is
    being edited: what it holds it may go on holding. What a purchase would cost is told to who may write it."""
    actor.require(MACHINES[kind].edit if kind in PURCHASES else Permission.SALES_VIEW)
    row = _blank(actor, kind)
    _fill(actor, row, {name: value for name, value in values.items() if name not in MARKS}, old)
    rows = _lines(actor, row, lines, like=old)
    put_taxes(row, rows)
    put_totals(row, rows)
    return row, rows
