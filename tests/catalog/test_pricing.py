"""What one piece costs whom: the rule as a table, then lists on the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalog.shop import company, thing
from tradepost.catalog.prices import Break, prices, save_price_level, save_price_list
from tradepost.catalog.pricing import Level, Offer, Priced, price_for
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Invalid

TODAY = date(2026, 6, 15)
TRADE = Level(1, D(20))
ALL = Offer("All", D(9))
OFFERS = {
    "all": ALL,
    "trade": Offer("Trade", D("9.50"), level=1),
    "ten": Offer("Trade", D(7), quantity=D(10), level=1),
    "past": Offer("Spring", D(1), ends=date(2026, 6, 14)),
    "last day": Offer("June", D(3), starts=date(2026, 6, 1), ends=TODAY),
    "later": Offer("Mid June", D(4), starts=date(2026, 6, 10)),
}
RULE = [
    ("", None, 1, "10.0000", ""),
    ("", TRADE, 1, "8.0000", ""),
    ("", Level(2, D("-5")), 1, "10.5000", ""),
    ("all", None, 1, "9", "All"),
    ("all", TRADE, 1, "9", "All"),
    ("all trade", TRADE, 1, "9.50", "Trade"),
    ("all trade", None, 1, "9", "All"),
    ("trade ten", TRADE, 9, "9.50", "Trade"),
    ("trade ten", TRADE, 10, "7", "Trade"),
    ("past", None, 1, "10.0000", ""),
    ("all last_day", None, 1, "3", "June"),
    ("last_day later", None, 1, "4", "Mid June"),
]


@pytest.mark.parametrize(("offers", "level", "quantity", "price", "source"), RULE)
def test_price_for(offers: str, level: Level | None, quantity: int, price: str, source: str) -> None:
    given = [OFFERS[name.replace("_", " ")] for name in offers.split()]
    for order in (given, given[::-1]):
        found = price_for(D(10), order, level, D(quantity), TODAY)
        assert found
        assert (found.price, found.list) == (D(price), source)


@given(st.decimals(0, 10**9, places=4), st.decimals(-100, 100, places=4))
def test_a_percent_off_is_exact_to_the_fourth_decimal(own: D, percent: D) -> None:
    priced = price_for(own, [], Level(1, percent), D(1), TODAY)
    assert priced is not None
    assert abs(priced.price - own * (100 - percent) / 100) <= D("0.00005")


@pytest.mark.django_db
def test_the_prices_of_a_document() -> None:
    actor = company()
    tent, rope = thing(actor, "TENT"), thing(actor, "ROPE")
    for item, price in ((tent, 200), (rope, 10)):
        save_item(actor, {"price": D(price)}, item_id=item.pk)
    trade = save_price_level(actor, {"name": "Trade", "percent": D(10)})
    breaks = [Break(rope.pk, D(8)), Break(rope.pk, D(6), D(50))]
    kept = save_price_list(actor, {"name": "Trade 2026", "level_id": trade.pk}, breaks=breaks)
    save_price_list(actor, {"name": "Export", "currency": "EUR"}, breaks=[Break(tent.pk, D(150))])
    wanted = {tent.pk: D(1), rope.pk: D(60)}
    assert prices(actor, wanted, on=TODAY) == {tent.pk: Priced(D(200)), rope.pk: Priced(D(10))}
    assert prices(actor, wanted, on=TODAY, level_id=trade.pk) == {
        tent.pk: Priced(D(180), "Trade"),
        rope.pk: Priced(D(6), "Trade 2026", D(50)),
    }
    assert prices(actor, wanted, on=TODAY, currency="EUR") == {tent.pk: Priced(D(150), "Export", D(1))}
    assert prices(company("Other"), wanted, on=TODAY) == {}
    for breaks, sentence in (
        ([Break(tent.pk, D(-1))], "Line 1: neither"),
        ([Break(tent.pk, D(1)), Break(tent.pk, D(2))], "Line 2: .*already"),
        ([Break(0, D(1))], "Line 1: there is no such item"),
    ):
        with pytest.raises(Invalid, match=sentence):
            save_price_list(actor, {}, list_id=kept.pk, breaks=breaks)
    with pytest.raises(Invalid, match="ends before it starts"):
        save_price_list(actor, {"name": "Late", "starts": TODAY, "ends": date(2026, 6, 1)})
    with pytest.raises(Invalid, match="not a currency"):
        save_price_list(actor, {"name": "Odd", "currency": "eur"})
    assert kept.breaks.count() == 2
