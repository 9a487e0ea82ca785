"""A lead becomes a customer or prospect, a contact and an opportunity; and is a lead again.

``Lead.conversion`` remembers what it was: ``{"was": status, "made": {kind: id}, "followed": {follower: keys}, "given": …}``,
the last of them as ``giving`` has it, for those that were here before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.words import counted, gettext, gettext_noop
from tradepost.people import giving
from tradepost.people.entering import refuse_doubles
from tradepost.people.following import Named, followers
from tradepost.people.models import (
    Contact,
    Customer,
    CustomerStatus,
    Lead,
    LeadStatus,
    Opportunity,
)
from tradepost.people.saving import ADDRESS_FIELDS, PHONE_FIELDS, Email
from tradepost.people.services import save_contact, save_customer, save_opportunity, trash


@dataclass(frozen=True, slots=True)
class Converted:
    customer: Customer
    contact: Contact
    opportunity: Opportunity | None


def convert(
    actor: Actor,
    lead_id: int,
    *,
    customer_id: int | None = None,
    contact_id: int | None = None,
    status: str = CustomerStatus.PROSPECT,
    opportunity: Mapping[str, Any] | None = None,
    version: int | None = None,
    force: bool = False,
    seen: Collection[Named] = (),
) -> Converted:
    """Make a customer of ``status`` and a contact there (or take those named), and an opportunity where ``opportunity`` has its
    values. All that stands on the lead stands on them too, and those that were here get what they lack of what it knows. Raises ``Conflict`` the second time, and ``Doubled`` where what
    would be made may be here already, but for those that were ``seen``, unless by ``force``.
    """
    actor.require(Permission.PEOPLE_EDIT)
    with transaction.atomic():
        lead = Lead.objects.pick_for_change(actor, lead_id, version)
        if lead.status == LeadStatus.CONVERTED:
            raise Conflict(
                _("{lead} is converted already.").format(lead=lead),
                cure=_("Work on with the customer that it became."),
            )
        if not force:
            _refuse_doubles(actor, lead, customer_id, contact_id, [("lead", lead.pk), *seen])
        before, was = audit.snapshot(lead), lead.status
        customer, contact, given = _parties(actor, lead, customer_id, contact_id, status)
        made = _opportunity(actor, lead, customer, contact, opportunity) if opportunity is not None else None
        lead.customer, lead.contact, lead.opportunity = customer, contact, made
        lead.status, lead.version = LeadStatus.CONVERTED, lead.version + 1
        targets = [("customer", customer.pk), ("contact", contact.pk)]
        targets += [("opportunity", made.pk)] if made else []
        here = (("customer", customer_id), ("contact", contact_id))
        lead.conversion = {
            "was": was,
            "made": {kind: pk for kind, pk in targets if (kind, pk) not in here},
            "given": given,
            "followed": {
                one.label: one.add(actor.organisation_id, ("lead", lead.pk), targets) for one in followers()
            },
        }
        lead.save()
        audit.record(actor, "lead.convert", lead, before)
    return Converted(customer, contact, made)


def revert(actor: Actor, lead_id: int, *, version: int | None = None) -> Lead:
    """Take a conversion back: what it made goes to the trash, what stood on the lead stands on nothing else, and it is as
    open as it was. A customer that was here before stays.

    Raises ``Conflict`` where others have begun to work with what was made: documents, further people, a merge.
    """
    actor.require(Permission.PEOPLE_EDIT)
    with transaction.atomic():
        lead = Lead.objects.pick_for_change(actor, lead_id, version)
        if not lead.conversion:
            raise Conflict(
                _("{lead} is not converted, or was before this could be taken back.").format(lead=lead),
                cure=_("Reload the page."),
            )
        before, made = audit.snapshot(lead), lead.conversion["made"]
        for kind in ("opportunity", "contact", "customer"):
            if kind in made:
                _throw_away(actor, lead, kind, made)
        giving.take_back(actor, lead, (lead.contact, lead.customer))
        for follower in followers():
            follower.drop(actor.organisation_id, lead.conversion["followed"].get(follower.label, []))
        lead.customer = lead.contact = lead.opportunity = None
        lead.status, lead.conversion, lead.version = lead.conversion["was"], {}, lead.version + 1
        lead.save()
        audit.record(actor, "lead.revert", lead, before)
    return lead


def _throw_away(actor: Actor, lead: Lead, kind: str, made: Mapping[str, int]) -> None:
    row = getattr(lead, kind)
    if row is None or row.pk != made[kind]:
        raise Conflict(
            _("The {kind} that {lead} became was merged since.").format(kind=gettext(kind), lead=lead),
            cure=_("Take the merge back first."),
        )
    if row.trashed_at is None:
        if isinstance(row, Customer) and (names := _came_since(row, made)):
            raise Conflict(
                _("{row} has {names} by now.").format(row=row, names=", ".join(names)),
                cure=_("Work on with the customer."),
            )
        trash(actor, row)


def _came_since(customer: Customer, made: Mapping[str, int]) -> list[str]:
    """What else stands under a customer, as ``"2 cases"``."""
    contacts, deals = customer.contacts.all(), customer.opportunities.all()
    rows = (
        (contacts.exclude(pk=made.get("contact", 0)), "contact", "contacts"),
        (deals.exclude(pk=made.get("opportunity", 0)), "opportunity", "opportunities"),
        (customer.cases.all(), "case", "cases"),
        (customer.projects.all(), "job", "jobs"),
        (customer.children.all(), gettext_noop("branch"), gettext_noop("branches")),
    )
    counts = [(found.filter(trashed_at=None).count(), one, many) for found, one, many in rows]
    return [counted(*each) for each in counts if each[0]]


def _refuse_doubles(
    actor: Actor, lead: Lead, customer_id: int | None, contact_id: int | None, seen: Collection[Named]
) -> None:
    emails = list(lead.emails.values_list("email", flat=True))
    if not customer_id:
        refuse_doubles(actor, "customer", lead.company or lead.person, emails, seen)
    if not contact_id:
        refuse_doubles(actor, "contact", lead.person, emails, seen)


def _parties(
    actor: Actor, lead: Lead, customer_id: int | None, contact_id: int | None, status: str
) -> tuple[Customer, Contact, giving.Given]:
    """Those that are here already, and what the lead gave them; else those that are made of it."""
    given: giving.Given = {}
    if customer_id:
        customer = Customer.objects.pick_for_change(actor, customer_id)
        given = giving.to_customer(actor, lead, customer)
    else:
        customer = _customer(actor, lead, status)
    if contact_id:
        contact = Contact.objects.pick_for_change(actor, contact_id)
        given = giving.both(given, giving.to_contact(actor, lead, contact, customer))
    else:
        contact = _contact(actor, lead, customer)
    return customer, contact, given


def _customer(actor: Actor, lead: Lead, status: str) -> Customer:
    name = lead.company or lead.person or lead.email_words.partition(" ")[0]
    if not name:
        raise Invalid(fields={"company": _("Enter the company or the name first.")})
    return save_customer(
        actor,
        {
            "name": name,
            "status": status,
            "phone": lead.phone,
            "website": lead.website,
            "owner_id": lead.owner_id,
            "like": lead,
        },
        addresses=lead.addresses.order_by("id").values(*ADDRESS_FIELDS),
    )


def _contact(actor: Actor, lead: Lead, customer: Customer) -> Contact:
    values = {name: getattr(lead, name) for name in ("first_name", "last_name", "job_title", "phone")}
    if not (lead.first_name or lead.last_name or lead.email_words):
        values["last_name"] = lead.company
    emails = [Email(e.email, e.label, e.primary) for e in lead.emails.order_by("id")]
    return save_contact(
        actor,
        {**values, "notes": lead.notes, "owner_id": lead.owner_id, "like": lead},
        emails=emails,
        phones=lead.phones.order_by("id").values(*PHONE_FIELDS),
        customer_ids=[customer.pk],
    )


def _opportunity(
    actor: Actor, lead: Lead, customer: Customer, contact: Contact, values: Mapping[str, Any]
) -> Opportunity:
    start = {"name": str(lead), "source": lead.source, "owner_id": lead.owner_id, "like": lead}
    known = {"customer_id": customer.pk, "contact_id": contact.pk}
    return save_opportunity(actor, {**start, **values, **known})
