"""API keys: what they may, and what ends them from the next request on (B25)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.api.conftest import Program, join, program_of, told
from tradepost.accounts import services
from tradepost.accounts.access import Role
from tradepost.accounts.models import ApiKey, Membership, Organisation, User
from tradepost.kit import clock

pytestmark = pytest.mark.django_db

SAM = "sam@example.com"


def _member() -> Membership:
    return Membership.objects.get(user__email=SAM)


def _left(dana: Program) -> None:
    dana.delete(f"members/{_member().pk}")


def _left_and_came_back(dana: Program) -> None:
    _left(dana)
    join(dana.actor, Role.ADMIN, SAM)


ENDS: dict[str, tuple[Callable[[Program], object], int, int]] = {  # → status of reading, of writing
    "nothing": (lambda dana: None, 200, 201),
    "revoked": (lambda dana: dana.delete(f"api-keys/{ApiKey.objects.get(user__email=SAM).pk}"), 401, 401),
    "past its last day": (
        lambda dana: ApiKey.objects.filter(user__email=SAM).update(expires_at=clock.now()), 401, 401),
    "its maker left": (_left, 401, 401),
    "its maker left and came back": (_left_and_came_back, 401, 401),
    "its maker is shut out": (
        lambda dana: User.objects.filter(email=SAM).update(is_active=False), 401, 401),
    "its maker may less": (lambda dana: dana.patch(f"members/{_member().pk}", {"role": "read_only"}), 200, 403),
    "its maker has another password": (lambda dana: services.set_password(SAM, "lantern otter ten"), 200, 201),
    "its maker signs out everywhere": (
        lambda dana: services.sign_out_everywhere(services.actor_of(_member())), 200, 201),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_a_key_does_so_at_once(dana: Program, name: str) -> None:
    act, reading, writing = ENDS[name]
    sam = program_of(join(dana.actor, Role.ADMIN, SAM))
    sam.get("customers")
    act(dana)
    sam.get("customers", reading)
    sam.post("customers", {"name": "X"}, writing)


def test_the_last_day_is_one_of_the_company(dana: Program) -> None:
    Organisation.objects.update(time_zone="Pacific/Auckland")
    zone = ZoneInfo("Pacific/Auckland")
    today = clock.now().astimezone(zone).date()
    made = dana.post("api-keys", {"name": "today", "last_day": today.isoformat()})
    end = datetime.combine(today + timedelta(days=1), time(), zone).astimezone(UTC)
    assert datetime.fromisoformat(made["expires_at"]) == end
    Program(dana.actor, made["key"]).get("me")
    for day in (today - timedelta(days=1), date.max):
        wrong = dana.post("api-keys", {"name": "x", "last_day": day.isoformat()}, 422)
        assert "last_day" in wrong["errors"]
    assert dana.post("api-keys", {"name": "for good"})["expires_at"] is None


def test_a_key_makes_none_that_lives_longer(dana: Program) -> None:
    Organisation.objects.update(time_zone="UTC")
    day = clock.now().date() + timedelta(days=3)
    made = dana.post("api-keys", {"name": "short", "last_day": day.isoformat()})
    short = Program(dana.actor, made["key"])
    assert short.post("api-keys", {"name": "same"})["expires_at"] == made["expires_at"]
    later = (day + timedelta(days=1)).isoformat()
    assert "ends before" in short.post("api-keys", {"name": "x", "last_day": later}, 403)["detail"]


def test_a_narrowed_key_leaves_alone_what_is_its_owners_own(dana: Program) -> None:
    made = dana.post("api-keys", {"name": "narrow", "scopes": ["activities.view", "stock.move"]})
    narrow = Program(dana.actor, made["key"])
    narrow.patch("me", {"name": "Mallory"}, 403)
    narrow.post("me/sign-out", status=403)
    narrow.post("calendar-feed", status=403)
    assert told(narrow.call("get", "me"), 200)["name"] == "Dana"


def test_a_scope_that_is_no_more_grants_nothing(dana: Program) -> None:
    made = dana.post("api-keys", {"name": "old", "scopes": ["people.view"]})
    ApiKey.objects.filter(pk=made["id"]).update(scopes=["people.view", "people.fly"])
    assert Program(dana.actor, made["key"]).get("me")["permissions"] == ["people.view"]
