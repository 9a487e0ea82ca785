"""Verbs on documents: write one with its lines, take a number, move its status, make an order from a quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership, Organisation
from tradepost.catalog.models import Item
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.people.models import Contact, Customer
from tradepost.sales import states
from tradepost.sales.models import Counter, Document, Kind, Line
from tradepost.sales.rules import HeaderInput, LineInput, Totals, totals
from tradepost.sales.tax import Tax

PATTERNS = {Kind.QUOTE: "Q-{n:05}", Kind.ORDER: "SO-{n:05}"}
INITIAL = {Kind.QUOTE: "draft", Kind.ORDER: "open"}
MAX_LINES = 500

DOCUMENT_FIELDS = (
    "customer_id",
    "contact_id",
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
    "memo",
    "owner_id",
)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as entered. What is None comes from the item; without an item, ``description`` is needed."""

    item_id: int | None = None
    description: str | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    discount_percent: Decimal = Decimal(0)
    tax_rate: Decimal | None = None
    unit: str | None = None


def save_document(
    actor: Actor,
    kind: Kind,
    values: dict[str, Any],
    lines: Sequence[LineDraft] | None = None,
    *,
    document_id: int | None = None,
    version: int | None = None,
) -> Document:
    """Create a document, or change the named fields of one; ``lines``, where given, replace all. Totals follow."""
    actor.require(Permission.SALES_EDIT)
    unknown = [k for k in values if k not in DOCUMENT_FIELDS]
    if unknown:
        raise Invalid(
            fields={k: f"There is no field “{k}”. Known are: {', '.join(DOCUMENT_FIELDS)}." for k in unknown}
        )
    with transaction.atomic():
        if document_id is None:
            row, before = _new_document(actor, kind, values), {}
        else:
            row = Document.objects.pick_for_change(actor, document_id, version, kind=kind)
            _check_open(row, values, lines)
            before = audit.snapshot(row)
            row.version += 1
        _fill(actor, row, values)
        held = list(row.lines.all()) if row.pk else []
        rows = _lines(actor, row, lines) if lines is not None else held
        put_totals(row, rows)
        row.save()
        if lines is not None:
            row.lines.all().delete()
            Line.objects.bulk_create(rows)
        audit.record(actor, f"{kind}.save", row, before)
    return row


# What a document says to the customer; the rest (owner, promised day, memo) may change at any time.
_BINDING = frozenset(
    {"customer_id", "date", "currency", "terms", "billing", "shipping", "discount_percent", "freight"}
)


def _check_open(row: Document, values: dict[str, Any], lines: Sequence[LineDraft] | None) -> None:
    """What left the house is not rewritten (``states.editable``)."""
    if states.editable(states.Kind(row.kind), row.status) or (lines is None and not values.keys() & _BINDING):
        return
    shown = row.status.replace("_", " ")
    raise Conflict(
        f"{row.number} is {shown}; its lines and terms are fixed.", cure="Reopen or revise it first."
    )


def _new_document(actor: Actor, kind: Kind, values: dict[str, Any]) -> Document:
    if values.get("customer_id") is None:
        raise Invalid(fields={"customer_id": "Choose a customer."})
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    return Document(
        organisation_id=actor.organisation_id,
        kind=kind,
        number=take_number(actor, kind),
        status=INITIAL[kind],
        date=clock.local_date(clock.now(), organisation.time_zone),
        currency=organisation.currency,
        owner_id=actor.user_id,
    )


def _fill(actor: Actor, row: Document, values: dict[str, Any]) -> None:
    customer = Customer.objects.pick(actor, values["customer_id"]) if "customer_id" in values else None
    if values.get("contact_id") is not None:
        Contact.objects.pick(actor, values["contact_id"])
    owner = values.get("owner_id")
    if owner is not None and not Membership.objects.of(actor).filter(user_id=owner, ended_at=None).exists():
        raise Invalid(fields={"owner_id": "The owner must be a user of your company."})
    put_values(row, values, customer)


def put_values(row: Document, values: dict[str, Any], customer: Customer | None) -> None:
    """Set and check the named fields; a new ``customer`` brings name, terms and currency. References are the caller's
    to check."""
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    if customer is not None:
        row.customer, row.customer_name = customer, customer.name
        row.terms = values.get("terms") or customer.terms or row.terms
        row.currency = values.get("currency") or customer.currency or row.currency
    try:
        row.clean_fields(
            exclude=["organisation", "search", "number", "customer", "contact", "owner", "source"]
        )
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    if row.promised and row.date and _as_date(row.promised) < _as_date(row.date):
        raise Invalid(fields={"promised": "The promised date lies before the date of the document."})


