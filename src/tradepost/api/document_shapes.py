"""What documents look like as they are sent and answered."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api.marks import MarksIn, MarksOut
from tradepost.api.schema import Id, In, Money, Percent
from tradepost.sales import moving, states
from tradepost.sales.financial import Financial
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft
from tradepost.sales.state_table import MACHINES

EDITS = [machine.edit for machine in MACHINES.values()]
"""By the kind of document, who may write it."""
MOVES = [row.permission for machine in MACHINES.values() for row in machine.rows if not row.follows]
"""By kind and verb, who may do it."""


class PostalAddress(In):
    name: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


class LineIn(In):
    """What is not sent comes from the item; a line without an item needs a description. ``line_id`` names the line of
    the document that it changes; without it, the line of the same item, description and unit. ``unit`` is one of the item's, and
    ``unit_price`` is of that; what is not sent is the price of so many pieces times the pieces in one."""

    line_id: Id | None = None
    item_id: Id | None = None
    description: str | None = None
    quantity: Money = Decimal(1)
    unit_price: Money | None = None
    discount_percent: Percent = Decimal(0)
    tax_rate: Percent | None = None
    unit: str | None = None
    taxable: bool | None = None
    drop_ship: bool | None = None


class LineOut(Schema):
    """``amount`` is net of the line's discount; without tax unless the document's prices include it. ``net`` is what
    is left of it after all discounts, without tax; a discount has none, for the lines that it reaches have less. ``source_id``
    is the line that it was made from."""

    id: int
    position: int
    item_id: int | None
    sku: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    price_source: str
    discount_percent: Decimal
    tax_rate: Decimal
    taxable: bool
    drop_ship: bool
    amount: Decimal
    net: Decimal
    source_id: int | None


class DocumentChange(MarksIn):
    """``lines``, where sent, replace all. Number, state and totals are not to be set: they follow. A purchase names a
    ``vendor_id``, all else a ``customer_id``; ``project_id`` is the job, of a sale one of its customer's. A payment or refund has an ``amount`` in place of lines. An order or
    purchase order asks a ``deposit``, or a ``deposit_percent`` of its total."""

    customer_id: Id | None = None
    vendor_id: Id | None = None
    contact_id: Id | None = None
    project_id: Id | None = None
    po_number: str = ""
    channel: str = ""
    class_name: str = ""
    date: dt.date | None = None
    promised: dt.date | None = None
    terms: str = ""
    currency: str = ""
    billing: PostalAddress = PostalAddress()
    shipping: PostalAddress = PostalAddress()
    discount_percent: Percent = Decimal(0)
    freight: Money = Decimal(0)
    freight_taxable: bool = True
    freight_tax_rate: Percent = Decimal(0)
    memo: str = ""
    owner_id: Id | None = None
    due: dt.date | None = None
    method: str = ""
    location_id: Id | None = None
    carrier: str = ""
    tracking: str = ""
    packages: Annotated[int, Field(ge=0, le=99_999)] | None = None
    tax_code_id: Id | None = None
    item_tax_id: Id | None = None
    prices_include_tax: bool = False
    custom_status_id: Id | None = None
    exchange_rate: Annotated[Decimal, Field(max_digits=17, decimal_places=8, gt=0)] | None = None
    deposit_percent: Percent = Decimal(0)
    deposit: Money = Decimal(0)
    amount: Money | None = None
    lines: list[LineIn] = []

    def parts(self) -> tuple[dict[str, Any], list[LineDraft] | None]:
        """The values and, where they were sent, the lines, as the verb takes them."""
        values = self.model_dump(exclude_unset=True, exclude={"lines", "kind", "document_id"})
        for name in ("customer_id", "vendor_id", "date"):
            if values.get(name, ...) is None:
                del values[name]
        if values.get("amount", ...) is None:
            del values["amount"]
        lines = [LineDraft(**line.model_dump()) for line in self.lines]
        return values, lines if "lines" in self.model_fields_set else None


class PreviewIn(DocumentChange):
    """``document_id``: the document that is being edited; what it holds may be archived."""

    document_id: Id | None = None


class DocumentIn(DocumentChange):
    kind: Kind = Kind.ORDER


class DocumentRow(MarksOut):
    """A purchase names a vendor in place of a customer; ``customer_name`` is then the vendor's. ``exchange_rate``: what one
    unit of ``currency`` is in the company's; null in its own, and while no rate is known. ``balance``: what of it is still owed, or to be
    used; nothing of a draft, or of what was written off: that is ``written_off``. ``financial_status``, of a sales order: how
    far it is paid, by deposits and its invoices."""

    id: int
    kind: Kind
    number: str
    status: str
    financial_status: Financial | Literal[""]
    hold_reason: str
    custom_status_id: int | None
    custom_status: str | None
    customer_id: int | None
    vendor_id: int | None
    customer_name: str
    contact_id: int | None
    project_id: int | None
    po_number: str
    channel: str
    class_name: str
    date: dt.date
    promised: dt.date | None
    terms: str
    currency: str
    exchange_rate: Decimal | None
    subtotal: Decimal
    discount: Decimal
    freight: Decimal
    tax: Decimal
    total: Decimal
    due: dt.date | None
    balance: Decimal
    written_off: Decimal
    method: str
    location_id: int | None
    carrier: str
    tracking: str
    packages: int | None
    owner_id: int | None
    source_id: int | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int

    @staticmethod
    def resolve_custom_status(row: Document) -> str | None:
        return row.custom_status.name if row.custom_status else None


class VerbOut(Schema):
    """What may be done with the document now. ``refusal`` says what stands in the way, if something does."""

    verb: str
    label: str
    refusal: str | None

    @staticmethod
    def resolve_refusal(button: states.Button) -> str | None:
        return f"{button.refusal.cause} {button.refusal.cure}" if button.refusal else None


class TaxOut(Schema):
    """One tax of the document: the net it was charged on and what it comes to."""

    code: str
    percent: Decimal
    base: Decimal
    amount: Decimal


class DocumentOut(DocumentRow):
    billing: dict[str, Any]
    shipping: dict[str, Any]
    discount_percent: Decimal
    tax_code_id: int | None
    item_tax_id: int | None
    prices_include_tax: bool
    freight_taxable: bool
    freight_tax_rate: Decimal
    deposit_percent: Decimal
    deposit: Decimal
    taxes: list[TaxOut]
    account: dict[str, Any]
    memo: str
    lines: list[LineOut]
    verbs: list[VerbOut]

    @staticmethod
    def resolve_verbs(row: Document, context: dict[str, Any]) -> tuple[states.Button, ...]:
        actor = context["request"].actor
        granted = [p for p in Permission if actor.may(p)]
        return states.buttons(Kind(row.kind), row.status, moving.facts(row), granted)


class MoveIn(In):
    verb: str
    reason: str = ""


class PreviewLine(Schema):
    position: int
    description: str
    unit_price: Decimal
    amount: Decimal


class Preview(Schema):
    currency: str
    subtotal: Decimal
    discount: Decimal
    freight: Decimal
    tax: Decimal
    total: Decimal
    lines: list[PreviewLine]
