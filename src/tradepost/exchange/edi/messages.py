"""Orders, invoices and answers as values, and as XML by ``documents.xsd``: one is the inverse of the other. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from django.utils.translation import gettext as _

from tradepost.exchange.edi import schema
from tradepost.exchange.edi.schema import NAMESPACE

ZERO = Decimal(0)
# Our names of the parts of an address, and those of the schema, in its order.
ADDRESS = {
    "name": "Name",
    "street": "StreetName",
    "city": "CityName",
    "postcode": "PostalZone",
    "region": "CountrySubentity",
    "country": "Country",
}
_TOTALS = {
    "net": "LineExtensionAmount",
    "discount": "AllowanceTotalAmount",
    "freight": "ChargeTotalAmount",
    "tax": "TaxAmount",
    "total": "PayableAmount",
}
_BARRED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, section 2.2


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    id: str = ""
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Totals:
    net: Decimal
    discount: Decimal
    freight: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """What is None, or empty, is left to the receiver. ``buyers``, ``sellers``: the SKU on either side."""

    quantity: Decimal
    name: str = ""
    sellers: str = ""
    buyers: str = ""
    barcode: str = ""
    unit: str = ""
    price: Decimal | None = None
    discount_percent: Decimal = ZERO
    tax_percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """An order or an invoice. ``reference``: of an order the seller's number, of an invoice the buyer's order number."""

    invoice: bool
    id: str
    date: dt.date
    currency: str
    buyer: Party
    seller: Party
    lines: tuple[Line, ...]
    reference: str = ""
    due: dt.date | None = None
    note: str = ""
    requested: dt.date | None = None
    delivery: Mapping[str, str] = field(default_factory=dict)
    terms: str = ""
    discount_percent: Decimal = ZERO
    freight: Decimal = ZERO
    freight_tax_percent: Decimal | None = None
    tax_included: bool = False
    totals: Totals | None = None

    @property
    def sender(self) -> Party:
        """The buyer sends orders, the seller invoices."""
        return self.seller if self.invoice else self.buyer


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to an order: taken or not, and what is to be said about it."""

    id: str
    date: dt.date
    accepted: bool
    order: str
    currency: str
    buyer: Party
    seller: Party
    sales_order: str = ""
    notes: tuple[str, ...] = ()
    totals: Totals | None = None


# --- out ------------------------------------------------------------------------------------------------------------


def paper_xml(paper: Paper) -> bytes:
    root = Element("Invoice" if paper.invoice else "Order", {"xmlns": NAMESPACE})
    _put(root, "ID", paper.id)
    if not paper.invoice:
        _put(root, "SalesOrderID", paper.reference)
    _put(root, "IssueDate", paper.date.isoformat())
    _put(root, "DueDate", paper.due.isoformat() if paper.due and paper.invoice else "")
    _put(root, "Note", paper.note)
    _put(root, "DocumentCurrencyCode", paper.currency)
    if paper.invoice:
        _put(root, "OrderReference", paper.reference)
    _put_party(root, "BuyerCustomerParty", paper.buyer)
    _put_party(root, "SellerSupplierParty", paper.seller)
    _put_delivery(root, paper)
    _put(root, "PaymentTerms", paper.terms)
    _put(root, "DiscountPercent", _figure(paper.discount_percent or None))
    _put(root, "FreightAmount", _figure(paper.freight or None))
    _put(root, "FreightTaxPercent", _figure(paper.freight_tax_percent))
    _put(root, "TaxIncludedIndicator", "true" if paper.tax_included else "")
    _put_totals(root, "LegalMonetaryTotal" if paper.invoice else "AnticipatedMonetaryTotal", paper.totals)
    for line in paper.lines:
        _put_line(SubElement(root, "InvoiceLine" if paper.invoice else "OrderLine"), line)
    return _written(root)


def response_xml(response: Response) -> bytes:
    root = Element("OrderResponse", {"xmlns": NAMESPACE})
    _put(root, "ID", response.id)
    _put(root, "IssueDate", response.date.isoformat())
    _put(root, "AcceptedIndicator", "true" if response.accepted else "false")
    _put(root, "OrderReference", response.order)
    _put(root, "SalesOrderID", response.sales_order)
    _put(root, "DocumentCurrencyCode", response.currency)
    _put_party(root, "BuyerCustomerParty", response.buyer)
    _put_party(root, "SellerSupplierParty", response.seller)
    for note in response.notes:
        _put(root, "Note", note)
    _put_totals(root, "AnticipatedMonetaryTotal", response.totals)
    return _written(root)


def _put_line(at: Element, line: Line) -> None:
    _put(at, "Quantity", _figure(line.quantity))
    _put(at, "UnitCode", line.unit)
    _put(at, "LineExtensionAmount", _figure(line.amount))
    _put(at, "PriceAmount", _figure(line.price))
    _put(at, "DiscountPercent", _figure(line.discount_percent or None))
    _put(at, "TaxPercent", _figure(line.tax_percent))
    item = SubElement(at, "Item")
    _put(item, "Name", line.name)
    _put(item, "BuyersItemIdentification", line.buyers)
    _put(item, "SellersItemIdentification", line.sellers)
    _put(item, "StandardItemIdentification", line.barcode)


def _put_party(root: Element, name: str, party: Party) -> None:
    at = SubElement(root, name)
    _put(at, "ID", party.id)
    _put(at, "Name", party.name)
    _put_address(at, "PostalAddress", party.address)


