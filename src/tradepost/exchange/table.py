"""Tables that people upload, as rows of texts: CSV in whatever encoding and with whatever separator, or XLSX.

Read as a stream; memory does not grow with the file. A cell is a text and nothing else: a formula is its own text.
What a file is, is found in it and never in its name.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from django.utils.translation import gettext as _

from tradepost.kit import xlsx
from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext_noop

SEPARATORS = ",;\t|"
LONGEST_CELL = 131_072  # what the csv module allows
MOST_COLUMNS = 300
_CHUNK = 1 << 20
_HIDDEN = re.compile("[\0\ufeff]|[\ud800-\udfff]")
_ODD = re.compile("[\0\r\ufeff\ud800-\udfff]")
_STRAY = re.compile("[\udc80-\udcff]")
_SAID = re.compile("sep=(.)\r?\n", re.IGNORECASE)  # how Excel is told the separator

# What people take for a table, by how it begins, and what to do about it.
_XLS = b"\xd0\xcf\x11\xe0"
_FOREIGN = (
    (
        b"%PDF",
        gettext_noop("it is a PDF"),
        gettext_noop("Export the table itself as CSV or XLSX; a PDF is a picture of it."),
    ),
    (
        _XLS,
        gettext_noop("it is a workbook of Excel 97–2003 (.xls)"),
        gettext_noop("Open it, and save it as “Excel workbook (.xlsx)”."),
    ),
    (b"\x1f\x8b", gettext_noop("it is packed with gzip"), gettext_noop("Unpack it first.")),
    (b"Rar!", gettext_noop("it is packed as RAR"), gettext_noop("Unpack it first.")),
    (b"7z\xbc\xaf", gettext_noop("it is packed as 7z"), gettext_noop("Unpack it first.")),
    (b"\x89PNG", gettext_noop("it is a picture"), gettext_noop("Export the table itself as CSV or XLSX.")),
    (
        b"\xff\xd8\xff",
        gettext_noop("it is a picture"),
        gettext_noop("Export the table itself as CSV or XLSX."),
    ),
)
_WEB = re.compile(rb"\s*(?:<!doctype html|<html|<table|<\?xml|<meta|<head)", re.IGNORECASE)


class NotATable(Invalid):
    code = "not-a-table"
    cause_text = gettext_noop("The file cannot be read as a table: {message}.")
    cure_text = gettext_noop(
        "Save it as CSV in UTF-8 or as XLSX, with the names of the columns in its first row."
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read. ``separator`` is empty for a workbook, ``sheet`` for its first sheet."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""

    @property
    def workbook(self) -> bool:
        return not self.separator


def layout_of(file: IO[bytes]) -> Layout:
    """Found in the file itself: byte order marks, UTF-8, UTF-16 by its zero bytes, else Windows-1252. Raises ``NotATable``
    for what is none."""
    file.seek(0)
    head = file.read(1 << 16)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise NotATable(_("it is empty"))
    if head.startswith(b"PK\x03\x04"):
        _check_pack(file)
        return Layout()
    _check_kind(head)
    encoding = _marked(head) or _unmarked(file)
    text = head.decode(encoding, "ignore")
    said = _SAID.match(text)
    return Layout(encoding, said[1] if said else separator_of(text))


def _check_kind(head: bytes) -> None:
    if head.startswith(_XLS) and "EncryptedPackage".encode("utf-16-le") in head:
        cure = _("Open it, take the password off, and save it anew.")
        raise NotATable(_("it is locked by a password"), cure=cure)
    for start, what, cure in _FOREIGN:
        if head.startswith(start):
            raise NotATable(_(what), cure=_(cure))
    if _WEB.match(head.removeprefix(codecs.BOM_UTF8)):
        cure = _("Open it in a spreadsheet program, and save it as CSV or XLSX.")
        raise NotATable(_("it is a web page or XML, whatever its name says"), cure=cure)


def _check_pack(file: IO[bytes]) -> None:
    """A ZIP may be a workbook; another kind of document is named. What is damaged is said when it is read."""
    try:
        with zipfile.ZipFile(file) as pack:
            names = {*pack.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError):
        return
    if "xl/workbook.xml" in names:
        return
    if names & {"mimetype", "content.xml"}:
        raise NotATable(
            _("it is an OpenDocument file (.ods)"), cure=_("Save it as “Excel workbook (.xlsx)” or as CSV.")
        )
    if "xl/workbook.bin" in names:
        raise NotATable(_("it is a binary workbook (.xlsb)"), cure=_("Save it as “Excel workbook (.xlsx)”."))
    if "word/document.xml" in names:
        raise NotATable(
            _("it is a text document (.docx)"),
            cure=_("Copy its table into a spreadsheet, and save that as XLSX."),
        )
    if names:
        raise NotATable(_("it is a ZIP of other files"), cure=_("Unpack it, and upload the table in it."))


def _marked(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = head[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) // 4:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _unmarked(file: IO[bytes]) -> str:
    """UTF-8, also where some bytes of Windows-1252 slipped in, as when two exports were pasted together; else that."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = stray = 0
    file.seek(0)
    while True:
        piece = file.read(_CHUNK)
        text = decoder.decode(piece, final=not piece)
        if not text.isascii():
            odd = len(_STRAY.findall(text))
            stray += odd
            good += sum(1 for c in text if c > "\x7f") - odd
        if not piece:
            return "utf-8" if good >= stray else "cp1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 are read as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("windows-1252", _as_windows)


