"""What of this room lies in the trash, and what of it keeps a draft out of there."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.accounts.trash import Shelf, put_up
from tradepost.activities.models import Activity, Attachment, Message
from tradepost.activities.queries import permitted, visible
from tradepost.activities.shelving import trash_activity, trash_file
from tradepost.sales.models import Document
from tradepost.sales.trashing import keep_where


def _activities(actor: Actor) -> ScopedQuerySet[Any]:
    return Activity.objects.of(actor).filter(permitted(actor), trashed_at__isnull=False)


def _files(actor: Actor) -> ScopedQuerySet[Any]:
    seen = Activity.objects.of(actor).filter(visible(actor))
    return Attachment.objects.of(actor).filter(trashed_at__isnull=False, activity__in=seen)


def _mailed(document: Document) -> str:
    on = {"activity__links__record_kind": "document", "activity__links__record_id": document.pk}
    sent = Message.objects.filter(organisation_id=document.organisation_id, outgoing=True, **on)
    return gettext("It was e-mailed.") if sent.exists() else ""


def install() -> None:
    keep_where(_mailed)
    who: dict[str, Any] = {"view": Permission.ACTIVITIES_VIEW, "change": Permission.ACTIVITIES_EDIT}
    since: dict[str, Any] = {"since": "trashed_at", **who}
    put_up(
        Shelf(
            "activity",
            _("Activities"),
            _activities,
            lambda actor, row: trash_activity(actor, row.pk, undo=True),
            words=("subject", "text"),
            **since,
        ),
        Shelf(
            "attachment",
            _("Files"),
            _files,
            lambda actor, row: trash_file(actor, row.pk, undo=True),
            words=("name",),
            **since,
        ),
    )
