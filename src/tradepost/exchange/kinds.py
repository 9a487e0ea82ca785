"""What can be brought in: the kinds of records, their columns, and the names that other programs give them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext

from tradepost.accounts.access import Permission
from tradepost.exchange.basics import SETUP
from tradepost.exchange.masters import BILLING, BY_CONTACT, GOODS, OWNER, PARTIES, SHIP_TO, address
from tradepost.exchange.shapes import YES, Field, Group, Kind, Type
from tradepost.kit.errors import Missing
from tradepost.kit.words import gettext_noop as _

__all__ = ["KINDS", "Field", "Group", "Kind", "Type", "kind_of"]

_TYPES = ("stock", "assembly", "kit", "non_stock", "service", "group", "other_charge", "discount", "matrix")

_N, _D = Type.NUMBER, Type.DAY
_REF = Field("number", _("Number"), ("number", "ref", "ref #"), needed=True, sample="D-10482")
_ORDER = replace(
    _REF, label=_("Order"), also=("order number", "order no", "so number", *_REF.also), sample="SO-10482"
)
_CUSTOMER = Field(
    "customer",
    _("Customer"),
    ("customer number", "customer name", "company", "account"),
    needed=True,
    sample="C-0001",
)
_VENDOR = Field(
    "vendor",
    _("Vendor"),
    ("vendor number", "vendor name", "supplier", "company"),
    needed=True,
    sample="V-0001",
)
_DUE = Field("due", _("Due"), ("due date", "pay by"), _D, sample="2026-12-02")
_SOLD = (
    Field(
        "promised",
        _("Promised"),
        ("promised date", "ship by", "due date", "delivery date"),
        _D,
        sample="2026-11-20",
    ),
    Field("po_number", _("PO number"), ("po", "customer po", "purchase order"), sample="PO-38214"),
    Field("channel", _("Channel"), ("sales channel", "source"), sample="shop"),
)
_OF_ORDER = Field(
    "order", _("Sales order"), ("order", "order number", "order no", "so number"), sample="SO-10482"
)
_HOLD = Field("hold_reason", _("Hold reason"), ("reason of the hold", "on hold because"))
_WHOSE = (
    replace(OWNER, also=("sales rep", "salesperson", "rep", *OWNER.also)),
    BY_CONTACT,
    Field("custom_status", _("Custom status"), ("own status",)),
)
_GOODS = (
    Field("location", _("Location"), ("warehouse", "ship from"), sample="Main"),
    Field("carrier", _("Carrier"), ("shipped by", "ship via"), sample="UPS"),
    Field("tracking", _("Tracking"), ("tracking number", "tracking no"), sample="1Z999AA10123456784"),
    Field("packages", _("Packages"), ("number of packages", "parcels"), _N),
)
_CURRENCY = Field("currency", _("Currency"), ("currency code",), sample="USD")
_RATE = Field("exchange_rate", _("Exchange rate"), ("rate of exchange", "currency rate"), _N)
_MEMO = Field("memo", _("Memo"), ("note", "notes", "comment"), Type.LONG)
_DEPOSIT = (
    Field("deposit", _("Deposit"), ("deposit asked", "down payment"), _N),
    Field("deposit_percent", _("Deposit %"), ("deposit percent",), _N),
)


def _class(label: str) -> Field:
    return Field("class_name", _("Class"), ("class", "classification", f"{label.lower()} class"))


def _number(label: str, *also: str) -> Field:
    """The number of a kind, which is called as the kind is."""
    return replace(_REF, label=label, also=(*also, *_REF.also))


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
            Field("date", _("Date"), ("order date", f"{label.lower()} date"), _D, sample="2026-11-02"),
            *more,
            _class(label),
            Field("terms", _("Terms"), ("payment terms",), sample="Net 30"),
            _CURRENCY,
            Field("discount_percent", _("Discount %"), ("order discount", "discount"), _N, sample="0"),
            Field("freight", _("Freight"), ("shipping amount", "shipping cost"), _N, sample="12.50"),
            Field("freight_tax_rate", _("Freight tax %"), ("freight tax", "shipping tax"), _N),
            Field(
                "prices_include_tax",
                _("Prices include tax"),
                ("tax included", "gross prices"),
                Type.CHOICE,
                choices=YES,
            ),
            _RATE,
            Field("project", _("Job"), ("job number", "job name", "project"), sample="J-0001"),
            *_WHOSE,
            *_GOODS,
            _MEMO,
            *address("billing_", BILLING),
            *address("shipping_", SHIP_TO),
            *_LINE,
        ),
        Group.PAPERS,
    )


def _money(key: str, label: str, plural: str, permission: Permission, number: Field, party: Field) -> Kind:
    """A kind of document that is an amount and has no lines."""
    return Kind(
        key,
        label,
        plural,
        permission,
        ("number",),
        (
            number,
            party,
            Field("date", _("Date"), ("payment date", "paid on"), _D, sample="2026-11-02"),
            Field(
                "amount",
                _("Amount"),
                ("total", "open amount", "unapplied", "rest"),
                _N,
                needed=True,
                sample="120.00",
            ),
            _CURRENCY,
            _RATE,
            Field("method", _("Payment method"), ("method", "paid by", "tender"), sample="Transfer"),
            Field(
                "po_number",
                _("Reference"),
                ("cheque number", "check number", "transaction"),
                sample="TR-88123",
            ),
            _class(label),
            *_WHOSE,
            _MEMO,
        ),
        Group.PAPERS,
    )


_LINE = (
    Field("sku", _("SKU"), ("item", "item number", "product code", "line sku"), line=True, sample="TNT-4"),
    Field(
        "description",
        _("Description"),
        ("line description", "item description", "product"),
        Type.LONG,
        line=True,
        sample="Tent for four",
    ),
    Field("quantity", _("Quantity"), ("qty", "ordered", "quantity ordered"), _N, line=True, sample="2"),
    Field("unit_price", _("Unit price"), ("price", "rate", "item price"), _N, line=True, sample="199.50"),
    Field("line_discount", _("Line discount %"), ("item discount",), _N, line=True, sample="0"),
    Field("tax_rate", _("Tax %"), ("tax", "tax rate", "vat"), _N, line=True, sample="8.25"),
    Field("unit", _("Unit"), ("uom", "unit of measure", "line unit"), line=True, sample="each"),
    Field("drop_ship", _("Drop ship"), ("dropship", "drop shipped"), Type.CHOICE, line=True, choices=YES),
)

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        *PARTIES,
        Kind(
            "item",
            _("Item"),
            "items",
            Permission.CATALOG_EDIT,
            ("sku",),
            (
                Field("sku", _("SKU"), ("item", "item number", "item no", "code", "product code"), needed=True, sample="TNT-4"),
                Field("name", _("Name"), ("item name", "product", "product name", "title"), sample="Tent for four"),
                Field("type", _("Type"), ("item type",), Type.CHOICE, sample="stock", choices={
                    **{t.replace("_", " "): t for t in _TYPES}, "inventory": "stock", "stock item": "stock",
                    "non inventory": "non_stock", "non stock item": "non_stock", "product": "stock",
                }),
                Field("description", _("Description"), ("details", "long description"), Type.LONG, sample="Four seasons, green"),
                Field("unit", _("Unit"), ("uom", "unit of measure"), sample="each"),
                Field("price", _("Price"), ("unit price", "sales price", "list price", "rate"), _N, sample="199.50"),
                Field("tax_rate", _("Tax %"), ("tax", "tax rate", "vat", "vat rate"), _N, sample="8.25"),
                Field("barcode", _("Barcode"), ("ean", "gtin", "upc"), sample="4006381333931"),
                Field("category", _("Category"), ("item category", "product category", "product group")),
                Field("variant_of", _("Variant of"), ("parent", "parent sku", "matrix item", "parent item")),
                Field("options", _("Options"), ("variant options", "attributes")),
                Field("discount_percent", _("Discount %"), ("discount",), _N),
                Field("discount_reach", _("Discount on"), ("discount reach",), Type.CHOICE, choices={
                    "above": "above", "line": "line", "all above": "above", "line above": "line",
                }),
            ),
            Group.GOODS,
        ),
        *GOODS,
        *SETUP,
        _paper("order", _("Sales order"), "orders", Permission.SALES_EDIT, _ORDER, _CUSTOMER, *_SOLD, _HOLD, *_DEPOSIT),
        _paper("quote", _("Quote"), "quotes", Permission.SALES_EDIT, _number(_("Quote"), "quote number", "quote no"), _CUSTOMER, *_SOLD),
        _paper("invoice", _("Invoice"), "invoices", Permission.INVOICING, _number(_("Invoice"), "invoice number", "invoice no"), _CUSTOMER, _DUE, *_SOLD[1:]),
        _paper("purchase_quote", _("Purchase quote"), "purchase-quotes", Permission.PURCHASING, _number(_("Purchase quote"), "purchase quote number", "rfq number", "rfq"), _VENDOR, _SOLD[0]),
        _paper("purchase_order", _("Purchase order"), "purchase-orders", Permission.PURCHASING, _number(_("Purchase order"), "po number", "po"), _VENDOR, _SOLD[0], *_DEPOSIT),
        _paper("bill", _("Bill"), "bills", Permission.PURCHASING, _number(_("Bill"), "bill number", "bill no"), _VENDOR, _DUE, replace(_SOLD[1], label=_("Vendor's number"), also=("vendor invoice", "reference"), sample="R-2026-8")),
        _paper("credit_note", _("Credit note"), "credit-notes", Permission.INVOICING, _number(_("Credit note"), "credit note number", "credit number"), _CUSTOMER, *_SOLD[1:]),
        _paper("vendor_credit", _("Vendor credit"), "vendor-credits", Permission.PURCHASING, _number(_("Vendor credit"), "vendor credit number", "credit number"), _VENDOR, replace(_SOLD[1], label=_("Vendor's number"), also=("vendor invoice", "reference"), sample="R-2026-9")),
        _money("payment", _("Payment"), "payments", Permission.INVOICING, _number(_("Payment"), "payment number", "payment no"), _CUSTOMER),
        _money("bill_payment", _("Bill payment"), "bill-payments", Permission.PURCHASING, _number(_("Bill payment"), "payment number", "payment no"), _VENDOR),
        _paper("rma", _("RMA"), "rmas", Permission.SALES_EDIT, _number(_("RMA"), "rma number", "return number"), _CUSTOMER, _OF_ORDER, *_SOLD[1:]),
        _paper("shipment", _("Ship doc"), "ship-docs", Permission.SHIPPING, _number(_("Ship doc"), "ship doc number", "shipment number", "delivery note"), _CUSTOMER, _OF_ORDER, *_SOLD),
    )
}  # fmt: skip


def kind_of(key: str) -> Kind:
    """Raises ``Missing`` for a kind that there is not."""
    if key not in KINDS:
        raise Missing(
            gettext("kind of import “{key}”; there are {known}").format(key=key, known=", ".join(KINDS))
        )
    return KINDS[key]
