"""A company with a connected mailbox, for the tests of the mail loop."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from procrastinate.contrib.django import app

from tradepost.accounts import settings as preferences
from tradepost.accounts.access import Actor
from tradepost.accounts.services import register_company
from tradepost.catalog.services import save_item
from tradepost.mail.accounts import save_account
from tradepost.mail.models import MailAccount
from tradepost.people.models import Contact, Customer
from tradepost.people.services import Email, save_contact, save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document


@dataclass
class World:
    actor: Actor
    customer: Customer
    contact: Contact
    order: Document
    account: MailAccount


def servers(dovecot: Any, address: str, pinned: str = "") -> dict[str, Any]:
    """The account's servers on the test's own Dovecot."""
    side = {"host": "localhost", "username": address, "pinned": pinned}
    return {
        "imap": {**side, "port": dovecot.imaps, "encryption": "tls"},
        "smtp": {**side, "port": dovecot.submission, "encryption": "starttls"},
    }


def company(email: str = "dana@shop.test") -> Actor:
    actor = register_company(company="Marlow & Finch", name="Dana", email=email, password="Correct-horse-9")
    preferences.put(actor, {"mail.active": True})
    return actor


def world(dovecot: Any, address: str, customer_email: str) -> World:
    actor = company(address)
    customer = save_customer(actor, {"name": "Harbor & Pine"})
    contact = save_contact(
        actor,
        {"first_name": "Renata", "last_name": "Solberg"},
        emails=[Email(customer_email)],
        customer_ids=[customer.pk],
    )
    item = save_item(actor, {"sku": "TNT-4", "name": "Tent", "price": Decimal("199.50")})
    order = save_document(
        actor, Kind.ORDER, {"customer_id": customer.pk, "contact_id": contact.pk}, [LineDraft(item.pk)]
    )
    account = save_account(
        actor,
        {"name": "Dana", "sender_name": "Dana Whitfield", "sender_email": address},
        config=servers(dovecot, address, dovecot.certificate.fingerprint),
        secrets={"imap_password": "secret"},
    )
    return World(actor, customer, contact, order, account)


def work() -> None:
    """Run every job that waits, here and now, as a worker would."""
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="always")
