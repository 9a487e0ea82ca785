"""Verbs on customers, vendors and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.db import IntegrityError, transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people import saving
from tradepost.people.kinds import Shape, shape_of
from tradepost.people.models import Contact, Customer, Kept, Vendor
from tradepost.people.saving import ADDRESS_FIELDS, Email

__all__ = [
    "ADDRESS_FIELDS",
    "Email",
    "archive",
    "save",
    "save_contact",
    "save_customer",
    "save_vendor",
]


def save(
    actor: Actor,
    kind: str,
    values: Mapping[str, Any],
    *,
    pk: int | None = None,
    version: int | None = None,
    emails: Iterable[Email] | None = None,
    phones: Iterable[Mapping[str, Any]] | None = None,
    addresses: Iterable[Mapping[str, Any]] | None = None,
    customer_ids: Iterable[int] | None = None,
    vendor_ids: Iterable[int] | None = None,
) -> Kept:
    """Create a record of a kind, or change the named fields of the one with ``pk``. Lists, where given, replace all.

    Raises ``Refused``, ``Missing``, ``Stale``, and ``Invalid`` with the fields that are wrong.
    """
    shape = shape_of(kind)
    actor.require(shape.edit)
    saving.refer(actor, shape.model, values)
    if shape.prefix and pk is None:
        values = {
            **values,
            "number": values.get("number") or saving.next_number(actor, shape.model, shape.prefix),
        }
    try:
        with transaction.atomic():
            row, before = _opened(actor, shape, pk, version)
            saving.fill(row, values, shape.fields)
            if isinstance(row, Contact) and emails is not None:
                emails = saving.checked(emails)
                row.email_words = " ".join(e.email for e in emails)
            _named(row)
            row.save()
            if emails is not None:
                saving.put_emails(row, emails)
            if phones is not None:
                saving.put_phones(row, phones)
            if addresses is not None:
                saving.put_addresses(row, addresses)
            for model, ids in ((Customer, customer_ids), (Vendor, vendor_ids)):
                if ids is not None:
                    saving.put_companies(actor, cast(Contact, row), model, ids)
            audit.record(actor, f"{kind}.save", row, before)
    except IntegrityError:
        raise Invalid(fields={"number": f"Another {kind} has the number {values.get('number')}."}) from None
    return row


def _opened(actor: Actor, shape: Shape, pk: int | None, version: int | None) -> tuple[Kept, dict[str, Any]]:
    """A new row, or the one with this key, locked, and what it held."""
    if pk is None:
        return shape.model(organisation_id=actor.organisation_id), {}
    row = shape.model.objects.pick_for_change(actor, pk, version)
    before = audit.snapshot(row)
    row.version += 1
    return row, before


def _named(row: Kept) -> None:
    if isinstance(row, Contact):
        if not (row.first_name or row.last_name or row.email_words):
            raise Invalid(fields={"last_name": "Enter a name or an e-mail address."})
    elif not getattr(row, "name", ""):
        raise Invalid(fields={"name": f"Enter the {row._meta.verbose_name}'s name."})


def save_customer(
    actor: Actor, values: Mapping[str, Any], *, customer_id: int | None = None, **beside: Any
) -> Customer:
    """:func:`save` of a customer, with ``emails``, ``phones`` and ``addresses``."""
    return cast(Customer, save(actor, "customer", values, pk=customer_id, **beside))


def save_vendor(
    actor: Actor, values: Mapping[str, Any], *, vendor_id: int | None = None, **beside: Any
) -> Vendor:
    """:func:`save` of a vendor, with ``emails``, ``phones`` and ``addresses``."""
    return cast(Vendor, save(actor, "vendor", values, pk=vendor_id, **beside))


def save_contact(
    actor: Actor, values: Mapping[str, Any], *, contact_id: int | None = None, **beside: Any
) -> Contact:
    """:func:`save` of a contact, with the lists of a customer and ``customer_ids`` and ``vendor_ids``."""
    return cast(Contact, save(actor, "contact", values, pk=contact_id, **beside))


def archive(actor: Actor, row: Kept, *, undo: bool = False) -> None:
    """Put a record away, or take it back: it leaves lists and completions, its history stays."""
    actor.require(shape_of(str(row._meta.model_name)).edit)
    with transaction.atomic():
        locked = type(row).objects.pick_for_change(actor, row.pk)
        if (locked.archived_at is None) == undo:
            raise Conflict(f"{locked} is {'not ' if undo else ''}archived already.", cure="Reload the page.")
        before = audit.snapshot(locked)
        locked.archived_at = None if undo else clock.now()
        locked.version += 1
        locked.save(update_fields=["archived_at", "version", "updated_at"])
        audit.record(actor, f"{locked._meta.model_name}.{'restore' if undo else 'archive'}", locked, before)
