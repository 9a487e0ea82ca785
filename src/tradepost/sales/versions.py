"""What differs between two versions of a document: lines added, removed and changed, what its head says, its totals.

A version is what ``Revision.content`` holds: ``{"head": {column: value}, "lines": [{column: value}]}``, values as the audit
trail writes them. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

Row = Mapping[str, Any]

TOTALS = ("subtotal", "discount", "freight", "tax", "total")
LINE = (
    "sku", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate", "taxable", "drop_ship",
    "amount",
)  # fmt: skip
_FIGURES = {*TOTALS, "quantity", "unit_price", "discount_percent", "tax_rate", "amount"}
_SILENT = {
    *TOTALS, "id", "organisation", "version", "created_at", "updated_at", "status", "number", "kind", "mark_words",
    "applied", "taxes", "freight_taxes", "source", "account", "left_house", "seen_in_mail",
    "financial_status",
}  # fmt: skip
_INWARD = {
    "owner", "class_name", "custom_status", "location", "project", "tags", "pinned", "pinned_in_warehouse", "hold_reason",
    "exchange_rate", "rate_by_hand",
}  # fmt: skip
_NAMED = ("id", "sku", "description")  # by which a reader, and the trail, knows a line


class Mark(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """A column and what it says in both versions."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A line in both versions; ``before`` is None for one that was added, ``after`` for one that was removed."""

    mark: Mark
    before: Row | None
    after: Row | None
    changed: tuple[str, ...] = ()

    @property
    def shown(self) -> Row:
        """The line as it is now, or as it was."""
        return self.after or self.before or {}


@dataclass(frozen=True, slots=True)
class Comparison:
    head: tuple[Difference, ...]
    lines: tuple[LineDifference, ...]
    totals: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        return not self.head and self.sums_up_the_same

    @property
    def sums_up_the_same(self) -> bool:
        """The lines and the totals, to which freight and amounts without lines belong."""
        told = all(line.mark is Mark.SAME for line in self.lines)
        return told and all(_equal(one.name, one.before, one.after) for one in self.totals)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """The two side by side, lines in the order of the new one; a removed line stands where it stood."""
    head, now = old["head"], new["head"]
    names = [name for name in {**now, **head} if name not in _SILENT]
    totals = [Difference(name, head.get(name), now.get(name)) for name in TOTALS]
    return Comparison(
        tuple(
            Difference(name, head.get(name), now.get(name))
            for name in names
            if not _equal(name, head.get(name), now.get(name))
        ),
        tuple(_lines(old["lines"], new["lines"])),
        tuple(one for one in totals if _figure(one.before) or _figure(one.after)),
    )


def tells_other(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether somebody outside, who saw the old one, would see something else in the new one; what only the house heeds
    does not count."""
    found = compare(old, new)
    return any(one.name not in _INWARD for one in found.head) or not found.sums_up_the_same


def line_changes(old: Sequence[Row], new: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """For the audit trail: the lines that were removed or changed as they were, and those that were added or changed as they
    are; of a changed one what it is known by and what differs."""
    found = [line for line in _lines(old, new) if line.mark is not Mark.SAME]
    was = [_told(line.before, line) for line in found if line.before is not None]
    now = [_told(line.after, line) for line in found if line.after is not None]
    return was, now


def _told(row: Row, line: LineDifference) -> Row:
    names = line.changed if line.mark is Mark.CHANGED else LINE
    return {name: row[name] for name in dict.fromkeys([*_NAMED, *names]) if name in row}


def _lines(old: Sequence[Row], new: Sequence[Row]) -> list[LineDifference]:
    pairs = _pairs(old, new)
    found = [_line(old[pairs[n]] if n in pairs else None, row) for n, row in enumerate(new)]
    for n, row in enumerate(old):
        if n not in pairs.values():
            found.insert(min(n, len(found)), _line(row, None))
    return found


def _pairs(old: Sequence[Row], new: Sequence[Row]) -> dict[int, int]:
    """Place in the new version → place in the old one: by the line's own key, else by the same item and words, else by
    the same item."""
    pairs: dict[int, int] = {}
    for names in (("id",), ("sku", "description"), ("sku",)):
        free: dict[tuple[Any, ...], list[int]] = {}
        for n, row in enumerate(old):
            if n not in pairs.values():
                free.setdefault(tuple(row.get(name) for name in names), []).append(n)
        for n, row in enumerate(new):
            key = tuple(row.get(name) for name in names)
            if n not in pairs and any(key) and free.get(key):
                pairs[n] = free[key].pop(0)
    return pairs


def _line(before: Row | None, after: Row | None) -> LineDifference:
    if before is None or after is None:
        return LineDifference(Mark.ADDED if before is None else Mark.REMOVED, before, after)
    changed = tuple(name for name in LINE if not _equal(name, before.get(name), after.get(name)))
    return LineDifference(Mark.CHANGED if changed else Mark.SAME, before, after, changed)


def _equal(name: str, before: Any, after: Any) -> bool:
    """``"2.0000"`` and ``"2"`` are one figure; empty is empty, however it was kept."""
    if before == after or (not before and not after):
        return True
    return name in _FIGURES and _figure(before) == _figure(after)


def _figure(value: Any) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal(0)
