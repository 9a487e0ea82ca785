"""A passkey, from its making to a sign-in without a password, with the authenticator that Chromium simulates.

https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/#method-addVirtualAuthenticator
"""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tradepost.accounts.models import Membership

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.mark.req("B22")
def test_a_passkey_is_made_and_signs_in_alone(page: Any, member: Membership, live_server: Any) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})

    page.goto(f"{live_server.url}/sign-in/?next=/second-factor/keys/new/")
    page.locator("[name=login]").fill("dana@example.com")
    page.locator("[name=password]").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/confirm/**")
    page.locator("[name=password]").fill("correct horse battery")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.locator("main")).to_contain_text("There are 10 out of 10 recovery codes")
    assert Authenticator.objects.filter(user=member.user, type=Authenticator.Type.WEBAUTHN).count() == 1

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{live_server.url}/")
    expect(page.locator("body")).to_contain_text("Dana")
