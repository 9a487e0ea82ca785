"""Website and phone of a party lead there from its page: for who edits beside the value, for who reads as the value."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of, work_as
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership
from tradepost.people.services import save

KINDS = ("customer", "vendor", "lead")


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def made(desk: Desk, kind: str, website: str, phone: str) -> str:
    """The address of a new party with these."""
    name = "company" if kind == "lead" else "name"
    named = {"last_name": "Ink"} if kind == "contact" else {name: "Ink & Oak", "website": website}
    row = save(desk.actor, kind, {**named, "phone": phone}, phones=[{"label": "Mill", "number": phone}])
    return f"/{kind}s/{row.pk}/"


def anchors(page: str) -> dict[str, str]:
    """Where the links of the facts lead, each with its other attributes and what it says."""
    facts = page[page.index('id="tabs"') :]
    found = re.findall(r'<a\s([^>]*?)href="([^"]+)"([^>]*)>(.*?)</a>', facts, re.DOTALL)
    return {href: f"{before}{after} {text}" for before, href, after, text in found}


@pytest.mark.parametrize("role", [Role.MASTER_ADMIN, Role.READ_ONLY])
@pytest.mark.parametrize("kind", [*KINDS, "contact"])
def test_website_and_phone_are_links(client: Client, desk: Desk, kind: str, role: Role) -> None:
    at = made(desk, kind, "www.inkoak.example", "+1 (603) 555-0100 ext. 4")
    work_as(desk, role)
    found = anchors(client.get(at).content.decode())
    call = found["tel:+16035550100"]
    assert "noopener noreferrer" in call
    if kind != "contact":
        site = found["https://www.inkoak.example"]
        assert 'rel="noopener noreferrer"' in site
        assert 'target="_blank"' in site
        assert ("Open Website" in site) is (role is Role.MASTER_ADMIN)
        assert ("www.inkoak.example" in site) is (role is Role.READ_ONLY)


@pytest.mark.parametrize("role", [Role.MASTER_ADMIN, Role.READ_ONLY])
@pytest.mark.parametrize("kind", KINDS)
def test_what_leads_nowhere_is_text(client: Client, desk: Desk, kind: str, role: Role) -> None:
    at = made(desk, kind, "javascript:alert(1)", "ask <b>Ann</b>")
    work_as(desk, role)
    page = client.get(at).content.decode()
    assert not [href for href in anchors(page) if href.startswith(("javascript", "tel", "http"))]
    assert page.count("javascript:alert(1)") >= 1
    assert page.count("ask &lt;b&gt;Ann&lt;/b&gt;") >= 2


def test_a_link_follows_what_is_saved(client: Client, desk: Desk) -> None:
    at = f"/customers/{desk.customer.pk}/field/website/"
    assert "https://" not in client.get(at).content.decode()
    client.post(at, {"value": "granite.example/shop"})
    assert 'href="https://granite.example/shop"' in client.get(at).content.decode()
