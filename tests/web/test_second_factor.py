"""A company that wants a second factor of everybody lets nobody past the page that sets one up (B22)."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve

from tests.api.conftest import program_of
from tests.api.test_tenancy import addresses
from tradepost.accounts import settings
from tradepost.accounts.models import Membership
from tradepost.accounts.services import actor_of
from tradepost.api.urls import urls as of_the_api
from tradepost.web.middleware import second_factor

pytestmark = pytest.mark.req("B22")
# What is open before a second factor is set up: to set it up, to change the password, and what needs nobody signed in.
OPEN = r"mfa_\w+|account_\w+|companies|company-switch|no-company|join|healthz|metrics|public-document|calendar-feed|web-lead|edi-schema|words"
COMPANY = {"name": "Harbor & Pine", "time_zone": "UTC", "currency": "USD", "fiscal_start": "7"}


def test_who_has_none_sets_one_up_first(client: Client, member: Membership) -> None:
    assert client.post("/preferences/", {**COMPANY, "second_factor": "on"})["Location"] == "/preferences/"
    assert (
        settings.resolve([settings.REGISTRY["company.fiscal_start"]], member.organisation_id)[
            "company.fiscal_start"
        ][0]
        == 7
    )
    for path in ("/", "/orders/", "/preferences/", "/users/"):
        assert client.get(path)["Location"] == "/second-factor/"
    assert client.get("/orders/", headers={"HX-Request": "true"})["HX-Redirect"] == "/second-factor/"
    refused = client.get("/api/v1/customers")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("second-factor-due")
    page = client.get("/second-factor/").content.decode()
    assert "Your company asks every user for a second factor, and you have none yet." in page
    assert client.get("/healthz").status_code != 302
    assert client.post("/sign-out/").status_code == 302


def test_nothing_else_is_open_neither_a_page_nor_the_api(rf: RequestFactory) -> None:
    """Every address there is: how the door answers who owes a second factor."""
    door = second_factor(lambda request: HttpResponse())
    paths = ["/" + re.sub(r"<\w+:\w+>", "1", route) for route, _pattern in addresses()]
    paths += ["/api/v1/" + re.sub(r"<(\w+:)?\w+>", "1", str(pattern.pattern)) for pattern in of_the_api[0]]
    reached = set()
    for path in paths:
        request: Any = rf.post(path)
        request.membership, request.resolver_match = SimpleNamespace(factor_due=True), resolve(path)
        answer = door.process_view(request, None, (), {})
        if answer is None:
            reached.add(request.resolver_match.url_name)
        elif path.startswith("/api/"):
            assert answer.status_code == 403 and b"second-factor-due" in answer.content, path
        else:
            assert answer["Location"] == "/second-factor/", path
    assert not [name for name in reached if not re.fullmatch(OPEN, name)]
    assert {"mfa_index", "mfa_activate_totp"} <= reached


def test_who_has_one_and_programs_go_on(client: Client, member: Membership) -> None:
    program = program_of(actor_of(member))
    settings.put(actor_of(member), {"company.second_factor": True})
    assert program.get("customers")["items"] == []
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert client.get("/orders/").status_code == 302
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={})
    assert client.get("/orders/").status_code == 200


def test_a_company_may_do_without_what_the_installation_wants(client: Client, member: Membership) -> None:
    by_hand = replace(actor_of(member), via="cli")
    settings.put(by_hand, {"company.second_factor": True}, settings.Level.SYSTEM)
    assert client.get("/orders/").status_code == 302
    settings.put(actor_of(member), {"company.second_factor": False})
    assert client.get("/orders/").status_code == 200
