"""The kinds of records that can carry tags and custom fields. Pure.

A document is of its own kind (``order``, ``invoice`` …), every other record of that of its table.
"""

from __future__ import annotations

PARTIES = ("customer", "vendor", "contact", "lead", "opportunity", "case", "project")
SALES = (
    *(
        "quote",
        "order",
        "pick",
        "shipment",
        "rma",
        "invoice",
        "cash_sale",
        "payment",
        "credit_note",
        "refund",
    ),
    "statement",
)
PURCHASES = (
    *("purchase_quote", "purchase_order", "receipt", "bill"),
    *("bill_payment", "cash_purchase", "vendor_credit", "vendor_refund"),
)
DOCUMENTS = (*SALES, *PURCHASES)
KINDS = (*PARTIES, "item", *DOCUMENTS)
