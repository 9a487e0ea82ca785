"""Reads of customers and contacts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.people.models import Contact, Customer, EmailAddress
from tradepost.wire.orm import matching


def customers(actor: Actor, *, search: str = "", archived: bool = False) -> ScopedQuerySet[Customer]:
    actor.require(Permission.PEOPLE_VIEW)
    rows = Customer.objects.of(actor).filter(matching(search), archived_at__isnull=not archived)
    return rows.select_related("owner").prefetch_related(
        Prefetch("emails", EmailAddress.objects.order_by("-primary", "id"))
    )


def contacts(actor: Actor, *, search: str = "", archived: bool = False) -> ScopedQuerySet[Contact]:
    actor.require(Permission.PEOPLE_VIEW)
    rows = Contact.objects.of(actor).filter(matching(search), archived_at__isnull=not archived)
    return rows.select_related("owner").prefetch_related(
        Prefetch("emails", EmailAddress.objects.order_by("-primary", "id")), "customers"
    )


@dataclass(frozen=True, slots=True)
class Person:
    """Who an address belongs to: one contact (with the customers it belongs to), or a customer itself."""

    email: str
    name: str
    contact_id: int | None
    customer_ids: tuple[int, ...]


def people_by_email(organisation_id: int, emails: Iterable[str]) -> dict[str, list[Person]]:
    """Everybody known by one of these (folded) addresses, in two queries."""
    rows = (
        EmailAddress.objects.filter(organisation_id=organisation_id, email__in=set(emails))
        .select_related("contact", "customer")
        .prefetch_related("contact__belongings")
    )
    found: dict[str, list[Person]] = {}
    for row in rows:
        holder = row.contact or row.customer
        if holder is None or holder.archived_at is not None:
            continue
        customers = (
            [b.customer_id for b in row.contact.belongings.all()] if row.contact else [row.customer_id]
        )
        found.setdefault(row.email, []).append(
            Person(row.email, str(holder), row.contact_id, tuple(c for c in customers if c is not None))
        )
    return found


def complete(actor: Actor, text: str, *, limit: int = 8) -> list[tuple[str, str]]:
    """Completion of a recipient: ``[(email, name)]``, contacts before customers."""
    actor.require(Permission.PEOPLE_VIEW)
    found: dict[str, str] = {}
    for rows in (contacts(actor, search=text), customers(actor, search=text)):
        for row in rows[:limit]:
            for email in row.emails.all():
                found.setdefault(email.email, str(row))
    return list(found.items())[:limit]
