"""Two versions of a document side by side: what its head says, its lines, its totals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.kit.errors import Missing
from tradepost.sales import queries
from tradepost.sales.models import Document, Kind
from tradepost.sales.paper import version_pdf
from tradepost.sales.versions import Difference, LineDifference, Mark
from tradepost.web import parts, records
from tradepost.web.kinds import LOOKS
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb
from tradepost.web.pdfs import pdf
from tradepost.web.shell import DeskRequest
from tradepost.web.templatetags.ui import figure, money, price
from tradepost.web.trail_values import said
from tradepost.web.trail_words import label

MARKS = {
    Mark.ADDED: (gettext_lazy("Added"), "green"),
    Mark.REMOVED: (gettext_lazy("Removed"), "red"),
    Mark.CHANGED: (gettext_lazy("Changed"), "orange"),
    Mark.SAME: (gettext_lazy("Unchanged"), "secondary"),
}
_TOTALS = {
    "subtotal": gettext_lazy("Subtotal"),
    "discount": gettext_lazy("Discount"),
    "freight": gettext_lazy("Freight"),
    "tax": gettext_lazy("Tax"),
    "total": gettext_lazy("Total"),
}


_HEAD = {
    "customer": gettext_lazy("Customer"),
    "customer_name": gettext_lazy("Name"),
    "vendor": gettext_lazy("Vendor"),
    "contact": gettext_lazy("Contact"),
    "project": gettext_lazy("Job"),
    "owner": gettext_lazy("Owner"),
    "date": gettext_lazy("Date"),
    "promised": gettext_lazy("Promised"),
    "due": gettext_lazy("Due"),
    "po_number": gettext_lazy("PO number"),
    "channel": gettext_lazy("Channel"),
    "class_name": gettext_lazy("Class"),
    "terms": gettext_lazy("Terms"),
    "currency": gettext_lazy("Currency"),
    "billing": gettext_lazy("Billing"),
    "shipping": gettext_lazy("Ship to"),
    "discount_percent": gettext_lazy("Discount %"),
    "freight_taxable": gettext_lazy("Tax on freight"),
    "freight_tax_rate": gettext_lazy("Freight tax %"),
    "method": gettext_lazy("Method"),
    "carrier": gettext_lazy("Carrier"),
    "location": gettext_lazy("Location"),
    "memo": gettext_lazy("Memo"),
    "hold_reason": gettext_lazy("Hold"),
    "tags": gettext_lazy("Tags"),
    "custom": gettext_lazy("Custom fields"),
    "pinned": gettext_lazy("Pinned memo"),
}


def compare(request: DeskRequest, pk: int) -> HttpResponse:
    """``?first=1&second=2``; without ``second`` against the document as it is now, without ``first`` from the last one."""
    row = queries.documents(request.actor).pick(request.actor, pk)
    kept = list(row.revisions.select_related("made_by"))
    if not kept:
        raise Missing(_("version"))
    first = number(request.GET.get("first"), 9) or kept[0].number
    second = number(request.GET.get("second"), 9)
    found = queries.compared(request.actor, pk, first, second)
    context = {
        "document": row,
        "versions": kept,
        "first": first,
        "second": second,
        "papers": [
            one.number for one in reversed(kept) if one.number in (first, second) and "paper" in one.content
        ],
        "same": found.same,
        "head": [_fact(one, row.currency) for one in found.head],
        "lines": [_line(one, row.currency) for one in found.lines],
        "totals": [_total(one) for one in found.totals],
        "crumbs": [
            Crumb(LOOKS[Kind(row.kind)].title, reverse(LOOKS[Kind(row.kind)].plural)),
            Crumb(row.number, records.address(row)),
            Crumb(_("Versions")),
        ],
    }
    return parts.page(request, "sales/versions.html", context)


def _fact(one: Difference, currency: str) -> tuple[str, str, str]:
    field = Document._meta.get_field(one.name)
    return (
        str(_HEAD.get(one.name) or label(one.name)),
        _said(field, one.before, currency),
        _said(field, one.after, currency),
    )


def _total(one: Difference) -> tuple[Any, Decimal, Decimal, bool]:
    before, after = Decimal(one.before or 0), Decimal(one.after or 0)
    return _TOTALS[one.name], before, after, before != after


def _said(field: Any, value: Any, currency: str) -> str:
    """A value as the audit trail keeps it, in words."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(field, models.ForeignKey):
        named = field.related_model._default_manager.filter(pk=value).first()
        return str(named or value)
    if isinstance(value, Mapping):
        return ", ".join(str(v) for v in value.values() if v)
    return said("document", field.name, value, currency)


def _line(one: LineDifference, currency: str) -> dict[str, Any]:
    words, tone = MARKS[one.mark]
    before, after = one.before, one.after
    return {
        "label": words,
        "tone": tone,
        "sku": one.shown.get("sku", ""),
        "title": one.shown.get("description", ""),
        "was": before.get("description", "") if before and "description" in one.changed else "",
        "before": _figures(before, currency) if before else "",
        "after": _figures(after, currency) if after else "",
        "same": one.mark is Mark.SAME,
    }


def _figures(line: Mapping[str, Any], currency: str) -> str:
    """``2 each × $19.99 − 5 % = $37.98``."""
    quantity = figure(line["quantity"])
    off = Decimal(line.get("discount_percent") or 0)
    less = f" − {figure(off)} %" if off else ""
    each, amount = price(Decimal(line["unit_price"]), currency), money(Decimal(line["amount"]), currency)
    return f"{quantity} {line.get('unit', '')}".strip() + f" × {each}{less} = {amount}"


def paper(request: DeskRequest, pk: int, number: int) -> HttpResponse:
    """A version as it was seen, as PDF."""
    return pdf(*version_pdf(request.actor, pk, number), download=bool(request.GET.get("download")))


urls = [
    path("documents/<int:pk>/versions/", compare, name="document-versions"),
    path("documents/<int:pk>/versions/<int:number>/pdf/", paper, name="document-version-pdf"),
]
