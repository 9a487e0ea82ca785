"""Preferences, the connect page and the form of a mail account."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from tradepost.accounts import settings
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import AuditEntry, Membership, SettingValue, User
from tradepost.accounts.services import actor_of
from tradepost.accounts.settings import Level, put
from tradepost.kit.errors import Missing, Refused
from tradepost.mail import accounts
from tradepost.mail.access import grant, manageable, reachable, revoke
from tradepost.mail.models import MailAccess, MailAccount
from tradepost.mail.preferences import ACTIVE, FILES, NEVER_LOG, RESPONSE
from tradepost.pim.preferences import ACTIVE as CALENDAR_ACTIVE
from tradepost.web.mailbox_form import SIDES

NAMES = {"mail_response": "own", "mail_contact_mail": "log", "mail_files": "add", "mail_files_go_to": "mail"}
REST = {"mail_log_visibility": "owner", "mail_never_log": "", "mail_internal_domains": ""}
PREFERENCES = {**NAMES, **REST, "mail_max_accounts_per_user": "5"}
FORM = {
    "preset": "generic",
    "name": "Dana",
    "sender_name": "Dana Whitfield",
    "sender_email": "dana@shop.example",
    "imap_host": "imap.shop.example",
    "imap_port": "993",
    "imap_encryption": "tls",
    "imap_username": "dana",
    "imap_password": "open sesame",
    "copy_to_sent": "on",
    "match_imap_credentials": "on",
    "smtp_host": "smtp.shop.example",
    "smtp_port": "465",
    "smtp_encryption": "tls",
    "folder_inbox": "INBOX",
    "folder_sent": "Gesendet",
}


@pytest.fixture
def actor(member: Membership) -> Actor:
    return actor_of(member)


@pytest.fixture
def active(actor: Actor) -> None:
    put(actor, {"mail.active": True})


def as_role(member: Membership, role: Role) -> None:
    Membership.objects.filter(pk=member.pk).update(role=role)


class TestPreferences:
    @pytest.mark.req("A4", "A8", "A9", "A10", "A11", "B1")
    def test_switches_and_choices_are_saved_for_the_company(self, client: Client, actor: Actor) -> None:
        page = client.get("/preferences/mail/").content.decode()
        assert page.count('type="checkbox"') == 2
        values = {**PREFERENCES, "mail_active": "on", "mail_never_log": "bank.example\nboss@home.example"}
        assert client.post("/preferences/mail/", values).status_code == 302
        here = actor.organisation_id
        assert (ACTIVE.value(here), CALENDAR_ACTIVE.value(here), RESPONSE.value(here)) == (True, False, "own")
        assert NEVER_LOG.value(here) == ["bank.example", "boss@home.example"]

    @pytest.mark.req("A3")
    def test_an_admin_sees_the_switches_but_cannot_turn_them(
        self, client: Client, member: Membership
    ) -> None:
        as_role(member, Role.ADMIN)
        page = client.get("/preferences/mail/").content.decode()
        assert "Only the Master Admin" in page
        client.post("/preferences/mail/", {**PREFERENCES, "mail_active": "on"})
        assert not ACTIVE.value(member.organisation_id)
        assert RESPONSE.value(member.organisation_id) == "own"

    @pytest.mark.req("X5")
    def test_the_level_that_set_a_value_is_shown_and_can_be_dropped(
        self, client: Client, actor: Actor
    ) -> None:
        put(actor, {FILES.key: "disregard"})
        assert "Set for your company" in client.get("/preferences/mail/").content.decode()
        assert client.post("/preferences/mail/", {"inherit": FILES.key}).status_code == 302
        assert FILES.value(actor.organisation_id) == "add"

    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
        self, client: Client, actor: Actor
    ) -> None:
        answer = client.post("/preferences/mail/", {**PREFERENCES, "mail_never_log": "nonsense"})
        assert answer.status_code == 422
        assert "neither an address nor a domain" in answer.content.decode()
        assert RESPONSE.value(actor.organisation_id) == "append"

    @pytest.mark.req("X5")
    @pytest.mark.parametrize(
        ("path", "key", "own"),
        [
            ("/preferences/", "company.fiscal_start", 7),
            ("/preferences/", "company.second_factor", False),
            ("/preferences/", "stock.allow_negative", False),
            ("/taxes/", "tax.address", "shipping"),
            ("/taxes/", "tax.included", False),
            ("/preferences/mail/", "mail.response", "own"),
        ],
    )
    def test_a_page_says_where_a_value_comes_from_and_gives_it_back(
        self, client: Client, actor: Actor, path: str, key: str, own: object
    ) -> None:
        setting = settings.REGISTRY[key]
        settings.put(actor, {key: own})
        page = client.get(path).content.decode()
        assert f'value="{key}"' in page and "Set for your company" in page
        assert client.post(path, {"inherit": key}).status_code == 302
        assert settings.resolve([setting], actor.organisation_id)[key] == (setting.default, None)
        assert f'value="{key}"' not in client.get(path).content.decode()

    def test_company(self, client: Client, member: Membership) -> None:
        settings.put(replace(actor_of(member), via="cli"), {"stock.allow_negative": True}, Level.SYSTEM)
        values = {"name": "Pine", "time_zone": "Europe/Berlin", "currency": "EUR", "allow_negative": "on"}
        assert client.post("/preferences/", values).status_code == 302
        member.organisation.refresh_from_db()
        assert (member.organisation.name, member.organisation.currency) == ("Pine", "EUR")
        assert not SettingValue.objects.exclude(
            organisation=None
        ).exists()  # what is not changed is inherited on
        as_role(member, Role.SALES)
        assert client.get("/preferences/").status_code == 403


class TestConnect:
    @pytest.mark.req("A5")
    def test_before_activation_the_page_says_who_activates(self, client: Client, member: Membership) -> None:
        as_role(member, Role.SALES)
        boss = User.objects.create_user("boss@example.com", "x", name="Ines Calder")
        Membership.objects.create(organisation=member.organisation, user=boss, role=Role.MASTER_ADMIN)
        page = client.get("/mail-and-calendar/").content.decode()
        assert "Mail is not activated for your company" in page
        assert "Ines Calder" in page
        assert client.get("/mail-accounts/new/")["Location"] == "/mail-and-calendar/"
        assert client.post("/mail-accounts/new/", FORM).status_code == 302
        assert not MailAccount.objects.exists()

    @pytest.mark.req("A2", "A6", "A7")
    def test_connect_and_disconnect(self, client: Client, active: None) -> None:
        assert "Connect a mailbox" in client.get("/mail-and-calendar/").content.decode()
        assert client.post("/mail-accounts/new/", FORM).status_code == 302
        account = MailAccount.objects.select_related("connection").get()
        assert account.connection.secrets["imap_password"] == "open sesame"
        gone = client.post(f"/mail-accounts/{account.pk}/disconnect/", {"from": "mine"})
        assert gone["Location"] == "/mail-and-calendar/"
        account.connection.refresh_from_db()
        assert (account.connection.health, dict(account.connection.secrets)) == ("off", {})

    def test_read_only_members_have_no_mailbox(
        self, client: Client, member: Membership, active: None
    ) -> None:
        as_role(member, Role.READ_ONLY)
        assert client.get("/mail-and-calendar/").status_code == 403
        assert client.get("/mail-accounts/").status_code == 403


@pytest.mark.usefixtures("active")
class TestForm:
    @pytest.mark.req("B2", "B5", "B6", "B7", "B9", "B10", "B11")
    def test_what_is_entered_is_kept_and_no_password_comes_back(self, client: Client) -> None:
        answer = client.post("/mail-accounts/new/", FORM)
        account = MailAccount.objects.select_related("connection").get()
        assert answer["Location"] == f"/mail-accounts/{account.pk}/"
        assert account.folders == {"inbox": "INBOX", "sent": "Gesendet"}
        assert account.connection.config["smtp"] == {
            "host": "smtp.shop.example",
            "port": 465,
            "encryption": "tls",
            "username": "",
            "pinned": "",
            "authority": "",
            "tls_verify": "on",
        }
        page = client.get(answer["Location"]).content.decode()
        assert "imap.shop.example" in page
        assert "open sesame" not in page
        refused = client.post("/mail-accounts/new/", {**FORM, "name": ""})
        assert refused.status_code == 422
        assert "open sesame" not in refused.content.decode()

    @pytest.mark.req("B8")
    def test_gmail_says_what_must_be_on_there(self, client: Client) -> None:
        page = html.unescape(client.get("/mail-accounts/new/").content.decode())
        assert "Settings › Forwarding and POP/IMAP, choose Enable IMAP and Save" in page

    @pytest.mark.req("D5")
    def test_certificates_are_verified_and_who_turns_it_off_is_reminded_on_every_page(
        self, client: Client, actor: Actor
    ) -> None:
        page = client.get("/mail-accounts/new/").content.decode()
        assert re.search(r'name="tls_verify".*?value="on" selected', page, re.S)
        client.post("/mail-accounts/new/", FORM)
        account = MailAccount.objects.get()
        assert account.connection.config["imap"]["tls_verify"] == "on"
        assert "does not verify certificates" not in client.get("/").content.decode()
        client.post(
            f"/mail-accounts/{account.pk}/", {**FORM, "tls_verify": "off", "version": account.version}
        )
        home = client.get("/").content.decode()
        assert "Dana does not verify certificates" in home
        assert "alert-danger banner" in home
        assert AuditEntry.objects.filter(verb="mail_account.tls_verify", after={"off": True}).exists()
        authority = {**FORM, "authority": "no certificate", "version": account.version + 1}
        refused = client.post(f"/mail-accounts/{account.pk}/", authority)
        assert (refused.status_code, "in PEM form" in refused.content.decode()) == (422, True)

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"sender_email": "dana"}, "is not an e-mail address"),
            ({"imap_host": ""}, "Give the name of the server"),
            ({"imap_port": "70000"}, "less than or equal to 65535"),
            ({"imap_encryption": "ssl"}, "not one of the available choices"),
        ],
    )
    def test_a_wrong_value_is_told_at_its_field(
        self, client: Client, change: dict[str, str], sentence: str
    ) -> None:
        answer = client.post("/mail-accounts/new/", {**FORM, **change})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert f'href="#id_{next(iter(change))}"' in answer.content.decode()
        assert not MailAccount.objects.exists()

    def test_a_change_without_password_keeps_it_unless_the_server_changes(self, client: Client) -> None:
        client.post("/mail-accounts/new/", FORM)
        account = MailAccount.objects.get()
        same = {**FORM, "imap_password": "", "sender_name": "D.", "version": str(account.version)}
        assert client.post(f"/mail-accounts/{account.pk}/", same).status_code == 302
        account = MailAccount.objects.select_related("connection").get()
        assert account.connection.secrets["imap_password"] == "open sesame"
        other = {**same, "imap_host": "imap.evil.example", "version": str(account.version)}
        answer = client.post(f"/mail-accounts/{account.pk}/", other)
        assert answer.status_code == 422
        assert "enter the password for it" in answer.content.decode()
        stale = client.post(f"/mail-accounts/{account.pk}/", {**same, "version": "1"})
        assert "changed by someone else" in stale.content.decode()

    @pytest.mark.req("B12", "B13")
    @pytest.mark.parametrize(
        ("address", "preset", "imap", "smtp"),
        [
            ("d@gmail.com", "", "imap.gmail.com 993 tls", "smtp.gmail.com 465 tls"),
            (
                "d@corp.example",
                "microsoft365",
                "outlook.office365.com 993 tls",
                "smtp.office365.com 587 starttls",
            ),
            ("d@corp.example", "", "imap.corp.example 993 tls", "smtp.corp.example 465 tls"),
        ],
    )
    def test_servers_are_proposed(
        self, client: Client, address: str, preset: str, imap: str, smtp: str
    ) -> None:
        fields = client.get("/mail-accounts/propose/", {"address": address, "preset": preset}).json()[
            "fields"
        ]
        found = [" ".join(str(fields[f"{s}_{p}"]) for p in ("host", "port", "encryption")) for s in SIDES]
        assert found == [imap, smtp]

    @pytest.mark.req("B10")
    @pytest.mark.parametrize(
        ("service", "address", "copied"), [("gmail", "d@gmail.com", False), ("", "d@x.example", True)]
    )
    def test_where_the_provider_files_sent_mail_no_copy_is_proposed(
        self, client: Client, actor: Actor, service: str, address: str, copied: bool
    ) -> None:
        page = client.get(f"/mail-accounts/new/?service={service}").content.decode()
        [box] = re.findall(r'<input[^>]+name="copy_to_sent"[^>]*>', page)
        assert ("checked" in box) is copied
        asked = client.get("/mail-accounts/propose/", {"address": address})
        assert asked.json()["fields"]["copy_to_sent"] is copied
        config = {side: {"host": f"{side}.{address.partition('@')[2]}"} for side in SIDES}
        values = {"name": "By a script", "sender_email": address}
        assert accounts.save_account(actor, values, config=config).copy_to_sent is copied
        chosen = {**values, "name": "Against the advice", "copy_to_sent": not copied}
        assert accounts.save_account(actor, chosen, config=config).copy_to_sent is not copied

    @pytest.mark.req("B4")
    def test_create_copy_has_no_secret(self, client: Client) -> None:
        client.post("/mail-accounts/new/", FORM)
        MailAccount.objects.update(copy_to_sent=False, signature="D.")
        source = MailAccount.objects.get()
        answer = client.post(f"/mail-accounts/{source.pk}/copy/")
        made = MailAccount.objects.select_related("connection").exclude(pk=source.pk).get()
        assert answer["Location"] == f"/mail-accounts/{made.pk}/"
        assert not made.connection.secrets
        assert made.connection.config == source.connection.config
        for field in set(accounts.FIELDS) - {"name"}:
            assert getattr(made, field) == getattr(source, field), field
        sealed = AuditEntry.objects.filter(kind="mailaccount").values_list("before", "after")
        assert "open sesame" not in str(list(sealed))

    @pytest.mark.req("B15")
    def test_access_and_the_sixth_mailbox(self, client: Client, actor: Actor, member: Membership) -> None:
        lee = User.objects.create_user("lee@example.com", "x", name="Lee Ortiz")
        Membership.objects.create(organisation=member.organisation, user=lee, role=Role.SALES)
        for n in range(6):
            values = {**FORM, "name": f"Shared {n}", "sender_email": f"s{n}@shop.example"}
            assert client.post("/mail-accounts/new/?shared=1", values).status_code == 302
        pks = list(MailAccount.objects.order_by("pk").values_list("pk", flat=True))
        for pk in pks[:5]:
            assert client.post(f"/mail-accounts/{pk}/access/", {"who": f"user:{lee.pk}"}).status_code == 302
        sixth = client.post(f"/mail-accounts/{pks[5]}/access/", {"who": f"user:{lee.pk}"})
        assert sixth.status_code == 422
        assert "can reach 5 mail accounts at most" in sixth.content.decode()
        assert client.post(f"/mail-accounts/{pks[5]}/access/", {"who": "role:sales"}).status_code == 302
        assert AuditEntry.objects.filter(kind="mailaccess", label__startswith="Sales → ").exists()
        nobody = client.post(f"/mail-accounts/{pks[5]}/access/", {"who": "user:²"})
        assert (nobody.status_code, "Choose a user or a role." in nobody.content.decode()) == (422, True)
        page = client.get(f"/mail-accounts/{pks[0]}/").content.decode()
        assert "Lee Ortiz" in page
        access = MailAccess.objects.filter(account_id=pks[0]).get()
        assert client.post(f"/mail-accounts/{pks[0]}/access/{access.pk}/").status_code == 302

    @pytest.mark.req("B15")
    def test_the_sixth_mailbox_of_ones_own_is_refused_unless_the_company_says_otherwise(
        self, client: Client, actor: Actor
    ) -> None:
        def connect(number: int) -> Any:
            return client.post("/mail-accounts/new/", {**FORM, "name": f"Box {number}"})

        assert [connect(n).status_code for n in range(5)] == [302] * 5
        sixth = connect(5)
        assert (sixth.status_code, MailAccount.objects.count()) == (422, 5)
        words = sixth.content.decode()
        assert "can reach 5 mail accounts at most" in words
        assert "raise the limit under Company Preferences" in words
        copied = client.post(f"/mail-accounts/{MailAccount.objects.earliest('pk').pk}/copy/")
        assert (copied.status_code, MailAccount.objects.count()) == (422, 5)
        put(actor, {"mail.max_accounts_per_user": 6})
        assert (connect(5).status_code, connect(6).status_code) == (302, 422)
        put(actor, {"mail.max_accounts_per_user": 0})
        assert [connect(n).status_code for n in range(6, 9)] == [302] * 3

    @pytest.mark.req("B15")
    def test_a_shared_mailbox_is_used_by_those_it_was_given_to_and_set_up_by_administrators(
        self, client: Client, actor: Actor, member: Membership
    ) -> None:
        client.post("/mail-accounts/new/?shared=1", {**FORM, "name": "Sales"})
        shared = MailAccount.objects.get()
        who = {role: _join(member, role) for role in Role if role is not Role.MASTER_ADMIN}
        assert not any(reachable(one).exists() for one in [actor, *who.values()])
        by_name = grant(actor, shared.pk, user_id=who[Role.WAREHOUSE].user_id)
        by_role = grant(actor, shared.pk, role=Role.SALES)
        assert {role for role, one in who.items() if reachable(one).exists()} == {Role.WAREHOUSE, Role.SALES}
        assert {role for role, one in who.items() if manageable(one).exists()} == {Role.ADMIN}
        for one in (who[Role.SALES], who[Role.WAREHOUSE]):
            with pytest.raises(Refused):
                grant(one, shared.pk, role=Role.BOOKKEEPER)
            with pytest.raises(Missing):
                accounts.disconnect(one, shared.pk)
        for access in (by_name, by_role):
            revoke(actor, access.pk)
        assert not any(reachable(one).exists() for one in who.values())

    def test_another_company_s_account_does_not_exist(self, client: Client) -> None:
        other = accounts.save_account(**_elsewhere())
        for path in ("", "test/", "copy/", "disconnect/", "delete/", "access/"):
            method = client.get if path == "" else client.post
            assert method(f"/mail-accounts/{other.pk}/{path}", {"who": "role:sales"}).status_code == 404, path

    @pytest.mark.req("B13", "B14")
    def test_an_old_set_up_is_taken_over_read_first_and_then_changed(
        self, client: Client, actor: Actor
    ) -> None:
        outlook = {"host": "outlook.office365.com", "use_ssl": True, "username": "dana@shop.example"}
        config = {"imap": {**outlook, "port": 993}, "smtp": {**outlook, "port": 587, "use_tls": True}}
        values = {"name": "Old Outlook", "preset": "microsoft365", "sender_email": "dana@shop.example"}
        row = accounts.save_account(actor, {**values, "legacy": True}, config=config)
        assert row.connection.config["smtp"]["encryption"] == "starttls"
        assert "an older kind of account" in client.get("/mail-accounts/").content.decode()
        url = f"/mail-accounts/{row.pk}/"
        shown = client.get(url).content.decode()
        assert "An older kind of account" in shown
        assert '<fieldset class="d-contents" disabled>' in shown
        assert "outlook.office365.com" in shown
        opened = client.get(f"{url}?edit=1").content.decode()
        assert "An older kind of account" not in opened
        assert '<fieldset class="d-contents" disabled>' not in opened
        changed = {**FORM, "name": "Old Outlook", "sender_name": "D.", "version": row.version}
        assert client.post(f"{url}?edit=1", changed).status_code == 302
        row.refresh_from_db()
        assert (row.sender_name, row.legacy) == ("D.", True)
        assert not accounts.create_copy(actor, row.pk).legacy


def _join(member: Membership, role: Role) -> Actor:
    user = User.objects.create_user(f"{role}@example.com", "x", name=role.value.title())
    return actor_of(Membership.objects.create(organisation=member.organisation, user=user, role=role))


def _elsewhere() -> dict[str, Any]:
    from tradepost.accounts.services import register_company

    actor = register_company(company="X", name="X", email="x@x.example", password="otter lantern nine")
    put(actor, {"mail.active": True})
    server = {"host": "h.example", "port": 993}
    return {
        "actor": actor,
        "values": {"name": "X", "sender_email": "x@x.example"},
        "config": {"imap": server, "smtp": server},
    }


@pytest.mark.req("B6", "B17")
class TestWalk:
    def steps(self, client: Client, values: dict[str, Any], language: str = "en") -> list[str]:
        answer = client.post("/mail-accounts/test/", values, headers={"Accept-Language": language})
        return b"".join(answer.streaming_content).decode().split("\x1e")  # type: ignore[attr-defined]

    def test_the_failing_step_says_cause_and_cure(self, client: Client, active: None) -> None:
        states = self.steps(client, {**FORM, "imap_host": "no-such-host.invalid"})
        last = states[-2]
        assert "step-running" in states[0]
        assert last.count("step-failed") == 1
        assert "no-such-host.invalid" in last
        assert "step-cure" in last

    def test_it_is_walked_in_the_language_of_who_asks(self, client: Client, active: None) -> None:
        states = self.steps(client, {**FORM, "imap_host": "no-such-host.invalid"}, "de")
        for state in (states[0], states[-2]):
            assert "IMAP-Server finden" in state and "Find the IMAP server" not in state

    def test_a_real_server_passes_and_its_folders_are_offered(
        self, client: Client, active: None, dovecot: Any, settings: Any
    ) -> None:
        settings.PRIVATE_HOSTS = ["127.0.0.0/8", "::1/128"]
        address = dovecot.user("walk@shop.test")
        values = {
            **FORM,
            "imap_host": "localhost",
            "imap_port": str(dovecot.imaps),
            "imap_username": address,
            "imap_password": "secret",
            "smtp_host": "localhost",
            "smtp_port": str(dovecot.submission),
            "smtp_encryption": "starttls",
        }
        states = self.steps(client, values)
        assert "Trust this certificate" in states[-2]
        print_ = dovecot.certificate.fingerprint
        states = self.steps(client, {**values, "imap_pinned": print_, "smtp_pinned": print_})
        assert "The connection works" in states[-2], states[-2]
        assert 'data-fill="id_folder_inbox"' in states[-2]
