"""A document of ours as paper: from its rows to the PDF that is previewed, printed and mailed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.custom.marking import fields_of
from tradepost.custom.rules import FieldType, shown
from tradepost.kit.errors import Missing
from tradepost.sales import pdf
from tradepost.sales.bench import BENCH, for_warehouse, handled
from tradepost.sales.deposits import PAID_BY, TAKES, deposit_of
from tradepost.sales.ledger import running
from tradepost.sales.letterhead import EVERY, layout, letterhead
from tradepost.sales.models import Document, Kind, Letterhead, Line
from tradepost.sales.numbers import local_day
from tradepost.sales.queries import documents, version
from tradepost.sales.settling import CREDITS, MONEY, OWED
from tradepost.sales.state_table import PURCHASES

LETTER_COUNTRIES = ("US", "CA", "MX")  # the others print on A4


def document_pdf(actor: Actor, document_id: int) -> tuple[str, bytes]:
    """File name and bytes of a document's PDF. Raises ``Missing`` or ``Refused``."""
    return paper(documents(actor).select_related("organisation").pick(actor, document_id))


def paper(row: Document) -> tuple[str, bytes]:
    """File name and bytes of the PDF."""
    head = letterhead(row.organisation_id)
    return f"{row.number.replace('/', '-')}.pdf", pdf.render(on_paper(row, head), _layout(row, head))


def version_pdf(actor: Actor, document_id: int, number: int) -> tuple[str, bytes]:
    """The same of a version, as it was seen. Raises ``Missing``, also for one from before versions kept their paper."""
    kept = version(actor, document_id, number)
    if "paper" not in kept.content:
        raise Missing(_("PDF of this version"))
    row = kept.document
    shown = pdf.render(kept.content["paper"], _layout(row, letterhead(row.organisation_id)))
    return f"{row.number.replace('/', '-')} ({number}).pdf", shown


def on_paper(row: Document, head: Letterhead) -> pdf.Document:
    """What the PDF shows of a document."""
    lines = handled(row) if row.kind in BENCH else row.lines.all()
    shown: pdf.Document = {
        "kind": row.kind,
        "number": row.number,
        "currency": row.currency,
        "seller": [row.organisation.name, *head.address.splitlines()],
        "seller_tax": head.tax_number,
        "addresses": _addresses(row),
        "fields": {
            "date": row.date.isoformat(),
            "period": f"{row.account['first']}/{row.account['last']}" if row.account.get("first") else "",
            "due": row.due.isoformat() if row.due else "",
            "promised": row.promised.isoformat() if row.promised else "",
            "po_number": row.po_number,
            "customer_number": row.customer.number if row.customer else "",
            "terms": row.terms if row.kind not in MONEY else "",
            "method": row.method,
            "carrier": row.carrier,
            "tracking": row.tracking,
            "packages": str(row.packages or ""),
            **_custom(row),
        },
        "lines": [_line(line, bare=_asks(row)) for line in lines] or _applied(row),
        "sums": _sums(row),
        "memo": _memo(row),
        "ages": row.account.get("ages", []),
    }
    if row.account.get("first"):
        _carry(shown["lines"])
    return shown


def _carry(lines: Sequence[pdf.Line]) -> None:
    """The balance after each line of a statement; the first is what was carried forward, and no movement."""
    for line, balance in zip(lines, running(Decimal(line["amount"]) for line in lines), strict=True):
        line["running"] = str(balance)
    lines[0]["amount"] = ""


def _custom(row: Document) -> dict[str, str]:
    """The custom fields that stand on paper, by their names; one that is called like a field of ours is told apart."""
    if not row.custom:
        return {}
    fields = [f for f in fields_of(row.organisation_id, row.kind) if f.on_paper and f.key in row.custom]
    return {
        f"{f.name} " if f.name in pdf.FIELDS else f.name: shown(FieldType(f.type), row.custom[f.key])
        for f in fields
    }


def _memo(row: Document) -> str:
    """On a pick list, which stays in the house, also what is pinned for the warehouse."""
    pinned = [f"{whose}: {text}" for whose, text in for_warehouse(row)] if row.kind == "pick" else []
    return "\n\n".join(filter(None, [row.memo, *pinned]))


_TRAVELS = (Kind.PICK, Kind.SHIPMENT)  # with the goods


def _addresses(row: Document) -> list[pdf.Address]:
    """Whom it concerns; beside it where the goods go, which on what travels with them is said in any case."""
    billing, shipping = _postal(row.billing), _postal(row.shipping)
    both = bool(shipping) and shipping != billing
    whom = "vendor" if row.kind in PURCHASES else "billing"
    found = [
        pdf.Address(
            label="shipping" if row.kind in _TRAVELS and not both else whom,
            lines=[row.customer_name, *billing],
        )
    ]
    if both:
        found.append(
            pdf.Address(label="shipping", lines=[row.shipping.get("name") or row.customer_name, *shipping])
        )
    return found


