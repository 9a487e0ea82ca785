"""Workbooks in: any sheet, row by row (ECMA-376). Pure.

What is read is a stranger's file: parts that unpack to absurd sizes, endless rows and endless cells are refused, and memory
holds no more than a row and the texts that cells share.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import IO, Any
from xml.etree.ElementTree import Element

from tradepost.kit import xml
from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext as _
from tradepost.kit.words import gettext_noop
from tradepost.kit.xlsx.writing import CHUNK, EPOCH, MAIN, REL

MOST_BYTES = 4 << 30  # of the sheet unpacked; of the texts that cells share, a sixteenth
MOST_OF_A_PART = 32 << 20  # what is read at once: the list of sheets, the styles
MOST_TIMES = 250  # what a part may be unpacked; workbooks of people reach thirty
MOST_MERGED = 100_000
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = (
    1_048_576,
    16_384,
    131_072,
)  # a spreadsheet's own bounds; a cell's are 32,767
_DATES = {
    *range(14, 23),
    *range(27, 37),
    *range(45, 48),
    *range(50, 59),
}  # built-in formats, ECMA-376 §18.8.30
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


class NotXlsx(Invalid):
    code = "not-xlsx"
    cause_text = gettext_noop("This is not an XLSX workbook: {message}.")
    cure_text = gettext_noop("Save it anew as “Excel workbook (.xlsx)”, or as CSV in UTF-8.")


def sheets(file: IO[bytes]) -> list[str]:
    """The names of the sheets that a spreadsheet shows. Raises ``NotXlsx``."""
    with _opened(file) as pack:
        return [name for name, _path in _sheets(pack)]


def read(file: IO[bytes], sheet: str = "") -> Iterator[list[str]]:
    """The rows of a sheet, or of the first, as texts: days in ISO form, formulas by their last value (one that was never
    calculated as ``=…``), errors as ``#N/A``. What was merged down stands in each of its rows. Raises ``NotXlsx``."""
    with _opened(file) as pack:
        yield from _rows(pack, sheet)


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as pack:
            yield pack
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
        raise NotXlsx(str(error).strip("'\". ") or _("it is damaged")) from None


def _checked(pack: zipfile.ZipFile, path: str, most: int) -> None:
    """Raises ``NotXlsx`` for a part that is larger than any person's."""
    part = pack.getinfo(path)
    bomb = part.file_size > MOST_OF_A_PART and part.file_size > MOST_TIMES * part.compress_size
    if part.file_size > most or bomb:
        raise NotXlsx(
            _("its part {path} unpacks to {file_size} MB").format(
                path=path, file_size=f"{part.file_size >> 20:,}"
            )
        )


def _tree(pack: zipfile.ZipFile, path: str) -> Element:
    _checked(pack, path, MOST_OF_A_PART)
    return xml.tree(pack.read(path))


def _rows(pack: zipfile.ZipFile, name: str) -> Iterator[list[str]]:
    path = _path(pack, name)
    shared = _shared(pack) if "xl/sharedStrings.xml" in pack.namelist() else _Texts()
    _checked(pack, path, MOST_BYTES)
    sheet = _Sheet(shared, *_dates(pack), _merged(pack, path))
    with pack.open(path) as source:
        while piece := source.read(CHUNK):
            xml.feed(sheet.parser, piece)
            yield from sheet.taken()
    xml.feed(sheet.parser, b"", final=True)
    yield from sheet.taken()


def _merged(pack: zipfile.ZipFile, path: str) -> dict[int, list[tuple[int, int]]]:
    """First row → the column and the last row of what is merged down from there. It stands behind the rows, so the sheet
    is unpacked once more for it."""
    found: dict[int, list[tuple[int, int]]] = {}
    held = b""
    with pack.open(path) as source:
        while piece := source.read(CHUNK):
            held = held[-200:] + piece
            for left, top, _right, bottom in set(_MERGED.findall(held)):
                column, first, last = _column(left.decode()), int(top), int(bottom)
                if last > first and column is not None and (column, last) not in found.setdefault(first, []):
                    found[first].append((column, last))
            if len(found) > MOST_MERGED:
                raise NotXlsx(_("more than {most} of its cells are merged").format(most=f"{MOST_MERGED:,}"))
    return found