def separator_of(text: str) -> str:
    """The separator that parts most lines into the same number of cells, two or more; a comma where none does."""
    best, chosen = (0, 0), ","
    for candidate in SEPARATORS:
        try:
            rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=candidate), 50))
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows[: max(1, len(rows) - 1)] if row)
        width, times = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1], pair[0]), default=(1, 0))
        if width > 1 and (times, width) > best:
            best, chosen = (times, width), candidate
    return chosen


def rows_of(file: IO[bytes], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with its number as a spreadsheet counts them; lines break by ``\\n``.

    Raises ``NotATable`` or ``NotXlsx`` where the file breaks.
    """
    file.seek(0)
    cells = xlsx.read(file, layout.sheet) if layout.workbook else _records(file, layout)
    for number, row in enumerate(cells, 1):
        if _ODD.search("".join(row)):
            row = [_HIDDEN.sub("", cell).replace("\r\n", "\n") for cell in row]
        cleaned = [cell.strip() for cell in row]
        while cleaned and not cleaned[-1]:
            cleaned.pop()
        if len(cleaned) > MOST_COLUMNS:
            raise NotATable(
                _("row {number} has more than {most} columns").format(number=number, most=MOST_COLUMNS)
            )
        if cleaned and not (number == 1 and cleaned[0].lower().startswith("sep=") and len(cleaned) == 1):
            yield number, cleaned


def sheets_of(file: IO[bytes], layout: Layout) -> list[str]:
    """The names of the sheets of a workbook; none of a text."""
    file.seek(0)
    return xlsx.sheets(file) if layout.workbook else []


def _records(file: IO[bytes], layout: Layout) -> Iterator[list[str]]:
    text = io.TextIOWrapper(
        file,
        encoding=layout.encoding,
        errors="windows-1252" if layout.encoding.startswith("utf-8") else "replace",
        newline="",
    )
    reader = csv.reader(text, delimiter=layout.separator)
    try:
        yield from reader
    except csv.Error:
        raise NotATable(
            _(
                "at line {line_num} a cell is longer than {most} characters; a quotation mark is not closed"
            ).format(line_num=reader.line_num, most=f"{LONGEST_CELL:,}")
        ) from None
    finally:
        if not file.closed:  # it is the caller's
            text.detach()


def headings(row: list[str]) -> list[str]:
    """The names of the columns: never empty, never twice."""
    names: list[str] = []
    for n, cell in enumerate(row, 1):
        name = " ".join(cell.split())[:80] or f"Column {n}"
        while name in names:
            name += " ·"
        names.append(name)
    return names
