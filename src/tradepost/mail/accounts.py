"""Verbs on mail accounts: set up, test, copy, connect and disconnect (A6, A7, B2–B14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, unknown_fields
from tradepost.kit.text import fold_email
from tradepost.kit.words import gettext_noop
from tradepost.mail.access import check_limit, manageable, to_manage
from tradepost.mail.errors import MailInactive, NotConnected
from tradepost.mail.folders import propose_folders
from tradepost.mail.models import MailAccess, MailAccount
from tradepost.mail.ports import Mailbox, Outgoing
from tradepost.mail.preferences import ACTIVE
from tradepost.mail.types import FolderUse, StepResult
from tradepost.sync import registry
from tradepost.sync.models import Connection, Health, Stream
from tradepost.sync.services import disconnect_all, switch_off
from tradepost.sync.tasks import request_run

CONNECTOR = "imap"
STREAM_KIND = "mail.folder"
WATCHED = (FolderUse.INBOX, FolderUse.SENT)
FIELDS = (
    "name",
    "preset",
    "sender_name",
    "sender_email",
    "copy_to_sent",
    "reply_token",
    "signature",
    "folders",
    "legacy",
)


def open_mailbox(account: MailAccount) -> Mailbox:
    """A signed-in mailbox. Raises ``NotConnected`` or a ``Remote`` with its cause and cure."""
    connection = _connected(account)
    return registry.connector(connection.connector).mailbox(connection.config, connection.secrets)  # type: ignore[no-any-return]


def open_outgoing(account: MailAccount) -> Outgoing:
    connection = _connected(account)
    return registry.connector(connection.connector).outgoing(connection.config, connection.secrets)  # type: ignore[no-any-return]


def _connected(account: MailAccount) -> Connection:
    refuse_idle(account)
    return account.connection


def refuse_idle(account: MailAccount) -> None:
    """Raise ``NotConnected`` without a password, ``MailInactive`` where the company has not activated mail (A5)."""
    if account.connection.health == Health.OFF or not account.connection.secrets:
        raise NotConnected(account=account.name)
    if not ACTIVE.value(account.organisation_id):
        raise MailInactive()


# -- setting up --------------------------------------------------------------------------------------------------


def save_account(
    actor: Actor,
    values: Mapping[str, Any],
    *,
    config: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    account_id: int | None = None,
    version: int | None = None,
    shared: bool = False,
) -> MailAccount:
    """Create a mail account, or change the named parts of one. Secrets that are not given stay as they are.

    The account syncs once it has a secret; ``folders`` that are not given are read off the server at the first pass.
    Where a new one does not say ``copy_to_sent`` (B10), it is on unless the provider files sent mail by itself. A
    ``legacy`` one is an old set-up taken over, kept to be reviewed (B14).
    """
    _may_set_up(actor, shared)
    if unknown := values.keys() - set(FIELDS):
        raise unknown_fields(unknown, FIELDS)
    try:
        with transaction.atomic():
            if account_id is None:
                row, before = _new_account(actor, shared), {}
            else:
                row = manageable(actor).pick_for_change(actor, account_id, version)
                before = audit.snapshot(row)
                row.version += 1
            trusting = _unverified(row)
            _fill(row, values)
            _save_connection(row, config, secrets)
            if account_id is None and "copy_to_sent" not in values:
                row.copy_to_sent = not _files_sent_mail(row.connection)
            row.connection_id = row.connection.pk
            row.save()
            watch_folders(row)
            audit.record(actor, "mail_account.save", row, before)
            if trusting != (now := _unverified(row)):
                audit.record(actor, "mail_account.tls_verify", row, {"off": trusting}, {"off": now})
    except IntegrityError:
        raise Invalid(
            fields={
                "name": _("Another mail account is named “{name}”. Choose another name.").format(
                    name=values.get("name")
                )
            }
        ) from None
    return row


def _may_set_up(actor: Actor, shared: bool) -> None:
    actor.require(Permission.MAIL_SHARED if shared else Permission.MAIL_CONNECT)
    if not ACTIVE.value(actor.organisation_id):
        raise MailInactive()


def _new_account(actor: Actor, shared: bool) -> MailAccount:
    if not shared:
        if actor.user_id is None:
            raise Invalid(fields={"owner": _("A mailbox without an owner is a shared one.")})
        check_limit(actor, actor.user_id)
    owner = None if shared else actor.user_id
    connection = Connection(organisation_id=actor.organisation_id, connector=CONNECTOR, owner_id=owner)
    return MailAccount(organisation_id=actor.organisation_id, owner_id=owner, connection=connection)


def _fill(row: MailAccount, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    problems: dict[str, str] = {}
    row.sender_email = fold_email(row.sender_email)
    if not row.name:
        problems["name"] = _("Give the account a name that its users can relate to.")
    try:
        validate_email(row.sender_email)
    except ValidationError:
        problems["sender_email"] = _(
            "“{email}” is not an e-mail address. Write it like name@example.com."
        ).format(email=row.sender_email)
    unknown = [use for use in row.folders if use not in set(FolderUse)]
    if unknown:
        problems["folders"] = _("“{unknown}” is no kind of folder.").format(unknown=unknown[0])
    if any(c in row.sender_name for c in "\r\n"):
        problems["sender_name"] = _("A sender name is one line.")
    if problems:
        raise Invalid(fields=problems)


def _save_connection(
    row: MailAccount, config: Mapping[str, Any] | None, secrets: Mapping[str, str] | None
) -> None:
    connection = row.connection
    connection.label = row.name
    kept = dict(connection.secrets or {})
    given = {k: v for k, v in (secrets or {}).items() if v}
    if config is not None:
        clean = registry.connector(connection.connector).clean(dict(config))
        same = _for_same_servers(clean, connection.config, kept)
        if kept and not same and "imap_password" not in given:
            raise Invalid(
                fields={"imap_password": _("The server is another one now: enter the password for it.")}
            )
        connection.config, kept = clean, same
    elif connection._state.adding:
        raise Invalid(fields={"config": _("Enter the servers of the mailbox.")})
    if given:
        connection.secrets = {**kept, **given}
        connection.health = Health.NEW
        connection.reason = connection.cure = ""
        row.disconnected_at = None
    elif connection._state.adding:
        connection.health, connection.reason = (
            Health.PAUSED,
            gettext_noop("No password has been entered yet."),
        )
        connection.cure = _("Enter the password and press Test Connection.")
    connection.save()


def _files_sent_mail(connection: Connection) -> bool:
    return bool(registry.connector(connection.connector).files_sent_mail(connection.config))


def _unverified(row: MailAccount) -> bool:
    connection = row.connection
    return bool(connection.config) and registry.connector(connection.connector).unverified(connection.config)


IDLE = (Health.OFF, Health.PAUSED, Health.INACTIVE)


def watch_folders(row: MailAccount) -> None:
    """One stream for each folder that is read: the inbox and the sent mail. A folder no longer mapped is paused."""
    on = bool(row.connection.secrets) and row.connection.health not in IDLE
    wanted = {row.folders.get(use): use for use in WATCHED if row.folders.get(use)} or {
        "INBOX": FolderUse.INBOX
    }
    row.connection.streams.exclude(remote_id__in=wanted).update(enabled=False, paused=False, lease_token="")
    for name, use in wanted.items():
        stream, made = Stream.objects.get_or_create(
            connection=row.connection,
            kind=STREAM_KIND,
            remote_id=name,
            defaults={
                "organisation_id": row.organisation_id,
                "label": f"{row.name} › {name}",
                "cursor": {"since": clock.now().replace(microsecond=0).isoformat()},
                "interval": 60 if use is FolderUse.INBOX else 120,
            },
        )
        fields: dict[str, Any] = {
            "enabled": on,
            "paused": row.connection.health == Health.PAUSED,
            "next_run_at": clock.now() if on else None,
            "label": f"{row.name} › {name}",
        }
        if row.connection.health == Health.NEW:  # a new secret: what failed before says nothing about it
            fields |= {"health": Health.NEW, "reason": "", "cure": "", "failures": 0}
        Stream.objects.filter(pk=stream.pk).update(**fields)
        if on:
            request_run(stream.pk, "set-up")


def map_folders(account: MailAccount, box: Mailbox) -> dict[str, str]:
    """Fill in what the account's folder mapping lacks from the server's own list (B7), and read those folders too."""
    if FolderUse.INBOX in account.folders and FolderUse.SENT in account.folders:
        return dict(account.folders)
    proposed = {use.value: name for use, name in propose_folders(box.folders()).items()}
    if not proposed.keys() - account.folders.keys():
        return dict(account.folders)  # the server has no more to offer
    with transaction.atomic():
        row = (
            MailAccount.objects.select_for_update(of=("self",))
            .select_related("connection")
            .get(pk=account.pk)
        )
        row.folders = {**proposed, **row.folders}
        row.save(update_fields=["folders", "updated_at"])
        watch_folders(row)
    account.folders = row.folders
    return dict(row.folders)


def walk_connection(
    actor: Actor,
    *,
    account_id: int | None = None,
    config: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[StepResult]:
    """Test Connection, step by step, of a stored account, of values not stored yet, or of one changed by the other."""
    connector, chosen, given = _entered(actor, account_id, config, secrets)
    return connector.test(chosen, given)  # type: ignore[no-any-return]


def server_folders(
    actor: Actor,
    *,
    account_id: int | None = None,
    config: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> tuple[list[str], dict[str, str]]:
    """The names of the server's folders, and the mapping proposed for them (B7); of what ``walk_connection`` takes."""
    connector, chosen, given = _entered(actor, account_id, config, secrets)
    with connector.mailbox(chosen, given) as box:
        folders = box.folders()
    names = [folder.name for folder in folders if folder.selectable]
    return names, {use.value: name for use, name in propose_folders(folders).items()}


