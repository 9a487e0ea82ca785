"""Who asks, the people of the company, invitations and API keys."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import Any, Literal

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.security import HttpBasicAuth

from tradepost.accounts import inviting, keys, services
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import ApiKey, Invitation, Membership, User
from tradepost.api.call import Call, anyone_signed_in, compared, needs, refuse_idempotency_key
from tradepost.api.errors import Unauthorised
from tradepost.api.paging import page, reached
from tradepost.api.roles import GrantableRole
from tradepost.api.schema import Id, In, Page, Window
from tradepost.kit.errors import Invalid, Throttled
from tradepost.mail.accounts import end_of_user

router = Router(tags=["People and keys"])


class Me(Schema):
    user_id: int | None
    company_id: int
    email: str
    name: str
    language: str
    role: Role
    permissions: list[Permission]


class MeIn(In):
    """``language`` of the pages: ``en``, ``de``, or empty for the one that the browser asks for."""

    name: str | None = None
    language: str | None = None


class MemberOut(Schema):
    id: int
    user_id: int
    email: str
    name: str
    role: Role
    custom_role_id: int | None
    role_name: str
    created_at: datetime
    ended_at: datetime | None

    @staticmethod
    def resolve_email(row: Membership) -> str:
        return row.user.email

    @staticmethod
    def resolve_name(row: Membership) -> str:
        return row.user.name


class RoleIn(In):
    """A built-in ``role``, or ``custom_role_id``: one of the company's own."""

    role: GrantableRole | None = None
    custom_role_id: Id | None = None

    def chosen(self) -> Role | int:
        if (self.role is None) == (self.custom_role_id is None):
            raise Invalid(fields={"role": _("Name one role: a built-in one, or one of the company's own.")})
        return Role(self.role) if self.role is not None else self.custom_role_id or 0


class InvitationIn(RoleIn):
    """Without a role: Sales."""

    email: str

    def chosen(self) -> Role | int:
        return super().chosen() if self.role or self.custom_role_id else Role.SALES


class InvitationOut(Schema):
    id: int
    email: str
    role: Role
    custom_role_id: int | None
    role_name: str
    expires_at: datetime
    accepted_at: datetime | None
    created_at: datetime


class Invited(InvitationOut):
    """``secret`` and ``link`` are told once."""

    secret: str
    link: str


class Joining(In):
    """An existing account is proved by its password."""

    secret: str
    name: str = ""
    password: str


class KeyIn(In):
    """``scopes`` narrow what the maker's role grants; none means all of it. ``last_day``: the last on which the key is good,
    in the company's time zone; without one it is good until it is revoked."""

    name: str
    scopes: list[Permission] = []
    last_day: date | None = None


class KeyOut(Schema):
    id: int
    name: str
    prefix: str
    user_id: int
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyMade(KeyOut):
    """``key`` is told once."""

    key: str


@router.get("me", response=Me)
@anyone_signed_in
def get_me(request: Call) -> dict[str, Any]:
    """Who the caller is and what the caller may do."""
    actor = request.actor
    user = User.objects.get(pk=actor.user_id or 0)
    return {
        "user_id": actor.user_id,
        "company_id": actor.organisation_id,
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "role": actor.role,
        "permissions": [p for p in Permission if actor.may(p)],
    }


@router.patch("me", response=Me)
@compared
@anyone_signed_in
def change_me(request: Call, body: MeIn) -> dict[str, Any]:
    """Change one's own name, as colleagues and recipients read it, or the language of one's pages."""
    with transaction.atomic():
        if body.name is not None:
            services.change_name(request.actor, body.name)
        if body.language is not None:
            services.choose_language(request.actor, body.language)
    return get_me(request)


@router.post("me/sign-out", response={204: None})
@anyone_signed_in
def sign_out_everywhere(request: Call) -> None:
    """End every session of one's own in browsers, but for the one that asks. API keys stay."""
    user = services.sign_out_everywhere(request.actor)
    if request.user == user:  # asked by a session, not by a key
        update_session_auth_hash(request, user)


# -- members and invitations -----------------------------------------------------------------------------------------


@router.get("members", response=Page[MemberOut])
@needs(Permission.MEMBERS)
def list_members(
    request: Call,
    window: Query[Window],
    ended: bool = False,
    sort: Literal[
        "id", "-id", "name", "-name", "email", "-email", "role", "-role", "created_at", "-created_at"
    ] = "id",
) -> dict[str, Any]:
    """The people of the company; ``ended``: those who left."""
    rows = Membership.objects.of(request.actor).filter(ended_at__isnull=not ended)
    theirs = sort.removeprefix("-")
    by_user = reached(f"user__{theirs}") if theirs in ("name", "email") else None
    return page(rows.select_related("user", "custom_role"), window, sort, by_user)


@router.get("members/{int:id}", response=MemberOut)
@needs(Permission.MEMBERS)
def get_member(request: Call, id: Id) -> Membership:
    """One of the people of the company, also of those who left."""
    return Membership.objects.pick(request.actor, id)


@router.patch("members/{int:id}", response=MemberOut)
@compared
@needs(Permission.MEMBERS)
def change_member(request: Call, id: Id, body: RoleIn) -> Membership:
    """Change a member's role."""
    return services.change_role(request.actor, id, body.chosen())


