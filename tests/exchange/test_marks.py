"""Tags and custom fields in files: by their own columns, in and out and in again."""

from __future__ import annotations

import io

import pytest

from tests.sales.trade import Trade, trade
from tradepost.catalog.models import Item
from tradepost.custom.services import save_field
from tradepost.exchange import export, services
from tradepost.exchange.columns import columns_of
from tradepost.exchange.models import ImportRow, ImportRun
from tradepost.people.models import Customer
from tradepost.sales.models import Document

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]


@pytest.fixture
def shop() -> Trade:
    made = trade()
    both = ["customer", "order", "item"]
    save_field(made.actor, {"name": "Web order", "kinds": both})
    save_field(made.actor, {"name": "Boxes", "kinds": both, "type": "number"})
    save_field(made.actor, {"name": "Wanted", "kinds": both, "type": "date"})
    save_field(made.actor, {"name": "Sizes", "kinds": both, "type": "several", "choices": ["S", "M", "L"]})
    return made


def brought(shop: Trade, kind: str, text: str) -> ImportRun:
    run = services.receive(shop.actor, kind, "file.csv", io.BytesIO(text.encode()))
    services.check(shop.actor, run.pk, now=True)
    return services.apply(shop.actor, run.pk, now=True)


def told(run: ImportRun) -> list[tuple[str, str]]:
    return list(ImportRow.objects.filter(run=run).order_by("number").values_list("action", "cause"))


HEAD = "Number,Name,Web order,Boxes,Wanted,Sizes,Tags\n"
ROWS = """C-1,Alder,"'=1+1","1,250.50",2026-11-02,M; s,VIP; Fair
C-2,Birch,Ünï “odd” 中文,x,,,
C-3,Cedar,,3,2026-02-30,,
C-4,Dogwood,,,,XXL,
C-5,Elm,,,,,"one, two"
"""


def test_a_file_fills_custom_fields_and_tags_and_is_taken_back(shop: Trade) -> None:
    run = brought(shop, "customer", HEAD + ROWS)
    assert [action for action, _cause in told(run)] == ["create", "refuse", "refuse", "refuse", "create"]
    row = Customer.objects.get(number="C-1")
    assert row.custom == {"web_order": "=1+1", "boxes": "1250.5", "wanted": "2026-11-02", "sizes": ["S", "M"]}
    assert row.tags == ["VIP", "Fair"]
    assert Customer.objects.get(number="C-5").tags == ["one", "two"]
    again = brought(shop, "customer", HEAD + ROWS.splitlines()[0])
    assert told(again) == [("same", "")]
    changed = brought(shop, "customer", "Number,Name,Boxes,Web order\nC-1,Alder,7,\n")
    row.refresh_from_db()
    assert (row.custom["boxes"], row.custom["web_order"]) == ("7", "=1+1")  # an empty cell changes nothing
    services.undo(shop.actor, changed.pk, now=True)
    row.refresh_from_db()
    assert row.custom["boxes"] == "1250.5"


def test_orders_come_with_their_fields(shop: Trade) -> None:
    text = "Order,Customer,SKU,Qty,Web order,Tags\nW-1,C-0001,MAP,2,777,web\nW-1,C-0001,TNT-4,1,,\n"
    assert told(brought(shop, "order", text)) == [("create", "")]
    row = Document.objects.get(number="W-1")
    assert (row.custom, row.tags, row.lines.count()) == ({"web_order": "777"}, ["web"], 2)


def test_the_template_has_the_columns_and_comes_in_as_it_is(shop: Trade) -> None:
    kind = columns_of(shop.actor.organisation_id, "item")
    text = export.template(kind, "csv").decode("utf-8-sig")
    assert text.splitlines()[0].endswith("Web order,Boxes,Wanted,Sizes,Tags")
    assert [action for action, _cause in told(brought(shop, "item", text))] == [
        "update"
    ]  # its sample is TNT-4
    row = Item.objects.get(sku="TNT-4")
    assert (row.tags, row.custom["sizes"], row.custom["boxes"]) == (["VIP", "Wholesale"], ["S", "M"], "12.5")
