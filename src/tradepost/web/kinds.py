"""How each kind of document looks on the desk: its words, its icon, its address, its walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.people.models import Customer, Vendor
from tradepost.sales.models import Kind
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import PURCHASES
from tradepost.web.parts import Text


@dataclass(frozen=True, slots=True)
class Look:
    """``plural`` names the list in addresses; ``walk`` are the states that a document goes through if all goes well;
    ``main`` are the verbs that stand as buttons beside the menu."""

    plural: str
    title: Text
    one: Text
    new: Text
    icon: str
    walk: tuple[str, ...]
    main: tuple[str, ...] = ()


LOOKS: Mapping[Kind, Look] = {
    Kind.ORDER: Look(
        "orders",
        _("Sales orders"),
        _("Sales order"),
        _("New order"),
        "shopping-cart",
        ("draft", "open", "partly_shipped", "shipped", "closed"),
        ("confirm", "release"),
    ),
    Kind.QUOTE: Look(
        "quotes",
        _("Quotes"),
        _("Quote"),
        _("New quote"),
        "file-text",
        ("draft", "sent", "accepted"),
        ("accept", "send"),
    ),
    Kind.SHIPMENT: Look(
        "shipments",
        _("Shipments"),
        _("Ship doc"),
        _("New ship doc"),
        "truck",
        ("draft", "shipped", "delivered"),
        ("ship", "deliver"),
    ),
    Kind.PICK: Look(
        "picks",
        _("Pick lists"),
        _("Pick list"),
        _("New pick list"),
        "clipboard-list",
        ("open", "picking", "picked"),
        ("start", "finish"),
    ),
    Kind.RMA: Look(
        "returns",
        _("Returns"),
        _("RMA"),
        _("New RMA"),
        "undo-2",
        ("requested", "approved", "partly_received", "received", "closed"),
        ("approve", "receive"),
    ),
    Kind.INVOICE: Look(
        "invoices",
        _("Invoices"),
        _("Invoice"),
        _("New invoice"),
        "receipt",
        ("draft", "issued", "partly_paid", "paid"),
        ("issue",),
    ),
    Kind.CASH_SALE: Look(
        "cash-sales",
        _("Cash sales"),
        _("Cash sale"),
        _("New cash sale"),
        "banknote",
        ("draft", "completed"),
        ("complete", "release"),
    ),
    Kind.CREDIT_NOTE: Look(
        "credit-notes",
        _("Credit notes"),
        _("Credit note"),
        _("New credit note"),
        "file-minus",
        ("draft", "issued", "applied"),
        ("issue",),
    ),
    Kind.PAYMENT: Look(
        "payments",
        _("Payments"),
        _("Payment"),
        _("New payment"),
        "wallet",
        ("draft", "received", "deposited"),
        ("receive", "deposit"),
    ),
    Kind.REFUND: Look(
        "refunds", _("Refunds"), _("Refund"), _("New refund"), "hand-coins", ("draft", "paid"), ("pay",)
    ),
    Kind.STATEMENT: Look(
        "statements",
        _("Statements"),
        _("Statement"),
        _("New statement"),
        "scroll-text",
        ("draft", "sent"),
        ("send",),
    ),
    Kind.PURCHASE_QUOTE: Look(
        "purchase-quotes",
        _("Purchase quotes"),
        _("Purchase quote"),
        _("New purchase quote"),
        "file-question-mark",
        ("draft", "sent", "answered", "accepted"),
        ("send", "answer", "accept"),
    ),
    Kind.PURCHASE_ORDER: Look(
        "purchase-orders",
        _("Purchase orders"),
        _("Purchase order"),
        _("New purchase order"),
        "shopping-bag",
        ("draft", "sent", "confirmed", "partly_received", "received", "closed"),
        ("send", "confirm"),
    ),
    Kind.RECEIPT: Look(
        "receipts",
        _("Receipts"),
        _("Receipt"),
        _("New receipt"),
        "package-check",
        ("draft", "received"),
        ("receive",),
    ),
    Kind.BILL: Look(
        "bills",
        _("Bills"),
        _("Bill"),
        _("New bill"),
        "receipt-text",
        ("draft", "approved", "partly_paid", "paid"),
        ("approve",),
    ),
    Kind.VENDOR_CREDIT: Look(
        "vendor-credits",
        _("Vendor credits"),
        _("Vendor credit"),
        _("New vendor credit"),
        "file-minus",
        ("draft", "approved", "applied"),
        ("approve",),
    ),
    Kind.BILL_PAYMENT: Look(
        "bill-payments",
        _("Bill payments"),
        _("Bill payment"),
        _("New bill payment"),
        "hand-coins",
        ("draft", "paid"),
        ("pay",),
    ),
    Kind.CASH_PURCHASE: Look(
        "cash-purchases",
        _("Cash purchases"),
        _("Cash purchase"),
        _("New cash purchase"),
        "banknote",
        ("draft", "completed"),
        ("complete",),
    ),
    Kind.VENDOR_REFUND: Look(
        "vendor-refunds",
        _("Vendor refunds"),
        _("Vendor refund"),
        _("New vendor refund"),
        "banknote-arrow-down",
        ("draft", "received"),
        ("receive",),
    ),
}

# Lists that stand behind one line of the sidebar; the first is the line's.
FAMILIES: tuple[tuple[Kind, ...], ...] = (
    (Kind.QUOTE,),
    (Kind.ORDER,),
    (Kind.SHIPMENT, Kind.PICK, Kind.RMA),
    (Kind.INVOICE, Kind.CASH_SALE, Kind.CREDIT_NOTE),
    (Kind.PAYMENT, Kind.REFUND, Kind.STATEMENT),
    (Kind.PURCHASE_ORDER, Kind.PURCHASE_QUOTE, Kind.RECEIPT),
    (Kind.BILL, Kind.CASH_PURCHASE, Kind.VENDOR_CREDIT, Kind.BILL_PAYMENT, Kind.VENDOR_REFUND),
)


@dataclass(frozen=True, slots=True)
class Side:
    """Whom a document names: ``field`` of the form, its model, where its choices come from and new ones are made, and the words
    for it."""

    field: str
    model: type[Customer] | type[Vendor]
    complete: str
    make: str
    label: Text
    reference: Text
    promised: Text
    search: Text
    begin: Text


SALE = Side(
    "customer_id",
    Customer,
    "customers-complete",
    "customer-short",
    _("Customer"),
    _("Customer PO"),
    _("Promised"),
    _("Number, customer or PO"),
    _("New customer “{name}”…"),
)
PURCHASE = Side(
    "vendor_id",
    Vendor,
    "vendors-complete",
    "vendor-short",
    _("Vendor"),
    _("Vendor's reference"),
    _("Expected"),
    _("Number or vendor"),
    _("New vendor “{name}”…"),
)


def side(kind: Kind) -> Side:
    return PURCHASE if kind in PURCHASES else SALE


def reference(kind: Kind) -> Text:
    """What ``po_number`` is on a kind of document; of money, such as a cheque's number, it has no side."""
    return _("Reference") if kind in MONEY else side(kind).reference


def family(kind: Kind) -> tuple[Kind, ...]:
    return next(kinds for kinds in FAMILIES if kind in kinds)


# With a context: “Open” is what a document is here, and what a button does elsewhere.
STATES: Mapping[str, Text] = {
    "accepted": pgettext_lazy("state of a document", "Accepted"),
    "answered": pgettext_lazy("state of a document", "Answered"),
    "applied": pgettext_lazy("state of a document", "Applied"),
    "approved": pgettext_lazy("state of a document", "Approved"),
    "cancelled": pgettext_lazy("state of a document", "Cancelled"),
    "closed": pgettext_lazy("state of a document", "Closed"),
    "completed": pgettext_lazy("state of a document", "Completed"),
    "confirmed": pgettext_lazy("state of a document", "Confirmed"),
    "declined": pgettext_lazy("state of a document", "Declined"),
    "delivered": pgettext_lazy("state of a document", "Delivered"),
    "deposited": pgettext_lazy("state of a document", "Deposited"),
    "draft": pgettext_lazy("state of a document", "Draft"),
    "expired": pgettext_lazy("state of a document", "Expired"),
    "issued": pgettext_lazy("state of a document", "Issued"),
    "open": pgettext_lazy("state of a document", "Open"),
    "paid": pgettext_lazy("state of a document", "Paid"),
    "partly_paid": pgettext_lazy("state of a document", "Partly paid"),
    "partly_received": pgettext_lazy("state of a document", "Partly received"),
    "partly_shipped": pgettext_lazy("state of a document", "Partly shipped"),
    "picked": pgettext_lazy("state of a document", "Picked"),
    "picking": pgettext_lazy("state of a document", "Picking"),
    "received": pgettext_lazy("state of a document", "Received"),
    "rejected": pgettext_lazy("state of a document", "Rejected"),
    "requested": pgettext_lazy("state of a document", "Requested"),
    "sent": pgettext_lazy("state of a document", "Sent"),
    "shipped": pgettext_lazy("state of a document", "Shipped"),
    "voided": pgettext_lazy("state of a document", "Voided"),
    "written_off": pgettext_lazy("state of a document", "Written off"),
}
