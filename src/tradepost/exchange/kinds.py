"""What can be brought in: the kinds of records, their columns, and the names that other programs give them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.exchange.masters import GOODS, PARTIES, YES, address
from tradepost.exchange.shapes import Field, Group, Kind, Type
from tradepost.kit.errors import Missing

__all__ = ["KINDS", "Field", "Group", "Kind", "Type", "kind_of"]

_TYPES = ("stock", "assembly", "kit", "non_stock", "service", "group", "other_charge", "discount", "matrix")

_N, _D = Type.NUMBER, Type.DAY
_REF = Field("number", "Number", ("number", "ref", "ref #"), needed=True, sample="D-10482")
_ORDER = replace(
    _REF, label="Order", also=("order number", "order no", "so number", *_REF.also), sample="SO-10482"
)
_CUSTOMER = Field(
    "customer",
    "Customer",
    ("customer number", "customer name", "company", "account"),
    needed=True,
    sample="C-0001",
)
_VENDOR = Field(
    "vendor", "Vendor", ("vendor number", "vendor name", "supplier", "company"), needed=True, sample="V-0001"
)
_DUE = Field("due", "Due", ("due date", "pay by"), _D, sample="2026-12-02")
_SOLD = (
    Field(
        "promised",
        "Promised",
        ("promised date", "ship by", "due date", "delivery date"),
        _D,
        sample="2026-11-20",
    ),
    Field("po_number", "PO number", ("po", "customer po", "purchase order"), sample="PO-38214"),
    Field("channel", "Channel", ("sales channel", "source"), sample="shop"),
)


def _paper(
    key: str, label: str, plural: str, permission: Permission, number: Field, party: Field, *more: Field
) -> Kind:
    """A kind of document: its number, whom it concerns, what else its head says, and its lines."""
    return Kind(
        key,
        label,
        plural,
        permission,
        ("number",),
        (
            number,
            party,
            Field("date", "Date", ("order date", f"{label.lower()} date"), _D, sample="2026-11-02"),
            *more,
            Field("terms", "Terms", ("payment terms",), sample="Net 30"),
            Field("currency", "Currency", ("currency code",), sample="USD"),
            Field("discount_percent", "Discount %", ("order discount", "discount"), _N, sample="0"),
            Field("freight", "Freight", ("shipping amount", "shipping cost"), _N, sample="12.50"),
            Field("freight_tax_rate", "Freight tax %", ("freight tax", "shipping tax"), _N),
            Field(
                "prices_include_tax",
                "Prices include tax",
                ("tax included", "gross prices"),
                Type.CHOICE,
                choices=YES,
            ),
            Field("exchange_rate", "Exchange rate", ("rate of exchange", "currency rate"), _N),
            Field("project", "Job", ("job number", "job name", "project"), sample="J-0001"),
            Field("memo", "Memo", ("note", "notes", "comment"), Type.LONG),
            *address("shipping_", "Ship-to"),
            *_LINE,
        ),
        Group.PAPERS,
    )


_LINE = (
    Field("sku", "SKU", ("item", "item number", "product code", "line sku"), line=True, sample="TNT-4"),
    Field(
        "description",
        "Description",
        ("line description", "item description", "product"),
        Type.LONG,
        line=True,
        sample="Tent for four",
    ),
    Field("quantity", "Quantity", ("qty", "ordered", "quantity ordered"), _N, line=True, sample="2"),
    Field("unit_price", "Unit price", ("price", "rate", "item price"), _N, line=True, sample="199.50"),
    Field("line_discount", "Line discount %", ("item discount",), _N, line=True, sample="0"),
    Field("tax_rate", "Tax %", ("tax", "tax rate", "vat"), _N, line=True, sample="8.25"),
    Field("unit", "Unit", ("uom", "unit of measure", "line unit"), line=True, sample="each"),
    Field("drop_ship", "Drop ship", ("dropship", "drop shipped"), Type.CHOICE, line=True, choices=YES),
)

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        *PARTIES,
        Kind(
            "item",
            "Item",
            "items",
            Permission.CATALOG_EDIT,
            ("sku",),
            (
                Field("sku", "SKU", ("item", "item number", "item no", "code", "product code"), needed=True, sample="TNT-4"),
                Field("name", "Name", ("item name", "product", "product name", "title"), sample="Tent for four"),
                Field("type", "Type", ("item type",), Type.CHOICE, sample="stock", choices={
                    **{t.replace("_", " "): t for t in _TYPES}, "inventory": "stock", "stock item": "stock",
                    "non inventory": "non_stock", "non stock item": "non_stock", "product": "stock",
                }),
                Field("description", "Description", ("details", "long description"), Type.LONG, sample="Four seasons, green"),
                Field("unit", "Unit", ("uom", "unit of measure"), sample="each"),
                Field("price", "Price", ("unit price", "sales price", "list price", "rate"), _N, sample="199.50"),
                Field("tax_rate", "Tax %", ("tax", "tax rate", "vat", "vat rate"), _N, sample="8.25"),
                Field("barcode", "Barcode", ("ean", "gtin", "upc"), sample="4006381333931"),
                Field("category", "Category", ("item category", "product category", "product group")),
                Field("variant_of", "Variant of", ("parent", "parent sku", "matrix item", "parent item")),
                Field("options", "Options", ("variant options", "attributes")),
                Field("discount_percent", "Discount %", ("discount",), _N),
                Field("discount_reach", "Discount on", ("discount reach",), Type.CHOICE, choices={
                    "above": "above", "line": "line", "all above": "above", "line above": "line",
                }),
            ),
            Group.GOODS,
        ),
        *GOODS,
        _paper("order", "Sales order", "orders", Permission.SALES_EDIT, _ORDER, _CUSTOMER, *_SOLD),
        _paper("quote", "Quote", "quotes", Permission.SALES_EDIT, replace(_REF, label="Quote", also=("quote number", "quote no", *_REF.also)), _CUSTOMER, *_SOLD),
        _paper("invoice", "Invoice", "invoices", Permission.INVOICING, replace(_REF, label="Invoice", also=("invoice number", "invoice no", *_REF.also)), _CUSTOMER, _DUE, *_SOLD[1:]),
        _paper("purchase_order", "Purchase order", "purchase-orders", Permission.PURCHASING, replace(_REF, label="Purchase order", also=("po number", "po", *_REF.also)), _VENDOR, _SOLD[0]),
        _paper("bill", "Bill", "bills", Permission.PURCHASING, replace(_REF, label="Bill", also=("bill number", "bill no", *_REF.also)), _VENDOR, _DUE, replace(_SOLD[1], label="Vendor's number", also=("vendor invoice", "reference"), sample="R-2026-8")),
        _paper("credit_note", "Credit note", "credit-notes", Permission.INVOICING, replace(_REF, label="Credit note", also=("credit note number", "credit number", *_REF.also)), _CUSTOMER, *_SOLD[1:]),
        _paper("vendor_credit", "Vendor credit", "vendor-credits", Permission.PURCHASING, replace(_REF, label="Vendor credit", also=("vendor credit number", "credit number", *_REF.also)), _VENDOR, replace(_SOLD[1], label="Vendor's number", also=("vendor invoice", "reference"), sample="R-2026-9")),
    )
}  # fmt: skip


def kind_of(key: str) -> Kind:
    """Raises ``Missing`` for a kind that there is not."""
    if key not in KINDS:
        raise Missing(_("kind of import “{key}”; there are {known}").format(key=key, known=", ".join(KINDS)))
    return KINDS[key]
