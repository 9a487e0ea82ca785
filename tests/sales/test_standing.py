"""How a customer stands, by itself and with its branches: sums of documents and opportunities in the company's currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.kit.errors import Refused
from tradepost.people.models import Customer
from tradepost.people.services import save, save_customer, trash
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document
from tradepost.sales.standing import Sums, branches, group_of

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    return trade()


def under(shop: Trade, parent: int, name: str) -> int:
    return save_customer(shop.actor, {"name": name, "parent_id": parent}).pk


def sold(shop: Trade, kind: Kind, customer: int, price: str, verb: str = "", **values: object) -> Document:
    line = LineDraft(description="Work", unit_price=D(price), tax_rate=D(0))
    row = save_document(shop.actor, kind, {"customer_id": customer, **values}, [line])
    return move(shop.actor, row.pk, verb) if verb else row


def sums(unpaid: str, overdue: str, balance: str, orders: str, likely: str, unvalued: int = 0) -> Sums:
    return Sums(D(unpaid), D(overdue), D(balance), D(orders), D(likely), unvalued)


@pytest.mark.req("B19")
def test_what_a_company_owes_alone_and_with_its_branches(shop: Trade) -> None:
    head = shop.customer
    branch = under(shop, head, "North")
    leaf = under(shop, branch, "North, the shop")
    gone = under(shop, head, "Given up")
    trash(shop.actor, Customer.objects.get(pk=gone))
    day = today(shop.actor)
    past = {"date": day - timedelta(days=60), "due": day - timedelta(days=30)}
    sold(shop, Kind.INVOICE, head, "100", "issue", **past)
    sold(shop, Kind.INVOICE, head, "11", "issue", due=day)  # due today is not overdue
    sold(shop, Kind.INVOICE, head, "7777")  # a draft is owed by nobody
    sold(shop, Kind.INVOICE, branch, "20", "issue", **past)
    sold(shop, Kind.ORDER, head, "300")
    sold(shop, Kind.ORDER, leaf, "4")
    sold(shop, Kind.ORDER, leaf, "5000", "cancel")
    move(shop.actor, shop.payment("30", head).pk, "receive")  # credit that nothing is paid with yet
    sold(shop, Kind.CREDIT_NOTE, leaf, "1", "issue")
    save(shop.actor, "opportunity", {"name": "A", "customer_id": head, "budget": D(1000), "probability": 25})
    save(shop.actor, "opportunity", {"name": "B", "customer_id": leaf, "budget": D(10), "probability": 50})
    lost = {"name": "C", "customer_id": leaf, "budget": D(10), "stage": "lost", "close_reason": "x"}
    save(shop.actor, "opportunity", lost)
    found = group_of(shop.actor, Customer.objects.get(pk=head))
    assert (found.currency, found.branches) == ("USD", 2)
    assert found.own == sums("111", "100", "81", "300", "250")
    assert found.whole == sums("131", "120", "100", "304", "255")
    of_leaf = group_of(shop.actor, Customer.objects.get(pk=leaf))
    assert (of_leaf.branches, of_leaf.own) == (0, of_leaf.whole)
    with pytest.raises(Refused):
        group_of(replace(shop.actor, scopes=frozenset()), Customer.objects.get(pk=head))


def test_other_currencies_at_their_rates_and_what_has_none_is_counted_apart(shop: Trade) -> None:
    save_rate(shop.actor, "EUR", date(2020, 1, 1), D("1.10"))
    sold(shop, Kind.INVOICE, shop.customer, "100", "issue", currency="EUR")
    sold(shop, Kind.INVOICE, shop.customer, "100", "issue", currency="GBP")
    for currency in ("EUR", "GBP"):
        values = {"name": currency, "customer_id": shop.customer, "currency": currency}
        save(shop.actor, "opportunity", {**values, "budget": D(10), "probability": 50})
    found = group_of(shop.actor, Customer.objects.get(pk=shop.customer))
    assert found.own == sums("110", "0", "110", "0", "5.50", 2)


def test_a_circle_ends(shop: Trade) -> None:
    """No verb makes one; rows that came into the table by another way are counted once all the same."""
    second = under(shop, shop.customer, "B")
    Customer.objects.filter(pk=shop.customer).update(parent_id=second)
    sold(shop, Kind.ORDER, second, "5")
    for pk, other in ((shop.customer, second), (second, shop.customer)):
        assert branches(Customer.objects.get(pk=pk)) == [other]
    assert group_of(shop.actor, Customer.objects.get(pk=shop.customer)).whole.orders == 5


def test_the_page_says_what_counts_and_the_api_the_sums(shop: Trade) -> None:
    under(shop, shop.customer, "North")
    save_customer(shop.actor, {"credit_limit": D(500)}, customer_id=shop.customer)
    sold(shop, Kind.INVOICE, shop.customer, "100", "issue")
    page = client_of(shop).get(f"/customers/{shop.customer}/").content.decode()
    for words in (
        "$100.00 with its branch",
        "of $500.00",
        "counts the unpaid invoices of this company itself",
    ):
        assert words in page
    told = program_of(shop.actor).get(f"customers/{shop.customer}/standing")
    assert (told["branches"], told["own"]["unpaid"], told["whole"]["likely"]) == (1, "100.00", "0.00")


def test_the_queries_do_not_grow_with_branches(shop: Trade) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as log:
            group_of(shop.actor, Customer.objects.get(pk=shop.customer))
        return len(log)

    first = under(shop, shop.customer, "1")
    few = count()
    for n in range(2, 9):
        under(shop, shop.customer, str(n))
    assert count() == few
    under(shop, first, "1.1")
    assert count() == few + 1
