"""Activities and files that were a mistake: into the trash, and back. What was sent or received stays."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import in_trash_already
from tradepost.activities.models import Activity, ActivityKind, Attachment
from tradepost.activities.queries import permitted
from tradepost.kit import clock
from tradepost.kit.errors import Conflict


def trash_activity(actor: Actor, activity_id: int, *, undo: bool = False) -> Activity:
    """Throw a note, call, memo, task, or an event that is in no calendar into the trash with its files, or give it back.

    Raises ``Conflict`` for an e-mail, for an event of a calendar, and for what lies there already.
    """
    actor.require(Permission.ACTIVITIES_EDIT)
    with transaction.atomic():
        row = Activity.objects.filter(permitted(actor)).pick_for_change(actor, activity_id)
        if row.kind == ActivityKind.EMAIL:
            raise Conflict(_("An e-mail is not thrown away."), cure=_("Unlink it from the record instead."))
        held: Any = getattr(row, "event", None)  # of the room above, if that has taken it into a calendar
        if held is not None and held.stream_id is not None:
            raise Conflict(_("The event is in a calendar."), cure=_("Delete it as an event, there or here."))
        before = audit.snapshot(row)
        _shelve(row, undo)
        row.version += 1
        row.save(update_fields=["trashed_at", "version", "updated_at"])
        audit.record(actor, f"activity.{'restore' if undo else 'trash'}", row, before)
    return row


def trash_file(actor: Actor, file_id: int, *, undo: bool = False) -> Attachment:
    """Throw a file that somebody put on an activity into the trash, or give it back. That of a message stays with it."""
    actor.require(Permission.ACTIVITIES_EDIT)
    with transaction.atomic():
        seen = Activity.objects.of(actor).filter(permitted(actor))
        row = Attachment.objects.filter(activity__in=seen).pick_for_change(actor, file_id)
        if row.message_id is not None:
            raise Conflict(
                _("The file belongs to an e-mail."), cure=_("It stays with the message that brought it.")
            )
        before = audit.snapshot(row)
        _shelve(row, undo)
        row.save(update_fields=["trashed_at"])
        audit.record(actor, f"attachment.{'restore' if undo else 'trash'}", row, before)
    return row


def _shelve(row: Activity | Attachment, undo: bool) -> None:
    if (row.trashed_at is None) == undo:
        raise in_trash_already(f"“{row}”", undo)
    row.trashed_at = None if undo else clock.now()
