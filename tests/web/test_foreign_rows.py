"""Another company's ids in what a page is sent: nothing of theirs is told or changed, and nothing of ours comes to name it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.api.conftest import company
from tests.api.world import MARK, World, rows_of, world
from tradepost.accounts import trash
from tradepost.accounts.access import Actor
from tradepost.accounts.models import User
from tradepost.catalog.services import save_item
from tradepost.people.services import save_customer
from tradepost.sales.models import Document
from tradepost.web import urls as pages

pytestmark = pytest.mark.django_db

ACTS = ("tag", "untag", "trash", "archive", "restore", "owner", "hold", "send", "issue", "receive", "approve")


@pytest.fixture
def theirs() -> World:
    return world()


@pytest.fixture
def mine() -> Actor:
    return company()


@pytest.fixture
def client(mine: Actor) -> Client:
    client = Client()
    user = User.objects.get(pk=mine.user_id)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def answered(client: Client, url: str, values: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(url, values, follow=True)
    return answer.status_code, answer.content.decode()


def lists() -> list[str]:
    routes = [str(pattern.pattern) for pattern in pages.urlpatterns]
    return [route.removesuffix("/bulk/") for route in routes if route.endswith("/bulk/")]


def test_no_bulk_bar_reaches_another_companys_rows(theirs: World, mine: Actor, client: Client) -> None:
    before = rows_of(theirs.actor)
    for name in lists():
        row = theirs.ids["customers" if name == "prospects" else name]
        for act in ACTS:
            sent = {"pk": row, "act": act, "tag": "X", "owner": mine.user_id}
            status, page = answered(client, f"/{name}/bulk/", sent)
            assert (status, MARK in page) == (200, False), (name, act)
            assert "1 were not changed" in page, (name, act)
    assert rows_of(theirs.actor) == before


def test_no_undo_reaches_another_companys_rows(theirs: World, mine: Actor, client: Client) -> None:
    before = rows_of(theirs.actor)
    for shelf in trash.shelves(mine):
        rows: Any = shelf.rows(mine).model
        keys = rows._base_manager.filter(organisation_id=theirs.actor.organisation_id).order_by("-pk")[:3]
        for row in keys.values_list("pk", flat=True):
            status, page = answered(client, f"/trash/{shelf.key}/take-back/?pk={row}", {})
            assert 400 <= status < 500 and MARK not in page, (shelf.key, row)
    assert rows_of(theirs.actor) == before


LINE = ("line-sku", "line-description", "line-unit_price", "line-discount_percent", "line-tax_rate")


@pytest.mark.parametrize(
    ("field", "kind"),
    [("customer_id", "customers"), ("line-item", "items"), ("contact_id", "contacts")],
)
def test_a_new_order_names_nothing_of_another_company(
    theirs: World, mine: Actor, client: Client, field: str, kind: str
) -> None:
    customer, item = save_customer(mine, {"name": "Ours"}), save_item(mine, {"sku": "OURS", "name": "Ours"})
    form = {"customer_id": customer.pk, "line-item": item.pk, "line-quantity": "2", **dict.fromkeys(LINE, "")}
    assert client.post("/orders/new/", form).status_code == 302  # as it is, it is made
    before = rows_of(theirs.actor), Document.objects.of(mine).count()
    for url in ("/orders/new/", "/documents/totals/order/"):
        answer = client.post(url, {**form, field: theirs.ids[kind]})
        assert MARK not in answer.content.decode(), url
        assert answer.status_code < 500, url
    assert (rows_of(theirs.actor), Document.objects.of(mine).count()) == before
