"""Tables that people upload, as rows of texts: CSV in whatever encoding and with whatever separator, or XLSX.

Read as a stream; memory does not grow with the file. A cell is a text and nothing else: a formula is its own text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from tradepost.kit import xlsx
from tradepost.kit.errors import Invalid

SEPARATORS = ",;\t|"
LONGEST_CELL = 131_072  # what the csv module allows
MOST_COLUMNS = 300
_CHUNK = 1 << 20
_HIDDEN = re.compile("[\0\ufeff]|[\ud800-\udfff]")


class NotATable(Invalid):
    code = "not-a-table"
    cause_text = "The file cannot be read as a table: {message}."
    cure_text = "Save it as CSV in UTF-8 or as XLSX, with the names of the columns in its first row."


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read. ``separator`` is empty for a workbook."""

    encoding: str = ""
    separator: str = ""

    @property
    def workbook(self) -> bool:
        return not self.separator


def layout_of(file: IO[bytes]) -> Layout:
    """Found in the file itself: byte order marks, UTF-8, UTF-16 by its zero bytes, else Windows-1252."""
    file.seek(0)
    head = file.read(1 << 16)
    if not head.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise NotATable("it is empty")
    if head.startswith(b"PK\x03\x04"):
        return Layout()
    if head.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\x1f\x8b")):
        raise NotATable("it is a file of another kind")
    encoding = _marked(head) or ("utf-8" if _is_utf8(file) else "cp1252")
    text = head.decode(encoding, "ignore")
    return Layout(encoding, separator_of(text))


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


def _is_utf8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(_CHUNK):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


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
    """Each row that is not empty, with its number as a spreadsheet counts them; the first is the heading.

    Raises ``NotATable`` or ``NotXlsx`` where the file breaks.
    """
    file.seek(0)
    cells = xlsx.read(file) if layout.workbook else _records(file, layout)
    for number, row in enumerate(cells, 1):
        if len(row) > MOST_COLUMNS:
            raise NotATable(f"row {number} has more than {MOST_COLUMNS} columns")
        cleaned = [_HIDDEN.sub("", cell).strip() for cell in row]
        if any(cleaned):
            yield number, cleaned


def _records(file: IO[bytes], layout: Layout) -> Iterator[list[str]]:
    text = io.TextIOWrapper(file, encoding=layout.encoding, errors="replace", newline="")
    reader = csv.reader(text, delimiter=layout.separator)
    try:
        yield from reader
    except csv.Error:
        raise NotATable(
            f"at line {reader.line_num} a cell is longer than {LONGEST_CELL:,} characters; a quotation mark is not closed"
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
