"""The documents that an item stands on, on its page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts import roles
from tradepost.accounts.access import Permission, Role
from tradepost.accounts.models import Membership
from tradepost.catalog.details import Details, Unit
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item
from tradepost.sales import trashing
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def rows_of(page: str) -> list[list[str]]:
    """The words of each row of the list."""
    body = page[page.index("<tbody") : page.index("</tbody>")]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", row).split() for row in rows]


def numbers(page: str) -> list[str]:
    return [row[0] for row in rows_of(page)] if "<tbody" in page else []


def test_an_item_shows_the_documents_that_it_stands_on(client: Client, desk: Desk) -> None:
    stove = Item.objects.get(sku="STV-1")
    carton = Details(units=[Unit("carton", Decimal(12))])
    save_item(desk.actor, {}, item_id=desk.item.pk, details=carton)
    lines = [
        LineDraft(desk.item.pk, quantity=Decimal(3)),
        LineDraft(desk.item.pk, quantity=Decimal(2), unit="carton"),
        LineDraft(desk.item.pk, quantity=Decimal("1.5")),
        LineDraft(stove.pk, quantity=Decimal(50)),
    ]
    tomorrow = date.today() + timedelta(days=1)
    bought = save_document(
        desk.actor, Kind.PURCHASE_ORDER, {"vendor_id": desk.vendor.pk, "date": tomorrow}, lines
    )
    gone = save_document(desk.actor, Kind.QUOTE, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)])
    trashing.trash(desk.actor, gone.pk)
    at = f"/items/{desk.item.pk}/documents/"
    assert at in client.get(f"/items/{desk.item.pk}/").content.decode()
    page = client.get(at).content.decode()
    assert numbers(page) == [bought.number, desk.quote.number, desk.order.number]
    first = " ".join(rows_of(page)[0])
    assert "Purchase order Cascade Canvas Mill" in first
    assert "4.5 each + 2 carton Draft" in first
    assert f'href="/purchase-orders/{bought.pk}/"' in page
    assert numbers(client.get(f"{at}?kind=order").content.decode()) == [desk.order.number]
    assert numbers(client.get(f"{at}?q=cascade").content.decode()) == [bought.number]
    assert numbers(client.get(f"/items/{stove.pk}/documents/").content.decode()) == [bought.number]
    assert client.get("/items/999999/documents/").status_code == 404


def test_an_item_shows_the_documents_of_its_variants(client: Client, desk: Desk) -> None:
    Item.objects.filter(pk=desk.item.pk).update(parent=Item.objects.get(sku="STV-1"), options={"Size": "4"})
    page = client.get(f"/items/{Item.objects.get(sku='STV-1').pk}/documents/").content.decode()
    assert numbers(page) == [desk.quote.number, desk.order.number]
    assert "2 each" in " ".join(rows_of(page)[1])


def test_a_long_list_has_pages(client: Client, desk: Desk) -> None:
    for _n in range(26):
        save_document(desk.actor, Kind.QUOTE, {"customer_id": desk.customer.pk}, [LineDraft(desk.item.pk)])
    at = f"/items/{desk.item.pk}/documents/"
    first, second = (numbers(client.get(f"{at}?page={n}").content.decode()) for n in (1, 2))
    assert (len(first), len(second), len({*first, *second})) == (25, 3, 28)


@pytest.mark.parametrize("kept", [Permission.CATALOG_VIEW, Permission.SALES_VIEW])
def test_who_sees_only_items_or_only_documents_does_not_see_them(
    client: Client, desk: Desk, kept: Permission
) -> None:
    role = roles.add(desk.actor, name="Half", base=Role.READ_ONLY)
    roles.change(desk.actor, role.pk, permissions=[kept])
    Membership.objects.filter(user_id=desk.actor.user_id).update(role=Role.READ_ONLY, custom_role=role)
    assert client.get(f"/items/{desk.item.pk}/documents/").status_code == 403
    if kept is Permission.CATALOG_VIEW:
        page = client.get(f"/items/{desk.item.pk}/").content.decode()
        assert "/documents/" not in page
        assert "/activities/" not in page
