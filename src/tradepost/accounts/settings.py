"""Settings that inherit system → organisation → user (X5).

A room declares its settings where it uses them::

    RESPONSE = declare("mail.response", "append", label=_("Response to…"), choices={...}, levels={Level.ORGANISATION})

and reads one with ``RESPONSE.value(organisation_id, user_id)``. A value that is not stored is inherited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation, SettingValue
from tradepost.kit.errors import Invalid, Missing, Refused

T = TypeVar("T")


class Level(StrEnum):
    SYSTEM = "system"
    ORGANISATION = "organisation"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One setting. ``levels``: where it may be set; ``check`` returns a sentence when a value is wrong."""

    key: str
    default: T
    label: str = ""
    help: str = ""
    choices: Mapping[str, str] | None = None
    levels: frozenset[Level] = frozenset({Level.ORGANISATION})
    permission: Permission = Permission.COMPANY_SETTINGS
    check: Callable[[Any], str | None] | None = field(default=None, compare=False)

    def value(self, organisation_id: int, user_id: int | None = None) -> T:
        return resolve([self], organisation_id, user_id)[self.key][0]  # type: ignore[no-any-return]

    def complaint(self, value: Any) -> str | None:
        """Why a value cannot be stored, or None."""
        if self.choices is not None and value not in self.choices:
            return _("“{value}” is not one of: {known}.").format(value=value, known=", ".join(self.choices))
        if type(value) is not type(self.default) and self.default is not None:
            return _("A value of type {type} is needed.").format(type=type(self.default).__name__)
        return self.check(value) if self.check else None


REGISTRY: dict[str, Setting[Any]] = {}
_FOLLOWERS: dict[str, list[Callable[[Iterable[int]], None]]] = {}


def declare(key: str, default: T, **facts: Any) -> Setting[T]:
    """Make and register a setting; a second one with the same key is a programming error."""
    if key in REGISTRY:
        raise ValueError(f"setting {key} is declared twice")
    setting = Setting(key=key, default=default, **facts)
    REGISTRY[key] = setting
    return setting


def follow(setting: Setting[Any], act: Callable[[Iterable[int]], None]) -> None:
    """Have ``act`` called with the companies that a change of the setting may concern, in the transaction of the change."""
    _FOLLOWERS.setdefault(setting.key, []).append(act)


def resolve(
    settings: Iterable[Setting[Any]], organisation_id: int, user_id: int | None = None
) -> dict[str, tuple[Any, Level | None]]:
    """Values of several settings in one query: ``{key: (value, level that set it or None for the default)}``."""
    wanted = {s.key: s for s in settings}
    here = Q(organisation=None) | Q(organisation_id=organisation_id)
    mine = Q(user=None) | Q(user_id=user_id)
    rows = SettingValue.objects.filter(here, mine, key__in=wanted).values_list(
        "key", "organisation_id", "user_id", "value"
    )
    best: dict[str, tuple[int, Any]] = {}
    for key, organisation, user, value in rows:
        rank = (organisation is not None) + 2 * (user is not None)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, value)
    levels = {0: Level.SYSTEM, 1: Level.ORGANISATION, 2: Level.USER, 3: Level.USER}
    return {
        k: (best[k][1], levels[best[k][0]]) if k in best else (s.default, None) for k, s in wanted.items()
    }


def put(actor: Actor, values: Mapping[str, Any], level: Level = Level.ORGANISATION) -> None:
    """Store values at a level; ``None`` removes the stored value, so that it is inherited again. All or none."""
    if level is Level.SYSTEM and actor.via != "cli":
        raise Refused(_("system settings are set on the command line"))
    if level is Level.USER:
        actor.require_oneself()
    complaints = {key: _complaint(actor, key, value, level) for key, value in values.items()}
    if problems := {key: complaint for key, complaint in complaints.items() if complaint}:
        raise Invalid(fields=problems)
    with transaction.atomic():
        before = {
            k: v for k, (v, _level) in resolve([REGISTRY[k] for k in values], actor.organisation_id).items()
        }
        for key, value in values.items():
            place: dict[str, Any] = {
                "organisation_id": None if level is Level.SYSTEM else actor.organisation_id,
                "user_id": actor.user_id if level is Level.USER else None,
                "key": key,
            }
            if value is None:
                SettingValue.objects.filter(**place).delete()
            else:
                SettingValue.objects.update_or_create(**place, defaults={"value": value})
        audit.record(actor, f"settings.{level}", None, before, dict(values))
        everybody = Organisation.objects.values_list("pk", flat=True)
        concerned = list(everybody) if level is Level.SYSTEM else [actor.organisation_id]
        for act in (act for key in values for act in _FOLLOWERS.get(key, ())):
            act(concerned)


def _complaint(actor: Actor, key: str, value: Any, level: Level) -> str | None:
    """What is wrong with a value at this level. Raises ``Missing`` or ``Refused`` where the actor may not come so far."""
    setting = REGISTRY.get(key)
    if setting is None:
        raise Missing(_("setting “{key}”").format(key=key))
    if level is not Level.USER:
        actor.require(setting.permission)
    if level not in setting.levels and level is not Level.SYSTEM:
        named = setting.label or key
        return _("“{setting}” cannot be set for one {level}.").format(setting=named, level=level)
    return None if value is None else setting.complaint(value)
