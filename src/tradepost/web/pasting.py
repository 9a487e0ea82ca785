"""Rows of a spreadsheet, pasted into the lines of a document."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db.models.functions import Lower
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Barcode, Item
from tradepost.kit.errors import Invalid, Missing
from tradepost.kit.figures import parse_number
from tradepost.sales.entering import Entries
from tradepost.sales.services import MAX_LINES, LineDraft
from tradepost.web.entering import lines_of
from tradepost.web.lines import typed
from tradepost.web.shell import DeskRequest, Section


@dataclass(frozen=True, slots=True)
class Pasted:
    """A row: ``code`` is a SKU or barcode, the first number after it the quantity, the second the price."""

    code: str
    words: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None


def read(text: str, language: str) -> list[Pasted]:
    """The rows of a pasted table: cells by tabs, or by semicolons where there are none; those with tabs, line breaks or quotes in
    them stand in quotes, as spreadsheets copy them. A heading and rows without a code are left out."""
    cells = [[" ".join(cell.split()) for cell in line] for line in _split(text)]
    rows = [_row(line, language) for line in cells if line and line[0]]
    headed = len(rows) > 1 and rows[0].quantity is None and rows[0].words and rows[1].quantity is not None
    return rows[1:] if headed else rows


def _split(text: str) -> list[list[str]]:
    """Quotes that do not come in pairs are inches."""
    lines = text.replace("\0", "").splitlines(keepends=True)
    quoting: Literal[0, 3] = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    try:
        return list(csv.reader(lines, delimiter="\t" if "\t" in text else ";", quoting=quoting))
    except csv.Error:  # a cell longer than any text of a document
        return []


def _row(cells: list[str], language: str) -> Pasted:
    numbers, words = [], []
    for cell in filter(None, cells[1:]):
        try:
            numbers.append(parse_number(cell.strip("$€£ "), language))
        except Invalid:
            words.append(cell)
    return Pasted(cells[0], " ".join(words), *[*numbers, None, None][:2])


def pasted(request: DeskRequest) -> HttpResponse:
    """POST ``text``: its rows as the grid takes them. A code that names nothing comes back with what is wrong."""
    if request.method != "POST":
        raise Missing("page")
    request.actor.require(Permission.SALES_VIEW)
    language = request.membership.organisation.locale
    bought = bool(request.POST.get("vendor_id"))
    rows = read(request.POST.get("text", ""), language)[:MAX_LINES]
    known = _items(request.actor, (row.code for row in rows))
    entries = Entries(request.actor, [item.pk for item in known.values()])
    found = [_cells(row, known.get(row.code.casefold()), entries, language, bought) for row in rows]
    return JsonResponse([cells for lines in found for cells in lines][:MAX_LINES], safe=False)


def _items(actor: Actor, codes: Iterable[str]) -> dict[str, Item]:
    """Items in use by SKU, whichever its case, and by barcode; a SKU goes before a barcode."""
    wanted = {code.casefold(): code for code in codes if code}
    by_code = (
        Barcode.objects.of(actor)
        .filter(code__in=wanted.values(), item__archived_at=None)
        .select_related("item")
    )
    found = {row.code.casefold(): row.item for row in by_code}
    same = Item.objects.of(actor).alias(folded=Lower("sku")).filter(folded__in=list(wanted), archived_at=None)
    return found | {item.sku.casefold(): item for item in same}


def _cells(
    row: Pasted, item: Item | None, entries: Entries, language: str, bought: bool
) -> list[dict[str, object]]:
    """The lines of a row: of a group, those of its parts."""
    quantity = row.quantity if row.quantity is not None else Decimal(1)
    draft = LineDraft(item.pk if item else None, quantity=quantity, unit_price=row.price)
    error = (
        entries.problem(draft)
        if item
        else _("No item has the SKU or barcode “{code}”.").format(code=row.code)
    )
    if item is not None and not error:
        return lines_of(entries, draft, language, bought=bought)
    figures = {
        "quantity": typed(quantity, language),
        "unit_price": typed(row.price, language) if row.price is not None else "",
    }
    words = item.name if item else row.words or row.code
    return [{"item": "", "sku": row.code, "description": words, **figures, "error": error}]


section = Section(urls=[path("lines/pasted/", pasted, name="lines-pasted")])
