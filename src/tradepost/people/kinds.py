"""The kinds of records of this room: what their verbs may set, what is saved beside them, and who may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Missing
from tradepost.people import changes
from tradepost.people.changes import Change
from tradepost.people.models import Case, Contact, Customer, Lead, Opportunity, Project, Vendor

_KEPT = ("notes", "owner_id")
_CREDIT = ("credit_limit", "credit_hold", "credit_reason")
_COMPANY = ("number", "name", "phone", "website", "terms", "currency", *_KEPT)
_PERSON = ("first_name", "last_name", "job_title", "phone", *_KEPT)
_PLACE = ("number", "customer_id", "contact_id", *_KEPT)


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of record. ``fields`` may be set by its verb; ``prefix`` begins the numbers that it gives out."""

    key: str
    model: Any
    fields: tuple[str, ...]
    edit: Permission = Permission.PEOPLE_EDIT
    prefix: str = ""
    derive: Callable[[Change], Mapping[str, Any]] = lambda change: {}
    guarded: Mapping[str, Permission] = field(
        default_factory=dict
    )  # what only some of the editors may change


_CUSTOMER = (
    *("status", "parent_id", "type", "class_name", "rep_id", "price_level_id", "tax_status", "tax_number"),
    "language",
    *_CREDIT,
)
_OPPORTUNITY = (
    *("name", "stage", "probability", "expected", "budget", "revenue", "currency", "source"),
    *("need", "solution", "close_reason"),
)
_SHAPES = (
    Shape(
        "customer",
        Customer,
        (*_COMPANY, *_CUSTOMER),
        prefix="C",
        derive=changes.customer,
        guarded=dict.fromkeys(_CREDIT, Permission.INVOICING),
    ),
    Shape(
        "vendor",
        Vendor,
        (*_COMPANY, "status", "class_name", "account_number", "tax_number", "language"),
        edit=Permission.PURCHASING,
        prefix="V",
        derive=changes.vendor,
    ),
    Shape(
        "contact",
        Contact,
        (*_PERSON, "middle_name", "suffix", "fax", "birthday", "gender"),
        derive=changes.contact,
    ),
    Shape(
        "lead",
        Lead,
        (*_PERSON, "number", "company", "website", "source", "status", "status_reason"),
        prefix="L",
        derive=changes.lead,
    ),
    Shape(
        "opportunity",
        Opportunity,
        (*_PLACE, *_OPPORTUNITY),
        edit=Permission.SALES_EDIT,
        prefix="OP",
        derive=changes.opportunity,
    ),
    Shape(
        "case",
        Case,
        (
            *_PLACE,
            "subject",
            "description",
            "priority",
            "status",
            "source",
            "assignee_id",
            "due",
            "resolution",
        ),
        edit=Permission.ACTIVITIES_EDIT,
        prefix="CS",
        derive=changes.case,
    ),
    Shape(
        "project",
        Project,
        (*_PLACE, "name", "status", "starts", "ends", "budget"),
        edit=Permission.SALES_EDIT,
        prefix="J",
        derive=changes.project,
    ),
)
SHAPES: Mapping[str, Shape] = {shape.key: shape for shape in _SHAPES}


def shape_of(kind: str) -> Shape:
    """Raises ``Missing`` for a kind that there is not."""
    if kind not in SHAPES:
        raise Missing(_("kind of record “{kind}”").format(kind=kind))
    return SHAPES[kind]
