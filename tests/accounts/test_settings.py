"""Settings inherit system → organisation → user (X5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.api.conftest import program_of
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


def other_than(setting: Setting[Any]) -> Any:
    """A value that the setting takes and that is not its default."""
    if setting.choices:
        return next(choice for choice in setting.choices if choice != setting.default)
    if isinstance(setting.default, list):
        return (
            [{"label": "Mine", "query": "q=x"}] if setting.key.startswith("views.") else ["wholesale.example"]
        )
    return not setting.default if isinstance(setting.default, bool) else setting.default + 1


@pytest.mark.req("X5")
@pytest.mark.parametrize("key", sorted(settings.REGISTRY))
def test_every_setting_is_inherited_set_and_given_back(master: Actor, key: str) -> None:
    """By the API, as by the page and the command line: the value that holds, and the level that it comes from."""
    setting = settings.REGISTRY[key]
    value, program = other_than(setting), program_of(master)
    on_the_machine = replace(master, via="cli")

    def shown() -> tuple[Any, str | None]:
        return next((one["value"], one["level"]) for one in program.get("settings") if one["key"] == key)

    assert shown() == (setting.default, None)
    settings.put(on_the_machine, {key: value}, Level.SYSTEM)
    assert shown() == (value, "system")
    for level in (Level.ORGANISATION, Level.USER):
        body = {"level": level.value, "values": {key: setting.default}}
        if level not in setting.levels:
            assert key in program.patch("settings", body, 422)["errors"]
            continue
        program.patch("settings", body)
        assert shown() == (setting.default, level.value)
        program.patch("settings", {**body, "values": {key: None}})
        assert shown() == (value, "system")
    settings.put(on_the_machine, {key: None}, Level.SYSTEM)
    assert shown() == (setting.default, None)


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
