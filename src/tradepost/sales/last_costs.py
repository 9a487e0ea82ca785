"""What an item cost last, for the lines of a purchase whose vendor names no price for it; and the lines that still have none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, Value, When
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import StockLevel
from tradepost.catalog.units import ONE, Units
from tradepost.kit.money import EXACT
from tradepost.sales.currencies import company_currency
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.state_table import DEAD, PURCHASES

_BUYS = (Kind.PURCHASE_ORDER, Kind.RECEIPT, Kind.BILL, Kind.CASH_PURCHASE)
_UNIT, _HUNDRED = Decimal("0.0001"), Decimal(100)


@dataclass(frozen=True, slots=True)
class Cost:
    """``price`` of what ``pieces`` are, after ``discount`` percent; ``source`` says where that is from."""

    price: Decimal
    source: str = ""
    pieces: Decimal = ONE
    discount: Decimal = Decimal(0)

    def of(self, factor: Decimal) -> Decimal:
        """What so many pieces cost, rounded once to the four decimals that prices have."""
        share = EXACT.multiply(self.price, EXACT.subtract(_HUNDRED, self.discount))
        paid = EXACT.multiply(share, factor)
        return EXACT.divide(paid, EXACT.multiply(self.pieces, _HUNDRED)).quantize(_UNIT, ROUND_HALF_UP, EXACT)


FREE = Cost(Decimal(0))


def last_costs(actor: Actor, row: Document, item_ids: Collection[int], units: Units) -> dict[int, Cost]:
    """By item, what it cost when it was last bought in the currency of ``row``, of its vendor before others; else, for who may see
    costs, what it is worth in stock."""
    if not item_ids:
        return {}
    found = _in_stock(actor, row, item_ids)
    lines = Line.objects.of(actor).filter(
        item__in=item_ids, unit_price__gt=0, quantity__gt=0, discount_percent__lt=_HUNDRED,
        document__kind__in=_BUYS, document__currency=row.currency,
    )  # fmt: skip
    lines = lines.exclude(document__status__in=(*DEAD, "draft")).exclude(document=row.pk)
    own = Case(When(document__vendor=row.vendor_id, then=Value(0)), default=Value(1))
    newest = lines.order_by("item_id", own, "-document__date", "-pk").distinct("item_id")
    for line in newest.select_related("item", "document"):
        pieces = units.pieces(line.item, ONE, line.unit) if line.item else None
        if line.item_id and pieces:
            number = line.document.number
            found[line.item_id] = Cost(line.unit_price, number, pieces, line.discount_percent)
    return found


def _in_stock(actor: Actor, row: Document, item_ids: Collection[int]) -> dict[int, Cost]:
    if row.currency != company_currency(actor.organisation_id) or not actor.may(Permission.COST_VIEW):
        return {}
    levels = StockLevel.objects.of(actor).filter(item__in=item_ids, unit_cost__gt=0)
    here = Case(When(location=row.location_id, then=Value(1)), default=Value(0))
    known = levels.order_by(here, "pk").values_list("item", "unit_cost")
    return {item: Cost(cost, _("Cost in stock")) for item, cost in known}


def unpriced(row: Document, line: Line) -> bool:
    """Whether a line of a purchase that is a draft still buys an item for nothing, for its vendor names no price. Who asks for prices
    has none yet."""
    asks = row.kind not in PURCHASES or row.kind == Kind.PURCHASE_QUOTE
    bought = bool(line.item_id and line.quantity) and not (line.unit_price or line.reach)
    return bought and not asks and row.status == "draft"
