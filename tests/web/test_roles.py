"""The editor of roles: copying, ticking, giving, deleting; what a form cannot smuggle in (B22)."""

from __future__ import annotations

import pytest
from django.test import Client

from tradepost.accounts import roles, trash
from tradepost.accounts.access import GRANTS, Permission, Role
from tradepost.accounts.models import CustomRole, Membership, User
from tradepost.accounts.services import actor_of
from tradepost.cli.user import actor as by_command
from tradepost.kit import clock
from tradepost.kit.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def lee(member: Membership) -> Membership:
    user = User.objects.create_user("lee@pine.example", "correct horse battery", name="Lee Ortiz")
    return Membership.objects.create(organisation=member.organisation, user=user, role=Role.SALES)


def browser(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


@pytest.mark.req("B22")
def test_a_role_is_copied_given_narrowed_and_deleted(member: Membership, lee: Membership) -> None:
    dana, lees = browser(member), browser(lee)
    page = dana.get("/roles/new/?base=sales").content.decode()
    assert page.count(" checked") == len(GRANTS[Role.SALES])
    kept = ["people.view", "catalog.view", "sales.view"]
    answer = dana.post("/roles/new/?base=sales", {"name": "Counter", "permissions": [*kept, "sales.edit"]})
    assert answer.status_code == 302
    row = CustomRole.objects.get()
    assert dana.post(f"/users/{lee.pk}/role/", {"role": f"own:{row.pk}"}).status_code == 302
    order = {"kind": "order", "customer_id": 1}
    assert lees.get("/orders/new/").status_code == 200
    assert lees.post("/api/v1/documents", order, "application/json").status_code != 403
    editor = dana.get(f"/roles/{row.pk}/").content.decode()
    assert "Lee Ortiz" in editor and "Delete role" not in editor
    assert dana.post(f"/roles/{row.pk}/remove/").status_code == 409
    dana.post(f"/roles/{row.pk}/", {"name": "Counter", "permissions": kept})
    assert lees.get("/orders/new/").status_code == 403
    refused = lees.post("/api/v1/documents", order, "application/json")
    assert (refused.status_code, refused.json()["type"]) == (403, "refused")
    assert not by_command(lee.user.email).may(Permission.SALES_EDIT)
    assert "Counter" in dana.get("/users/").content.decode()
    dana.post(f"/users/{lee.pk}/role/", {"role": "sales"})
    assert dana.post(f"/roles/{row.pk}/remove/").status_code == 302
    assert not CustomRole.objects.exists()


def test_a_deleted_role_comes_back_and_nobody_has_it(member: Membership, lee: Membership) -> None:
    dana, actor = browser(member), actor_of(member)
    row = roles.add(actor, name="Counter", base=Role.SALES, permissions=[Permission.SALES_VIEW])
    Membership.objects.filter(pk=lee.pk).update(custom_role=row, ended_at=clock.now())  # who had it has left
    page = dana.post(f"/roles/{row.pk}/remove/", follow=True).content.decode()
    assert "Role deleted" in page and "/trash/customrole/take-back/?pk=" in page
    (lying,) = trash.shown(actor, trash.lying(actor, "customrole"))
    assert (lying.title, lying.who, lying.may_restore) == ("Counter", "Dana Whitfield", True)
    dana.post(f"/trash/customrole/{lying.pk}/restore/")
    back = CustomRole.objects.get()
    assert (back.pk, back.name, back.base, back.grants) == (row.pk, "Counter", Role.SALES, row.grants)
    lee.refresh_from_db()
    assert (lee.role, lee.custom_role) == (Role.SALES, None)


def test_nobody_gives_a_role_back_that_grants_more_than_they_have(
    member: Membership, lee: Membership
) -> None:
    actor = actor_of(member)
    office = roles.add(actor, name="Office", base=Role.SALES, permissions=[Permission.MEMBERS])
    Membership.objects.filter(pk=lee.pk).update(custom_role=office)
    gone = roles.add(actor, name="Counter", base=Role.SALES, permissions=[Permission.SALES_VIEW])
    roles.remove(actor, gone.pk)
    (lying,) = trash.shown(actor, trash.lying(actor, "customrole"))
    lee.refresh_from_db()
    with pytest.raises(Refused, match="nobody grants more than they have"):
        trash.restore(actor_of(lee), "customrole", lying.pk)
    assert CustomRole.objects.get() == office


@pytest.mark.parametrize(
    ("base", "status"), [("master_admin", 404), ("owner", 404), ("admin", 200), ("read_only", 200)]
)
def test_only_a_role_that_can_be_given_is_copied(member: Membership, base: str, status: int) -> None:
    assert browser(member).get(f"/roles/new/?base={base}").status_code == status


def test_a_form_cannot_tick_more_than_its_sender_has(member: Membership, lee: Membership) -> None:
    office = roles.add(
        actor_of(member),
        name="Office",
        base=Role.SALES,
        permissions=[Permission.MEMBERS, Permission.SALES_VIEW],
    )
    Membership.objects.filter(pk=lee.pk).update(custom_role=office)
    lees = browser(lee)
    page = lees.get(f"/roles/{office.pk}/").content.decode()
    assert page.count(" disabled") == len(Permission) - 2
    both = ["company.members", "sales.view"]
    for permissions, status in ((["company.settings"], 403), ([*both, "export"], 403), (both, 302)):
        sent = {"name": "Office", "permissions": permissions}
        assert lees.post(f"/roles/{office.pk}/", sent).status_code == status
    assert (
        browser(member)
        .post(f"/roles/{office.pk}/", {"name": "Office", "permissions": ["company.activate"]})
        .status_code
        == 422
    )
    office.refresh_from_db()
    assert office.permissions == both


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_wrong_name_keeps_what_was_ticked(member: Membership, name: str) -> None:
    answer = browser(member).post("/roles/new/?base=sales", {"name": name, "permissions": ["export"]})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.count(" checked") == 1
