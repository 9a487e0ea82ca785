"""What a document shows on paper: plain JSON in, finished strings in the reader's language out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any, NotRequired, TypedDict

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.kit.figures import format_money, format_number
from tradepost.kit.money import Money, exponent

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COLOUR = "#1f5f8b"
FONT = "Libertinus Serif"  # comes with typst; what it lacks is taken from the system's fonts
COLUMNS = ("sku", "description", "quantity", "unit", "unit_price", "line_discount", "tax", "amount")
GOODS = ("sku", "description", "quantity", "unit")
DAYS = ("date", "due", "valid_until", "promised")
FIELDS = (
    *DAYS,
    "period",
    "po_number",
    "customer_number",
    "terms",
    "method",
    "ship_method",
    "carrier",
    "tracking",
    "packages",
)
SUMS = (
    *("subtotal", "discount", "freight", "net", "tax", "total", "paid", "written_off", "balance", "deposit"),
)
_COLUMNS_OF = {
    "pick": GOODS,
    "shipment": GOODS,
    "rma": GOODS,
    "receipt": GOODS,
    "statement": ("sku", "description", "amount", "running"),
}
_FIGURES = frozenset((*COLUMNS, "running")) - {"sku", "description", "unit", "tax"}
_MONEY = ("amount", "running")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Address(TypedDict):
    """``label``: a key of the words (``billing``, ``shipping``) or a text of one's own."""

    label: str
    lines: list[str]


class Line(TypedDict):
    """Figures are decimal numbers as text (``"3.0000"``); ``note`` is shown small below the description."""

    description: str
    sku: NotRequired[str]
    note: NotRequired[str]
    quantity: NotRequired[str]
    unit: NotRequired[str]
    unit_price: NotRequired[str]
    line_discount: NotRequired[str]
    tax: NotRequired[str]
    amount: NotRequired[str]
    running: NotRequired[str]


class SumLine(TypedDict):
    """``label``: a key of :data:`SUMS` or a text, such as the name of a tax. ``amount`` is a decimal number
    as text."""

    label: str
    amount: str


class Document(TypedDict):
    """A document as plain JSON, with texts and names as on its day.

    ``kind`` is a kind of ``states``; ``fields`` are values by key of :data:`FIELDS` (days as ISO 8601, a period as two with a slash between) or by
    a label of one's own, in the order to show; ``line_discount`` of a line is a percentage; ``stamp`` is a
    word such as “Paid”; ``seller_tax`` is the seller's tax number; ``ages`` of a statement is what is owed by days overdue, and the
    credit, each a decimal number as text.
    """

    kind: str
    number: str
    currency: str
    seller: list[str]
    seller_tax: NotRequired[str]
    addresses: list[Address]
    fields: dict[str, str]
    lines: list[Line]
    sums: list[SumLine]
    stamp: NotRequired[str]
    memo: NotRequired[str]
    ages: NotRequired[list[str]]


class Layout(TypedDict, total=False):
    """The company's look. Every part may be left out. ``logo``: PNG, JPEG, GIF, WebP or SVG; ``logo_height``
    in mm; ``colour`` as ``#rrggbb``; ``paper``: ``a4`` or ``us-letter``; ``language``: a BCP 47 tag;
    ``columns``: of :data:`COLUMNS`; ``footer``: a text per column, at most four; ``titles``: own titles by
    kind."""

    logo: bytes
    logo_height: float
    colour: str
    paper: str
    font: str
    language: str
    columns: list[str]
    intro: str
    closing: str
    footer: list[str]
    titles: dict[str, str]


def languages() -> tuple[str, ...]:
    """The languages that the fixed words of a document are written in."""
    return tuple(_words())


