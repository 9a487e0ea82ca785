"""Join what comes in with the number of its order to it, line by line, as if it had been made from it: a ship doc to the order, an
RMA to the ship doc with which its goods left. What left from elsewhere joins to nothing, and comes back all the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Item, ItemType
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Customer, Vendor
from tradepost.sales import states
from tradepost.sales.drafts import LineDraft
from tradepost.sales.following import descendants, left
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.used import unit_of

MADE_FROM: Mapping[Kind, Kind] = {Kind.SHIPMENT: Kind.ORDER, Kind.RMA: Kind.SHIPMENT}
"""The kinds that may name their order, and what they are made from."""

# What its head leaves open is as there.
_HEAD = (
    *("contact_id", "project_id", "po_number", "channel", "class_name", "terms", "currency", "billing"),
    *("shipping", "discount_percent", "tax_code_id", "item_tax_id", "prices_include_tax", "location_id"),
)
What = tuple[object, str]  # the item and the unit, or the description


@dataclass(frozen=True, slots=True)
class Joint:
    """What a document is joined to, and by the place of each of its lines, from 0, the line there."""

    source: Document
    lines: Mapping[int, Line]

    def head(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The ``values``, and what they leave open."""
        return {name: getattr(self.source, name) for name in _HEAD} | dict(values)

    def drafts(self, drafts: Sequence[LineDraft]) -> list[LineDraft]:
        """The lines, and what they leave open: they cost what was agreed there."""
        return [_like(draft, self.lines.get(n)) for n, draft in enumerate(drafts)]


class Joiner:
    """Joins the documents of a batch; what one of them takes is not left for the next. The orders are locked."""

    def __init__(self, actor: Actor, kind: Kind, numbers: Iterable[str]) -> None:
        self._kind = kind
        wanted = {number for number in numbers if number}
        orders = Document.objects.of(actor).filter(kind=Kind.ORDER, number__in=wanted).order_by("pk")
        self._orders = {row.number: row for row in orders.select_for_update()} if wanted else {}
        self._left: dict[int, dict[int, Decimal]] = {}

    def join(
        self, number: str, party: Customer | Vendor, drafts: Sequence[LineDraft], items: Mapping[int, Item]
    ) -> Joint | None:
        """None: of the order of an RMA nothing was shipped here. ``Invalid`` or ``Conflict`` where there is no such order, or not so
        much of a line left."""
        if self._kind == Kind.RMA and number not in self._orders:
            return None
        order = self._order(number, party)
        faults: list[tuple[Decimal, Invalid]] = []
        for source in self._sources(order):
            lines = list(source.lines.select_related("item"))
            asked = [_asked(draft, items.get(draft.item_id or 0)) for draft in drafts]
            found = paired(asked, [(_what(line), line.pk) for line in lines], self._rest(source))
            if isinstance(found, dict):
                by_key = {line.pk: line for line in lines}
                return Joint(source, {n: by_key[pk] for n, pk in found.items()})
            faults.append((found.most, _lacks(source, drafts[found.at], items, found)))
        if faults:
            raise max(faults, key=lambda one: one[0])[1]  # of the one that comes nearest
        return None

    def take(self, joint: Joint, lines: Sequence[Line]) -> None:
        """What was joined is not left any more."""
        rest = self._rest(joint.source)
        for n, source in joint.lines.items():
            rest[source.pk] -= lines[n].quantity

    def _order(self, number: str, party: Customer | Vendor) -> Document:
        order = self._orders.get(number)
        if order is None:
            raise Invalid(
                _("There is no sales order “{number}”.").format(number=number),
                cure=_("Import the sales orders first, or correct the number."),
            )
        if order.customer_id != party.pk:
            raise Invalid(
                _("{number} is an order of {customer}.").format(number=number, customer=order.customer_name),
                cure=_("Correct the number or the customer."),
            )
        return order

    def _sources(self, order: Document) -> list[Document]:
        """What it can be made from: the order itself, or the ship docs of it that left the house."""
        if MADE_FROM[self._kind] == Kind.ORDER:
            # An order on hold has it made all the same: it ships nothing yet.
            possible = states.conversion(Kind.ORDER, order.status, self._kind, states.Facts())
            if isinstance(possible, states.Refusal):
                raise Conflict(possible.cause, cure=possible.cure)
            return [order]
        gone = states.CONVERSIONS[Kind.SHIPMENT, self._kind].sources
        rows = Document.objects.filter(kind=Kind.SHIPMENT, pk__in=descendants(order), status__in=gone)
        return list(rows.order_by("pk"))

    def _rest(self, source: Document) -> dict[int, Decimal]:
        if source.pk not in self._left:
            self._left[source.pk] = left(source, self._kind)
        return self._left[source.pk]


@dataclass(frozen=True, slots=True)
class Lacking:
    """Which line, by its place, asks for more than there is, and how much there is."""

    at: int
    most: Decimal


def paired(
    asked: Sequence[tuple[What, Decimal]], lines: Sequence[tuple[What, int]], rest: Mapping[int, Decimal]
) -> dict[int, int] | Lacking:
    """By the place of each line that asks for a quantity, the line there that it is of: of those of the same goods the one with the
    least that is enough. Pure."""
    free, found = dict(rest), {}
    alike: dict[What, list[int]] = defaultdict(list)
    for what, pk in lines:
        alike[what].append(pk)
    for n, (what, quantity) in enumerate(asked):
        if not quantity:
            continue
        open_ = [(abs(free[pk]), pk) for pk in alike[what] if free.get(pk, Decimal(0)) * quantity > 0]
        enough = [(there, pk) for there, pk in open_ if there >= abs(quantity)]
        if not enough:
            return Lacking(n, max((there for there, _pk in open_), default=Decimal(0)))
        _there, pk = min(enough)
        free[pk] -= quantity
        found[n] = pk
    return found


def _what(line: Line) -> What:
    return (line.item_id, unit_of(line).casefold()) if line.item_id else (None, line.description.casefold())


def _asked(draft: LineDraft, item: Item | None) -> tuple[What, Decimal]:
    """A discount asks for nothing: it goes along with its lines."""
    if item is None:
        return (None, (draft.description or "").strip().casefold()), draft.quantity
    quantity = Decimal(0) if item.type == ItemType.DISCOUNT else draft.quantity
    return (item.pk, (draft.unit or item.unit).casefold()), quantity


def _like(draft: LineDraft, line: Line | None) -> LineDraft:
    if line is None:
        return draft
    if draft.unit_price is None:
        draft = replace(draft, unit_price=line.unit_price, discount_percent=line.discount_percent)
    return replace(
        draft,
        description=draft.description if draft.description is not None else line.description,
        tax_rate=draft.tax_rate if draft.tax_rate is not None else line.tax_rate,
        taxable=draft.taxable if draft.taxable is not None else line.taxable,
    )


def _lacks(source: Document, draft: LineDraft, items: Mapping[int, Item], found: Lacking) -> Invalid:
    item = items.get(draft.item_id or 0)
    sentence = _("{number} has {quantity} of “{description}” left.").format(
        number=source.number,
        quantity=f"{found.most.normalize():f}",
        description=item.sku if item else draft.description,
    )
    return Invalid(
        fields={f"lines.{found.at + 1}": sentence},
        cure=_("Take a smaller quantity, or leave the order out: then it stands by itself."),
    )
