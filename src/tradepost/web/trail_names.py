"""What the records are called that the audit trail and sync runs know by their keys alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from tradepost.accounts.access import Actor
from tradepost.accounts.models import User
from tradepost.web.trail_values import Names, leads_to, sides

Told = tuple[str, Mapping[str, Any], Mapping[str, Any]]  # a kind, and what its record was before and after


def names_of(actor: Actor, entries: Iterable[Told]) -> Names:
    """The names of all records that these entries name by their keys, in a query for each table."""
    keys: dict[type[Model], set[str]] = {}
    for kind, before, after in entries:
        for fields in sides(before, after):
            for name, value in fields.items():
                for model, key in leads_to(kind, name, value):
                    keys.setdefault(model, set()).add(key)
    return {
        (model, str(row.pk)): str(row)
        for model, wanted in keys.items()
        for row in _of(actor, model).filter(pk__in=wanted)
    }


def _of(actor: Actor, model: type[Model]) -> QuerySet[Any]:
    """The rows of a table that an entry may name: those of the company."""
    rows = model._base_manager.all()
    if model is User:
        return rows.filter(memberships__organisation_id=actor.organisation_id).distinct()
    if hasattr(model, "organisation_id"):
        return rows.filter(organisation_id=actor.organisation_id)
    return rows.none()
