"""What stands on a record and must follow when it becomes, or is merged into, another one.

Rooms above this one hold such things (activities, for one): they say here how theirs follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Named = tuple[str, int]  # kind and id of a record


@dataclass(frozen=True, slots=True)
class Follower:
    """``add(organisation_id, source, targets)`` lets what stands on ``source`` stand on ``targets`` too, and gives the
    keys of what it wrote, as JSON; ``drop(organisation_id, keys)`` takes that back. ``count`` says how many there are.
    ``columns`` are those that name a record without a foreign key and are taken care of here: ``app.model.column``."""

    label: str
    count: Callable[[int, Named], int]
    add: Callable[[int, Named, Sequence[Named]], list[Any]]
    drop: Callable[[int, Sequence[Any]], None]
    columns: tuple[str, ...] = ()


_followers: dict[str, Follower] = {}


def follow(follower: Follower) -> None:
    """Called once by each room, when the application starts."""
    _followers[follower.label] = follower


def followers() -> tuple[Follower, ...]:
    return tuple(_followers.values())


def heir(source: Named, targets: Sequence[Named]) -> int | None:
    """Who takes the place of ``source`` in a merge; None where a lead becomes something else."""
    return next((pk for kind, pk in targets if kind == source[0]), None)


def relations(model: Any) -> Iterator[Any]:
    """Every foreign key to the model, of any room."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation
