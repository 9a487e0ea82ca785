"""What of this room lies in the trash."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.trash import archived, put_up
from tradepost.mail.models import Template
from tradepost.mail.templates import archive_template


def _template(actor: Actor, row: Template, *, undo: bool) -> Template:
    return archive_template(actor, row.pk, undo=undo)


def install() -> None:
    settings = Permission.COMPANY_SETTINGS
    words = ("name", "subject")
    put_up(
        archived(
            Template, _template, "template", _("Mail templates"), view=settings, change=settings, words=words
        )
    )
