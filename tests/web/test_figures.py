"""Figures stand on pages as the company writes them, and as its forms read them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership, Organisation, User
from tradepost.kit.figures import parse_number
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document
from tradepost.web.figures import in_currency, written, written_in


@pytest.mark.parametrize(
    ("locale", "plain", "amount", "below", "other"),
    [
        ("", "1,234.5", "$1,234.50", "−€1,234.50", "1,234.50 SEK"),
        ("en-US", "1,234.5", "$1,234.50", "−€1,234.50", "1,234.50 SEK"),
        ("de-DE", "1.234,5", "1.234,50\xa0$", "−1.234,50\xa0€", "1.234,50 SEK"),
        ("de-CH", "1’234.5", "$1’234.50", "−€1’234.50", "1’234.50 SEK"),
        ("fr-FR", "1\u202f234,5", "1\u202f234,50\xa0$", "−1\u202f234,50\xa0€", "1\u202f234,50 SEK"),
    ],
)
def test_a_figure_is_written_as_the_locale_has_it(
    locale: str, plain: str, amount: str, below: str, other: str
) -> None:
    value = Decimal("1234.5000")
    with written_in(locale):
        assert written(value) == plain
        assert in_currency(value, "USD") == amount
        assert in_currency(-value, "EUR") == below
        assert in_currency(value, "SEK") == other
        assert parse_number(written(value), locale) == value
    assert written(value) == "1,234.5"


def test_decimals_are_those_of_the_currency_or_as_many_as_asked() -> None:
    assert in_currency(1234.5, "JPY") == "¥1,235"
    assert in_currency(Decimal("0.0125"), "USD", 4) == "$0.0125"
    assert in_currency(Decimal(5), "") == "5.00"


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


@pytest.mark.parametrize("reads", ["en", "de"])
def test_an_order_of_a_german_company_is_read_as_it_is_typed(client: Client, desk: Desk, reads: str) -> None:
    Organisation.objects.update(locale="de-DE", currency="EUR")
    User.objects.update(language=reads)
    line = LineDraft(desk.item.pk, quantity=Decimal("1000.5"), unit_price=Decimal("12.5"))
    order = save_document(
        desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk, "currency": "EUR"}, [line]
    )
    shown = client.get(f"/orders/{order.pk}/").content.decode()
    assert "12.506,25\xa0€" in shown and "1.000,5 each" in shown and "12,506.25" not in shown
    typed = client.get(f"/orders/{order.pk}/edit/").content.decode()
    assert 'value="1000,5"' in typed and 'value="12,5"' in typed
    assert "12.506,25\xa0€" in client.get("/orders/").content.decode()
