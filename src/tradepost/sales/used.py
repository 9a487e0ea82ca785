"""What a line must keep that others were made from, or that was made from another; and what an item must keep for its lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from tradepost.catalog import details
from tradepost.catalog.models import Item
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales.following import uses
from tradepost.sales.models import Kind, Line
from tradepost.sales.state_table import DEAD

_ON_ITS_WAY = frozenset({Kind.PICK, Kind.SHIPMENT, Kind.PURCHASE_ORDER})


def check_used(held: Sequence[Line], rows: Sequence[Line]) -> None:
    """No line falls below what was made from it, nor changes its unit, in which that is counted; and what is picked, shipped or
    bought goes on as it began, or the same goods would be sent twice, by us and by the vendor."""
    wanted = {line.pk: line for line in rows if line.pk}
    used: dict[tuple[int, Kind], Decimal] = {}
    for use in uses([line.pk for line in held]):
        if use.kind is Kind.PURCHASE_QUOTE:  # asking uses nothing up
            continue
        used[use.root, use.kind] = used.get((use.root, use.kind), Decimal(0)) + use.quantity
    on_its_way = {root for root, kind in used if kind in _ON_ITS_WAY}
    for line in held:
        now = wanted.get(line.pk)
        if now and line.pk in on_its_way and now.drop_ship != line.drop_ship:
            raise Conflict(
                _("“{description}” is picked, shipped or bought already, and goes on as it began.").format(
                    description=line.description
                ),
                cure=_("Cancel or void the documents made from it first."),
            )
        most = max((abs(q) for (root, _kind), q in used.items() if root == line.pk), default=None)
        if most is not None and (now is None or abs(now.quantity) < most):
            raise Conflict(
                _("{most} of “{description}” are in documents made from this one.").format(
                    most=f"{most.normalize():f}", description=line.description
                ),
                cure=_("Keep that quantity, or cancel those documents first."),
            )
    _check_units(held, wanted.values(), {root for root, _kind in used})


def _check_units(held: Sequence[Line], rows: Collection[Line], used: Collection[int]) -> None:
    """Of a quote one may order as one likes: it limits nothing."""
    before = {line.pk: line for line in held}
    for line in rows:
        old = before[line.pk]
        if not line.item_id or line.item_id != old.item_id or unit_of(line) == unit_of(old):
            continue
        if line.pk in used or (old.source and old.source.document.kind != Kind.QUOTE):
            raise Conflict(
                _("“{description}” is counted by its unit in other documents, and stays in it.").format(
                    description=line.description
                ),
                cure=_("Keep the unit, or take the line out and enter it anew."),
            )


def unit_of(line: Line) -> str:
    """The unit of a line; one that says none is in the stock unit of its item."""
    return line.unit or (line.item.unit if line.item else "")


def keep_unit(item: Item, name: str, field: str) -> None:
    """``Invalid`` where a live document counts by the unit: an order that allocated 12 for a carton would ship 10, and what is
    voided or comes back would be another quantity than went out."""
    lines = Line.objects.filter(item=item, document__trashed_at=None).exclude(document__status__in=DEAD)
    counted = lines.annotate(named=Lower("unit")).filter(named=name.lower())
    if number := counted.order_by("pk").values_list("document__number", flat=True).first():
        cause = _("Documents count by “{unit}”, such as {number}, so it stays as it is.")
        raise Invalid(
            fields={field: cause.format(unit=name, number=number)},
            cure=_("Add another unit with a name of its own, and use that from now on."),
        )


def install() -> None:
    details.UNIT_CHANGES.append(keep_unit)
