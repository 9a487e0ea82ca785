"""Documents of ours as XML: a sales order and an invoice to the customer, a purchase order to the vendor."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.catalog.models import Barcode, ItemVendor
from tradepost.exchange.edi.messages import Line, Paper, Party, Totals, paper_xml
from tradepost.kit.errors import Conflict
from tradepost.people.models import Vendor
from tradepost.sales import queries, words
from tradepost.sales.figures import freight_percent
from tradepost.sales.models import Document, Kind
from tradepost.sales.models import Line as Row
from tradepost.sales.sights import seen
from tradepost.sales.used import unit_of

KINDS = (Kind.ORDER, Kind.INVOICE, Kind.PURCHASE_ORDER)
LONGEST_NOTE = 10_000


def document_xml(actor: Actor, document_id: int) -> tuple[str, bytes]:
    """A name for the file, and the document by ``documents.xsd``, which from then on is known outside. Asks for the permission to
    see documents.

    Raises ``Conflict`` for a kind that has no XML, and for a document without lines.
    """
    row = queries.documents(actor).pick(actor, document_id)
    if row.kind not in KINDS:
        names = ", ".join(map(words.kind, KINDS))
        raise Conflict(
            _("A {kind} has no XML.").format(kind=words.kind(row.kind)),
            cure=_("There is one of each {names}.").format(names=names),
        )
    content = paper_xml(paper_of_document(actor, row))
    seen(row.organisation_id, [row.pk])
    return f"{row.number}.xml".replace("/", "-"), content


def paper_of_document(actor: Actor, row: Document) -> Paper:
    lines = list(row.lines.select_related("item"))
    if not lines:
        raise Conflict(_("{number} has no lines.").format(number=row.number), cure=_("Add one first."))
    invoice, purchase = row.kind == Kind.INVOICE, isinstance(row.party, Vendor)
    us, them = _us(actor, row), _them(row)
    sales_order = row.kind == Kind.ORDER
    return Paper(
        invoice=invoice,
        id=(row.po_number or row.number) if sales_order else row.number,
        date=row.date,
        currency=row.currency,
        buyer=us if purchase else them,
        seller=them if purchase else us,
        lines=_lines(actor, row, lines),
        reference=row.number if sales_order else row.po_number if invoice else "",
        due=row.due if invoice else None,
        note=row.memo.strip()[:LONGEST_NOTE],
        requested=None if invoice else row.promised,
        delivery=_texts(row.shipping),
        terms=row.terms,
        discount_percent=row.discount_percent,
        freight=row.freight,
        freight_tax_percent=freight_percent(row) if row.freight else None,
        tax_included=row.prices_include_tax,
        totals=totals_of(row),
    )


def totals_of(row: Document) -> Totals:
    return Totals(row.subtotal, row.discount, row.freight, row.tax, row.total)


def _us(actor: Actor, row: Document) -> Party:
    company = Organisation.objects.values_list("name", flat=True).get(pk=actor.organisation_id)
    account = row.party.account_number if isinstance(row.party, Vendor) else ""
    return Party(company, account, _texts(row.billing) if account or row.vendor_id else {})


def _them(row: Document) -> Party:
    return Party(row.customer_name, row.party.number, {} if row.vendor_id else _texts(row.billing))


def _texts(address: dict[str, object]) -> dict[str, str]:
    return {key: str(text).strip() for key, text in address.items() if str(text or "").strip()}


def _lines(actor: Actor, row: Document, lines: list[Row]) -> tuple[Line, ...]:
    items = [line.item_id for line in lines if line.item_id]
    codes: dict[tuple[int, str], str] = {}  # by item and unit
    for barcode in Barcode.objects.of(actor).filter(item__in=items).select_related("item").order_by("-pk"):
        code = barcode.code if len(barcode.code) <= 60 else ""
        codes[barcode.item_id, barcode.unit or barcode.item.unit] = code
    theirs: dict[int, str] = {}
    if row.vendor_id:
        offers = ItemVendor.objects.of(actor).filter(item__in=items, vendor_id=row.vendor_id)
        theirs = dict(offers.values_list("item", "vendor_sku"))
    return tuple(
        Line(
            quantity=Decimal(1) if line.reach else line.quantity,
            name=line.description,
            sellers=theirs.get(line.item_id or 0, "") if row.vendor_id else line.sku,
            buyers=line.sku if row.vendor_id else "",
            barcode=codes.get((line.item_id or 0, unit_of(line)), ""),
            unit=line.unit,
            price=Decimal(line.amount if line.reach else line.unit_price),
            discount_percent=Decimal(0 if line.reach else line.discount_percent),
            tax_percent=Decimal(line.tax_rate),
            amount=Decimal(line.amount),
        )
        for line in lines
    )