def _entered(
    actor: Actor,
    account_id: int | None,
    config: Mapping[str, Any] | None,
    secrets: Mapping[str, str] | None,
) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """The connector, settings and secrets that a form stands for: what was typed in, else what is stored."""
    actor.require(Permission.MAIL_CONNECT)
    stored_config, stored_secrets, key = {}, {}, CONNECTOR
    if account_id is not None:
        row = manageable(actor).filter(pk=account_id).first()
        if row is None:
            raise Missing(_("mail account"))
        stored_config, stored_secrets, key = (
            row.connection.config,
            dict(row.connection.secrets),
            row.connection.connector,
        )
    chosen = dict(config) if config is not None else stored_config
    given = {
        **_for_same_servers(chosen, stored_config, stored_secrets),
        **{k: v for k, v in (secrets or {}).items() if v},
    }
    return registry.connector(key), chosen, given


def _for_same_servers(
    config: Mapping[str, Any], stored: Mapping[str, Any], secrets: dict[str, str]
) -> dict[str, str]:
    """Stored secrets go only to the hosts they were stored for, never to one that was just typed in."""
    hosts = [str(dict(config.get(side) or {}).get("host", "")).lower() for side in ("imap", "smtp")]
    known = [str(dict(stored.get(side) or {}).get("host", "")).lower() for side in ("imap", "smtp")]
    return secrets if hosts == known else {}


