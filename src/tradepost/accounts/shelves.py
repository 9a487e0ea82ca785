"""What of this room lies in the trash."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from tradepost.accounts import roles
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry, CustomRole
from tradepost.accounts.trash import put_up, removed


def install() -> None:
    shelf = removed(CustomRole, "role.remove", _("Roles"), Permission.MEMBERS)

    def back(actor: Actor, entry: AuditEntry) -> object:
        roles.refuse_more(actor, CustomRole(permissions=entry.before.get("permissions", [])).grants)
        return shelf.restore(actor, entry)

    put_up(replace(shelf, restore=back))
