"""Who reaches which mail account: its owner, and for a shared mailbox the users and roles it was given to (B15)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission, Role
from tradepost.accounts.models import Membership, User
from tradepost.kit.errors import Invalid, Missing, Refused
from tradepost.mail.errors import TooManyAccounts
from tradepost.mail.models import MailAccess, MailAccount
from tradepost.mail.preferences import MAX_ACCOUNTS


def reachable(actor: Actor) -> Any:
    """The accounts an actor may use: his own, and the shared ones given to him or to his role (B15)."""
    given = MailAccess.objects.of(actor).filter(
        Q(user_id=actor.user_id, user__isnull=False) | Q(role=actor.role)
    )
    mine = Q(owner_id=actor.user_id, owner__isnull=False) | Q(pk__in=given.values("account_id"))
    rows = MailAccount.objects.of(actor).filter(mine).select_related("connection", "owner", "organisation")
    return rows.order_by("name", "id")


def manageable(actor: Actor) -> Any:
    """The accounts whose set-up an actor may see: his own, and with the permission the shared ones too."""
    rows = MailAccount.objects.of(actor).select_related("connection", "owner").order_by("name", "id")
    if actor.may(Permission.MAIL_SHARED):
        return rows.filter(Q(owner_id=actor.user_id) | Q(owner=None))
    return rows.filter(owner_id=actor.user_id, owner__isnull=False)


def to_manage(actor: Actor, account_id: int) -> MailAccount:
    row: MailAccount | None = manageable(actor).select_for_update(of=("self",)).filter(pk=account_id).first()
    if row is None:
        raise Missing(_("mail account"))
    return row


def check_limit(actor: Actor, user_id: int) -> None:
    """B15: raise ``TooManyAccounts`` where a user reaches as many accounts as the company allows."""
    limit = MAX_ACCOUNTS.value(actor.organisation_id)
    if not limit:
        return
    User.objects.select_for_update().get(pk=user_id)  # two requests at once count one after the other
    own = MailAccount.objects.of(actor).filter(owner_id=user_id).values("pk")
    given = MailAccess.objects.of(actor).filter(user_id=user_id).values("account_id")
    if MailAccount.objects.of(actor).filter(Q(pk__in=own) | Q(pk__in=given)).count() >= limit:
        name = str(User.objects.get(pk=user_id))
        raise TooManyAccounts(user=name, limit=limit)


def grant(
    actor: Actor, account_id: int, *, user_id: int | None = None, role: Role | None = None
) -> MailAccess:
    """Let a user or everybody of a role use a shared mailbox."""
    actor.require(Permission.MAIL_SHARED)
    if (user_id is None) == (role is None):
        raise Invalid(fields={"user_id": _("Choose either a user or a role.")})
    with transaction.atomic():
        row = to_manage(actor, account_id)
        if row.owner_id is not None:
            raise Refused(_("a personal mailbox is its owner's alone; set it up as a shared one"))
        if user_id is not None:
            if not Membership.objects.of(actor).filter(user_id=user_id, ended_at=None).exists():
                raise Missing(_("user"))
            if not row.accesses.filter(user_id=user_id).exists():
                check_limit(actor, user_id)
        who: dict[str, Any] = {"user_id": user_id, "role": role or ""}
        access, _made = MailAccess.objects.get_or_create(
            organisation_id=actor.organisation_id, account=row, **who
        )
        audit.record(actor, "mail_account.grant", access)
    return access


def revoke(actor: Actor, access_id: int) -> None:
    actor.require(Permission.MAIL_SHARED)
    with transaction.atomic():
        row = MailAccess.objects.pick_for_change(actor, access_id)
        audit.record(actor, "mail_account.revoke", row, audit.snapshot(row), {})
        row.delete()
