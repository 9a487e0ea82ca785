"""The states of every kind of document (B21), as a table; ``states`` reads it.

A row is a verb: from which states, to which, with whose permission, under which guards. Rows marked
``follows`` are moved by the documents that follow (a shipment ships its order) and are never buttons. Hold is
not a state but a reason beside it: whatever moves goods is guarded by ``not_on_hold``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tradepost.accounts.access import Permission
from tradepost.sales.guards import Guard

_P = Permission


class Kind(StrEnum):
    """The documents of the desk."""

    QUOTE = "quote"
    ORDER = "order"
    PICK = "pick"
    SHIPMENT = "shipment"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CASH_SALE = "cash_sale"
    CREDIT_NOTE = "credit_note"
    REFUND = "refund"
    RMA = "rma"
    STATEMENT = "statement"
    PURCHASE_QUOTE = "purchase_quote"
    PURCHASE_ORDER = "purchase_order"
    RECEIPT = "receipt"
    BILL = "bill"
    BILL_PAYMENT = "bill_payment"
    CASH_PURCHASE = "cash_purchase"
    VENDOR_CREDIT = "vendor_credit"
    VENDOR_REFUND = "vendor_refund"


PURCHASES = frozenset(
    {
        *(Kind.PURCHASE_QUOTE, Kind.PURCHASE_ORDER, Kind.RECEIPT, Kind.BILL, Kind.BILL_PAYMENT),
        *(Kind.CASH_PURCHASE, Kind.VENDOR_CREDIT, Kind.VENDOR_REFUND),
    }
)
"""The kinds that name a vendor; all others name a customer."""
AT_ONCE = frozenset({Kind.CASH_SALE, Kind.CASH_PURCHASE})
"""The kinds that are paid as they are completed."""
DEAD = frozenset({"cancelled", "voided", "rejected"})
"""The states of what was called off."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. An empty ``target`` keeps the state."""

    verb: str
    sources: tuple[str, ...]
    target: str
    permission: Permission
    guards: tuple[Guard, ...] = ()
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind's states. ``label`` names it in sentences; ``edit`` is the permission to create and change a
    document of the kind, which is possible in the ``open`` states only."""

    label: str
    initial: str
    edit: Permission
    rows: tuple[Row, ...]
    open: tuple[str, ...] = ("draft",)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, the initial one first."""
        return tuple(dict.fromkeys([self.initial, *(row.target for row in self.rows if row.target)]))

    @property
    def sources(self) -> set[str]:
        """The states that a verb leads out of."""
        return {source for row in self.rows for source in row.sources}

    def row(self, verb: str) -> Row | None:
        return next((row for row in self.rows if row.verb == verb), None)


def _row(verb: str, path: str, permission: Permission, *guards: Guard, follows: bool = False) -> Row:
    """``path`` is ``"from from > to"``; without a target the state stays."""
    sources, _, target = path.partition(">")
    return Row(verb, tuple(sources.split()), target.strip(), permission, guards, follows)


_HOLD = (
    _row("hold", "draft open partly_shipped", _P.SALES_EDIT, Guard.NOT_ON_HOLD),
    _row("release", "draft open partly_shipped", _P.SALES_EDIT, Guard.ON_HOLD),
)

_ORDERED = (Guard.NOT_ON_HOLD, Guard.HAS_LINES, Guard.CREDIT_ALLOWS)

