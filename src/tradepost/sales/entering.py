"""What the items of entered lines stand for: a group is the lines of its parts, a matrix item must be one of its variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import CURE, put_away
from tradepost.catalog.models import Item, ItemPart, ItemType
from tradepost.catalog.units import Units
from tradepost.kit.money import EXACT
from tradepost.sales.drafts import LineDraft
from tradepost.sales.wrong import WrongLine

_MOST_NAMED = 12  # variants in a sentence
_PLACES = 4  # decimals of a quantity


class Entries:
    """The items that lines name, read at once, with their units, the parts of groups and the variants of matrix items. One that
    is archived is entered no more, but for those that are ``held`` (keys)."""

    def __init__(
        self, actor: Actor, item_ids: Iterable[int | None], held: Collection[int | None] = ()
    ) -> None:
        self._held = held
        rows = Item.objects.of(actor)
        self.items = rows.in_bulk([pk for pk in item_ids if pk])
        self._parts: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
        self._variants: dict[int, list[str]] = defaultdict(list)
        if groups := self._of(ItemType.GROUP):
            parts = ItemPart.objects.of(actor).filter(whole__in=groups).order_by("whole", "position")
            for whole, part, quantity in parts.values_list("whole", "part", "quantity"):
                self._parts[whole].append((part, quantity))
            inside = {part for several in self._parts.values() for part, _quantity in several}
            self.items |= rows.in_bulk(inside - self.items.keys())
        if parents := self._of(ItemType.MATRIX):
            variants = rows.filter(parent__in=parents, archived_at=None).order_by("sku")
            for parent, sku in variants.values_list("parent", "sku"):
                self._variants[parent or 0].append(sku)
        self.units = Units(self.items.values())

    def _of(self, type: ItemType) -> list[int]:
        return [pk for pk, item in self.items.items() if item.type == type]

    def entered(self, drafts: Sequence[LineDraft]) -> list[LineDraft]:
        """The lines that are meant, in their order. ``Invalid`` names the line that cannot be entered so."""
        found: list[LineDraft] = []
        for position, draft in enumerate(drafts, 1):
            if problem := self.problem(draft):
                sentence = _("Line {n}: {problem}").format(n=position, problem=problem)
                raise WrongLine(position, {"item": sentence})
            found += self.lines(draft)
        return found

    def problem(self, draft: LineDraft) -> str:
        """Why a line cannot be entered so, and what to do; empty if it can."""
        item = self.items.get(draft.item_id or 0)
        if item is None:
            return ""
        if problem := self._put_away(item):
            return problem
        if item.type not in (ItemType.GROUP, ItemType.MATRIX):
            return ""
        if item.type == ItemType.MATRIX:
            return self._needs_variant(item)
        if not self._parts[item.pk]:
            return _("{sku} is a group without items. Enter them on its page.").format(sku=item.sku)
        if draft.unit_price is not None:
            return _("{sku} is a group; its items have their prices. Leave the price empty.").format(
                sku=item.sku
            )
        return ""

    def _put_away(self, item: Item) -> str:
        """The item, or what it is a group of, was put away."""
        several = item, *(self.items[pk] for pk, _quantity in self._parts.get(item.pk, ()))
        causes = (put_away(one) for one in several if one.pk not in self._held)
        if cause := next(filter(None, causes), ""):
            return f"{cause} {CURE}"
        return ""

    def lines(self, draft: LineDraft) -> list[LineDraft]:
        """The line itself, its unit spelled as its item has it; or those of a group: as many of each part as it says, times the
        line's quantity."""
        item = self.items.get(draft.item_id or 0)
        packed = self.units.of(item, draft.unit) if item and draft.unit else None
        parts = self._parts.get(draft.item_id or 0)
        if parts is None:
            return [replace(draft, unit=packed.unit) if packed else draft]
        kept = replace(draft, description=None, unit=None, line_id=None)
        groups = EXACT.multiply(draft.quantity, packed.factor) if packed else draft.quantity
        return [
            replace(kept, item_id=pk, quantity=round(EXACT.multiply(groups, n), _PLACES)) for pk, n in parts
        ]

    def _needs_variant(self, parent: Item) -> str:
        names = self._variants[parent.pk]
        if not names:
            return _("{sku} comes in variants, of which there is none yet. Make them on its page.").format(
                sku=parent.sku
            )
        shown = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
        return _("{sku} comes in variants. Choose one of: {names}.").format(sku=parent.sku, names=shown)
