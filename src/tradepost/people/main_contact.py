"""Whom one turns to at a company: one of its contacts is the main one."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.kit.errors import Missing
from tradepost.people.kinds import shape_of
from tradepost.people.models import Contact, Customer, Vendor


def choose(actor: Actor, kind: str, company_id: int, contact_id: int | None) -> Customer | Vendor:
    """Make a contact of a customer or vendor its main one, instead of the one before; None: nobody is.

    Raises ``Missing`` for somebody who does not belong to it.
    """
    shape = shape_of(kind)
    actor.require(shape.edit)
    with transaction.atomic():
        company: Customer | Vendor = shape.model.objects.pick_for_change(actor, company_id)
        before = {"main_contact": main(company) and str(main(company))}
        rows = company.belongings.all()
        if contact_id is not None and not rows.filter(contact_id=contact_id).exists():
            raise Missing(
                _("contact {contact_id} of {company}").format(contact_id=contact_id, company=company)
            )
        rows.filter(main=True).exclude(contact_id=contact_id or 0).update(main=False)
        chosen = rows.filter(contact_id=contact_id or 0)
        chosen.update(main=True)
        after = {"main_contact": main(company) and str(main(company))}
        audit.record(actor, f"{kind}.main_contact", company, before, after)
    return company


def main(company: Customer | Vendor) -> Contact | None:
    """The main contact of a company, if one was chosen and is at hand."""
    return company.contacts.filter(
        archived_at=None, trashed_at=None, belongings__in=company.belongings.filter(main=True)
    ).first()


def first(company: Customer | Vendor) -> Contact | None:
    """The main contact, else the one that came first."""
    rows = company.belongings.filter(contact__archived_at=None, contact__trashed_at=None)
    found = rows.select_related("contact").order_by("-main", "pk").first()
    return found.contact if found else None
