"""Entrance: register, sign in and out, passwords, second factor, invitations, several companies."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from tradepost.accounts import services
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation, User
from tradepost.web.locales import currency_of, preferred

REGISTRATION = {
    "company": "Marlow & Finch",
    "name": "Priya Raman",
    "email": "Priya@Marlow.example",
    "password": "otter lantern nine",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
}


@pytest.fixture(autouse=True)
def no_tries_counted(db: None) -> None:
    call_command("createcachetable", verbosity=0)
    cache.clear()


def sign_in(client: Client, email: str, password: str) -> object:
    return client.post("/sign-in/", {"login": email, "password": password})


@pytest.mark.req("A3")
def test_who_registers_a_company_is_its_master_admin() -> None:
    client = Client()
    assert client.get("/register/").status_code == 200
    answer = client.post("/register/", REGISTRATION)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    member = Membership.objects.get(user__email="priya@marlow.example")
    assert (member.role, member.organisation.time_zone) == (Role.MASTER_ADMIN, "Europe/Berlin")
    assert client.get("/companies/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", " "),
        ("email", "nonsense"),
        ("password", "short"),
        ("time_zone", "Mars"),
        ("currency", "€"),
        ("locale", "tlh"),
    ],
)
def test_a_registration_that_is_wrong_says_where_and_writes_nothing(field: str, value: str) -> None:
    answer = Client().post("/register/", {**REGISTRATION, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}' in answer.content.decode()
    assert not User.objects.exists()
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("accepted", "locale", "currency"),
    [
        ("", "en-US", "USD"),
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT", "EUR"),
        ("de", "de-DE", "EUR"),
        ("pl,en-GB;q=0.7", "en-GB", "GBP"),
        ("de-ch", "de-CH", "CHF"),
        ("es-AR,en-US;q=0.9", "es-ES", "EUR"),
        ("xx, *;q=0.1, \x00", "en-US", "USD"),
    ],
)
def test_a_company_begins_with_the_locale_of_its_browser(accepted: str, locale: str, currency: str) -> None:
    assert (preferred(accepted), currency_of(locale)) == (locale, currency)
    client = Client(headers={"Accept-Language": accepted})
    page = client.get("/register/").content.decode()
    chosen = re.findall(r'<option value="([^"]+)" selected', page)
    assert locale in chosen and currency in chosen
    client.post("/register/", {**REGISTRATION, "locale": locale})
    assert Organisation.objects.get().locale == locale


def test_registration_can_be_closed(settings: object) -> None:
    settings.REGISTRATION_OPEN = False  # type: ignore[attr-defined]
    assert Client().post("/register/", REGISTRATION).status_code == 403


class TestSignIn:
    def test_in_and_out(self, member: Membership) -> None:
        client = Client()
        answer = sign_in(client, "dana@example.com", "correct horse battery")
        assert answer["Location"] == "/"
        assert client.get("/companies/").status_code == 200
        assert client.post("/sign-out/").status_code == 302
        assert client.get("/companies/")["Location"] == "/sign-in/?next=/companies/"

    def test_a_session_that_was_planted_is_worth_nothing(self, member: Membership) -> None:
        victim = Client()
        session = victim.session
        session["planted"] = "1"
        session.save()
        before = session.session_key
        victim.cookies[settings.SESSION_COOKIE_NAME] = str(before)
        sign_in(victim, "dana@example.com", "correct horse battery")
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = str(before)
        assert thief.get("/companies/").status_code == 302
        assert victim.get("/companies/").status_code == 200

    def test_a_host_that_is_not_ours_is_refused_in_words(self, settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["desk.example"]
        answer = Client(headers={"Host": "evil.example"}).get("/sign-in/")
        assert answer.status_code == 400
        assert "The desk is not known by the name in this address." in answer.content.decode()
        assert "evil.example" not in answer.content.decode()

    def test_back_to_where_one_wanted_and_never_elsewhere(self, member: Membership) -> None:
        values = {"login": "dana@example.com", "password": "correct horse battery"}
        assert Client().post("/sign-in/", {**values, "next": "/companies/"})["Location"] == "/companies/"
        assert Client().post("/sign-in/", {**values, "next": "https://evil.example/"})["Location"] == "/"

    def test_no_answer_tells_whether_an_account_exists(self, member: Membership) -> None:
        def said(email: str) -> str:
            page = sign_in(Client(), email, "wrong wrong wrong").content.decode()
            found = re.search(r'role="alert".*?</div>\s*</div>', page, re.S)
            assert found
            return found[0]

        assert said("dana@example.com") == said("nobody@example.com")

    def test_tries_are_throttled(self, member: Membership) -> None:
        for _ in range(5):
            sign_in(Client(), "dana@example.com", "wrong wrong wrong")
        with connection.cursor() as cursor:  # tries at a thousand other addresses make nobody forget them
            cursor.execute(
                "INSERT INTO cache SELECT 'z' || n, '', now() + interval '5 minutes' "
                "FROM generate_series(1, 1000) n"
            )
        cache.set("another", 1)
        answer = sign_in(Client(), "dana@example.com", "correct horse battery")
        assert answer.status_code == 200
        assert "Too many failed login attempts" in answer.content.decode()

    def test_a_member_of_no_company_is_told(self, member: Membership) -> None:
        client = Client()
        client.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        Membership.objects.update(ended_at="2026-01-01T00:00Z")
        assert client.get("/companies/")["Location"] == "/no-company/"
        assert "You are in no company" in client.get("/no-company/").content.decode()


class TestSessions:
    """A second browser is signed in; what ends its session, and what does not."""

    @pytest.fixture
    def other(self, member: Membership) -> Client:
        other = Client()
        sign_in(other, "dana@example.com", "correct horse battery")
        assert other.get("/profile/").status_code == 200
        return other

    @pytest.mark.parametrize("by", ["page", "api"])
    def test_signing_out_everywhere_leaves_this_one(self, client: Client, other: Client, by: str) -> None:
        path = {"page": "/profile/sign-out/", "api": "/api/v1/me/sign-out"}[by]
        assert client.post(path).status_code == {"page": 302, "api": 204}[by]
        assert other.get("/profile/")["Location"].startswith("/sign-in/")
        assert other.get("/api/v1/me").status_code == 401
        assert client.get("/profile/").status_code == 200
        assert sign_in(other, "dana@example.com", "correct horse battery")["Location"] == "/"  # type: ignore[index]
        assert client.post(path).status_code in (302, 204)  # and once more
        assert other.get("/profile/").status_code == 302

    def test_another_password_ends_it(self, client: Client, other: Client) -> None:
        new = {"oldpassword": "correct horse battery", "password1": "lantern otter ten"}
        assert client.post("/password/", {**new, "password2": "lantern otter ten"}).status_code == 302
        assert other.get("/profile/")["Location"].startswith("/sign-in/")
        assert client.get("/profile/").status_code == 200

    def test_the_password_set_on_the_machine_ends_all(self, client: Client, other: Client) -> None:
        services.set_password("dana@example.com", "lantern otter ten")
        for browser in (client, other):
            assert browser.get("/profile/")["Location"].startswith("/sign-in/")

    def test_an_account_that_is_shut_ends_it(self, member: Membership, other: Client) -> None:
        User.objects.update(is_active=False)
        assert other.get("/profile/")["Location"].startswith("/sign-in/")


class TestPassword:
    def test_reset_by_mail_once(self, member: Membership) -> None:
        client = Client()
        assert (
            client.post("/password/reset/", {"email": "dana@example.com"})["Location"]
            == "/password/reset/sent/"
        )
        link = re.search(r"https?://[^/]+(/password/reset/\S+)", mail.outbox[-1].body)
        assert link
        there = client.get(link[1], follow=True)
        new = {"password1": "lantern otter eleven", "password2": "lantern otter eleven"}
        assert client.post(there.request["PATH_INFO"], new).status_code == 302
        assert sign_in(Client(), "dana@example.com", "lantern otter eleven")["Location"] == "/"
        assert "invalid" in Client().get(link[1], follow=True).content.decode()

    def test_the_link_is_ours_whatever_host_the_request_names(self, member: Membership) -> None:
        asking = Client(headers={"Host": "evil.example"})
        asking.post("/password/reset/", {"email": "dana@example.com"})
        assert f"{settings.PUBLIC_URL}/password/reset/" in mail.outbox[-1].body
        assert "evil.example" not in mail.outbox[-1].body

    def test_reset_answers_the_same_for_nobody(self, member: Membership) -> None:
        assert (
            Client().post("/password/reset/", {"email": "x@example.com"})["Location"]
            == "/password/reset/sent/"
        )

    def test_change(self, client: Client) -> None:
        new = {
            "oldpassword": "correct horse battery",
            "password1": "lantern otter ten",
            "password2": "lantern otter ten",
        }
        assert client.post("/password/", new).status_code == 302
        assert sign_in(Client(), "dana@example.com", "lantern otter ten")["Location"] == "/"


class TestInvitation:
    def test_a_new_person_joins(self, member: Membership) -> None:
        _row, secret = services.invite(services.actor_of(member), email="lee@example.com", role=Role.SALES)
        client = Client()
        assert "Join Harbor &amp; Pine" in client.get(f"/join/{secret}/").content.decode()
        weak = client.post(f"/join/{secret}/", {"name": "Lee", "password": "short"})
        assert weak.status_code == 422
        assert (
            client.post(f"/join/{secret}/", {"name": "Lee", "password": "otter lantern nine"})["Location"]
            == "/"
        )
        assert Membership.objects.get(user__email="lee@example.com").role == Role.SALES
        assert client.get(f"/join/{secret}/").status_code == 409
        assert client.get("/join/nonsense/").status_code == 404

    def test_somebody_of_two_companies_switches(self, client: Client, member: Membership) -> None:
        other = Organisation.objects.create(name="Marlow", token_key=b"x" * 32)
        third = Organisation.objects.create(name="Strangers", token_key=b"y" * 32)
        Membership.objects.create(organisation=other, user=member.user, role=Role.READ_ONLY)
        assert client.post(f"/companies/{other.pk}/").status_code == 302
        assert "Settings of Marlow" in client.get("/companies/").content.decode()
        assert client.post(f"/companies/{third.pk}/").status_code == 403


class TestSecondFactor:
    def test_authenticator_app(self, client: Client, member: Membership) -> None:
        from allauth.mfa.totp.internal.auth import (
            format_hotp_value,
            hotp_value,
            yield_hotp_counters_from_time,
        )

        confirm = client.get("/second-factor/app/")
        assert client.post(confirm["Location"], {"password": "correct horse battery"}).status_code == 302
        page = client.get("/second-factor/app/")
        secret = page.context["form"].secret
        code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
        assert client.post("/second-factor/app/", {"code": code})["Location"] == "/second-factor/codes/"
        codes = client.get("/second-factor/codes/")
        assert codes.status_code == 200
        recovery = codes.context["unused_codes"][0]

        stranger = Client()
        answer = sign_in(stranger, "dana@example.com", "correct horse battery")
        assert answer["Location"] == "/sign-in/second-factor/"
        assert stranger.get("/companies/").status_code == 302
        assert stranger.post("/sign-in/second-factor/", {"code": recovery})["Location"] == "/"
        assert stranger.get("/companies/").status_code == 200

    @pytest.mark.parametrize(
        "name", ["mfa_index", "account_change_password", "account_reauthenticate", "mfa_list_webauthn"]
    )
    def test_pages_are_in_the_look(self, client: Client, name: str) -> None:
        answer = client.get(reverse(name), follow=True)
        assert answer.status_code == 200
        assert b"tradepost/css/base.css" in answer.content
