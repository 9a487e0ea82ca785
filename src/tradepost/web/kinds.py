"""How each kind of document looks on the desk: its words, its icon, its address, its walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tradepost.sales.models import Kind
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
        ("requested", "approved", "received", "closed"),
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
}

# Lists that stand behind one line of the sidebar; the first is the line's.
FAMILIES: tuple[tuple[Kind, ...], ...] = (
    (Kind.QUOTE,),
    (Kind.ORDER,),
    (Kind.SHIPMENT, Kind.PICK, Kind.RMA),
    (Kind.INVOICE, Kind.CASH_SALE, Kind.CREDIT_NOTE),
    (Kind.PAYMENT, Kind.REFUND),
)


def family(kind: Kind) -> tuple[Kind, ...]:
    return next(kinds for kinds in FAMILIES if kind in kinds)
