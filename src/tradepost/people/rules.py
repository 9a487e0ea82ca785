"""Decisions about parties. Pure: facts in, an answer out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from tradepost.kit.text import fold


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer may owe and owes, in the company's own money. ``limit`` None: as much as he likes. ``unvalued``: an open
    invoice whose worth in that money is not known."""

    name: str
    limit: Decimal | None = None
    hold: bool = False
    reason: str = ""
    owed: Decimal = Decimal(0)
    unvalued: str = ""


def credit_stop(standing: Standing) -> str:
    """Why nothing goes out to a customer, as one sentence without its stop; empty where it may.

    A debt that equals the limit is within it.
    """
    if standing.hold:
        return f"{standing.name} is on credit hold" + (
            f": {standing.reason.rstrip('.')}" if standing.reason else ""
        )
    if standing.limit is not None and standing.owed > standing.limit:
        return f"{standing.name} owes {standing.owed:.2f}, more than the credit limit of {standing.limit:.2f}"
    if standing.limit is not None and standing.unvalued:
        return f"{standing.name} has a credit limit, and {standing.unvalued} is in a currency without an exchange rate"
    return ""


@dataclass(frozen=True, slots=True)
class Place:
    """A postal address as a person typed it."""

    kind: str
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    primary: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        """Two addresses of a kind are one if they read the same but for case, accents and spaces."""
        words = (self.name, self.street, self.city, self.region, self.postcode, self.country)
        return (self.kind, *("".join(fold(word).split()) for word in words))


def places(given: Iterable[Place]) -> list[Place]:
    """Without empty ones and without doubles (the first of them stays), with exactly one primary of each kind: the
    first that says so, else the first."""
    seen: dict[tuple[str, ...], Place] = {}
    for place in given:
        if any(place.identity[1:]):
            held = seen.setdefault(place.identity, place)
            seen[place.identity] = replace(held, primary=held.primary or place.primary)
    chosen: dict[str, Place] = {}
    for place in seen.values():
        if place.kind not in chosen or (place.primary and not chosen[place.kind].primary):
            chosen[place.kind] = place
    return [replace(place, primary=chosen[place.kind] is place) for place in seen.values()]


def ancestry_is_sound(record: int, parent: int | None, parents: Mapping[int, int | None]) -> bool:
    """Whether ``record`` may stand under ``parent``: nobody is his own ancestor. ``parents`` is each one's parent."""
    seen = set()
    while parent is not None and parent not in seen:
        if parent == record:
            return False
        seen.add(parent)
        parent = parents.get(parent)
    return True
