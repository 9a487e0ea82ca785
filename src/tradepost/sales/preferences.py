"""What a company chooses about its documents."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.settings import declare

TAXED_AT = declare(
    "tax.address",
    "shipping",
    label=_("The state is read from"),
    help=_("The other address is taken where this one is empty."),
    choices={"shipping": _("the shipping address"), "billing": _("the billing address")},
)
PRICES_INCLUDE_TAX = declare(
    "tax.included",
    False,
    label=_("Prices include tax"),
    help=_("New documents of a sale begin so; their tax is taken out of the prices instead of added."),
)
FREIGHT_TAXED = declare(
    "tax.freight",
    True,
    label=_("Freight is taxed"),
    help=_("New documents of a sale begin so; on each it can be said otherwise."),
)
TAXES = (TAXED_AT, PRICES_INCLUDE_TAX, FREIGHT_TAXED)
