"""On hand, allocated, on order, available and buildable, at the end of a day, over a set of locations and at each of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.sales.trade import Trade, trade
from tradepost.accounts.models import Organisation
from tradepost.catalog import stock
from tradepost.catalog.details import Component, Details
from tradepost.catalog.ledger import Ref, StockLine
from tradepost.catalog.models import Location
from tradepost.catalog.moments import counted, end_of, items_counted, places_of
from tradepost.catalog.services import save_item, save_location
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Missing

pytestmark = [pytest.mark.django_db, pytest.mark.req("C7")]
THEN = datetime.combine(clock.now().date() - timedelta(days=20), time(12), UTC)


@pytest.fixture
def shop() -> Trade:
    """Portland has had ten poles since that day, of which four came to Salem later; a tent takes two poles and a sheet."""
    shop = trade()
    pole, sheet, _map = shop.items
    here, there = (save_location(shop.actor, {"name": name}).pk for name in ("Portland", "Salem"))
    stock.receive(shop.actor, [StockLine(pole, here, D(10)), StockLine(sheet, here, D(3))], at=THEN)
    stock.transfer(shop.actor, [StockLine(pole, here, D(4))], there)
    stock.allocate(shop.actor, [StockLine(pole, here, D(1), ref=Ref("line", 1))])
    stock.expect(shop.actor, [StockLine(sheet, there, D(7), ref=Ref("line", 2))])
    parts = [Component(pole, D(2)), Component(sheet, D(1))]
    for sku, kind in (("TENT", "assembly"), ("SET", "kit")):
        save_item(shop.actor, {"sku": sku, "name": sku, "type": kind}, details=Details(parts=parts))
    return shop


def told(shop: Trade, *names: str, day: date | None = None, each: bool = False) -> dict[str, tuple[Any, ...]]:
    """By SKU: on hand, allocated, on order, available, buildable; and with ``each`` the same by location."""
    known = {row.name: row.pk for row in Location.objects.of(shop.actor)}
    places = places_of(shop.actor, [known[name] for name in names])
    items = list(items_counted(shop.actor))
    found = counted(shop.actor, items, places, end_of(shop.actor, day), each=each)

    def figures(one: Any) -> tuple[Any, ...]:
        s = one.stock
        return (s.on_hand, s.allocated, s.on_order, s.available, one.buildable)

    named = {pk: name for name, pk in known.items()}
    return {
        item.sku: (
            *figures(found[item.pk]),
            *([{named[pk]: figures(p) for pk, p in found[item.pk].places.items()}] if each else []),
        )
        for item in items
    }


@pytest.mark.parametrize(
    ("places", "day", "pole", "tents"),
    [
        ((), None, (10, 1, 0, 9, None), 3),
        (("Portland",), None, (6, 1, 0, 5, None), 2),
        (("Salem",), None, (4, 0, 0, 4, None), 0),  # no sheet lies there yet
        (("Portland", "Salem"), None, (10, 1, 0, 9, None), 3),
        ((), THEN.date(), (10, 0, 0, 10, None), 3),
        (("Salem",), THEN.date(), (0, 0, 0, 0, None), 0),
        ((), THEN.date() - timedelta(days=1), (0, 0, 0, 0, None), 0),
    ],
)
def test_what_there_is_over_a_set_of_locations_on_a_day(
    shop: Trade, places: tuple[str, ...], day: date | None, pole: tuple[Any, ...], tents: int
) -> None:
    found = told(shop, *places, day=day)
    assert found["TNT-4"] == pole
    assert found["TENT"][-1] == found["SET"][-1] == tents
    assert found["MAP"] == (0, 0, 0, 0, None)


def test_what_there_is_at_each_location(shop: Trade) -> None:
    found = told(shop, each=True)
    assert found["TNT-4"][-1] == {"Portland": (6, 1, 0, 5, None), "Salem": (4, 0, 0, 4, None)}
    assert found["STV-1"][-1] == {"Portland": (3, 0, 0, 3, None), "Salem": (0, 0, 7, 0, None)}
    assert found["TENT"][-1] == found["SET"][-1] == {"Portland": (0, 0, 0, 0, 2)}
    assert (
        found["TENT"][4] == 3
    )  # together more than each by itself: the poles of Salem with the sheets of Portland


def test_a_day_ends_at_the_company_and_today_is_now(shop: Trade) -> None:
    Organisation.objects.update(time_zone="America/New_York")
    assert end_of(shop.actor, date(2025, 11, 10)) == datetime(2025, 11, 11, 4, 59, 59, 999999, tzinfo=UTC)
    here = clock.local_date(clock.now(), "America/New_York")
    assert end_of(shop.actor, here) is end_of(shop.actor, None) is None
    with pytest.raises(Invalid, match="still to come"):
        end_of(shop.actor, date(2199, 1, 1))
    with pytest.raises(Missing):
        places_of(shop.actor, [10**6])


def test_a_page_takes_two_queries_and_each_location_two_more(
    shop: Trade, django_assert_num_queries: Any
) -> None:
    items = list(items_counted(shop.actor))
    with django_assert_num_queries(2):
        counted(shop.actor, items)
    with django_assert_num_queries(2):
        counted(shop.actor, items, None, THEN)
    with django_assert_num_queries(4):
        counted(shop.actor, items, each=True)
