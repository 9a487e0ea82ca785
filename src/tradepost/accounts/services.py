"""Verbs on companies and their people: register, invite, change roles, end a membership."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit, roles
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import ApiKey, Invitation, Membership, Organisation, User
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, Refused
from tradepost.kit.text import fold_email

INVITATION_DAYS = 14


def register_company(
    *,
    company: str,
    name: str,
    email: str,
    password: str,
    time_zone: str = "UTC",
    currency: str = "USD",
    locale: str = "",
) -> Actor:
    """Make a company and its Master Admin, who is the user registering it (A3). Anyone may call it. Without a ``locale`` it
    is American English."""
    email = fold_email(email)
    problems = _registration_problems(company, email, password, name, time_zone, currency)
    problems |= _no_locale(locale)
    if problems:
        raise Invalid(fields=problems)
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name.strip())
            organisation = Organisation.objects.create(
                name=company.strip(),
                time_zone=time_zone,
                currency=currency,
                locale=locale or "en-US",
                token_key=secrets.token_bytes(32),
            )
            member = Membership.objects.create(organisation=organisation, user=user, role=Role.MASTER_ADMIN)
            actor = actor_of(member)
            audit.record(actor, "company.register", organisation)
    except IntegrityError:
        raise Invalid(
            fields={"email": _("There is an account with this address already. Sign in instead.")}
        ) from None
    return actor


def _registration_problems(
    company: str, email: str, password: str, name: str, zone: str, currency: str
) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not company.strip():
        problems["company"] = _("Enter the name of your company.")
    for field, text, model in (("company", company, Organisation), ("name", name, User)):
        most = model._meta.get_field("name").max_length or 0
        if len(text.strip()) > most:
            problems[field] = _("Write at most {most} characters.").format(most=most)
    if sentence := _no_email(email):
        problems["email"] = sentence
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        problems["password"] = " ".join(error.messages)
    if zone not in clock.zones():
        problems["time_zone"] = _("“{zone}” is not a time zone. Write it like Europe/Berlin.").format(
            zone=zone
        )
    if not re.fullmatch("[A-Z]{3}", currency):
        problems["currency"] = _("“{currency}” is not a currency code. Write it like USD.").format(
            currency=currency
        )
    return problems


def _no_locale(locale: str | None) -> dict[str, str]:
    """What is wrong with a locale that is given, if anything."""
    if not locale or re.fullmatch(r"[a-z]{2,3}-[A-Z]{2}", locale):
        return {}
    return {"locale": _("“{locale}” is not a locale. Write it like en-US.").format(locale=locale)}


def _no_email(email: str) -> str:
    """What is wrong with an address, if anything."""
    try:
        validate_email(email)
        if len(email) <= (User._meta.get_field("email").max_length or 0):
            return ""
    except ValidationError:
        pass
    sentence = _("“{email}” is not an e-mail address. Write it like name@example.com.")
    return sentence.format(email=f"{email[:60]}…" if len(email) > 60 else email)


def actor_of(member: Membership, via: str = "page") -> Actor:
    """Who acts when this member does, with what the role grants at this moment."""
    own = member.custom_role.grants if member.custom_role else None
    return Actor(member.organisation_id, member.user_id, Role(member.role), via=via, own=own)


def actor_for(user: User, organisation_id: int | None = None, via: str = "page") -> Actor | None:
    """The actor of a signed-in user in one of his companies (the oldest membership where none is named)."""
    members = Membership.objects.filter(user=user, ended_at=None).select_related("custom_role").order_by("id")
    if organisation_id is not None:
        members = members.filter(organisation_id=organisation_id)
    member = members.first()
    return actor_of(member, via) if member and user.is_active else None


def set_password(email: str, password: str) -> User:
    """Set a user's password; every session of his ends with it. Called on the command line, by whoever owns the machine."""
    user = User.objects.filter(email=fold_email(email)).first()
    if user is None:
        raise Missing(_("user {email}").format(email=email))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": " ".join(error.messages)}) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def sign_out_everywhere(actor: Actor) -> User:
    """End every session of the caller, wherever: of a lost telephone, say. API keys are revoked by themselves."""
    actor.require_oneself()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.user_id or 0)
        before = {"sign_outs": user.sign_outs}
        user.sign_outs += 1
        user.save(update_fields=["sign_outs"])
        audit.record(actor, "user.sign_out", user, before, {"sign_outs": user.sign_outs})
    return user


