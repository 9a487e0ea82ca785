"""Settings inherit system → organisation → user (X5)."""

from __future__ import annotations

from typing import Any

import pytest

from tradepost.accounts import settings
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import AuditEntry, SettingValue
from tradepost.accounts.services import register_company
from tradepost.accounts.settings import Level, Setting
from tradepost.kit.errors import Invalid, Missing, Refused
from tradepost.mail.preferences import ACTIVE, MAX_ACCOUNTS, RESPONSE

pytestmark = pytest.mark.django_db

PAGE: Setting[Any] = Setting("test.page", 25, levels=frozenset(Level))


@pytest.fixture(autouse=True)
def page_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.REGISTRY, PAGE.key, PAGE)


@pytest.fixture
def master() -> Actor:
    return register_company(company="M", name="D", email="d@example.com", password="Correct-horse-9")


@pytest.mark.req("X5")
@pytest.mark.parametrize(
    ("levels", "value", "level"),
    [
        ((), 25, None),
        ((Level.SYSTEM,), 1, Level.SYSTEM),
        ((Level.SYSTEM, Level.ORGANISATION), 2, Level.ORGANISATION),
        ((Level.SYSTEM, Level.ORGANISATION, Level.USER), 3, Level.USER),
        ((Level.USER,), 3, Level.USER),
    ],
)
def test_the_nearest_level_wins(
    master: Actor, levels: tuple[Level, ...], value: int, level: Level | None
) -> None:
    values = {Level.SYSTEM: 1, Level.ORGANISATION: 2, Level.USER: 3}
    system = Actor(master.organisation_id, master.user_id, Role.MASTER_ADMIN, via="cli")
    for one in levels:
        settings.put(system, {PAGE.key: values[one]}, one)
    assert settings.resolve([PAGE], master.organisation_id, master.user_id)[PAGE.key] == (value, level)


def test_another_company_and_another_user_inherit_nothing(master: Actor) -> None:
    other = register_company(company="B", name="E", email="e@example.com", password="Correct-horse-9")
    settings.put(master, {PAGE.key: 2})
    settings.put(master, {PAGE.key: 3}, Level.USER)
    assert PAGE.value(other.organisation_id, other.user_id) == 25
    assert PAGE.value(master.organisation_id, other.user_id) == 2


def test_none_takes_a_value_back(master: Actor) -> None:
    settings.put(master, {RESPONSE.key: "own"})
    settings.put(master, {RESPONSE.key: None})
    assert RESPONSE.value(master.organisation_id) == "append"
    assert not SettingValue.objects.exists()
    assert AuditEntry.objects.filter(verb="settings.organisation").count() == 2


@pytest.mark.parametrize(
    ("values", "level", "fault"),
    [
        ({RESPONSE.key: "sometimes"}, Level.ORGANISATION, Invalid),
        ({RESPONSE.key: "own"}, Level.USER, Invalid),
        ({MAX_ACCOUNTS.key: -1}, Level.ORGANISATION, Invalid),
        ({MAX_ACCOUNTS.key: True}, Level.ORGANISATION, Invalid),
        ({"no.such": 1}, Level.ORGANISATION, Missing),
        ({RESPONSE.key: "own"}, Level.SYSTEM, Refused),
    ],
)
def test_a_wrong_value_changes_nothing(
    master: Actor, values: dict[str, Any], level: Level, fault: type
) -> None:
    with pytest.raises(fault):
        settings.put(master, {PAGE.key: 7, **values}, level)
    assert not SettingValue.objects.exists()


@pytest.mark.req("A3", "B1")
@pytest.mark.parametrize("role", Role)
def test_only_the_master_admin_activates_mail(master: Actor, role: Role) -> None:
    actor = Actor(master.organisation_id, master.user_id, role)
    if role is Role.MASTER_ADMIN:
        settings.put(actor, {ACTIVE.key: True})
    else:
        with pytest.raises(Refused):
            settings.put(actor, {ACTIVE.key: True})
    assert ACTIVE.value(master.organisation_id) is (role is Role.MASTER_ADMIN)
    assert ACTIVE.permission is Permission.COMPANY_ACTIVATE
