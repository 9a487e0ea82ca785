"""Companies and their people, on the real database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from tradepost.accounts import keys, services
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import ApiKey, AuditEntry, Invitation, Membership, Organisation, User
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db

PASSWORD = "Correct-horse-9"


@pytest.fixture
def master() -> Actor:
    return services.register_company(
        company="Marlow", name="Dana", email="Dana@Example.com", password=PASSWORD
    )


def join(master: Actor, role: Role, email: str = "sam@example.com") -> Actor:
    _row, secret = services.invite(master, email=email, role=role)
    return services.accept_invitation(secret, name="Sam", password=PASSWORD)


@pytest.mark.req("A3")
def test_who_registers_the_company_is_its_master_admin(master: Actor) -> None:
    member = Membership.objects.get(organisation_id=master.organisation_id)
    assert (member.user.email, member.role, master.role) == (
        "dana@example.com",
        "master_admin",
        Role.MASTER_ADMIN,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", " "),
        ("company", "M" * 201),
        ("name", "D" * 151),
        ("email", "dana"),
        ("email", f"dana@{'a' * 63}.{'a' * 63}.{'a' * 63}.{'a' * 63}.example"),
        ("password", "short"),
        ("time_zone", "Mars/Olympus"),
        ("currency", "usd"),
        ("currency", "ÄÖÜ"),
    ],
)
def test_a_wrong_registration_names_the_field_and_writes_nothing(field: str, value: str) -> None:
    values = {"company": "M", "name": "D", "email": "d@example.com", "password": PASSWORD, field: value}
    with pytest.raises(Invalid) as caught:
        services.register_company(**values)
    assert set(caught.value.fields) == {field}
    assert not User.objects.exists() and not Organisation.objects.exists()


def test_an_address_registers_once(master: Actor) -> None:
    with pytest.raises(Invalid, match="Sign in instead"):
        services.register_company(company="Other", name="D", email="dana@example.com", password=PASSWORD)
    assert Organisation.objects.count() == 1


def test_an_invitation_is_accepted_once_and_by_its_secret_alone(master: Actor) -> None:
    row, secret = services.invite(master, email="Sam@Example.com", role=Role.SALES)
    assert secret not in repr(Invitation.objects.filter(pk=row.pk).values().get())
    actor = services.accept_invitation(secret, name="Sam", password=PASSWORD)
    assert (actor.role, actor.organisation_id) == (Role.SALES, master.organisation_id)
    for wrong, fault in ((secret, Conflict), ("made up", Missing)):
        with pytest.raises(fault):
            services.accept_invitation(wrong, name="Eve", password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_one_invitation_at_once_one_joins() -> None:
    master = services.register_company(company="M", name="D", email="dana@example.com", password=PASSWORD)
    _row, secret = services.invite(master, email="sam@example.com", role=Role.SALES)
    start, ends = threading.Barrier(2), list[str]()

    def accept() -> None:
        start.wait()
        try:
            services.accept_invitation(secret, name="Sam", password=PASSWORD)
            ends.append("joined")
        except Conflict as conflict:
            ends.append(conflict.cause)
        finally:
            connection.close()

    both = [threading.Thread(target=accept) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(ends) == ["This invitation was accepted already.", "joined"]


def test_an_expired_invitation_says_so(master: Actor) -> None:
    row, secret = services.invite(master, email="sam@example.com", role=Role.SALES)
    Invitation.objects.filter(pk=row.pk).update(expires_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(Conflict, match="expired"):
        services.accept_invitation(secret, name="Sam", password=PASSWORD)


def test_the_holder_of_an_account_proves_it(master: Actor) -> None:
    other = services.register_company(company="B", name="Sam", email="sam@example.com", password=PASSWORD)
    _row, secret = services.invite(master, email="sam@example.com", role=Role.SALES)
    with pytest.raises(Invalid, match="not the password"):
        services.accept_invitation(secret, name="Eve", password="Something-else-1")
    assert services.accept_invitation(secret, name="", password=PASSWORD).user_id == other.user_id


def test_the_master_admins_role_is_fixed_but_can_be_handed_over(master: Actor) -> None:
    sam = join(master, Role.ADMIN)
    mine = Membership.objects.get(user_id=master.user_id)
    his = Membership.objects.get(user_id=sam.user_id)
    for act in (
        lambda: services.change_role(sam, mine.pk, Role.SALES),
        lambda: services.change_role(master, his.pk, Role.MASTER_ADMIN),
        lambda: services.end_membership(sam, mine.pk),
        lambda: services.hand_over(sam, his.pk),
    ):
        with pytest.raises(Refused):
            act()
    services.hand_over(master, his.pk)
    roles = dict(Membership.objects.values_list("user_id", "role"))
    assert roles == {master.user_id: "admin", sam.user_id: "master_admin"}


def test_who_leaves_loses_access_and_keys_and_keeps_his_name(master: Actor) -> None:
    sam = join(master, Role.ADMIN)
    _row, key = keys.create_api_key(sam, name="script")
    his = Membership.objects.get(user_id=sam.user_id).pk
    services.end_membership(master, his)
    assert keys.actor_by_key(key) is None
    with pytest.raises(Conflict, match="Sam left the company"):
        services.change_role(master, his, Role.SALES)
    assert services.actor_for(User.objects.get(pk=sam.user_id)) is None
    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(user_id=sam.user_id, verb="api_key.create").exists()


def test_an_api_key_acts_as_its_maker_within_its_scopes(master: Actor) -> None:
    row, key = keys.create_api_key(master, name="orders", scopes=["sales.view"])
    assert key not in repr(ApiKey.objects.filter(pk=row.pk).values().get())
    actor = keys.actor_by_key(key)
    assert actor is not None and actor.may(Permission.SALES_VIEW) and not actor.may(Permission.SALES_EDIT)
    for wrong in (key[:-1], key + "x", "", "tp_", f"tp_{row.prefix}_"):
        assert keys.actor_by_key(wrong) is None
    keys.revoke_api_key(master, row.pk)
    assert keys.actor_by_key(key) is None


VERBS = {
    "invite": (Permission.MEMBERS, lambda a: services.invite(a, email="x@example.com", role=Role.SALES)),
    "change_role": (Permission.MEMBERS, lambda a: services.change_role(a, 0, Role.SALES)),
    "end_membership": (Permission.MEMBERS, lambda a: services.end_membership(a, 0)),
    "hand_over": (Permission.COMPANY_ACTIVATE, lambda a: services.hand_over(a, 0)),
    "create_api_key": (Permission.API_KEYS, lambda a: keys.create_api_key(a, name="k")),
    "revoke_api_key": (Permission.API_KEYS, lambda a: keys.revoke_api_key(a, 0)),
    "update_company": (
        Permission.COMPANY_SETTINGS,
        lambda a: services.update_company(a, name="N", time_zone="UTC", currency="EUR"),
    ),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", VERBS)
def test_every_verb_asks_for_its_permission(master: Actor, name: str, role: Role) -> None:
    permission, act = VERBS[name]
    actor = Actor(master.organisation_id, master.user_id, role)
    try:
        act(actor)
        refused = False
    except Refused as fault:
        refused = fault.facts.get("permission") == permission
    except Fault:
        refused = False
    assert refused != actor.may(permission)


def test_another_companys_rows_do_not_exist(master: Actor) -> None:
    other = services.register_company(company="B", name="Eve", email="eve@example.com", password=PASSWORD)
    row, _key = keys.create_api_key(master, name="k")
    mine = Membership.objects.get(user_id=master.user_id)
    for act in (
        lambda: keys.revoke_api_key(other, row.pk),
        lambda: services.change_role(other, mine.pk, Role.SALES),
        lambda: services.end_membership(other, mine.pk),
        lambda: services.hand_over(other, mine.pk),
    ):
        with pytest.raises(Missing):
            act()


def test_every_change_leaves_its_before_and_after(master: Actor) -> None:
    services.update_company(master, name="Marlow & Finch", time_zone="Europe/Berlin", currency="EUR")
    entry = AuditEntry.objects.get(verb="company.update")
    assert entry.before == {"name": "Marlow", "time_zone": "UTC", "currency": "USD"}
    assert entry.after == {"name": "Marlow & Finch", "time_zone": "Europe/Berlin", "currency": "EUR"}
    assert "token_key" not in AuditEntry.objects.get(verb="company.register").after