# -- people ------------------------------------------------------------------------------------------------------


def invite(actor: Actor, *, email: str, role: Role | int) -> tuple[Invitation, str]:
    """Invite somebody to a built-in role, or to the company's own by its id; returns the row and the secret for the
    link, which is told once."""
    actor.require(Permission.MEMBERS)
    email = fold_email(email)
    if role is Role.MASTER_ADMIN:
        raise Invalid(fields={"role": _("There is one Master Admin: who registered the company.")})
    if sentence := _no_email(email):
        raise Invalid(fields={"email": sentence})
    if Membership.objects.of(actor).filter(user__email=email, ended_at=None).exists():
        raise Conflict(
            _("{email} is a member already.").format(email=email),
            cure=_("Change the role in the list of users instead."),
        )
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        base, own = roles.chosen(actor, role)
        Invitation.objects.of(actor).filter(email=email, accepted_at=None).delete()
        row = Invitation.objects.create(
            organisation_id=actor.organisation_id,
            email=email,
            role=base,
            custom_role=own,
            digest=digest(secret),
            invited_by_id=actor.user_id,
            expires_at=clock.now() + timedelta(days=INVITATION_DAYS),
        )
        audit.record(actor, "member.invite", row)
    return row, secret


def withdraw_invitation(actor: Actor, invitation_id: int) -> None:
    """An open invitation is no longer good."""
    actor.require(Permission.MEMBERS)
    with transaction.atomic():
        row = Invitation.objects.pick_for_change(actor, invitation_id, accepted_at=None)
        audit.record(actor, "member.withdraw_invitation", row, audit.snapshot(row), {})
        row.delete()


def choose_language(actor: Actor, language: str) -> User:
    """The language in which one reads the pages; empty: the one that the browser asks for."""
    actor.require_oneself()
    if language and language not in dict(settings.LANGUAGES):
        known = ", ".join(dict(settings.LANGUAGES))
        raise Invalid(
            fields={
                "language": _("“{language}” is no language of the pages. There are: {known}.").format(
                    language=language, known=known
                )
            }
        )
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.user_id or 0)
        before = {"language": user.language}
        user.language = language
        user.save(update_fields=["language"])
        audit.record(actor, "user.language", user, before, {"language": language})
    return user


def change_name(actor: Actor, name: str) -> User:
    """One's own name, as colleagues and recipients read it."""
    actor.require_oneself()
    if not name.strip():
        raise Invalid(fields={"name": _("Enter your name.")})
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.user_id or 0)
        before = {"name": user.name}
        user.name = name.strip()[:150]
        user.save(update_fields=["name"])
        audit.record(actor, "user.name", user, before, {"name": user.name})
    return user


def open_invitation(secret: str) -> Invitation:
    """The invitation behind a link's secret, if it can still be accepted."""
    row = (
        Invitation.objects.filter(digest=digest(secret)).select_related("organisation", "invited_by").first()
    )
    if row is None:
        raise Missing(_("invitation"))
    if row.accepted_at is not None:
        raise Conflict(
            _("This invitation was accepted already."), cure=_("Sign in with the account you made.")
        )
    if row.expires_at < clock.now():
        raise Conflict(_("This invitation has expired."), cure=_("Ask for a new one."))
    return row


def accept_invitation(secret: str, *, name: str, password: str) -> Actor:
    """Join the company. An existing account is proved by its password. Anyone with the secret may call it."""
    with transaction.atomic():
        # Of two at once the second sees what the first did.
        list(Invitation.objects.filter(digest=digest(secret)).select_for_update())
        row = open_invitation(secret)
        user = User.objects.filter(email=row.email).first()
        if user is None:
            problems = _registration_problems("-", row.email, password, name, "UTC", "USD")
            if problems:
                raise Invalid(fields=problems)
            user = User.objects.create_user(row.email, password, name=name.strip())
        elif not user.check_password(password):
            raise Invalid(fields={"password": _("This is not the password of your existing account.")})
        member, _made = Membership.objects.update_or_create(
            organisation=row.organisation,
            user=user,
            defaults={"role": row.role, "custom_role": row.custom_role, "ended_at": None},
        )
        row.accepted_at = clock.now()
        row.save(update_fields=["accepted_at"])
        actor = actor_of(member)
        audit.record(actor, "member.join", member)
    return actor


