"""Roles of a company's own: what they grant, who may give them, and when they go (B22)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.accounts.test_services import PASSWORD, join
from tradepost.accounts import keys, roles, services
from tradepost.accounts.access import GRANTS, Actor, Permission, Role, ungrantable
from tradepost.accounts.models import AuditEntry, CustomRole, Invitation, Membership, User
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused

P = Permission


@pytest.fixture
def master(db: None) -> Actor:
    return services.register_company(
        company="Marlow", name="Dana", email="dana@example.com", password=PASSWORD
    )


def now_of(actor: Actor) -> Actor:
    """The actor as the next request makes it."""
    found = services.actor_for(User.objects.get(pk=actor.user_id), actor.organisation_id)
    assert found is not None
    return found


def member_of(actor: Actor) -> Membership:
    return Membership.objects.get(organisation_id=actor.organisation_id, user_id=actor.user_id)


@pytest.mark.req("B22")
@pytest.mark.parametrize(
    ("own", "scopes", "wanted", "had", "refused"),
    [
        (None, None, {P.SALES_VIEW, P.EXPORT}, (), set()),
        (None, None, {P.STOCK_MOVE, P.EXPORT}, (), {P.STOCK_MOVE}),
        (None, None, {P.STOCK_MOVE}, {P.STOCK_MOVE}, set()),
        ({P.MEMBERS}, None, {P.MEMBERS, P.SALES_VIEW}, (), {P.SALES_VIEW}),
        ({P.STOCK_MOVE}, None, {P.STOCK_MOVE}, (), set()),
        (None, {P.SALES_VIEW}, {P.SALES_VIEW, P.EXPORT}, (), {P.EXPORT}),
    ],
)
def test_nobody_grants_more_than_they_have(
    own: set[Permission] | None,
    scopes: set[Permission] | None,
    wanted: set[Permission],
    had: set[Permission],
    refused: set[Permission],
) -> None:
    """Who asks is in Sales, or in a role of the company's own; a key's scopes narrow both."""
    asking = Actor(
        1,
        1,
        Role.SALES,
        own=None if own is None else frozenset(own),
        scopes=None if scopes is None else frozenset(scopes),
    )
    assert ungrantable(asking, wanted, had) == refused


@pytest.mark.req("B22")
def test_an_own_role_grants_what_is_ticked_and_loses_it_at_the_next_request(master: Actor) -> None:
    row = roles.add(master, name=" Counter ", base=Role.SALES)
    assert (row.name, row.grants) == ("Counter", GRANTS[Role.SALES])
    sam = join(master, Role.WAREHOUSE)
    services.change_role(master, member_of(sam).pk, row.pk)
    assert now_of(sam).may(P.SALES_EDIT) and not now_of(sam).may(P.STOCK_MOVE)
    roles.change(master, row.pk, permissions=row.grants - {P.SALES_EDIT} | {P.STOCK_MOVE})
    assert not now_of(sam).may(P.SALES_EDIT) and now_of(sam).may(P.STOCK_MOVE)
    services.change_role(master, member_of(sam).pk, Role.SALES)
    assert now_of(sam).own is None and now_of(sam).may(P.SALES_EDIT)


@pytest.mark.req("B22")
def test_a_key_follows_the_role_of_who_made_it(master: Actor) -> None:
    row = roles.add(
        master, name="Integrator", base=Role.SALES, permissions=[P.API_KEYS, P.EXPORT, P.SALES_VIEW]
    )
    sam = join(master, Role.SALES)
    services.change_role(master, member_of(sam).pk, row.pk)
    whole = keys.create_api_key(now_of(sam), name="all")[1]
    narrow = keys.create_api_key(now_of(sam), name="export", scopes=[P.EXPORT])[1]
    roles.change(master, row.pk, permissions=[P.API_KEYS, P.SALES_VIEW])
    for key, sees in ((whole, True), (narrow, False)):
        found = keys.actor_by_key(key)
        assert found is not None
        assert (found.may(P.SALES_VIEW), found.may(P.EXPORT)) == (sees, False)


@pytest.mark.req("A3")
def test_activation_is_in_no_role_of_ones_own(master: Actor) -> None:
    with pytest.raises(Invalid, match="Master Admin alone"):
        roles.add(master, name="X", base=Role.ADMIN, permissions=[P.COMPANY_ACTIVATE])
    with pytest.raises(Invalid, match="cannot be copied"):
        roles.add(master, name="X", base=Role.MASTER_ADMIN)
    row = roles.add(master, name="X", base=Role.ADMIN)
    with pytest.raises(Invalid, match="Master Admin alone"):
        roles.change(master, row.pk, permissions=[P.COMPANY_ACTIVATE])
    assert not CustomRole.objects.get().grants & {P.COMPANY_ACTIVATE}


def test_a_limited_administrator_gives_and_makes_only_what_they_have(master: Actor) -> None:
    clerk_grants = GRANTS[Role.SALES] | {P.MEMBERS}
    clerk_role = roles.add(master, name="Office", base=Role.SALES, permissions=clerk_grants)
    wide = roles.add(master, name="Wide", base=Role.WAREHOUSE)
    sam, lee = join(master, Role.SALES), join(master, Role.READ_ONLY, "lee@example.com")
    services.change_role(master, member_of(sam).pk, clerk_role.pk)
    clerk = now_of(sam)
    lees = member_of(lee).pk
    refused: list[tuple[object, ...]] = [
        (services.change_role, lees, Role.ADMIN),
        (services.change_role, lees, wide.pk),
        (services.change_role, member_of(sam).pk, Role.ADMIN),
    ]
    for verb, *values in refused:
        with pytest.raises(Refused, match="more than they have"):
            verb(clerk, *values)  # type: ignore[operator]
    with pytest.raises(Refused):
        services.invite(clerk, email="new@example.com", role=Role.BOOKKEEPER)
    with pytest.raises(Refused):
        roles.change(clerk, clerk_role.pk, permissions=[*clerk_grants, P.AUDIT_VIEW])
    with pytest.raises(Refused):
        roles.add(clerk, name="Y", base=Role.ADMIN)
    assert roles.change(clerk, wide.pk, name="Wider").name == "Wider"
    assert services.change_role(clerk, lees, Role.SALES).role == Role.SALES
    assert not Invitation.objects.filter(email="new@example.com").exists()


def test_a_role_is_deleted_when_nobody_has_it(master: Actor) -> None:
    row = roles.add(master, name="Counter", base=Role.SALES)
    _invitation, secret = services.invite(master, email="sam@example.com", role=row.pk)
    with pytest.raises(Conflict, match="invited"):
        roles.remove(master, row.pk)
    sam = services.accept_invitation(secret, name="Sam", password=PASSWORD)
    assert sam.own == GRANTS[Role.SALES]
    with pytest.raises(Conflict, match="Somebody has"):
        roles.remove(master, row.pk)
    services.end_membership(master, member_of(sam).pk)
    late, _secret = services.invite(master, email="lee@example.com", role=row.pk)
    Invitation.objects.filter(pk=late.pk).update(expires_at=clock.now() - timedelta(days=1))
    roles.remove(master, row.pk)
    assert not CustomRole.objects.exists()
    assert (member_of(sam).role, member_of(sam).custom_role) == ("sales", None)
    assert not Invitation.objects.filter(pk=late.pk).exists()


def test_the_new_master_admin_has_no_role_of_ones_own(master: Actor) -> None:
    sam = join(master, Role.SALES)
    row = roles.add(master, name="Counter", base=Role.SALES)
    services.change_role(master, member_of(sam).pk, row.pk)
    services.hand_over(master, member_of(sam).pk)
    assert now_of(sam).may(P.COMPANY_ACTIVATE) and not now_of(master).may(P.COMPANY_ACTIVATE)


@pytest.mark.parametrize("role", [Role.SALES, Role.WAREHOUSE, Role.BOOKKEEPER, Role.READ_ONLY])
def test_roles_are_edited_by_who_manages_members(master: Actor, role: Role) -> None:
    row = roles.add(master, name="Counter", base=Role.SALES)
    sam = join(master, role)
    with pytest.raises(Refused):
        roles.add(sam, name="Y", base=Role.READ_ONLY)
    with pytest.raises(Refused):
        roles.change(sam, row.pk, name="Y")
    with pytest.raises(Refused):
        roles.remove(sam, row.pk)


def test_names_are_once_in_a_company_and_roles_stay_in_it(master: Actor) -> None:
    row = roles.add(master, name="Counter", base=Role.SALES)
    for name in ("counter", " ", "x" * 61):
        with pytest.raises(Invalid) as caught:
            roles.add(master, name=name, base=Role.SALES)
        assert set(caught.value.fields) == {"name"}
    eve = services.register_company(company="Other", name="Eve", email="eve@example.com", password=PASSWORD)
    assert roles.add(eve, name="Counter", base=Role.SALES).pk != row.pk
    for verb in (
        lambda: roles.change(eve, row.pk, name="Mine"),
        lambda: roles.remove(eve, row.pk),
        lambda: services.invite(eve, email="x@example.com", role=row.pk),
    ):
        with pytest.raises(Missing):
            verb()
    assert [r.pk for r in roles.listed(master)] == [row.pk]


def test_changes_of_roles_are_in_the_audit_trail(master: Actor) -> None:
    row = roles.add(master, name="Counter", base=Role.READ_ONLY)
    roles.change(master, row.pk, name="Desk", permissions=[P.SALES_VIEW])
    roles.remove(master, row.pk)
    entries = AuditEntry.objects.filter(kind="customrole").order_by("pk")
    assert [e.verb for e in entries] == ["role.add", "role.change", "role.remove"]
    assert (entries[1].before["name"], entries[1].after) == (
        "Counter",
        {"name": "Desk", "permissions": ["sales.view"]},
    )
