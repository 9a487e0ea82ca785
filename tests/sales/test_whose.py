"""A document is of its customer's or vendor's class and belongs to the customer's sales rep, by whatever door it comes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sales.trade import D, Trade, trade
from tradepost.accounts.models import Membership, Organisation, User
from tradepost.kit import clock
from tradepost.people.models import Customer, Vendor
from tradepost.people.services import save_customer
from tradepost.sales.converting import convert
from tradepost.sales.history import Past, bring_documents
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES
from tradepost.sales.whose import begin


@pytest.mark.parametrize(
    ("values", "new", "class_name", "owner"),
    [
        ({}, True, "A", 7),
        ({}, False, "A", 1),
        ({"class_name": "B"}, True, "B", 7),
        ({"class_name": ""}, True, "", 7),
        ({"owner_id": 3}, True, "A", 3),
        ({"owner_id": None}, True, "A", None),
    ],
)
def test_what_is_named_goes_before_what_the_customer_says(
    values: dict[str, Any], new: bool, class_name: str, owner: int | None
) -> None:
    row = Document(kind=Kind.ORDER, **{"owner_id": 1, **values})
    begin(row, values, Customer(class_name="A", rep_id=7), {7}, new=new)
    assert (row.class_name, row.owner_id) == (class_name, owner)


def test_a_rep_who_left_and_a_vendor_give_no_owner() -> None:
    for party in (Customer(rep_id=7), Vendor(class_name="")):
        row = Document(kind=Kind.ORDER, owner_id=1)
        begin(row, {}, party, set(), new=True)
        assert row.owner_id == 1


@pytest.fixture
def shop(db: None) -> Trade:
    """The customer is Lee's, of the class Retail; the vendor of the class Cloth."""
    shop = trade()
    lee = User.objects.create_user("lee@example.com", "correct horse battery", name="Lee")
    Membership.objects.create(organisation=Organisation.objects.get(), user=lee, role="sales")
    Customer.objects.update(rep=lee, class_name="Retail")
    Vendor.objects.update(class_name="Cloth")
    return shop


def whose(row: Document) -> tuple[str, str]:
    row = Document.objects.get(pk=row.pk)
    return row.class_name, str(row.owner.name) if row.owner else ""


@pytest.mark.req("C24", "B26")
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (*MONEY, Kind.STATEMENT)])
def test_every_kind_by_every_door(shop: Trade, kind: Kind) -> None:
    expected = ("Cloth", "Dana") if kind in PURCHASES else ("Retail", "Lee")
    made = shop.document(kind, "1")
    assert whose(made) == expected
    party = {"vendor_id": shop.vendor} if kind in PURCHASES else {"customer_id": shop.customer}
    line = (LineDraft(shop.items[0]),)
    [taken] = take_over(shop.actor, kind, [Incoming("X-1", party, line)])
    assert isinstance(taken, Document)
    [brought] = bring_documents(shop.actor, [Past(kind, made.date, party, line, made.status)])
    assert whose(taken) == whose(brought) == expected
    changed = save_document(shop.actor, kind, {"class_name": "Web"}, document_id=made.pk)
    assert whose(changed)[0] == "Web"


@pytest.mark.parametrize("kind", sorted(MONEY))
def test_amounts_too(shop: Trade, kind: Kind) -> None:
    assert whose(shop.document(kind)) == (("Cloth", "Dana") if kind in PURCHASES else ("Retail", "Lee"))


def test_what_is_made_from_a_document_has_its_class(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "2", class_name="Web")
    invoice = convert(shop.actor, order.pk, Kind.INVOICE)
    move(shop.actor, invoice.pk, "issue")
    rest = [
        convert(shop.actor, order.pk, Kind.PURCHASE_ORDER, vendor_id=shop.vendor),
        convert(shop.actor, invoice.pk, Kind.PAYMENT, amount=D(1)),
        convert(shop.actor, invoice.pk, Kind.CREDIT_NOTE),
    ]
    assert {row.class_name for row in [invoice, *rest]} == {"Web"}


def test_another_customer_brings_its_class_and_leaves_the_owner(shop: Trade) -> None:
    order = shop.document(Kind.ORDER, "2")
    other = save_customer(shop.actor, {"name": "Tide", "class_name": "Trade"})
    save_document(shop.actor, Kind.ORDER, {"customer_id": other.pk}, document_id=order.pk)
    assert whose(order) == ("Trade", "Lee")
    save_document(shop.actor, Kind.ORDER, {"customer_id": other.pk, "class_name": ""}, document_id=order.pk)
    assert whose(order) == ("", "Lee")


def test_the_rep_who_left_owns_nothing_new(shop: Trade) -> None:
    Membership.objects.filter(user__name="Lee").update(ended_at=clock.now())
    assert whose(shop.document()) == ("Retail", "Dana")


@pytest.mark.parametrize(("said", "expected"), [("Web", "Web"), ("", "Cloth")])
@pytest.mark.parametrize("target", [Kind.PURCHASE_ORDER, Kind.PURCHASE_QUOTE])
def test_a_purchase_for_an_order_is_of_its_class_or_of_the_vendors(
    shop: Trade, target: Kind, said: str, expected: str
) -> None:
    order = shop.document(Kind.ORDER, "2")
    save_document(shop.actor, Kind.ORDER, {"class_name": said}, document_id=order.pk)
    made = convert(shop.actor, order.pk, target, vendor_id=shop.vendor)
    assert whose(made)[0] == expected