def _as_date(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _lines(actor: Actor, row: Document, drafts: Sequence[LineDraft]) -> list[Line]:
    if len(drafts) > MAX_LINES:
        raise Invalid(fields={"lines": f"A document holds {MAX_LINES} lines at most. Split it into several."})
    wanted = {d.item_id for d in drafts if d.item_id is not None}
    items = {i.pk: i for i in Item.objects.of(actor).filter(pk__in=wanted)}
    if missing := wanted - items.keys():
        raise Missing(f"item {missing.pop()}")
    return [make_line(row, n, d, items.get(d.item_id or 0)) for n, d in enumerate(drafts, 1)]


def make_line(row: Document, position: int, draft: LineDraft, item: Item | None) -> Line:
    """A line of a document, checked and not stored yet; what the draft leaves open comes from the item."""
    description = draft.description if draft.description is not None else (item.name if item else "")
    if not description.strip():
        raise Invalid(fields={f"lines.{position}": f"Line {position} needs an item or a description."})
    line = Line(
        organisation_id=row.organisation_id,
        document=row,
        position=position,
        item=item,
        sku=item.sku if item else "",
        description=description.strip(),
        quantity=draft.quantity,
        unit=draft.unit if draft.unit is not None else (item.unit if item else ""),
        unit_price=draft.unit_price if draft.unit_price is not None else (item.price if item else Decimal(0)),
        discount_percent=draft.discount_percent,
        tax_rate=draft.tax_rate if draft.tax_rate is not None else (item.tax_rate if item else Decimal(0)),
    )
    try:
        line.clean_fields(exclude=["organisation", "document", "item", "source"])
    except ValidationError as error:
        words = "; ".join(f"{k}: {' '.join(v)}" for k, v in error.message_dict.items())
        raise Invalid(fields={f"lines.{position}": f"Line {position}: {words}"}) from None
    return line


def preview(actor: Actor, values: dict[str, Any], lines: Sequence[LineDraft]) -> tuple[Document, list[Line]]:
    """The totals that a document with these ``values`` and ``lines`` would have; nothing is stored."""
    actor.require(Permission.SALES_VIEW)
    company = Organisation.objects.get(pk=actor.organisation_id)
    row = Document(organisation_id=actor.organisation_id, **{"currency": company.currency, **values})
    rows = _lines(actor, row, lines)
    put_totals(row, rows)
    return row, rows


def put_totals(row: Document, lines: Sequence[Line]) -> Totals:
    """Compute and keep the totals of a document and the amount of each of its lines."""
    computed = totals(
        [
            LineInput(
                key=f"{line.position:04}",
                quantity=Decimal(line.quantity),
                unit_price=Decimal(line.unit_price),
                discount_percent=Decimal(line.discount_percent),
                taxes=(Tax("tax", Decimal(line.tax_rate)),) if line.tax_rate else (),
            )
            for line in lines
        ],
        HeaderInput(
            currency=row.currency,
            discount_percent=Decimal(row.discount_percent),
            freight=Decimal(row.freight),
        ),
    )
    for line, one in zip(lines, computed.lines, strict=True):
        line.amount = one.amount
    row.subtotal, row.discount = computed.subtotal, computed.discount
    row.tax, row.total = computed.tax, computed.total
    return computed


def facts(row: Document) -> states.Facts:
    """What the guards of the state table look at, for one document."""
    followers = row.followers.exclude(status__in=["cancelled", "voided"]).count()
    return states.Facts(
        hold=row.hold_reason,
        lines=row.lines.count(),
        left=row.kind != Kind.QUOTE or not followers,
        followers=followers,
    )


def move(
    actor: Actor, document_id: int, verb: str, reason: str = "", *, version: int | None = None
) -> Document:
    """Do one verb of the state table: confirm, hold, release, close, cancel, … ``hold`` needs a ``reason``."""
    with transaction.atomic():
        row = Document.objects.pick_for_change(actor, document_id, version)
        done = states.require(states.Kind(row.kind), row.status, verb, facts(row))
        actor.require(done.permission)
        if verb == "hold" and not reason.strip():
            raise Invalid(fields={"reason": "Say why it is put on hold."})
        before = audit.snapshot(row)
        row.status, row.version = done.target, row.version + 1
        if verb in ("hold", "release"):
            row.hold_reason = reason.strip()[:200] if verb == "hold" else ""
        row.save(update_fields=["status", "hold_reason", "version", "updated_at"])
        audit.record(actor, f"{row.kind}.{verb}", row, before)
    return row


def take_number(actor: Actor, kind: Kind) -> str:
    """The next Ref # of a kind (B26). Holds the counter's row lock until the transaction ends: no gap, no double."""
    return take_numbers(actor, kind, 1)[0]


def take_numbers(actor: Actor, kind: Kind, count: int) -> list[str]:
    """As many as asked, in order; see :func:`take_number`."""
    Counter.objects.get_or_create(
        organisation_id=actor.organisation_id,
        kind=kind,
        defaults={"pattern": PATTERNS[kind], "next_number": 1},
    )
    counter = Counter.objects.select_for_update().get(organisation_id=actor.organisation_id, kind=kind)
    first = counter.next_number
    counter.next_number += count
    counter.save(update_fields=["next_number"])
    return [counter.pattern.format(n=n) for n in range(first, first + count)]


def convert_to_order(actor: Actor, quote_id: int) -> Document:
    """Make a sales order from a quote, linked both ways, lines included; the quote becomes accepted. Once only."""
    actor.require(Permission.SALES_EDIT)
    with transaction.atomic():
        quote = Document.objects.pick_for_change(actor, quote_id, kind=Kind.QUOTE)
        existing = quote.followers.filter(kind=Kind.ORDER).first()
        if existing is not None:
            return existing
        possible = states.conversion(states.Kind.QUOTE, quote.status, states.Kind.ORDER, facts(quote))
        if isinstance(possible, states.Refusal):
            raise Conflict(possible.cause, cure=possible.cure)
        order = Document.objects.get(pk=quote.pk)
        order.pk, order.kind, order.source = None, Kind.ORDER, quote
        order._state.adding = True
        order.number, order.status, order.version = take_number(actor, Kind.ORDER), INITIAL[Kind.ORDER], 1
        order.save()
        for line in quote.lines.all():
            line.pk, line.document, line.source_id = None, order, line.pk
            line._state.adding = True
            line.save()
        before = audit.snapshot(quote)
        quote.status, quote.version = "accepted", quote.version + 1
        quote.save(update_fields=["status", "version", "updated_at"])
        audit.record(actor, "quote.accept", quote, before)
        audit.record(actor, "order.save", order)
    return order
