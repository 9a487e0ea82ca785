"""A document of ours as paper: from its rows to the PDF that is previewed, printed and mailed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tradepost.accounts.access import Actor
from tradepost.sales import pdf
from tradepost.sales.models import Document, Line
from tradepost.sales.queries import documents

LETTER_COUNTRIES = ("US", "CA", "MX")  # the others print on A4


def document_pdf(actor: Actor, document_id: int) -> tuple[str, bytes]:
    """File name and bytes of a document's PDF. Raises ``Missing`` or ``Refused``."""
    row = documents(actor).select_related("organisation").pick(actor, document_id)
    return f"{row.number}.pdf", pdf.render(on_paper(row), _layout(row))


def on_paper(row: Document) -> pdf.Document:
    """What the PDF shows of a document."""
    shown: pdf.Document = {
        "kind": row.kind,
        "number": row.number,
        "currency": row.currency,
        "seller": [row.organisation.name],
        "addresses": _addresses(row),
        "fields": {
            "date": row.date.isoformat(),
            "promised": row.promised.isoformat() if row.promised else "",
            "po_number": row.po_number,
            "customer_number": row.customer.number,
            "terms": row.terms,
        },
        "lines": [_line(line) for line in row.lines.all()],
        "sums": _sums(row),
        "memo": row.memo,
    }
    return shown


def _addresses(row: Document) -> list[pdf.Address]:
    billing = _postal(row.billing)
    found = [pdf.Address(label="billing", lines=[row.customer_name, *billing])]
    shipping = _postal(row.shipping)
    if shipping and shipping != billing:
        found.append(
            pdf.Address(label="shipping", lines=[row.shipping.get("name") or row.customer_name, *shipping])
        )
    return found


def _postal(address: Mapping[str, str]) -> list[str]:
    town = " ".join(filter(None, (address.get("city"), address.get("region"), address.get("postcode"))))
    return [line for line in (address.get("street", ""), town, address.get("country", "")) if line]


def _line(line: Line) -> pdf.Line:
    return {
        "sku": line.sku,
        "description": line.description,
        "quantity": str(line.quantity.normalize()),
        "unit": line.unit,
        "unit_price": str(line.unit_price),
        "line_discount": str(line.discount_percent) if line.discount_percent else "",
        "tax": f"{line.tax_rate.normalize():f} %" if line.tax_rate else "",
        "amount": str(line.amount),
    }


def _sums(row: Document) -> list[pdf.SumLine]:
    sums = {"subtotal": row.subtotal, "discount": -row.discount, "freight": row.freight, "tax": row.tax}
    shown = {name: value for name, value in sums.items() if value or name == "subtotal"}
    return [
        pdf.SumLine(label=name, amount=str(Decimal(v))) for name, v in {**shown, "total": row.total}.items()
    ]


def _layout(row: Document) -> pdf.Layout:
    language, _, country = row.organisation.locale.replace("_", "-").partition("-")
    return {
        "paper": "us-letter" if country.upper() in LETTER_COUNTRIES else "a4",
        "language": language or "en",
    }
