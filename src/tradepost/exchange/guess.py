"""What a file looks like before anybody says so: where its heading stands, and how it writes figures and days. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tradepost.exchange.days import day_first_in, day_of
from tradepost.exchange.rules import Habits, suggest
from tradepost.exchange.shapes import Kind, Type
from tradepost.kit.errors import Invalid
from tradepost.kit.figures import style

LOOKED_AT = 20  # rows among which the heading is looked for
_POINT = re.compile(
    r"\D*\d*(?:,\d{3})*\.\d{1,2}\D*|\D*\d{1,3}(?:,\d{3}){2,}\D*|\D*\d{1,3}(?:,\d{3})+\.\d+\D*"
)
_COMMA = re.compile(
    r"\D*\d*(?:\.\d{3})*,\d{1,2}\D*|\D*\d{1,3}(?:\.\d{3}){2,}\D*|\D*\d{1,3}(?:\.\d{3})+,\d+\D*"
)
_FIGURE = re.compile(r"[-+$€£]?\s*\d[\d.,]*\s*[%€]?|[^@\s]+@[^@\s]+\.\w+")


def heading_row(kind: Kind, rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The number of the row that names the columns: of the first rows the one in which most fields are recognised, so
    that titles and notes above it do not matter. 0 where there is none, since the first row says what a record says."""
    best, chosen = 0, 0
    for number, cells in rows[:LOOKED_AT]:
        score = len(suggest(kind, [cell[:80] for cell in cells], near=False))
        if score > best:
            best, chosen = score, number
    if best or not rows:
        return chosen
    first, cells = rows[0]
    return 0 if any(_is_value(cell) for cell in cells) else first


def _is_value(cell: str) -> bool:
    """A figure, an e-mail address or a day: nobody calls a column so."""
    if _FIGURE.fullmatch(cell):
        return True
    try:
        day_of(cell, day_first=False)
    except Invalid:
        return False
    return True


def habits_in(
    kind: Kind, mapping: Mapping[str, int], rows: Iterable[Sequence[str]], company: Habits
) -> Habits:
    """How the rows write figures and days, where they can be read in one way only; else as the company does."""
    types = {n: kind.field(key).type for key, n in mapping.items()}
    days: list[str] = []
    points = commas = 0
    for cells in rows:
        for n, cell in enumerate(cells):
            if types.get(n) is Type.DAY:
                days.append(cell)
            elif types.get(n) is Type.NUMBER:
                points += bool(_POINT.fullmatch(cell))
                commas += bool(_COMMA.fullmatch(cell))
    first = day_first_in(days)
    language = company.language
    if bool(points) != bool(commas) and style(language).point != ("." if points else ","):
        language = "en" if points else "de"
    return Habits(language, company.day_first if first is None else first)
