"""Users out of rows: whoever is none yet is invited, without a password, to the role that the row names."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import inviting
from tradepost.accounts.access import ROLE_LABELS, Role
from tradepost.accounts.models import CustomRole, Invitation, Membership
from tradepost.accounts.services import invite, withdraw_invitation
from tradepost.exchange import undo
from tradepost.exchange.models import ImportRow
from tradepost.exchange.rules import Record
from tradepost.exchange.target import Outcome, Target
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.text import fold


class Users(Target):
    """A member stays as it is; an open invitation to another role gives way to a new one. The link is mailed when the rows
    are stored, so that a dry run mails nothing."""

    model, kind = Invitation, "user"

    def prepare(self, batch: Sequence[Record]) -> None:
        emails = [r.key for r in batch]
        members = Membership.objects.of(self.actor).filter(user__email__in=emails, ended_at=None)
        self._members = {row.user.email: row for row in members.select_related("user", "custom_role")}
        waiting = Invitation.objects.of(self.actor).filter(email__in=emails, accepted_at=None)
        self._waiting = {row.email: row for row in waiting.select_related("custom_role")}
        own = {fold(row.name): row.pk for row in CustomRole.objects.of(self.actor)}
        self._roles: dict[str, Role | int] = {
            **{
                fold(name).replace("_", " "): role
                for role in Role
                for name in (role.value, str(ROLE_LABELS[role]))
            },
            **own,
        }

    def save(self, record: Record) -> Outcome:
        email, role = record.values["email"], self._role(record.values.get("role", ""))
        member, waiting = self._members.get(email), self._waiting.get(email)
        if member is not None:
            if role not in (member.custom_role_id, None if member.custom_role_id else member.role):
                raise Conflict(
                    _("{email} is a member already.").format(email=email),
                    cure=_("Change the role in the list of users instead."),
                )
            return Outcome("same", None, None, str(member))
        if waiting is not None and role in (
            waiting.custom_role_id,
            None if waiting.custom_role_id else waiting.role,
        ):
            return Outcome("same", waiting.pk, None, email)
        row, secret = invite(self.actor, email=email, role=role)
        transaction.on_commit(lambda: inviting.mail(row, secret))
        return Outcome("create", row.pk, None, f"{email} ({row.role_name})")

    def _role(self, name: str) -> Role | int:
        found = self._roles.get(fold(name).replace("_", " ")) if name else None
        if found is None:
            known = ", ".join(
                str(label) for role, label in ROLE_LABELS.items() if role is not Role.MASTER_ADMIN
            )
            raise Invalid(
                _("There is no role “{name}”.").format(name=name),
                cure=_("Write one of: {known}, or a role of your own.").format(known=known),
            )
        return found

    def take_back(self, row: ImportRow) -> None:
        """The invitation ends; whoever has accepted it stays."""
        found = Invitation.objects.of(self.actor).filter(pk=row.record_id or 0).first()
        if found is None:
            raise undo.gone()
        if found.accepted_at:
            raise Conflict(
                _("{email} has accepted the invitation.").format(email=found.email),
                cure=_("End the membership on the page of users, if you want to."),
            )
        withdraw_invitation(self.actor, found.pk)
