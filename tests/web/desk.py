"""A company with a customer, a contact, items, an order, a quote and a mailbox, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Membership
from tradepost.accounts.services import accept_invitation, actor_of, invite
from tradepost.activities.models import Activity, Message
from tradepost.activities.records import Record
from tradepost.activities.services import File, attach, keep_file, open_activity
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item
from tradepost.kit import clock
from tradepost.mail.accounts import save_account
from tradepost.mail.models import MailAccount
from tradepost.people.models import Contact, Customer, Vendor
from tradepost.people.services import Email, save, save_contact, save_customer, save_vendor
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document

SERVERS = {
    "imap": {"host": "127.0.0.1", "port": 9, "encryption": "tls", "username": "dana"},
    "smtp": {"host": "127.0.0.1", "port": 9, "encryption": "tls", "username": "dana"},
}


@dataclass
class Desk:
    actor: Actor
    customer: Customer
    contact: Contact
    vendor: Vendor
    matters: dict[str, int]  # the key of a lead, an opportunity, a case and a project
    item: Item
    order: Document
    quote: Document

    @property
    def order_url(self) -> str:
        return f"/orders/{self.order.pk}/"


def desk_of(member: Membership) -> Desk:
    actor = actor_of(member)
    customer = save_customer(
        actor,
        {"name": "Granite State Brewing", "terms": "Net 15"},
        addresses=[
            {"kind": "billing", "street": "4 Mill Road", "city": "Concord", "region": "NH", "primary": True}
        ],
    )
    contact = save_contact(
        actor,
        {"first_name": "Renata", "last_name": "Solberg", "job_title": "Buyer"},
        emails=[Email("renata@granite.example")],
        customer_ids=[customer.pk],
    )
    vendor = save_vendor(actor, {"name": "Cascade Canvas Mill"}, emails=[Email("orders@cascade.example")])
    named = {"name": "Spring tents", "customer_id": customer.pk, "contact_id": contact.pk}
    matters = {
        "lead": save(actor, "lead", {"company": "Tide & Timber"}, emails=[Email("noor@tide.example")]).pk,
        "opportunity": save(actor, "opportunity", {**named, "budget": Decimal(900)}).pk,
        "case": save(actor, "case", {"subject": "Torn tent", "customer_id": customer.pk}).pk,
        "project": save(actor, "project", named).pk,
    }
    item = save_item(actor, {"sku": "TNT-4", "name": "Tent for four", "price": Decimal("199.50")})
    save_item(actor, {"sku": "STV-1", "name": "Stove", "price": Decimal("48"), "tax_rate": Decimal("10")})
    head = {"customer_id": customer.pk, "contact_id": contact.pk, "po_number": "PO-38214"}
    order = save_document(actor, Kind.ORDER, head, [LineDraft(item.pk, quantity=Decimal(2))])
    quote = save_document(actor, Kind.QUOTE, {"customer_id": customer.pk}, [LineDraft(item.pk)])
    return Desk(actor, customer, contact, vendor, matters, item, order, quote)


def colleague(desk: Desk, name: str = "Lee", role: Role = Role.SALES) -> Actor:
    """Somebody else of the company."""
    _row, secret = invite(desk.actor, email=f"{name.lower()}@example.com", role=role)
    return accept_invitation(secret, name=name, password="Correct-horse-9")


def work_as(desk: Desk, role: Role) -> None:
    """From now on the person at the desk has this role; what a test sets up is still done by the Master Admin."""
    Membership.objects.filter(user_id=desk.actor.user_id).update(role=role)


def mailbox(actor: Actor, name: str = "Dana", email: str = "dana@example.com") -> MailAccount:
    """A mailbox that is set up; nothing is sent by it unless a worker runs."""
    preferences.put(actor, {"mail.active": True})
    return save_account(
        actor,
        {"name": name, "sender_name": "Dana Whitfield", "sender_email": email},
        config=SERVERS,
        secrets={"imap_password": "secret"},
    )


def mail(desk: Desk, subject: str = "Re: SO-00001", **values: Any) -> Message:
    """An answer of the contact on the order, as the mail bridge stores it."""
    files = values.pop("files", ())
    activity: Activity = open_activity(
        desk.actor, "email", [Record("document", desk.order.pk)], subject=subject, at=values.get("at")
    )
    facts = {
        "outgoing": False,
        "message_id": f"{activity.pk}@granite.example",
        "sender": {"email": "renata@granite.example", "name": "Renata Solberg"},
        "sender_email": "renata@granite.example",
        "to": [{"email": "dana@example.com", "name": "Dana"}],
        "subject": subject,
        "at": clock.now() - timedelta(minutes=1),
        "text": "Splitting is fine.",
        "reason": "It answers a message that was sent from this order.",
        "matched_by": "hop",
    }
    message = Message.objects.create(
        organisation_id=desk.actor.organisation_id, activity=activity, **{**facts, **values}
    )
    attach(activity, [keep_file(desk.actor.organisation_id, File(*f)) for f in files], message)
    return message
