"""The pages of the trade without a browser: they open, obey roles and companies, and refuse with sentences."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of, mail
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation, User

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def pages(desk: Desk) -> list[str]:
    order, quote, customer, contact = desk.order.pk, desk.quote.pk, desk.customer.pk, desk.contact.pk
    tabs = ["", "?tab=history", "?tab=open"]
    return [
        "/orders/", "/orders/?status=late&q=granite&sort=-total", "/orders/new/", f"/orders/{order}/edit/", "/orders/export/",
        "/", "/items/", "/items/new/", f"/items/{desk.item.pk}/", "/quotes/", "/quotes/new/", f"/quotes/{quote}/edit/", "/quotes/export/",
        *(f"/orders/{order}/{t}" for t in tabs), *(f"/quotes/{quote}/{t}" for t in tabs),
        "/customers/", "/customers/?archived=1", "/customers/new/", f"/customers/{customer}/edit/", "/customers/export/",
        "/contacts/", "/contacts/new/", f"/contacts/{contact}/edit/", "/contacts/export/",
        *(f"/customers/{customer}/{t}" for t in [*tabs, "?tab=orders", "?tab=contacts"]),
        *(f"/contacts/{contact}/{t}" for t in [*tabs, "?tab=orders"]),
        f"/documents/{order}/pdf/", f"/documents/{order}/move/hold/", f"/documents/{order}/field/owner_id/?edit=1",
        f"/customers/{customer}/field/notes/?edit=1", f"/contacts/{contact}/field/phone/",
        f"/compose/?on=document:{order}", f"/compose/?on=customer:{customer}", f"/compose/?on=contact:{contact}",
        *(f"/activities/add/{kind}/?on=document:{order}" for kind in ("note", "call", "task", "event")),
        "/people/complete/?q=ren", "/customers/complete/?q=gran", "/contacts/complete/", "/items/complete/?q=tnt",
        "/records/complete/?q=so", "/search/?q=granite",
    ]  # fmt: skip


def test_every_page_opens(client: Client, desk: Desk) -> None:
    for url in pages(desk):
        answer = client.get(url)
        assert answer.status_code == 200, url


def test_another_company_finds_nothing(desk: Desk) -> None:
    """Every address with an id of another company answers 404."""
    other = Organisation.objects.create(name="Other", token_key=b"x" * 32)
    eve = User.objects.create_user("eve@example.com", "correct horse battery")
    Membership.objects.create(organisation=other, user=eve, role=Role.MASTER_ADMIN)
    stranger = Client()
    stranger.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    message = mail(desk, html="<p>Hi</p>", files=[("a.txt", b"abc", "text/plain")])
    file = message.attachments.get()
    own = [url for url in pages(desk) if re.search(r"[/:]\d", url)]
    own += [f"/messages/{message.pk}/frame/", f"/files/{file.pk}/", f"/activities/{message.activity_id}/"]
    own += [f"/activities/{message.activity_id}/{act}/" for act in ("edit", "move")]
    own += [f"/activities/pulse/document:{desk.order.pk}/"]
    for url in own:
        assert stranger.get(url).status_code == 404, url
    for url in [
        f"/documents/{desk.order.pk}/move/close/",
        f"/quotes/{desk.quote.pk}/order/",
        f"/activities/{message.activity_id}/status/",
        f"/activities/{message.activity_id}/unlink/?on=document:{desk.order.pk}",
        f"/messages/{message.pk}/again/",
        f"/customers/{desk.customer.pk}/archive/",
    ]:
        assert stranger.post(url).status_code == 404, url
