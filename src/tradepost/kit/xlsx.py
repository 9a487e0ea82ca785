"""Workbooks of spreadsheets (ECMA-376, "XLSX"): one sheet of texts out, the first sheet of any in, row by row. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import IO, Any
from xml.sax.saxutils import escape

from tradepost.kit import xml
from tradepost.kit.errors import Invalid

CHUNK = 1 << 16
MOST_BYTES = 4 << 30  # of the sheet unpacked; of the texts that cells share, an eighth
_DATES = {
    *range(14, 23),
    *range(27, 37),
    *range(45, 48),
    *range(50, 59),
}  # built-in formats, ECMA-376 §18.8.30
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_BARRED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class NotXlsx(Invalid):
    code = "not-xlsx"
    cause_text = "This is not an XLSX workbook: {message}."
    cure_text = "Save it anew as “Excel workbook (.xlsx)”, or as CSV in UTF-8."


# --- out ------------------------------------------------------------------------------------------------------------

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACK}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="r1" '
    f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="r1" '
    f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
    f'Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts><fills count="1">'
    '<fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>",
}
_EPOCH = date(1899, 12, 30)


def write(name: str, rows: Iterable[Iterable[object]]) -> bytes:
    """A workbook of one sheet; the first row is its heading. Texts stay texts, so that none runs as a formula."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as pack:
        for path, part in _PARTS.items():
            pack.writestr(path, _HEAD + part)
        title = escape(re.sub(r"[\[\]:*?/\\]", " ", name)[:31], {'"': "&quot;"})
        pack.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet name="{title}" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
        )
        with pack.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for n, row in enumerate(rows):
                cells = "".join(_cell(value, 1 if n == 0 else 0) for value in row)
                sheet.write(f"<row>{cells}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
    return held.getvalue()


def _cell(value: object, style: int) -> str:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return f'<c s="{style}"><v>{value}</v></c>'
    if isinstance(value, date) and not isinstance(value, datetime):
        return f'<c s="2"><v>{(value - _EPOCH).days}</v></c>'
    text = escape(_BARRED.sub("", "" if value is None else str(value)))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'


# --- in -------------------------------------------------------------------------------------------------------------


def read(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of the first sheet as texts, days in ISO form, formulas by their last value. Raises ``NotXlsx``."""
    try:
        with zipfile.ZipFile(file) as pack:
            yield from _rows(pack)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
        raise NotXlsx(str(error).strip("'\". ") or "it is damaged") from None


def _rows(pack: zipfile.ZipFile) -> Iterator[list[str]]:
    path = _first_sheet(pack)
    shared = _shared(pack) if "xl/sharedStrings.xml" in pack.namelist() else []
    if pack.getinfo(path).file_size > MOST_BYTES:
        raise NotXlsx("its sheet is too large")
    sheet = _Sheet(shared, *_dates(pack))
    with pack.open(path) as source:
        while piece := source.read(CHUNK):
            xml.feed(sheet.parser, piece)
            yield from sheet.taken()
    xml.feed(sheet.parser, b"", final=True)
    yield from sheet.taken()


def _first_sheet(pack: zipfile.ZipFile) -> str:
    book = xml.tree(pack.read("xl/workbook.xml"))
    first = book.find(f"{{{_MAIN}}}sheets/{{{_MAIN}}}sheet")
    wanted = first.get(f"{{{_REL}}}id") if first is not None else None
    links = xml.tree(pack.read("xl/_rels/workbook.xml.rels"))
    for link in links:
        if link.get("Id") == wanted and wanted:
            target = link.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise NotXlsx("it has no sheet")


def _shared(pack: zipfile.ZipFile) -> list[str]:
    if pack.getinfo("xl/sharedStrings.xml").file_size > MOST_BYTES // 8:
        raise NotXlsx("it holds too much text")
    found: list[str] = []
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


def _dates(pack: zipfile.ZipFile) -> tuple[frozenset[int], bool]:
    """The styles that show a number as a day or time, and whether days count from 1904 on."""
    if "xl/styles.xml" not in pack.namelist():
        return frozenset(), False
    styles = xml.tree(pack.read("xl/styles.xml"))
    own = {
        int(f.get("numFmtId", 0))
        for f in styles.iter(f"{{{_MAIN}}}numFmt")
        if re.search("[dmyhs]", _QUOTED.sub("", f.get("formatCode", "")), re.IGNORECASE)
    }
    listed = styles.find(f"{{{_MAIN}}}cellXfs")
    shown = [int(f.get("numFmtId", 0)) for f in (listed if listed is not None else ())]
    book = xml.tree(pack.read("xl/workbook.xml")).find(f"{{{_MAIN}}}workbookPr")
    early = book is not None and book.get("date1904") in ("1", "true")
    return frozenset(n for n, number in enumerate(shown) if number in _DATES | own), early


class _Sheet:
    """Builds rows out of the events of a sheet's XML."""

    def __init__(self, shared: list[str], dated: frozenset[int], early: bool) -> None:
        self._shared, self._dated, self._start = shared, dated, date(1904, 1, 1) if early else _EPOCH
        self._rows: list[list[str]] = []
        self._row: list[str] = []
        self._text: list[str] = []
        self._type, self._style, self._inside = "", 0, False
        self.parser = xml.parser()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._open, self._close
        self.parser.CharacterDataHandler = lambda text: self._text.append(text) if self._inside else None

    def taken(self) -> list[list[str]]:
        rows, self._rows = self._rows, []
        return rows

    def _open(self, name: str, facts: dict[str, str]) -> None:
        name = _local(name)
        if name == "c":
            at = _column(facts.get("r", ""))
            if at is not None:
                self._row.extend([""] * (at - len(self._row)))
            self._type, self._style = facts.get("t", "n"), int(facts.get("s", 0))
            self._text.clear()
        elif name == "row":
            self._row = []
        self._inside = name in ("v", "t")

    def _close(self, name: str) -> None:
        name, self._inside = _local(name), False
        if name == "c":
            self._row.append(self._value("".join(self._text)))
        elif name == "row":
            self._rows.append(self._row)

    def _value(self, text: str) -> str:
        if self._type == "s":
            return self._shared[int(text)] if text.isdecimal() and int(text) < len(self._shared) else ""
        if self._type == "b":
            return {"1": "yes", "0": "no"}.get(text, text)
        if self._type != "n" or not text:
            return text
        return self._day(float(text)) if self._style in self._dated else _plain(text)

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
