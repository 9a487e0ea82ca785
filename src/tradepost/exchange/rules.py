"""From cells to values: which column is which field, what a row says, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from tradepost.exchange.days import day_of
from tradepost.exchange.shapes import Field, Kind, Type
from tradepost.kit.errors import Invalid
from tradepost.kit.figures import parse_number
from tradepost.kit.text import fold, fold_email
from tradepost.kit.words import within

FORMULA = ("=", "+", "-", "@")
_WORDS = re.compile(r"[^0-9a-z%#]+")
_THINGS = frozenset(
    {
        *("phone", "telephone", "tel", "mobile", "cell", "fax", "mail", "email", "website", "url"),
        *("street", "city", "town", "zip", "postcode", "state", "region", "province", "country"),
        *("status", "type", "group", "class", "title", "reference", "note", "notes", "date", "day"),
        *("total", "amount", "tax", "currency", "percent", "discount", "weight"),
    }
)
"""What the last word of a column's name says that it holds."""
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a row, and what to do about it."""

    cause: str
    cure: str


@dataclass(frozen=True, slots=True)
class Habits:
    """How the file writes figures and days: a language tag for figures, and whether the day stands before the month."""

    language: str = ""
    day_first: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What one row, or the rows of one document, say. ``number`` is the row's as a spreadsheet counts."""

    number: int
    key: str
    values: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...] = ()
    wrong: Wrong | None = None


def suggest(
    kind: Kind, names: Sequence[str], remembered: Mapping[str, str] | None = None, *, near: bool = True
) -> dict[str, int]:
    """Field → column. What was chosen for such a column before comes first, then names that are the same, then those that
    have a name of the field among their words (``near``), the nearest first. No column serves twice."""
    folded = [_words(name) for name in names]
    known = {_words(column): field for column, field in (remembered or {}).items()}
    found: dict[str, int] = {}
    for n, name in enumerate(folded):
        if (field := known.get(name)) and any(f.key == field for f in kind.fields):
            found.setdefault(field, n)
    titled = [(one.key, [_words(title) for title in one.titles]) for one in kind.fields]
    for key, titles in titled:
        free = [n for n in range(len(folded)) if folded[n] and n not in found.values()]
        same = [n for title in titles for n in free if folded[n] == title]
        if same:
            found.setdefault(key, same[0])
    if near:
        pairs = (
            (_beyond(titles, name), at, n)
            for at, (_key, titles) in enumerate(titled)
            for n, name in enumerate(folded)
        )
        for _far, at, n in sorted((far, at, n) for far, at, n in pairs if far is not None):
            if titled[at][0] not in found and n not in found.values():
                found[titled[at][0]] = n
    return found


def _beyond(titles: Sequence[str], name: str) -> int | None:
    """How many letters a column's name has beyond the longest of these titles that stands in it as whole words. None: it has
    none, too many, or says by its last word that it holds another thing, as “Contact phone” is no contact."""
    thing = name.rpartition(" ")[2]
    if thing in _THINGS and not any(thing in title.split() for title in titles):
        return None
    found = [len(title) for title in titles if len(title) > 3 and f" {title} " in f" {name} "]
    far = len(name) - max(found, default=0)
    return far if found and far < 12 else None


def _words(name: str) -> str:
    return _WORDS.sub(" ", fold(name)).strip()


def check_mapping(kind: Kind, mapping: Mapping[str, int], width: int) -> None:
    """Raises ``Invalid`` for a field that there is not, a column that there is not or that serves twice, and for a
    field that is needed and not there."""
    known = {f.key: f for f in kind.fields}
    problems = {
        k: _("A {kind} has no field “{name}”.").format(kind=within(_(kind.label)), name=k)
        for k in mapping
        if k not in known
    }
    used: dict[int, str] = {}
    for key, n in mapping.items():
        if key in known and not 0 <= n < width:
            problems[key] = _("The file has no column {n}.").format(n=n + 1)
        elif key in known and n in used:
            problems[key] = _("The column of “{field}” is that of “{other}” already.").format(
                field=known[key].said, other=known[used[n]].said
            )
        used.setdefault(n, key)
    for one in kind.fields:
        if one.needed and one.key not in mapping and not (one.key == "name" and "number" in mapping):
            problems[one.key] = _("Choose the column of “{one}”: it is needed.").format(one=one.said)
    if not any(key in mapping for key in (*kind.keys, *kind.enough)):
        names = _(" or ").join(known[key].said for key in kind.keys)
        problems.setdefault(
            kind.keys[0],
            _("Choose the column of {names}, by which rows find their record.").format(names=names),
        )
    if problems:
        raise Invalid(fields=problems, cure=_("Choose each column once."))


def records(
    kind: Kind,
    mapping: Mapping[str, int],
    rows: Iterable[tuple[int, Sequence[str]]],
    habits: Habits,
    width: int = 0,
) -> Iterator[Record]:
    """Each row as a record; rows of one document that follow one another as one. ``width``: the number of columns that
    the heading names; a row that goes beyond is refused, since its cells are not where they belong."""
    parsed = ((number, *_values(kind, mapping, cells, habits, width)) for number, cells in rows)
    if not kind.has_lines:
        for number, values, wrong in parsed:
            yield Record(number, _key(kind, values), values, (), wrong)
        return
    heads = {f.key for f in kind.fields if not f.line}
    for key, several in groupby(parsed, key=lambda row: _key(kind, row[1])):
        if key:
            yield _joined(key, list(several), heads)
        else:
            yield from (Record(n, "", v, (), wrong) for n, v, wrong in several)