@cache
def _words() -> dict[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("words.json").read_text("utf-8")
    return dict(json.loads(text))


def words_in(language: str) -> dict[str, Any]:
    """The fixed words in a language (a BCP 47 tag or a locale); in English where they are not written in it."""
    words = _words()
    return words.get(_tongue(language), words["en"])


def _tongue(language: str) -> str:
    return language.replace("_", "-").split("-")[0].casefold()


def view(document: Document, layout: Layout) -> dict[str, Any]:
    """What the template shows. ``Invalid`` where the layout cannot be followed."""
    _check(layout)
    language = layout.get("language", "en")
    tongue, words = _tongue(language), words_in(language)
    kind, money = document["kind"], document["currency"]
    found = {
        "title": layout.get("titles", {}).get(kind) or words["kinds"].get(kind, kind),
        "number": document["number"],
        "stamp": document.get("stamp", ""),
        "seller": [line for line in (*document["seller"], _tax_number(document, words)) if line.strip()],
        "addresses": [
            {"label": words.get(a["label"], a["label"]), "lines": a["lines"]} for a in document["addresses"]
        ],
        "fields": [_field(k, v, words) for k, v in document["fields"].items() if v.strip()],
        "columns": _columns(document, layout, words),
        "lines": [_line(line, money, language) for line in document["lines"]],
        "sums": [_sum(s, money, words, language) for s in document["sums"]],
        "ages": _ages(document.get("ages", ()), money, words, language),
        "intro": layout.get("intro", ""),
        "texts": [text for text in (document.get("memo", ""), layout.get("closing", "")) if text.strip()],
        "footer": layout.get("footer") or [""],
        "page": words["page"],
        "language": tongue,
        "colour": layout.get("colour", COLOUR),
        "paper": layout.get("paper", "a4"),
        "fonts": [*filter(None, [layout.get("font")]), FONT],
        "logo_height": layout.get("logo_height", 16),
    }
    return {**_clean(found), "logo": list(logo) if (logo := layout.get("logo")) else None}


def _tax_number(document: Document, words: Mapping[str, str]) -> str:
    number = document.get("seller_tax", "")
    return f"{words['tax_number']} {number}" if number else ""


def _check(layout: Layout) -> None:
    wrong = {}
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", layout.get("colour", COLOUR)):
        wrong["colour"] = _("The colour must be written like #1f5f8b.")
    if layout.get("paper", "a4") not in ("a4", "us-letter"):
        wrong["paper"] = _("The paper must be a4 or us-letter.")
    if unknown := [c for c in layout.get("columns", []) if c not in COLUMNS]:
        wrong["columns"] = _("There is no column “{unknown}”; there are {known}.").format(
            unknown=unknown[0], known=", ".join(COLUMNS)
        )
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_]\w+)*", layout.get("language", "en")):
        wrong["language"] = _("The language must be a tag such as en or de-CH.")
    if len(layout.get("footer", [])) > 4:
        wrong["footer"] = _("The footer has four columns at most.")
    if not 4 <= layout.get("logo_height", 16) <= 60:
        wrong["logo_height"] = _("The logo must be 4 to 60 mm high.")
    if wrong:
        raise Invalid(fields=wrong, cure=_("Correct the layout."))


def _columns(document: Document, layout: Layout, words: Mapping[str, str]) -> list[dict[str, str]]:
    """The columns asked for, or those of the kind that any line fills."""
    used = {key for line in document["lines"] for key, value in line.items() if value and value != "0"}
    chosen = layout.get("columns") or [
        c for c in _COLUMNS_OF.get(document["kind"], COLUMNS) if c in used or c == "description"
    ]
    return [{"name": c, "label": words[c], "kind": "figure" if c in _FIGURES else "text"} for c in chosen]


def _field(key: str, value: str, words: Mapping[str, str]) -> tuple[str, str]:
    shown = value
    if key in DAYS:
        shown = day_in(value, words["day"])
    elif key == "period":
        shown = " – ".join(day_in(one, words["day"]) for one in value.split("/"))
    return words[key] if key in FIELDS else key, shown


def day_in(iso: str, pattern: str) -> str:
    """A day as the ``pattern`` of a language (its word ``day``) writes it."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        raise Invalid(
            _("“{iso}” is not a date.").format(iso=iso), cure=_("Write it like 2026-03-09.")
        ) from None
    return pattern.format(
        d=day.day, dd=f"{day.day:02}", mm=f"{day.month:02}", mon=MONTHS[day.month - 1], y=day.year
    )


def _line(line: Line, currency: str, language: str) -> dict[str, str]:
    places = exponent(currency)
    shown = {key: str(value) for key, value in line.items()}
    for key in _FIGURES & shown.keys():
        if not shown[key]:
            continue
        figure = _figure(shown[key])
        text = format_number(figure, language, places if key in _MONEY else None)
        if key == "unit_price" and -int(figure.normalize().as_tuple().exponent) < places:
            text = format_number(figure, language, places)
        shown[key] = (f"{text} %" if figure else "") if key == "line_discount" else text
    return shown


def _sum(entry: SumLine, currency: str, words: Mapping[str, str], language: str) -> tuple[str, str, bool]:
    label = words[entry["label"]] if entry["label"] in SUMS else entry["label"]
    strong = entry["label"] in ("total", "balance", "deposit")
    if strong:
        return label, format_money(Money(_figure(entry["amount"]), currency), language), True
    return label, format_number(_figure(entry["amount"]), language, exponent(currency)), False


def _ages(
    ages: Iterable[str], currency: str, words: Mapping[str, Any], language: str
) -> list[tuple[str, str]]:
    places = exponent(currency)
    return [
        (label, format_number(_figure(age), language, places))
        for label, age in zip(words["ages"], ages, strict=False)
    ]


def _figure(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Invalid(_("“{text}” is not a number.").format(text=text), cure=_("Correct the document."))
    return value


def _clean(value: Any) -> Any:
    """Without what no font can show and no PDF should hold: control characters and lone surrogates."""
    if isinstance(value, str):
        return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\t", " "))
    if isinstance(value, Mapping):
        return {key: _clean(v) for key, v in value.items()}
    if isinstance(value, Iterable):
        return [_clean(v) for v in value]
    return value
