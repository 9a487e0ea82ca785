"""Register a company, read and change it, and its settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from allauth.core import ratelimit
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from tradepost.accounts import services, settings
from tradepost.accounts.access import Permission, Role
from tradepost.accounts.models import Organisation
from tradepost.api.call import Call, anyone_signed_in, compared, needs, refuse_idempotency_key
from tradepost.api.schema import In
from tradepost.kit.errors import Refused, Throttled

router = Router(tags=["Company"])


class Registration(In):
    company: str
    name: str
    email: str
    password: str
    time_zone: str = "UTC"
    currency: str = "USD"
    locale: str = "en-US"


class Registered(Schema):
    company_id: int
    user_id: int
    role: Role


class CompanyOut(Schema):
    id: int
    name: str
    time_zone: str
    currency: str
    locale: str
    created_at: datetime


class CompanyIn(In):
    name: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    locale: str | None = None


@router.post("companies", auth=None, response={201: Registered})
def register_company(request: HttpRequest, body: Registration) -> dict[str, Any]:
    """Register a company. Who registers it is its Master Admin. **Who:** anybody, where registration is open."""
    refuse_idempotency_key(request)
    if not django_settings.REGISTRATION_OPEN:
        raise Refused(_("registration is closed here"), cure=_("Ask an administrator for an invitation."))
    if not ratelimit.consume(request, action="register"):
        raise Throttled(3600)
    actor = services.register_company(**body.model_dump())
    return {"company_id": actor.organisation_id, "user_id": actor.user_id, "role": actor.role}


@router.get("company", response=CompanyOut)
@anyone_signed_in
def get_company(request: Call) -> Organisation:
    """The company of the caller."""
    return Organisation.objects.get(pk=request.actor.organisation_id)


@router.patch("company", response=CompanyOut)
@compared
@needs(Permission.COMPANY_SETTINGS)
def change_company(request: Call, body: CompanyIn) -> Organisation:
    """Change name, time zone (IANA), currency (ISO 4217) or locale (language and country, such as ``de-AT``)."""
    row = Organisation.objects.get(pk=request.actor.organisation_id)
    values = {"name": row.name, "time_zone": row.time_zone, "currency": row.currency}
    return services.update_company(
        request.actor, **{**values, **body.model_dump(exclude_unset=True, exclude_none=True)}
    )


class SettingOut(Schema):
    """``level`` is where the value was set; null where nobody did and the default holds."""

    key: str
    value: Any
    level: settings.Level | None
    default: Any
    label: str
    choices: dict[str, str] | None
    levels: list[settings.Level]


class SettingsIn(In):
    """``values`` by key; null removes a stored value, so that it is inherited again. All or none are stored."""

    level: Literal["organisation", "user"] = "organisation"
    values: dict[str, Any]


@router.get("settings", response=list[SettingOut])
@anyone_signed_in
def list_settings(request: Call) -> list[dict[str, Any]]:
    """Every setting as it holds for the caller, and the level that it comes from."""
    actor = request.actor
    found = settings.resolve(settings.REGISTRY.values(), actor.organisation_id, actor.user_id)
    return [
        {
            "key": key,
            "value": value,
            "level": level,
            "default": (one := settings.REGISTRY[key]).default,
            "label": str(one.label),
            "choices": {k: str(v) for k, v in one.choices.items()} if one.choices else None,
            "levels": sorted(one.levels),
        }
        for key, (value, level) in sorted(found.items())
    ]


@router.patch("settings", response=list[SettingOut])
@compared
@anyone_signed_in
def change_settings(request: Call, body: SettingsIn) -> list[dict[str, Any]]:
    """Store settings for the company (each names the permission that it needs), or for the caller alone."""
    settings.put(request.actor, body.values, settings.Level(body.level))
    return list_settings(request)