def _put_delivery(root: Element, paper: Paper) -> None:
    if paper.requested or any(paper.delivery.values()):
        at = SubElement(root, "Delivery")
        _put(at, "RequestedDeliveryDate", paper.requested.isoformat() if paper.requested else "")
        _put_address(at, "DeliveryAddress", paper.delivery)


def _put_address(at: Element, name: str, address: Mapping[str, str]) -> None:
    if any(address.get(key) for key in ADDRESS):
        place = SubElement(at, name)
        for key, title in ADDRESS.items():
            _put(place, title, str(address.get(key) or ""))


def _put_totals(root: Element, name: str, totals: Totals | None) -> None:
    if totals is not None:
        at = SubElement(root, name)
        for key, title in _TOTALS.items():
            _put(at, title, _figure(getattr(totals, key)))


def _put(at: Element, name: str, text: str) -> None:
    """An element with the text, where there is one. What XML cannot hold is left out."""
    text = _BARRED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.strip():
        SubElement(at, name).text = text


def _figure(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}" if value else "0"


def _written(root: Element) -> bytes:
    indent(root)
    content: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


# --- in -------------------------------------------------------------------------------------------------------------


def paper_of(data: bytes) -> Paper:
    """Raises ``NotXml`` and ``NotByTheSchema``; an answer to an order is no order."""
    root = schema.read(data)
    if root.tag not in ("Order", "Invoice"):
        raise schema.NotByTheSchema(
            _("Line 1: this is an {tag}, and neither an order nor an invoice.").format(tag=root.tag),
            cure=_("Send an Order or an Invoice."),
        )
    invoice = root.tag == "Invoice"
    totals = root.find("LegalMonetaryTotal" if invoice else "AnticipatedMonetaryTotal")
    lines = root.findall("InvoiceLine" if invoice else "OrderLine")
    return Paper(
        invoice=invoice,
        id=_token(root, "ID"),
        date=dt.date.fromisoformat(_token(root, "IssueDate")),
        currency=_token(root, "DocumentCurrencyCode"),
        buyer=_party(root, "BuyerCustomerParty"),
        seller=_party(root, "SellerSupplierParty"),
        lines=tuple(_line(one) for one in lines),
        reference=_token(root, "OrderReference" if invoice else "SalesOrderID"),
        due=_day(root, "DueDate"),
        note=(root.findtext("Note") or "").strip(),
        requested=_day(root, "Delivery/RequestedDeliveryDate"),
        delivery=_address(root.find("Delivery/DeliveryAddress")),
        terms=_token(root, "PaymentTerms"),
        discount_percent=_number(root, "DiscountPercent") or ZERO,
        freight=_number(root, "FreightAmount") or ZERO,
        freight_tax_percent=_number(root, "FreightTaxPercent"),
        tax_included=_token(root, "TaxIncludedIndicator") in ("true", "1"),
        totals=_totals(totals),
    )


def response_of(data: bytes) -> Response:
    """The inverse of :func:`response_xml`. Raises ``NotXml`` and ``NotByTheSchema``."""
    root = schema.read(data)
    return Response(
        _token(root, "ID"),
        dt.date.fromisoformat(_token(root, "IssueDate")),
        _token(root, "AcceptedIndicator") in ("true", "1"),
        _token(root, "OrderReference"),
        _token(root, "DocumentCurrencyCode"),
        _party(root, "BuyerCustomerParty"),
        _party(root, "SellerSupplierParty"),
        _token(root, "SalesOrderID"),
        tuple((one.text or "").strip() for one in root.findall("Note")),
        _totals(root.find("AnticipatedMonetaryTotal")),
    )


def _line(at: Element) -> Line:
    return Line(
        quantity=Decimal(_token(at, "Quantity")),
        name=_token(at, "Item/Name"),
        sellers=_token(at, "Item/SellersItemIdentification"),
        buyers=_token(at, "Item/BuyersItemIdentification"),
        barcode=_token(at, "Item/StandardItemIdentification"),
        unit=_token(at, "UnitCode"),
        price=_number(at, "PriceAmount"),
        discount_percent=_number(at, "DiscountPercent") or ZERO,
        tax_percent=_number(at, "TaxPercent"),
        amount=_number(at, "LineExtensionAmount"),
    )


def _party(root: Element, name: str) -> Party:
    at = root.find(name)
    if at is None:
        raise ValueError(f"{name} was not checked by the schema")
    return Party(_token(at, "Name"), _token(at, "ID"), _address(at.find("PostalAddress")))


def _address(at: Element | None) -> dict[str, str]:
    if at is None:
        return {}
    texts = {key: (at.findtext(title) or "").strip() for key, title in ADDRESS.items()}
    return {key: text for key, text in texts.items() if text}


def _totals(at: Element | None) -> Totals | None:
    return None if at is None else Totals(*(Decimal(_token(at, title)) for title in _TOTALS.values()))


def _token(at: Element, path: str) -> str:
    return " ".join((at.findtext(path) or "").split())


def _number(at: Element, path: str) -> Decimal | None:
    text = _token(at, path)
    return Decimal(text) if text else None


def _day(at: Element, path: str) -> dt.date | None:
    text = _token(at, path)
    return dt.date.fromisoformat(text) if text else None
