"""Who may do what: roles, permissions, and the actor that every verb asks.

Pure: an ``Actor`` is made by a face (session, API key, command line) or by a job, and travels with every call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tradepost.kit.errors import Refused


class Role(StrEnum):
    """The roles of a company. The Master Admin is who registered it (A3); there is exactly one."""

    MASTER_ADMIN = "master_admin"
    ADMIN = "admin"
    SALES = "sales"
    WAREHOUSE = "warehouse"
    BOOKKEEPER = "bookkeeper"
    READ_ONLY = "read_only"


ROLE_LABELS = {
    Role.MASTER_ADMIN: _("Master Admin"),
    Role.ADMIN: _("Admin"),
    Role.SALES: _("Sales"),
    Role.WAREHOUSE: _("Warehouse"),
    Role.BOOKKEEPER: _("Bookkeeper"),
    Role.READ_ONLY: _("Read-only"),
}


class Permission(StrEnum):
    """What a verb may ask for. The value is stable: it is also the scope of an API key."""

    PEOPLE_VIEW = "people.view"
    PEOPLE_EDIT = "people.edit"
    CATALOG_VIEW = "catalog.view"
    CATALOG_EDIT = "catalog.edit"
    COST_VIEW = "catalog.cost"  # what stock cost and is worth
    STOCK_MOVE = "stock.move"
    SALES_VIEW = "sales.view"
    SALES_EDIT = "sales.edit"
    SHIPPING = "sales.ship"
    INVOICING = "sales.invoice"
    PURCHASING = "purchasing.edit"
    ACTIVITIES_VIEW = "activities.view"
    ACTIVITIES_EDIT = "activities.edit"
    ACTIVITIES_PRIVATE = "activities.private"  # see what others keep to themselves
    MAIL_SEND = "mail.send"
    MAIL_CONNECT = "mail.connect"  # one's own mailbox
    MAIL_SHARED = "mail.shared"  # shared mailboxes, and who reaches them
    SYNC_VIEW = "sync.view"
    SYNC_MANAGE = "sync.manage"
    EXPORT = "export"
    COMPANY_SETTINGS = "company.settings"
    COMPANY_ACTIVATE = "company.activate"  # A3: the Master Admin alone
    MEMBERS = "company.members"
    API_KEYS = "company.api_keys"
    AUDIT_VIEW = "company.audit"


_P = Permission
_VIEW = {_P.PEOPLE_VIEW, _P.CATALOG_VIEW, _P.SALES_VIEW, _P.ACTIVITIES_VIEW}
_WORK = _VIEW | {_P.ACTIVITIES_EDIT, _P.MAIL_SEND, _P.MAIL_CONNECT, _P.SYNC_VIEW, _P.EXPORT}
_ADMIN = set(_P) - {_P.COMPANY_ACTIVATE, _P.ACTIVITIES_PRIVATE}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.MASTER_ADMIN: frozenset(_ADMIN | {_P.COMPANY_ACTIVATE}),
    Role.ADMIN: frozenset(_ADMIN),
    Role.SALES: frozenset(_WORK | {_P.PEOPLE_EDIT, _P.SALES_EDIT}),
    Role.WAREHOUSE: frozenset(_WORK | {_P.STOCK_MOVE, _P.SHIPPING}),
    Role.BOOKKEEPER: frozenset(_WORK | {_P.PEOPLE_EDIT, _P.INVOICING, _P.PURCHASING, _P.COST_VIEW}),
    Role.READ_ONLY: frozenset(_VIEW),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody acting for one organisation.

    ``scopes`` narrows what the role grants (API keys); None means all of it. ``via`` is the face: page, api, cli, job.
    ``own`` is what a role of the company's own grants in place of the built-in ``role`` it was copied from (B22).
    ``until`` is when the key ends that somebody acts by.
    """

    organisation_id: int
    user_id: int | None
    role: Role
    via: str = "page"
    scopes: frozenset[Permission] | None = field(default=None)
    own: frozenset[Permission] | None = field(default=None)
    until: datetime | None = field(default=None)

    @classmethod
    def system(cls, organisation_id: int, via: str = "job") -> Actor:
        """The machine itself, for work that no person asked for at this moment. Its verbs are audited like others."""
        return cls(organisation_id=organisation_id, user_id=None, role=Role.ADMIN, via=via)

    def may(self, permission: Permission) -> bool:
        return permission in self.granted and (self.scopes is None or permission in self.scopes)

    @property
    def granted(self) -> frozenset[Permission]:
        """What the role grants, before ``scopes`` narrow it."""
        return GRANTS[self.role] if self.own is None else self.own

    def require(self, permission: Permission) -> None:
        """Raise ``Refused`` unless the actor has the permission. The first line of every verb."""
        if not self.may(permission):
            raise Refused(permission.value, permission=permission.value)

    @property
    def reads_only(self) -> bool:
        """Whether the actor is a key whose scopes are all for viewing."""
        return self.scopes is not None and all(scope.value.endswith(".view") for scope in self.scopes)

    def require_oneself(self) -> None:
        """Raise ``Refused`` where a key narrowed to scopes asks: none of them is for what is a person's own."""
        if self.scopes is not None:
            raise Refused(
                gettext("this API key is narrowed to some permissions, and this is its owner's own")
            )


def ungrantable(
    actor: Actor, wanted: Iterable[Permission], had: Iterable[Permission] = ()
) -> frozenset[Permission]:
    """What the actor may not give away: nobody grants more than they have. ``had`` was granted before and may stay."""
    return frozenset(p for p in set(wanted) - set(had) if not actor.may(p))
