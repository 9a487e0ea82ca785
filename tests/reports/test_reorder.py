"""What to buy: the rule as a table, the proposal out of documents and stock, and the purchase orders of one click."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.catalog import stock
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.services import save_item, save_location
from tradepost.kit.errors import Invalid, Missing, Refused
from tradepost.people.services import save_vendor
from tradepost.reports.reorder import Need, proposed
from tradepost.reports.reordering import Proposal, Wanted, order, proposal, set_level, take_back
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document

D = Decimal


@pytest.mark.parametrize(
    ("need", "cover", "expected"),
    [
        (Need(D(0)), 30, "0"),  # nothing is sold, nothing is asked for
        (Need(D(5), minimum=D(5), maximum=D(20)), 30, "15"),  # at the minimum one orders
        (Need(D(6), minimum=D(5), maximum=D(20)), 30, "0"),
        (Need(D(2), coming=D(4), minimum=D(5), maximum=D(20)), 30, "0"),  # enough is on its way
        (Need(D(8), waiting=D(4), minimum=D(5), maximum=D(20)), 30, "16"),  # customers wait for four
        (Need(D(2), minimum=D(5), maximum=D(20), multiple=D(12)), 30, "24"),
        (Need(D(2), minimum=D(5)), 30, "3"),  # no maximum, nothing sold: up to the minimum
        (Need(D(0), maximum=D(7)), 30, "7"),
        (Need(D(8), maximum=D(7)), 30, "0"),
        (Need(D(0), sold=D(90), days=90), 30, "30"),  # one a day, for thirty days
        (Need(D(14), sold=D(90), days=90, lead_days=14), 30, "30"),  # as many as are sold until they come
        (Need(D(15), sold=D(90), days=90, lead_days=14), 30, "0"),
        (Need(D(0), sold=D(10), days=90), 30, "4"),  # 3.33 is rounded up
        (Need(D("-4")), 30, "4"),  # promised more than there is
        (Need(D(0), waiting=D(3)), 0, "3"),
        (Need(D(1), sold=D(-5), minimum=D(1), maximum=D(2)), 30, "1"),  # more came back than was sold
    ],
)
def test_the_rule(need: Need, cover: int, expected: str) -> None:
    assert proposed(need, cover) == D(expected)


QUANTITIES = st.decimals(0, 10_000, places=2)


@given(
    st.builds(
        Need, available=QUANTITIES, waiting=QUANTITIES, coming=QUANTITIES, sold=QUANTITIES,
        days=st.integers(1, 365), lead_days=st.integers(0, 90), minimum=st.none() | QUANTITIES,
        maximum=st.none() | QUANTITIES, multiple=st.decimals(0, 100, places=1),
    ),
    st.integers(0, 365),
)  # fmt: skip
def test_after_ordering_there_is_nothing_more_to_order(need: Need, cover: int) -> None:
    quantity = proposed(need, cover)
    assert quantity >= 0
    assert not need.multiple or quantity % need.multiple == 0
    assert proposed(replace(need, coming=need.coming + quantity), cover) == 0


@pytest.fixture
def shop(db: None) -> Trade:
    shop = trade()
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, D(10))])
    for item, lead in zip(shop.items, (14, 7, 0), strict=True):
        offer = Offer("Alder Mills", D("4.5"), lead_days=lead, vendor_id=shop.vendor)
        save_item(shop.actor, {}, item_id=item, details=Details(vendors=[offer]))
    set_level(shop.actor, shop.items[0], place.pk, D(8), D(30), D(12))
    return shop


def shown(rows: list[Proposal]) -> list[tuple[str, Decimal, Any]]:
    return [(p.item.sku, p.quantity, p.vendor.name if p.vendor else None) for p in rows]


def wanted(rows: list[Proposal]) -> list[Wanted]:
    return [Wanted(p.item.pk, p.location.pk, p.vendor.pk, p.quantity) for p in rows if p.vendor]


def test_one_click_buys_what_is_proposed_and_another_takes_it_back(shop: Trade) -> None:
    assert proposal(shop.actor) == []  # ten are more than eight
    shop.document(Kind.ORDER, "3", "5")  # holds three of ten; nobody has five of the other
    found = proposal(shop.actor)
    assert shown(found) == [("STV-1", D(5), "Alder Mills"), ("TNT-4", D(24), "Alder Mills")]
    assert found[1].need.projected == 7
    [made] = order(shop.actor, wanted(found))
    assert (made.kind, made.status, made.vendor_id) == (Kind.PURCHASE_ORDER, "draft", shop.vendor)
    assert sorted(made.lines.values_list("sku", "quantity", "unit_price")) == [
        ("STV-1", D(5), D("4.5")), ("TNT-4", D(24), D("4.5")),
    ]  # fmt: skip
    assert proposal(shop.actor) == []  # what is drafted is not proposed again
    take_back(shop.actor, [made.pk])
    assert shown(proposal(shop.actor)) == shown(found)


def test_what_a_vendor_sends_to_the_customer_is_neither_wanted_nor_coming(shop: Trade) -> None:
    item = shop.items[1]
    shop.document(Kind.ORDER, "3", "5")
    found = shown(proposal(shop.actor))
    dropped = [LineDraft(item, quantity=D(40), drop_ship=True)]
    save_document(shop.actor, Kind.ORDER, {"customer_id": shop.customer}, dropped)
    assert shown(proposal(shop.actor)) == found
    save_document(shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, dropped)
    assert shown(proposal(shop.actor)) == found


def test_an_item_without_a_vendor_and_a_vendor_on_hold_are_shown_and_not_bought(shop: Trade) -> None:
    save_item(shop.actor, {}, item_id=shop.items[1], details=Details(vendors=[]))
    shop.document(Kind.ORDER, "3", "5")
    save_vendor(shop.actor, {"status": "hold"}, vendor_id=shop.vendor)
    held, alone = proposal(shop.actor)
    assert (held.on_hold, alone.vendor) == (True, None)
    with pytest.raises(Invalid, match="on hold"):
        order(shop.actor, wanted([held]))
    assert not Document.objects.filter(kind=Kind.PURCHASE_ORDER).exists()


def test_all_purchase_orders_or_none(shop: Trade) -> None:
    shop.document(Kind.ORDER, "3", "5")
    good = wanted(proposal(shop.actor))
    with pytest.raises(Missing):
        order(shop.actor, [*good, replace(good[0], item_id=0, location_id=good[0].location_id)])
    with pytest.raises(Invalid):
        order(shop.actor, [])
    assert not Document.objects.filter(kind=Kind.PURCHASE_ORDER).exists()


def test_levels_are_checked_and_guarded(shop: Trade) -> None:
    place = proposal(shop.actor, days=30) or save_location(shop.actor, {"name": "Van"}).pk
    with pytest.raises(Invalid, match="below the minimum"):
        set_level(shop.actor, shop.items[0], place, D(9), D(8))
    with pytest.raises(Invalid):
        set_level(shop.actor, shop.items[0], place, D(-1), None)
    with pytest.raises(Refused):
        set_level(replace(shop.actor, role=Role.READ_ONLY), shop.items[0], place, None, None)
    with pytest.raises(Refused):
        order(replace(shop.actor, role=Role.READ_ONLY), [])
