"""Which lines a discount line takes from. Pure; how much it takes stands in ``rules``.

1. A discount *of the line* takes from the nearest line above it that is no text and no discount itself, so that
   several of them may stand below one line.
2. A discount *of all above* takes from every line above it that is no text and no discount.
3. Each takes from what the discounts above it left. So the order of discounts among each other counts, and whether a
   line stands above or below one; the order of the lines that it reaches does not.
4. What stands below a discount, and freight in the header, is not touched by it. A discount with nothing above it
   takes nothing; whoever enters one is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tradepost.catalog.pricing import Reach


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in its place. ``reach`` is empty unless it is a discount; ``text`` if it has no quantity."""

    key: str
    reach: str = ""
    text: bool = False


def reached(lines: Sequence[Placed]) -> dict[str, tuple[str, ...]]:
    """By the key of each discount, the keys of the lines that it takes from."""
    found: dict[str, tuple[str, ...]] = {}
    above: list[str] = []
    for line in lines:
        if line.reach:
            found[line.key] = tuple(above[-1:] if line.reach == Reach.LINE else above)
        elif not line.text:
            above.append(line.key)
    return found
