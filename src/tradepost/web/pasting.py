"""Rows of a spreadsheet, pasted into the lines of a document."""

from __future__ import annotations

import csv
import io
from collections.abc import Container
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradepost.accounts.access import Permission
from tradepost.catalog.queries import Scanned, scan
from tradepost.kit.errors import Invalid, Missing
from tradepost.kit.figures import parse_number, typed
from tradepost.sales.entering import Entries
from tradepost.sales.services import MAX_LINES, LineDraft
from tradepost.web.entering import lines_of
from tradepost.web.shell import DeskRequest, Section

_UNIT_NAMES = ("unit", "uom", "unit of measure")


@dataclass(frozen=True, slots=True)
class Pasted:
    """A row: ``code`` is a SKU or barcode, the first number after it the quantity, the second the price. ``cells``: all of it."""

    code: str = ""
    words: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    cells: tuple[str, ...] = field(default=(), compare=False)


def read(text: str, language: str) -> list[Pasted]:
    """The rows of a pasted table that hold anything: cells by tabs, or by semicolons where there are none; those with tabs, line
    breaks or quotes in them stand in quotes, as spreadsheets copy them. ``Invalid`` names the row that cannot be read."""
    cells = [[" ".join(cell.split()) for cell in line] for line in _split(text)]
    return [_row(line, language) for line in cells if any(line)]


def _split(text: str) -> list[list[str]]:
    """Quotes that do not come in pairs are inches."""
    lines = io.StringIO(
        text.replace("\0", ""), newline=""
    )  # splits at line breaks only, not at each that Unicode has
    quoting: Literal[0, 3] = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    found: list[list[str]] = []
    try:
        found.extend(csv.reader(lines, delimiter="\t" if "\t" in text else ";", quoting=quoting))
    except csv.Error:
        raise Invalid(
            _("A cell of row {n} is longer than any text of a document.").format(n=len(found) + 1),
            cure=_("Nothing was pasted. Shorten it, and paste the rows again."),
        ) from None
    return found


def _row(cells: list[str], language: str) -> Pasted:
    numbers: list[Decimal | None] = []
    words = []
    for cell in filter(None, cells[1:]):
        try:
            numbers.append(parse_number(cell.strip("$€£ "), language))
        except Invalid:
            words.append(cell)
    quantity, price = [*numbers, None, None][:2]
    return Pasted(cells[0], " ".join(words), quantity, price, tuple(cells))


def headed(rows: list[Pasted], known: Container[str]) -> bool:
    """Whether the first row is a heading: words above figures, and none of the ``known`` codes."""
    first, second = [*rows, Pasted(), Pasted()][:2]
    words = bool(first.words) and first.quantity is None and second.quantity is not None
    return words and first.code.casefold() not in known


def unit_column(heading: Pasted) -> int | None:
    """Where a heading says that the unit stands."""
    names = {*_UNIT_NAMES, _("Unit").casefold()}
    return next((n for n, cell in enumerate(heading.cells) if n and cell.casefold() in names), None)


def unit_named(row: Pasted, known: Container[str], at: int | None) -> str:
    """The unit that a row names: what stands in the column for it, or without one a word that is called like one of the ``known``
    units of its item, in lower case."""
    if at is not None:
        return row.cells[at] if at < len(row.cells) else ""
    return next((cell for cell in row.cells[1:] if cell.casefold() in known), "")


def pasted(request: DeskRequest) -> HttpResponse:
    """POST ``text``: its rows as the ``lines`` of the grid. A code that names nothing comes back with what is wrong; ``left`` says
    what of the table is no line. What is more than a document holds is refused whole, so that nobody looks for where it ended."""
    if request.method != "POST":
        raise Missing(_("page"))
    request.actor.require(Permission.SALES_VIEW)
    language = request.membership.organisation.locale
    bought = bool(request.POST.get("vendor_id"))
    rows = read(request.POST.get("text", ""), language)
    named = [row for row in rows if row.code or row.words]
    left = _left(len(rows) - len(named))
    known = scan(request.actor, (row.code for row in named[: MAX_LINES + 1]))
    heading = named.pop(0) if headed(named, known) else Pasted()
    _fits(len(named))
    entries, at = Entries(request.actor, [one.item.pk for one in known.values()]), unit_column(heading)
    found = [
        _cells(row, _draft(row, known.get(row.code.casefold()), entries, at), entries, language, bought)
        for row in named
    ]
    lines = [cells for several in found for cells in several]
    _fits(len(lines))
    return JsonResponse({"lines": lines, "left": left})


def _fits(lines: int) -> None:
    if lines > MAX_LINES:
        raise Invalid(
            _("These are {n} lines, and a document holds {most} at most.").format(n=lines, most=MAX_LINES),
            cure=_("Nothing was pasted. Paste them in parts, each into a document of its own."),
        )


def _left(rows: int) -> str:
    """About rows with figures alone, as a total is."""
    said = ngettext(
        "{n} row without an item or words was left out.",
        "{n} rows without an item or words were left out.",
        rows,
    )
    return said.format(n=rows) if rows else ""


def _draft(row: Pasted, scanned: Scanned | None, entries: Entries, at: int | None) -> LineDraft:
    """The line that a row means: one of an item is in the unit that it names, else in the one that its barcode stands on."""
    quantity = row.quantity if row.quantity is not None else Decimal(1)
    if scanned is None:
        return LineDraft(None, quantity=quantity, unit_price=row.price)
    known = {one.unit.casefold() for one in entries.units.all(scanned.item)}
    unit = unit_named(row, known, at) or scanned.unit
    return LineDraft(scanned.item.pk, quantity=quantity, unit_price=row.price, unit=unit)


def _cells(
    row: Pasted, draft: LineDraft, entries: Entries, language: str, bought: bool
) -> list[dict[str, object]]:
    """The lines of a row: of a group, those of its parts."""
    item = entries.items.get(draft.item_id or 0)
    error = entries.problem(draft) if item else _unknown(row)
    if item and not error and entries.units.of(item, draft.unit) is None:
        error = _("{sku} has no unit “{unit}”.").format(sku=item.sku, unit=draft.unit)
    if item and not error:
        return lines_of(entries, draft, language, bought=bought)
    figures = {
        "quantity": typed(draft.quantity, language),
        "unit_price": typed(row.price, language) if row.price is not None else "",
    }
    words = item.name if item else row.words or row.code
    return [{"item": "", "sku": row.code, "description": words, **figures, "error": error}]


def _unknown(row: Pasted) -> str:
    """A row of words alone is a line without an item, as one may type it."""
    return _("No item has the SKU or barcode “{code}”.").format(code=row.code) if row.code else ""


section = Section(urls=[path("lines/pasted/", pasted, name="lines-pasted")])
