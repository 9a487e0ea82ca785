"""The company's switch (A3–A5, B1): what becomes of connected mailboxes when “Mail” is unticked, and ticked again."""

from __future__ import annotations

from collections.abc import Iterable

from tradepost.accounts.settings import follow
from tradepost.mail.accounts import IDLE, watch_folders
from tradepost.mail.errors import MailInactive
from tradepost.mail.models import MailAccount
from tradepost.mail.preferences import ACTIVE
from tradepost.sync.models import Health


def turned(organisation_ids: Iterable[int]) -> None:
    """Stop every mailbox of a company that does not use mail, and go on with those that were stopped so.

    Passwords and cursors stay, so nothing is missed in between. What a person paused stays paused.
    """
    for organisation_id in organisation_ids:
        accounts = MailAccount.objects.filter(organisation_id=organisation_id).select_related("connection")
        if ACTIVE.value(organisation_id):
            for row in accounts.filter(connection__health=Health.INACTIVE):
                _go_on(row)
        else:
            for row in accounts.exclude(connection__health__in=IDLE):
                _stop(row)


def _stop(row: MailAccount) -> None:
    connection, why = row.connection, MailInactive()
    connection.health, connection.reason, connection.cure = Health.INACTIVE, why.cause, why.cure
    connection.save(update_fields=["health", "reason", "cure", "updated_at"])
    connection.streams.update(enabled=False, next_run_at=None)


def _go_on(row: MailAccount) -> None:
    connection = row.connection
    connection.health, connection.reason, connection.cure = Health.NEW, "", ""
    connection.save(update_fields=["health", "reason", "cure", "updated_at"])
    watch_folders(row)


follow(ACTIVE, turned)
