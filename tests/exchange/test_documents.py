"""Vendors, and open documents of every kind, come out of a file and go again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.catalog import stock
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.queries import sums
from tradepost.catalog.services import save_item, save_location
from tradepost.exchange import services
from tradepost.people.models import Vendor
from tradepost.reports import engine
from tradepost.reports.rules import Query
from tradepost.sales.links import read, share
from tradepost.sales.models import Document, Kind

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
D = Decimal


@pytest.fixture
def shop() -> Trade:
    return trade()


@pytest.mark.parametrize(
    ("kind", "head", "state", "total"),
    [
        ("quote", "Quote,Customer", "sent", "51.05"),
        ("invoice", "Invoice,Customer,Due", "issued", "51.05"),
        ("purchase_order", "Purchase order,Vendor", "sent", "22.27"),
        ("bill", "Bill,Vendor,Due,Vendor's number", "approved", "22.27"),
    ],
)
def test_open_documents_come_as_what_they_are_and_go_again(
    shop: Trade, kind: str, head: str, state: str, total: str
) -> None:
    place = save_location(shop.actor, {"name": "Main"})
    stock.receive(shop.actor, [StockLine(shop.items[0], place.pk, D(9))])
    offers = [Offer("Alder Mills", D("7.25"), vendor_id=shop.vendor)]
    save_item(shop.actor, {}, item_id=shop.items[0], details=Details(vendors=offers))
    party = "granite state brewing" if "Customer" in head else "alder mills"
    more = {"invoice": ",2026-12-01", "bill": ",2026-12-01,R-8"}.get(kind, "")
    gap = "," * more.count(",")
    text = (
        f"{head},Date,SKU,Description,Quantity,Unit price\n"
        f"X-1,{party}{more},2026-11-02,TNT-4,,2,\nX-1,{gap},,MAP,,1,7.77\nX-2,Nobody{more},2026-11-02,MAP,,1,\n"
    )
    run = services.apply(shop.actor, received(shop, kind, text).pk, now=True)
    assert [(n, a) for n, a, _cause in told(run)] == [(2, "create"), (4, "refuse")]
    assert "There is no" in told(run)[1][2]
    row = Document.objects.get(number="X-1")
    assert (row.kind, row.status, str(row.total)) == (Kind(kind), state, str(D(total).quantize(row.total)))
    on_order = sums(shop.actor, [shop.items[0]], [place.pk])[shop.items[0]].on_order
    assert on_order == (2 if kind == "purchase_order" else 0)
    assert services.apply(shop.actor, received(shop, kind, text).pk, now=True).counts == {"refuse": 2}
    services.undo(shop.actor, run.pk, now=True)
    assert not Document.objects.exists()
    assert sums(shop.actor, [shop.items[0]], [place.pk])[shop.items[0]].on_order == 0


def test_an_open_invoice_is_owed(shop: Trade) -> None:
    text = "Invoice,Customer,Date,Due,Description,Quantity,Unit price\nOLD-1,C-0001,2026-01-02,2026-02-01,Open balance,1,250\n"
    run = services.apply(shop.actor, received(shop, "invoice", text).pk, now=True)
    result = engine.run(shop.actor, Query("receivables", ("number",)))
    assert [(row[0], row[-2]) for row in result.rows] == [("OLD-1", D(250))]
    secret = share(shop.actor, Document.objects.get().pk)  # somebody reads it now
    services.undo(shop.actor, run.pk, now=True)
    assert run.outcomes.get(action="kept").cause == "Other records hang on it."
    assert read(secret)


def test_vendors_come_change_and_go(shop: Trade) -> None:
    before = list(Vendor.objects.values_list("name", "terms"))
    text = "Vendor number,Vendor,Our account,Terms,Email,Billing city\n,Alder Mills,H-1,Net 60,,\nV-9,Cascade,,,hi@cascade.example,Bend\n"
    run = services.apply(shop.actor, received(shop, "vendor", text).pk, now=True)
    assert [a for _n, a, _c in told(run)] == ["update", "create"]
    assert Vendor.objects.get(number="V-9").emails.get().email == "hi@cascade.example"
    mill = Vendor.objects.get(pk=shop.vendor)
    assert (mill.account_number, mill.terms) == ("H-1", "Net 60")
    assert services.apply(shop.actor, received(shop, "vendor", text).pk, now=True).counts == {"same": 2}
    services.undo(shop.actor, run.pk, now=True)
    assert list(Vendor.objects.values_list("name", "terms")) == before