def change_role(actor: Actor, member_id: int, role: Role | int) -> Membership:
    """Give a member a built-in role, or the company's own by its id. ``Conflict`` for somebody who left."""
    actor.require(Permission.MEMBERS)
    with transaction.atomic():
        member = Membership.objects.pick_for_change(actor, member_id)
        if member.ended_at is not None:
            raise Conflict(
                _("{user} left the company.").format(user=member.user), cure=_("Send a new invitation.")
            )
        if Role.MASTER_ADMIN in (member.role, role):
            raise Refused(_("the Master Admin's role is fixed; hand it over instead"))
        before = audit.snapshot(member)
        member.role, member.custom_role = roles.chosen(actor, role)
        member.save(update_fields=["role", "custom_role"])
        audit.record(actor, "member.role", member, before)
    return member


def hand_over(actor: Actor, member_id: int) -> Membership:
    """The Master Admin makes another member the Master Admin and becomes an Admin (A3)."""
    actor.require(Permission.COMPANY_ACTIVATE)
    with transaction.atomic():
        mine = Membership.objects.select_for_update().of(actor).get(user_id=actor.user_id or 0)
        member = Membership.objects.pick_for_change(actor, member_id, ended_at=None)
        before = audit.snapshot(member)
        mine.role = Role.ADMIN
        mine.save(update_fields=["role"])
        member.role, member.custom_role = Role.MASTER_ADMIN, None
        member.save(update_fields=["role", "custom_role"])
        audit.record(actor, "member.hand_over", member, before)
    return member


def end_membership(actor: Actor, member_id: int) -> Membership:
    """Somebody leaves: access ends and keys are revoked in one act; what he did keeps his name."""
    actor.require(Permission.MEMBERS)
    with transaction.atomic():
        member = Membership.objects.pick_for_change(actor, member_id, ended_at=None)
        if member.role == Role.MASTER_ADMIN:
            raise Refused(_("the Master Admin cannot be removed; hand the role over first"))
        before = audit.snapshot(member)
        member.ended_at = clock.now()
        member.save(update_fields=["ended_at"])
        ApiKey.objects.of(actor).filter(user_id=member.user_id, revoked_at=None).update(
            revoked_at=clock.now()
        )
        audit.record(actor, "member.end", member, before)
    return member


def digest(secret: str) -> str:
    """What is kept of a secret of 256 random bits, which cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


# -- the company -------------------------------------------------------------------------------------------------


BOUND: list[
    Callable[[int], bool]
] = []  # of an organisation's id: whether a room counts in its currency already


def update_company(
    actor: Actor, *, name: str, time_zone: str, currency: str, locale: str | None = None
) -> Organisation:
    """``locale``: a BCP 47 tag such as ``de-AT``, by which papers are written; without one it stays. The currency
    stays once something is counted in it: what was written would say another amount."""
    actor.require(Permission.COMPANY_SETTINGS)
    problems = _registration_problems(
        name, "a@example.com", secrets.token_urlsafe(16), "", time_zone, currency
    )
    problems |= _no_locale(locale)
    if problems:
        raise Invalid(fields={("name" if k == "company" else k): v for k, v in problems.items()})
    with transaction.atomic():
        row = Organisation.objects.select_for_update().get(pk=actor.organisation_id)
        before = audit.snapshot(row)
        if currency != row.currency and any(counts(row.pk) for counts in BOUND):
            raise Invalid(
                fields={
                    "currency": _(
                        "There are documents or exchange rates in {currency} already, so it stays. Register another "
                        "company for another currency."
                    ).format(currency=row.currency)
                }
            )
        row.name, row.time_zone, row.currency = name.strip(), time_zone, currency
        row.locale = locale or row.locale
        row.save(update_fields=["name", "time_zone", "currency", "locale"])
        audit.record(actor, "company.update", row, before)
    return row
