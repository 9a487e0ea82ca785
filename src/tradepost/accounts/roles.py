"""Verbs on the roles of a company's own: copy a built-in role, change what it grants, delete it when nobody has it (B22)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import GRANTS, Actor, Permission, Role, ungrantable
from tradepost.accounts.models import CustomRole, Invitation, Membership
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Refused


def listed(actor: Actor) -> Any:
    """The company's own roles by name, each with ``held``: how many people have it."""
    held = Count("memberships", filter=Q(memberships__ended_at=None))
    return CustomRole.objects.of(actor).annotate(held=held).order_by("name")


def add(
    actor: Actor, *, name: str, base: Role, permissions: Iterable[Permission] | None = None
) -> CustomRole:
    """Copy the built-in role ``base`` under a name of one's own; ``permissions`` replace what the copy grants."""
    actor.require(Permission.MEMBERS)
    if base is Role.MASTER_ADMIN:
        raise Invalid(fields={"base": _("The Master Admin's role cannot be copied. Copy Admin instead.")})
    wanted = GRANTS[base] if permissions is None else frozenset(permissions)
    row = CustomRole(organisation_id=actor.organisation_id, base=base)
    return _save(actor, row, name, wanted)


def change(
    actor: Actor, role_id: int, *, name: str | None = None, permissions: Iterable[Permission] | None = None
) -> CustomRole:
    """Rename a role or set what it grants. It holds from the next request of everybody who has it."""
    actor.require(Permission.MEMBERS)
    with transaction.atomic():
        row = CustomRole.objects.pick_for_change(actor, role_id)
        wanted = row.grants if permissions is None else frozenset(permissions)
        return _save(actor, row, row.name if name is None else name, wanted)


def _save(actor: Actor, row: CustomRole, name: str, wanted: frozenset[Permission]) -> CustomRole:
    if not name.strip() or len(name.strip()) > 60:
        raise Invalid(fields={"name": _("Give the role a name of at most 60 characters.")})
    if Permission.COMPANY_ACTIVATE in wanted:
        raise Invalid(fields={"permissions": _("The Master Admin alone activates mail and calendar.")})
    refuse_more(actor, wanted, row.grants)
    before = audit.snapshot(row) if row.pk else {}
    row.name, row.permissions = name.strip(), sorted(wanted)
    try:
        with transaction.atomic():
            row.save()
            audit.record(actor, "role.change" if before else "role.add", row, before)
    except IntegrityError:
        raise Invalid(
            fields={"name": _("There is a role named “{name}” already.").format(name=name.strip())}
        ) from None
    return row


def remove(actor: Actor, role_id: int) -> None:
    """Delete a role that nobody has and nobody is invited to: it lies in the trash. Who had it and left keeps its built-in base."""
    actor.require(Permission.MEMBERS)
    with transaction.atomic():
        row = CustomRole.objects.pick_for_change(actor, role_id)
        members = Membership.objects.of(actor).filter(custom_role=row)
        invitations = Invitation.objects.of(actor).filter(custom_role=row)
        open_to = invitations.filter(accepted_at=None, expires_at__gte=clock.now())
        if members.filter(ended_at=None).exists() or open_to.exists():
            raise Conflict(
                _("Somebody has the role “{row}” or is invited to it.").format(row=row),
                cure=_("Give them another role first, or withdraw the invitation."),
            )
        invitations.filter(accepted_at=None).delete()
        invitations.update(custom_role=None)
        members.update(custom_role=None)
        audit.record(actor, "role.remove", row, audit.snapshot(row), {})
        row.delete()


def chosen(actor: Actor, role: Role | int) -> tuple[Role, CustomRole | None]:
    """The role to give somebody: a built-in one, or the company's own by its id, locked so that it cannot be deleted
    or widened meanwhile. Refused where it grants more than the actor has. Call it in a transaction."""
    if isinstance(role, Role):
        refuse_more(actor, GRANTS[role])
        return role, None
    own = CustomRole.objects.pick_for_change(actor, role)
    refuse_more(actor, own.grants)
    return Role(own.base), own


def refuse_more(actor: Actor, wanted: Iterable[Permission], had: Iterable[Permission] = ()) -> None:
    """Nobody gives what they have not, but for what was there before."""
    if more := ungrantable(actor, wanted, had):
        raise Refused(
            _("nobody grants more than they have, and you lack {more}").format(more=", ".join(sorted(more)))
        )
