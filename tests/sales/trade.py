"""A company with a customer and three items, for the tests of documents."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import Organisation, User
from tradepost.catalog.details import Details, Vendor
from tradepost.catalog.services import save_item, save_location
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES

D = Decimal


@dataclass
class Trade:
    actor: Actor
    customer: int
    items: list[int]
    vendor: int

    def document(self, kind: Kind = Kind.ORDER, *quantities: str, **values: object) -> Document:
        """A document of the three items: so much of each; a kind that is an amount, of 1."""
        drafts = [
            LineDraft(item, quantity=D(q))
            for item, q in zip(self.items, quantities or ("3", "5"), strict=False)
        ]
        party = {"vendor_id": self.vendor} if kind in PURCHASES else {"customer_id": self.customer}
        if kind in MONEY:
            return save_document(self.actor, kind, {**party, "amount": D(1), **values})
        return save_document(self.actor, kind, {**party, **values}, drafts)

    def payment(self, amount: str, customer: int | None = None) -> Document:
        return save_document(
            self.actor, Kind.PAYMENT, {"customer_id": customer or self.customer, "amount": D(amount)}
        )

    def bill_payment(self, amount: str) -> Document:
        return save_document(self.actor, Kind.BILL_PAYMENT, {"vendor_id": self.vendor, "amount": D(amount)})

    def again(self, document: Document) -> Document:
        return Document.objects.get(pk=document.pk)


def trade(role: Role = Role.ADMIN) -> Trade:
    company = Organisation.objects.create(name="Harbor & Pine", token_key=b"k" * 32)
    user = User.objects.create_user("dana@example.com", "correct horse battery", name="Dana")
    actor = Actor(company.pk, user.pk, role)
    from tradepost.accounts.models import Membership

    Membership.objects.create(organisation=company, user=user, role=role)
    customer = save_customer(actor, {"name": "Granite State Brewing"})
    wares = [("TNT-4", "19.99", "8.25"), ("STV-1", "0.35", "8.25"), ("MAP", "7.77", "0")]
    items = [
        save_item(actor, {"sku": sku, "name": sku, "price": D(price), "tax_rate": D(tax)}).pk
        for sku, price, tax in wares
    ]
    vendor = save_vendor(actor, {"name": "Alder Mills"})
    return Trade(actor, customer.pk, items, vendor.pk)


def stocked() -> Trade:
    """The company with a warehouse, to which Alder Mills offers the first item at 12.50."""
    shop = trade()
    save_location(shop.actor, {"name": "Main"})
    offer = Vendor("Alder Mills", D("12.5"), vendor_id=shop.vendor)
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=[offer]))
    return shop
