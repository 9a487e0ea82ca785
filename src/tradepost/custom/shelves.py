"""What of this room lies in the trash."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.trash import archived, put_up, removed
from tradepost.custom.models import CustomField, Tag
from tradepost.custom.services import archive_field


def _field(actor: Actor, row: CustomField, *, undo: bool) -> CustomField:
    return archive_field(actor, row.pk, undo=undo)


def install() -> None:
    settings = Permission.COMPANY_SETTINGS
    put_up(
        archived(
            CustomField, _field, "custom-field", _("Custom fields"),
            view=settings, change=settings, words=("name", "key"),
        ),
        removed(Tag, "tag.remove", _("Tags"), settings),
    )  # fmt: skip
