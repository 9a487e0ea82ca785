"""Reads of customers, vendors and contacts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Case as Choice
from django.db.models import Count, F, Prefetch, Q, Value, When

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.people.kinds import shape_of
from tradepost.people.models import (
    Case,
    CaseStatus,
    Contact,
    Customer,
    EmailAddress,
    Lead,
    LeadStatus,
    Priority,
    Vendor,
)
from tradepost.wire.orm import matching

EMAILS: Prefetch[str] = Prefetch("emails", EmailAddress.objects.order_by("-primary", "id"))


def records(
    actor: Actor, kind: str, *, search: str = "", archived: bool = False, trash: bool = False
) -> ScopedQuerySet[Any]:
    """The records of a kind with their owners: those at hand, those that were put away, or those in the trash."""
    actor.require(Permission.PEOPLE_VIEW)
    rows = shape_of(kind).model.objects.of(actor).filter(matching(search), trashed_at__isnull=not trash)
    rows = rows if trash else rows.filter(archived_at__isnull=not archived)
    return cast(ScopedQuerySet[Any], rows.select_related("owner"))


def customers(actor: Actor, **which: Any) -> ScopedQuerySet[Customer]:
    """:func:`records` of customers; ``which`` is what that takes."""
    rows = records(actor, "customer", **which)
    return rows.select_related("owner", "rep", "parent", "price_level").prefetch_related(EMAILS)


def vendors(actor: Actor, **which: Any) -> ScopedQuerySet[Vendor]:
    return records(actor, "vendor", **which).prefetch_related(EMAILS)


def contacts(actor: Actor, **which: Any) -> ScopedQuerySet[Contact]:
    rows = records(actor, "contact", **which)
    return rows.prefetch_related(EMAILS, "customers", "vendors")


def leads(actor: Actor, **which: Any) -> ScopedQuerySet[Lead]:
    return records(actor, "lead", **which).prefetch_related(EMAILS)


def matters(actor: Actor, kind: str, **which: Any) -> ScopedQuerySet[Any]:
    """Opportunities, cases or jobs, with whom they concern."""
    rows = records(actor, kind, **which).select_related("owner", "customer", "contact")
    return rows.select_related("owner", "customer", "contact", "assignee") if kind == "case" else rows


OPEN_CASES = (CaseStatus.OPEN, CaseStatus.IN_PROGRESS)


def late_cases(day: date) -> Q:
    """What nobody has solved and was due before ``day``."""
    return Q(status__in=OPEN_CASES, due__lt=day)


def is_late(row: Case, day: date) -> bool:
    """Whether a case is among :func:`late_cases`."""
    return row.due is not None and row.due < day and row.status in OPEN_CASES


def open_cases(actor: Actor, day: date) -> ScopedQuerySet[Case]:
    """What nobody has solved yet: the actor's own first, then what is late on ``day``, then the urgent, then what is due first, then
    the oldest."""
    urgency = Choice(
        When(priority=Priority.HIGH, then=0), When(priority=Priority.LOW, then=2), default=Value(1)
    )
    rows = matters(actor, "case").filter(status__in=OPEN_CASES)
    own = Choice(When(_own(actor), then=0), default=Value(1))
    late = Choice(When(late_cases(day), then=0), default=Value(1))
    soon = F("due").asc(nulls_last=True)
    return cast(ScopedQuerySet[Case], rows.order_by(own, late, urgency, soon, "created_at", "pk"))


def count_cases(actor: Actor, day: date) -> tuple[int, int, int]:
    """How many of :func:`open_cases` there are, and how many of these are the actor's own, and late on ``day``."""
    rows = matters(actor, "case").filter(status__in=OPEN_CASES)
    own, late = Count("pk", filter=_own(actor)), Count("pk", filter=late_cases(day))
    found = rows.aggregate(all=Count("pk"), own=own, late=late)
    return found["all"], found["own"], found["late"]


def _own(actor: Actor) -> Q:
    """Assigned to the actor; what is assigned to nobody is its owner's."""
    return Q(assignee=actor.user_id) | Q(assignee=None, owner=actor.user_id)


@dataclass(frozen=True, slots=True)
class Person:
    """Who an address belongs to: one contact (with the companies it belongs to), or a company itself."""

    email: str
    name: str
    contact_id: int | None
    customer_ids: tuple[int, ...] = ()
    vendor_ids: tuple[int, ...] = ()
    lead_ids: tuple[int, ...] = ()


_GONE = ("archived_at", "trashed_at")
_TOLD = {  # what is read of who has an address: each page of mail asks, and whole rows have 120 columns
    "contact": ("first_name", "last_name", "email_words", *_GONE),
    "customer": ("name", *_GONE),
    "vendor": ("name", *_GONE),
    "lead": ("first_name", "last_name", "company", "email_words", "number", "status", *_GONE),
}


def people_by_email(organisation_id: int, emails: Iterable[str]) -> dict[str, list[Person]]:
    """Everybody known by one of these (folded) addresses, in two queries."""
    rows = (
        EmailAddress.objects.filter(organisation_id=organisation_id, email__any=set(emails))
        .select_related("contact", "customer", "vendor", "lead")
        .prefetch_related("contact__belongings")
        .only("email", *(f"{holder}__{name}" for holder, names in _TOLD.items() for name in names))
    )
    found: dict[str, list[Person]] = {}
    for row in rows:
        holder = row.contact or row.customer or row.vendor or row.lead
        if holder is None or holder.archived_at or holder.trashed_at:
            continue
        if row.lead and row.lead.status == LeadStatus.CONVERTED:
            continue  # its contact has the address too
        places = list(row.contact.belongings.all()) if row.contact else [row]
        customers = tuple(p.customer_id for p in places if p.customer_id)
        vendors = tuple(p.vendor_id for p in places if p.vendor_id)
        leads = (row.lead_id,) if row.lead_id else ()
        person = Person(row.email, str(holder), row.contact_id, customers, vendors, leads)
        found.setdefault(row.email, []).append(person)
    return found


def complete(actor: Actor, text: str, *, limit: int = 8) -> list[tuple[str, str]]:
    """Completion of a recipient: ``[(email, name)]``, contacts before companies."""
    actor.require(Permission.PEOPLE_VIEW)
    found: dict[str, str] = {}
    for rows in (contacts(actor, search=text), customers(actor, search=text), vendors(actor, search=text)):
        for row in rows[:limit]:
            for email in row.emails.all():
                found.setdefault(email.email, str(row))
    return list(found.items())[:limit]
