"""API keys: make, find and revoke them. A key acts as the person who made it, or as less."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import ApiKey, Membership, Organisation
from tradepost.accounts.services import actor_of, digest
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Refused


def create_api_key(
    actor: Actor, *, name: str, scopes: list[str] | None = None, last_day: date | None = None
) -> tuple[ApiKey, str]:
    """Make a key that acts as the caller, narrowed to ``scopes``; returns the row and the key, which is told once.

    ``last_day``: the last on which it is good, in the company's time zone; None: until it is revoked.
    """
    actor.require(Permission.API_KEYS)
    if actor.user_id is None:
        raise Refused(_("a key acts as a person, and nobody is signed in"))
    known = {p.value for p in Permission}
    unknown = [s for s in scopes or [] if s not in known]
    if unknown:
        raise Invalid(
            fields={
                "scopes": _("Unknown scopes: {unknown}. Known are: {known}.").format(
                    unknown=", ".join(unknown), known=", ".join(sorted(known))
                )
            }
        )
    if not name.strip():
        raise Invalid(fields={"name": _("Give the key a name, so that you know later what it is for.")})
    if actor.scopes is not None:  # a narrowed key makes no wider one
        if wider := set(scopes or ()) - actor.scopes:
            raise Refused(_("the key that asks lacks {wider}").format(wider=", ".join(sorted(wider))))
        scopes = scopes or sorted(actor.scopes)
    expires_at = _end_of_key(actor, last_day)
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiKey.objects.create(
            organisation_id=actor.organisation_id,
            user_id=actor.user_id,
            name=name.strip()[:100],
            prefix=prefix,
            digest=digest(secret),
            scopes=[str(s) for s in scopes or []],
            expires_at=expires_at,
        )
        audit.record(actor, "api_key.create", row)
    return row, f"tp_{prefix}_{secret}"


def _end_of_key(actor: Actor, last_day: date | None) -> datetime | None:
    if last_day is None:
        return actor.until
    zone = ZoneInfo(Organisation.objects.get(pk=actor.organisation_id).time_zone)
    try:
        end = datetime.combine(last_day + timedelta(days=1), time(), zone)
    except OverflowError:
        raise Invalid(fields={"last_day": _("Choose an earlier day.")}) from None
    if end <= clock.now():
        raise Invalid(fields={"last_day": _("This day is over. Choose today or a later one.")})
    if actor.until is not None and end > actor.until:
        raise Refused(_("the key that asks ends before"))
    return end


def revoke_api_key(actor: Actor, key_id: int) -> None:
    actor.require(Permission.API_KEYS)
    with transaction.atomic():
        row = ApiKey.objects.pick_for_change(actor, key_id)
        row.revoked_at = row.revoked_at or clock.now()
        row.save(update_fields=["revoked_at"])
        audit.record(actor, "api_key.revoke", row)


def actor_by_key(key: str) -> Actor | None:
    """The actor of an API key, or None. ``last_used_at`` moves at most once a minute."""
    prefix, _, secret = key.removeprefix("tp_").partition("_")
    row = ApiKey.objects.filter(live_keys(), prefix=prefix).first()
    if row is None or not secrets.compare_digest(row.digest, digest(secret)):
        return None
    members = Membership.objects.filter(
        organisation_id=row.organisation_id, user_id=row.user_id, ended_at=None, user__is_active=True
    )
    member = members.select_related("custom_role").first()
    if member is None:
        return None
    now = clock.now()
    if row.last_used_at is None or now - row.last_used_at > timedelta(minutes=1):
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    scopes = frozenset(p for p in Permission if p in row.scopes) if row.scopes else None
    return replace(actor_of(member, "api"), scopes=scopes, until=row.expires_at)


def live_keys() -> Q:
    """Keys that are neither revoked nor past their end."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=clock.now()))
