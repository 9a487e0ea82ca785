"""What a vendor names no price for is proposed at what it cost last; what has no price is told, not bought for nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.sales.trade import Trade, stocked
from tradepost.accounts.access import Permission, Role
from tradepost.catalog import stock
from tradepost.catalog.details import Details, Unit
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.models import Location
from tradepost.catalog.services import save_item
from tradepost.exchange.export import everything
from tradepost.exchange.outgoing import file
from tradepost.kit.errors import Refused
from tradepost.people.services import save_vendor
from tradepost.reports.reordering import proposal, set_level
from tradepost.sales.last_costs import unpriced
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, preview, save_document
from tradepost.sales.state_table import PURCHASES

D = Decimal
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def shop() -> Trade:
    return stocked()


LAST: dict[str, tuple[Callable[[Trade], object], tuple[str, str]]] = {
    "never bought": (lambda s: None, ("0", "")),
    "the vendor's last": (
        lambda s: (bought(s, "7.50"), bought(s, "9", vendor_id=other(s))),
        ("7.5", "PO-00001"),
    ),
    "another vendor's": (lambda s: (bought(s, "8"), bought(s, "9", item=2))[0], ("8", "PO-00001")),
    "the newest": (lambda s: [bought(s, price) for price in ("7", "8")], ("8", "PO-00002")),
    "less its discount": (lambda s: bought(s, "8", discount="25"), ("6", "PO-00001")),
    "of a carton": (lambda s: bought(s, "100", unit="carton"), ("8.3333", "PO-00001")),
    "in another currency": (lambda s: bought(s, "7", vendor_id=other(s, currency="EUR")), ("0", "")),
    "called off": (lambda s: move(s.actor, bought(s, "7").pk, "cancel"), ("0", "")),
    "a draft": (lambda s: bought(s, "7", verb=""), ("0", "")),
    "for nothing": (lambda s: bought(s, "0"), ("0", "")),
    "in stock": (lambda s: found(s, "44"), ("11", "Cost in stock")),
    "in stock, and bought": (lambda s: (found(s, "44"), bought(s, "7")), ("7", "PO-00001")),
}


def other(shop: Trade, **values: str) -> int:
    return save_vendor(shop.actor, {"name": "Birch & Sons", **values}).pk


def bought(
    shop: Trade,
    price: str,
    item: int = 1,
    unit: str = "",
    discount: str = "0",
    verb: str = "send",
    **head: object,
) -> Document:
    """A purchase order of one item, sent."""
    line = LineDraft(shop.items[item], unit_price=D(price), unit=unit, discount_percent=D(discount))
    row = save_document(shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor, **head}, [line])
    return move(shop.actor, row.pk, verb) if verb else row


def found(shop: Trade, cost: str) -> None:
    """Four of the second item, which cost so much together."""
    line = StockLine(shop.items[1], Location.objects.get().pk, D(4), cost=D(cost))
    stock.adjust(shop.actor, [line], reason="found")


@pytest.mark.req("B21")
@pytest.mark.parametrize("before", LAST)
def test_what_the_vendor_names_no_price_for_costs_what_it_cost_last(before: str, shop: Trade) -> None:
    save_item(shop.actor, {}, item_id=shop.items[1], details=Details(units=[Unit("carton", D(12))]))
    happened, (price, source) = LAST[before]
    happened(shop)
    row = shop.document(Kind.PURCHASE_ORDER, "2", "1")
    offered, line = row.lines.all()
    assert (offered.unit_price, offered.price_source) == (D("12.5"), "")
    assert (line.unit_price, line.price_source, unpriced(row, line)) == (D(price), source, price == "0")


@pytest.mark.parametrize(
    ("kind", "price", "warned"),
    [
        (Kind.PURCHASE_ORDER, "0", True),
        (Kind.PURCHASE_ORDER, "1", False),
        (Kind.BILL, "0", True),
        (Kind.PURCHASE_QUOTE, "0", False),
        (Kind.QUOTE, "0", False),
    ],
)
def test_a_line_that_is_bought_for_nothing_is_told(kind: Kind, price: str, warned: bool, shop: Trade) -> None:
    whose = {"customer_id": shop.customer} if kind == Kind.QUOTE else {"vendor_id": shop.vendor}
    row = save_document(shop.actor, kind, whose, [LineDraft(shop.items[1], unit_price=D(price))])
    assert unpriced(row, row.lines.get()) is warned
    if kind != Kind.BILL:
        assert not unpriced(shop.again(move(shop.actor, row.pk, "send")), row.lines.get())


TOLD: dict[Role, tuple[bool, bool, bool]] = {
    Role.MASTER_ADMIN: (True, True, True),
    Role.ADMIN: (True, True, True),
    Role.BOOKKEEPER: (True, True, False),
    Role.WAREHOUSE: (True, False, True),
    Role.SALES: (True, False, False),
    Role.READ_ONLY: (True, False, False),
}


@pytest.mark.req("B21")
@pytest.mark.parametrize("role", TOLD)
def test_what_a_purchase_would_cost_is_told_to_who_may_write_it(role: Role, shop: Trade) -> None:
    who = replace(shop.actor, role=role)
    kinds = (Kind.ORDER, Kind.PURCHASE_ORDER, Kind.RECEIPT)
    for kind, told in zip(kinds, TOLD[role], strict=True):
        head = {"vendor_id": shop.vendor} if kind in PURCHASES else {"customer_id": shop.customer}
        with nullcontext() if told else pytest.raises(Refused):
            row, _lines = preview(who, head, [LineDraft(shop.items[0], tax_rate=D(0))], kind)
            assert row.total == (D("12.50") if kind in PURCHASES else D("19.99"))


@pytest.mark.req("B25")
@pytest.mark.parametrize("costs", [True, False])
def test_exports_and_the_reorder_proposal_tell_costs_to_who_may_see_them(costs: bool, shop: Trade) -> None:
    found(shop, "44")
    set_level(shop.actor, shop.items[0], Location.objects.get().pk, D(5), None)
    hidden = set() if costs else {Permission.COST_VIEW}
    who = replace(shop.actor, scopes=frozenset(Permission) - hidden)
    assert [one.price for one in proposal(who)] == [D("12.5") if costs else None]
    offers = b"".join(file(who, "offer", "csv"))
    assert (b"TNT-4" in offers, b"12.5" in offers) == (True, costs)
    held = io.BytesIO()
    everything(who, held)
    with zipfile.ZipFile(held) as pack:
        names = [name for name in pack.namelist() if name.startswith("catalog-")]
        text = "".join(pack.read(name).decode() for name in names)
    assert ("Alder Mills" in text, "12.5" in text, "44.0" in text) == (True, costs, costs)


def test_who_sees_no_costs_is_told_none_of_the_stock(shop: Trade) -> None:
    found(shop, "44")
    buyer = replace(shop.actor, scopes=frozenset({Permission.PURCHASING, Permission.SALES_VIEW}))
    assert not buyer.may(Permission.COST_VIEW)
    row = save_document(buyer, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, [LineDraft(shop.items[1])])
    assert row.lines.get().unit_price == 0


def test_a_carton_costs_again_what_a_carton_cost(shop: Trade) -> None:
    save_item(shop.actor, {}, item_id=shop.items[1], details=Details(units=[Unit("carton", D(12))]))
    bought(shop, "100", unit="carton")
    row = save_document(
        shop.actor, Kind.PURCHASE_ORDER, {"vendor_id": shop.vendor}, [LineDraft(shop.items[1], unit="carton")]
    )
    assert row.lines.get().unit_price == 100
