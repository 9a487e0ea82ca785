"""Entrance and set-up in Chromium: registering, Test Connection, what a choice implies; access at every width."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from playwright.sync_api import expect

from tests.web.looks import look
from tradepost.accounts import roles
from tradepost.accounts.access import Role
from tradepost.accounts.keys import create_api_key
from tradepost.accounts.models import Membership, User
from tradepost.accounts.services import actor_of, invite
from tradepost.accounts.settings import put
from tradepost.jobs.services import notify, open_job, progress
from tradepost.mail.accounts import save_account
from tradepost.mail.models import MailAccount
from tradepost.sync.models import Connection, Health, Review, Run, RunItem

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
SERVER = {"host": "mail.pine.example", "port": 993, "username": "dana"}


@pytest.fixture(autouse=True)
def no_tries_counted(transactional_db: None) -> None:
    call_command("createcachetable", verbosity=0)
    cache.clear()


@pytest.fixture
def office(member: Membership) -> dict[str, int]:
    """A company in which every page has something to show; the ids of what has a page of its own."""
    actor = actor_of(member)
    put(actor, {"mail.active": True})
    lee = User.objects.create_user("lee@pine.example", "correct horse battery", name="Lee Ortiz")
    other = Membership.objects.create(organisation=member.organisation, user=lee, role=Role.SALES)
    invite(actor, email="marcus.oyelaran@granite-state-brewing.example", role=Role.WAREHOUSE)
    role = roles.add(actor, name="Sales without export", base=Role.SALES)
    create_api_key(actor, name="Warehouse scanner", scopes=["stock.move"])
    values = {"name": "Sales desk", "sender_email": "sales@pine.example", "folders": {"inbox": "INBOX"}}
    servers = {"imap": SERVER, "smtp": SERVER}
    account = save_account(actor, values, config=servers, secrets={"imap_password": "x"}, shared=True)
    trouble = {"reason": "mail.pine.example refused the password.", "cure": "Enter an app password."}
    Connection.objects.update(health=Health.BROKEN, **trouble)
    job = open_job(actor, "x", "Import orders", total=240)
    progress(job.pk, 140, failures=2)
    notify(actor.organisation_id, "a", "Renata answered", user_id=actor.user_id, link="/profile/")
    run = Run.objects.create(organisation_id=actor.organisation_id, stream=account.connection.streams.get())
    facts: dict[str, Any] = {"organisation_id": actor.organisation_id, "run": run}
    RunItem.objects.create(
        **facts, action="create", label="SO-2", failed=True, before={"a": "b"}, after={"a": "c"}
    )
    Review.objects.create(
        organisation_id=actor.organisation_id,
        kind="mail.doubt",
        key="1",
        title="Sent?",
        options=["send", "sent"],
    )
    return {
        "account": account.pk,
        "connection": account.connection_id,
        "run": run.pk,
        "lee": other.pk,
        "role": role.pk,
    }


PAGES = [
    "/profile/",
    "/users/",
    "/users/{lee}/end/",
    "/roles/",
    "/roles/{role}/",
    "/api-keys/",
    "/audit/",
    "/preferences/",
    "/preferences/documents/",
    "/preferences/documents/invoice/",
    "/preferences/mail/",
    "/lists/",
    "/lists/terms/",
    "/lists/shipping-methods/new/",
    "/mail-and-calendar/",
    "/mail-accounts/",
    "/mail-accounts/new/",
    "/mail-accounts/{account}/",
    "/connections/",
    "/connections/{connection}/",
    "/runs/",
    "/runs/{run}/",
    "/reviews/",
    "/notices/",
    "/jobs/",
    "/companies/",
    "/second-factor/",
    "/password/",
]


def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Any, office: dict[str, int]) -> None:
    for page in PAGES:
        desk.open(page.format(**office))
        look(desk, page)


def test_the_entrance_is_accessible(page: Any) -> None:
    for address in ("/sign-in/", "/register/", "/password/reset/", "/password/reset/sent/"):
        page.open(address)
        look(page, address)


def test_register_sign_out_and_in(page: Any, console: list[str]) -> None:
    page.open("/register/")
    page.get_by_label("Company").fill("Marlow & Finch")
    page.get_by_label("Your name").fill("Priya Raman")
    page.get_by_label("Your e-mail").fill("priya@marlow.example")
    page.get_by_label("Password").fill("otter lantern nine")
    page.get_by_role("button", name="Register").click()
    expect(page).not_to_have_url(re.compile("/register/"))
    page.open("/profile/")
    page.get_by_role("button", name="Settings of Marlow & Finch").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.open("/profile/")
    page.get_by_label("Email").fill("priya@marlow.example")
    page.get_by_label("Password").fill("otter lantern nine")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/profile/$"))
    console[:] = [
        text for text in console if "status of 404" not in text
    ]  # the start page is not ours to prove


def test_what_disregarding_responses_implies_is_said_at_once(desk: Any, office: dict[str, int]) -> None:
    desk.open("/preferences/mail/")
    note = desk.get_by_text("their attachments are not kept either").last
    files = desk.get_by_role("radio", name="Add them to the activity")
    expect(files).to_be_visible()
    expect(note).not_to_be_visible()
    desk.get_by_role("radio", name=re.compile("Disregard responses")).check()
    expect(files).not_to_be_visible()
    expect(note).to_be_visible()


class TestMailForm:
    def test_servers_follow_the_address_and_ports_the_encryption(
        self, desk: Any, office: dict[str, int]
    ) -> None:
        desk.open("/mail-accounts/new/")
        desk.get_by_label("Sender Email").fill("dana@gmail.com")
        desk.get_by_label("Sender Email").press("Tab")
        expect(desk.get_by_label("Server (IMAP)")).to_have_value("imap.gmail.com")
        expect(desk.get_by_role("radio", name="Gmail Account")).to_be_checked()
        desk.locator("#id_smtp_encryption").select_option("starttls")
        expect(desk.locator("#id_smtp_port")).to_have_value("587")
        desk.get_by_label("Server (SMTP)").fill("relay.pine.example")
        desk.get_by_label("Sender Email").fill("dana@pine.example")
        desk.get_by_label("Sender Email").press("Tab")
        expect(desk.get_by_label("Server (IMAP)")).to_have_value("imap.pine.example")
        expect(desk.get_by_label("Server (SMTP)")).to_have_value("relay.pine.example")

    @pytest.mark.servers
    @pytest.mark.req("B6", "B7", "A6")
    def test_connect_a_mailbox_on_a_real_server(
        self, desk: Any, office: dict[str, int], dovecot: Any, settings: Any
    ) -> None:
        settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]
        address = dovecot.user("form@shop.test")
        desk.open("/mail-accounts/new/")
        desk.get_by_label("Account Name").fill("My mailbox")
        desk.get_by_label("Sender Email").fill(address)
        desk.get_by_label("Sender Email").press("Tab")
        expect(desk.locator("#id_imap_username")).to_have_value(address)
        desk.locator("#id_imap_password").fill("secret")
        desk.get_by_label("Server (IMAP)").fill("localhost")
        desk.locator("#id_imap_port").fill(str(dovecot.imaps))
        desk.get_by_label("Server (SMTP)").fill("localhost")
        desk.locator("#id_smtp_encryption").select_option("starttls")
        desk.locator("#id_smtp_port").fill(str(dovecot.submission))
        test = desk.get_by_role("button", name="Test Connection")
        test.click()
        desk.get_by_role("button", name="Trust this certificate").click()
        expect(desk.locator(".step-done")).to_have_count(7)
        desk.get_by_role("button", name="Trust this certificate").click()
        expect(desk.get_by_text("The connection works.")).to_be_visible()
        expect(desk.get_by_label("Inbox")).to_have_value("INBOX")
        expect(desk.locator("#id_imap_password")).to_have_value("secret")
        desk.get_by_role("button", name="Connect", exact=True).click()
        expect(desk.get_by_role("heading", name="My mailbox")).to_be_visible()
        stored = MailAccount.objects.select_related("connection").get(name="My mailbox").connection
        assert stored.config["imap"]["pinned"] == dovecot.certificate.fingerprint
        trusted = desk.locator("[data-pinned=id_smtp_pinned]")
        expect(trusted).to_contain_text(dovecot.certificate.fingerprint)
        trusted.get_by_role("button", name="Trust it no more").click()
        expect(trusted).to_be_hidden()
        expect(desk.locator("[data-pinned=id_imap_pinned]")).to_be_visible()
        desk.get_by_role("button", name="Save", exact=True).click()
        expect(desk.get_by_text("Mail account “My mailbox” saved")).to_be_visible()
        stored.refresh_from_db()
        assert [bool(stored.config[side]["pinned"]) for side in ("imap", "smtp")] == [True, False]


@pytest.mark.req("X4")
def test_a_broken_connection_has_a_banner_that_leads_to_its_cure(desk: Any, office: dict[str, int]) -> None:
    desk.open("/profile/")
    banner = desk.get_by_role("alert").filter(has_text="Sales desk needs attention.")
    banner.get_by_role("link", name="Reconnect").click()
    expect(desk.get_by_role("heading", name="Sales desk")).to_be_visible()


def test_a_job_shows_its_progress_as_it_goes(desk: Any, office: dict[str, int]) -> None:
    desk.open("/jobs/")
    bar = desk.get_by_role("progressbar", name="Import orders")
    expect(bar).to_have_attribute("aria-valuenow", "58")
    from tradepost.jobs.models import Job

    progress(Job.objects.get().pk, 180)
    expect(bar).to_have_attribute("aria-valuenow", "75")
