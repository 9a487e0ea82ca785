"""What of this room lies in the trash."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Permission
from tradepost.accounts.trash import put_up, removed
from tradepost.reports.models import SavedReport


def install() -> None:
    put_up(removed(SavedReport, "report.remove", _("Saved reports"), Permission.SALES_VIEW, own=True))
