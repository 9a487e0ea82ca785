"""A new document begins with its party's primary addresses, by whichever door it comes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.sales.trade import Trade, trade
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.intake import Incoming, take_over
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db
QUAY: dict[str, Any] = {
    "kind": "billing",
    "street": "9 Quay Rd",
    "city": "Astoria",
    "region": "OR",
    "country": "US",
}
DOCK = {**QUAY, "kind": "shipping", "street": "Dock 4"}
BARN = {**DOCK, "street": "Old barn"}
TYPED = {
    "name": "",
    "street": "Fair stand 12",
    "city": "Salem",
    "region": "OR",
    "postcode": "",
    "country": "US",
}


def street(row: Document) -> tuple[Any, Any]:
    return row.billing.get("street"), row.shipping.get("street")


@pytest.fixture
def desk() -> Trade:
    made = trade()
    save_customer(
        made.actor,
        {},
        customer_id=made.customer,
        addresses=[BARN, QUAY, {**DOCK, "primary": True}, {**BARN, "kind": "other"}],
    )
    save_vendor(made.actor, {}, vendor_id=made.vendor, addresses=[{**QUAY, "street": "Mill Ln"}, DOCK])
    return made


def test_it_takes_them_where_its_values_name_none(desk: Trade) -> None:
    assert street(desk.document(Kind.QUOTE)) == ("9 Quay Rd", "Dock 4")
    typed = desk.document(shipping=TYPED)
    assert (typed.shipping, typed.billing["street"]) == (TYPED, "9 Quay Rd")
    assert street(desk.document(shipping={}, billing={})) == (None, None)


def test_what_we_buy_is_not_sent_to_its_vendor(desk: Trade) -> None:
    assert street(desk.document(Kind.PURCHASE_ORDER)) == ("Mill Ln", None)


def test_they_stay_when_the_customer_moves_and_change_with_the_customer(desk: Trade) -> None:
    order = desk.document()
    save_customer(desk.actor, {}, customer_id=desk.customer, addresses=[{**DOCK, "street": "Elsewhere"}])
    saved = save_document(desk.actor, Kind.ORDER, {"customer_id": desk.customer}, document_id=order.pk)
    assert street(saved) == ("9 Quay Rd", "Dock 4")
    other = save_customer(desk.actor, {"name": "No address yet"})
    saved = save_document(desk.actor, Kind.ORDER, {"customer_id": other.pk}, document_id=order.pk)
    assert (saved.billing, saved.shipping) == ({}, {})  # not those of the one before


def test_many_at_a_time_take_theirs_in_one_query(
    desk: Trade, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    others = [
        save_customer(desk.actor, {"name": f"Shop {n}"}, addresses=[{**QUAY, "street": f"{n} Elm St"}])
        for n in range(20)
    ]
    lines = (LineDraft(desk.items[0], quantity=Decimal(1)),)
    several = [Incoming(f"OLD-{row.pk}", {"customer_id": row.pk}, lines) for row in others]
    with django_assert_max_num_queries(30):
        made = take_over(desk.actor, Kind.ORDER, several)
    assert [street(row) for row in made if isinstance(row, Document)] == [
        (f"{n} Elm St", None) for n in range(20)
    ]
