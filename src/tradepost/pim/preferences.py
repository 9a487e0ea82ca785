"""The company's switch for calendars (A4)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Permission
from tradepost.accounts.settings import declare

ACTIVE = declare(
    "calendar.active",
    False,
    label=_("Calendar"),
    help=_("Users may connect their calendars."),
    permission=Permission.COMPANY_ACTIVATE,
)
