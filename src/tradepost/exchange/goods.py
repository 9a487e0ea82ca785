"""Locations, opening stock, reorder levels, prices of lists and prices of vendors out of rows.

None of them has a version of its own, so a row keeps what it replaced and what it set; it is taken back only where
that is still there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.catalog import stock
from tradepost.catalog.ledger import Place, Ref, StockLine
from tradepost.catalog.models import Bin, Item, ItemType, Location, StockLevel, StockMove
from tradepost.catalog.reversal import MOVE, taken_back
from tradepost.catalog.services import save_bin, save_location
from tradepost.exchange import undo
from tradepost.exchange.models import ImportRow
from tradepost.exchange.names import chosen
from tradepost.exchange.rules import Record
from tradepost.exchange.target import Outcome, Target, as_json
from tradepost.kit.errors import Conflict, Fault, Invalid
from tradepost.kit.money import LARGEST
from tradepost.kit.words import gettext_noop, within
from tradepost.reports.models import ReorderLevel
from tradepost.reports.reordering import set_level
from tradepost.sales import by_hand, goods

TOGETHER = 200  # places whose stock is counted in one posting


class Locations(Target):
    """A location, or a bin in one; neither is changed once it is there."""

    model, kind, references = Location, "location", ()

    def prepare(self, batch: Sequence[Record]) -> None:
        rows = Location.objects.of(self.actor).filter(archived_at=None)
        self._places = {row.name.lower(): row for row in rows}
        bins = Bin.objects.of(self.actor).filter(location__in=rows)
        self._bins = {(row.location_id, row.name.lower()): row for row in bins}

    def save(self, record: Record) -> Outcome:
        name, shelf = record.values["location"], record.values.get("bin", "")
        made = {}
        place = self._places.get(name.lower())
        if place is None:
            place = save_location(self.actor, {"name": name})
            made["location"] = place.pk
        bin = self._bins.get((place.pk, shelf.lower()))
        if shelf and bin is None:
            bin = save_bin(self.actor, {"name": shelf, "location_id": place.pk})
            made["bin"] = bin.pk
        self._places[name.lower()] = place
        if bin:
            self._bins[place.pk, shelf.lower()] = bin
        label = f"{place.name} · {bin.name}" if bin else place.name
        return Outcome("create" if made else "same", place.pk, None, label, made)

    def take_back(self, row: ImportRow) -> None:
        for kind, model in (("bin", Bin), ("location", Location)):
            if kind in row.before:
                found = model.objects.of(self.actor).filter(pk=row.before[kind]).first()
                if found is None:
                    raise undo.gone()
                undo.remove(self.actor, kind, found)


class Placed(Target):
    """What is said of an item at a location."""

    references = ("sku", "location")

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)

    def _place(self, record: Record) -> tuple[Item, Location]:
        item = chosen(self._named["sku"], record.values["sku"], "item")
        return item, chosen(self._named["location"], record.values["location"], "location")


class Stock(Placed):
    """What lies in a place, set by a count in the ledger; taken back by an adjustment of as much the other way."""

    model, kind = Item, "stock"

    def prepare(self, batch: Sequence[Record]) -> None:
        super().prepare(batch)
        places = {row.pk for rows in self._named["location"].values() for row in rows}
        bins = Bin.objects.of(self.actor).filter(location_id__in=places)
        self._bins = {(row.location_id, row.name.lower()): row for row in bins}
        items = {row.pk for rows in self._named["sku"].values() for row in rows}
        levels = StockLevel.objects.of(self.actor).filter(item_id__in=items, location_id__in=places)
        self._costs = {(row.item_id, row.location_id): row.unit_cost for row in levels}

    def save(self, record: Record) -> Outcome:
        [done] = self._counted([(record, self._line(record))])
        return done

    def save_all(self, batch: Sequence[Record]) -> list[Outcome | Fault]:
        """Counted many at a time; where that is refused, one by one."""
        done: dict[int, Outcome | Fault] = {}
        lines: list[tuple[Record, StockLine]] = []
        for record in batch:
            try:
                lines.append((record, self._line(record)))
            except Fault as fault:
                done[record.number] = fault
        for at in range(0, len(lines), TOGETHER):
            several = lines[at : at + TOGETHER]
            outcomes = self._together(several)
            done |= {record.number: one for (record, _line), one in zip(several, outcomes, strict=True)}
        return [done[record.number] for record in batch]

    def _together(self, lines: Sequence[tuple[Record, StockLine]]) -> list[Outcome | Fault]:
        try:
            with transaction.atomic():
                return list(self._counted(lines))
        except Fault as fault:
            return [fault] if len(lines) == 1 else [one for line in lines for one in self._together([line])]

    def _line(self, record: Record) -> StockLine:
        item, place = self._place(record)
        if not ItemType(item.type).keeps_stock:
            raise Invalid(
                _("{sku} is a {type} and has no stock of its own.").format(
                    sku=item.sku, type=within(item.get_type_display())
                ),
                cure=_("Take the row out."),
            )
        shelf = record.values.get("bin", "")
        bin = self._bins.get((place.pk, shelf.lower()))
        if shelf and bin is None:
            raise Invalid(
                _("{place} has no bin “{shelf}”.").format(place=place.name, shelf=shelf),
                cure=_("Import locations and bins first."),
            )
        quantity = record.values["quantity"]
        return StockLine(item.pk, place.pk, quantity, bin.pk if bin else None, cost=self._cost(record.values))

    def _cost(self, values: Mapping[str, Any]) -> Decimal | None:
        """What all of it cost: the worth that the row says, else so many at the cost of one."""
        if values.keys().isdisjoint({"worth", "cost"}):
            return None
        self.actor.require(Permission.COST_VIEW)
        cost: Decimal = values.get("worth") or values["quantity"] * values.get("cost", Decimal(0))
        if not 0 <= cost < LARGEST:
            raise Invalid(_("A cost is zero or more."), cure=_("Correct the cell."))
        return stock.cost_of(self.actor, cost, Decimal(1))

    def _counted(self, lines: Sequence[tuple[Record, StockLine]]) -> list[Outcome]:
        counted = stock.count(self.actor, [line for _record, line in lines], reason="Opening stock")
        posting = goods.hand_on(self.actor, counted)
        moved = {move.line.place: move.change.on_hand for move in posting.moves}
        return [self._outcome(record, line, moved[line.place], str(posting.id)) for record, line in lines]

    def _outcome(self, record: Record, line: StockLine, moved: Decimal, posting: str) -> Outcome:
        now, was = line.quantity.normalize(), (line.quantity - moved).normalize()
        if line.cost is not None and was and self._is_news(line):
            raise Conflict(
                _("{was} lie there already, so that they are not worth what the row says.").format(
                    was=f"{was:f}"
                ),
                cure=_("Leave the cost out, and say on the item's page what they are worth."),
            )
        label = f"{record.key.rstrip(' ·')}: {was:f} → {now:f}"
        before = {"place": list(line.place), "moved": str(moved), "posting": posting}
        return Outcome("update" if moved else "same", line.item_id, None, label, before)

    def _is_news(self, line: StockLine) -> bool:
        known = self._costs.get(line.key, Decimal(0)) * line.quantity
        return abs(known - (line.cost or 0)) > Decimal("0.01")

    def take_back(self, row: ImportRow) -> None:
        item, place, bin = Place(*row.before["place"])
        counts = StockMove.objects.of(self.actor).filter(posting=row.before.get("posting"), item_id=item)
        count = next((one for one in counts.filter(location_id=place) if one.bin_id == bin), None)
        if count and taken_back(self.actor, [count.pk]):
            raise Conflict(_("The count was taken back already."), cure=_("Nothing is left to take back."))
        ref = Ref(MOVE, count.pk) if count else None
        back = StockLine(item, place, -Decimal(row.before["moved"]), bin, ref=ref)

        def adjust() -> stock.Posting:
            posting = stock.adjust(self.actor, [back], reason=gettext_noop("Import taken back"))
            return goods.hand_on(self.actor, posting)

        by_hand.take_back(self.actor, [count], adjust) if count else adjust()


class Levels(Placed):
    """Reorder levels; an empty cell leaves the level alone."""

    model, kind = ReorderLevel, "level"
    names = ("minimum", "maximum", "multiple")

    def save(self, record: Record) -> Outcome:
        item, place = self._place(record)
        row = ReorderLevel.objects.of(self.actor).filter(item=item, location=place).first()
        held = {name: getattr(row, name, None) for name in self.names}
        wanted = held | {k: v for k, v in record.values.items() if k in self.names}
        label = f"{item.sku} · {place.name}"
        if held == wanted:
            return Outcome("same", item.pk, None, label)
        saved = self._set(item.pk, place.pk, wanted)
        before = {"place": [item.pk, place.pk], "held": _texts(held) if row else None, "set": _texts(saved)}
        return Outcome("update" if row else "create", item.pk, None, label, before)

    def _set(self, item: int, place: int, values: Mapping[str, Any]) -> dict[str, Any]:
        row = set_level(
            self.actor, item, place, values["minimum"], values["maximum"], values["multiple"] or Decimal(0)
        )
        if row is not None:
            row.refresh_from_db()
        return {name: getattr(row, name, None) for name in self.names}

    def take_back(self, row: ImportRow) -> None:
        item, place = row.before["place"]
        now = ReorderLevel.objects.of(self.actor).filter(item=item, location=place).first()
        if _texts({name: getattr(now, name, None) for name in self.names}) != row.before["set"]:
            raise undo.changed()
        held = row.before["held"] or dict.fromkeys(self.names)
        self._set(item, place, {k: None if v is None else Decimal(v) for k, v in held.items()})


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_json(value) for name, value in values.items()}
