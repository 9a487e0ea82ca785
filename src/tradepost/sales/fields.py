"""What of a document may be written by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from tradepost.custom.models import MARKS
from tradepost.kit.errors import Invalid, unknown_fields
from tradepost.sales import deposits, words
from tradepost.sales.drafts import LineDraft
from tradepost.sales.models import Kind
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES

DOCUMENT_FIELDS = (
    "customer_id",
    "vendor_id",
    "contact_id",
    "project_id",
    "po_number",
    "channel",
    "class_name",
    "date",
    "promised",
    "terms",
    "currency",
    "billing",
    "shipping",
    "discount_percent",
    "freight",
    "freight_taxable",
    "freight_tax_rate",
    "memo",
    "owner_id",
    "due",
    "method",
    "location_id",
    "carrier",
    "tracking",
    "packages",
    "tax_code_id",
    "item_tax_id",
    "prices_include_tax",
    "custom_status_id",
    "exchange_rate",
    "deposit_percent",
    "deposit",
)


def check_names(
    kind: Kind, values: Mapping[str, Any], lines: Sequence[LineDraft] | None, amount: object
) -> None:
    """``Invalid`` unless a document of the kind has all that is named; only one that is an amount has an ``amount``, and
    no lines."""
    other = "customer_id" if kind in PURCHASES else "vendor_id"
    known = [name for name in (*DOCUMENT_FIELDS, *(("amount",) if kind in MONEY else ())) if name != other]
    if kind not in deposits.TAKES:
        known = [name for name in known if name not in ("deposit", "deposit_percent")]
    unknown = [k for k in values if k not in (*known, *MARKS)]
    if amount is not None and kind not in MONEY:
        unknown.append("amount")
    if unknown:
        raise unknown_fields(unknown, known)
    if lines and kind in MONEY:
        raise Invalid(
            fields={"lines": _("A {kind} is an amount and has no lines.").format(kind=words.kind(kind))}
        )
