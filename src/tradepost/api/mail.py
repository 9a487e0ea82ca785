"""Mail accounts: their servers, folders, and who may use them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission, Role
from tradepost.api.call import Call, anyone_signed_in, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, Window
from tradepost.mail import access, accounts
from tradepost.mail.models import MailAccess, MailAccount
from tradepost.mail.types import FolderUse, Step
from tradepost.sync import registry
from tradepost.sync.models import Health

router = Router(tags=["Mail"])


class AccountIn(In):
    """``config`` holds ``imap`` and ``smtp``, each with host, port, encryption (none, starttls, tls), username,
    pinned (SHA-256 of a certificate to trust), authority (one's own CA, PEM) and tls_verify (on, off); ``secrets`` hold ``imap_password`` and, where it differs, ``smtp_password``, and are never told again.
    ``folders`` maps inbox, sent, drafts and trash to names, and is read off the server where it is not sent.
    ``copy_to_sent``: where a new account does not say it, on unless the provider files sent mail by itself. ``reply_token``: answers come to
    ``sender_email`` with a plus-token that names the record (RFC 5233), which the provider must deliver. ``legacy``
    marks an old set-up that is taken over to be reviewed; its servers may say ``use_ssl`` and ``use_tls`` in place of
    ``encryption``."""

    name: str = ""
    preset: str = "generic"
    sender_name: str = ""
    sender_email: str = ""
    copy_to_sent: bool = True
    reply_token: bool = False
    signature: str = ""
    folders: dict[FolderUse, str] = {}
    legacy: bool = False
    config: dict[str, Any] = {}
    secrets: dict[str, str] = {}

    def parts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The account's own fields, and what belongs to its connection, as far as they were sent."""
        given = self.model_dump(exclude_unset=True, mode="json")
        beside: dict[str, Any] = {name: given.pop(name) for name in ("config", "secrets") if name in given}
        return given, beside


class AccountNew(AccountIn):
    """A ``shared`` mailbox has no owner; access to it is granted."""

    shared: bool = False


class AccountOut(Schema):
    id: int
    name: str
    preset: str
    sender_name: str
    sender_email: str
    copy_to_sent: bool
    reply_token: bool
    signature: str
    folders: dict[str, str]
    legacy: bool
    shared: bool
    config: dict[str, Any]
    has_secret: bool
    health: Health
    reason: str
    cure: str
    last_success_at: datetime | None
    version: int


class StepOut(Schema):
    """``took`` in seconds; ``fingerprint`` is the SHA-256 of a certificate that could not be verified, to pin it."""

    step: Step
    ok: bool
    cause: str
    cure: str
    took: float
    fingerprint: str


class Entered(In):
    config: dict[str, Any] | None = None
    secrets: dict[str, str] = {}


class CopyIn(In):
    name: str = Field("", max_length=120)


class GrantIn(In):
    """Either a user or a role."""

    user_id: Id | None = None
    role: Role | None = None


class GrantOut(Schema):
    id: int
    user_id: int | None
    role: str


class Usable(Schema):
    id: int
    name: str
    sender_name: str
    sender_email: str
    signature: str


def _shown(request: Call, id: int, response: HttpResponse | None = None) -> dict[str, Any]:
    row: MailAccount = access.manageable(request.actor).pick(request.actor, id)
    if response is not None:
        tagged(response, row)
    return accounts.describe(row)


AccountOrder = Literal[
    "name", "-name", "sender_email", "-sender_email",
    "created_at", "-created_at", "updated_at", "-updated_at",
]  # fmt: skip


@router.get("mail-accounts", response=Page[AccountOut])
@needs(Permission.MAIL_CONNECT)
def list_mail_accounts(
    request: Call,
    window: Query[Window],
    health: Health | None = None,
    shared: bool | None = None,
    sort: AccountOrder = "name",
) -> dict[str, Any]:
    """The caller's own accounts and, for those who may manage them, the shared ones."""
    wanted = {"connection__health": health, "connection__owner__isnull": shared}
    rows = access.manageable(request.actor).filter(
        **{name: value for name, value in wanted.items() if value is not None}
    )
    found = page(rows, window, sort)
    return {**found, "items": [accounts.describe(row) for row in found["items"]]}


@router.get("senders", response=list[Usable])
@anyone_signed_in
def list_senders(request: Call) -> list[MailAccount]:
    """The accounts that the caller may send with."""
    return list(access.reachable(request.actor).filter(disconnected_at=None))


@router.post("mail-accounts", response={201: AccountOut})
@needs(Permission.MAIL_CONNECT)
def create_mail_account(request: Call, body: AccountNew, response: HttpResponse) -> dict[str, Any]:
    """Connect a mailbox. It is read from now on, as soon as it has a password."""
    values, beside = body.parts()
    values.pop("shared", None)
    row = accounts.save_account(request.actor, values, **beside, shared=body.shared)
    response["Location"] = f"/api/v1/mail-accounts/{row.pk}"
    return _shown(request, row.pk, response)


@router.get("mail-accounts/{int:id}", response=AccountOut)
@needs(Permission.MAIL_CONNECT)
def get_mail_account(request: Call, id: Id, response: HttpResponse) -> dict[str, Any]:
    """One account, without its secrets."""
    return _shown(request, id, response)


@router.patch("mail-accounts/{int:id}", response=AccountOut)
@needs(Permission.MAIL_CONNECT)
def change_mail_account(request: Call, id: Id, body: AccountIn, response: HttpResponse) -> dict[str, Any]:
    """Change what is sent; a password that is sent connects a disconnected account again."""
    values, beside = body.parts()
    row: MailAccount = access.manageable(request.actor).pick(request.actor, id)
    accounts.save_account(
        request.actor,
        values,
        **beside,
        account_id=id,
        version=expected_version(request),
        shared=row.owner_id is None,
    )
    return _shown(request, id, response)


@router.delete("mail-accounts/{int:id}", response={204: None})
@needs(Permission.MAIL_CONNECT)
def delete_mail_account(request: Call, id: Id) -> None:
    """Remove an account that never sent anything; others are disconnected instead."""
    accounts.delete_account(request.actor, id)


@router.post("mail-accounts/test", response=list[StepOut])
@needs(Permission.MAIL_CONNECT)
def test_entered(request: Call, body: Entered) -> list[Any]:
    """Test Connection of settings that are not stored: the steps up to the first that fails."""
    return list(accounts.walk_connection(request.actor, config=body.config or {}, secrets=body.secrets))


@router.post("mail-accounts/{int:id}/test", response=list[StepOut])
@needs(Permission.MAIL_CONNECT)
def test_stored(request: Call, id: Id, body: Entered) -> list[Any]:
    """Test Connection of an account, or of it with other settings: the steps up to the first that fails."""
    return list(
        accounts.walk_connection(request.actor, account_id=id, config=body.config, secrets=body.secrets)
    )


class Proposal(Schema):
    config: dict[str, Any]


@router.get("mail-accounts/proposal", response=Proposal)
@needs(Permission.MAIL_CONNECT)
def propose_servers(request: Call, email: str) -> dict[str, Any]:
    """The ``config`` that the provider of an address is known for, or a good guess."""
    return {"config": registry.connector(accounts.CONNECTOR).propose(email)}


class FoldersOut(Schema):
    """The server's folders, and which of them is proposed for each use."""

    names: list[str]
    proposed: dict[str, str]


@router.post("mail-accounts/folders", response=FoldersOut)
@needs(Permission.MAIL_CONNECT)
def list_entered_folders(request: Call, body: Entered) -> dict[str, Any]:
    """The folders behind settings that are not stored."""
    names, proposed = accounts.server_folders(request.actor, config=body.config or {}, secrets=body.secrets)
    return {"names": names, "proposed": proposed}


@router.get("mail-accounts/{int:id}/folders", response=FoldersOut)
@needs(Permission.MAIL_CONNECT)
def list_stored_folders(request: Call, id: Id) -> dict[str, Any]:
    """The folders of an account's server."""
    names, proposed = accounts.server_folders(request.actor, account_id=id)
    return {"names": names, "proposed": proposed}


@router.post("mail-accounts/{int:id}/copy", response={201: AccountOut})
@needs(Permission.MAIL_CONNECT)
def copy_mail_account(request: Call, id: Id, body: CopyIn) -> dict[str, Any]:
    """Create Copy: the same settings without the secrets."""
    return _shown(request, accounts.create_copy(request.actor, id, name=body.name).pk)


@router.post("mail-accounts/{int:id}/disconnect", response=AccountOut)
@needs(Permission.MAIL_CONNECT)
def disconnect_mail_account(request: Call, id: Id) -> dict[str, Any]:
    """Stop syncing and forget the secrets. What was logged stays."""
    accounts.disconnect(request.actor, id)
    return _shown(request, id)


@router.get("mail-accounts/{int:id}/access", response=list[GrantOut])
@needs(Permission.MAIL_SHARED)
def list_mail_access(request: Call, id: Id) -> list[MailAccess]:
    """Who may use a shared mailbox."""
    return list(access.manageable(request.actor).pick(request.actor, id).accesses.order_by("id"))


@router.post("mail-accounts/{int:id}/access", response={201: GrantOut})
@needs(Permission.MAIL_SHARED)
def grant_mail_access(request: Call, id: Id, body: GrantIn) -> MailAccess:
    """Let a user, or everybody of a role, use a shared mailbox."""
    return access.grant(request.actor, id, user_id=body.user_id, role=body.role)


@router.delete("mail-access/{int:id}", response={204: None})
@needs(Permission.MAIL_SHARED)
def revoke_mail_access(request: Call, id: Id) -> None:
    """Take the use of a shared mailbox back."""
    access.revoke(request.actor, id)
