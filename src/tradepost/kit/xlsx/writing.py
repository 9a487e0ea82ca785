"""Workbooks out: one sheet of texts, figures and days (ECMA-376), of any number of rows in little memory. Pure."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

CHUNK = 1 << 16
_BARRED = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
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
    f'Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="r1" '
    f'Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
    f'Type="{REL}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font/><font><b/></font></fonts><fills count="1">'
    '<fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>",
}
EPOCH = date(1899, 12, 30)


def write(name: str, rows: Iterable[Iterable[object]]) -> bytes:
    """A workbook of one sheet; the first row is its heading. Texts stay texts, so that none runs as a formula."""
    return b"".join(stream(name, rows))


def stream(name: str, rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """The same piece by piece, for any number of rows up to ``MOST_ROWS``: memory holds one piece."""
    held = _Pieces()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as pack:
        for path, part in _PARTS.items():
            pack.writestr(path, _HEAD + part)
        title = escape(re.sub(r"[\[\]:*?/\\]", " ", name)[:31], {'"': "&quot;"})
        pack.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="{title}" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
        )
        with pack.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for n, row in enumerate(rows):
                cells = "".join(_cell(value, 1 if n == 0 else 0) for value in row)
                sheet.write(f"<row>{cells}</row>".encode())
                if len(held.bytes) > CHUNK:
                    yield held.taken()
            sheet.write(b"</sheetData></worksheet>")
    yield held.taken()


class _Pieces:
    """What was written since it was last taken. It cannot seek, so each part's size follows the part (APPNOTE 4.3.9)."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def write(self, data: bytes) -> int:
        self.bytes += data
        return len(data)

    def flush(self) -> None:
        """All that was written is there already."""

    def close(self) -> None:
        """Nothing is held open."""

    def taken(self) -> bytes:
        found, self.bytes = bytes(self.bytes), bytearray()
        return found


def _cell(value: object, style: int) -> str:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return f'<c s="{style}"><v>{value}</v></c>'
    if isinstance(value, date) and not isinstance(value, datetime):
        return f'<c s="2"><v>{(value - EPOCH).days}</v></c>'
    text = escape(_BARRED.sub("", "" if value is None else str(value)))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'
