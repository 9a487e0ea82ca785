"""What a lead gives to a customer and a contact that are here when it becomes them, and how that is taken back.

What was given is remembered as ``{"emails": keys, "belongings": keys, "phones": keys, "addresses": keys, "filled": {kind:
{column: [was, now]}}}``: the keys of rows that were added, and the columns that were filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.custom.marking import Marker
from tradepost.people import rules
from tradepost.people.models import Address, Belonging, Contact, Customer, EmailAddress, Kept, Lead, Phone
from tradepost.people.saving import ADDRESS_FIELDS, empty_again, fill_up, word_emails

Given = dict[str, Any]
_ADDED: Mapping[str, Any] = {
    "emails": EmailAddress,
    "belongings": Belonging,
    "phones": Phone,
    "addresses": Address,
}
_COLUMNS = {"contact": ("job_title", "phone", "notes"), "customer": ("phone", "website")}


def to_contact(actor: Actor, lead: Lead, contact: Contact, customer: Customer) -> Given:
    """The contact is now of the customer, and has the lead's addresses, numbers and marks too."""
    before = audit.snapshot(contact)
    known: dict[str, Any] = {"organisation_id": actor.organisation_id, "contact": contact}
    place, fresh = Belonging.objects.get_or_create(**known, customer=customer)
    emails = []
    for one in lead.emails.order_by("id"):
        row, new = EmailAddress.objects.get_or_create(**known, email=one.email, defaults={"label": one.label})
        emails += [row.pk] if new else []
    filled = fill_up(contact, _fills(actor, lead, contact))
    held = {contact.phone, *contact.phones.values_list("number", flat=True)}
    numbers = {lead.phone: "", **dict(lead.phones.order_by("id").values_list("number", "label"))}
    phones = [
        Phone.objects.create(**known, number=number, label=label).pk
        for number, label in numbers.items()
        if number and number not in held
    ]
    Marker(actor, "contact").refresh(contact)
    contact.save()
    word_emails(contact)
    audit.record(actor, "contact.save", contact, before)
    added = {"emails": emails, "belongings": [place.pk] if fresh else [], "phones": phones}
    return {**added, "filled": {"contact": filled}}


def to_customer(actor: Actor, lead: Lead, customer: Customer) -> Given:
    """The customer has the lead's postal addresses and marks too, and what it left empty itself."""
    before = audit.snapshot(customer)
    filled = fill_up(customer, _fills(actor, lead, customer))
    held = {_place(one).identity for one in customer.addresses.all()}
    kinds = {identity[0] for identity in held}
    places = rules.places(_place(one) for one in lead.addresses.order_by("id"))
    addresses = [
        Address.objects.create(
            organisation_id=actor.organisation_id,
            customer=customer,
            **{name: getattr(place, name) for name in ADDRESS_FIELDS if name != "primary"},
            primary=place.primary and place.kind not in kinds,
        ).pk
        for place in places
        if place.identity not in held
    ]
    if filled or addresses:
        Marker(actor, "customer").refresh(customer)
        customer.version += 1
        customer.save()
        audit.record(actor, "customer.save", customer, before)
    return {"addresses": addresses, "filled": {"customer": filled}}


def both(one: Given, other: Given) -> Given:
    """What two were given, as one."""
    return {**one, **other, "filled": {**one.get("filled", {}), **other.get("filled", {})}}


def take_back(actor: Actor, lead: Lead, parties: Iterable[Kept | None]) -> None:
    """Those that were here have again what they had, but for what was changed since."""
    given = lead.conversion.get("given", {})
    for name, model in _ADDED.items():
        model.objects.of(actor).filter(pk__in=given.get(name, ())).delete()
    for row in parties:
        kind = row._meta.model_name if row else ""
        filled = given.get("filled", {}).get(kind, {})
        if row is not None and filled:
            empty_again(row, filled)
            Marker(actor, str(kind)).refresh(row)
            row.version += 1
            row.save()
        if isinstance(row, Contact) and given:
            word_emails(row)


def _fills(actor: Actor, lead: Lead, row: Contact | Customer) -> dict[str, Any]:
    """The columns that ``row`` leaves empty and the lead knows; a name only for who has none. Notes are joined."""
    names = _COLUMNS[row.custom_kind]
    if isinstance(row, Contact) and not (row.first_name or row.last_name):
        names = ("first_name", "last_name", *names)
    found = {n: getattr(lead, n) for n in names if getattr(lead, n) and not getattr(row, n)}
    if "notes" in names and lead.notes and row.notes and lead.notes not in row.notes:
        found["notes"] = f"{row.notes}\n\n{lead.notes}"
    keys = {spec.key for spec in Marker(actor, row.custom_kind).specs} if lead.custom else set()
    if custom := {k: v for k, v in lead.custom.items() if k in keys and k not in row.custom}:
        found["custom"] = {**row.custom, **custom}
    if tags := [tag for tag in lead.tags if tag not in row.tags]:
        found["tags"] = [*row.tags, *tags]
    return found


def _place(row: Address) -> rules.Place:
    return rules.Place(**{name: getattr(row, name) for name in ADDRESS_FIELDS})
