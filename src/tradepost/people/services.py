"""Verbs on customers and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.text import fold_email
from tradepost.people.models import Address, Belonging, Contact, Customer, EmailAddress


@dataclass(frozen=True, slots=True)
class Email:
    """An address as a person typed it; the first of several is the primary one unless one says so."""

    email: str
    label: str = ""
    primary: bool = False


CUSTOMER_FIELDS = ("number", "name", "phone", "website", "terms", "currency", "notes", "owner_id")
CONTACT_FIELDS = ("first_name", "last_name", "job_title", "phone", "notes", "owner_id")
ADDRESS_FIELDS = ("kind", "name", "street", "city", "region", "postcode", "country", "primary")


def _fill(row: Any, values: dict[str, Any], allowed: Sequence[str]) -> None:
    unknown = [k for k in values if k not in allowed]
    if unknown:
        raise Invalid(
            fields={k: f"There is no field “{k}”. Known are: {', '.join(allowed)}." for k in unknown}
        )
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    try:
        row.clean_fields(exclude=["organisation", "search"])
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None


def _emails(emails: Iterable[Email]) -> list[Email]:
    """Folded, checked, without doubles, with exactly one primary."""
    seen: dict[str, Email] = {}
    for one in emails:
        folded = fold_email(one.email)
        if not folded:
            continue
        try:
            validate_email(folded)
        except ValidationError:
            raise Invalid(
                fields={"emails": f"“{one.email}” is not an e-mail address. Write it like name@example.com."}
            ) from None
        seen.setdefault(folded, Email(folded, one.label.strip()[:30], one.primary))
    rows = list(seen.values())
    chosen = next((i for i, r in enumerate(rows) if r.primary), 0)
    return [Email(r.email, r.label, i == chosen) for i, r in enumerate(rows)]


def _put_emails(row: Customer | Contact, emails: Iterable[Email]) -> list[Email]:
    rows = _emails(emails)
    owner = {"contact": row} if isinstance(row, Contact) else {"customer": row}
    EmailAddress.objects.filter(**owner).exclude(email__in=[r.email for r in rows]).delete()
    for one in rows:
        EmailAddress.objects.update_or_create(
            organisation_id=row.organisation_id,
            email=one.email,
            **owner,
            defaults={"label": one.label, "primary": one.primary},
        )
    return rows


def _owner_in(actor: Actor, values: dict[str, Any]) -> None:
    """An owner must be a member of the same company."""
    from tradepost.accounts.models import Membership

    owner = values.get("owner_id")
    if owner is not None and not Membership.objects.of(actor).filter(user_id=owner, ended_at=None).exists():
        raise Invalid(fields={"owner_id": "The owner must be a user of your company."})


# -- customers ---------------------------------------------------------------------------------------------------


def save_customer(
    actor: Actor,
    values: dict[str, Any],
    *,
    customer_id: int | None = None,
    version: int | None = None,
    emails: Iterable[Email] | None = None,
    addresses: Iterable[dict[str, Any]] | None = None,
) -> Customer:
    """Create a customer, or change the named fields of one. ``emails`` and ``addresses``, where given, replace all."""
    actor.require(Permission.PEOPLE_EDIT)
    _owner_in(actor, values)
    try:
        with transaction.atomic():
            if customer_id is None:
                row, before = Customer(organisation_id=actor.organisation_id), {}
                values = {**values, "number": values.get("number") or _next_customer_number(actor)}
            else:
                row = Customer.objects.pick_for_change(actor, customer_id, version)
                before = audit.snapshot(row)
                row.version += 1
            _fill(row, values, CUSTOMER_FIELDS)
            if not row.name:
                raise Invalid(fields={"name": "Enter the customer's name."})
            row.save()
            if emails is not None:
                _put_emails(row, emails)
            if addresses is not None:
                _put_addresses(row, addresses)
            audit.record(actor, "customer.save", row, before)
    except IntegrityError:
        raise Invalid(fields={"number": f"Another customer has the number {values.get('number')}."}) from None
    return row


def _next_customer_number(actor: Actor) -> str:
    count = Customer.objects.of(actor).count() + 1
    while Customer.objects.of(actor).filter(number=f"C-{count:04}").exists():
        count += 1
    return f"C-{count:04}"


def _put_addresses(row: Customer, addresses: Iterable[dict[str, Any]]) -> None:
    row.addresses.all().delete()
    for values in addresses:
        address = Address(organisation_id=row.organisation_id, customer=row)
        _fill(address, values, ADDRESS_FIELDS)
        address.save()


# -- contacts ----------------------------------------------------------------------------------------------------


def save_contact(
    actor: Actor,
    values: dict[str, Any],
    *,
    contact_id: int | None = None,
    version: int | None = None,
    emails: Iterable[Email] | None = None,
    customer_ids: Iterable[int] | None = None,
) -> Contact:
    """Create a contact, or change the named fields of one. ``emails`` and ``customer_ids`` replace all where given."""
    actor.require(Permission.PEOPLE_EDIT)
    _owner_in(actor, values)
    with transaction.atomic():
        if contact_id is None:
            row, before = Contact(organisation_id=actor.organisation_id), {}
        else:
            row = Contact.objects.pick_for_change(actor, contact_id, version)
            before = audit.snapshot(row)
            row.version += 1
        _fill(row, values, CONTACT_FIELDS)
        checked = _emails(emails) if emails is not None else None
        if checked is not None:
            row.email_words = " ".join(e.email for e in checked)
        if not (row.first_name or row.last_name or row.email_words):
            raise Invalid(fields={"last_name": "Enter a name or an e-mail address."})
        row.save()
        if checked is not None:
            _put_emails(row, checked)
        if customer_ids is not None:
            _put_customers(actor, row, list(dict.fromkeys(customer_ids)))
        audit.record(actor, "contact.save", row, before)
    return row


def _put_customers(actor: Actor, row: Contact, ids: list[int]) -> None:
    found = set(Customer.objects.of(actor).filter(pk__in=ids).values_list("pk", flat=True))
    if missing := [i for i in ids if i not in found]:
        raise Missing(f"customer {missing[0]}")
    row.belongings.exclude(customer_id__in=ids).delete()
    for pk in ids:
        Belonging.objects.get_or_create(organisation_id=row.organisation_id, contact=row, customer_id=pk)


# -- both --------------------------------------------------------------------------------------------------------


def archive(actor: Actor, row: Customer | Contact, *, undo: bool = False) -> None:
    """Put a record away, or take it back: it leaves lists and completions, its history stays."""
    actor.require(Permission.PEOPLE_EDIT)
    with transaction.atomic():
        locked = type(row).objects.pick_for_change(actor, row.pk)
        if (locked.archived_at is None) == undo:
            raise Conflict(f"{locked} is {'not ' if undo else ''}archived already.", cure="Reload the page.")
        before = audit.snapshot(locked)
        locked.archived_at = None if undo else clock.now()
        locked.version += 1
        locked.save(update_fields=["archived_at", "version", "updated_at"])
        audit.record(actor, f"{locked._meta.model_name}.{'restore' if undo else 'archive'}", locked, before)
