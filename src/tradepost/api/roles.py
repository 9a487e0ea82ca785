"""Roles: the built-in ones and the company's own."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Router, Schema

from tradepost.accounts import roles
from tradepost.accounts.access import GRANTS, ROLE_LABELS, Permission, Role
from tradepost.accounts.models import CustomRole
from tradepost.api.call import Call, anyone_signed_in, compared, needs
from tradepost.api.schema import Id, In

router = Router(tags=["People and keys"])

GrantableRole = Literal["admin", "sales", "warehouse", "bookkeeper", "read_only"]


class RoleOut(Schema):
    """A built-in role, or one of the company's own, which has an ``id`` and was copied from the built-in ``role``."""

    id: int | None
    role: Role
    label: str
    permissions: list[Permission]


class OwnRoleIn(In):
    """``base`` is the built-in role that is copied; ``permissions`` replace what the copy grants."""

    name: str
    base: GrantableRole
    permissions: list[Permission] | None = None


class OwnRoleChange(In):
    name: str | None = None
    permissions: list[Permission] | None = None


@router.get("roles", response=list[RoleOut])
@anyone_signed_in
def list_roles(request: Call) -> list[dict[str, Any]]:
    """The built-in roles and the company's own, and what each may do."""
    built_in = [
        {"id": None, "role": r, "label": str(ROLE_LABELS[r]), "permissions": sorted(g)}
        for r, g in GRANTS.items()
    ]
    return [*built_in, *(_role_out(row) for row in roles.listed(request.actor))]


def _role_out(row: CustomRole) -> dict[str, Any]:
    return {"id": row.pk, "role": row.base, "label": row.name, "permissions": sorted(row.grants)}


@router.post("roles", response={201: RoleOut})
@needs(Permission.MEMBERS)
def create_role(request: Call, body: OwnRoleIn) -> dict[str, Any]:
    """Copy a built-in role under a name of one's own. Nobody grants more than they have."""
    return _role_out(
        roles.add(request.actor, name=body.name, base=Role(body.base), permissions=body.permissions)
    )


@router.get("roles/{int:id}", response=RoleOut)
@anyone_signed_in
def get_role(request: Call, id: Id) -> dict[str, Any]:
    """A role of the company's own."""
    return _role_out(CustomRole.objects.pick(request.actor, id))


@router.patch("roles/{int:id}", response=RoleOut)
@compared
@needs(Permission.MEMBERS)
def change_own_role(request: Call, id: Id, body: OwnRoleChange) -> dict[str, Any]:
    """Rename a role of one's own, or set what it grants; it holds from the next request of who has it."""
    return _role_out(roles.change(request.actor, id, name=body.name, permissions=body.permissions))


@router.delete("roles/{int:id}", response={204: None})
@needs(Permission.MEMBERS)
def delete_role(request: Call, id: Id) -> None:
    """Delete a role of one's own that nobody has and nobody is invited to."""
    roles.remove(request.actor, id)
