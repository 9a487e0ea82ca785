"""Files as people have them: every encoding, every separator, quotation marks, formulas, workbooks, and what is none."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.exchange.table import Layout, headings, layout_of, rows_of
from tradepost.kit import xlsx
from tradepost.kit.errors import Fault

ROWS = [["SKU", "Name", "Price"], ["TNT-4", "Café-Zelt für 4", "199.50"], ["STV", "a, b; c", "=1+1"]]


def written(rows: list[list[str]], separator: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def read(data: bytes) -> list[list[str]]:
    file = io.BytesIO(data)
    return [row for _number, row in rows_of(file, layout_of(file))]


@pytest.mark.req("B25")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_reads_the_same(encoding: str, separator: str) -> None:
    assert read(written(ROWS, separator).encode(encoding)) == ROWS


def test_a_formula_is_its_own_text() -> None:
    assert read(b"a,b\n=cmd|' /C calc'!A0,@SUM(1)\n")[1] == ["=cmd|' /C calc'!A0", "@SUM(1)"]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"PK\x03\x04 but no workbook", "not an XLSX workbook"),
        (b'a,b\n"never closed,' + b"x" * 300_000, "quotation mark is not closed"),
        (b",".join([b"x"] * 400) + b"\n", "more than 300 columns"),
    ],
)
def test_what_is_no_table_is_said_with_a_cure(data: bytes, cause: str) -> None:
    with pytest.raises(Fault) as fault:
        read(data)
    assert cause in fault.value.cause
    assert fault.value.cure


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    file = io.BytesIO(b"a,b\n\n1,2\n,\n3,4\n")
    assert [n for n, _row in rows_of(file, layout_of(file))] == [1, 3, 5]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=20).map(str.strip)


@pytest.mark.req("B25")
@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=20),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(",;\t|"),
)
def test_what_was_written_is_read(rows: list[list[str]], encoding: str, separator: str) -> None:
    kept = [row[: max(n for n, cell in enumerate(row, 1) if cell)] for row in rows if any(row)]
    file = io.BytesIO(written(rows, separator).encode(encoding))
    assert [row for _n, row in rows_of(file, Layout(encoding, separator))] == kept


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_table_or_a_sentence(data: bytes) -> None:
    with suppress(Fault):
        assert all("\0" not in cell for row in read(data) for cell in row)


@given(st.binary(max_size=600))
def test_any_zip_is_a_workbook_or_a_sentence(data: bytes) -> None:
    whole = xlsx.write("S", [["a"], ["b"]])
    for broken in (
        whole[: len(data)],
        whole.replace(b"sheet1", data[:6].ljust(6, b"x")),
        b"PK\x03\x04" + data,
    ):
        with suppress(Fault):
            read(broken)


@pytest.mark.req("B25")
def test_a_workbook_gives_days_numbers_and_texts() -> None:
    made = xlsx.write("Orders: 1/2", [["A", "B", "C"], ["=1+1 <&>", Decimal("199.50"), date(2026, 11, 2)]])
    assert read(made) == [["A", "B", "C"], ["=1+1 <&>", "199.5", "2026-11-02"]]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml")


def test_a_workbook_is_written_piece_by_piece_however_long_it_is() -> None:
    rows = ([f"=HYPERLINK({n})", hashlib.sha256(b"%d" % n).hexdigest()] for n in range(20_000))
    pieces = list(xlsx.stream("Long", rows))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 3 * xlsx.CHUNK
    read = list(xlsx.read(io.BytesIO(b"".join(pieces))))
    assert len(read) == 20_000
    assert read[-1][0] == "=HYPERLINK(19999)"


def test_a_workbook_of_another_program_is_read() -> None:
    """Shared texts with runs, gaps between cells, own date formats, 15 digits, yes and no."""
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts = {
        "xl/workbook.xml": f'<workbook {ns} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="x" sheetId="4" r:id="rId9"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId9" Target="/xl/worksheets/odd.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {ns}><numFmts><numFmt numFmtId="164" formatCode="[$-407]dd/mm/yyyy"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {ns}><si><t>Name</t></si><si><r><t>Ca</t></r><r><t>fé</t></r></si></sst>",
        "xl/worksheets/odd.xml": f'<worksheet {ns}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
        '<c r="C1" t="inlineStr"><is><t>Day</t></is></c></row><row r="2"><c r="A2" t="s"><v>1</v></c>'
        '<c r="B2"><v>199.49999999999997</v></c><c r="C2" s="1"><v>46328</v></c><c r="D2" t="b"><v>1</v></c>'
        '<c r="E2" t="str"><f>A2</f><v>kept</v></c></row></sheetData></worksheet>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        for name, part in parts.items():
            pack.writestr(name, part)
    assert read(file.getvalue()) == [["Name", "", "Day"], ["Café", "199.5", "2026-11-02", "yes", "kept"]]


def test_a_workbook_with_a_document_type_is_refused() -> None:
    file = io.BytesIO(xlsx.write("S", [["a"]]))
    with zipfile.ZipFile(file, "a") as pack:
        pack.writestr("xl/sharedStrings.xml", '<!DOCTYPE x [<!ENTITY a "b">]><sst><si><t>&a;</t></si></sst>')
    with pytest.raises(Fault, match="document type"):
        read(file.getvalue())


def test_headings_are_never_empty_and_never_twice() -> None:
    assert headings(["A", "", "A", " b  c "]) == ["A", "Column 2", "A ·", "b c"]


def test_memory_does_not_grow_with_the_file(tmp_path: object) -> None:
    """A million rows, of which never more than a piece is held."""
    import tempfile
    import tracemalloc

    with tempfile.TemporaryFile() as file:
        for _ in range(100):
            file.write(b"SKU-1,A thing,12.50\n" * 10_000)
        found = layout_of(file)
        tracemalloc.start()
        count = sum(1 for _ in rows_of(file, found))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 1_000_000
    assert peak < 8 << 20