def create_copy(actor: Actor, account_id: int, *, name: str = "") -> MailAccount:
    """B4: another account like this one, without its secrets and tokens (defaults.md row 23)."""
    source = manageable(actor).filter(pk=account_id).first()
    if source is None:
        raise Missing(_("mail account"))
    taken = set(MailAccount.objects.of(actor).values_list("name", flat=True))
    base = name.strip() or f"Copy of {source.name}"
    chosen = next(n for n in (base, *(f"{base} ({i})" for i in range(2, 1000))) if n not in taken)
    config = {k: dict(v) if isinstance(v, dict) else v for k, v in source.connection.config.items()}
    values = {f: getattr(source, f) for f in FIELDS if f not in ("name", "legacy")}
    return save_account(actor, {**values, "name": chosen}, config=config, shared=source.owner_id is None)


def disconnect(actor: Actor, account_id: int) -> MailAccount:
    """A7: stop syncing and forget the secrets. What was logged stays; mail in the mailbox is not touched."""
    with transaction.atomic():
        row = to_manage(actor, account_id)
        before = audit.snapshot(row)
        row.disconnected_at = clock.now()
        row.version += 1
        row.save(update_fields=["disconnected_at", "version", "updated_at"])
        switch_off(row.connection, "Disconnected.", "Enter the password again to connect.")
        audit.record(actor, "mail_account.disconnect", row, before)
    return row


def delete_account(actor: Actor, account_id: int) -> None:
    """Remove an account that never sent anything; one that did is disconnected and kept for its history."""
    with transaction.atomic():
        row = to_manage(actor, account_id)
        if row.outbox.exists():
            raise Conflict(
                _("Mail was sent by this account, so it is kept."), cure=_("Disconnect it instead.")
            )
        audit.record(actor, "mail_account.delete", row, audit.snapshot(row), {})
        row.connection.delete()


def end_of_user(actor: Actor, user_id: int) -> None:
    """Somebody left: whatever he connected is disconnected, and his access to shared mailboxes ends. History stays."""
    own = MailAccount.objects.of(actor).filter(owner_id=user_id, disconnected_at=None)
    own.update(disconnected_at=clock.now())
    disconnect_all(actor, user_id)
    MailAccess.objects.of(actor).filter(user_id=user_id).delete()


def describe(account: MailAccount) -> dict[str, Any]:
    """What pages and API show of an account: everything but its secrets."""
    stored = account.connection.secrets
    return {
        "id": account.pk,
        **{f: getattr(account, f) for f in FIELDS},
        "shared": account.owner_id is None,
        "config": account.connection.config,
        "has_secret": bool(stored),
        "health": account.connection.health,
        "reason": account.connection.reason,
        "cure": account.connection.cure,
        "last_success_at": account.connection.last_success_at,
        "version": account.version,
    }