MACHINES: Mapping[Kind, Machine] = {
    Kind.QUOTE: Machine(
        "quote",
        "draft",
        _P.SALES_EDIT,
        (
            _row("send", "draft sent > sent", _P.SALES_EDIT, Guard.HAS_LINES),
            _row("accept", "draft sent > accepted", _P.SALES_EDIT, Guard.HAS_LINES),
            _row("decline", "draft sent > declined", _P.SALES_EDIT),
            _row("expire", "sent > expired", _P.SALES_EDIT),
            _row("revise", "sent declined expired > draft", _P.SALES_EDIT),
            _row("cancel", "draft sent declined expired > cancelled", _P.SALES_EDIT),
        ),
    ),
    Kind.ORDER: Machine(
        "sales order",
        "open",
        _P.SALES_EDIT,
        (
            _row("confirm", "draft > open", _P.SALES_EDIT, Guard.HAS_LINES),
            *_HOLD,
            _row(
                "ship_part",
                "open partly_shipped > partly_shipped",
                _P.SHIPPING,
                Guard.NOT_ON_HOLD,
                follows=True,
            ),
            _row("ship_all", "open partly_shipped > shipped", _P.SHIPPING, Guard.NOT_ON_HOLD, follows=True),
            _row("unship", "partly_shipped shipped > open", _P.SHIPPING, follows=True),
            _row("unship_part", "shipped > partly_shipped", _P.SHIPPING, follows=True),
            _row("close", "open partly_shipped shipped > closed", _P.SALES_EDIT),
            _row("reopen", "closed cancelled > open", _P.SALES_EDIT, Guard.NOTHING_FOLLOWS),
            _row("cancel", "draft open > cancelled", _P.SALES_EDIT, Guard.NOTHING_FOLLOWS),
        ),
        open=("draft", "open", "partly_shipped"),
    ),
    Kind.PICK: Machine(
        "pick list",
        "open",
        _P.SHIPPING,
        (
            _row("start", "open > picking", _P.SHIPPING, Guard.NOT_ON_HOLD, Guard.HAS_LINES),
            _row("finish", "open picking > picked", _P.SHIPPING, Guard.NOT_ON_HOLD, Guard.HAS_LINES),
            _row("reopen", "picked > picking", _P.SHIPPING, Guard.NOTHING_FOLLOWS),
            _row("cancel", "open picking picked > cancelled", _P.SHIPPING, Guard.NOTHING_FOLLOWS),
        ),
        open=("open", "picking"),
    ),
    Kind.SHIPMENT: Machine(
        "ship doc",
        "draft",
        _P.SHIPPING,
        (
            _row(
                "ship",
                "draft > shipped",
                _P.SHIPPING,
                Guard.NOT_ON_HOLD,
                Guard.CREDIT_ALLOWS,
                Guard.HAS_LINES,
            ),
            _row("deliver", "shipped > delivered", _P.SHIPPING),
            _row("cancel", "draft > cancelled", _P.SHIPPING),
            _row("void", "shipped > voided", _P.SHIPPING, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.INVOICE: Machine(
        "invoice",
        "draft",
        _P.INVOICING,
        (
            _row("issue", "draft > issued", _P.INVOICING, Guard.HAS_LINES),
            _row("pay_part", "issued partly_paid paid > partly_paid", _P.INVOICING, follows=True),
            _row("pay_all", "issued partly_paid > paid", _P.INVOICING, follows=True),
            _row("unpay", "partly_paid paid > issued", _P.INVOICING, follows=True),
            _row("write_off", "issued partly_paid > written_off", _P.INVOICING),
            _row("reopen", "written_off > issued", _P.INVOICING),
            _row("cancel", "draft > cancelled", _P.INVOICING),
            _row("void", "issued > voided", _P.INVOICING, Guard.NOTHING_PAID, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.PAYMENT: Machine(
        "payment",
        "draft",
        _P.INVOICING,
        (
            _row("receive", "draft > received", _P.INVOICING),
            _row("deposit", "received > deposited", _P.INVOICING),
            _row("cancel", "draft > cancelled", _P.INVOICING),
            _row("void", "received deposited > voided", _P.INVOICING, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.CASH_SALE: Machine(
        "cash sale",
        "draft",
        _P.SALES_EDIT,
        (
            _row("hold", "draft", _P.SALES_EDIT, Guard.NOT_ON_HOLD),
            _row("release", "draft", _P.SALES_EDIT, Guard.ON_HOLD),
            _row("complete", "draft > completed", _P.SALES_EDIT, Guard.NOT_ON_HOLD, Guard.HAS_LINES),
            _row("cancel", "draft > cancelled", _P.SALES_EDIT),
            _row("void", "completed > voided", _P.INVOICING, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.CREDIT_NOTE: Machine(
        "credit note",
        "draft",
        _P.INVOICING,
        (
            _row("issue", "draft > issued", _P.INVOICING, Guard.HAS_LINES),
            _row("apply_part", "issued applied > issued", _P.INVOICING, follows=True),
            _row("apply_all", "issued > applied", _P.INVOICING, follows=True),
            _row("cancel", "draft > cancelled", _P.INVOICING),
            _row("void", "issued > voided", _P.INVOICING, Guard.NOTHING_PAID, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.REFUND: Machine(
        "refund",
        "draft",
        _P.INVOICING,
        (
            _row("pay", "draft > paid", _P.INVOICING),
            _row("cancel", "draft > cancelled", _P.INVOICING),
            _row("void", "paid > voided", _P.INVOICING),
        ),
    ),
    Kind.RMA: Machine(
        "RMA",
        "requested",
        _P.SALES_EDIT,
        (
            _row("approve", "requested > approved", _P.SALES_EDIT, Guard.HAS_LINES),
            _row("reject", "requested > rejected", _P.SALES_EDIT),
            _row("receive", "approved partly_received > received", _P.STOCK_MOVE),
            _row("receive_part", "approved partly_received > partly_received", _P.STOCK_MOVE, follows=True),
            _row("receive_all", "approved partly_received > received", _P.STOCK_MOVE, follows=True),
            _row("take_back", "partly_received received > approved", _P.STOCK_MOVE, Guard.NOTHING_FOLLOWS),
            _row("close", "approved partly_received received > closed", _P.SALES_EDIT),
            _row("cancel", "requested approved > cancelled", _P.SALES_EDIT, Guard.NOTHING_FOLLOWS),
        ),
        open=("requested",),
    ),
    Kind.STATEMENT: Machine(
        "statement",
        "draft",
        _P.INVOICING,
        (
            _row("send", "draft sent > sent", _P.INVOICING),
            _row("cancel", "draft > cancelled", _P.INVOICING),
        ),
        open=(),  # it says what the books say
    ),
    Kind.PURCHASE_QUOTE: Machine(
        "purchase quote",
        "draft",
        _P.PURCHASING,
        (
            _row("send", "draft sent > sent", _P.PURCHASING, Guard.NOT_ON_HOLD, Guard.HAS_LINES),
            _row("answer", "draft sent > answered", _P.PURCHASING, Guard.HAS_LINES),
            _row(
                "accept",
                "answered > accepted",
                _P.PURCHASING,
                Guard.NOT_ON_HOLD,
                Guard.HAS_LINES,
                Guard.HAS_PRICE,
            ),
            _row("decline", "draft sent answered > declined", _P.PURCHASING),
            _row("expire", "sent answered > expired", _P.PURCHASING),
            _row("revise", "sent answered declined expired > draft", _P.PURCHASING),
            _row("cancel", "draft sent answered declined expired > cancelled", _P.PURCHASING),
        ),
        open=(
            "draft",
            "answered",
        ),  # what was asked stays as it was sent, until the vendor's prices are entered
    ),
    Kind.PURCHASE_ORDER: Machine(
        "purchase order",
        "draft",
        _P.PURCHASING,
        (
            _row("send", "draft sent > sent", _P.PURCHASING, *_ORDERED),
            _row("confirm", "draft sent > confirmed", _P.PURCHASING, *_ORDERED),
            _row("revise", "sent confirmed > draft", _P.PURCHASING, Guard.NOTHING_FOLLOWS),
            _row(
                "receive_part",
                "sent confirmed partly_received received > partly_received",
                _P.STOCK_MOVE,
                follows=True,
            ),
            _row("receive_all", "sent confirmed partly_received > received", _P.STOCK_MOVE, follows=True),
            _row("unreceive", "partly_received received > confirmed", _P.STOCK_MOVE, follows=True),
            _row("close", "sent confirmed partly_received received > closed", _P.PURCHASING),
            _row("cancel", "draft sent confirmed > cancelled", _P.PURCHASING, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.RECEIPT: Machine(
        "receipt",
        "draft",
        _P.STOCK_MOVE,
        (
            _row("receive", "draft > received", _P.STOCK_MOVE, Guard.HAS_LINES),
            _row("cancel", "draft > cancelled", _P.STOCK_MOVE),
            _row("void", "received > voided", _P.STOCK_MOVE, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.BILL: Machine(
        "bill",
        "draft",
        _P.PURCHASING,
        (
            _row("approve", "draft > approved", _P.PURCHASING, Guard.HAS_LINES),
            _row("pay_part", "approved partly_paid paid > partly_paid", _P.PURCHASING, follows=True),
            _row("pay_all", "approved partly_paid > paid", _P.PURCHASING, follows=True),
            _row("unpay", "partly_paid paid > approved", _P.PURCHASING, follows=True),
            _row("cancel", "draft > cancelled", _P.PURCHASING),
            _row("void", "approved > voided", _P.PURCHASING, Guard.NOTHING_PAID, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.BILL_PAYMENT: Machine(
        "bill payment",
        "draft",
        _P.PURCHASING,
        (
            _row("pay", "draft > paid", _P.PURCHASING),
            _row("cancel", "draft > cancelled", _P.PURCHASING),
            _row("void", "paid > voided", _P.PURCHASING, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.CASH_PURCHASE: Machine(
        "cash purchase",
        "draft",
        _P.PURCHASING,
        (
            _row("complete", "draft > completed", _P.PURCHASING, Guard.NOT_ON_HOLD, Guard.HAS_LINES),
            _row("cancel", "draft > cancelled", _P.PURCHASING),
            _row("void", "completed > voided", _P.PURCHASING, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.VENDOR_CREDIT: Machine(
        "vendor credit",
        "draft",
        _P.PURCHASING,
        (
            _row("approve", "draft > approved", _P.PURCHASING, Guard.HAS_LINES),
            _row("apply_part", "approved applied > approved", _P.PURCHASING, follows=True),
            _row("apply_all", "approved > applied", _P.PURCHASING, follows=True),
            _row("cancel", "draft > cancelled", _P.PURCHASING),
            _row("void", "approved > voided", _P.PURCHASING, Guard.NOTHING_PAID, Guard.NOTHING_FOLLOWS),
        ),
    ),
    Kind.VENDOR_REFUND: Machine(
        "vendor refund",
        "draft",
        _P.PURCHASING,
        (
            _row("receive", "draft > received", _P.PURCHASING),
            _row("cancel", "draft > cancelled", _P.PURCHASING),
            _row("void", "received > voided", _P.PURCHASING),
        ),
    ),
}

# For a column of a table: the kind with its name, as it begins a sentence.
KIND_CHOICES = [(kind.value, MACHINES[kind].label[0].upper() + MACHINES[kind].label[1:]) for kind in Kind]
