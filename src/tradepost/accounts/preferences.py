"""What a company says of itself beside its name."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.settings import declare

MONTHS = {1: _("January"), 2: _("February"), 3: _("March"), 4: _("April"), 5: _("May"), 6: _("June"), 7: _("July"),
          8: _("August"), 9: _("September"), 10: _("October"), 11: _("November"), 12: _("December")}  # fmt: skip

FISCAL_START = declare(
    "company.fiscal_start",
    1,
    label=_("Fiscal year begins in"),
    check=lambda month: None if 1 <= month <= 12 else gettext("A month is a number from 1 to 12."),
)

SECOND_FACTOR = declare(
    "company.second_factor",
    False,
    label=_("Every user needs a second factor"),
    help=_(
        "Who has none sets one up when he next opens a page, and sees nothing else before. API keys are not concerned."
    ),
)
