"""What a sale asks for an item where nobody typed a price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tests.sales.trade import Trade, trade
from tradepost.accounts.models import Organisation
from tradepost.catalog.prices import Break, save_price_level, save_price_list
from tradepost.kit.errors import Invalid
from tradepost.people.services import save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    """A dealer of ten per cent; of the first item 15 from 50 on, for dealers in 2026; in euro 18 for everybody."""
    found = trade()
    level = save_price_level(found.actor, {"name": "Dealer", "percent": D(10)})
    tent = found.items[0]
    save_price_list(
        found.actor,
        {"name": "Trade 2026", "level_id": level.pk, "starts": date(2026, 1, 1), "ends": date(2026, 12, 31)},
        breaks=[Break(tent, D(15), D(50))],
    )
    save_price_list(found.actor, {"name": "Export", "currency": "EUR"}, breaks=[Break(tent, D(18))])
    found.customer = save_customer(found.actor, {"name": "Dealer & Sons", "price_level_id": level.pk}).pk
    return found


def order(shop: Trade, *drafts: LineDraft, **values: object) -> Document:
    head = {"customer_id": shop.customer, "date": date(2026, 5, 1), **values}
    return save_document(shop.actor, Kind.ORDER, head, drafts)


@pytest.mark.parametrize(
    ("quantity", "day", "currency", "price", "source"),
    [
        ("49", date(2026, 5, 1), "", "17.991", "Dealer"),
        ("50", date(2026, 5, 1), "", "15", "Trade 2026 ≥ 50"),
        ("50", date(2027, 1, 1), "", "17.991", "Dealer"),
        ("1", date(2026, 5, 1), "EUR", "18", "Export"),
    ],
)
def test_the_level_the_quantity_the_day_and_the_currency_decide(
    shop: Trade, quantity: str, day: date, currency: str, price: str, source: str
) -> None:
    values = {"currency": currency} if currency else {}
    line = order(shop, LineDraft(shop.items[0], quantity=D(quantity)), date=day, **values).lines.get()
    assert (line.unit_price, line.auto_price, line.price_source) == (D(price), True, source)


def test_a_typed_price_stands_and_lines_of_one_item_count_together(shop: Trade) -> None:
    tent = shop.items[0]
    typed = order(shop, LineDraft(tent, quantity=D(60), unit_price=D(16))).lines.get()
    assert (typed.unit_price, typed.auto_price, typed.price_source) == (D(16), False, "")
    split = order(shop, LineDraft(tent, quantity=D(30)), LineDraft(tent, quantity=D(20)))
    assert {line.unit_price for line in split.lines.all()} == {D(15)}


def test_a_line_that_keeps_its_price_keeps_where_it_came_from(shop: Trade) -> None:
    row = order(shop, LineDraft(shop.items[0], quantity=D(50)))
    kept = [LineDraft(shop.items[0], quantity=D(50), unit_price=D(15)), LineDraft(shop.items[1])]
    save_document(shop.actor, Kind.ORDER, {}, kept, document_id=row.pk)
    assert [line.price_source for line in row.lines.all()] == ["Trade 2026 ≥ 50", "Dealer"]
    save_document(
        shop.actor, Kind.ORDER, {}, [LineDraft(shop.items[0], unit_price=D(14))], document_id=row.pk
    )
    assert [(line.auto_price, line.price_source) for line in row.lines.all()] == [(False, "")]


def test_an_item_without_a_price_in_that_currency_is_refused_and_nothing_is_written(shop: Trade) -> None:
    with pytest.raises(Invalid, match="Line 2: “STV-1” has no price in EUR"):
        order(shop, LineDraft(shop.items[0]), LineDraft(shop.items[1]), currency="EUR")
    assert not Document.objects.filter(customer_id=shop.customer).exists()
    assert Organisation.objects.get().currency == "USD"
