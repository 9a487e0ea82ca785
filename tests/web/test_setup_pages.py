"""Users and roles, API keys, the audit trail, the profile, notices, jobs, connections, runs and reviews."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tradepost.accounts import audit, keys, services
from tradepost.accounts.access import Actor, Role
from tradepost.accounts.models import ApiKey, AuditEntry, Invitation, Membership, Organisation, User
from tradepost.accounts.services import actor_of
from tradepost.accounts.settings import put
from tradepost.jobs.models import Job, JobState, Notice
from tradepost.jobs.services import notify, open_job, progress, read_notices
from tradepost.mail.accounts import save_account
from tradepost.mail.models import MailAccount
from tradepost.people.services import save, save_customer
from tradepost.sync.models import Connection, Health, Review, Run, RunItem, RunState

SERVER = {"host": "mail.pine.example", "port": 993, "username": "dana"}


@pytest.fixture
def actor(member: Membership) -> Actor:
    return actor_of(member)


@pytest.fixture
def lee(member: Membership) -> Membership:
    user = User.objects.create_user("lee@example.com", "correct horse battery", name="Lee Ortiz")
    return Membership.objects.create(organisation=member.organisation, user=user, role=Role.SALES)


def signed_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    return client


def mailbox(actor: Actor, name: str = "Dana", *, shared: bool = False) -> MailAccount:
    put(Actor(actor.organisation_id, actor.user_id, Role.MASTER_ADMIN), {"mail.active": True})
    values = {"name": name, "sender_email": "dana@pine.example", "folders": {"inbox": "INBOX"}}
    config = {"imap": SERVER, "smtp": SERVER}
    return save_account(actor, values, config=config, secrets={"imap_password": "x"}, shared=shared)


class TestMembers:
    def test_an_invitation_shows_its_link_once(self, client: Client, member: Membership) -> None:
        page = client.post("/users/", {"email": "lee@example.com", "role": "sales"}).content.decode()
        link = re.search(r'value="https?://[^/]+(/join/[^"]+)"', page)
        assert link
        assert Client().get(link[1]).status_code == 200
        again = client.get("/users/").content.decode()
        assert "lee@example.com" in again
        assert link[1] not in again
        row = Invitation.objects.get()
        assert client.post(f"/users/invitations/{row.pk}/withdraw/").status_code == 302
        assert Client().get(link[1]).status_code == 404

    def test_a_wrong_invitation_says_why(self, client: Client, lee: Membership) -> None:
        answer = client.post("/users/", {"email": "lee@example.com", "role": "sales"})
        assert answer.status_code == 422
        assert "is a member already" in answer.content.decode()

    def test_roles_change_and_the_matrix_is_shown(self, client: Client, lee: Membership) -> None:
        page = client.get("/users/").content.decode()
        assert "Activate mail and calendar" in page
        assert client.post(f"/users/{lee.pk}/role/", {"role": "warehouse"}).status_code == 302
        lee.refresh_from_db()
        assert lee.role == Role.WAREHOUSE
        assert client.post(f"/users/{lee.pk}/role/", {"role": "master_admin"}).status_code == 403
        assert client.post(f"/users/{lee.pk}/role/", {"role": "emperor"}).status_code == 422

    def test_removing_a_user_says_what_happens_and_does_it(
        self, client: Client, lee: Membership, actor: Actor
    ) -> None:
        account = mailbox(actor_of(lee), "Lee’s box")
        key, _secret = (
            ApiKey.objects.create(
                organisation=lee.organisation, user=lee.user, name="k", prefix="p", digest="d"
            ),
            "",
        )
        assert "Lee’s box" in client.get(f"/users/{lee.pk}/end/").content.decode()
        assert client.post(f"/users/{lee.pk}/end/").status_code == 302
        account.connection.refresh_from_db()
        key.refresh_from_db()
        assert (account.connection.health, dict(account.connection.secrets)) == (Health.OFF, {})
        assert key.revoked_at is not None
        assert signed_in(lee).get("/profile/")["Location"] == "/no-company/"

    @pytest.mark.req("A3")
    def test_only_the_master_admin_hands_over(
        self, client: Client, member: Membership, lee: Membership
    ) -> None:
        Membership.objects.filter(pk=lee.pk).update(role=Role.ADMIN)
        assert signed_in(lee).post(f"/users/{lee.pk}/hand-over/").status_code == 403
        assert client.post(f"/users/{lee.pk}/hand-over/").status_code == 302
        member.refresh_from_db()
        lee.refresh_from_db()
        assert (member.role, lee.role) == (Role.ADMIN, Role.MASTER_ADMIN)


class TestKeysAuditProfile:
    def test_a_key_is_shown_once_and_revoked(self, client: Client, member: Membership) -> None:
        page = client.post("/api-keys/", {"name": "Scanner", "scopes": ["stock.move"]}).content.decode()
        secret = re.search(r"tp_[0-9a-f]{10}_[\w-]+", page)
        assert secret
        found = keys.actor_by_key(secret[0])
        assert found is not None
        assert secret[0] not in client.get("/api-keys/").content.decode()
        client.post(f"/api-keys/{ApiKey.objects.get().pk}/revoke/")
        assert keys.actor_by_key(secret[0]) is None
        assert client.post("/api-keys/", {"name": ""}).status_code == 422

    def test_the_trail_is_filtered_and_shows_before_and_after(self, client: Client, actor: Actor) -> None:
        services.update_company(actor, name="Pine", time_zone="UTC", currency="USD")
        page = client.get("/audit/").content.decode()
        assert "<del>Harbor &amp; Pine</del>" in page
        assert "Company · updated" in page
        assert "Company · updated" not in client.get("/audit/?verb=invite").content.decode()
        assert "Company · updated" in client.get(f"/audit/?user={actor.user_id}").content.decode()
        assert "Company · updated" not in client.get("/audit/?until=2001-01-01").content.decode()

    def test_the_trail_keeps_no_password(self, actor: Actor) -> None:
        row = mailbox(actor).connection
        row.secrets = {"imap_password": "hunter2"}
        audit.record(actor, "calendar.connect", row)
        entry = AuditEntry.objects.get(verb="calendar.connect")
        assert (entry.after["label"], "secrets" in entry.after) == (row.label, False)
        assert "hunter2" not in str(entry.after)

    def test_the_trail_names_the_records_of_the_company_that_a_field_leads_to(
        self, client: Client, actor: Actor
    ) -> None:
        pine = save_customer(actor, {"name": "Pine Ltd"})
        job = save(actor, "project", {"name": "Spring tents", "customer_id": pine.pk})
        page = client.get(f"/audit/?kind=project&record={job.pk}").content.decode()
        assert re.search(r"<dt>Customer</dt>\s*<dd>\s*<ins>Pine Ltd</ins>", page)
        assert (
            "<dt>Website</dt>" not in client.get(f"/audit/?kind=customer&record={pine.pk}").content.decode()
        )

    def test_every_record_leads_to_its_own_trail(self, client: Client, actor: Actor) -> None:
        pine, alder = (save_customer(actor, {"name": name}) for name in ("Pine Ltd", "Alder Ltd"))
        where = f"/audit/?kind=customer&amp;record={pine.pk}"
        assert where in client.get(f"/customers/{pine.pk}/?tab=history").content.decode()
        page = client.get(where.replace("&amp;", "&")).content.decode()
        assert "Only changes of Pine Ltd" in page
        assert alder.name not in page
        assert '<option value="customer" selected>Customer</option>' in page
        assert "Company · updated" not in client.get("/audit/?kind=customer").content.decode()
        assert client.get(f"/audit/?kind=customer&record={'9' * 30}").status_code == 200

    def test_profile(self, client: Client, member: Membership) -> None:
        assert client.post("/profile/", {"name": "Dana W."}).status_code == 302
        member.user.refresh_from_db()
        assert member.user.name == "Dana W."
        assert client.post("/profile/", {"name": " "}).status_code == 422


class TestNotices:
    def test_read_one_go_there_and_read_all(self, client: Client, actor: Actor) -> None:
        notify(actor.organisation_id, "a", "Renata answered", user_id=actor.user_id, link="/profile/")
        notify(actor.organisation_id, "b", "Another", user_id=actor.user_id, link="//evil.example/")
        bell = client.get("/notices/?bell=1", headers={"HX-Request": "true"}).content.decode()
        assert "2 unread" in bell
        first = Notice.objects.get(key="a")
        assert client.post("/notices/read/", {"pk": first.pk, "go": "1"})["Location"] == "/profile/"
        outside = Notice.objects.get(key="b")
        assert client.post("/notices/read/", {"pk": outside.pk, "go": "1"})["Location"] == "/notices/"
        notify(actor.organisation_id, "c", "A third", user_id=actor.user_id)
        client.post("/notices/read/")
        assert not Notice.objects.filter(read_at=None).exists()

    def test_notices_of_others_are_theirs(self, client: Client, actor: Actor, lee: Membership) -> None:
        notify(actor.organisation_id, "a", "For Dana", user_id=actor.user_id)
        notify(actor.organisation_id, "b", "For who manages")
        mine = signed_in(lee)
        page = mine.get("/notices/").content.decode()
        assert "For Dana" not in page
        assert "For who manages" not in page
        mine.post("/notices/read/", {"pk": Notice.objects.get(key="a").pk})
        assert Notice.objects.get(key="a").read_at is None
        mine.post("/notices/read/")
        read_notices(actor_of(lee))
        assert not Notice.objects.exclude(read_at=None).exists()

    def test_jobs_show_progress_and_stop(self, client: Client, actor: Actor, lee: Membership) -> None:
        job = open_job(actor, "x", "Import orders", total=240)
        progress(job.pk, 140, failures=2)
        page = client.get("/jobs/").content.decode()
        assert "140 of 240" in page
        assert 'aria-valuenow="58"' in page
        assert signed_in(lee).post(f"/jobs/{job.pk}/stop/").status_code == 404
        assert client.post(f"/jobs/{job.pk}/stop/").status_code == 302
        assert not progress(job.pk, 141)
        Job.objects.update(state=JobState.DONE)
        assert client.post(f"/jobs/{job.pk}/stop/").status_code == 409


@pytest.mark.req("X4")
class TestConnections:
    def test_health_with_cure_and_a_banner_on_every_page(self, client: Client, actor: Actor) -> None:
        account = mailbox(actor)
        Connection.objects.update(
            health=Health.BROKEN, reason="The password was refused.", cure="Enter a new one."
        )
        page = client.get("/profile/").content.decode()
        assert "Dana needs attention." in page
        assert f'href="/mail-accounts/{account.pk}/"' in page
        detail = client.get(f"/connections/{account.connection_id}/").content.decode()
        assert "The password was refused." in detail
        assert "Reconnect" in detail

    def test_pause_resume_and_sync_now(self, client: Client, actor: Actor) -> None:
        connection = mailbox(actor).connection
        act = f"/connections/{connection.pk}/act/"
        assert client.post(act, {"verb": "sync"}).status_code == 302
        client.post(act, {"verb": "pause"})
        connection.refresh_from_db()
        assert connection.health == Health.PAUSED
        assert not connection.streams.filter(enabled=True).exists()
        assert client.post(act, {"verb": "sync"}).status_code == 409
        client.post(act, {"verb": "resume"})
        assert connection.streams.filter(enabled=True).exists()

    def test_a_colleague_sees_nothing_and_an_admin_only_the_state(
        self, client: Client, actor: Actor, lee: Membership
    ) -> None:
        connection = mailbox(actor_of(lee), "Lee").connection
        run = Run.objects.create(organisation_id=actor.organisation_id, stream=connection.streams.get())
        page = client.get(f"/connections/{connection.pk}/").content.decode()
        assert "theirs to see" in page
        assert client.get(f"/runs/{run.pk}/").status_code == 404
        own = mailbox(actor).connection
        assert signed_in(lee).get(f"/connections/{own.pk}/").status_code == 404
        assert signed_in(lee).post(f"/connections/{own.pk}/act/", {"verb": "pause"}).status_code == 403


class TestRuns:
    @pytest.fixture
    def run(self, actor: Actor) -> Run:
        stream = mailbox(actor).connection.streams.get()
        run = Run.objects.create(
            organisation_id=actor.organisation_id, stream=stream, counts={"create": 1, "failed": 1}
        )
        facts: dict[str, Any] = {"organisation_id": actor.organisation_id, "run": run}
        RunItem.objects.create(**facts, action="create", label="SO-1", before={"a": 1}, after={"a": 2})
        RunItem.objects.create(
            **facts,
            action="create",
            label="SO-2",
            reason="Too long.",
            cure="Cut it.",
            failed=True,
            remote_id="1/7",
        )
        return run

    @pytest.mark.req("X3")
    def test_items_with_reason_before_and_after(self, client: Client, run: Run) -> None:
        assert f"/runs/{run.pk}/" in client.get("/runs/").content.decode()
        page = client.get(f"/runs/{run.pk}/").content.decode()
        assert "Too long. Cut it." in page
        assert "<del>1</del>" in page
        failed = client.get(f"/runs/{run.pk}/?failed=true").content.decode()
        assert "SO-2" in failed
        assert "SO-1" not in failed

    def test_a_record_that_was_written_is_called_by_its_name(
        self, client: Client, actor: Actor, run: Run
    ) -> None:
        pine = save_customer(actor, {"name": "Pine Ltd"})
        RunItem.objects.create(
            organisation_id=actor.organisation_id, run=run, action="update", label="Tents", kind="project",
            after={"app": {"before": {"customer": None}, "after": {"customer": pine.pk}}},
        )  # fmt: skip
        page = client.get(f"/runs/{run.pk}/").content.decode()
        assert re.search(r"<dt>Here · Customer</dt>\s*<dd>\s*<ins>Pine Ltd</ins>", page)

    def test_retry_one_and_stop(self, client: Client, run: Run) -> None:
        good, bad = run.items.order_by("pk")
        assert client.post(f"/runs/items/{good.pk}/retry/").status_code == 409
        assert client.post(f"/runs/items/{bad.pk}/retry/").status_code == 302
        bad.refresh_from_db()
        assert bad.retried_at is not None
        assert client.post(f"/runs/{run.pk}/stop/").status_code == 302
        run.refresh_from_db()
        assert run.cancel_requested
        Run.objects.update(state=RunState.DONE)
        assert client.post(f"/runs/{run.pk}/stop/").status_code == 409


class TestReviews:
    @pytest.fixture
    def review(self, actor: Actor) -> Review:
        from tradepost.people.services import save_customer

        customer = save_customer(actor, {"name": "Granite State Brewing"})
        facts = {
            "message_id": "m@x",
            "uid": 7,
            "from": {"name": "Renata", "email": "r@x.example"},
            "candidates": [{"kind": "customer", "id": customer.pk}, {"kind": "customer", "id": 10**9}],
        }
        return Review.objects.create(
            organisation_id=actor.organisation_id,
            stream=mailbox(actor).connection.streams.get(),
            kind="mail.triage",
            key="m@x",
            title="About the order",
            owner_id=actor.user_id,
            facts=facts,
            options=["file", "ignore"],
        )

    def test_the_candidates_are_named_and_one_is_chosen(self, client: Client, review: Review) -> None:
        page = client.get("/reviews/").content.decode()
        assert "Granite State Brewing" in page
        assert "About the order" in page
        nowhere = client.post(f"/reviews/{review.pk}/", {"choice": "file"})
        assert nowhere.status_code == 422
        record = f"customer:{review.facts['candidates'][0]['id']}"
        assert client.post(f"/reviews/{review.pk}/", {"choice": "file", "record": record}).status_code == 302
        review.refresh_from_db()
        assert review.choice == "file"
        assert client.post(f"/reviews/{review.pk}/", {"choice": "ignore"}).status_code == 409

    def test_a_choice_that_is_none_and_a_record_of_another_company(
        self, client: Client, review: Review
    ) -> None:
        assert client.post(f"/reviews/{review.pk}/", {"choice": "burn"}).status_code == 422
        other = {"choice": "file", "record": "customer:999999"}
        assert client.post(f"/reviews/{review.pk}/", other).status_code == 404
        review.refresh_from_db()
        assert review.resolved_at is None

    def test_it_is_its_owner_s_alone(self, review: Review, lee: Membership) -> None:
        theirs = signed_in(lee)
        assert "About the order" not in theirs.get("/reviews/").content.decode()
        assert theirs.post(f"/reviews/{review.pk}/", {"choice": "ignore"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/users/", "master_admin admin"),
        ("/api-keys/", "master_admin admin"),
        ("/audit/", "master_admin admin"),
        ("/preferences/", "master_admin admin"),
        ("/preferences/mail/", "master_admin admin"),
        ("/mail-accounts/", "master_admin admin sales warehouse bookkeeper"),
        ("/runs/", "master_admin admin sales warehouse bookkeeper"),
        ("/profile/", "master_admin admin sales warehouse bookkeeper read_only"),
        ("/notices/", "master_admin admin sales warehouse bookkeeper read_only"),
    ],
)
def test_each_role_opens_what_it_may(client: Client, member: Membership, path: str, roles: str) -> None:
    for role in Role:
        Membership.objects.filter(pk=member.pk).update(role=role)
        assert client.get(path).status_code == (200 if role.value in roles.split() else 403), role


def test_nothing_of_another_company_is_found(client: Client, member: Membership) -> None:
    company = Organisation.objects.create(name="Other", token_key=b"o" * 32)
    user = User.objects.create_user("o@example.com", "correct horse battery")
    stranger = Membership.objects.create(organisation=company, user=user, role=Role.MASTER_ADMIN)
    actor = actor_of(stranger)
    connection = mailbox(actor).connection
    run = Run.objects.create(organisation=company, stream=connection.streams.get())
    item = RunItem.objects.create(organisation=company, run=run, action="x", failed=True)
    job = open_job(actor, "x", "x")
    key, _secret = keys.create_api_key(actor, name="x")
    for path in (f"/connections/{connection.pk}/", f"/runs/{run.pk}/", f"/users/{stranger.pk}/end/"):
        assert client.get(path).status_code == 404, path
    for path in (
        f"/connections/{connection.pk}/act/",
        f"/runs/{run.pk}/stop/",
        f"/runs/items/{item.pk}/retry/",
        f"/jobs/{job.pk}/stop/",
        f"/api-keys/{key.pk}/revoke/",
        f"/users/{stranger.pk}/end/",
        f"/users/{stranger.pk}/hand-over/",
    ):
        assert client.post(path).status_code == 404, path
    assert client.post(f"/users/{stranger.pk}/role/", {"role": "sales"}).status_code == 404
