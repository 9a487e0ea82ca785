"""Rows of a spreadsheet, pasted into the lines of a document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models.functions import Lower
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Barcode, Item
from tradepost.kit.errors import Invalid, Missing
from tradepost.kit.figures import parse_number
from tradepost.sales.services import MAX_LINES
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
    """The rows of a pasted table: cells by tabs, or by semicolons where there are none. A heading is left out."""
    cells = [[cell.strip() for cell in _split(line)] for line in text.splitlines() if line.strip()]
    rows = [_row(line, language) for line in cells]
    headed = len(rows) > 1 and rows[0].quantity is None and rows[0].words and rows[1].quantity is not None
    return rows[1:] if headed else rows


def _split(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split(";")


def _row(cells: list[str], language: str) -> Pasted:
    numbers, words = [], []
    for cell in filter(None, cells[1:]):
        try:
            numbers.append(parse_number(cell.lstrip("$€£ "), language))
        except Invalid:
            words.append(cell)
    return Pasted(cells[0], " ".join(words), *[*numbers, None, None][:2])


def pasted(request: DeskRequest) -> HttpResponse:
    """POST ``text``: its rows as the grid takes them. A code that names nothing comes back with what is wrong."""
    if request.method != "POST":
        raise Missing("page")
    request.actor.require(Permission.SALES_VIEW)
    language = request.membership.organisation.locale
    rows = read(request.POST.get("text", ""), language)[:MAX_LINES]
    known = _items(request.actor, (row.code for row in rows))
    return JsonResponse([_cells(row, known.get(row.code.casefold()), language) for row in rows], safe=False)


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


def _cells(row: Pasted, item: Item | None, language: str) -> dict[str, object]:
    figures = {
        "quantity": typed(row.quantity, language) if row.quantity is not None else "1",
        "unit_price": typed(row.price, language) if row.price is not None else "",
    }
    if item is None:
        error = _("No item has the SKU or barcode “{code}”.").format(code=row.code)
        return {"item": "", "sku": row.code, "description": row.words or row.code, **figures, "error": error}
    tax = typed(item.tax_rate, language) if item.tax_rate else ""
    return {
        "item": item.pk,
        "sku": item.sku,
        "description": item.name,
        "tax_rate": tax,
        **figures,
        "error": "",
    }


section = Section(urls=[path("lines/pasted/", pasted, name="lines-pasted")])
