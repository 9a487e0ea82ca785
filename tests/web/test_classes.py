"""The class of a document and how far an order is paid, as the pages, the API, files and reports have them."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import program_of
from tests.exchange.test_outgoing import taken
from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import Membership
from tradepost.exchange import services
from tradepost.people.models import Customer, Vendor
from tradepost.sales import lists
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import LineDraft, save_document


@pytest.fixture
def desk(member: Membership) -> Desk:
    """The customer is of the class Retail, the vendor of Cloth, and there is one more."""
    desk = desk_of(member)
    for name in ("Retail", "Web"):
        lists.save(desk.actor, "classes", {"name": name})
    Customer.objects.update(class_name="Retail")
    Vendor.objects.update(class_name="Cloth")
    return desk


LINE = {
    "line-sku": "TNT-4", "line-description": "Tent for four", "line-quantity": "2", "line-unit_price": "10",
    "line-discount_percent": "", "line-tax_rate": "", "line-drop_ship": "",
}  # fmt: skip


@pytest.mark.req("C24", "B26")
def test_the_form_begins_with_the_customers_class_and_keeps_what_is_typed(client: Client, desk: Desk) -> None:
    line: dict[str, Any] = {**LINE, "line-item": desk.item.pk}
    page = client.get("/orders/new/").content.decode()
    assert 'name="class_name"' in page
    assert '<option value="Web">' in page
    for typed, kept in (("", "Retail"), ("Web", "Web")):
        client.post("/orders/new/", {"customer_id": desk.customer.pk, "class_name": typed, **line})
        row = Document.objects.latest("pk")
        assert row.class_name == kept
        assert f'value="{kept}"' in client.get(f"/orders/{row.pk}/edit/").content.decode()
    client.post(f"/orders/{row.pk}/edit/", {"customer_id": desk.customer.pk, "class_name": "", **line})
    assert Document.objects.get(pk=row.pk).class_name == ""
    client.post("/payments/new/", {"customer_id": desk.customer.pk, "amount": "5", "class_name": "Web"})
    assert Document.objects.get(kind=Kind.PAYMENT).class_name == "Web"
    answer = client.post(f"/documents/{row.pk}/field/class_name/", {"value": "Retail", "version": ""})
    assert answer.status_code == 200
    assert Document.objects.get(pk=row.pk).class_name == "Retail"


def test_a_company_without_classes_is_not_asked(client: Client, member: Membership) -> None:
    desk_of(member)
    for url in ("/orders/new/", "/payments/new/", "/orders/"):
        assert 'name="class_name"' not in client.get(url).content.decode()


def exported(client: Client, query: str) -> str:
    return b"".join(client.get(f"/orders/export/?format=csv&{query}")).decode()


@pytest.mark.req("C24")
def test_lists_show_filter_and_export_the_class(client: Client, desk: Desk) -> None:
    save_document(desk.actor, Kind.ORDER, {"class_name": "Web"}, document_id=desk.order.pk)
    save_document(desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)])
    found = client.get("/orders/?class_name=Web").content.decode()
    assert "SO-00001" in found and "SO-00002" not in found
    assert '<option value="Retail">' in found
    assert ",Web," in exported(client, "class_name=Web")
    dana = program_of(desk.actor)
    answer = dana.get("documents?class_name=Web")["items"]
    assert [(one["number"], one["class_name"]) for one in answer] == [("SO-00001", "Web")]
    bought = {"kind": "purchase_order", "vendor_id": desk.vendor.pk, "lines": [{"item_id": desk.item.pk}]}
    assert dana.post("documents", bought)["class_name"] == "Cloth"
    assert dana.post("documents", {**bought, "class_name": "Web"})["class_name"] == "Web"


@pytest.mark.req("C24", "B25")
def test_files_bring_the_class_and_take_it_along(desk: Desk) -> None:
    text = "Order,Customer,Class,SKU,Quantity\nX-1,Granite State Brewing,Web,TNT-4,1\nX-2,Granite State Brewing,,TNT-4,1\n"
    file = services.receive(desk.actor, "order", "orders.csv", BytesIO(text.encode()))
    services.apply(desk.actor, file.pk, now=True)
    assert dict(Document.objects.filter(number__startswith="X-").values_list("number", "class_name")) == {
        "X-1": "Web",
        "X-2": "Retail",
    }
    assert b"Web" in taken(desk.actor, "order")
    assert b"Cloth" in taken(desk.actor, "vendor")


@pytest.mark.req("C17")
def test_how_far_an_order_is_paid_is_seen_and_filtered(client: Client, desk: Desk) -> None:
    other = save_document(
        desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)]
    )
    deposit = convert(desk.actor, desk.order.pk, Kind.PAYMENT, amount=Decimal(5))
    move(desk.actor, deposit.pk, "receive")
    assert "Partly paid" in client.get(desk.order_url).content.decode()
    for status, shown, hidden in (
        ("partly_paid", "SO-00001", "SO-00002"),
        ("unpaid", "SO-00002", "SO-00001"),
    ):
        page = client.get(f"/orders/?financial_status={status}").content.decode()
        assert shown in page and hidden not in page
    assert "Partly paid" in exported(client, "")
    assert 'name="financial_status"' not in client.get("/invoices/").content.decode()
    dana = program_of(desk.actor)
    assert [one["id"] for one in dana.get("documents?financial_status=unpaid")["items"]] == [other.pk]
    assert dana.get(f"documents/{desk.order.pk}")["financial_status"] == "partly_paid"
    assert dana.get(f"documents/{deposit.pk}")["financial_status"] == ""
