"""``python -m bench.mail._company ADDRESS IMAP-PORT CUSTOMERS``: a company with contacts and a connected mailbox."""

from __future__ import annotations

import json
import sys


def main(address: str, port: str, customers: str) -> None:
    from tradepost.cli import home

    home.load()
    from tradepost.accounts import settings as preferences
    from tradepost.accounts.services import register_company
    from tradepost.mail.accounts import save_account
    from tradepost.people.services import Email, save_contact, save_customer

    actor = register_company(company="Marlow & Finch", name="Dana", email=address, password="Correct-horse-9")
    preferences.put(actor, {"mail.active": True})
    for number in range(int(customers)):
        customer = save_customer(actor, {"name": f"Customer {number}"})
        save_contact(
            actor,
            {"first_name": "Buyer", "last_name": str(number)},
            emails=[Email(f"buyer{number}@customer.test")],
            customer_ids=[customer.pk],
        )
    side = {"host": "127.0.0.1", "username": address, "port": int(port), "encryption": "none"}
    account = save_account(
        actor,
        {"name": "Dana", "sender_email": address},
        config={"imap": side, "smtp": side},
        secrets={"imap_password": "secret"},
    )
    stream = account.connection.streams.get(remote_id="INBOX")
    print(json.dumps({"stream": stream.pk, "organisation": actor.organisation_id}))


main(*sys.argv[1:])