def _joined(key: str, rows: list[tuple[int, dict[str, Any], Wrong | None]], heads: set[str]) -> Record:
    """The head is that of the first row that says it; two rows that disagree are refused together."""
    head: dict[str, Any] = {}
    wrong = next(
        (Wrong(_("Row {n}: {cause}").format(n=n, cause=w.cause), w.cure) for n, _v, w in rows if w), None
    )
    for number, values, _wrong in rows:
        for name in heads & values.keys():
            if head.setdefault(name, values[name]) != values[name] and wrong is None:
                cause = _("Row {number} says “{value}” where row {first} says “{other}”.").format(
                    number=number, value=values[name], first=rows[0][0], other=head[name]
                )
                wrong = Wrong(
                    cause, _("Give all rows of the order the same, or leave it empty in the later ones.")
                )
    lines = tuple({k: v for k, v in values.items() if k not in heads} for _n, values, _w in rows)
    return Record(rows[0][0], key, head, tuple(line for line in lines if line), wrong)


def _values(
    kind: Kind, mapping: Mapping[str, int], cells: Sequence[str], habits: Habits, width: int
) -> tuple[dict[str, Any], Wrong | None]:
    """Empty cells are left out: they change nothing. The first thing that is wrong is told."""
    values: dict[str, Any] = {}
    wrong = _too_wide(cells, width)
    for field in kind.fields:
        n = mapping.get(field.key)
        text = bare(cells[n]) if n is not None and n < len(cells) else ""
        if not text:
            continue
        try:
            values[field.key] = value_of(field, text, habits)
        except Invalid as error:
            wrong = wrong or Wrong(f"{field.said}: {error.cause}", error.cure)
    missing = "" if wrong else _missing(kind, values)
    return values, Wrong(
        _("There is no {missing}.").format(missing=missing), _("Fill it in, or take the row out.")
    ) if missing else wrong


def _too_wide(cells: Sequence[str], width: int) -> Wrong | None:
    found = max((n for n, cell in enumerate(cells, 1) if cell), default=0)
    if not width or found <= width:
        return None
    return Wrong(
        _("The row has {found} cells, the heading {width}.").format(found=found, width=width),
        _("Put cells that contain the separator in quotation marks, or name the further columns."),
    )


def _missing(kind: Kind, values: Mapping[str, Any]) -> str:
    """What the row has to say and does not, by its label."""
    if kind.together:
        return next((f.said for f in kind.fields if f.needed and f.key not in values), "")
    if _key(kind, values) or any(values.get(name) for name in kind.enough):
        return ""
    return _(" or ").join(kind.field(key).said for key in kind.keys)


def bare(text: str) -> str:
    """Without the apostrophe that keeps spreadsheets from running a text as a formula."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def value_of(field: Field, text: str, habits: Habits) -> Any:
    """The value that a cell says. Raises ``Invalid``."""
    if text in ERRORS:
        raise Invalid(
            _("“{text}” is an error of the spreadsheet.").format(text=text),
            cure=_("Mend its formula, and save the file anew."),
        )
    if field.type is Type.LONG:
        return text
    if field.type is Type.TEXT:
        return " ".join(text.split())
    if text.startswith("=") and field.type is not Type.CHOICE:
        cure = _("Open the file in a spreadsheet program and save it, or paste its values.")
        raise Invalid(_("“{text}” is a formula that was never calculated.").format(text=text[:40]), cure=cure)
    if field.type is Type.NUMBER:
        return parse_number(text.removesuffix("%").strip(" $€£¥"), habits.language)
    if field.type is Type.DAY:
        return day_of(text, habits.day_first)
    if field.type is Type.EMAIL:
        first = fold_email(re.split(r"[,;]\s*|\s+", text)[0])
        if not _EMAIL.fullmatch(first) or len(first) > 254:
            raise Invalid(
                _("“{text}” is not an e-mail address.").format(text=text[:60]),
                cure=_("Write it like name@example.com."),
            )
        return first
    found = (field.choices or {}).get(_words(text))
    if found is None:
        known = ", ".join(dict.fromkeys((field.choices or {}).values()))
        raise Invalid(
            _("“{text}” is not known.").format(text=text[:60]),
            cure=_("Write one of: {known}.").format(known=known),
        )
    return found


def _key(kind: Kind, values: Mapping[str, Any]) -> str:
    if kind.together:
        return (
            " · ".join(_plain(values.get(key, "")) for key in kind.keys) if values.get(kind.keys[0]) else ""
        )
    return next((str(values[key]) for key in kind.keys if values.get(key)), "")


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def differs(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a record would have changed: the values that it does not hold already."""
    return {k: v for k, v in wanted.items() if not _same(held.get(k), v)}


def _same(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, Decimal):
        return held is not None and Decimal(held) == wanted
    if isinstance(wanted, (date, datetime, dict)):
        return bool(held == wanted)
    return str(held or "") == str(wanted or "")
