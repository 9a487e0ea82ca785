"""A prospect is a customer who has not bought yet: between a lead, which is only somebody's name, and who orders."""

from __future__ import annotations

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.people.models import Customer, CustomerStatus
from tradepost.people.services import save_customer


def promote(actor: Actor, customer_id: int) -> Customer:
    """A person says that the prospect is a customer. It is a prospect again by its status."""
    return save_customer(actor, {"status": CustomerStatus.ACTIVE}, customer_id=customer_id)


def bought(actor: Actor, customer_id: int | None) -> None:
    """What follows of a first order, whoever confirms it: the prospect is a customer. Called within the order's transaction."""
    prospects = Customer.objects.of(actor).filter(pk=customer_id or 0, status=CustomerStatus.PROSPECT)
    for row in prospects.select_for_update():
        before = audit.snapshot(row)
        row.status, row.version = CustomerStatus.ACTIVE, row.version + 1
        row.save(update_fields=["status", "version", "updated_at"])
        audit.record(actor, "customer.bought", row, before)
