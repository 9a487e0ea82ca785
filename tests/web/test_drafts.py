"""Where a form that could not be saved leads back to, and which answers say that it was saved."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.web.desk import desk_of
from tradepost.accounts.models import Membership
from tradepost.web import drafts

HOST = "http://testserver"


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("get", {"Referer": f"{HOST}/orders/"}, "/asked/?a=1"),
        ("post", {}, "/asked/?a=1"),
        ("post", {"Referer": f"{HOST}/orders/7/edit/?from=3#lines"}, "/orders/7/edit/?from=3"),
        ("post", {"Referer": "https://elsewhere.example/orders/"}, "/asked/?a=1"),
        ("post", {"Referer": "//elsewhere.example/orders/"}, "/asked/?a=1"),
        ("get", {"HX-Request": "true", "HX-Current-URL": f"{HOST}/orders/7/"}, "/orders/7/"),
        ("get", {"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example/"}, "/asked/?a=1"),
    ],
)
def test_where_one_comes_back_to(method: str, headers: dict[str, str], expected: str) -> None:
    request = getattr(RequestFactory(), method)("/asked/?a=1", headers=headers)
    assert drafts.page(request) == expected


FORMS = (
    *(
        "/orders/new/",
        "/orders/new/?customer={customer}",
        "/orders/{order}/edit/",
        "/quotes/new/",
        "/payments/new/",
    ),
    *(
        "/purchase-orders/new/",
        "/customers/new/",
        "/customers/{customer}/edit/",
        "/contacts/new/",
        "/vendors/new/",
    ),
    *(
        "/leads/new/",
        "/opportunities/new/",
        "/cases/new/",
        "/items/new/",
        "/items/{item}/",
        "/price-lists/new/",
    ),
    *(
        "/locations/new/",
        "/mail-templates/new/",
        "/tags/new/",
        "/custom-fields/new/",
        "/profile/",
        "/preferences/",
    ),
    *("/preferences/mail/", "/preferences/documents/", "/roles/new/?base=sales"),
)


@pytest.mark.django_db
def test_the_form_of_every_page_keeps_what_is_typed(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    ids = {"customer": desk.customer.pk, "order": desk.order.pk, "item": desk.item.pk}
    for address in FORMS:
        answer = client.get(address.format(**ids))
        assert answer.status_code == 200, address
        assert "<dirty-guard></dirty-guard>" in answer.content.decode(), address
        assert "data-refused" not in answer.content.decode(), address


@pytest.mark.parametrize(
    ("method", "status", "told"),
    [("post", 302, "%2Fasked%2F%3Fa%3D1"), ("post", 422, ""), ("post", 200, ""), ("get", 302, "")],
)
def test_only_a_form_that_leads_on_was_saved(method: str, status: int, told: str) -> None:
    request = getattr(RequestFactory(), method)("/asked/?a=1")
    answer = drafts.saved(request, HttpResponse(status=status))
    assert (answer.cookies["saved"].value if "saved" in answer.cookies else "") == told