def _postal(address: Mapping[str, str]) -> list[str]:
    town = " ".join(filter(None, (address.get("city"), address.get("region"), address.get("postcode"))))
    return [line for line in (address.get("street", ""), town, address.get("country", "")) if line]


def _asks(row: Document) -> bool:
    """Whether it asks a vendor for prices, of which none is known yet."""
    return row.kind == Kind.PURCHASE_QUOTE and not row.total


def _line(line: Line, *, bare: bool) -> pdf.Line:
    """A line; ``bare`` of its money, which is not known yet."""
    goods: pdf.Line = {
        "sku": line.sku,
        "description": line.description,
        "quantity": "" if line.reach else str(line.quantity.normalize()),
        "unit": line.unit,
    }
    if bare:
        return goods
    return {
        **goods,
        "unit_price": "" if line.reach and not line.unit_price else str(line.unit_price),
        "line_discount": str(line.discount_percent) if line.discount_percent else "",
        "tax": f"{line.tax_rate.normalize():f} %" if line.tax_rate else "",
        "amount": str(line.amount),
    }


def _applied(row: Document) -> list[pdf.Line]:
    """What a payment settles, in place of lines."""
    return [
        {"description": one.document.number, "amount": str(one.amount)}
        for one in row.applications.select_related("document").order_by("document_id")
    ]


def _sums(row: Document) -> list[pdf.SumLine]:
    """Each tax by its name where there are several; what is paid of an invoice or was written off, and what is still owed."""
    if row.kind in BENCH or _asks(row):
        return []
    if row.kind == Kind.STATEMENT:
        return _shown([("balance", row.total)])
    sums = [("subtotal", row.subtotal), ("discount", -row.discount), ("freight", row.freight)]
    named = [(f"{code} {percent.normalize():f} %", amount) for code, percent, amount in row.charged]
    sums += named if len(named) > 1 else [("tax", row.tax)]
    shown = [(name, value) for name, value in sums if value or name == "subtotal"]
    if row.kind in TAKES and row.pk:
        return [*_shown(shown), *_ahead(row)]
    less = [("paid", -row.applied), ("written_off", -row.written_off)] if row.kind in OWED else []
    less = [(name, amount) for name, amount in less if amount]
    rest = [*less, ("balance", row.balance)] if less else []
    return _shown([*shown, ("total", row.total), *rest])


def _shown(sums: Sequence[tuple[str, Decimal]]) -> list[pdf.SumLine]:
    return [pdf.SumLine(label=name, amount=str(Decimal(value))) for name, value in sums]


def _ahead(order: Document) -> list[pdf.SumLine]:
    """The total of an order, what was paid ahead for it, and what of a deposit is still asked."""
    found = deposit_of(order, CREDITS[PAID_BY[Kind(order.kind)]].states)
    sums = [("total", order.total)]
    if found.received:
        sums += [("paid", -found.received), ("balance", order.total - found.received)]
    if found.due:
        sums.append(("deposit", found.due))
    return _shown(sums)


def _layout(row: Document, head: Letterhead) -> pdf.Layout:
    """In the language of its customer or vendor where one is set, else as the company writes."""
    return _look(row.organisation, head, row.kind, row.party.language)


def _look(company: Organisation, head: Letterhead, kind: str, wanted: str) -> pdf.Layout:
    locale = company.locale.replace("_", "-") or "en"
    language, _, country = locale.partition("-")
    tag = wanted if wanted not in ("", language) else locale
    size = "us-letter" if country.upper() in LETTER_COUNTRIES else "a4"
    return {"paper": size, **layout(head, kind, tag, locale)}


def specimen(actor: Actor, kind: str, language: str = "") -> bytes:
    """A made-up document of ``kind`` (or ``letterhead.EVERY``) as PDF, to see the letterhead by. ``language``: empty for the company's."""
    actor.require(Permission.COMPANY_SETTINGS)
    if language not in ("", *dict(settings.LANGUAGES)):
        raise Missing(_("language “{language}”").format(language=language))
    company = Organisation.objects.get(pk=actor.organisation_id)
    head = letterhead(company.pk)
    kind = Kind.INVOICE.value if kind == EVERY else kind
    priced = kind not in BENCH
    line: pdf.Line = {"sku": "TNT-4", "description": "…", "quantity": "2"}
    if priced:
        line |= {"unit_price": "120.00", "amount": "240.00"}
    shown: pdf.Document = {
        "kind": kind,
        "number": "0001",
        "currency": company.currency,
        "seller": [company.name, *head.address.splitlines()],
        "seller_tax": head.tax_number,
        "addresses": [{"label": "billing", "lines": ["…"]}],
        "fields": {"date": local_day(actor).isoformat()},
        "lines": [line],
        "sums": [{"label": "total", "amount": "240.00"}] if priced else [],
    }
    return pdf.render(shown, _look(company, head, kind, language))
