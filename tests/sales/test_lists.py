"""The lists of the set-up: order, default, use, and what forms offer."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.api.conftest import program_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry, Membership, User
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Invalid, Missing, Refused, Stale
from tradepost.people.services import save_customer
from tradepost.sales import lists
from tradepost.sales.models import Kind, ListEntry, Terms
from tradepost.sales.services import save_document


@pytest.fixture
def shop(db: None) -> Trade:
    return trade()


def client_of(shop: Trade) -> Client:
    client = Client()
    Membership.objects.filter(user_id=shop.actor.user_id).update(role=Role.ADMIN)
    client.force_login(User.objects.get(pk=shop.actor.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def names(shop: Trade, key: str) -> list[str]:
    return [row.name for row in lists.offered(shop.actor, [key])[key]]


@pytest.mark.parametrize("key", list(lists.LISTS))
def test_every_list_keeps_order_and_one_default(shop: Trade, key: str) -> None:
    first = lists.save(shop.actor, key, {"name": " Second ", "is_default": True})
    lists.save(shop.actor, key, {"name": "First", "position": 0, "is_default": True})
    assert names(shop, key) == ["First", "Second"]
    assert [row.is_default for row in lists.entries(shop.actor, key)] == [True, False]
    with pytest.raises(Invalid, match="already"):
        lists.save(shop.actor, key, {"name": "First"})
    with pytest.raises(Stale):
        lists.save(shop.actor, key, {"name": "Third"}, pk=first.pk, version=7)
    assert lists.remove(shop.actor, key, first.pk)
    assert names(shop, key) == ["First"]


USES = {
    "terms": lambda s: save_customer(s.actor, {"terms": "Blue"}, customer_id=s.customer),
    "payment-methods": lambda s: save_document(
        s.actor, Kind.PAYMENT, {"customer_id": s.customer, "amount": Decimal(1), "method": "Blue"}
    ),
    "shipping-methods": lambda s: s.document(Kind.ORDER, carrier="Blue"),
    "classes": lambda s: save_customer(s.actor, {"class_name": "Blue"}, customer_id=s.customer),
    "customer-types": lambda s: save_customer(s.actor, {"type": "Blue"}, customer_id=s.customer),
    "sales-channels": lambda s: s.document(Kind.ORDER, channel="Blue"),
    "units": lambda s: save_item(s.actor, {"unit": "Blue"}, item_id=s.items[0]),
}


@pytest.mark.parametrize("key", list(USES))
def test_what_is_in_use_is_archived_and_offered_again(shop: Trade, key: str) -> None:
    row = lists.save(shop.actor, key, {"name": "Blue", "is_default": True})
    USES[key](shop)
    assert lists.used(shop.actor, key) == {"Blue": 1}
    assert not lists.remove(shop.actor, key, row.pk)
    assert names(shop, key) == []
    assert not lists.entries(shop.actor, key).get().is_default
    lists.restore(shop.actor, key, row.pk)
    assert names(shop, key) == ["Blue"]
    verbs = [f"{row._meta.model_name}.{verb}" for verb in ("save", "archive", "restore")]
    assert (
        list(AuditEntry.objects.filter(verb__in=verbs).order_by("pk").values_list("verb", flat=True)) == verbs
    )


def test_a_document_keeps_what_it_said(shop: Trade) -> None:
    row = lists.save(shop.actor, "terms", {"name": "Net 30", "days": 30})
    order = shop.document(Kind.ORDER, terms="Net 30")
    lists.save(shop.actor, "terms", {"name": "Net 40", "days": 40}, pk=row.pk)
    assert shop.again(order).terms == "Net 30"


@pytest.mark.req("C35")
def test_freight_is_charged_as_an_other_charge(shop: Trade) -> None:
    freight = save_item(shop.actor, {"sku": "FRT", "name": "Freight", "type": "other_charge"})
    values = {"name": "Ground", "carrier": "UPS", "item_id": freight.pk}
    assert lists.save(shop.actor, "shipping-methods", values).pk
    with pytest.raises(Invalid) as refused:
        lists.save(shop.actor, "shipping-methods", {"name": "Air", "item_id": shop.items[0]})
    assert "item_id" in refused.value.fields
    with pytest.raises(Invalid):
        lists.save(shop.actor, "classes", {"name": "A", "item_id": freight.pk})


def test_only_who_sets_the_company_up_may(shop: Trade) -> None:
    row = lists.save(shop.actor, "classes", {"name": "A"})
    clerk = replace(shop.actor, role=Role.SALES)
    for act in (
        lambda: lists.save(clerk, "classes", {"name": "B"}),
        lambda: lists.remove(clerk, "classes", row.pk),
        lambda: lists.restore(clerk, "classes", row.pk),
    ):
        with pytest.raises(Refused):
            act()
    with pytest.raises(Missing):
        lists.entries(shop.actor, "colours")


@pytest.mark.req("C39")
def test_the_pages_edit_a_list_and_forms_offer_it(shop: Trade) -> None:
    client = client_of(shop)
    terms = {"name": "Cash & carry", "type": "cash", "days": "0", "is_default": "on"}
    assert client.post("/lists/terms/new/", terms).status_code == 302
    assert Terms.objects.get().type == Terms.Type.CASH
    assert client.post("/lists/terms/new/", terms).status_code == 422
    assert (
        client.post("/lists/payment-methods/new/", {"name": "Cheque", "is_default": "on"}).status_code == 302
    )
    page = client.get("/customers/new/").content.decode()
    assert '<option value="Cash &amp; carry">' in page
    assert 'name="terms" value="Cash &amp; carry"' in page
    page = client.get("/payments/new/").content.decode()
    assert 'name="method" value="Cheque"' in page
    assert '<option value="Cheque">' in page
    order = shop.document()
    shown = client.get(reverse("document-field", args=[order.pk, "terms"]) + "?edit=1").content.decode()
    assert re.search(r'<datalist id="offers-terms">\s*<option value="Cash &amp; carry">', shown)
    pk = ListEntry.objects.get().pk
    assert "Cheque" in client.get("/lists/payment-methods/").content.decode()
    assert "Cheque" in client.get("/lists/").content.decode()
    assert client.post(f"/lists/payment-methods/{pk}/remove/").status_code == 302
    assert not ListEntry.objects.exists()
    assert client.get("/lists/colours/").status_code == 404


def test_a_program_edits_a_list(shop: Trade) -> None:
    program = program_of(shop.actor)
    made = program.post("lists/classes", {"name": "A"})
    assert program.get("lists/classes")["items"] == [made]
    assert program.patch(f"lists/classes/{made['id']}", {"is_default": True})["is_default"]
    save_customer(shop.actor, {"class_name": "A"}, customer_id=shop.customer)
    program.delete(f"lists/classes/{made['id']}")
    assert program.get("lists/classes")["items"][0]["archived"]
    assert not program.post(f"lists/classes/{made['id']}/restore", status=200)["archived"]
    assert "terms" in [one["key"] for one in program.get("lists")]
    program.get("lists/colours", status=404)
