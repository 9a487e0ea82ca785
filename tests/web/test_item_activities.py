"""What happened with an item stands on its page, and a mail or note can be moved there."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.web.desk import desk_of
from tradepost.accounts import roles
from tradepost.accounts.access import Permission, Role
from tradepost.accounts.models import Membership
from tradepost.activities.models import ActivityKind
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.catalog.services import save_item

pytestmark = pytest.mark.req("X2")


def test_an_item_has_a_timeline(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    bowl = save_item(desk.actor, {"sku": "BOWL", "name": "Stoneware bowl"})
    at = f"/items/{bowl.pk}/activities/"
    assert at in client.get(f"/items/{bowl.pk}/").content.decode()
    client.post(
        f"/activities/add/note/?on=item:{bowl.pk}", {"text": "The glaze is <thin>", "visibility": "all"}
    )
    task = add_activity(desk.actor, ActivityKind.TASK, Record("item", bowl.pk), {"subject": "Ask the potter"})
    assert "The glaze is &lt;thin&gt;" in client.get(at).content.decode()
    assert "Ask the potter" in client.get(f"{at}?tab=open").content.decode()
    assert client.get(f"/activities/{task.pk}/")["Location"] == f"{at}?tab=open"
    found = json.loads(client.get("/records/complete/?q=stoneware").content)
    assert {"id": f"item:{bowl.pk}", "text": "BOWL Stoneware bowl"} in found
    assert client.get("/items/999999/activities/").status_code == 404


def test_who_sees_no_catalogue_sees_no_timeline_of_an_item(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    bowl = save_item(desk.actor, {"sku": "BOWL", "name": "Bowl"})
    role = roles.add(desk.actor, name="Mail only", base=Role.READ_ONLY)
    roles.change(desk.actor, role.pk, permissions=[Permission.ACTIVITIES_VIEW])
    Membership.objects.filter(pk=member.pk).update(role=Role.READ_ONLY, custom_role=role)
    assert client.get(f"/items/{bowl.pk}/activities/").status_code == 403
