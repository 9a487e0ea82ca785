"""What a document says to the other side: fixed once it left the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tradepost.kit.errors import Conflict
from tradepost.sales import states, words
from tradepost.sales.models import Document, Kind

# The rest (owner, promised day, memo, tracking) may change at any time.
PRICING = frozenset(
    {"customer_id", "vendor_id", "date", "currency", "discount_percent", "freight"}
    | {"tax_code_id", "item_tax_id", "prices_include_tax", "freight_taxable", "freight_tax_rate"}
)
_BINDING = PRICING | {"terms", "billing", "shipping", "due", "location_id", "exchange_rate"}


def check_open(row: Document, values: Mapping[str, Any], *, entered: bool) -> None:
    """What left the house is not rewritten (``states.editable``). ``entered``: lines or an amount come with the values."""
    if not (entered or values.keys() & _BINDING) or states.editable(Kind(row.kind), row.status):
        return
    raise Conflict(
        _("{number} is {state}; its lines and terms are fixed.").format(
            number=row.number, state=words.state(row.status)
        ),
        cure=_("Reopen or revise it first."),
    )
