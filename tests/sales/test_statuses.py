"""Statuses of the company's own beside the fixed ones: set, begun with, listed, changed in bulk, kept in the trail."""

from __future__ import annotations

import pytest

from tests.api.conftest import program_of
from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.models import AuditEntry
from tradepost.kit.errors import Invalid
from tradepost.sales import lists
from tradepost.sales.converting import convert, copy
from tradepost.sales.models import CustomStatus, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import save_document

pytestmark = pytest.mark.django_db
ORDERS = "statuses-order"


@pytest.fixture
def shop() -> Trade:
    found = trade()
    lists.save(found.actor, ORDERS, {"name": "To check", "colour": "orange", "is_default": True})
    lists.save(found.actor, ORDERS, {"name": "Checked", "colour": "green"})
    lists.save(found.actor, "statuses-invoice", {"name": "Checked"})
    return found


def status(name: str, kind: Kind = Kind.ORDER) -> int:
    return CustomStatus.objects.get(kind=kind, name=name).pk


def test_a_document_begins_with_the_default_and_moves_on_beside_its_state(shop: Trade) -> None:
    order = shop.document()
    assert str(order.custom_status) == "To check"
    save_document(shop.actor, Kind.ORDER, {"custom_status_id": status("Checked")}, document_id=order.pk)
    entry = AuditEntry.objects.filter(verb="order.save").latest("pk")
    assert (entry.before, entry.after) == ({"custom_status": "To check"}, {"custom_status": "Checked"})
    assert str(copy(shop.actor, order.pk).custom_status) == "To check"
    assert convert(shop.actor, order.pk, Kind.INVOICE).custom_status is None
    move(shop.actor, order.pk, "close")
    closed = save_document(shop.actor, Kind.ORDER, {"custom_status_id": None}, document_id=order.pk)
    assert (closed.status, closed.custom_status) == ("closed", None)


def test_a_status_is_of_one_kind_and_an_archived_one_stays_only_where_it_is(shop: Trade) -> None:
    order = shop.document()
    with pytest.raises(Invalid, match="no status of this kind"):
        save_document(
            shop.actor,
            Kind.ORDER,
            {"custom_status_id": status("Checked", Kind.INVOICE)},
            document_id=order.pk,
        )
    assert lists.used(shop.actor, ORDERS) == {"To check": 1}
    assert not lists.remove(shop.actor, ORDERS, status("To check"))
    save_document(shop.actor, Kind.ORDER, {"custom_status_id": status("To check")}, document_id=order.pk)
    assert shop.document().custom_status is None
    with pytest.raises(Invalid, match="archived"):
        shop.document(Kind.ORDER, custom_status_id=status("To check"))
    lists.save(shop.actor, ORDERS, {"name": "To be checked"}, pk=status("To check"))
    assert str(shop.again(order).custom_status) == "To be checked"


def test_lists_filter_by_it_and_change_many_at_once(shop: Trade) -> None:
    client = client_of(shop)
    one, two = shop.document(), shop.document()
    chosen = {"act": "custom_status", "custom_status": status("Checked"), "pk": [one.pk]}
    assert client.post("/orders/bulk/", chosen).status_code == 302
    page = client.get(f"/orders/?custom_status={status('Checked')}").content.decode()
    assert one.number in page and two.number not in page and "bg-green" in page
    assert "Checked" in client.get("/orders/export/").getvalue().decode()
    shown = client.get(f"/orders/{two.pk}/").content.decode()
    assert "To check" in shown
    client.post(f"/documents/{two.pk}/field/custom_status_id/", {"value": status("Checked")})
    assert str(shop.again(two).custom_status) == "Checked"
    assert "Custom statuses" in client.get("/lists/").content.decode()
    new = {"name": "Billed", "colour": "teal"}
    assert client.post("/lists/statuses-quote/new/", new).status_code == 302
    assert "Billed" in client.get("/lists/statuses-quote/").content.decode()
    assert "custom_status" not in client.get("/bills/").content.decode()


def test_programs_set_and_filter_it(shop: Trade) -> None:
    program = program_of(shop.actor)
    made = program.post(f"lists/{ORDERS}", {"name": "Late", "colour": "red"})
    order = shop.document()
    assert program.patch(f"documents/{order.pk}", {"custom_status_id": made["id"]})["custom_status"] == "Late"
    found = program.get(f"documents?custom_status_id={made['id']}")["items"]
    assert [row["number"] for row in found] == [order.number]
    assert program.call("post", f"lists/{ORDERS}", {"name": "X", "colour": "mauve"}).status_code == 422