@router.delete("members/{int:id}", response={204: None})
@needs(Permission.MEMBERS)
def end_member(request: Call, id: Id) -> None:
    """End a membership: keys are revoked and mailboxes disconnected, what the person did stays."""
    with transaction.atomic():
        member = services.end_membership(request.actor, id)
        end_of_user(request.actor, member.user_id)


@router.post("members/{int:id}/hand-over", response=MemberOut)
@needs(Permission.COMPANY_ACTIVATE)
def hand_over(request: Call, id: Id) -> Membership:
    """Make this member the Master Admin; the caller becomes an Admin."""
    return services.hand_over(request.actor, id)


@router.get("invitations", response=Page[InvitationOut])
@needs(Permission.MEMBERS)
def list_invitations(
    request: Call,
    window: Query[Window],
    accepted: bool | None = None,
    sort: Literal[
        "id", "-id", "email", "-email", "created_at", "-created_at", "expires_at", "-expires_at"
    ] = "-id",
) -> dict[str, Any]:
    """Invitations; with ``accepted`` those that were, or were not, accepted."""
    rows = Invitation.objects.of(request.actor).select_related("custom_role")
    return page(rows if accepted is None else rows.filter(accepted_at__isnull=not accepted), window, sort)


@router.post("invitations", response={201: Invited})
@needs(Permission.MEMBERS)
def invite(request: Call, body: InvitationIn) -> dict[str, Any]:
    """Invite somebody. An earlier open invitation of the same address ends."""
    row, secret = services.invite(request.actor, email=body.email, role=body.chosen())
    shown = InvitationOut.from_orm(row).model_dump()
    return {**shown, "secret": secret, "link": inviting.link_of(secret)}


@router.delete("invitations/{int:id}", response={204: None})
@needs(Permission.MEMBERS)
def withdraw_invitation(request: Call, id: Id) -> None:
    """Take an open invitation back."""
    services.withdraw_invitation(request.actor, id)


@router.post("invitations/accept", auth=None, response={201: Me})
def accept_invitation(request: HttpRequest, body: Joining) -> dict[str, Any]:
    """Join a company. **Who:** whoever holds the invitation's secret."""
    refuse_idempotency_key(request)
    if not ratelimit.consume(request, action="join"):
        raise Throttled(3600)
    request.actor = services.accept_invitation(body.secret, name=body.name, password=body.password)  # type: ignore[attr-defined]
    return get_me(request)  # type: ignore[arg-type]


# -- keys ------------------------------------------------------------------------------------------------------------


class Password(HttpBasicAuth):
    """E-mail and password, to make the first key by script. Not for accounts with a second factor."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        scheme, _blank, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return request.actor  # type: ignore[attr-defined,no-any-return]
        try:
            email, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise Unauthorised(_("The Authorization header cannot be read.")) from None
        return self.authenticate(request, email, password)

    def authenticate(self, request: HttpRequest, username: str, password: str) -> Actor | None:
        if "\0" in username + password:
            raise Unauthorised(_("E-mail and password do not fit."))
        try:
            user = get_adapter(request).authenticate(request, email=username, password=password)
        except ValidationError:
            raise Throttled(300) from None
        if user is None:
            raise Unauthorised(
                _("E-mail and password do not fit."), cure=_("Correct them, or sign in to the pages.")
            )
        if is_mfa_enabled(user):
            raise Unauthorised(
                _("This account has a second factor, so its password alone makes no key."),
                cure=_("Make the key on the page API keys, or with 'tradepost key create'."),
            )
        refuse_idempotency_key(request)
        actor = services.actor_for(user, via="api")
        request.actor = actor  # type: ignore[attr-defined]
        return actor


@router.get("api-keys", response=Page[KeyOut])
@needs(Permission.API_KEYS)
def list_api_keys(
    request: Call,
    window: Query[Window],
    live: bool | None = None,
    sort: Literal["id", "-id", "name", "-name", "created_at", "-created_at"] = "-id",
) -> dict[str, Any]:
    """The company's keys; with ``live`` those that are good, or those that were revoked or have expired."""
    rows = ApiKey.objects.of(request.actor)
    if live is not None:
        rows = rows.filter(keys.live_keys()) if live else rows.exclude(keys.live_keys())
    return page(rows, window, sort)


@router.post("api-keys", auth=[Password()], response={201: KeyMade})
@needs(Permission.API_KEYS)
def create_api_key(request: Call, body: KeyIn) -> dict[str, Any]:
    """Make a key that acts as the caller. A script without a key signs in by HTTP Basic: e-mail and password."""
    row, key = keys.create_api_key(
        request.actor, name=body.name, scopes=[str(s) for s in body.scopes], last_day=body.last_day
    )
    return {**KeyOut.from_orm(row).model_dump(), "key": key}


@router.delete("api-keys/{int:id}", response={204: None})
@needs(Permission.API_KEYS)
def revoke_api_key(request: Call, id: Id) -> None:
    """Revoke a key. It stays in the list."""
    keys.revoke_api_key(request.actor, id)
