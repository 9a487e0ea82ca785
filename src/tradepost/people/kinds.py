"""The kinds of records of this room: what their verbs may set, what is saved beside them, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Missing
from tradepost.people.models import Contact, Customer, Vendor

_COMPANY = ("number", "name", "phone", "website", "terms", "currency", "notes", "owner_id")


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of record. ``fields`` may be set by its verb; ``prefix`` begins the numbers that it gives out."""

    key: str
    model: Any
    fields: tuple[str, ...]
    edit: Permission = Permission.PEOPLE_EDIT
    prefix: str = ""


SHAPES: Mapping[str, Shape] = {
    shape.key: shape
    for shape in (
        Shape("customer", Customer, _COMPANY, prefix="C"),
        Shape(
            "vendor",
            Vendor,
            (*_COMPANY, "status", "account_number", "tax_number"),
            edit=Permission.PURCHASING,
            prefix="V",
        ),
        Shape("contact", Contact, ("first_name", "last_name", "job_title", "phone", "notes", "owner_id")),
    )
}


def shape_of(kind: str) -> Shape:
    """Raises ``Missing`` for a kind that there is not."""
    if kind not in SHAPES:
        raise Missing(f"kind of record “{kind}”")
    return SHAPES[kind]
