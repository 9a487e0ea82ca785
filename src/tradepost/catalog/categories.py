"""The tree of categories: its verbs, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import archived_already
from tradepost.catalog.models import Category
from tradepost.catalog.saving import save_row
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Branch:
    """A category in its tree: how deep it stands (the root is 0), its way from the root, and how many items in use it has
    of its own, without those of the categories in it."""

    row: Category
    depth: int
    path: str
    items: int = 0


def save_category(
    actor: Actor, values: dict[str, Any], *, category_id: int | None = None, version: int | None = None
) -> Category:
    """Create a category or change its name or its place in the tree; all that is in it moves along."""
    actor.require(Permission.CATALOG_EDIT)

    def check(row: Category) -> None:
        if row.pk and row.parent_id in below(actor, row.pk):
            raise Invalid(
                fields={"parent_id": _("{row} cannot be placed within itself.").format(row=row.name)}
            )

    with transaction.atomic():
        _hold(actor)
        return save_row(actor, Category, values, ("name", "parent_id"), category_id, version, check)


def _hold(actor: Actor) -> None:
    """The tree stands still until the verb is done: two moves at once make no circle."""
    list(Category.objects.of(actor).order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def archive_category(actor: Actor, category_id: int, *, undo: bool = False) -> Category:
    """Put a category away, or take it back: it is chosen no more, and items that have it keep it.

    One that holds categories in use stays; one within an archived category comes back after that one.
    """
    actor.require(Permission.CATALOG_EDIT)
    with transaction.atomic():
        _hold(actor)
        row = Category.objects.pick_for_change(actor, category_id)
        if (row.archived_at is None) == undo:
            raise archived_already(row, undo)
        if not undo and (within := row.children.filter(archived_at=None).order_by("name").first()):
            raise Conflict(
                _("{row} holds the category {within}, which is in use.").format(row=row, within=within),
                cure=_("Archive what is in it first, or move it elsewhere."),
            )
        if undo and row.parent and row.parent.archived_at:
            raise Conflict(
                _("{row} is in {parent}, which is archived.").format(row=row, parent=row.parent),
                cure=_("Restore {parent} first.").format(parent=row.parent),
            )
        before = audit.snapshot(row)
        row.archived_at = None if undo else clock.now()
        row.version += 1
        row.save(update_fields=["archived_at", "version", "updated_at"])
        audit.record(actor, f"category.{'restore' if undo else 'archive'}", row, before)
    return row


def tree(actor: Actor, *, counted: bool = False) -> list[Branch]:
    """Every category of the company, each before what is in it, and beside each other by name."""
    rows = Category.objects.of(actor).order_by("name", "pk")
    many = Count("items", filter=Q(items__archived_at=None))
    its = dict(rows.annotate(many=many).values_list("pk", "many")) if counted else {}
    within: dict[int | None, list[Category]] = {}
    for row in sorted(rows, key=lambda row: row.name.casefold()):
        within.setdefault(row.parent_id, []).append(row)

    found: list[Branch] = []
    waiting = [(row, 0, "") for row in reversed(within.get(None, []))]
    while waiting:  # no recursion: a program may nest them deeper than Python does
        row, depth, above = waiting.pop()
        path = f"{above} › {row.name}" if above else row.name
        found.append(Branch(row, depth, path, its.get(row.pk, 0)))
        waiting += [(inner, depth + 1, path) for inner in reversed(within.get(row.pk, []))]
    return found


def paths(actor: Actor, *, held: int | None = None) -> list[tuple[int, str]]:
    """The categories to choose from, each with its way from the root: ``(3, "Camping › Tents")``. Of those put away only
    ``held``, which who has it keeps."""
    return [(b.row.pk, b.path) for b in tree(actor) if not b.row.archived_at or b.row.pk == held]


def below(actor: Actor, category_id: int) -> set[int]:
    """The category and all in it, at any depth."""
    parents = dict(Category.objects.of(actor).values_list("pk", "parent_id"))
    found: set[int] = set()
    frontier = {category_id}
    while frontier:
        found |= frontier
        frontier = {pk for pk, parent in parents.items() if parent in frontier} - found
    return found
