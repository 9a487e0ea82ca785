"""The address of a document: chosen of its party's or typed, while it may be changed, by who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tests.web.test_sales_documents import signed_in, text
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.people.models import Address
from tradepost.people.services import save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.services import save_document

TYPED = {"name": "", "street": "9 Quay Rd", "city": "Astoria", "region": "OR", "postcode": "97103"}


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


@pytest.fixture
def shop(desk: Desk) -> Address:
    """A second address of the customer."""
    return Address.objects.create(
        organisation_id=desk.order.organisation_id,
        customer=desk.order.customer,
        kind="shipping",
        street="1 Pier",
        city="Newport",
        country="US",
    )


def ask(browser: Client, order: Document, data: dict[str, Any], name: str = "shipping") -> Any:
    return browser.post(f"/documents/{order.pk}/address/{name}/", data)


def test_one_of_the_customers_is_chosen(client: Client, desk: Desk, shop: Address) -> None:
    order = desk.order
    assert "1 Pier" in text(client.get(f"/documents/{order.pk}/address/shipping/"))
    billing = order.billing
    assert ask(client, order, {"pick": shop.pk, "version": order.version}).status_code < 400
    order.refresh_from_db()
    assert (order.shipping["street"], order.shipping["city"]) == ("1 Pier", "Newport")
    assert order.billing == billing
    assert "1 Pier" in text(client.get(f"/orders/{order.pk}/"))


def test_each_place_is_offered_once(client: Client, desk: Desk, shop: Address) -> None:
    shop.pk, shop.kind = None, "billing"
    shop.save()
    assert text(client.get(f"/documents/{desk.order.pk}/address/billing/")).count("1 Pier") == 1


def test_one_is_typed_for_this_document_alone(client: Client, desk: Desk, shop: Address) -> None:
    ask(client, desk.order, TYPED | {"country": "us"})
    desk.order.refresh_from_db()
    assert desk.order.shipping == TYPED | {"country": "US"}
    assert not Address.objects.filter(street="9 Quay Rd").exists()


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"country": "Atlantis"}, 422, "its two letters"),
        ({"street": "x", "version": "1000"}, 422, "changed"),
        ({"pick": "999999"}, 404, "no such address"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    client: Client, desk: Desk, data: dict[str, str], status: int, sentence: str
) -> None:
    before = desk.order.shipping
    answer = ask(client, desk.order, data)
    assert (answer.status_code, sentence in text(answer)) == (status, True)
    desk.order.refresh_from_db()
    assert desk.order.shipping == before


def test_another_party_s_address_is_not_to_be_had(client: Client, desk: Desk, shop: Address) -> None:
    other = save_customer(desk.actor, {"name": "Harbor"})
    Address.objects.filter(pk=shop.pk).update(customer=other)
    assert ask(client, desk.order, {"pick": shop.pk}).status_code == 404


def test_what_left_the_house_keeps_its_address(client: Client, desk: Desk, shop: Address) -> None:
    actor = desk.actor
    order = desk.order
    quote = save_document(actor, Kind.QUOTE, {"customer_id": order.customer_id})
    move(actor, quote.pk, "cancel")
    assert ask(client, quote, TYPED | {"country": "US"}).status_code == 422
    quote.refresh_from_db()
    assert quote.shipping["street"] == "1 Pier"
    assert "/address/shipping/" not in text(client.get(f"/quotes/{quote.pk}/"))


def test_who_may_only_read_changes_none(
    client: Client, desk: Desk, member: Membership, shop: Address
) -> None:
    reader = signed_in(member, Role.READ_ONLY)
    assert ask(reader, desk.order, {"pick": shop.pk}).status_code == 403
    assert "/address/shipping/" not in text(reader.get(f"/orders/{desk.order.pk}/"))
