"""The company's choices about stock."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.settings import declare

ALLOW_NEGATIVE = declare(
    "stock.allow_negative",
    False,
    label=_("Negative stock"),
    help=_("Ship and allocate more than there is. The sums go below zero until a receipt or a count."),
)