def _sheets(pack: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Name and path of each sheet that is shown."""
    book = _tree(pack, "xl/workbook.xml")
    targets = {link.get("Id"): link.get("Target", "") for link in _tree(pack, "xl/_rels/workbook.xml.rels")}
    found = []
    for sheet in book.iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet"):
        target = targets.get(sheet.get(f"{{{REL}}}id"))
        if target and sheet.get("state", "visible") == "visible":
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in pack.namelist():
                found.append((sheet.get("name", ""), path))
    return found


def _path(pack: zipfile.ZipFile, name: str) -> str:
    found = _sheets(pack)
    if not found:
        raise NotXlsx(_("it has no sheet"))
    paths = dict(reversed(found))
    if name and name not in paths:
        raise NotXlsx(_("it has no sheet “{name}”").format(name=name))
    return paths[name] if name else found[0][1]


class _Texts:
    """Many texts in little memory."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("Q", [0])

    def append(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def get(self, place: str) -> str:
        n = int(place) if place.isdecimal() else -1
        if not 0 <= n < len(self._ends) - 1:
            return ""
        return self._bytes[self._ends[n] : self._ends[n + 1]].decode("utf-8", "surrogatepass")


def _shared(pack: zipfile.ZipFile) -> _Texts:
    _checked(pack, "xl/sharedStrings.xml", MOST_BYTES // 16)
    found = _Texts()
    held: list[str] = []
    inside = phonetic = False
    made = xml.parser()

    def start(name: str, _attributes: Any) -> None:
        nonlocal inside, phonetic
        name = _local(name)
        phonetic = phonetic or name == "rPh"
        inside = name == "t" and not phonetic

    def end(name: str) -> None:
        nonlocal inside, phonetic
        inside, name = False, _local(name)
        if name == "rPh":
            phonetic = False
        elif name == "si":
            found.append("".join(held))
            held.clear()

    made.StartElementHandler, made.EndElementHandler = start, end
    made.CharacterDataHandler = lambda text: held.append(text) if inside else None
    with pack.open("xl/sharedStrings.xml") as source:
        while piece := source.read(CHUNK):
            xml.feed(made, piece)
    return found


def _dates(pack: zipfile.ZipFile) -> tuple[frozenset[str], bool]:
    """The styles that show a number as a day or time, and whether days count from 1904 on."""
    if "xl/styles.xml" not in pack.namelist():
        return frozenset(), False
    styles = _tree(pack, "xl/styles.xml")
    own = {
        int(f.get("numFmtId", 0))
        for f in styles.iter(f"{{{MAIN}}}numFmt")
        if re.search("[dmyhs]", _QUOTED.sub("", f.get("formatCode", "")), re.IGNORECASE)
    }
    listed = styles.find(f"{{{MAIN}}}cellXfs")
    shown = [int(f.get("numFmtId", 0)) for f in (listed if listed is not None else ())]
    book = _tree(pack, "xl/workbook.xml").find(f"{{{MAIN}}}workbookPr")
    early = book is not None and book.get("date1904") in ("1", "true")
    return frozenset(str(n) for n, number in enumerate(shown) if number in _DATES | own), early


class _Sheet:
    """Builds rows out of the events of a sheet's XML."""

    def __init__(
        self, shared: _Texts, dated: frozenset[str], early: bool, merged: dict[int, list[tuple[int, int]]]
    ) -> None:
        self._shared, self._dated, self._start = shared, dated, date(1904, 1, 1) if early else EPOCH
        self._merged, self._down = merged, list[tuple[int, int, str]]()
        self._rows: list[list[str]] = []
        self._row: list[str] = []
        self._number = 0
        self._held: dict[str, list[str]] = {"v": [], "t": [], "f": []}
        self._size = 0
        self._type, self._style, self._inside = "", "0", ""
        self.parser = xml.parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._open, self._close
        self.parser.CharacterDataHandler = self._text

    def taken(self) -> list[list[str]]:
        rows, self._rows = self._rows, []
        return rows

    def _open(self, name: str, facts: dict[str, str]) -> None:
        name = _local(name)
        if name == "c":
            at = _column(facts.get("r", ""))
            if max(at or 0, len(self._row)) >= MOST_COLUMNS:
                raise NotXlsx(
                    _("row {number} has more than {most} columns").format(
                        number=self._number, most=f"{MOST_COLUMNS:,}"
                    )
                )
            if at is not None:
                self._row.extend([""] * (at - len(self._row)))
            self._type, self._style, self._size = facts.get("t", "n"), facts.get("s", "0"), 0
            for held in self._held.values():
                held.clear()
        elif name == "row":
            self._row = []
            self._skip_to(facts.get("r", ""))
        self._inside = name if name in self._held else ""

    def _skip_to(self, said: str) -> None:
        """Rows that are left out are empty ones, so that rows are counted as the spreadsheet counts them."""
        number = int(said) if said.isdecimal() and int(said) > self._number else self._number + 1
        if number > MOST_ROWS:
            raise NotXlsx(_("it has more than {most} rows").format(most=f"{MOST_ROWS:,}"))
        self._rows.extend([] for _empty in range(number - self._number - 1))
        self._number = number

    def _text(self, text: str) -> None:
        if self._inside:
            self._size += len(text)
            if self._size > LONGEST_CELL:
                raise NotXlsx(
                    _("a cell of row {number} is longer than {most} characters").format(
                        number=self._number, most=f"{LONGEST_CELL:,}"
                    )
                )
            self._held[self._inside].append(text)

    def _close(self, name: str) -> None:
        name, self._inside = _local(name), ""
        if name == "c":
            self._row.append(self._value("".join(self._held["v"] or self._held["t"])))
        elif name == "row":
            self._fill_down()
            self._rows.append(self._row)

    def _fill_down(self) -> None:
        """What is merged with cells below stands in each of their rows; across, it stays in its first column."""
        row = self._row
        for column, _last, text in self._down:
            row.extend([""] * (column + 1 - len(row)))
            row[column] = row[column] or text
        for column, last in self._merged.get(self._number, ()):
            if column < len(row) and row[column]:
                self._down.append((column, last, row[column]))
        self._down = [one for one in self._down if one[1] > self._number]

    def _value(self, text: str) -> str:
        if not text and self._held["f"]:
            return "=" + "".join(self._held["f"])
        if self._type == "s":
            return self._shared.get(text)
        if self._type == "b":
            return {"1": "yes", "0": "no"}.get(text, text)
        if self._type != "n" or not text:
            return text
        try:
            return self._day(float(text)) if self._style in self._dated else _plain(text)
        except (ValueError, OverflowError):  # no number, or a day before the year 1
            return text

    def _day(self, serial: float) -> str:
        moment = datetime.combine(self._start, datetime.min.time()) + timedelta(seconds=round(serial * 86400))
        return moment.date().isoformat() if serial == int(serial) else moment.isoformat(" ")


@cache
def _column(reference: str) -> int | None:
    """``"AB12"`` → 27."""
    letters = reference.rstrip("0123456789")
    if not letters or len(letters) > 3 or not letters.isalpha():
        return None
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - 64
    return place - 1


def _plain(text: str) -> str:
    """``1.9989999999999999E2`` as people typed it: spreadsheets keep 15 digits."""
    return f"{Decimal(f'{float(text):.15g}'):f}" if re.search("[eE]|[.]", text) else text


def _local(name: str) -> str:
    return name.rpartition("}")[2]
